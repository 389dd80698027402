# SPDX-License-Identifier: MIT
"""Counts and lists as parts of a sentence, for the administrator."""

from __future__ import annotations

from collections.abc import Sequence


def number_of(count: int, noun: str, singular: str = "", plural: str = "") -> str:
    """Return a count with its noun, and a verb that agrees: 1 check is, 2 checks are."""
    words = (f"{count} {noun}", singular) if count == 1 else (f"{count} {noun}s", plural)
    return " ".join(filter(None, words))


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
