# SPDX-License-Identifier: MIT
"""The kinds of secrets that a setting can have. What the texts of the errors say holds nothing of the value."""

from __future__ import annotations

import re
from typing import Any

from elytra_status.settings.kinds import Kind
from elytra_status.settings.secret import Secret

# What ntfy's server keeps for itself (DefaultDisallowedTopics in its server/config.go).
RESERVED_TOPICS = frozenset(
    {"account", "app", "docs", "file", "login", "metrics", "settings", "signup", "static", "v1"}
)
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def _read_secret(text: str) -> Secret:
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("holds a line break or a control character; one line is right")
    return Secret(text)


def _read_key(text: str) -> Secret:
    """A key or token: it goes into a header or a signature, which have room for printable ASCII alone."""
    secret = _read_secret(text)
    if _ELLIPSIS in text or text.endswith("..."):
        raise ValueError("holds an ellipsis, as a shortened key or an example does; the whole key is right")
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError(
            "holds a space, or a character that is not ASCII, and no key does; the key as it was issued is right"
        )
    return secret


def _read_address(text: str) -> Secret:
    secret = _read_secret(text)
    if re.search(rf"[\s{_ELLIPSIS}]", text) or text.endswith("..."):
        raise ValueError("holds a space or an ellipsis, as a shortened address does; the whole address is right")
    return secret


def _read_topic(text: str) -> Secret:
    if "/" in text:
        raise ValueError("is an address; the topic alone is right, and its server's address in NTFY_URL")
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", text):
        raise ValueError("is no topic of ntfy; 1 to 64 letters, digits, - and _ are right")
    if text in RESERVED_TOPICS:
        raise ValueError("is a name that ntfy keeps for itself; a long, random topic is right")
    return Secret(text)


def _write(value: Any) -> str:
    return "set" if value else "not set"


SECRET = Kind("secret", _read_secret, _write, is_secret=True)
KEY = Kind("secret: a key or token, without spaces", _read_key, _write, is_secret=True)
ADDRESS = Kind("secret web address", _read_address, _write, is_secret=True)
TOPIC = Kind("secret: 1 to 64 letters, digits, - and _", _read_topic, _write, is_secret=True)
