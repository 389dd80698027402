# SPDX-License-Identifier: MIT
"""One answer of a web service in JSON, or an error that says what to do."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from elytra_status import web
from elytra_status.errors import SourceError
from elytra_status.login_pages import REMEDY, is_login_form

# Status of an answer that refuses, and what it means: problem and remedy.
Refusal = Callable[[web.Answer], tuple[str, str]]


def get(
    url: str,
    *,
    service: str,
    seconds: float,
    headers: Mapping[str, str],
    ca_bundle: str | None,
    refusal: Refusal,
    certificate: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Return the object that a GET of `url` gives; numbers with a point in it are Decimals, exact as written.

    `certificate` names the files of a client certificate and of its key. Raise SourceError where another
    status comes, or something that is not a JSON object.
    """
    if certificate:
        _check(certificate)
    with web.open_session(ca_bundle, certificate) as session:
        answer = web.get(session, url, seconds=seconds, headers={"Accept": "application/json", **headers})
    if answer.status != 200:
        raise SourceError(*refusal(answer))
    if is_login_form(answer):
        raise SourceError("a login page came instead of data", REMEDY)
    if answer.content_type != "application/json":
        kind = answer.content_type or "no content type"
        raise SourceError(f"a web page came instead of data ({kind})", f"is the address that of {service}?")
    return read(answer.body, service)


def _check(certificate: tuple[str, str]) -> None:
    """Raise SourceError where a client certificate or its key is not there: requests would end with any error."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*certificate)
    except OSError:
        raise SourceError(
            "the client certificate or its key cannot be read",
            "both in PEM, the key without a passphrase, and readable by the user elytra-status",
        ) from None


def read(body: bytes, service: str) -> dict[str, Any]:
    """Return the JSON object in a body. Raise SourceError where there is none."""
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise SourceError(f"the answer of {service} is no JSON object", f"is the address that of {service}?")
    return value


def other_status(status: int, service: str) -> tuple[str, str]:
    """Return what any status means that has no words of its own."""
    if status >= 500:
        return f"{status}: {service}, or a proxy before it, has a fault", "see its own status page or log"
    return f"{status}: not an answer of {service}", "is its address right?"
