# SPDX-License-Identifier: MIT
"""Proxies for tests: one that connects to whatever is requested, and one that refuses everything."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Connect(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        host, _, port = head.split()[1].decode().partition(":")
        with socket.create_connection((host, int(port))) as server:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            ends = (self.request, server)
            while True:
                for one in select.select(ends, (), ())[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    (server if one is self.request else self.request).sendall(data)


@contextmanager
def _serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def connecting_proxy() -> Iterator[str]:
    """Serve as a proxy that connects to whatever CONNECT names; return its address."""
    with _serving(_Connect) as address:
        yield address


@contextmanager
def refusing_proxy(status: str) -> Iterator[str]:
    """Serve as a proxy that answers each request with a status; return its address."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            begins_tls = self.rfile.peek(1)[:1] == b"\x16"  # type: ignore[attr-defined]
            while not begins_tls and self.rfile.readline().strip():
                pass
            page = b"<html>The proxy says no</html>"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
            self.wfile.write(head.encode() + page)

    with _serving(Handler) as address:
        yield address
