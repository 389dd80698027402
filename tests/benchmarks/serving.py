# SPDX-License-Identifier: MIT
"""What Debian's nginx can serve of the published files, with the configuration in the package, on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import requests

from elytra_status.documents import render_all
from elytra_status.publish.directory import Directory
from elytra_status.publish.upload import publish
from elytra_status.settings.definitions import DOCUMENTS
from tests.conftest import MovableClock
from tests.published import NOW, published
from tests.serving.servers import Site, site

SECONDS_EACH = 5
# wrk sends as fast as it gets answers, and uses some of the processor time that nginx would have.
CONNECTIONS = 64
A_THOUSAND_A_MINUTE = "function delay() return 59 end\n"


def main() -> None:
    """Print the cost of a thousand requests a minute, and how many of each kind are possible."""
    with site("nginx") as made, tempfile.TemporaryDirectory() as name:
        documents = [document for document in render_all(published(), DOCUMENTS) if not document.local]
        clock = MovableClock(NOW)
        publish(Directory(made.public, clock), documents, NOW, clock=clock)
        script = Path(name) / "delay.lua"
        script.write_text(A_THOUSAND_A_MINUTE)
        before = _processor_seconds(made)
        rate, slowest = _wrk(made, "status.json", 60, 1, ["--script", str(script)])
        used = _processor_seconds(made) - before
        print(f"{rate * 60:.0f} requests in a minute: {used:.2f} s of one processor, 99 % within {slowest}")
        for name, headers in (
            ("status.json", {}),
            ("status.json", {"If-None-Match": requests.get(f"{made.url}/status.json", timeout=5).headers["ETag"]}),
            ("history.json", {"Accept-Encoding": "gzip"}),
        ):
            options = [word for key, value in headers.items() for word in ("--header", f"{key}: {value}")]
            rate, slowest = _wrk(made, name, SECONDS_EACH, CONNECTIONS, options)
            what = f"{name}{''.join(f', {key}' for key in headers)}"
            print(f"{what:40} {rate:8.0f} requests a second, 99 % within {slowest}", flush=True)


def _wrk(made: Site, name: str, seconds: int, connections: int, options: list[str]) -> tuple[float, str]:
    """Return the requests in a second, and the time within which 99 percent of them were answered."""
    command = ["wrk", "--latency", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    told = subprocess.run(
        [*command, *options, f"{made.url}/{name}"], capture_output=True, text=True, check=True, timeout=seconds + 30
    ).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(told)
    rate, slowest = (re.search(pattern, told) for pattern in (r"Requests/sec: +([\d.]+)", r"99% +(\S+)"))
    assert rate, told
    assert slowest, told
    return float(rate[1]), slowest[1]


def _processor_seconds(made: Site) -> float:
    """Return the processor time of nginx' processes since they began."""
    children = Path(f"/proc/{made.process}/task/{made.process}/children").read_text().split()
    ticks = 0
    for process in (str(made.process), *children):
        _, _, rest = Path(f"/proc/{process}/stat").read_text().rpartition(") ")
        ticks += sum(int(word) for word in rest.split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
