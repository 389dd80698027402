# SPDX-License-Identifier: MIT
"""history.json, for programs: 90 days of uptime, incidents and maintenance.

It has the days of the platform and of each component. It is large, and on a quiet day only the last row changes, so it
is published again only with news or after PUBLISHED_FOR.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from elytra_status.announcements.titles import title_of, title_of_work
from elytra_status.decision.uptimes import percentage
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Day, Publication, PublicComponent
from elytra_status.documents.incident_addresses import address_of_page
from elytra_status.documents.words import json_document, percent, sentences_in, time, translated, uptime_percentages
from elytra_status.locale import to_translate
from elytra_status.model import Impact, Incident, IncidentPhase, Maintenance, PlatformStatus
from elytra_status.system.clock import to_text

NAME = "history.json"
# With 50 components, it has 500 kB.
PUBLISHED_FOR = timedelta(hours=4)
WHOLE = 100
# The states of maintenance.
_STATES = ("planned", "in_progress", "completed")


def render(publication: Publication) -> list[Document]:
    """Return the document. It is stale PUBLISHED_FOR after status.json is.

    The next one may be published that much later.
    """
    content: dict[str, Any] = {
        "schema_version": 1,
        "updated_at": to_text(publication.now),
        "stale_after": to_text(publication.stale_after + PUBLISHED_FOR),
        "platform": {
            "status": publication.decision.status.value,
            "in_maintenance": publication.headline.is_maintenance,
            "uptime": uptime_percentages(publication),
            "days": _days(publication.days),
        },
        "components": [_component(one) for one in publication.components],
        "incidents": [
            _incident(one, publication) for one in (*publication.open_incidents, *publication.past_incidents)
        ],
        "maintenance": [
            _window(one, publication)
            for one in (
                *publication.maintenance_to_come,
                *publication.current_maintenance,
                *publication.past_maintenance,
            )
        ],
    }
    return [json_document(NAME, content, publication, _own_texts(publication, content))]


def _own_texts(publication: Publication, content: dict[str, Any]) -> set[Any]:
    """Return the texts of the document that the program itself has written."""
    dates = {
        day.date.isoformat()
        for days in (publication.days, *(one.days for one in publication.components))
        for day in days
    }
    words = {word.value for kind in (PlatformStatus, IncidentPhase, Impact) for word in kind}
    identifiers = {one[field] for field in ("id", "url") for one in (*content["incidents"], *content["maintenance"])}
    # Such a title is the program's own; the names in it were searched on their own.
    language = publication.language
    titles = {title_of_work(one, language) for one in publication.announcements.maintenance if not one.title}
    return {*dates, *words, *_STATES, *identifiers, *titles, *sentences_in([language])} - {None}


def _component(component: PublicComponent) -> dict[str, Any]:
    return {
        "name": component.name,
        **({"group": component.group} if component.group else {}),
        **({"description": component.description} if component.description else {}),
        "status": component.status.value,
        "in_maintenance": component.in_maintenance,
        "uptime": uptime_percentages(component),
        "days": _days(component.days),
    }


def _incident(incident: Incident, publication: Publication) -> dict[str, Any]:
    """Return an incident for programs, its updates oldest first."""
    language = publication.language
    said = [replace(one, text=translated(one.text, language)) for one in incident.updates]
    return {
        "id": incident.identifier,
        "url": address_of_page(publication, incident.identifier) or None,
        "title": title_of(replace(incident, updates=tuple(said)), language),
        "phase": incident.phase.value,
        "impact": incident.impact.value,
        "components": list(incident.components),
        "automatic": incident.automatic,
        "opened_at": to_text(incident.opened),
        "resolved_at": time(incident.resolved),
        "duration_seconds": _seconds(incident.duration),
        "updates": [{"at": to_text(one.time), "phase": one.phase.value, "text": one.text} for one in said],
        "postmortem": incident.postmortem and incident.postmortem.text,
    }


def _window(window: Maintenance, publication: Publication) -> dict[str, Any]:
    planned, under_way, completed = _STATES
    now = publication.as_of
    return {
        "id": window.identifier,
        "url": address_of_page(publication, window.identifier) or None,
        "title": title_of_work(window, publication.language),
        "text": translated(window.text, publication.language),
        "state": completed if window.until <= now else under_way if window.since <= now else planned,
        "components": list(window.components),
        "since": to_text(window.since),
        "until": to_text(window.until),
    }


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())


def _days(days: Iterable[Day]) -> list[dict[str, Any]]:
    """Return the days.

    Most of thousands had no maintenance and were not degraded, and lack these fields.
    """
    return [
        {
            "date": day.date.isoformat(),
            "uptime_percent": _short(percent(day.uptime)),
            "observed_percent": _short(percentage(day.observed)),
            "up_seconds": day.up,
            "down_seconds": day.down,
            **({"degraded_seconds": day.degraded} if day.degraded else {}),
            **({"maintenance_seconds": day.maintenance} if day.maintenance else {}),
        }
        for day in days
    ]


def _short(number: float | None) -> float | None:
    """Return a number in its shortest form: most of thousands of numbers are 100."""
    return int(number) if number is not None and number.is_integer() else number


def news(body: bytes) -> object:
    """Return the part of a body that counts as news.

    Times, uptime figures and the seconds of today do not count. Whether there is a figure, and whether today has had
    downtime, does. Raise ValueError, TypeError or LookupError if the body is of another format.
    """
    content = json.loads(body)
    parts = [_news_of(part) for part in (content.pop("platform"), *content.pop("components"))]
    return parts, {name: value for name, value in content.items() if name not in ("updated_at", "stale_after")}


def _news_of(part: dict[str, Any]) -> object:
    *before, today = part["days"] or [None]
    up = today and today["uptime_percent"]
    return (
        {name: value for name, value in part.items() if name not in ("uptime", "days")},
        {window: value is None for window, value in part["uptime"].items()},
        before,
        today and (today["date"], up is None, up == WHOLE),
    )


KIND = DocumentKind(render, link=(NAME, to_translate("History as JSON")), news=news, published_for=PUBLISHED_FOR)
