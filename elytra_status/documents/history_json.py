# SPDX-License-Identifier: MIT
"""history.json, for programs: the last 90 days, of the platform and of each component."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from elytra_status.decision.uptimes import percentage
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Day, Publication
from elytra_status.documents.words import json_document, percent, uptime
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text

NAME = "history.json"


def render(publication: Publication) -> list[Document]:
    """Return the document."""
    content = {
        "schema_version": 1,
        "updated_at": to_text(publication.now),
        "stale_after": to_text(publication.stale_after),
        "platform": {
            "status": publication.decision.status.value,
            "uptime": uptime(publication),
            "days": _days(publication.days),
        },
        "components": [
            {
                "name": component.name,
                "status": component.status.value,
                "in_maintenance": component.in_maintenance,
                "uptime": uptime(component),
                "days": _days(component.days),
            }
            for component in publication.components
        ],
    }
    dates = {
        day.date.isoformat()
        for days in (publication.days, *(one.days for one in publication.components))
        for day in days
    }
    return [json_document(NAME, content, publication, {*dates, *(status.value for status in PlatformStatus)})]


def _days(days: Iterable[Day]) -> list[dict[str, Any]]:
    return [
        {
            "date": day.date.isoformat(),
            "uptime_percent": percent(day.uptime),
            "observed_percent": percentage(day.observed),
            "up_seconds": day.up,
            "down_seconds": day.down,
        }
        for day in days
    ]


KIND = DocumentKind(render, link=(NAME, "History as JSON"))
