# SPDX-License-Identifier: MIT
"""Decode what is hidden in a text: base64, hex and text between tags."""

from __future__ import annotations

import binascii

from elytra_status.leak_guard.lists import PATTERN

# Separates texts that are searched together. It is part of no name and no word.
BETWEEN = " \0 "
_URL_SAFE = str.maketrans("-_", "+/", " \t\r\n=")


def without_tags(text: str) -> tuple[str, ...]:
    """Return what a text with tags says, with inline tags removed and as spaces.

    Return nothing if it has no tags.
    """
    if "<" not in text:
        return ()
    plain = PATTERN["no text"].sub("", text)
    joined, parted = (PATTERN["inline tag"].sub(instead, plain) for instead in ("", " "))
    # Only tags are left in attributes. Text in two blocks, such as cells of a table, is two texts.
    return joined, PATTERN["tag"].sub(BETWEEN, joined), PATTERN["tag"].sub(BETWEEN, parted)


def decoded_texts(text: str) -> tuple[list[str], list[str]]:
    """Return the texts that are encoded in a text in base64 or hex.

    Any alphabet, padding and offset of base64 is decoded. First come texts that are a whole run of such characters,
    then parts of a run, which may decode by chance.
    """
    runs = [run.translate(_URL_SAFE) for run in PATTERN["base64"].findall(text) if not run.isdigit()]
    digits = [PATTERN["between digits"].sub("", run) for run in PATTERN["hex"].findall(text)]
    # All runs are decoded at once, with zero bytes between them. A part of a short run says nothing.
    parts = (([run[offset:] for run in runs if len(run) > offset + 5] if offset else runs) for offset in range(4))
    base64 = ("".join([part + "A" * (-len(part) % 4 + 4) for part in some]) for some in parts)
    hexes = ("00".join(run[offset : len(run) - (len(run) - offset) % 2] for run in digits) for offset in range(2))
    every = [*map(binascii.a2b_base64, base64), *map(bytes.fromhex, hexes)]
    in_all = (every[0] + b"\0" + every[4]).decode("utf-8", "replace")
    whole = dict.fromkeys(PATTERN["all readable"].findall(in_all))
    return list(whole), [one for data in every for one in printable(data) if one not in whole]


def printable(data: bytes) -> list[str]:
    """Return the readable texts in bytes."""
    return PATTERN["readable"].findall(data.decode("utf-8", "replace"))
