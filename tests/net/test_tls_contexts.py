# SPDX-License-Identifier: MIT
"""Certificates are loaded once: for urllib3, and for connections that compare names themselves."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.alerts import smtp
from elytra_status.alerts.channel import Message
from elytra_status.doctor import servers
from elytra_status.doctor.finding import Level
from elytra_status.net import http, tls_contexts
from elytra_status.publish import visitor
from elytra_status.settings import Settings
from elytra_status.sources import probes
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import mail_server, make_certificate
from tests.examined import context, examine
from tests.keeping_server import Keeping, keeping_server
from tests.publishing import BADGE, KEY, SECRET

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def keeping(certificate: Path) -> Iterator[Keeping]:
    with keeping_server(certificate) as server:
        server.objects |= {path: (b"fine", {}) for path in ("/", "/again")}
        yield server


@pytest.fixture
def loaded(certificate: Path, keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Note each time that this certificate is loaded as that of an authority."""
    files: list[Path] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(context: ssl.SSLContext, cafile: Any = None, *others: Any, **more: Any) -> None:
        if cafile == str(certificate):
            files.append(certificate)
        load(context, cafile, *others, **more)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    return files


def test_storage_and_visitors_load_certificates_once(
    keeping: Keeping, certificate: Path, loaded: list[Path], tmp_path: Path, make_settings: Make
) -> None:
    keys = {"SPACES_ACCESS_KEY": KEY, "SPACES_SECRET_KEY": SECRET, "CA_BUNDLE": certificate}
    settings = make_settings(SPACES_ENDPOINT=keeping.url, STATUS_BUCKET="status", **keys)
    keeping.closes_after = 1  # each request opens a connection
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    for _ in range(3):
        assert visitor.visitor_of(settings).fetch(f"{keeping.url}/status/badge.svg").status == 200
    assert len(keeping.connections) == 3
    assert loaded == [certificate]


def test_probes_mail_and_doctor_load_certificates_once_more(
    keeping: Keeping, certificate: Path, loaded: list[Path], tmp_path: Path, make_settings: Make
) -> None:
    """They share a context that compares names, and probes use the one of urllib3 too."""
    probed = make_settings(PROBE_URLS=f"{keeping.url}/,{keeping.url}/again", CA_BUNDLE=certificate)
    for _ in range(2):
        report = probes.poll(probed, PollRequest(datetime.now(UTC), 20, clock=SYSTEM_CLOCK))
        assert len(report.warnings) == 2, "each certificate expires within a day"
    for security in ("starttls", "tls"):
        with mail_server(certificate, security) as mailbox:
            mail = {"SMTP_HOST": "localhost", "SMTP_PORT": mailbox.port, "SMTP_SECURITY": security}
            sender = {"SMTP_FROM": "a@example.com", "ALERT_EMAIL_TO": "b@example.com"}
            channel = smtp.channel(make_settings(CA_BUNDLE=certificate, **mail, **sender))
            assert channel
            for _ in range(2):
                channel.send(Message("subject", "text", datetime.now(UTC), "incident"))
            assert mailbox.encrypted == [True, True]
    (finding,) = examine(
        servers.AREA, context(tmp_path, STATUS_URL=f"{keeping.url}/status.json", CA_BUNDLE=certificate)
    )
    assert finding.level is not Level.SKIPPED
    assert loaded == [certificate, certificate]


def test_a_client_certificate_is_loaded_once_with_its_authorities(
    keeping: Keeping, certificate: Path, loaded: list[Path]
) -> None:
    keeping.closes_after = 1
    for _ in range(3):
        with http.open_session(str(certificate), (str(certificate), str(certificate))) as session:
            assert http.get(session, keeping.url, seconds=10).body == b"fine"
    assert len(keeping.connections) == 3
    assert loaded == [certificate]


def test_a_connection_with_a_client_certificate_serves_no_session_without_one(
    keeping: Keeping, certificate: Path
) -> None:
    for own in (None, (str(certificate), str(certificate)), None):
        with http.open_session(str(certificate), own) as session:
            assert http.get(session, keeping.url, seconds=10).body == b"fine"
    assert len(keeping.connections) == 2


@pytest.mark.parametrize("make", [tls_contexts.for_urllib3, tls_contexts.for_sockets])
def test_certificates_that_were_replaced_are_loaded_anew(
    make: Callable[[str], ssl.SSLContext], certificate: Path, tmp_path: Path
) -> None:
    before = make(str(certificate))
    assert make(str(certificate)) is before
    (tmp_path / "other").mkdir()
    make_certificate(tmp_path / "other").replace(certificate)
    assert make(str(certificate)) is not before


def test_threads_share_one_context(certificate: Path, loaded: list[Path]) -> None:
    found: list[ssl.SSLContext] = []
    threads = [
        threading.Thread(target=lambda: found.append(tls_contexts.for_sockets(str(certificate)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(loaded) == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_both_trust_the_same_authorities(variable: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    of_system = tls_contexts.for_urllib3(None).cert_store_stats()
    assert tls_contexts.for_sockets(None).cert_store_stats() == of_system
    monkeypatch.setenv(variable, str(certificate))
    assert tls_contexts.for_urllib3(None).cert_store_stats()["x509"] == 1
    assert tls_contexts.for_sockets(None).cert_store_stats()["x509"] == 1


def test_what_is_not_urllib3_compares_names(certificate: Path) -> None:
    found = tls_contexts.for_sockets(str(certificate))
    assert (found.check_hostname, found.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert tls_contexts.for_urllib3(str(certificate)) is not found
