# SPDX-License-Identifier: MIT
"""Notifications by SendGrid's API, with a stand-in that checks requests according to the API's documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from elytra_status import alerts
from elytra_status.alerts import post, sendgrid
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.settings import Settings
from tests.alert_servers import SENDGRID_KEY, SendGrid, free_port, hanging_server, make_certificate, sendgrid_server

MESSAGE = Message(
    subject="[elytra-status] web1: publishing failed (exit 69) since 03:10 UTC",
    text="What     publishing failed\n\nGrüße von der Maschine.\n",
    moment=datetime(2025, 11, 10, 3, 10, 4, tzinfo=UTC),
    incident="elytra-status.service.20251110T031004Z",
)

Make = Callable[..., Settings]


@pytest.fixture
def service() -> Iterator[SendGrid]:
    with sendgrid_server() as stand_in:
        yield stand_in


@pytest.fixture
def settings_for(make_settings: Make) -> Make:
    def make(url: str, **more: Any) -> Settings:
        values = {
            "SENDGRID_API_KEY": SENDGRID_KEY,
            "SENDGRID_URL": url,
            "SENDGRID_FROM_EMAIL": "elytra-status@example.com",
            "SENDGRID_ADMIN_EMAIL": "admin@example.com,on-call@example.com",
        }
        return make_settings(**(values | more))

    return make


def refusal(settings: Settings, message: Message = MESSAGE) -> AlertError:
    with pytest.raises(AlertError) as caught:
        sendgrid.channel(settings).send(message)
    assert SENDGRID_KEY not in str(caught.value)
    return caught.value


def test_the_request_is_what_the_documentation_asks_for(service: SendGrid, settings_for: Make) -> None:
    settings = settings_for(service.url)
    assert alerts.configured(settings) == [sendgrid.channel(settings)]
    sendgrid.channel(settings).send(MESSAGE)
    (request,) = service.accepted
    assert request["personalizations"] == [{"to": [{"email": "admin@example.com"}, {"email": "on-call@example.com"}]}]
    assert request["from"] == {"email": "elytra-status@example.com", "name": "elytra-status"}
    assert request["subject"] == MESSAGE.subject
    assert request["content"] == [{"type": "text/plain", "value": MESSAGE.text}]
    assert request["headers"]["Auto-Submitted"] == "auto-generated"
    assert request["headers"]["References"] == "<elytra-status.service.20251110T031004Z@example.com>"
    assert request["tracking_settings"]["click_tracking"] == {"enable": False, "enable_text": False}


def test_the_european_service_is_one_setting_away(make_settings: Make) -> None:
    assert make_settings().sendgrid_url == "https://api.sendgrid.com"
    assert make_settings(SENDGRID_URL="https://api.eu.sendgrid.com/").sendgrid_url == "https://api.eu.sendgrid.com"


def test_a_key_that_is_not_known_is_permanent(service: SendGrid, settings_for: Make) -> None:
    error = refusal(settings_for(service.url, SENDGRID_API_KEY="SG.other-key"))
    assert error.permanent
    assert "401" in str(error)
    assert "SENDGRID_API_KEY" in str(error)
    assert "SG.other" not in str(error)


@pytest.mark.parametrize(
    ("status", "permanent", "told"),
    [
        (400, True, "SENDGRID_FROM_EMAIL"),
        (403, True, "Verify SENDGRID_FROM_EMAIL"),
        (404, True, "SENDGRID_URL"),
        (413, True, "too large"),
        (429, False, "limits the rate"),
        (500, False, "status.sendgrid.com"),
        (503, False, "status.sendgrid.com"),
        (200, True, "SENDGRID_URL"),
    ],
)
def test_a_refusal_shows_its_status_and_not_its_text(
    status: int, permanent: bool, told: str, service: SendGrid, settings_for: Make
) -> None:
    service.answer = (status, {})
    service.body = b'{"errors": [{"message": "marker-of-the-answer", "field": "from.email"}]}'
    error = refusal(settings_for(service.url))
    assert error.permanent is permanent
    assert str(status) in str(error)
    assert told in str(error)
    assert "marker-of-the-answer" not in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"X-RateLimit-Limit": "150", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1762744234"}, 30),
        ({"X-RateLimit-Reset": "1000"}, 0),
        ({"Retry-After": "7", "X-RateLimit-Reset": "1762744234"}, 7),
        ({"Retry-After": "Mon, 10 Nov 2025 03:10:30 GMT"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "-5"}, 0),
    ],
)
def test_retry_after_is_read(
    headers: dict[str, str], seconds: float | None, service: SendGrid, settings_for: Make
) -> None:
    service.answer = (429, headers)
    error = refusal(settings_for(service.url))
    assert not error.permanent
    assert error.retry_after == seconds


def test_the_key_does_not_follow_a_redirect(service: SendGrid, settings_for: Make) -> None:
    with sendgrid_server() as elsewhere:
        service.answer = (307, {"Location": f"{elsewhere.url}/v3/mail/send"})
        assert refusal(settings_for(service.url)).permanent
        assert elsewhere.requests == 0


def test_a_certificate_is_verified_with_ca_bundle(tmp_path: Path, settings_for: Make) -> None:
    certificate = make_certificate(tmp_path)
    with sendgrid_server(certificate) as service:
        error = refusal(settings_for(service.url))
        assert error.permanent
        assert "CA_BUNDLE" in str(error)
        assert service.requests == 0
        sendgrid.channel(settings_for(service.url, CA_BUNDLE=certificate)).send(MESSAGE)
        assert len(service.accepted) == 1


def test_a_service_that_cannot_be_reached_is_no_permanent_fault(
    settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not refusal(settings_for(f"http://127.0.0.1:{free_port()}")).permanent
    monkeypatch.setattr(post, "SECONDS", 0.3)
    with hanging_server() as port:
        assert not refusal(settings_for(f"http://127.0.0.1:{port}")).permanent


def test_a_huge_answer_is_not_read_to_its_end(service: SendGrid, settings_for: Make) -> None:
    service.answer = (500, {})
    service.body = b"x" * 2**20
    assert not refusal(settings_for(service.url)).permanent


def test_an_empty_text_would_be_refused_by_the_stand_in(service: SendGrid, settings_for: Make) -> None:
    """Without this the stand-in might accept anything."""
    error = refusal(settings_for(service.url), replace(MESSAGE, text=""))
    assert "400" in str(error)
