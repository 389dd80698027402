# SPDX-License-Identifier: MIT
"""Incidents and maintenance in one shape, in the words of documents for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from elytra_status.announcements.titles import title_of, title_of_work, unavailable
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import announced, changed
from elytra_status.model import Impact, Incident, IncidentPhase, Maintenance, number_of

INCIDENT, MAINTENANCE = "incident", "maintenance"
PHASES = {
    IncidentPhase.INVESTIGATING: "Investigating",
    IncidentPhase.IDENTIFIED: "Identified",
    IncidentPhase.MONITORING: "Monitoring",
    IncidentPhase.RESOLVED: "Resolved",
}
IMPACTS = {
    Impact.NONE: "No impact",
    Impact.MINOR: "Minor impact",
    Impact.MAJOR: "Major impact",
    Impact.CRITICAL: "Critical impact",
}
PLANNED, IN_PROGRESS, COMPLETED, CANCELLED = "Planned", "In progress", "Completed", "Cancelled"
POSTMORTEM = "Postmortem"
# Each of these occurs as a whole text only.
OWN_WORDS = frozenset(
    {*PHASES.values(), *IMPACTS.values(), PLANNED, IN_PROGRESS, COMPLETED, CANCELLED, POSTMORTEM, INCIDENT, MAINTENANCE}
)


@dataclass(frozen=True)
class PublicUpdate:
    """A step of an announcement: its time, the state from then on, and its text.

    The text is '' if nobody has written one.
    """

    time: datetime
    state: str
    text: str


@dataclass(frozen=True)
class PublicAnnouncement:
    """An incident or a window of maintenance. `kind` is INCIDENT or MAINTENANCE.

    `state` is its present state in words, `since` when it began or will begin, `until` when it ended or will end.
    `text` is the newest text. `updates` are the newest first. `published` and `changed` are when it was announced and
    when it last changed.
    """

    kind: str
    identifier: str
    title: str
    state: str
    since: datetime
    until: datetime | None
    is_over: bool
    text: str
    updates: tuple[PublicUpdate, ...]
    published: datetime
    changed: datetime
    impact: str = ""
    components: tuple[str, ...] = ()
    postmortem: str = ""
    # Whether the title is the program's own; the names in it were searched on their own.
    own_title: bool = False

    @property
    def heading(self) -> str:
        """The title with the state, on one line."""
        return f"{self.title} ({self.state.lower()})"


def public_announcements(publication: Publication) -> list[PublicAnnouncement]:
    """Return all announcements that are kept, the latest beginning first."""
    return sorted(_all(publication), key=lambda one: (one.since, one.identifier), reverse=True)


def date_and_time(moment: datetime) -> str:
    """Return a moment as people write it, in UTC."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def length_of(duration: timedelta) -> str:
    """Return a duration in words, in its two largest units: 1 hour 5 minutes."""
    seconds = int(duration.total_seconds())
    units = ((seconds // 86400, "day"), (seconds // 3600 % 24, "hour"), (seconds // 60 % 60, "minute"))
    first = next((number for number, (count, _) in enumerate(units) if count), None)
    if first is None:
        return number_of(seconds, "second")
    return " ".join(number_of(count, unit) for count, unit in units[first : first + 2] if count)


def _all(publication: Publication) -> Iterator[PublicAnnouncement]:
    given = publication.announcements
    yield from map(_of_incident, given.incidents)
    for window in given.maintenance:
        yield _of_window(window, publication.as_of)
    for window in given.cancelled:
        yield _of_window(window, publication.as_of, cancelled=True)


def _of_incident(incident: Incident) -> PublicAnnouncement:
    updates = tuple(PublicUpdate(one.time, PHASES[one.phase], one.text) for one in reversed(incident.updates))
    postmortem = incident.postmortem
    return PublicAnnouncement(
        INCIDENT,
        incident.identifier,
        title_of(incident),
        PHASES[incident.phase],
        incident.opened,
        incident.resolved,
        incident.resolved is not None,
        updates[0].text,
        updates,
        incident.opened,
        max(updates[0].time, postmortem.time) if postmortem else updates[0].time,
        IMPACTS[incident.impact],
        incident.components,
        postmortem.text if postmortem else "",
        not incident.title and bool(unavailable(incident)),
    )


def _of_window(window: Maintenance, now: datetime, *, cancelled: bool = False) -> PublicAnnouncement:
    updates = list(_updates(window, now, cancelled=cancelled))
    return PublicAnnouncement(
        MAINTENANCE,
        window.identifier,
        title_of_work(window),
        updates[0].state,
        window.since,
        window.until,
        cancelled or window.until <= now,
        window.text,
        tuple(updates),
        updates[-1].time,
        max(changed(window, now), updates[0].time),
        components=window.components,
        own_title=not window.title,
    )


def _updates(window: Maintenance, now: datetime, *, cancelled: bool) -> Iterator[PublicUpdate]:
    if cancelled:
        yield PublicUpdate(window.changed or window.since, CANCELLED, "")
    elif window.until <= now:
        yield PublicUpdate(window.until, COMPLETED, "")
    if window.since <= now and not cancelled:
        yield PublicUpdate(window.since, IN_PROGRESS, "")
    yield PublicUpdate(min(announced(window), window.since, now), PLANNED, window.text)
