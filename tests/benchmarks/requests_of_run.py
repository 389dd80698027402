# SPDX-License-Identifier: MIT
"""Run `elytra-status` in this process, and record the requests, connections and bytes of the run.

Arguments: the file to write, then the command line. Everything that the run sends goes through http.client, whatever
library sends it.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict


class Sent(TypedDict):
    """A request as it was sent. `server` is scheme, host and port. `is_signed`: it goes to storage with a key."""

    method: str
    server: str
    path: str
    is_signed: bool
    headers: dict[str, str]


class Run(TypedDict):
    """Everything that a run sent: requests in order, opened connections, and bytes with headers."""

    requests: list[Sent]
    connections: int
    bytes_sent: int


def watched() -> Run:
    """Begin to record http.client. What it sends is added to the result."""
    run: Run = {"requests": [], "connections": 0, "bytes_sent": 0}
    lock = threading.Lock()
    connection: Any = http.client.HTTPConnection
    putrequest, putheader, send = connection.putrequest, connection.putheader, connection.send

    def note_request(self: Any, method: str, url: str, *arguments: Any, **more: Any) -> None:
        request: Sent = {
            "method": method,
            "server": f"{'https' if self.default_port == 443 else 'http'}://{self.host}:{self.port}",
            "path": url,
            "is_signed": False,
            "headers": {},
        }
        self.noted = request
        with lock:
            run["requests"].append(request)
        putrequest(self, method, url, *arguments, **more)

    def note_header(self: Any, header: Any, *values: Any) -> None:
        name = (header.decode() if isinstance(header, bytes) else header).lower()
        value = values[0].decode() if isinstance(values[0], bytes) else str(values[0])
        if name == "authorization" and value.startswith("AWS4-"):
            self.noted["is_signed"] = True
        elif name in ("authorization", "origin", "x-apicache-bypass", "content-type", "cache-control", "x-amz-acl"):
            self.noted["headers"][name] = value
        putheader(self, header, *values)

    def note_bytes(self: Any, data: Any) -> None:
        parts: Iterable[Any] = [data] if isinstance(data, (bytes, bytearray, memoryview, str)) else ()
        if hasattr(data, "read"):
            start = data.tell()
            size = len(data.read())
            data.seek(start)
        else:
            size = sum(len(part) for part in parts)
        with lock:
            run["bytes_sent"] += size
        send(self, data)

    def note_connection(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):  # The journal's address is a text.
            with lock:
                run["connections"] += 1

    connection.putrequest, connection.putheader = note_request, note_header
    connection.send = note_bytes
    sys.addaudithook(note_connection)
    return run


def main() -> int:
    """Run the command, and write what it sent."""
    file, *arguments = sys.argv[1:]
    run = watched()
    from elytra_status import cli

    status = cli.main(arguments)
    Path(file).write_text(json.dumps(run), "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
