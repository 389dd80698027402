# SPDX-License-Identifier: MIT
"""Cuts secrets out of text that goes to administrators.

The leak guard searches, with its rules for secrets, keys and tokens. Addresses and hosts may stay: who reads
an alert knows them.
"""

from __future__ import annotations

from typing import NamedTuple

from elytra_status import leak_guard
from elytra_status.leak_guard import Private
from elytra_status.leak_guard.patterns import ADDRESS, PRIVATE_HOST, STORAGE
from elytra_status.run import private_terms
from elytra_status.settings import Settings

_ALLOWED = frozenset({ADDRESS, STORAGE, PRIVATE_HOST, leak_guard.NOT_UTF8})


def without_secrets(lines: list[str], settings: Settings) -> list[str]:
    """Return as many lines, with every word left out that holds a secret, or a whole line where that is not enough."""
    private = Private(private_terms.private(settings, ()).secrets, frozenset(), frozenset(), frozenset())

    def rules(text: str) -> set[str]:
        found = leak_guard.search("alert", text.encode("utf-8", "replace"), "text/plain", frozenset(), private)
        return {finding.rule for finding in found} - _ALLOWED

    def clean(line: str) -> _Cleaned:
        broken = rules(line)
        if not broken:
            return _Cleaned(line, line)
        marked = [(word, _mark(rules(word))) for word in line.split(" ")]
        rest = " ".join(word for word, mark in marked if not mark)
        if rules(rest):
            return _Cleaned(f"[left out: {', '.join(sorted(broken))}]", "")
        return _Cleaned(" ".join(mark or word for word, mark in marked), rest)

    cleaned = [clean(line) for line in lines]
    # A secret may be spread over lines.
    broken = rules("\n".join(one.rest for one in cleaned))
    return [f"[left out: {', '.join(sorted(broken))}]" if broken else one.shown for one in cleaned]


class _Cleaned(NamedTuple):
    """A line as it is shown, and the words of it that stay: a mark names a setting, which a secret may hold."""

    shown: str
    rest: str


def _mark(found: set[str]) -> str:
    """Return what stands in the place of a word that breaks these rules, '' where there is none."""
    return f"[{', '.join(sorted(found))}]" if found else ""
