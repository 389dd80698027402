# SPDX-License-Identifier: MIT
"""Connections to Uptime Kuma that fail, are slow, answer in another format, or are not trusted."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from elytra_status.demo.replay import ReplayFault, ReplayServer, html_page, invalid_utf8, redirect
from elytra_status.errors import NoAnswerError
from elytra_status.net import http
from tests.made_kuma import HEARTBEATS, METRICS, PAGE, TEXT, kuma, poll, settings, states
from tests.recorded_kuma import PUBLIC, refused

pytestmark = pytest.mark.slow

PATHS = {METRICS: "metrics", PAGE: "page", HEARTBEATS: "page"}
MEGABYTE = 2**20


# Connections that fail.


def test_a_connection_that_is_refused() -> None:
    with kuma() as server:
        gone = server.url
    for mode in ("metrics", "page", "both"):
        text = refused(gone, mode)
        assert "is unreachable, connection refused (" in text
        assert "). Check its address, and that it runs." in text


def test_a_name_that_dns_does_not_know() -> None:
    assert "is unreachable, " in refused("http://kuma.invalid", seconds=10)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_a_connection_that_is_reset_in_mid_body(path: str, chunked: bool) -> None:
    with kuma() as server:
        server.faults[path] = server.faults[HEARTBEATS if path == PAGE else path] = ReplayFault(
            reset=True, chunked=chunked
        )
        text = refused(server, PATHS[path])
        assert "broke off (" in text
        assert "). Check whether it or its proxy is restarting." in text


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_is_shorter_than_announced(path: str) -> None:
    with kuma() as server:
        body = server.recording.find(path).body
        server.faults[path] = ReplayFault(body=body, headers={"Content-Length": str(len(body) + 1)})
        server.faults[HEARTBEATS if path == PAGE else path] = server.faults[path]
        assert "broke off" in refused(server, PATHS[path])


@pytest.mark.parametrize("keep", [0.0, 0.0001, 0.3, 0.5, 0.9, 1.0])
def test_metrics_that_are_truncated_without_a_trace_are_refused(keep: float) -> None:
    """An answer of HTTP/1.0 ends with the connection. Everything that counts comes before the version."""
    with kuma() as server:
        body = server.recording.find(METRICS).body
        cut = body[: int(body.index(b"app_version{") * keep) + 1]
        for text in (cut, cut[: cut.rfind(b"\n") + 1]):
            server.faults[METRICS] = ReplayFault(body=text)
            assert refused(server).startswith("/metrics ")


# Answers that come slowly, or never.


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "fault",
    [
        ReplayFault(hang=True),
        ReplayFault(trickle=0.2),
        ReplayFault(trickle=0.2, chunked=True),
        ReplayFault(trickle=0.2, trickle_headers=True),
    ],
    ids=["hangs", "trickles", "trickles in chunks", "trickles from its headers on"],
)
def test_what_does_not_end_is_bounded(path: str, fault: ReplayFault) -> None:
    with kuma() as server:
        server.faults[path] = server.faults[HEARTBEATS if path == PAGE else path] = fault
        text = refused(server, PATHS[path], seconds=0.5)
        assert "no complete response within 0 s" in text


@pytest.mark.parametrize(
    "fault", [ReplayFault(trickle=0.1), ReplayFault(trickle=0.1, trickle_headers=True), ReplayFault(hang=True)]
)
def test_one_get_is_bounded_by_itself(fault: ReplayFault) -> None:
    with kuma() as server, http.open_session() as session:
        server.faults[PAGE] = fault
        with pytest.raises(
            NoAnswerError, match=r"no complete response within 1 s\. Check whether it is overloaded or stuck\."
        ):
            http.get(session, server.url + PAGE, seconds=0.6)


def test_one_that_hangs_does_not_hold_up_the_others() -> None:
    with kuma() as server:
        server.faults[METRICS] = ReplayFault(trickle=0.5)
        report = poll(settings(server), seconds=1)
    assert states(report) == PUBLIC
    assert not report.complete


# Answers of the wrong kind.


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "fault",
    [
        *(ReplayFault(status=status) for status in (201, 204, 206, 400, 429, 500, 502, 503, 504, 599)),
        html_page(),
        ReplayFault(body=b""),
        ReplayFault(body=b"\0\0\0\0"),
        ReplayFault(body=b"upstream connect error"),
        invalid_utf8(),
        ReplayFault(content_type="application/octet-stream"),
        ReplayFault(content_type="text/html"),
    ],
)
def test_an_invalid_answer(path: str, fault: ReplayFault) -> None:
    with kuma() as server:
        server.faults[path] = server.faults[HEARTBEATS if path == PAGE else path] = fault
        assert refused(server, PATHS[path])
        report = poll(settings(server))
        assert set(states(report).values()) == {"up"}
        assert not report.complete
        assert report.problems


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_key_does_not_follow_a_redirect(status: int) -> None:
    with kuma() as server, kuma() as other:
        for path in PATHS:
            server.faults[path] = redirect(f"{other.url}{path}", status)
        for mode in ("metrics", "page"):
            text = refused(server, mode)
            assert f"redirects to {other.url} (" in text
            assert "). Set the address it redirects to; keys are not sent on" in text
        assert other.requests == []


def test_redirects_that_lead_nowhere() -> None:
    with kuma() as server:
        for location, words in (
            ("/elsewhere", "redirects to another path"),
            ("/login", "redirects to a login page ("),
            ("https://[", "redirects to an invalid address"),
            ("javascript:alert(1)", "redirects to an invalid address"),
            ("", "redirects to another path"),
            ("https://user:word@other.example/x", "redirects to https://other.example ("),
        ):
            server.faults[METRICS] = redirect(location)
            assert words in refused(server)


def test_visitors_follow_redirects_but_not_for_ever_and_without_reading_their_bodies() -> None:
    with kuma() as server, http.open_session() as session:
        server.faults["/a"] = ReplayFault(status=302, headers={"Location": PAGE}, size=80 * MEGABYTE, content_type=TEXT)
        assert http.get(session, f"{server.url}/a", seconds=5, redirects=http.Redirects()).status == 200
        server.faults["/b"] = redirect("/b")
        with pytest.raises(NoAnswerError, match="redirects more than 5 times"):
            http.get(session, f"{server.url}/b", seconds=5, redirects=http.Redirects())
        assert sum(request.path == "/b" for request in server.requests) == 6


def test_a_key_from_netrc_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with kuma() as server:
        assert requests.get(server.url, timeout=5).request.headers["Authorization"]
        server.requests.clear()
        poll(settings(server))
        sent = [request.headers.get("Authorization") for request in server.requests if request.path != METRICS]
    assert set(sent) == {None}


# Certificates.


@contextmanager
def over_tls(server: ReplayServer, certificate: Path) -> Iterator[str]:
    """Serve the metrics of a Kuma over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = requests.get(server.url + self.path, headers=dict(self.headers), timeout=5)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    listener.server_close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with self-signed certificates, each with its key: own.pem and other.pem."""
    directory = tmp_path_factory.mktemp("certificates")
    for name, subject in (("own", "IP:127.0.0.1"), ("other", "DNS:kuma.example")):
        key, public = directory / f"{name}.key", directory / f"{name}.crt"
        request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        about = ["-subj", "/CN=kuma", "-addext", f"subjectAltName={subject}", "-days", "2"]
        subprocess.run([*request, *about, "-keyout", key, "-out", public], check=True, capture_output=True)
        (directory / f"{name}.pem").write_bytes(key.read_bytes() + public.read_bytes())
    return directory


def test_a_certificate_that_does_not_verify(certificates: Path) -> None:
    with kuma() as server, over_tls(server, certificates / "own.pem") as url:
        text = refused(url)
        assert "is self-signed (" in text
        assert "). Name its file, or that of the authority, in CA_BUNDLE" in text
        assert server.requests == []


def test_a_certificate_of_an_authority_of_ones_own(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment must not outrank the settings.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "other.crt"))
    with kuma() as server, over_tls(server, certificates / "own.pem") as url:
        report = poll(settings(url, "metrics", ca_bundle=str(certificates / "own.crt")))
        assert states(report) == PUBLIC | {"7": "up", "8": "up"}


def test_a_certificate_of_another_host(certificates: Path) -> None:
    with kuma() as server, over_tls(server, certificates / "other.pem") as url:
        assert "is for another name" in refused(url, ca_bundle=str(certificates / "other.crt"))
        assert server.requests == []


def test_https_to_a_port_that_speaks_http(certificates: Path) -> None:
    with kuma() as server:
        text = refused(server.url.replace("http:", "https:"))
        assert "does not speak TLS (" in text
        assert "). Check its port, and whether it needs https." in text


def test_a_ca_bundle_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "empty.pem", tmp_path / "missing.pem", tmp_path):
        with kuma() as server:
            assert "CA_BUNDLE contains no valid certificate" in refused(server, ca_bundle=str(path))
