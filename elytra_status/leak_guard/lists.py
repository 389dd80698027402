# SPDX-License-Identifier: MIT
"""Read the lists in this folder: look-alike letters, words, and patterns."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


def lines(name: str) -> list[str]:
    """Return the lines of a list without its comments."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("# ")]


_WORDS = [line.split("\t") for line in lines("words.list")]


def expanded(pattern: str) -> str:
    """Return a pattern in which {kind} is replaced by the words of that kind."""
    return re.sub(
        "{([a-z]+)}", lambda kind: expanded("|".join(word for one, word in _WORDS if one == kind[1])), pattern
    )


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of a list, compiled when it is first used.

    Most runs use few patterns, and compiling them takes long.
    """
    return re.compile(expanded(pattern))


_WRITTEN = dict(line.split("\t") for line in lines("patterns.list"))


class _Patterns(dict[str, "re.Pattern[str]"]):
    """The patterns of patterns.list by name."""

    def __missing__(self, name: str) -> re.Pattern[str]:
        return self.setdefault(name, compiled(_WRITTEN[name]))


PATTERN = _Patterns()
