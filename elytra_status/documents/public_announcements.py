# SPDX-License-Identifier: MIT
"""Incidents and maintenance in one shape, in the words of documents for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from elytra_status.announcements.titles import title_of, title_of_work, unavailable
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import announced, changed, translated
from elytra_status.locale import Language, to_translate
from elytra_status.model import Impact, Incident, IncidentPhase, Maintenance

INCIDENT, MAINTENANCE = "incident", "maintenance"
PHASES = {
    IncidentPhase.INVESTIGATING: to_translate("Investigating"),
    IncidentPhase.IDENTIFIED: to_translate("Identified"),
    IncidentPhase.MONITORING: to_translate("Monitoring"),
    IncidentPhase.RESOLVED: to_translate("Resolved"),
}
IMPACTS = {
    Impact.NONE: to_translate("No impact"),
    Impact.MINOR: to_translate("Minor impact"),
    Impact.MAJOR: to_translate("Major impact"),
    Impact.CRITICAL: to_translate("Critical impact"),
}
PLANNED = to_translate("Planned")
IN_PROGRESS = to_translate("In progress")
COMPLETED = to_translate("Completed")
CANCELLED = to_translate("Cancelled")
POSTMORTEM = to_translate("Postmortem")
_STATES = (*PHASES.values(), *IMPACTS.values(), PLANNED, IN_PROGRESS, COMPLETED, CANCELLED, POSTMORTEM)


def own_states(language: Language) -> frozenset[str]:
    """Return the words for states, each of which occurs as a whole text only."""
    return frozenset({*map(language.text, _STATES), INCIDENT, MAINTENANCE})


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

    `state` is its present state in words of the language, which code compares with none: `is_planned`, `is_over` and
    `is_cancelled` say what matters. `impact` is in words too, and `severity` the same as a value of Impact. `since` is
    when it began or will begin, `until` when it ended or will end. `text` is the newest text. `updates` are the newest
    first. `published` and `changed` are when it was announced and when it last changed.
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
    severity: str = ""
    components: tuple[str, ...] = ()
    postmortem: str = ""
    # Those of the components that work again, while an incident of the job has no title of a person.
    restored: tuple[str, ...] = ()
    # Whether the title is the program's own; the names in it were searched on their own.
    own_title: bool = False
    is_planned: bool = False
    is_cancelled: bool = False

    def last_day(self, today: date) -> date:
        """Return the last day on which it was in progress, `today` if it still is."""
        if self.until is None:
            return today
        # What ends at midnight is not in progress on the day that begins.
        return max(self.since, self.until - timedelta(microseconds=1)).date()

    @property
    def details_changed(self) -> datetime | None:
        """When an open incident's details changed after its last update, or None."""
        has_changed = self.kind == INCIDENT and not self.is_over and self.changed > self.updates[0].time
        return self.changed if has_changed else None

    def concerns(self, component: str) -> bool:
        """Whether it concerns a component. Without components, it concerns them all."""
        return not self.components or component in self.components


def public_announcements(publication: Publication) -> list[PublicAnnouncement]:
    """Return all announcements that are kept, the latest beginning first."""
    return sorted(_all(publication), key=lambda one: (one.since, one.identifier), reverse=True)


def _all(publication: Publication) -> Iterator[PublicAnnouncement]:
    given, language = publication.announcements, publication.language
    for incident in given.incidents:
        yield _of_incident(incident, language)
    for window in given.maintenance:
        yield _of_window(window, publication.as_of, language)
    for window in given.cancelled:
        yield _of_window(window, publication.as_of, language, cancelled=True)


def _of_incident(incident: Incident, language: Language) -> PublicAnnouncement:
    said = tuple(replace(one, text=translated(one.text, language)) for one in incident.updates)
    incident = replace(incident, updates=said)
    updates = tuple(PublicUpdate(one.time, language.text(PHASES[one.phase]), one.text) for one in reversed(said))
    postmortem = incident.postmortem
    return PublicAnnouncement(
        INCIDENT,
        incident.identifier,
        title_of(incident, language),
        language.text(PHASES[incident.phase]),
        incident.opened,
        incident.resolved,
        incident.resolved is not None,
        updates[0].text,
        updates,
        incident.opened,
        incident.last_change,
        language.text(IMPACTS[incident.impact]),
        incident.impact.value,
        incident.components,
        postmortem.text if postmortem else "",
        () if incident.title else incident.restored,
        not incident.title and bool(unavailable(incident, language)),
    )


def _of_window(
    window: Maintenance, now: datetime, language: Language, *, cancelled: bool = False
) -> PublicAnnouncement:
    text = translated(window.text, language)
    updates = list(_updates(replace(window, text=text), now, language, cancelled=cancelled))
    return PublicAnnouncement(
        MAINTENANCE,
        window.identifier,
        title_of_work(window, language),
        updates[0].state,
        window.since,
        window.until,
        cancelled or window.until <= now,
        text,
        tuple(updates),
        updates[-1].time,
        max(changed(window, now), updates[0].time),
        components=window.components,
        own_title=not window.title,
        is_planned=window.since > now and not cancelled,
        is_cancelled=cancelled,
    )


def _updates(window: Maintenance, now: datetime, language: Language, *, cancelled: bool) -> Iterator[PublicUpdate]:
    if cancelled:
        yield PublicUpdate(window.changed or window.since, language.text(CANCELLED), "")
    elif window.until <= now:
        yield PublicUpdate(window.until, language.text(COMPLETED), "")
    if window.since <= now and not cancelled:
        yield PublicUpdate(window.since, language.text(IN_PROGRESS), "")
    yield PublicUpdate(min(announced(window), window.since, now), language.text(PLANNED), window.text)
