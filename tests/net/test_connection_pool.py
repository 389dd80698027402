# SPDX-License-Identifier: MIT
"""Connections are shared by sources, storage and visitors, and certificates are loaded once."""

from __future__ import annotations

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.net import connection_pool, http, s3
from elytra_status.publish import s3_bucket, visitor
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.publishing import BADGE, KEY, SECRET, documents_of

Make = Callable[..., Settings]


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


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def keeping(certificate: Path) -> Iterator[Keeping]:
    server = Keeping(certificate)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(keeping: Keeping, certificate: Path, make_settings: Make) -> Settings:
    keys = {"SPACES_ACCESS_KEY": KEY, "SPACES_SECRET_KEY": SECRET, "CA_BUNDLE": certificate}
    return make_settings(SPACES_ENDPOINT=keeping.url, STATUS_BUCKET="status", **keys)


def get(settings: Settings, keeping: Keeping, path: str = "/status/badge.svg") -> http.Response:
    return visitor.visitor_of(settings).fetch(f"{keeping.url}{path}")


def test_storage_and_visitors_share_one_connection(settings: Settings, keeping: Keeping, tmp_path: Path) -> None:
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    for _ in range(3):
        place.write(BADGE)
        assert place.read(BADGE.name).document == BADGE
        assert get(settings, keeping).body == BADGE.body
    assert (keeping.requests, len(keeping.connections)) == (9, 1)


def test_after_headers_alone_the_connection_serves_the_next_request(
    settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    place.write(BADGE)
    for _ in range(3):
        answer = visitor.visitor_of(settings).fetch(f"{keeping.url}/status/badge.svg", headers_only=True)
        assert (answer.status, answer.headers["content-length"]) == (200, str(len(BADGE.body)))
        assert get(settings, keeping).body == BADGE.body
    assert len(keeping.connections) == 1


def test_several_at_once_use_no_more_connections_than_threads(
    settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    status = documents_of()[-1]
    for _ in range(3):
        threads = [threading.Thread(target=place.write, args=(status,)) for _ in range(place.at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert keeping.requests == 3 * place.at_once
    assert len(keeping.connections) <= place.at_once


def test_certificates_are_loaded_once(
    settings: Settings, keeping: Keeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Any] = []
    load = ssl.SSLContext.load_verify_locations

    def count(context: ssl.SSLContext, *paths: Any, **more: Any) -> None:
        loaded.append((paths, more))
        load(context, *paths, **more)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", count)
    keeping.closes_after = 1  # each request opens a connection
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    place.write(BADGE)
    for _ in range(3):
        assert get(settings, keeping).status == 200
    assert len(keeping.connections) == 3
    assert loaded == [((), {"cafile": settings.ca_bundle})]


def test_certificates_that_were_replaced_are_loaded_anew(certificate: Path, tmp_path: Path) -> None:
    before = connection_pool.tls_context(str(certificate))
    assert connection_pool.tls_context(str(certificate)) is before
    (tmp_path / "other").mkdir()
    make_certificate(tmp_path / "other").replace(certificate)
    assert connection_pool.tls_context(str(certificate)) is not before


@pytest.mark.parametrize("after", [1, 2])
def test_a_kept_connection_that_the_server_closes_is_no_failure(
    after: int, settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    keeping.closes_after = after
    for _ in range(4):
        assert get(settings, keeping).body == BADGE.body


def test_a_server_that_closes_every_connection_gets_two_requests_at_most(
    settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    keeping.closes_after = 0
    before = len(keeping.connections)
    with pytest.raises(NoAnswerError, match="connection closed without an answer"):
        get(settings, keeping)
    assert len(keeping.connections) - before <= 2


def test_no_certificate_of_another_authority_is_trusted_on_a_shared_connection(
    settings: Settings, keeping: Keeping, tmp_path: Path, make_settings: Make
) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    keys = {"SPACES_ACCESS_KEY": KEY, "SPACES_SECRET_KEY": SECRET}
    others = make_settings(SPACES_ENDPOINT=keeping.url, STATUS_BUCKET="status", **keys)
    with pytest.raises(NoAnswerError, match="certificate"):
        get(others, keeping)


def test_a_proxy_of_the_environment_is_used_for_storage_too(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    bucket = s3_bucket.status_bucket(settings)
    assert bucket is not None
    account = bucket.account
    with (
        pytest.raises(NoAnswerError, match="the proxy is unreachable"),
        s3.errors_as(SourceError, account, "status", "read"),
    ):
        s3.open_client(account).get_object(Bucket="status", Key="status.json")


class Connect(socketserver.BaseRequestHandler):
    """A proxy that tunnels to whatever it is asked for."""

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


@pytest.fixture
def proxy() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connect) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_proxy_brings_no_other_authorities(
    settings: Settings, keeping: Keeping, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With CA_BUNDLE the system's certificates are not trusted: neither through a proxy, nor after a request by one."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    keeping.objects["/status/badge.svg"] = BADGE.body, {}
    before = connection_pool.tls_context(settings.ca_bundle).cert_store_stats()
    assert get(settings, keeping).body == BADGE.body
    assert connection_pool.tls_context(settings.ca_bundle).cert_store_stats() == before


def test_after_a_pause_connections_through_a_proxy_are_opened_anew(
    settings: Settings, keeping: Keeping, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    keeping.objects["/status/badge.svg"] = BADGE.body, {}
    for count in (1, 1, 2):
        if count == 2:
            http.close_kept_connections()
        assert get(settings, keeping).body == BADGE.body
        assert len(keeping.connections) == count


def test_after_a_pause_connections_are_opened_anew(settings: Settings, keeping: Keeping, tmp_path: Path) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    assert get(settings, keeping).status == 200
    assert len(keeping.connections) == 1
    http.close_kept_connections()
    assert get(settings, keeping).status == 200
    assert len(keeping.connections) == 2
