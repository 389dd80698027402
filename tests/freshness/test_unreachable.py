# SPDX-License-Identifier: MIT
"""Servers that are unreachable, slow or redirect."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import freshness
from elytra_status.net import peers
from elytra_status.publish import visitor
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.visited import FRESH, UNREACHABLE, Make, behind_a_cache, check, closed_port, good, only

pytestmark = pytest.mark.slow


def test_a_closed_port(make_settings: Make, clock: MovableClock) -> None:
    findings = check(make_settings(STATUS_URL=f"http://127.0.0.1:{closed_port()}/status.json"), clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "connection refused" in str(only(findings).faults[0])


def test_a_name_that_dns_does_not_know(
    make_settings: Make, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    findings = check(make_settings(STATUS_URL="https://status.example.com/status.json"), clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "not in DNS" in str(only(findings).faults[0])


@pytest.fixture
def tls_server(tmp_path: Path, clock: MovableClock) -> Iterator[HostileS3]:
    """A server with a self-signed certificate for 127.0.0.1: certificate.pem."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*command, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HostileS3(context) as running:
        running.answer = lambda request: good(clock.now())
        yield running


def test_a_certificate_that_does_not_verify(
    tls_server: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    url = f"{tls_server.url}/status.json"
    findings = check(make_settings(STATUS_URL=url), clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "certificate" in str(only(findings).faults[0])
    trusting = make_settings(STATUS_URL=url, CA_BUNDLE=tmp_path / "certificate.pem")
    assert freshness.exit_status(check(trusting, clock)) == FRESH
    wrong_name = make_settings(STATUS_URL=url.replace("127.0.0.1", "localhost"), CA_BUNDLE=tmp_path / "certificate.pem")
    assert freshness.exit_status(check(wrong_name, clock)) == UNREACHABLE


@pytest.mark.parametrize("fault", ["hang", "trickle", "reset", "cut"])
def test_a_server_that_does_not_answer_well(
    fault: str, settings: Settings, server: HostileS3, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "SECONDS", 0.5)
    whole = good(clock.now())
    server.answer = lambda request: Reply(200, whole.body, whole.headers, fault)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == UNREACHABLE
    assert "\n" not in str(only(findings).faults[0])


@pytest.mark.parametrize("fault", ["cut", "within a chunk"])
def test_a_body_that_breaks_off_is_fetched_again(
    fault: str, settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    whole = good(clock.now())
    chunked = Reply(200, b"ff\r\n{", {**whole.headers, "Transfer-Encoding": "chunked"}, "no length")
    bad = [Reply(200, whole.body, whole.headers, fault) if fault == "cut" else chunked]
    server.answer = lambda request: bad.pop() if bad else whole
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == FRESH
    assert not only(findings).faults


def test_many_sites_are_queried_side_by_side(
    server: HostileS3, make_settings: Make, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "SECONDS", 60.0)
    arrived: list[Request] = []
    lock, together = threading.Lock(), threading.Event()

    def answer(request: Request) -> Reply:
        with lock:
            arrived.append(request)
            if len(arrived) >= 4:
                together.set()
        # If they were queried one after the other, the first would wait here in vain.
        return good(clock.now()) if together.wait(30) else Reply(503)

    server.answer = answer
    origins = ",".join(f"https://site-{number}.example.com" for number in range(20))
    findings = check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=origins), clock)
    assert freshness.exit_status(findings) == FRESH
    assert len(arrived) >= 20


def test_redirects_are_followed_but_not_for_ever(settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    server.answer = lambda request: (
        good(clock.now()) if request.path == "/moved" else Reply(301, b"", {"Location": "/moved"})
    )
    assert freshness.exit_status(check(settings, clock)) == FRESH
    server.answer = lambda request: Reply(302, b"", {"Location": request.target})
    assert freshness.exit_status(check(settings, clock)) == UNREACHABLE


def test_a_redirect_to_a_private_address_is_followed_only_if_the_settings_allow_it(
    server: HostileS3, make_settings: Make, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "is_public", lambda address: address == "127.0.0.1")
    with HostileS3(host="127.0.0.2") as private:
        private.answer = lambda request: good(clock.now())
        server.answer = lambda request: Reply(302, b"", {"Location": f"{private.url}/status.json"})
        findings = check(make_settings(STATUS_URL=f"{server.url}/status.json"), clock)
        assert freshness.exit_status(findings) == UNREACHABLE
        assert not private.requests
        allowed = make_settings(STATUS_URL=f"{server.url}/status.json", PRIVATE_REDIRECTS="follow")
        assert freshness.exit_status(check(allowed, clock)) == FRESH


def test_one_that_is_stale_and_one_that_is_out_of_reach(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    server.answer = lambda request: good(clock.now() - timedelta(hours=2))
    settings = behind_a_cache(make_settings, server, storage)
    storage.__exit__(None, None, None)
    findings = check(settings, clock)
    assert [finding.reached for finding in findings] == [True, False]
    assert freshness.exit_status(findings) == UNREACHABLE
