# SPDX-License-Identifier: MIT
"""Fetch one JSON answer of a web service, or raise an error with a remedy."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from elytra_status.errors import SourceError
from elytra_status.net import http
from elytra_status.net.login_pages import REMEDY, is_login_form
from elytra_status.secret import Secret
from elytra_status.system import bounded_json, memory
from elytra_status.system.clock import Deadline

Shape = TypeVar("Shape")
Entry = TypeVar("Entry")
ReadValue = TypeVar("ReadValue")
# 10,000 checks of Healthchecks have 5 MB, the results of 1,000 endpoints of Gatus 15 MB.
LARGEST = 16 * 2**20
_SHAPES: dict[type, str] = {dict: "object", list: "array"}
# What reading a value of another type or form raises.
MALFORMED = (AttributeError, KeyError, TypeError, ValueError, OverflowError)
# A function that returns the problem and the remedy for the HTTP status of a refusal.
Refusal = Callable[[http.Response], tuple[str, str]]


class TooManyRequestsError(SourceError):
    """The service limits the rate of requests (429)."""


def get_json(
    url: str,
    shape: type[Shape],
    read: Callable[[Shape], ReadValue],
    *,
    service: str,
    seconds: float,
    headers: Mapping[str, str],
    ca_bundle: str | None,
    refusal: Refusal,
    certificate: tuple[str, str] | None = None,
) -> ReadValue:
    """Return what `read` makes of the JSON object (dict) or array (list) at `url`.

    Numbers with a point are Decimals, exactly as written. Only one answer is read at a time, and nothing keeps the JSON
    afterwards. `certificate` names the files of a client certificate and its key. Raise NoAnswerError if the status is
    not 200 or the body is not JSON of that type, and whatever `read` raises.
    """
    if certificate:
        _check(certificate)
    with http.open_session(ca_bundle, certificate) as session:
        response = http.get(
            session, url, seconds=seconds, headers={"Accept": "application/json", **headers}, largest=LARGEST
        )
    if response.status != 200:
        raise SourceError(*refusal(response))
    if is_login_form(response.content_type, response.body):
        raise SourceError("a login page came instead of data", REMEDY)
    if response.content_type != "application/json":
        kind = response.content_type or "no content type"
        raise SourceError(f"a web page came instead of data ({kind})", f"check that its address is that of {service}")
    with memory.ONE_ANSWER:
        return read(parse_body(response.body, shape, service))


def _check(certificate: tuple[str, str]) -> None:
    """Raise NoAnswerError if a client certificate or its key is missing.

    requests would raise an unspecific error.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*certificate)
    except OSError:
        raise SourceError(
            "the client certificate or its key cannot be read",
            "both must be PEM files that the user elytra-status can read; the key must not have a passphrase",
        ) from None


def parse_body(body: bytes, shape: type[Shape], service: str) -> Shape:
    """Return the JSON object or array in a body.

    Raise NoAnswerError if the body is malformed.
    """
    try:
        value = bounded_json.loads(body, exact=True, constant=lambda _: None)
    except bounded_json.UnboundedJSONError as error:
        raise SourceError(
            f"the answer of {service} is no JSON {_SHAPES[shape]} that can be used ({error})",
            error.remedy_after(f"check that its address is that of {service}"),
        ) from None
    except ValueError:
        value = None
    if not isinstance(value, shape):
        raise SourceError(
            f"the answer of {service} is no JSON {_SHAPES[shape]}", f"check that its address is that of {service}"
        )
    return value


def read_entries(entries: Any, read: Callable[[Any], Entry], unreadable: tuple[str, str]) -> list[Entry]:
    """Return what `read` returns for each entry of a list.

    `unreadable` is the problem and the remedy if the value is no list. Raise SourceError, with the number of the first
    malformed entry.
    """
    problem, remedy = unreadable
    if not isinstance(entries, list):
        raise SourceError(problem, remedy)
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(read(entry))
        except MALFORMED:
            raise SourceError(f"{problem}, entry {number} of {len(entries)} is malformed", remedy) from None
    return found


def seconds_until(deadline: Deadline) -> float:
    """Return the seconds until a deadline. Raise NoAnswerError if it has passed."""
    seconds = deadline.left()
    if seconds <= 0:
        raise SourceError("there is no time left for a query", "raise SOURCE_DEADLINE_SECONDS")
    return seconds


def authorization(token: Secret | None, user: str | None, password: Secret | None) -> dict[str, str]:
    """Return the Authorization header for a bearer token or a login, if there is one."""
    if token:
        return {"Authorization": f"Bearer {token.reveal()}"}
    if user and password:
        pair = f"{user}:{password.reveal()}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def other_status(status: int, service: str) -> tuple[str, str]:
    """Return the problem and remedy for a status that has none of its own."""
    if status >= 500:
        return f"{status} from {service}, or from a proxy in front of it", "see its own status page or log"
    return f"{status}, not an answer of {service}", "check its address"
