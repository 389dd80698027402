# SPDX-License-Identifier: MIT
"""One answer of a web service in JSON, or an error that says what to do."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from elytra_status.errors import SourceError
from elytra_status.net import http
from elytra_status.net.login_pages import REMEDY, is_login_form
from elytra_status.secret import Secret
from elytra_status.system.clock import Deadline

Shape = TypeVar("Shape")
_SHAPES: dict[type, str] = {dict: "object", list: "array"}
# Status of an answer that refuses, and what it means: problem and remedy.
Refusal = Callable[[http.Response], tuple[str, str]]


class TooManyRequestsError(SourceError):
    """The service wants to be left alone for a while (429)."""


def get(
    url: str,
    shape: type[Shape],
    *,
    service: str,
    seconds: float,
    headers: Mapping[str, str],
    ca_bundle: str | None,
    refusal: Refusal,
    certificate: tuple[str, str] | None = None,
) -> Shape:
    """Return the JSON object (dict) or array (list) at `url`; numbers with a point are Decimals, exact as written.

    `certificate` names the files of a client certificate and of its key. Raise NoAnswerError if the answer has another
    status than 200, or is not JSON of that shape.
    """
    if certificate:
        _check(certificate)
    with http.open_session(ca_bundle, certificate) as session:
        response = http.get(session, url, seconds=seconds, headers={"Accept": "application/json", **headers})
    if response.status != 200:
        raise SourceError(*refusal(response))
    if is_login_form(response.content_type, response.body):
        raise SourceError("a login page came instead of data", REMEDY)
    if response.content_type != "application/json":
        kind = response.content_type or "no content type"
        raise SourceError(f"a web page came instead of data ({kind})", f"check that its address is that of {service}")
    return read(response.body, shape, service)


def _check(certificate: tuple[str, str]) -> None:
    """Raise NoAnswerError where a client certificate or its key is not there: requests would end with any error."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*certificate)
    except OSError:
        raise SourceError(
            "the client certificate or its key cannot be read",
            "both in PEM, the key without a passphrase, and readable by the user elytra-status",
        ) from None


def read(body: bytes, shape: type[Shape], service: str) -> Shape:
    """Return the JSON object or array in a body. Raise NoAnswerError if the body holds anything else."""
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, shape):
        raise SourceError(
            f"the answer of {service} is no JSON {_SHAPES[shape]}", f"check that its address is that of {service}"
        )
    return value


def seconds_until(deadline: Deadline) -> float:
    """Return the seconds that are left until a deadline. Raise NoAnswerError if none are left."""
    seconds = deadline.left()
    if seconds <= 0:
        raise SourceError("there is no time left for a query", "raise SOURCE_DEADLINE_SECONDS")
    return seconds


def authorization(token: Secret | None, user: str | None, password: Secret | None) -> dict[str, str]:
    """Return the Authorization header for a bearer token, or for a login by basic authentication; none for neither."""
    if token:
        return {"Authorization": f"Bearer {token.reveal()}"}
    if user and password:
        pair = f"{user}:{password.reveal()}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def other_status(status: int, service: str) -> tuple[str, str]:
    """Return what any status means that has no words of its own."""
    if status >= 500:
        return f"{status}: {service}, or a proxy before it, has a fault", "see its own status page or log"
    return f"{status}: not an answer of {service}", "check its address"
