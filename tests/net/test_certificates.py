# SPDX-License-Identifier: MIT
"""Each fault of a certificate has its own message, for every client."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status import freshness
from elytra_status.alerts import smtp
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.alerts.post import post_json
from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.net import http, s3
from elytra_status.net.s3_errors import Names
from elytra_status.run import connectivity
from elytra_status.secret import Secret
from elytra_status.settings import Settings
from elytra_status.sources import probes
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import mail_server, make_certificate
from tests.hostile_s3 import HostileS3

NOW = datetime(2025, 11, 10, tzinfo=UTC)
DAY = timedelta(days=1)
# How the certificate is made, whether its authority is trusted, and what is said.
WRONG = {
    "expired": ({"begins": -9 * DAY, "ends": -DAY}, True, "has expired"),
    "other name": ({"host": "planted.example"}, True, "is for another name"),
    "self-signed": ({}, False, "is self-signed"),
    "unknown authority": ({"authority": "An authority"}, False, "is from an authority that this machine does not know"),
}


def by_get(url: str, trusted: str | None, state: Path) -> str:
    with pytest.raises(NoAnswerError) as caught, http.open_session(trusted) as session:
        http.get(session, url, seconds=10)
    return str(caught.value)


def by_post(url: str, trusted: str | None, state: Path) -> str:
    with pytest.raises(AlertError) as caught:
        post_json(url, {}, {}, trusted)
    assert caught.value.permanent
    return str(caught.value)


def by_listing(url: str, trusted: str | None, state: Path) -> str:
    names = Names("KEY", "SECRET", "ENDPOINT", "REGION")
    account = s3.Account(url, "nyc3", Secret("planted-a"), Secret("planted-b"), trusted, names, attempts=1)
    with pytest.raises(SourceError) as caught, s3.errors_as(SourceError, account, "planted", "list it"):
        s3.open_client(account).list_objects_v2(Bucket="planted")
    return str(caught.value)


def by_probe(url: str, trusted: str | None, state: Path) -> str:
    settings = Settings(probe_urls=(url,), probe_timeout_seconds=5, ca_bundle=trusted)
    (said,) = probes.poll(settings, PollRequest(NOW, 30, clock=SYSTEM_CLOCK)).remarks
    return said


def by_check_freshness(url: str, trusted: str | None, state: Path) -> str:
    (found,) = freshness.check(Settings(status_url=url, ca_bundle=trusted), SYSTEM_CLOCK, state)
    return "; ".join(map(str, found.faults))


def by_connectivity(url: str, trusted: str | None, state: Path) -> str:
    return connectivity.failure(url, trusted)


def by_mail(security: str) -> Callable[[int, str | None], str]:
    def send(port: int, trusted: str | None) -> str:
        settings = Settings(
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security=security,
            smtp_from="a@example.com",
            alert_email_to=("b@example.com",),
            ca_bundle=trusted,
        )
        channel = smtp.channel(settings)
        assert channel
        with pytest.raises(AlertError) as caught:
            channel.send(Message("subject", "text", NOW, "incident"))
        assert caught.value.permanent
        return str(caught.value)

    return send


@contextmanager
def server(certificate: Path) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with HostileS3(tls=context) as running:
        yield running.url


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    "client",
    [by_get, by_post, by_listing, by_probe, by_check_freshness, by_connectivity],
    ids=lambda client: client.__name__,
)
def test_the_message_names_what_is_wrong(
    client: Callable[[str, str | None, Path], str], wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "PAUSE_SECONDS", 0.0)
    how, is_trusted, said = WRONG[wrong]
    certificate = make_certificate(tmp_path, **how)  # type: ignore[arg-type]
    with server(certificate) as url:
        words = client(url, str(certificate) if is_trusted else None, tmp_path)
    assert "certificate" in words
    assert said in words


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_that_of_a_mail_server_too(security: str, wrong: str, tmp_path: Path) -> None:
    how, is_trusted, said = WRONG[wrong]
    certificate = make_certificate(tmp_path, **how)  # type: ignore[arg-type]
    with mail_server(certificate, security) as mailbox:
        words = by_mail(security)(mailbox.port, str(certificate) if is_trusted else None)
    assert "the certificate of 127.0.0.1:" in words
    assert said in words
    assert not mailbox.mails
