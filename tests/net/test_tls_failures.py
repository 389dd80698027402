# SPDX-License-Identifier: MIT
"""TLS that fails for another reason than the certificate of the server has its own message, for every client."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elytra_status.alerts import smtp
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.doctor import servers
from elytra_status.errors import CertificateError, NoAnswerError, SourceError
from elytra_status.net import http, s3
from elytra_status.net.certificates import explain_certificate
from elytra_status.net.s3_errors import Names
from elytra_status.net.tls_failures import explain_tls
from elytra_status.secret import Secret
from elytra_status.settings import Settings
from tests.alert_servers import make_certificate
from tests.examined import context as examined_with
from tests.examined import examine

NAMES = Names("KEY", "SECRET", "ENDPOINT", "REGION")


def requiring(context: ssl.SSLContext, certificate: Path) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)


def refusing_the_name(context: ssl.SSLContext, certificate: Path) -> None:
    context.sni_callback = lambda connection, name, of_context: ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


def with_one_cipher(context: ssl.SSLContext, certificate: Path) -> None:
    """Accept only a cipher without forward secrecy, which no client of today offers."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")


@contextmanager
def server(how: Callable[[ssl.SSLContext, Path], None] | bytes, certificate: Path) -> Iterator[int]:
    """Serve TLS that fails, or send some bytes that are not TLS, and yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if not isinstance(how, bytes):
        how(context, certificate)

    def serve(connection: socket.socket) -> None:
        with connection:
            if isinstance(how, bytes):
                connection.sendall(how)
                time.sleep(0.3)
                return
            encrypted = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            with encrypted:
                try:
                    encrypted.do_handshake()
                except OSError:
                    # A client that writes to a closed connection may never read the alert.
                    time.sleep(0.3)

    def accept() -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def by_get(port: int, trusted: str) -> str:
    with pytest.raises(NoAnswerError) as caught, http.open_session(trusted) as session:
        http.get(session, f"https://localhost:{port}/", seconds=10)
    return str(caught.value)


def by_listing(port: int, trusted: str) -> str:
    url = f"https://localhost:{port}"
    account = s3.Account(url, "nyc3", Secret("planted-a"), Secret("planted-b"), trusted, NAMES, attempts=1)
    with pytest.raises(SourceError) as caught, s3.errors_as(SourceError, account, "planted", "list it"):
        s3.open_client(account).list_objects_v2(Bucket="planted")
    return str(caught.value)


def by_mail(port: int, trusted: str) -> str:
    channel = smtp.channel(
        Settings(
            smtp_host="localhost",
            smtp_port=port,
            smtp_security="tls",
            smtp_from="a@example.com",
            alert_email_to=("b@example.com",),
            ca_bundle=trusted,
        )
    )
    assert channel
    with pytest.raises(AlertError) as caught:
        channel.send(Message("subject", "text", datetime(2025, 11, 10, tzinfo=UTC), "incident"))
    return str(caught.value)


def by_doctor(port: int, trusted: str) -> str:
    directory = Path(trusted).parent
    values = {"STATUS_URL": f"https://localhost:{port}/status.json", "CA_BUNDLE": trusted}
    (finding,) = examine(servers.AREA, examined_with(directory, **values))
    assert finding.remedy
    return finding.seen


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (refusing_the_name, "unrecognized name"),
        (with_one_cipher, "alert handshake failure"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak TLS"),
    ],
)
@pytest.mark.parametrize("client", [by_get, by_listing, by_mail, by_doctor], ids=lambda client: client.__name__)
def test_the_message_has_the_reason(
    client: Callable[[int, str], str],
    how: Callable[[ssl.SSLContext, Path], None] | bytes,
    words: str,
    tmp_path: Path,
) -> None:
    certificate = make_certificate(tmp_path, host="localhost")
    with server(how, certificate) as port:
        said = client(port, str(certificate))
    assert words in said
    assert ("does not speak TLS" in said) is isinstance(how, bytes)
    assert ("the TLS handshake of" in said and "failed" in said) is not isinstance(how, bytes)


@pytest.mark.parametrize("client", [by_get, by_listing], ids=lambda client: client.__name__)
def test_a_client_certificate_that_is_required_is_named(client: Callable[[int, str], str], tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, host="localhost")
    with server(requiring, certificate) as port:
        said = client(port, str(certificate))
    assert "requires a client certificate" in said
    assert "does not verify" not in said


@pytest.mark.parametrize(
    ("text", "problem", "may_pass"),
    [
        ("[SSL: HTTP_REQUEST] http request (_ssl.c:992)", "h does not speak TLS", False),
        ("[SSL: RECORD_LAYER_FAILURE] record layer failure (_ssl.c:1032)", "h does not speak TLS", False),
        ("EOF occurred in violation of protocol (_ssl.c:992)", "h closed the TLS connection", True),
        ("[SSL: UNEXPECTED_EOF_WHILE_READING] unexpected eof while reading", "h closed the TLS connection", True),
        (
            "[SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate (_ssl.c:1)",
            "h refuses the client certificate (sslv3 alert bad certificate)",
            False,
        ),
        (
            "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1)",
            "h refuses the client certificate (tlsv1 alert unknown ca)",
            False,
        ),
        (
            "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version (_ssl.c:1)",
            "the TLS handshake of h failed, tlsv1 alert protocol version",
            False,
        ),
        ("bad handshake: Error()", "the TLS handshake of h failed", False),
    ],
)
def test_each_kind_of_message_of_openssl(text: str, problem: str, may_pass: bool) -> None:
    assert explain_certificate(text) is None
    failure = explain_tls(text)
    assert (failure.problem_of("h"), failure.may_pass) == (problem, may_pass)
    assert failure.remedy


def test_a_connection_that_is_closed_during_the_handshake_may_be_tried_again() -> None:
    from elytra_status.net.http_failures import of_tls

    assert not isinstance(of_tls("EOF occurred in violation of protocol (_ssl.c:992)", "h"), CertificateError)
    assert isinstance(of_tls("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)", "h"), CertificateError)
