# SPDX-License-Identifier: MIT
"""What the leak guard must search for in this run: taken from the settings and from what sources said."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from elytra_status.history import Words
from elytra_status.leak_guard import Private
from elytra_status.model import Report
from elytra_status.settings import DEFINITIONS, Settings, kinds, named

NONE = Words()


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
        elif definition.kind is kinds.HOST:
            hosts.add(value)
        elif definition.kind is kinds.ADDRESSES:
            hosts.update(urlsplit(address).hostname or "" for address in value)
        elif definition.kind in (kinds.URL, kinds.ENDPOINT):
            if definition.public:
                public.append(value)
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
