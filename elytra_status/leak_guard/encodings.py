# SPDX-License-Identifier: MIT
"""Reads what is hidden in a text: in base64, in hex and between tags."""

from __future__ import annotations

import binascii
import re

# What is decoded from fewer characters says nothing.
_RUN = re.compile(r"[A-Za-z0-9+/_-]{6,}(?:[ \t]*\r?\n[ \t]*[A-Za-z0-9+/_-]+)*")
_HEX = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[ :,-]?(?:0x)?[0-9A-Fa-f]{2}){3,}")
_BETWEEN_DIGITS = re.compile(r"0x|[ :,-]")
# At a wrong offset, base64 gives bytes at random, of which so many in a row are hardly ever text.
_TEXT = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]{4,}")
_URL_SAFE = str.maketrans("-_", "+/", " \t\r\n")
_TAG = re.compile(r"<[^<>\0]*>")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_INLINE_TAG = re.compile(
    r"\s{0,20}</text>\s*<text\b[^<>\0]*>\s*"
    r"|</?(?:a|abbr|b|code|em|i|mark|s|small|span|strong|sub|sup|tspan|u|wbr)\b[^<>\0]*>",
    re.IGNORECASE,
)


def without_tags(text: str) -> tuple[str, ...]:
    """Return what a text with tags says, with inline tags taken for nothing and for spaces; nothing if it has none."""
    if "<" not in text:
        return ()
    plain = _CDATA.sub("", text)
    joined = _INLINE_TAG.sub("", plain)
    # With other tags left, too: inline ones may stand in an attribute.
    return joined, _TAG.sub(" ", joined), _TAG.sub(" ", plain)


def decoded(text: str) -> list[str]:
    """Return the texts that stand in a text in base64, whatever its alphabet, padding and offset, or in hex."""
    runs = [run.translate(_URL_SAFE) for run in _RUN.findall(text)]
    digits = [_BETWEEN_DIGITS.sub("", run) for run in _HEX.findall(text)]
    found: list[str] = []
    # All runs are decoded at once, with zero bytes between them.
    for offset in range(4):
        data = "".join(run[offset:] + "A" * (-len(run[offset:]) % 4 + 4) for run in runs)
        found += printable(binascii.a2b_base64(data))
    for offset in range(2):
        found += printable(bytes.fromhex("00".join(run[offset : len(run) - (len(run) - offset) % 2] for run in digits)))
    return found


def printable(data: bytes) -> list[str]:
    """Return what can be read in bytes."""
    return _TEXT.findall(data.decode("utf-8", "replace"))
