# SPDX-License-Identifier: MIT
"""What is private by its shape alone, whoever it belongs to: keys, tokens, storage and private host names."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from importlib.resources import files

from elytra_status.leak_guard.addresses import holds_address

# Rules that others name; shapes.list has all of them.
ADDRESS = "IP address"
STORAGE = "s3:// address"
PRIVATE_HOST = "private host name"
PRIVATE_KEY = "private key"
LOGIN = "login in an address"
HEADER = "authorization header"

_WRAPPED = re.compile(r"(?<![^\s<>])[^\s<>]{6,}(?:[ \t]*\r?\n[ \t]*[^\s<>]{6,})+")
_BASIC = re.compile(r"\bbasic\s+([A-Za-z0-9+/_-]{4,})", re.IGNORECASE)


def _shapes() -> Iterator[tuple[str, tuple[str, ...], re.Pattern[str]]]:
    for line in files("elytra_status.leak_guard").joinpath("shapes.list").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            rule, marks, pattern = line.split("\t")
            yield rule, tuple(marks.split()), re.compile(pattern.replace("{start}", "(?<![A-Za-z0-9])"))


_SHAPES = tuple(_shapes())


def private_shapes(text: str) -> set[str]:
    """Return the rules that a read text breaks by its shape alone: addresses, storage, private hosts, keys and tokens.

    Private hosts are what only a private network knows (RFC 6761, 6762 and 8375, and usage).
    """
    found = _found(text)
    # A long token may be wrapped, by an editor or in a mail.
    if wrapped := " ".join("".join(lines.split()) for lines in _WRAPPED.findall(text)):
        found |= _found(wrapped) - {PRIVATE_HOST}
    if holds_address(text):
        found.add(ADDRESS)
    if any(_is_login(match[1]) for match in _BASIC.finditer(text)):
        found.add(HEADER)
    return found


def _found(text: str) -> set[str]:
    lowered = text.lower()
    marked = [(rule, pattern) for rule, marks, pattern in _SHAPES if any(mark in lowered for mark in marks)]
    return {rule for rule, pattern in marked if pattern.search(text)}


def _is_login(encoded: str) -> bool:
    """Return whether base64 text is `user:password`; "basic monitoring" is not."""
    padded = encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4)
    try:
        login = base64.b64decode(padded, validate=True).decode()
    except ValueError:
        return False
    return ":" in login and login.isprintable()
