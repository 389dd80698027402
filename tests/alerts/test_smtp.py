# SPDX-License-Identifier: MIT
"""Notifications by mail, through a real mail server on loopback."""

from __future__ import annotations

import base64
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from elytra_status import alerts
from elytra_status.alerts import smtp
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.settings import Settings
from tests.alert_servers import Mailbox, free_port, hanging_server, mail_server, make_certificate
from tests.faults import hostile_http

PASSWORD = "marker-password-é-%+/"
MESSAGE = Message(
    subject="[elytra-status] web1: publishing failed (exit 69) since 03:10 UTC",
    text="What     publishing failed\n\nGrüße von der Maschine.\n.\nA line with a dot alone is above.\n",
    moment=datetime(2025, 11, 10, 3, 10, 4, tzinfo=UTC),
    incident="elytra-status.service.20251110T031004Z",
)

# aiosmtpd warns about a login without STARTTLS, even with TLS from the first byte on.
pytestmark = [pytest.mark.filterwarnings("ignore:Requiring AUTH"), pytest.mark.slow]

Make = Callable[..., Settings]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings_for(make_settings: Make) -> Make:
    def make(port: int, **more: Any) -> Settings:
        values = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": port,
            "SMTP_SECURITY": "none",
            "SMTP_FROM": "elytra-status@example.com",
            "ALERT_EMAIL_TO": "admin@example.com,on-call@example.com",
        }
        return make_settings(**(values | more))

    return make


def refusal(settings: Settings) -> AlertError:
    with pytest.raises(AlertError) as caught:
        smtp.channel(settings).send(MESSAGE)
    return caught.value


def test_it_sends_a_mail_with_the_right_headers(mailbox: Mailbox, settings_for: Make) -> None:
    settings = settings_for(mailbox.port)
    assert alerts.configured(settings) == [smtp.channel(settings)]
    smtp.channel(settings).send(MESSAGE)
    (mail,) = mailbox.mails
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"] == "elytra-status <elytra-status@example.com>"
    assert mail["To"] == "admin@example.com, on-call@example.com"
    assert mailbox.recipients == [["admin@example.com", "on-call@example.com"]]
    assert parsedate_to_datetime(mail["Date"]) == MESSAGE.moment
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == "<elytra-status.service.20251110T031004Z@example.com>"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert mailbox.raw[0].isascii()


