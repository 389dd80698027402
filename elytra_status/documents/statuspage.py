# SPDX-License-Identifier: MIT
"""api/v2/…: what clients of Atlassian's Statuspage read, in its shapes, so that they work unchanged.

https://metastatuspage.com/api describes them. Statuspage has no word for what is not known: `unknown` is given
as minor trouble, in words as Status unknown, and never as none. The description is the headline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from elytra_status.announcements.titles import shortened
from elytra_status.decision.headline import SENTENCES
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.documents.words import announced, changed, json_document, time
from elytra_status.model import Incident, Maintenance, PlatformStatus
from elytra_status.system.clock import to_text

FOLDER = "api/v2"
SUMMARY = f"{FOLDER}/summary.json"
# As Statuspage has it.
MOST_INCIDENTS = 50

# The indicator of the page, and the word for a component.
WORDS = {
    PlatformStatus.OPERATIONAL: ("none", "operational"),
    PlatformStatus.DEGRADED: ("minor", "degraded_performance"),
    PlatformStatus.OUTAGE: ("major", "major_outage"),
    PlatformStatus.UNKNOWN: ("minor", "degraded_performance"),
}
_MAINTENANCE = ("maintenance", "under_maintenance")
# What a component says of itself whose word is not the whole truth.
_UNKNOWN = SENTENCES["unknown"]
# The last one is what maintenance has for an impact.
_GREEN = ("operational", "backups_not_watched")
_INCIDENT_WORDS = ("investigating", "resolved", "scheduled", "in_progress", "completed", "maintenance")


def render(publication: Publication) -> list[Document]:
    """Return all documents of the set."""
    page = _page(publication)
    identifiers = {page["id"]}
    components = [_component(number, one, page) for number, one in enumerate(publication.components, 1)]
    by_name = {one["name"]: one for one in components}
    status = _status(publication)
    unresolved = [_incident(one, page) for one in publication.open_incidents]
    incidents = [*unresolved, *(_incident(one, page) for one in publication.past_incidents)][:MOST_INCIDENTS]
    active = [_window(one, publication.as_of, page, by_name) for one in publication.current_maintenance]
    upcoming = [_window(one, publication.as_of, page, by_name) for one in publication.maintenance_to_come]
    over = [_window(one, publication.as_of, page, by_name) for one in publication.past_maintenance]
    windows = [*upcoming, *active, *over][:MOST_INCIDENTS]
    for one in (*components, *incidents, *windows):
        identifiers |= {one["id"], *(update["id"] for update in one.get("incident_updates", ()))}
    contents: dict[str, dict[str, Any]] = {
        "summary": {
            "components": components,
            "incidents": unresolved,
            "scheduled_maintenances": [*upcoming, *active],
            "status": status,
        },
        "status": {"status": status},
        "components": {"components": components},
        "incidents": {"incidents": incidents},
        "incidents/unresolved": {"incidents": unresolved},
        "scheduled-maintenances": {"scheduled_maintenances": windows},
        "scheduled-maintenances/upcoming": {"scheduled_maintenances": upcoming},
        "scheduled-maintenances/active": {"scheduled_maintenances": active},
    }
    words = {word for words in (*WORDS.values(), _MAINTENANCE) for word in words}
    own = {*words, _UNKNOWN, *_INCIDENT_WORDS, page["time_zone"], page["url"], *identifiers}
    # These two say how all stands, which is news each time; the lists change when something in them does.
    of_this_run = {name: {**page, "updated_at": to_text(publication.now)} for name in ("summary", "status")}
    return [
        json_document(f"{FOLDER}/{name}.json", {"page": of_this_run.get(name, page), **content}, publication, own)
        for name, content in contents.items()
    ]


def _page(publication: Publication) -> dict[str, Any]:
    address = publication.texts.address
    return {
        "id": _identifier(address or "elytra-status"),
        "name": publication.texts.title,
        "url": address or "",
        "time_zone": "Etc/UTC",
        "updated_at": to_text(publication.last_change),
    }


def _status(publication: Publication) -> dict[str, str]:
    headline = publication.headline
    indicator, _ = _MAINTENANCE if headline.is_maintenance else WORDS[publication.decision.status]
    # Clients show a green light at "none", beside whatever the description says.
    if indicator == "none" and headline.code not in _GREEN:
        indicator = "minor"
    return {"indicator": indicator, "description": headline.text}


def _component(number: int, component: PublicComponent, page: dict[str, Any]) -> dict[str, Any]:
    _, word = _MAINTENANCE if component.in_maintenance else WORDS[component.status]
    return {
        "id": _identifier(f"{page['id']} component {component.name}"),
        "name": component.name,
        "status": word,
        "created_at": page["updated_at"],
        "updated_at": page["updated_at"],
        "position": number,
        "description": _UNKNOWN if component.status is PlatformStatus.UNKNOWN else None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page["id"],
        "group": False,
        "only_show_if_degraded": False,
    }


def _incident(incident: Incident, page: dict[str, Any]) -> dict[str, Any]:
    newest = len(incident.updates) - 1
    updates = [
        (update.time, "resolved" if incident.resolved and number == newest else "investigating", update.text)
        for number, update in enumerate(incident.updates)
    ]
    # A person's incident leaves the status what it is.
    impact = "major" if incident.automatic else "minor"
    given = _given(f"incident-{incident.identifier}", incident.updates[0].text, impact, incident.opened, updates, page)
    return {**given, "resolved_at": time(incident.resolved)}


def _window(
    window: Maintenance, now: datetime, page: dict[str, Any], components: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return maintenance with the components that it names, as they are now; without any it concerns the whole."""
    updates = [(min(announced(window), changed(window, now)), "scheduled", window.text)]
    if window.since <= now:
        updates.append((window.since, "in_progress", window.text))
    if window.until <= now:
        updates.append((window.until, "completed", window.text))
    given = _given(f"maintenance-{window.identifier}", window.text, "maintenance", updates[0][0], updates, page)
    return {
        **given,
        "components": [components[name] for name in window.components if name in components],
        "resolved_at": time(window.until) if window.until <= now else None,
        "scheduled_for": to_text(window.since),
        "scheduled_until": to_text(window.until),
    }


