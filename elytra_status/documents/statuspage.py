# SPDX-License-Identifier: MIT
"""api/v2/…: the API of Atlassian's Statuspage, for its clients.

https://metastatuspage.com/api describes it. Statuspage has no status for unknown: here `unknown` is minor, never none,
and the description says that the status is unknown. The description is the headline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from elytra_status.announcements.titles import short_title_of_work, title_of
from elytra_status.documents.appearance import appearance_of
from elytra_status.documents.document import Document, Subscription
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.incident_addresses import address_of_page
from elytra_status.documents.statuspage_components import (
    UNKNOWN_COMPONENT,
    WORDS,
    components_and_groups,
    statuspage_identifier,
    statuspage_time,
)
from elytra_status.documents.words import announced, changed, json_document, sentences_in, translated
from elytra_status.locale import to_translate
from elytra_status.model import Impact, Incident, IncidentPhase, Maintenance

FOLDER = "api/v2"
SUMMARY = f"{FOLDER}/summary.json"
# The same limit as Statuspage.
MOST_INCIDENTS = 50

# The impact of maintenance.
_IMPACT_OF_WORK = "maintenance"
_POSTMORTEM = "postmortem"
_INCIDENT_WORDS = (
    *(phase.value for phase in IncidentPhase),
    *(impact.value for impact in Impact),
    *("scheduled", "in_progress", "completed", _IMPACT_OF_WORK, _POSTMORTEM),
)


def render(publication: Publication) -> list[Document]:
    """Return all documents of the API."""
    page = _page(publication)
    identifiers = {page["id"]}
    components = components_and_groups(publication, page)
    status = _status(publication)
    beside = _Beside(publication, page, {one["name"]: one for one in components if not one["group"]})
    unresolved = [_incident(one, beside) for one in publication.open_incidents]
    incidents = [*unresolved, *(_incident(one, beside) for one in publication.past_incidents)][:MOST_INCIDENTS]
    active = [_window(one, beside) for one in publication.current_maintenance]
    upcoming = [_window(one, beside) for one in publication.maintenance_to_come]
    over = [_window(one, beside) for one in publication.past_maintenance]
    windows = [*upcoming, *active, *over][:MOST_INCIDENTS]
    for one in (*components, *incidents, *windows):
        identifiers |= {one["id"], *(update["id"] for update in one.get("incident_updates", ()))}
        identifiers |= {one["shortlink"]} if "shortlink" in one else set()
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
    words = {word for words in WORDS.values() for word in words}
    own = {
        *words,
        UNKNOWN_COMPONENT,
        *sentences_in([publication.language]),
        *_INCIDENT_WORDS,
        page["time_zone"],
        page["url"],
        *identifiers,
    }
    # These two change with each run; the lists change only with their content.
    of_this_run = {name: {**page, "updated_at": statuspage_time(publication.now)} for name in ("summary", "status")}
    return [
        json_document(f"{FOLDER}/{name}.json", {"page": of_this_run.get(name, page), **content}, publication, own)
        for name, content in contents.items()
    ]


def _page(publication: Publication) -> dict[str, Any]:
    texts = publication.texts
    return {
        "id": statuspage_identifier(texts.address or "elytra-status"),
        "name": texts.title,
        "url": texts.page_address,
        "time_zone": "Etc/UTC",
        "updated_at": statuspage_time(publication.last_change),
    }


def _status(publication: Publication) -> dict[str, str]:
    indicator, _ = WORDS[appearance_of(publication)]
    return {"indicator": indicator, "description": publication.headline.text}


class _Beside(NamedTuple):
    """What incidents and maintenance refer to: publication, page, components by name."""

    publication: Publication
    page: dict[str, Any]
    components: Mapping[str, dict[str, Any]]

    def named(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return the named components in their present state."""
        return [self.components[name] for name in names if name in self.components]


class _Update(NamedTuple):
    """An update as Statuspage describes it."""

    time: datetime
    status: str
    text: str


def _incident(incident: Incident, beside: _Beside) -> dict[str, Any]:
    language = beside.publication.language
    said = [replace(update, text=translated(update.text, language)) for update in incident.updates]
    incident = replace(incident, updates=tuple(said))
    updates = [_Update(update.time, update.phase.value, update.text) for update in said]
    if incident.resolved:
        updates[-1] = updates[-1]._replace(status=IncidentPhase.RESOLVED.value)
    if incident.postmortem:
        updates.append(_Update(incident.postmortem.time, _POSTMORTEM, incident.postmortem.text))
    monitoring = [update.time for update in incident.updates if update.phase is IncidentPhase.MONITORING]
    name, title = f"incident-{incident.identifier}", title_of(incident, language)
    return {
        **_given(name, incident.identifier, title, incident.opened, updates, beside),
        "updated_at": statuspage_time(incident.last_change),
        "monitoring_at": _time_or_none(max(monitoring, default=None)),
        "resolved_at": _time_or_none(incident.resolved),
        "impact": incident.impact.value,
        "components": beside.named(incident.components),
    }


def _window(window: Maintenance, beside: _Beside) -> dict[str, Any]:
    """Return maintenance with its components in their present state.

    Maintenance without components concerns the whole platform.
    """
    now = beside.publication.as_of
    window = replace(window, text=translated(window.text, beside.publication.language))
    updates = [_Update(min(announced(window), changed(window, now)), "scheduled", window.text)]
    if window.since <= now:
        updates.append(_Update(window.since, "in_progress", window.text))
    if window.until <= now:
        updates.append(_Update(window.until, "completed", window.text))
    name = f"maintenance-{window.identifier}"
    return {
        **_given(name, window.identifier, short_title_of_work(window), updates[0].time, updates, beside),
        "updated_at": statuspage_time(max(updates[-1].time, changed(window, now))),
        "resolved_at": _time_or_none(window.until if window.until <= now else None),
        "impact": _IMPACT_OF_WORK,
        "components": beside.named(window.components),
        "scheduled_for": statuspage_time(window.since),
        "scheduled_until": statuspage_time(window.until),
    }


def _given(
    name: str, identifier: str, title: str, since: datetime, updates: Sequence[_Update], beside: _Beside
) -> dict[str, Any]:
    """Return the common fields of incidents and maintenance.

    `name` is unique among both.
    """
    page = beside.page
    hashed = statuspage_identifier(f"{page['id']} {name}")
    return {
        "id": hashed,
        "name": title,
        "status": updates[-1].status,
        "created_at": statuspage_time(since),
        "monitoring_at": None,
        "shortlink": address_of_page(beside.publication, identifier) or page["url"],
        "started_at": statuspage_time(since),
        "page_id": page["id"],
        "incident_updates": list(_updates(hashed, updates)),
    }


def _updates(identifier: str, updates: Sequence[_Update]) -> Iterator[dict[str, Any]]:
    """Yield the updates, the newest first."""
    for number, update in reversed(list(enumerate(updates))):
        moment = statuspage_time(update.time)
        yield {
            "id": statuspage_identifier(f"{identifier} {number}"),
            "status": update.status,
            "body": update.text,
            "incident_id": identifier,
            "created_at": moment,
            "updated_at": moment,
            "display_at": moment,
            "affected_components": None,
            "deliver_notifications": False,
            "custom_tweet": None,
            "tweet_id": None,
        }


def _time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else statuspage_time(moment)


KIND = DocumentKind(
    render,
    link=(SUMMARY, to_translate("API")),
    subscriptions=(Subscription(to_translate("API"), SUMMARY),),
    keeps_time=True,
)
