# SPDX-License-Identifier: MIT
"""What the leak guard must search for in this run: taken from the settings and from what sources said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from elytra_status import leak_guard
from elytra_status.history import Words
from elytra_status.leak_guard import Private
from elytra_status.model import Report
from elytra_status.settings import DEFINITIONS, Settings, kinds, named

NONE = Words()


def may_be_told(text: str, private: Private, own_words: frozenset[str]) -> bool:
    """Whether a text holds nothing that must not leave the machine."""
    body = json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")
    return not leak_guard.search("text", body, "application/json", own_words, private)


def private(settings: Settings, reports: Iterable[Report], remembered: Words = NONE) -> Private:
    """Return everything that must not leave the machine, what is `remembered` of earlier reports included.

    Settings are taken by their kind, so that one which is added later is guarded without more ado.
    """
    secrets: dict[str, str] = {}
    buckets: set[str] = set()
    hosts: set[str] = set()
    public: list[str] = []
    every = [(prefix, part, definition) for prefix, part in named.every(settings) for definition in DEFINITIONS]
    for prefix, part, definition in every:
        value = getattr(part, definition.attribute)
        if not value:
            continue
        if definition.is_secret:
            secrets[prefix + definition.name] = value.reveal()
        elif definition.kind is kinds.BUCKET:
            buckets.add(value)
        elif definition.kind is kinds.PLACE:
            buckets.update((kinds.in_bucket(value) or ())[:1])
        elif definition.kind is kinds.HOST:
            hosts.add(value)
        elif definition.kind is kinds.LINKS:
            public += [address for _, address in value]
        elif definition.kind is kinds.ADDRESSES:
            hosts.update(urlsplit(address).hostname or "" for address in value)
        elif definition.kind in (kinds.URL, kinds.ENDPOINT):
            if definition.public:
                # What lies beside a public document has an address that is public too.
                public += [value, urljoin(value, ".")]
            else:
                hosts.add(urlsplit(value).hostname or "")
    reported = list(reports)
    return Private(
        secrets=secrets,
        buckets=frozenset(buckets),
        hosts=remembered.hosts.union(hosts, *(report.private_hosts for report in reported)) - {""},
        names=remembered.names.union(*(report.private_names for report in reported)),
        public_urls=tuple(public),
        public_words=settings.public_words,
    )
