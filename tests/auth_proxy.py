# SPDX-License-Identifier: MIT
"""A proxy before a server on loopback that admits requests with the right header and refuses others."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Headers = Mapping[str, str]


@dataclass
class AuthProxy:
    """`lets_in` decides by path and headers, whose names are in lower case. All other requests get `refusal`."""

    behind: str
    lets_in: Callable[[str, Headers], bool]
    refusal: tuple[int, Headers, bytes]
    url: str = ""
    requests: list[tuple[str, Headers]] = field(default_factory=list)


@contextmanager
def auth_proxy(
    behind: str, lets_in: Callable[[str, Headers], bool], refusal: tuple[int, Headers, bytes]
) -> Iterator[AuthProxy]:
    """Run a proxy before the server at the address `behind`."""
    proxy = AuthProxy(behind, lets_in, refusal)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            proxy.requests.append((self.path, headers))
            status, sent, body = proxy.refusal
            if proxy.lets_in(self.path, headers):
                connection = http.client.HTTPConnection(urlsplit(behind).netloc, timeout=10)
                kept = {name: value for name, value in headers.items() if name not in ("host", "connection")}
                connection.request("GET", self.path, headers=kept)
                answer = connection.getresponse()
                status, body = answer.status, answer.read()
                sent = {"Content-Type": answer.headers.get("Content-Type", "")}
                connection.close()
            self.send_response(status)
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
