# SPDX-License-Identifier: MIT
"""Counts, lists and wrapped text, for the administrator."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

# A command in backquotes that is longer may be broken at its spaces.
_LONGEST_UNBROKEN = 50


def number_of(count: int, noun: str, singular: str = "", plural: str = "") -> str:
    """Return a count with its noun, and a verb that agrees: 1 check is, 2 checks are."""
    words = (f"{count} {noun}", singular) if count == 1 else (f"{count} {noun}s", plural)
    return " ".join(filter(None, words))


def out_of(count: int, total: int, noun: str, singular: str = "", plural: str = "") -> str:
    """Return a part of a total with its noun, and a verb that agrees.

    Examples: 1 of 2 monitors is, 2 of 2 monitors are, 1 of 1 monitor is.
    """
    return " ".join(filter(None, (f"{count} of {number_of(total, noun)}", singular if count == 1 else plural)))


def abbreviate(texts: Sequence[str], most: int = 5) -> str:
    """Return the first `most` texts of a list, and how many more there are."""
    return in_a_sentence(texts, most) if len(texts) > most else ", ".join(texts)


def and_more(number: int) -> str:
    """Return how many entries a list leaves out, as its last entry."""
    return f"and {number} more"


def first_entries(texts: Sequence[str], most: int) -> list[str]:
    """Return the first `most` entries of a list, then how many more there are."""
    return [*texts[:most], *([and_more(len(texts) - most)] if len(texts) > most else [])]


def in_a_sentence(texts: Sequence[str], most: int = 3) -> str:
    """Return a list as a part of a sentence: Web, Mail, DNS and 2 more."""
    rest = [f"{len(texts) - most} more"] if len(texts) > most else []
    *first, last = [*texts[:most], *rest] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def wrap(text: str, width: int, first: str = "", others: str = "", *, breaks_words: bool = False) -> list[str]:
    """Return a text in lines of `width` characters.

    The first line begins with `first`, and each other line with `others`. Commands in backquotes, and words with a
    hyphen such as options and headers, stay whole: they are there to be copied. So do longer words, such as addresses
    and paths, unless `breaks_words`.
    """
    whole = re.sub(
        r"`[^`]*`", lambda quote: quote[0].replace(" ", "\0") if len(quote[0]) <= _LONGEST_UNBROKEN else quote[0], text
    )
    lines = textwrap.wrap(
        whole,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=breaks_words,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in lines]
