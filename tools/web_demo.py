# SPDX-License-Identifier: MIT
"""Publish a status on this machine and serve web/ with it, until Ctrl-C.

The status is that of `elytra-status demo`, which publishes once: after half an hour it is stale, and the site says so.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
NEXT = WEB / "node_modules" / ".bin" / "next"


def main() -> int:
    """Return the exit status of the part that failed, 0 after Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="all-up", help="as elytra-status demo --scenario list names them")
    parser.add_argument("--port", type=int, default=3000, help="where the site is served (default: %(default)s)")
    options = parser.parse_args()
    command = [sys.executable, "-u", "-m", "elytra_status", "demo", "--serve", "--scenario", options.scenario]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            address = _address(demo)
            if address is None:
                return demo.wait()
            environment = {**os.environ, "NEXT_PUBLIC_STATUS_JSON_URL": address, "NEXT_TELEMETRY_DISABLED": "1"}
            subprocess.run([NEXT, "build"], cwd=WEB, env=environment, check=True)
            start = [NEXT, "start", "--hostname", "127.0.0.1", "--port", str(options.port)]
            with suppress(KeyboardInterrupt):
                return subprocess.run(start, cwd=WEB, env=environment, check=False).returncode
            return 0
        except subprocess.CalledProcessError as error:
            return error.returncode
        finally:
            demo.terminate()


def _address(demo: subprocess.Popen[str]) -> str | None:
    """Print the output of the demo, and return the address of the status.

    Return None if the demo has ended.
    """
    address = None
    assert demo.stdout
    for line in demo.stdout:
        print(line, end="", flush=True)
        if found := re.match(r"For programs: (\S+)", line):
            address = found[1]
        if line.startswith("Both stay up"):
            return address
    return None


if __name__ == "__main__":
    sys.exit(main())
