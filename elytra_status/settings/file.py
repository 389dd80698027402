# SPDX-License-Identifier: MIT
"""Parses settings files: KEY=value lines as in a .env file.

The parser is that of python-dotenv; this module says where lines are wrong.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dotenv.parser import parse_stream

from elytra_status.problem import Problem

# The largest settings file in bytes. A usual one has a few kilobytes.
LARGEST_FILE = 1_000_000
_LINE_END = re.compile(r"\r\n|\n|\r")
_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z-]+)?"
_KEY = re.compile(_NAME)
_BEGINS_WITH_QUOTE = re.compile(rf"\s*(?:export\s+)?({_NAME})\s*=\s*[\"']")
_WITH_COLON = re.compile(rf"\s*(?:export\s+)?({_NAME})\s*:(?:\s|$)")
# Word processors and chats turn quotes into these.
_CURLY = frozenset("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a")
_CURLY_FAULT = Problem("has the quotes of a word processor", "Write straight quotes, or none")
_OPEN_QUOTE = Problem("has an open quote, or text after the closing quote", 'Write KEY="value", with \\" for a quote')
_NO_LINE = Problem("is not of the form KEY=value", "Write one KEY=value on each line, and # before a comment")


@dataclass(frozen=True)
class SettingsLine:
    """A line of a settings file: a key and its value, or a fault.

    `fault` follows the name of the setting in a sentence. A faulty line has a key if one can be recognized; it may be
    anything, even a secret. `comment_cut`: an unquoted value was cut at a comment. `whole_file`: the file cannot be
    read at all.
    """

    number: int
    key: str = ""
    value: str = ""
    fault: Problem | None = None
    comment_cut: bool = False
    whole_file: bool = False


def parse_lines(content: bytes) -> Iterator[SettingsLine]:
    """Yield the lines of a settings file that set something or are faulty.

    Comments and blank lines are skipped.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        yield SettingsLine(number, fault=Problem("is not UTF-8", "Save the file as UTF-8"), whole_file=True)
        return
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        yield SettingsLine(
            number, fault=Problem("contains a zero byte", "Save the file as text in UTF-8"), whole_file=True
        )
        return
    for number, line in enumerate(_LINE_END.split(text), 1):
        if line and not line.isspace() and not line.lstrip().startswith("#"):
            yield _parse_line(number, line)


def _parse_line(number: int, line: str) -> SettingsLine:
    if match := _WITH_COLON.match(line):
        return SettingsLine(number, match[1], fault=Problem("has a colon in place of =", "Write KEY=value"))
    # Each line is parsed alone: otherwise the parser would look for a closing quote in later lines.
    binding = next(parse_stream(io.StringIO(line)))
    if binding.error:
        if match := _BEGINS_WITH_QUOTE.match(line):
            if not _CURLY.isdisjoint(line):
                return SettingsLine(number, match[1], fault=_CURLY_FAULT)
            return SettingsLine(number, match[1], fault=_OPEN_QUOTE)
        return SettingsLine(number, fault=_NO_LINE)
    if binding.key is None or not _KEY.fullmatch(binding.key):
        return SettingsLine(number, fault=_NO_LINE)
    if binding.value is None:
        return SettingsLine(number, binding.key, fault=Problem("has no =", "Write KEY=value"))
    behind = line.partition("=")[2]
    if re.match(r"\s+#", behind):  # the parser would return this comment as the value
        return SettingsLine(number, binding.key)
    if binding.value[:1] in _CURLY and binding.value[-1:] in _CURLY and behind.lstrip()[:1] in _CURLY:
        return SettingsLine(number, binding.key, fault=_CURLY_FAULT)
    cut = behind.lstrip()[:1] not in ("'", '"') and re.search(r"\s#", behind) is not None
    return SettingsLine(number, binding.key, binding.value, comment_cut=cut)


def quoted(value: str) -> str:
    """Return a value in quotes, as the settings file needs it.

    It reads back unchanged unless it contains a line break.
    """
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
