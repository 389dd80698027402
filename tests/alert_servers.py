# SPDX-License-Identifier: MIT
"""Servers for alerts in tests: a real mail server, a stand-in for SendGrid, and hosts that hang."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiosmtpd", reason="needs python3-aiosmtpd")

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# An API key in the format of the API's documentation.
SENDGRID_KEY = "SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
# Headers that the API's documentation reserves.
RESERVED_HEADERS = {
    *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
    *("to", "from", "subject", "reply-to", "cc", "bcc"),
}


def make_certificate(
    directory: Path,
    begins: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=1),
    host: str = "localhost",
    authority: str = "",
) -> Path:
    """Make a certificate for a host (for localhost also for 127.0.0.1), and return its file with the key.

    It is valid between two times, both relative to now. It is self-signed unless it is from an `authority`, whose own
    certificate nobody has.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, authority)]) if authority else name
    now = datetime.now(UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        alternatives.append(x509.IPAddress(ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=not authority, path_length=None), critical=True)
        .sign(ec.generate_private_key(ec.SECP256R1()) if authority else key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = directory / "certificate.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return file


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Mailbox:
    """The mails of a mail server, and its behaviour. `refuses` maps a command or a recipient to the answer."""

    port: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if "EHLO" in self.refuses:
            return [self.refuses["EHLO"]]
        self.greetings.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_HELO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        session.host_name = hostname
        return self.refuses.get("EHLO", f"250 {server.hostname}")

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.refuses:
            return self.refuses["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.refuses.get(address, self.refuses.get("RCPT"))
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.refuses:
            return self.refuses["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = BytesParser(policy=policy).parsebytes(content)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.raw.append(content)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.refuses.get("QUIT", "221 Bye")


@contextmanager
def mail_server(
    certificate: Path | None = None, security: str = "none", login: tuple[str, str] | None = None
) -> Iterator[Mailbox]:
    """Run a mail server on loopback: with STARTTLS, TLS or neither, and optionally with a required login."""
    mailbox = Mailbox(free_port())
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        mailbox.logins.append((data.login, data.password))
        assert login
        right = (data.login, data.password) == (login[0].encode(), login[1].encode())
        return AuthResult(success=right, handled=right, message=None if right else "535 5.7.8 Error: go away")

    options: dict[str, Any] = {"enable_SMTPUTF8": True}
    if login:
        options |= {"authenticator": check, "auth_required": True, "auth_require_tls": security == "starttls"}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        ssl_context=context if security == "tls" else None,
        ready_timeout=20,
        **options,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@contextmanager
def hanging_server(greeting: bytes = b"") -> Iterator[int]:
    """Accept connections, send `greeting`, and then nothing more. Yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(connection)
                connection.sendall(greeting)

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for connection in connections:
            connection.close()


@dataclass
class SendGrid:
    """A stand-in for SendGrid that accepts what the API's documentation allows, and records it."""

    url: str = ""
    accepted: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    # Status and headers to answer with instead of the usual ones.
    answer: tuple[int, Mapping[str, str]] | None = None
    body: bytes = b""
    # The permissions of the key.
    scopes: tuple[str, ...] = ("mail.send", "2fa_required")

    def judge(self, path: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, dict[str, Any]]:
        """Return the status and the value of the answer to a POST, or to a GET if there is no body."""
        if path != ("/v3/scopes" if body is None else "/v3/mail/send"):
            return 404, _error("not found")
        if headers.get("Authorization") != f"Bearer {SENDGRID_KEY}":
            return 401, _error("The provided authorization grant is invalid, expired, or revoked")
        if body is None:
            return 200, {"scopes": self.scopes}
        if headers.get("Content-Type") != "application/json":
            return 415, _error("The request is not JSON")
        if len(body) > 30 * 2**20:
            return 413, _error("too large")
        request = json.loads(body)
        faults = _faults(request)
        if faults:
            return 400, {"errors": [{"message": fault, "field": None, "help": None} for fault in faults]}
        self.accepted.append(request)
        return 202, {}


def _error(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "field": None, "help": None}]}


def _faults(request: Any) -> list[str]:
    """Return the faults of a request by the API's documentation, which allows no unknown field."""
    known = {
        *("personalizations", "from", "reply_to", "reply_to_list", "subject", "content", "attachments"),
        *("template_id", "headers", "categories", "custom_args", "send_at", "batch_id", "asm", "ip_pool_name"),
        *("mail_settings", "tracking_settings"),
    }
    faults = [f"{name} is not known" for name in request.keys() - known]
    faults += [f"{name} is required" for name in {"personalizations", "from", "subject", "content"} - request.keys()]
    if faults:
        return faults
    recipients: list[str] = []
    for envelope in request["personalizations"]:
        recipients += [recipient["email"] for recipient in envelope["to"]]
    if not 1 <= len(recipients) <= 1000 or len(set(recipients)) < len(recipients):
        faults.append("between 1 and 1000 recipients, each once")
    faults += [f"{address} is no address" for address in [*recipients, request["from"]["email"]] if "@" not in address]
    if not request["subject"] or not isinstance(request["subject"], str):
        faults.append("the subject is required")
    if not request["content"] or any(not part["type"] or not part["value"] for part in request["content"]):
        faults.append("the content is required")
    for name, value in request.get("headers", {}).items():
        if name.lower() in RESERVED_HEADERS or not isinstance(value, str) or not value.isascii():
            faults.append(f"the header {name} cannot be set")
    return faults


@contextmanager
def sendgrid_server(certificate: Path | None = None) -> Iterator[SendGrid]:
    """Run the stand-in on loopback, over TLS if there is a certificate."""
    stand_in = SendGrid()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(None)

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body: bytes | None) -> None:
            stand_in.requests += 1
            status, value = stand_in.judge(self.path, dict(self.headers), body)
            headers: Mapping[str, str] = {}
            if stand_in.answer:
                status, headers = stand_in.answer
            answer = stand_in.body or (json.dumps(value).encode() if value else b"")
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        stand_in.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield stand_in
        server.shutdown()
