# SPDX-License-Identifier: MIT
"""Notify by mail, through a mail server."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid

from elytra_status.alerts import mail
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.net import certificates
from elytra_status.settings import Secret, Settings
from elytra_status.system import journal

NAME = "smtp"
# For each answer of the server.
SECONDS = 15.0
_WHEN_REFUSED = {
    421: "see its log: it closed the connection",
    450: "see its log: it does not accept the mail now, perhaps because of greylisting",
    451: "see its log: it does not accept the mail now, perhaps because of greylisting",
    452: "free space on the server",
    501: "check SMTP_HELO, SMTP_FROM and ALERT_EMAIL_TO",
    504: "set SMTP_HELO to the fully qualified name of this machine",
    454: "see its log: it cannot check the login or start TLS now",
    530: "check SMTP_USER and SMTP_SECURITY: it requires a login or TLS first",
    534: "check SMTP_USER and SMTP_PASSWORD: it requires another kind of login",
    535: "check SMTP_USER and SMTP_PASSWORD",
    550: "check SMTP_FROM, ALERT_EMAIL_TO and SMTP_HELO",
    552: "see its log: the mail is too large, or the mailbox is full",
    553: "check SMTP_FROM and ALERT_EMAIL_TO",
    554: "see its log, and check SMTP_HELO",
}


def send(settings: Settings, message: Message) -> None:
    """Send a mail to all of ALERT_EMAIL_TO.

    If a recipient is refused, the others get the mail.
    """
    assert settings.smtp_from
    recipients = list(settings.alert_email_to)
    mail_text = _compose(message, settings.smtp_from, recipients)
    server = f"{settings.smtp_host}:{settings.smtp_port}"
    with _session(settings, server, SECONDS) as connection:
        refused = connection.send_message(mail_text, settings.smtp_from, recipients)
    for recipient, (code, _) in refused.items():
        journal.error(f"{server} refuses {recipient} with {code}; the others are notified; see ALERT_EMAIL_TO")


def check(settings: Settings, seconds: float) -> str:
    """Start a mail as `send` does, up to the addresses, then cancel it."""
    assert settings.smtp_from
    server = f"{settings.smtp_host}:{settings.smtp_port}"
    with _session(settings, server, seconds) as connection:
        is_encrypted = isinstance(connection.sock, ssl.SSLSocket)
        connection.ehlo_or_helo_if_needed()
        code, answer = connection.mail(settings.smtp_from)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, settings.smtp_from)
        answers = {recipient: connection.rcpt(recipient) for recipient in settings.alert_email_to}
        connection.rset()
        if refused := {recipient: said for recipient, said in answers.items() if said[0] not in (250, 251)}:
            raise smtplib.SMTPRecipientsRefused(refused)
    login = ", with the login" if settings.smtp_user and settings.smtp_password else ""
    over = "over TLS" if is_encrypted else "not encrypted"
    return f"{server} accepts mail to all {len(answers)} of ALERT_EMAIL_TO, {over}{login}; no mail was sent"


@contextmanager
def _session(settings: Settings, server: str, seconds: float) -> Iterator[smtplib.SMTP]:
    """Yield a connection on which mail may be sent. Errors are raised as AlertError."""
    with _errors(server, seconds):
        connection = _connect(settings, seconds)
        try:
            if settings.smtp_user and settings.smtp_password:
                _log_in(connection, settings.smtp_user, settings.smtp_password)
            yield connection
            # The server has accepted the mail, so an error from here on is no failure.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()


def _compose(message: Message, sender: str, recipients: list[str]) -> EmailMessage:
    composed = EmailMessage(policy=SMTP)
    composed["Subject"] = message.subject
    composed["From"] = formataddr(("elytra-status", sender))
    composed["To"] = ", ".join(recipients)
    composed["Date"] = format_datetime(message.moment)
    # Without a domain this would query DNS for the name of this machine.
    composed["Message-ID"] = make_msgid(domain=mail.domain(sender))
    for name, value in mail.headers(message, sender).items():
        composed[name] = value
    # Not every server accepts bytes beyond ASCII.
    encoding = "7bit" if message.text.isascii() else "quoted-printable"
    composed.set_content(message.text, charset="utf-8", cte=encoding)
    return composed


def _connect(settings: Settings, seconds: float) -> smtplib.SMTP:
    """Return a connection, over TLS if SMTP_SECURITY says so.

    There is no fallback to a connection without TLS.
    """
    assert settings.smtp_host
    name, port, helo = settings.smtp_host, settings.smtp_port, settings.smtp_helo
    if settings.smtp_security == "none":
        return smtplib.SMTP(name, port, helo, timeout=seconds)
    context = _tls(settings.ca_bundle)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(name, port, helo, timeout=seconds, context=context)
    connection = smtplib.SMTP(name, port, helo, timeout=seconds)
    try:
        connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return connection


def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError:
        raise AlertError(
            "CA_BUNDLE contains no valid certificate",
            "set it to a PEM file that this user can read",
            permanent=True,
        ) from None


def _log_in(connection: smtplib.SMTP, user: str, password: Secret) -> None:
    secret = password.reveal()
    if user.isascii() and secret.isascii():
        connection.login(user, secret)
        return
    connection.ehlo_or_helo_if_needed()
    # smtplib allows only ASCII in a login, RFC 4616 allows UTF-8.
    encoded = base64.b64encode(f"\0{user}\0{secret}".encode()).decode()
    code, answer = connection.docmd("AUTH", f"PLAIN {encoded}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


@contextmanager
def _errors(server: str, seconds: float) -> Iterator[None]:
    """Raise errors as AlertError, in our own words.

    An answer of the server could contain anything.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        answers = list(error.recipients.values())
        permanent = all(code >= 500 for code, _ in answers)
        raise _refusal(server, *answers[0], permanent=permanent) from None
    except smtplib.SMTPResponseException as error:
        permanent = 500 <= error.smtp_code < 600
        raise _refusal(server, error.smtp_code, error.smtp_error, permanent=permanent) from None
    except smtplib.SMTPServerDisconnected as error:
        # smtplib raises the same error for every connection that breaks off.
        if isinstance(error.__context__, TimeoutError):
            raise _no_answer(server, seconds) from None
        raise AlertError(f"{server} closed the connection", "see its log", permanent=False) from None
    except smtplib.SMTPException as error:
        raise AlertError(
            f"{server} lacks a required feature ({type(error).__name__})",
            "see SMTP_SECURITY and SMTP_USER",
            permanent=True,
        ) from None
    except ssl.SSLCertVerificationError as error:
        problem, remedy = certificates.explain(str(error)) or certificates.DOES_NOT_VERIFY
        raise AlertError(f"the certificate of {server} {problem}", remedy, permanent=True) from None
    except ssl.SSLError:
        raise AlertError(
            f"{server} does not speak TLS as expected",
            "set SMTP_SECURITY to tls for port 465, and to starttls for port 587",
            permanent=True,
        ) from None
    except TimeoutError:
        raise _no_answer(server, seconds) from None
    except socket.gaierror:
        raise AlertError(f"{server} cannot be resolved by DNS", "check SMTP_HOST", permanent=False) from None
    except OSError as error:
        raise AlertError(
            f"{server} is unreachable: {error.strerror or type(error).__name__}",
            "check SMTP_HOST and SMTP_PORT, and that the server runs",
            permanent=False,
        ) from None


def _no_answer(server: str, seconds: float) -> AlertError:
    remedy = "check SMTP_PORT, and that no firewall blocks the connection"
    return AlertError(f"{server} timed out after {seconds:.0f} s", remedy, permanent=False)


def _refusal(server: str, code: int, answer: bytes | str, *, permanent: bool) -> AlertError:
    if code < 200:
        return AlertError(f"{server} does not speak SMTP", "check SMTP_HOST and SMTP_PORT", permanent=permanent)
    text = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    detail = re.match(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b", text)
    shown = f"{code} {detail[0]}" if detail else str(code)
    error = AlertError(f"{server} refuses with {shown}", _WHEN_REFUSED.get(code, "see its log"), permanent=permanent)
    error.code = str(code)
    return error
