# SPDX-License-Identifier: MIT
"""Documents as they are rendered, for tests that read them."""

from __future__ import annotations

import json
from typing import Any

from elytra_status import leak_guard
from elytra_status.documents import Document, Publication, render_all
from elytra_status.leak_guard import Private
from elytra_status.model import PlatformStatus
from elytra_status.settings.definitions import DOCUMENTS
from tests.published import ADDRESS

STATUSES = list(PlatformStatus)
EVERY_JSON = {
    "badge.json",
    "history.json",
    "api/v2/summary.json",
    "api/v2/status.json",
    "api/v2/components.json",
    "api/v2/incidents.json",
    "api/v2/incidents/unresolved.json",
    "api/v2/scheduled-maintenances.json",
    "api/v2/scheduled-maintenances/upcoming.json",
    "api/v2/scheduled-maintenances/active.json",
}


def documents(given: Publication) -> dict[str, Document]:
    return {document.name: document for document in render_all(given, DOCUMENTS)}


def json_of(given: Publication, name: str) -> Any:
    return json.loads(documents(given)[name].body)


def guarded(found: dict[str, Document], private: Private) -> set[str]:
    """The documents in which the leak guard finds something."""
    return {
        document.name
        for document in found.values()
        if leak_guard.search(document.name, document.body, document.content_type, document.own_words, private)
    }


def names(*words: str) -> Private:
    return Private({}, frozenset(), frozenset(), frozenset(words), (f"{ADDRESS}status.json",))
