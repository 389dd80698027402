# SPDX-License-Identifier: MIT
"""Replay recorded answers of Uptime Kuma over real HTTP, as if they were new.

    python3 -m elytra_status.demo.replay --scenario one-down --port 3001 --key demo

A recording is a directory with `<version>/index.json`, which names headers and bodies of all answers, and
`<version>/<scenario>/` with the bodies. Times inside the answers are moved to the present, a fault
can replace the answer for any path, and the server stops at once, whatever its clients wait for.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, NamedTuple

from elytra_status.demo.recording import (
    NO_ANSWER,
    RECORDINGS,
    UNAUTHORIZED,
    RecordedResponse,
    Recording,
    load_recording,
)
from elytra_status.system.clock import SystemClock

_WEB_APP = b'<!DOCTYPE html>\n<html lang="en"><head><title>Uptime Kuma</title></head><body></body></html>'
_BLOCK = 64 * 1024
_MACHINE_CLOCK = SystemClock()


@dataclass(frozen=True)
class ReplayFault:
    """The fault of a path. Faults can be combined; anything else is as recorded.

    `delay` is the seconds before anything is sent. `hang` never sends anything. `status`, `body`, `content_type` and
    `headers` replace the recorded ones, including Date. A wrong Content-Length among them is sent too, and the
    connection is closed after the body. `size` sends that many bytes of metrics. `chunked` sends no Content-Length.
    `reset` resets the connection (RST) after half of the body. `trickle` is the seconds between two bytes of the body,
    and with `trickle_headers` of the headers too.
    """

    delay: float = 0.0
    hang: bool = False
    status: int | None = None
    body: bytes | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    chunked: bool = False
    reset: bool = False
    trickle: float = 0.0
    trickle_headers: bool = False


NO_FAULT = ReplayFault()


def html_page() -> ReplayFault:
    """Return the fault of a web page with status 200 instead of data."""
    return ReplayFault(status=200, content_type="text/html; charset=utf-8", body=_WEB_APP)


def redirect(url: str, status: int = 302) -> ReplayFault:
    """Return the fault of a redirect to `url`."""
    return ReplayFault(status=status, headers={"Location": url}, content_type="text/plain; charset=utf-8", body=b"")


def huge(size: int, chunked: bool = False) -> ReplayFault:
    """Return the fault of `size` bytes of metrics, each line of which is valid."""
    return ReplayFault(status=200, content_type="text/plain; version=0.0.4; charset=utf-8", size=size, chunked=chunked)


def invalid_utf8(body: bytes = b'monitor_status{monitor_id="1",monitor_name="\xc3\x28\xff"} 1\n') -> ReplayFault:
    """Return the fault of a body that is not UTF-8, under the recorded content type."""
    return ReplayFault(status=200, body=body)


class Request(NamedTuple):
    """A received request. `path` includes its query."""

    method: str
    path: str
    headers: dict[str, str]


class ReplayServer:
    """Serve a recording on a free port of the loopback during a `with` block.

    `recording`, `faults` (by path without query), `api_key` and `moved_to` may be changed at any time, for the next
    request. `requests` holds all requests, oldest first.

    /metrics requires `api_key` as the password of HTTP basic authentication, or nothing if it is None. Times in the
    answers are moved to the time of `clock`, or for ever to `moved_to`, so that they grow older. The Date header has
    the time of `clock`.
    """

    def __init__(
        self,
        recording: Recording,
        api_key: str | None = None,
        clock: Callable[[], datetime] = _MACHINE_CLOCK.now,
        moved_to: datetime | None = None,
        faults: Mapping[str, ReplayFault] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.recording = recording
        self.api_key = api_key
        self.clock = clock
        self.moved_to = moved_to
        self.faults: dict[str, ReplayFault] = dict(faults or {})
        self.requests: list[Request] = []
        self.url = ""
        self._address = (host, port)
        self._server: _Server | None = None

    def __enter__(self) -> ReplayServer:
        self._server = _Server(self._address, self)
        self.url = f"http://{self._address[0]}:{self._server.server_port}"
        # The interval is how long stopping may take. Requests are handled at once.
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def answer_to(self, request: Request) -> RecordedResponse:
        """Return the answer to a request, before any fault."""
        path = request.path.partition("?")[0]
        recording, key = self.recording, self.api_key
        authorization = {name.lower(): value for name, value in request.headers.items()}.get("authorization")
        if path == "/metrics" and key is not None and _password(authorization) != key:
            return recording.stand_ins[UNAUTHORIZED]
        return recording.find(path)

    def fault_of(self, path: str) -> ReplayFault:
        """Return the fault of a path without its query."""
        return self.faults.get(path, NO_FAULT)


def _password(authorization: str | None) -> str | None:
    """Return the password of a basic Authorization header, None without one."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], replay: ReplayServer) -> None:
        self.replay = replay
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _ReplayHandler)

    def server_bind(self) -> None:
        # HTTPServer would query DNS for the machine's name here, and may wait long for it.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients disconnect, and stopping closes their connections: only internal errors are reported.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def enter(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
        # A connection that arrives after stop() is closed here.
        if self.stopping.is_set():
            _cut_off(connection)

    def leave(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _cut_off(connection)


def _cut_off(connection: socket.socket) -> None:
    """Close a connection while another thread reads from it or writes to it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _ReplayHandler(BaseHTTPRequestHandler):
    server: _Server
    connection: socket.socket
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.enter(self.connection)

    def finish(self) -> None:
        self.server.leave(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: `requests` holds everything."""

    def do_GET(self) -> None:
        replay = self.server.replay
        request = Request(self.command, self.path, dict(self.headers.items()))
        replay.requests.append(request)
        fault = replay.fault_of(self.path.partition("?")[0])
        if fault.delay and self.server.stopping.wait(fault.delay):
            self.close_connection = True
            return
        answer = _with_fault(replay.answer_to(request), fault)
        if fault.hang or answer.status == NO_ANSWER:
            self._hold()
            return
        now = replay.clock()
        body = answer.body_at(replay.moved_to or now)
        length = len(body) if fault.size is None else fault.size
        head = self._head(answer, fault, now, length)
        if self.command == "HEAD" or answer.status in (204, 304):
            self.connection.sendall(head)
        elif fault is NO_FAULT:
            self.connection.sendall(head + body)
        else:
            self._send_badly(head, (body,) if fault.size is None else _metrics_lines(fault.size), length, fault)

    do_HEAD = do_GET  # noqa: N815

    def _head(self, answer: RecordedResponse, fault: ReplayFault, now: datetime, length: int) -> bytes:
        """Return the status line and headers, with the empty line that ends them."""
        headers = dict(answer.headers)
        given = {name.lower() for name in headers}
        if "date" not in given:
            headers["Date"] = format_datetime(now.astimezone(UTC), usegmt=True)
        if fault.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif "content-length" in given:
            self.close_connection = True
        else:
            headers["Content-Length"] = str(length)
        if self.close_connection:
            headers["Connection"] = "close"
        phrase = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus.__members__.values() else ""
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join((*lines, "", "")).encode("latin-1")

    def _send_badly(self, head: bytes, parts: Iterable[bytes], length: int, fault: ReplayFault) -> None:
        self._send(head, fault.trickle if fault.trickle_headers else 0.0)
        left = length // 2 if fault.reset else length
        for part in parts:
            piece = part[:left]
            left -= len(piece)
            if piece:
                self._send(b"%x\r\n%b\r\n" % (len(piece), piece) if fault.chunked else piece, fault.trickle)
            if not left:
                break
        if fault.reset:
            self._reset()
        elif fault.chunked:
            self._send(b"0\r\n\r\n", fault.trickle)

    def _send(self, data: bytes, seconds_between: float) -> None:
        if not seconds_between:
            self.connection.sendall(data)
            return
        for position in range(len(data)):
            self.connection.sendall(data[position : position + 1])
            if self.server.stopping.wait(seconds_between):
                raise ConnectionAbortedError

    def _hold(self) -> None:
        """Send nothing until the client disconnects or the server stops."""
        self.close_connection = True
        while self.connection.recv(_BLOCK):
            pass

    def _reset(self) -> None:
        self.close_connection = True
        self.server.leave(self.connection)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # close() would wait for the file objects on the socket, and shutdown() would send FIN first.
        os.close(self.connection.detach())


def _with_fault(answer: RecordedResponse, fault: ReplayFault) -> RecordedResponse:
    """Return the answer with the changes of the fault."""
    if fault.body is not None:
        answer = replace(answer, body=fault.body, recorded_at=None)
    if fault.status is not None:
        answer = replace(answer, status=fault.status)
    elif answer.status == NO_ANSWER and (fault.body is not None or fault.size is not None):
        answer = replace(answer, status=200)
    changed = dict(fault.headers)
    if fault.content_type is not None:
        changed["Content-Type"] = fault.content_type
    if changed:
        names = {name.lower() for name in changed}
        kept = (pair for pair in answer.headers if pair[0].lower() not in names)
        answer = replace(answer, headers=(*kept, *changed.items()))
    return answer


def _metrics_lines(size: int) -> Iterator[bytes]:
    """Yield that many bytes of metrics, in blocks of whole lines.

    A comment fills the rest.
    """
    number = 0
    while size:
        lines: list[bytes] = []
        room = min(size, _BLOCK)
        while True:
            number += 1
            line = b'monitor_status{monitor_id="%d",monitor_name="Monitor",monitor_type="http"} 1\n' % number
            if len(line) > room:
                break
            lines.append(line)
            room -= len(line)
        lines.append(b"#" * (room - 1) + b"\n" if room else b"")
        block = b"".join(lines)
        size -= len(block)
        yield block


def main(arguments: list[str] | None = None) -> int:
    """Serve a recording until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="python3 -m elytra_status.demo.replay", description="Replay recorded answers of Uptime Kuma."
    )
    parser.add_argument("--directory", type=Path, default=RECORDINGS, help="where the recordings are")
    parser.add_argument("--version", default="v2.5.3", help="the version that was recorded (%(default)s)")
    parser.add_argument("--scenario", default="all-up", help="the scenario (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0: a free one")
    parser.add_argument("--key", help="the API key that /metrics requires; by default, it requires none")
    options = parser.parse_args(arguments)
    try:
        recording = load_recording(options.directory, options.version, options.scenario)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    # They are blocked before any thread starts, so that only this thread receives them.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with ReplayServer(recording, api_key=options.key, host=options.host, port=options.port) as server:
        print(server.url, flush=True)
        signal.sigwait(ends)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
