# SPDX-License-Identifier: MIT
"""Lighthouse's times of the example site on a telephone, the median of five, against the budgets of a site.

    python -m tests.web.lighthouse

A median over its budget is a failure. Run it while the machine does nothing else.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser.lighthouse import RUNS, look
from tests.conftest import wait_until
from tests.web.conftest import NEXT, WEB, free_port
from tests.web.fresh_sites import StatusServer

# Milliseconds; the shift is a number without a unit.
BUDGETS = {
    "first-contentful-paint": 1500,
    "largest-contentful-paint": 2500,
    "total-blocking-time": 200,
    "cumulative-layout-shift": 0.1,
}


def main() -> int:
    """Print the medians, and return 1 if one is over its budget."""
    over = 0
    with tempfile.TemporaryDirectory() as directory:
        status = StatusServer(Path(directory))
        status.publish_now()
        environment = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1", "NEXT_PUBLIC_STATUS_JSON_URL": status.url}
        subprocess.run([NEXT, "build"], cwd=WEB, env=environment, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        log = Path(directory, "log")
        command = [NEXT, "start", "--hostname", "127.0.0.1", "--port", str(port)]
        with log.open("w") as output, subprocess.Popen(command, cwd=WEB, env=environment, stdout=output) as server:
            wait_until(lambda: "Ready" in log.read_text(), seconds=60)
            for path in ("/", "/status"):
                status.publish_now()
                print(path)
                reports = [look(f"http://127.0.0.1:{port}{path}") for _ in range(RUNS)]
                for audit, budget in BUDGETS.items():
                    values = [report["audits"][audit]["numericValue"] for report in reports]
                    median = statistics.median(values)
                    over += median > budget
                    mark = "over the budget" if median > budget else "budget"
                    print(f"  {audit:26} {median:.3g} ({min(values):.3g} to {max(values):.3g}), {mark} {budget}")
            server.terminate()
        status.stop()
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
