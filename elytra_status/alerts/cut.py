# SPDX-License-Identifier: MIT
"""Cuts secrets out of text that goes to administrators.

The leak guard searches, with its rules for secrets, keys and tokens. Addresses and hosts may stay: who reads
an alert knows them.
"""

from __future__ import annotations

from elytra_status import guarded, leak_guard
from elytra_status.leak_guard import Private
from elytra_status.leak_guard.patterns import ADDRESS, PRIVATE_HOST, STORAGE
from elytra_status.settings import Settings

_ALLOWED = frozenset({ADDRESS, STORAGE, PRIVATE_HOST, leak_guard.NOT_UTF8})


def without_secrets(lines: list[str], settings: Settings) -> list[str]:
    """Return as many lines, with every word left out that holds a secret, or a whole line where that is not enough."""
    private = Private(guarded.private(settings, ()).secrets, frozenset(), frozenset(), frozenset())

    def rules(text: str) -> set[str]:
        found = leak_guard.search("alert", text.encode("utf-8", "replace"), "text/plain", frozenset(), private)
        return {finding.rule for finding in found} - _ALLOWED

    def clean(line: str) -> str:
        broken = rules(line)
        if not broken:
            return line
        words = [f"[{', '.join(sorted(found))}]" if (found := rules(word)) else word for word in line.split(" ")]
        rest = " ".join(words)
        return rest if not rules(rest) else f"[left out: {', '.join(sorted(broken))}]"

    cleaned = [clean(line) for line in lines]
    # A secret may be spread over lines.
    broken = rules("\n".join(cleaned))
    return [f"[left out: {', '.join(sorted(broken))}]" for _ in cleaned] if broken else cleaned
