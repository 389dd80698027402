# SPDX-License-Identifier: MIT
"""Ends, updates and removes announcements as time passes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from elytra_status.announcements import incidents, override
from elytra_status.model import Announcements, Decision
from elytra_status.system.clock import to_text

# How long past announcements are kept.
KEPT = timedelta(days=400)


@dataclass(frozen=True)
class AnnouncementEvent:
    """An event of an announcement for the journal: its message and its fields."""

    message: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """The announcements as of `now`, and the events that led there."""

    now: datetime
    announcements: Announcements
    events: tuple[AnnouncementEvent, ...]


def progress(
    announcements: Announcements,
    decision: Decision,
    now: datetime,
    incident_text: str | None,
    *,
    clock_is_confirmed: bool = False,
) -> Progress:
    """Return the announcements after a decision, and the events for the journal.

    An override that has run out ends, incidents follow the status (see `incidents.follow`), and announcements that
    ended before KEPT are removed. If servers confirm the clock, future dates that the job set by a wrong clock are
    removed.
    """
    events = []
    if clock_is_confirmed:
        before, announcements = announcements, incidents.without_future(announcements, now)
        if announcements is not before:
            words = "incidents: dates made by a wrong clock are taken back"
            events.append(AnnouncementEvent(words, {"event": "incident-dates"}))
    after = override.run_out(announcements, now)
    if after is not announcements:
        ended = after.past_overrides[-1]
        how = f"has run out at {to_text(ended.until)}"
        if now < ended.until:
            how = f"is of {to_text(ended.since)}, when the clock was wrong, and no longer counts"
        events.append(
            AnnouncementEvent(
                f"the override set by {ended.by or 'somebody'} to {ended.status.value} {how}; the status is"
                f" {decision.status.value}",
                {"event": "override-ended", "status": ended.status.value, "by": ended.by},
            )
        )
    before, after = after, incidents.follow(after, decision, now, incident_text)
    events += _changes(before, after)
    return Progress(now, _forget(after, now - KEPT), tuple(events))


def _changes(before: Announcements, after: Announcements) -> Iterator[AnnouncementEvent]:
    """Yield an event for each incident that the job has changed."""
    were = {incident.identifier: incident for incident in before.incidents}
    for incident in after.incidents:
        was = were.get(incident.identifier)
        if incident == was:
            continue
        if incident.resolved:
            what = "resolved"
        elif was is None:
            what = "opened"
        else:
            what = "opened again" if was.resolved else "updated"
        fields = {"event": f"incident-{what.replace(' ', '-')}", "incident": incident.identifier}
        # The text is left out, because it may contain a name and the journal has more readers.
        yield AnnouncementEvent(f"incident {incident.identifier} {what} by the job", fields)


def _forget(announcements: Announcements, before: datetime) -> Announcements:
    """Return the announcements without those that ended before a moment."""
    return replace(
        announcements,
        maintenance=tuple(window for window in announcements.maintenance if window.until >= before),
        incidents=tuple(one for one in announcements.incidents if one.resolved is None or one.resolved >= before),
        past_overrides=tuple(one for one in announcements.past_overrides if (one.ended or one.until) >= before),
        cancelled=tuple(window for window in announcements.cancelled if window.until >= before),
    )
