# SPDX-License-Identifier: MIT
"""The problem and the remedy of a failed GET."""

from __future__ import annotations

from elytra_status.errors import CertificateError, FetchError, NoAnswerError
from elytra_status.net import certificates
from elytra_status.net.concurrency import DeadlineExceededError

# Fragments of error messages, and the reason in plain words: no object addresses, no URLs.
_CAUSES = (
    ("refused", "connection refused"),
    ("name or service not known", "its name is not in DNS"),
    ("name resolution", "DNS does not answer"),
    ("no address associated", "its name is not in DNS"),
    ("reset by peer", "connection reset"),
    ("aborted", "connection closed without an answer"),
    ("no route", "no route to it"),
    ("unreachable", "network unreachable"),
)


def explain_failure(error: Exception, host: str) -> NoAnswerError:
    """Return the error to raise for an error of requests or urllib3."""
    from requests import exceptions

    text = str(error).lower()
    if isinstance(error, exceptions.SSLError):
        return of_tls(text, host)
    if isinstance(error, exceptions.ConnectTimeout):
        return FetchError(f"{host} does not accept a connection", "check its address, and that no firewall blocks it")
    if isinstance(error, exceptions.Timeout):
        return DeadlineExceededError(f"{host} timed out", "check whether it is overloaded or stuck")
    if isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        return broken_off(host)
    if isinstance(error, exceptions.ConnectionError):
        cause = next((words for sign, words in _CAUSES if sign in text), "no connection")
        return FetchError(f"{host} is unreachable: {cause}", "check its address, and that it runs")
    return FetchError(f"{host} is unreachable: {type(error).__name__}", "check its address")


def of_tls(text: str, host: str) -> CertificateError:
    """Return the error to raise for the message of a TLS error."""
    if of_certificate := certificates.explain_certificate(text):
        return CertificateError(f"the certificate of {host} {of_certificate[0]}", of_certificate[1])
    return CertificateError(f"{host} does not speak TLS", "check its port, and whether it needs https")


def broken_off(host: str) -> FetchError:
    """Return the error for an incomplete response."""
    return FetchError(f"the answer of {host} broke off", "check whether it, or a proxy before it, is restarting")
