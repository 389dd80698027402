# SPDX-License-Identifier: MIT
"""Reads KEY=value lines as in a .env file, with python-dotenv's parser, and says where lines are wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dotenv.parser import parse_stream

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Line:
    """One line: a key and its value, or what is wrong with it. `comment_cut`: an unquoted value lost its tail."""

    number: int
    key: str = ""
    value: str = ""
    fault: str = ""
    comment_cut: bool = False


def parse(content: bytes) -> Iterator[Line]:
    """Yield the lines of a settings file that set something or are wrong. Comments and blank lines are passed over."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        yield Line(number, fault="is not UTF-8; save the file as UTF-8")
        return
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        yield Line(number, fault="holds a zero byte; this is not a text file")
        return
    for binding in parse_stream(io.StringIO(text.replace("\r\n", "\n"))):
        original = binding.original.string
        # The parser counts the blank lines above as part of the line.
        above = len(original) - len(original.lstrip())
        number = binding.original.line + original.count("\n", 0, above)
        written = original.strip()
        if binding.error:
            yield Line(number, fault="cannot be read; KEY=value is right, with the value in quotes that are closed")
        elif binding.key is None:
            continue
        elif not _KEY.fullmatch(binding.key):
            yield Line(number, fault="does not begin with a name; KEY=value is right")
        elif binding.value is None:
            yield Line(number, fault=f"{binding.key} has no =; {binding.key}=value is right")
        elif "\n" in binding.value:
            yield Line(number, fault=f"{binding.key} has a quote that is not closed on its line; close it")
        else:
            raw = written.partition("=")[2].strip()
            cut = raw[:1] not in ("'", '"') and re.search(r"\s#", raw) is not None
            yield Line(number, binding.key, binding.value, comment_cut=cut)