def _given(
    name: str, text: str, impact: str, since: datetime, updates: list[tuple[datetime, str, str]], page: dict[str, Any]
) -> dict[str, Any]:
    """Return what incidents and maintenance have in common: `updates` are the time, status and text of each."""
    identifier = _identifier(f"{page['id']} {name}")
    return {
        "id": identifier,
        "name": shortened(text),
        "status": updates[-1][1],
        "created_at": to_text(since),
        "updated_at": to_text(updates[-1][0]),
        "monitoring_at": None,
        "resolved_at": None,
        "impact": impact,
        "shortlink": page["url"],
        "started_at": to_text(since),
        "page_id": page["id"],
        "incident_updates": list(_updates(identifier, updates)),
        "components": [],
    }


def _updates(identifier: str, updates: list[tuple[datetime, str, str]]) -> Iterator[dict[str, Any]]:
    """Yield the updates, the newest first."""
    for number, (moment, status, text) in reversed(list(enumerate(updates))):
        yield {
            "id": _identifier(f"{identifier} {number}"),
            "status": status,
            "body": text,
            "incident_id": identifier,
            "created_at": to_text(moment),
            "updated_at": to_text(moment),
            "display_at": to_text(moment),
            "affected_components": None,
            "deliver_notifications": False,
            "custom_tweet": None,
            "tweet_id": None,
        }


def _identifier(text: str) -> str:
    """Return twelve characters that stay the same for the same thing, as Statuspage's are."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


KIND = DocumentKind(render, link=(SUMMARY, "API"), keeps_time=True)
