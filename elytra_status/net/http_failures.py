# SPDX-License-Identifier: MIT
"""The problem and the remedy of a request that failed."""

from __future__ import annotations

from elytra_status.errors import CertificateError, FetchError, NoAnswerError, NoNameServerError
from elytra_status.net import certificates, tls_failures
from elytra_status.net.concurrency import DeadlineExceededError

NO_NAME_SERVER = "DNS does not answer"
# Fragments of error messages, and the reason in plain words: no object addresses, no URLs.
_CAUSES = (
    ("refused", "connection refused"),
    ("name or service not known", "its name is not in DNS"),
    ("name resolution", NO_NAME_SERVER),
    ("no address associated", "its name is not in DNS"),
    ("reset by peer", "connection reset"),
    ("aborted", "connection closed without an answer"),
    ("no route", "no route to it"),
    ("unreachable", "network unreachable"),
)


class BrokenOffError(FetchError):
    """The body of a response is incomplete."""


def explain_failure(error: Exception, host: str) -> NoAnswerError:
    """Return the error to raise for an error of requests or urllib3."""
    from requests import exceptions

    text = str(error).lower()
    if isinstance(error, exceptions.SSLError):
        return of_tls(text, host)
    if isinstance(error, exceptions.ConnectTimeout):
        return FetchError(
            "does not accept a connection", "check its address, and that no firewall blocks it", host=host
        )
    if isinstance(error, exceptions.Timeout):
        return DeadlineExceededError("timed out", "check whether it is overloaded or stuck", host=host)
    if isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        return broken_off(host)
    if isinstance(error, exceptions.ConnectionError):
        cause = cause_of(text) or "no connection"
        if cause == NO_NAME_SERVER:
            remedy = "check DNS on this machine: resolvectl status"
            return NoNameServerError(f"is unreachable, {cause}", remedy, host=host)
        return FetchError(f"is unreachable, {cause}", "check its address, and that it runs", host=host)
    return FetchError(f"is unreachable, {type(error).__name__}", "check its address", host=host)


def cause_of(text: str) -> str:
    """Return why there is no connection, '' if the message does not say so.

    `text` is the message of requests or urllib3.
    """
    lowered = text.lower()
    return next((words for sign, words in _CAUSES if sign in lowered), "")


def of_tls(text: str, host: str) -> FetchError:
    """Return the error to raise for the message of a TLS error."""
    if of_certificate := certificates.explain_certificate(text):
        return CertificateError(*of_certificate, host=host, of_its="certificate")
    failure = tls_failures.explain_tls(text)
    kind = FetchError if failure.may_pass else CertificateError
    return kind(failure.problem, failure.remedy, host=host, of_its=failure.of_its)


def broken_off(host: str) -> BrokenOffError:
    """Return the error for an incomplete response."""
    return BrokenOffError("broke off", "check whether it or its proxy is restarting", host=host, of_its="answer")
