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
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, formataddr, make_msgid

from elytra_status.alerts import mail
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.errors import NoAnswerError
from elytra_status.net import certificates, tls_contexts, tls_failures
from elytra_status.net.response_limits import LimitedReader, response_limits
from elytra_status.settings import Secret, Settings
from elytra_status.system import journal

# For each answer of the server.
SECONDS = 15.0
# All answers together may take as long as this many single ones.
_SESSION = 3
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


class _WholeSubject(EmailPolicy):
    """The policy SMTP, with a subject that loses no space.

    Python 3.11 drops spaces between encoded words where it folds a header.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name != "Subject" or value.isascii():
            return super().fold_binary(name, value)
        encoded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}".encode("ascii")


class _Connection(smtplib.SMTP):
    """An SMTP connection with a limit on each answer, which smtplib does not have."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock:
            self.file = LimitedReader(self.sock.makefile("rb"), self.sock)
        return super().getreply()


class _TLSConnection(_Connection, smtplib.SMTP_SSL):
    """The same over TLS from the beginning."""


@dataclass(frozen=True)
class MailServer:
    """A mail server, and the mail addresses."""

    host: str
    port: int
    security: str
    helo: str | None
    user: str | None
    password: Secret | None
    sender: str
    recipients: tuple[str, ...]
    ca_bundle: str | None
    name: str = "smtp"

    @property
    def server(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"

    def send(self, message: Message) -> None:
        """Send a mail to all of ALERT_EMAIL_TO.

        If a recipient is refused, the others get the mail.
        """
        recipients = list(self.recipients)
        mail_text = _compose(message, self.sender, recipients)
        with _session(self, SECONDS) as connection:
            refused = connection.send_message(mail_text, self.sender, recipients)
        for recipient, (code, _) in refused.items():
            journal.log_error(
                f"{self.server} refuses {recipient} with {code}; the others are notified; see ALERT_EMAIL_TO"
            )

    def check(self, seconds: float) -> str:
        """Start a mail as `send` does, up to the addresses, then cancel it."""
        with _session(self, seconds) as connection:
            is_encrypted = isinstance(connection.sock, ssl.SSLSocket)
            connection.ehlo_or_helo_if_needed()
            code, answer = connection.mail(self.sender)
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, answer, self.sender)
            answers = {recipient: connection.rcpt(recipient) for recipient in self.recipients}
            connection.rset()
            if refused := {recipient: said for recipient, said in answers.items() if said[0] not in (250, 251)}:
                raise smtplib.SMTPRecipientsRefused(refused)
        login = ", with the login" if self.user and self.password else ""
        over = "over TLS" if is_encrypted else "not encrypted"
        return f"{self.server} accepts mail to all {len(answers)} of ALERT_EMAIL_TO, {over}{login}; no mail was sent"


def channel(settings: Settings) -> MailServer | None:
    """Return the channel, None unless it is set up."""
    host, sender = settings.smtp_host, settings.smtp_from
    if not (host and sender):
        return None
    return MailServer(
        host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_helo,
        settings.smtp_user,
        settings.smtp_password,
        sender,
        settings.alert_email_to,
        settings.ca_bundle,
    )


@contextmanager
def _session(at: MailServer, seconds: float) -> Iterator[smtplib.SMTP]:
    """Yield a connection on which mail may be sent. Errors are raised as AlertError."""
    with _errors(at.server, seconds), response_limits(at.server, _SESSION * seconds):
        connection = _connect(at, seconds)
        try:
            if at.user and at.password:
                _log_in(connection, at.user, at.password)
            yield connection
            # The server has accepted the mail, so an error from here on is no failure.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()


def _compose(message: Message, sender: str, recipients: list[str]) -> EmailMessage:
    composed = EmailMessage(policy=_WholeSubject(linesep=SMTP.linesep))
    composed["Subject"] = message.subject
    composed["From"] = formataddr(("elytra-status", sender))
    composed["To"] = ", ".join(recipients)
    composed["Date"] = format_datetime(message.moment)
    # Without a domain this would query DNS for the name of this machine.
    composed["Message-ID"] = make_msgid(domain=mail.domain(sender))
    for name, value in mail.mail_headers(message, sender).items():
        composed[name] = value
    # Not every server accepts bytes beyond ASCII.
    encoding = "7bit" if message.text.isascii() else "quoted-printable"
    composed.set_content(message.text, charset="utf-8", cte=encoding)
    return composed


def _connect(at: MailServer, seconds: float) -> smtplib.SMTP:
    """Return a connection, over TLS if SMTP_SECURITY says so.

    There is no fallback to a connection without TLS.
    """
    if at.security == "none":
        return _Connection(at.host, at.port, at.helo, timeout=seconds)
    context = _tls(at.ca_bundle)
    if at.security == "tls":
        return _TLSConnection(at.host, at.port, at.helo, timeout=seconds, context=context)
    connection = _Connection(at.host, at.port, at.helo, timeout=seconds)
    try:
        connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return connection


def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    try:
        return tls_contexts.for_sockets(ca_bundle)
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
    except NoAnswerError as error:  # Beyond a limit.
        raise AlertError(error.problem, error.remedy, permanent=False) from None
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
        problem, remedy = certificates.explain_certificate(str(error)) or certificates.DOES_NOT_VERIFY
        raise AlertError(f"the certificate of {server} {problem}", remedy, permanent=True) from None
    except ssl.SSLError as error:
        failure = tls_failures.explain_tls(str(error))
        remedy = "set SMTP_SECURITY to tls for port 465, and to starttls for port 587"
        if failure.of_its or failure.may_pass:
            remedy = f"{failure.remedy}; {remedy}"
        raise AlertError(failure.problem_of(server), remedy, permanent=not failure.may_pass) from None
    except TimeoutError:
        raise _no_answer(server, seconds) from None
    except socket.gaierror:
        raise AlertError(f"{server} cannot be resolved by DNS", "check SMTP_HOST", permanent=False) from None
    except OSError as error:
        raise AlertError(
            f"{server} is unreachable, {error.strerror or type(error).__name__}",
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
