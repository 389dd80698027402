# SPDX-License-Identifier: MIT
"""A real Prometheus on loopback, with a past that promtool has written."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

START_SECONDS = 30
USER, PASSWORD = "elytra-status", "planted-password"
# The hash of that password, with the lowest number of rounds.
PASSWORD_HASH = "$2b$04$oOBJZIp2aviMr5NzBlke1e.1geWCkqz0LT35vIdW5sDLyhjE3wYYC"


@dataclass(frozen=True)
class Series:
    """A series and its samples: (time, value), oldest first."""

    labels: Mapping[str, str]
    samples: Iterable[tuple[datetime, float]]


def every(step: timedelta, begin: datetime, end: datetime, value: float = 1) -> Iterator[tuple[datetime, float]]:
    """Yield samples of one value from `begin` on and before `end`."""
    while begin < end:
        yield begin, value
        begin += step


def write(directory: Path, metric: str, series: Iterable[Series]) -> None:
    """Write samples into the storage of a Prometheus that is not running."""
    source = directory.parent / "samples.txt"
    with source.open("w", encoding="utf-8") as file:
        file.write(f"# TYPE {metric} gauge\n")
        for one in series:
            labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in one.labels.items())
            file.writelines(f"{metric}{{{labels}}} {value} {time.timestamp():.3f}\n" for time, value in one.samples)
        file.write("# EOF\n")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", source, directory], check=True, capture_output=True
    )
    source.unlink()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@contextmanager
def prometheus(directory: Path, web_configuration: str = "", scheme: str = "http") -> Iterator[str]:
    """Start Prometheus on a storage and yield its address."""
    configuration = directory.parent / "prometheus.yml"
    configuration.write_text("global: {}\n")
    web = directory.parent / "web.yml"
    web.write_text(web_configuration)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = directory.parent / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                shutil.which("prometheus") or "prometheus",
                f"--config.file={configuration}",
                f"--storage.tsdb.path={directory}",
                "--storage.tsdb.retention.time=10y",
                f"--web.config.file={web}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=output,
            stderr=output,
        )
        url = f"{scheme}://127.0.0.1:{port}"
        try:
            _wait(process, port, log)
            yield url
        finally:
            process.kill()
            process.wait()


@contextmanager
def telling(now: Callable[[], datetime], url: str) -> Iterator[str]:
    """Yield an address that forwards requests to a Prometheus, and dates its answers by a test's clock.

    The samples are of a fixed past, and a run compares its clock with the time of servers.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._hand_on()

        def do_POST(self) -> None:
            self._hand_on()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(now(), usegmt=True)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def _hand_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            answer = requests.request(self.command, url + self.path, data=body, headers=kept, timeout=30)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}"
        finally:
            proxy.shutdown()
            thread.join()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        if "Server is ready to receive web requests" in log.read_text("utf-8", "replace"):
            with socket.create_connection(("127.0.0.1", port), 5):
                return
        time.sleep(0.05)
    raise AssertionError(f"Prometheus did not start\n{log.read_text('utf-8', 'replace')[-3000:]}")


def ask(url: str, query: str, now: datetime) -> list[dict[str, object]]:
    """Send a query directly, for comparison."""
    answer = requests.get(f"{url}/api/v1/query", {"query": query, "time": f"{now.timestamp()}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()["data"]["result"]
