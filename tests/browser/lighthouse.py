# SPDX-License-Identifier: MIT
"""The scores of Lighthouse for the page of a large platform, the median of five.

    python -m tests.browser.lighthouse

Scores of accessibility, best practices and search engines below 100 are a failure. Times depend on the machine and
on what else it does: they are printed, to be read.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.browser.conftest import CHROMIUM, NODE, Site
from tests.published import realistic

RUNS = 5
# Those that do not depend on time.
SCORES = ("accessibility", "best-practices", "seo")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
# Lighthouse's own presets: a telephone far away, slowed down by reckoning, and a desktop as it is.
WAYS = {
    "mobile": (),
    "mobile, compressed": (),
    "desktop, not slowed down": ("--preset=desktop", "--throttling-method=provided"),
}


def look(url: str, *options: str) -> Any:
    """Return Lighthouse's report of a page."""
    # Chromium has no sandbox for root.
    flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
    command = ["node", NODE / "lighthouse" / "cli" / "index.js", url, "--output=json", "--quiet"]
    done = subprocess.run(
        [*command, f"--chrome-flags={flags}", *options],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "CHROME_PATH": CHROMIUM},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def missed(report: Any) -> list[str]:
    """Return what keeps the scores from 100."""
    return [
        f"{category}: {reference['id']}"
        for category in SCORES
        for reference in report["categories"][category]["auditRefs"]
        if reference["weight"] and report["audits"][reference["id"]]["score"] not in (1, None)
    ]


def _compress(site: Site) -> None:
    """Answer as a web server that compresses: storage mostly does not."""
    for path, name in (("/", "index.html"), ("/status.json", "status.json")):
        site.answers[path] = (200, gzip.compress((site.directory / name).read_bytes(), 6))
    site.headers["Content-Encoding"] = "gzip"


def main() -> int:
    """Print the scores and times."""
    faults = set()
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory))
        site.publish(replace(realistic(), now=datetime.now(UTC).replace(microsecond=0)))
        for way, options in WAYS.items():
            if "compressed" in way:
                _compress(site)
            else:
                site.answers.clear()
                site.headers.clear()
            reports = [look(site.url, *options) for _ in range(RUNS)]
            faults.update(one for report in reports for one in missed(report))
            print(way)
            for category in ("performance", *SCORES):
                scores = [report["categories"][category]["score"] * 100 for report in reports]
                print(f"  {category:26} {statistics.median(scores):.0f}")
            for audit in TIMES:
                times = [report["audits"][audit]["numericValue"] for report in reports]
                print(f"  {audit:26} {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})")
            shifts = [report["audits"]["cumulative-layout-shift"]["numericValue"] for report in reports]
            print(f"  {'cumulative-layout-shift':26} {max(shifts):.3f}", flush=True)
        site.stop()
    for fault in sorted(faults):
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
