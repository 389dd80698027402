# SPDX-License-Identifier: MIT
"""Kinds of secrets. Messages contain nothing of the value."""

from __future__ import annotations

import re
from typing import Any

from elytra_status.secret import Secret
from elytra_status.settings.kinds import InvalidValueError, Kind

# Topics that ntfy's server reserves (DefaultDisallowedTopics in its server/config.go).
RESERVED_TOPICS = frozenset(
    {"account", "app", "docs", "file", "login", "metrics", "settings", "signup", "static", "v1"}
)
# One header: its name, a colon, optional spaces, its value.
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): *([ -~]*[!-~])")
_NEXT_HEADER = re.compile(r"\s*;\s*(?=[A-Za-z0-9-]+: )")
# Headers that each request sets itself.
_OWN_HEADERS = frozenset(
    ["accept-encoding", "connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"]
)
# A shorter part of a header could be an ordinary word.
_SHORTEST_PART = 8
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def _read_secret(text: str) -> Secret:
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise InvalidValueError("contains a line break or a control character", "Write one line")
    if text in (_ELLIPSIS, "..."):
        raise InvalidValueError("is the ellipsis of an example", "Write the secret itself")
    return Secret(text)


def _read_secret_key(text: str) -> Secret:
    """Return a key that signs requests. In self-hosted storage it may be any phrase."""
    secret = _read_secret(text)
    if _ELLIPSIS in text or text.endswith("..."):
        raise InvalidValueError("contains an ellipsis, as a shortened key or an example does", "Copy the whole key")
    return secret


def _read_key(text: str) -> Secret:
    """Return a key or token for a header, which can hold printable ASCII only."""
    secret = _read_secret_key(text)
    if not re.fullmatch(r"[!-~]*", text):
        raise InvalidValueError("contains a space or a character that is not ASCII", "Copy the key as it was issued")
    return secret


def _read_address(text: str) -> Secret:
    secret = _read_secret(text)
    if re.search(rf"[\s{_ELLIPSIS}]", text) or text.endswith("..."):
        raise InvalidValueError(
            "contains a space or an ellipsis, as a shortened address does", "Copy the whole address"
        )
    return secret


def _read_topic(text: str) -> Secret:
    if "/" in text:
        raise InvalidValueError("is an address", "Write the topic alone, and the address of its server into NTFY_URL")
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", text):
        raise InvalidValueError("is not a topic of ntfy", "Write 1 to 64 letters, digits, - and _")
    if text in RESERVED_TOPICS:
        raise InvalidValueError("is reserved by ntfy", "Choose a long, random topic")
    return Secret(text)


def _read_headers(text: str) -> Secret:
    secret = _read_secret(text)
    form = "Write Name: value, with ; before a further header"
    if _ELLIPSIS in text:
        raise InvalidValueError("contains an ellipsis, as a shortened value does", form)
    for header in _NEXT_HEADER.split(text):
        match = _HEADER.fullmatch(header)
        if match is None:
            raise InvalidValueError("is not a list of headers, each of plain letters, digits and signs", form)
        if match[1].lower() in _OWN_HEADERS:
            raise InvalidValueError("names a header that each request sets by itself", form)
    return secret


def headers_of(secret: Secret | None) -> dict[str, str]:
    """Return the headers of a HEADERS setting by name."""
    found = (_HEADER.fullmatch(header) for header in _NEXT_HEADER.split(secret.reveal())) if secret else ()
    return {match[1]: match[2] for match in found if match}


def _parts_of_headers(secret: Secret) -> tuple[str, ...]:
    """Return the secret parts of headers: each value, and each word of it."""
    every = [part for value in headers_of(secret).values() for part in (value, *re.split(r"[\s;,=]+", value))]
    return tuple(dict.fromkeys(part for part in every if len(part) >= _SHORTEST_PART))


def _write(value: Any) -> str:
    return "set" if value else "not set"


SECRET = Kind("secret", _read_secret, _write, is_secret=True)
KEY = Kind("secret: a key or token, without spaces", _read_key, _write, is_secret=True)
SECRET_KEY = Kind("secret: a key to sign with", _read_secret_key, _write, is_secret=True)
ADDRESS = Kind("secret web address", _read_address, _write, is_secret=True)
TOPIC = Kind("secret: 1 to 64 letters, digits, - and _", _read_topic, _write, is_secret=True)
HEADERS = Kind(
    "secret: headers, each as Name: value, with semicolons between", _read_headers, _write, True, _parts_of_headers
)