@pytest.mark.parametrize(
    "words",
    [
        "Ein Text für die Öffentlichkeit wird nicht veröffentlicht, seit 2025-11-10 03:10 UTC",
        "\u2068المنصة متوقفة عن العمل، منذ \u206803:10 UTC\u2069\u2069",
        "プラットフォームは引き続き停止しています（2025-11-10 03:10 UTCから）",
    ],
    ids=["de", "ar", "ja"],
)
def test_a_long_subject_keeps_its_spaces(words: str, settings_for: Make, mailbox: Mailbox) -> None:
    subject = f"[elytra-status] a-host-with-a-long-name.example.net: {words}"
    smtp.channel(settings_for(mailbox.port)).send(replace(MESSAGE, subject=subject))
    assert mailbox.mails[0]["Subject"] == subject
    assert max(map(len, mailbox.raw[0].split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("helo", "greeting"), [("web1.example.com", "web1.example.com"), ("2001:db8::25", "[IPv6:2001:db8::25]")]
)
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_it_greets_by_the_name_that_is_set(
    security: str, helo: str, greeting: str, certificate: Path, settings_for: Make
) -> None:
    with mail_server(certificate, security) as mailbox:
        settings = settings_for(
            mailbox.port, SMTP_HELO=helo, SMTP_SECURITY=security, CA_BUNDLE=certificate, SMTP_HOST="localhost"
        )
        smtp.channel(settings).send(MESSAGE)
        smtp.channel(settings).check(10)
    assert set(mailbox.greetings) == {greeting}


def test_it_greets_by_the_name_of_the_machine_else(mailbox: Mailbox, settings_for: Make) -> None:
    smtp.channel(settings_for(mailbox.port)).send(MESSAGE)
    assert mailbox.greetings == [smtplib.SMTP().local_hostname]


def test_a_greeting_that_is_refused_names_the_setting(mailbox: Mailbox, settings_for: Make) -> None:
    mailbox.refuses["EHLO"] = "550 5.7.1 Helo command rejected: Host not found"
    error = refusal(settings_for(mailbox.port))
    assert "SMTP_HELO" in error.remedy


def test_two_mails_have_two_message_ids(mailbox: Mailbox, settings_for: Make) -> None:
    for _ in range(2):
        smtp.channel(settings_for(mailbox.port)).send(MESSAGE)
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("password", ["marker-password", PASSWORD])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_it_logs_in_over_an_encrypted_connection(
    security: str, password: str, host: str, certificate: Path, settings_for: Make
) -> None:
    with mail_server(certificate, security, ("elytra", password)) as mailbox:
        more = {"SMTP_SECURITY": security, "SMTP_USER": "elytra", "SMTP_PASSWORD": password, "CA_BUNDLE": certificate}
        smtp.channel(settings_for(mailbox.port, SMTP_HOST=host, **more)).send(MESSAGE)
        assert len(mailbox.mails) == 1
        assert mailbox.encrypted == [True]
        assert mailbox.logins == [(b"elytra", password.encode())]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(security: str, certificate: Path, settings_for: Make) -> None:
    with mail_server(certificate, security, ("elytra", PASSWORD)) as mailbox:
        more = {"SMTP_SECURITY": security, "SMTP_USER": "elytra", "SMTP_PASSWORD": PASSWORD}
        error = refusal(settings_for(mailbox.port, **more))
        assert error.permanent
        assert "certificate" in str(error)
        assert "CA_BUNDLE" in str(error)
        assert (mailbox.mails, mailbox.logins) == ([], [])


def test_a_server_without_starttls_gets_neither_password_nor_mail(settings_for: Make, certificate: Path) -> None:
    with mail_server() as mailbox:
        more = {"SMTP_SECURITY": "starttls", "SMTP_USER": "elytra", "SMTP_PASSWORD": PASSWORD}
        error = refusal(settings_for(mailbox.port, **more))
        assert error.permanent
        assert "SMTP_SECURITY" in str(error)
        assert (mailbox.mails, mailbox.logins) == ([], [])


def test_tls_on_a_port_without_it_is_explained(mailbox: Mailbox, settings_for: Make) -> None:
    error = refusal(settings_for(mailbox.port, SMTP_SECURITY="tls"))
    assert error.permanent
    assert "465" in str(error)


@pytest.mark.parametrize("password", ["marker-wrong", PASSWORD + "wrong"])
def test_a_wrong_password_is_permanent_and_not_shown(password: str, certificate: Path, settings_for: Make) -> None:
    with mail_server(certificate, "starttls", ("elytra", "right")) as mailbox:
        more = {
            "SMTP_SECURITY": "starttls", "SMTP_USER": "elytra", "SMTP_PASSWORD": password, "CA_BUNDLE": certificate,
        }  # fmt: skip
        error = refusal(settings_for(mailbox.port, **more))
        assert error.permanent
        assert "535 5.7.8" in str(error)
        assert "SMTP_PASSWORD" in str(error)
        for text in (password, base64.b64encode(password.encode()).decode(), "go away"):
            assert text not in str(error)


@pytest.mark.parametrize(
    ("command", "answer", "permanent", "told"),
    [
        ("MAIL", "421 4.7.0 Too many connections from secret-in-the-answer", False, "421 4.7.0"),
        ("MAIL", "550 5.7.1 Sender refused", True, "550 5.7.1"),
        ("RCPT", "550 5.1.1 User unknown", True, "ALERT_EMAIL_TO"),
        ("RCPT", "451 4.7.1 Greylisted", False, "greylist"),
        ("RCPT", "452 4.5.3 Too many recipients", False, "452 4.5.3"),
        ("DATA", "554 5.7.1 Looks like spam", True, "554 5.7.1"),
        ("DATA", "452 4.3.1 Insufficient system storage", False, "452 4.3.1"),
        ("DATA", "577 no enhanced code", True, "577"),
    ],
)
def test_a_refusal_shows_its_code_and_not_its_text(
    command: str, answer: str, permanent: bool, told: str, mailbox: Mailbox, settings_for: Make
) -> None:
    mailbox.refuses[command] = answer
    error = refusal(settings_for(mailbox.port))
    assert error.permanent is permanent
    assert told in str(error)
    assert f"127.0.0.1:{mailbox.port}" in str(error)
    assert "secret-in-the-answer" not in str(error)


def test_one_refused_recipient_does_not_keep_the_others(
    mailbox: Mailbox, settings_for: Make, log_lines: list[str]
) -> None:
    mailbox.refuses["admin@example.com"] = "550 5.1.1 User unknown"
    smtp.channel(settings_for(mailbox.port)).send(MESSAGE)
    assert mailbox.recipients == [["on-call@example.com"]]
    assert any("ERROR" in line and "admin@example.com" in line and "550" in line for line in log_lines)


def test_a_server_that_says_goodbye_badly_has_the_mail_all_the_same(mailbox: Mailbox, settings_for: Make) -> None:
    mailbox.refuses["QUIT"] = "451 4.0.0 What?"
    smtp.channel(settings_for(mailbox.port)).send(MESSAGE)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("greeting", [b"", b"220 mail.example ESMTP\r\n", b"220-and"])
def test_a_server_that_hangs_is_left(
    security: str, greeting: bytes, settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.3)
    with hanging_server(greeting) as port:
        error = refusal(settings_for(port, SMTP_SECURITY=security))
    # With tls, what a server sends in clear is not TLS.
    assert error.permanent is (security == "tls" and greeting != b"")


def test_a_server_that_is_full_is_no_permanent_fault(settings_for: Make) -> None:
    with hanging_server(b"421 4.3.2 come back later\r\n") as port:
        error = refusal(settings_for(port))
    assert not error.permanent
    assert "421 4.3.2" in str(error)


def test_a_server_of_another_protocol_is_named_in_the_error(settings_for: Make) -> None:
    with hanging_server(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        error = refusal(settings_for(port))
    assert "does not speak SMTP" in str(error)


def test_a_port_without_a_server_is_reported_as_refused(settings_for: Make) -> None:
    error = refusal(settings_for(free_port()))
    assert not error.permanent
    assert "refused" in str(error)
    assert "SMTP_PORT" in str(error)


def test_an_unknown_host_name_is_reported_with_its_setting(settings_for: Make) -> None:
    error = refusal(settings_for(25, SMTP_HOST="mail.invalid"))
    assert not error.permanent
    assert "SMTP_HOST" in str(error)


# What the server sends is bounded


@pytest.mark.parametrize(
    ("ill", "problem"),
    [
        (hostile_http.endless_reply, "has more than 128 KB"),
        (hostile_http.endless_body, "does not speak SMTP"),
        (hostile_http.slow_reply, "timed out"),
    ],
)
def test_a_reply_without_end_is_refused(
    ill: hostile_http.Ill, problem: str, settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.7)
    with hostile_http.HostileHTTP(ill, speaks_first=True) as server, pytest.raises(AlertError) as caught:
        smtp.channel(settings_for(server.port)).send(MESSAGE)
    assert problem in caught.value.problem
    assert not caught.value.permanent or "SMTP" in problem
