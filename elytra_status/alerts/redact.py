# SPDX-License-Identifier: MIT
"""Remove secrets from texts for administrators.

The leak guard searches with its rules for secrets, keys and tokens. Addresses and hosts may stay: the readers of an
alert know them.
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
    """Return the same number of lines, without words that contain a secret.

    If that is not enough, a whole line is left out.
    """
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
    """A line as it is shown, and the words of it that stay.

    They are separate because a mark names a setting, whose name may contain a secret.
    """

    shown: str
    rest: str


def _mark(found: set[str]) -> str:
    """Return the replacement for a word that breaks these rules, '' without rules."""
    return f"[{', '.join(sorted(found))}]" if found else ""
