# SPDX-License-Identifier: MIT
"""One POST over HTTP, for channels that are web services."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from elytra_status.alerts.channel import AlertError, Message
from elytra_status.errors import CertificateError, NoAnswerError
from elytra_status.net import http
from elytra_status.net.hosts import host_with_port

JSON = "application/json"
SECONDS = 15.0
# Of a larger response, the beginning is read.
LARGEST_RESPONSE = 256 * 1024
TOO_MANY = 429


def post_json(url: str, value: Any, headers: Mapping[str, str], ca_bundle: str | None) -> http.Response:
    """Return the answer to a POST of JSON, as `post_message` does."""
    return post_message(url, json.dumps(value).encode(), {"Content-Type": JSON, **headers}, ca_bundle)


def post_message(url: str, body: bytes, headers: Mapping[str, str], ca_bundle: str | None) -> http.Response:
    """Return the answer to a POST, whatever its status.

    Raise AlertError if there is no answer. Redirects are not followed, since the headers may contain a key.
    """
    try:
        with http.open_session(ca_bundle) as session:
            return http.post(session, url, body, seconds=SECONDS, headers=headers, largest=LARGEST_RESPONSE)
    except NoAnswerError as error:
        raise AlertError(error.problem, error.remedy, permanent=isinstance(error, CertificateError)) from None


def seconds_to_wait(answer: http.Response, now: float) -> float | None:
    """Return how many seconds a service asks to wait, None if it does not.

    It says so by Retry-After, or by the end of its period.
    """
    for header, start in (("retry-after", 0.0), ("x-ratelimit-reset", now)):
        try:
            seconds = float(answer.headers[header]) - start
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def refuse_message(
    service: str,
    answer: http.Response,
    message: Message,
    remedies: Mapping[int | str, str],
    setting: str,
    down: str = "",
    said: str = "",
) -> NoReturn:
    """Raise AlertError if an answer refuses a message.

    The error holds how long the service asks to wait.
    """
    error = refusal(service, answer, remedies, setting, down, said)
    if not error.permanent:
        error.retry_after = seconds_to_wait(answer, message.moment.timestamp())
    if error.retry_after is not None:
        error.remedy += f"; it asks for a pause of {error.retry_after:.0f} s"
    raise error


def refusal(
    service: str,
    answer: http.Response,
    remedies: Mapping[int | str, str],
    setting: str,
    down: str = "",
    said: str = "",
) -> AlertError:
    """Return the error for an answer that is a refusal, with a remedy.

    `setting` is the one with the address. The content of the answer could be anything and is not shown, except for a
    known word that the service `said`, which may have a remedy in `remedies` too.
    """
    passing = answer.status == TOO_MANY or answer.status >= 500
    other = down or "check whether it is overloaded or down" if passing else f"check {setting}"
    by_status = remedies.get(
        answer.status, "wait: it limits the rate of messages" if answer.status == TOO_MANY else other
    )
    words = f"{service} returned {answer.status}" + (f" ({said})" if said else "")
    error = AlertError(words, remedies.get(said, by_status), permanent=not passing)
    error.code = str(answer.status)
    return error


def reach(url: str, ca_bundle: str | None, seconds: float) -> str:
    """Return that a service answers, without the secret part of its address.

    Raise AlertError if it does not answer.
    """
    host = host_with_port(url)
    try:
        with http.open_session(ca_bundle) as session:
            http.get(session, f"{urlsplit(url).scheme}://{host}/", seconds=seconds, headers_only=True)
    except NoAnswerError as error:
        raise AlertError(error.problem, error.remedy, permanent=False) from None
    return f"{host} answers; to see whether it accepts messages, run elytra-status alert test"
