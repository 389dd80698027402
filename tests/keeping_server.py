# SPDX-License-Identifier: MIT
"""A server over TLS that keeps connections and counts them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Keeping(ThreadingHTTPServer):
    """A server over TLS that keeps connections, counts them, and holds what was put there."""

    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server_port}"
        self.connections: list[socket_address] = []
        self.requests = 0
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        # After so many answers to GET a connection is closed without a word, as servers do with idle ones.
        self.closes_after = 1000

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are no news."""


socket_address = tuple[str, int]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Keeping

    def setup(self) -> None:
        super().setup()
        self.answered = 0
        self.server.connections.append(self.client_address)

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.server.requests += 1
        kept = {name: self.headers[name] for name in ("Content-Type", "Cache-Control")}
        self.server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"])), kept
        self._answer(200, b"", {"ETag": '"0"'})

    def do_GET(self) -> None:
        self.server.requests += 1
        if self.answered >= self.server.closes_after:
            self.close_connection = True
            return
        self.answered += 1
        found = self.server.objects.get(self.path)
        self._answer(200, *found) if found else self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        self.server.requests += 1
        found = self.server.objects.get(self.path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(found[0])) if found else "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def keeping_server(certificate: Path) -> Iterator[Keeping]:
    """Run a server with the certificate and key in a file."""
    server = Keeping(certificate)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
