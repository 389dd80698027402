# SPDX-License-Identifier: MIT
"""Work on the platform that a person announces: before it, while it lasts, and for the figures afterwards. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from elytra_status.announcements.identifiers import take
from elytra_status.errors import UsageError
from elytra_status.model import Announcements, Maintenance

# While it lasts nothing is an outage: a date that was mistyped must not make months of it.
LONGEST = timedelta(days=7)
FURTHEST = timedelta(days=366)
# All that is to come is published. Visitors read some windows, and not a calendar of a year.
MOST = 20


def current(announcements: Announcements, now: datetime) -> tuple[Maintenance, ...]:
    """Return the windows that last at a moment, the first that began first."""
    return tuple(window for window in _sorted(announcements) if window.since <= now < window.until)


def to_come(announcements: Announcements, now: datetime) -> tuple[Maintenance, ...]:
    """Return the windows that have not begun at a moment, the next first."""
    return tuple(window for window in _sorted(announcements) if now < window.since)


def concerned(window: Maintenance, components: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    """Return the keys of the monitors that a window concerns, None where those are all; `components` are keys by name.

    A component that is not there any more has none: what it was is not known, and nothing may be hidden by a guess.
    """
    if not window.components:
        return None
    return frozenset().union(*(components.get(name, frozenset()) for name in window.components))


def _sorted(announcements: Announcements) -> list[Maintenance]:
    return sorted(announcements.maintenance, key=lambda window: (window.since, window.identifier))


def add(announcements: Announcements, window: Maintenance, now: datetime) -> Announcements:
    """Return the announcements with one more window, which gets an identifier. Raise UsageError if there are many."""
    if len(current(announcements, now)) + len(to_come(announcements, now)) >= MOST:
        raise UsageError(
            f"{MOST} windows of maintenance are announced already",
            "announce this one later, or take one out: elytra-status maintenance list",
        )
    announcements, identifier = take(announcements, now)
    added = replace(window, identifier=identifier, announced=now)
    return replace(announcements, maintenance=(*announcements.maintenance, added))


def find(announcements: Announcements, identifier: str, now: datetime) -> Maintenance:
    """Return the window of that identifier. Raise UsageError where there is none, or it is over."""
    for window in announcements.maintenance:
        if window.identifier == identifier and now < window.until:
            return window
        if window.identifier == identifier:
            raise UsageError(
                "that maintenance is over", "it stays in the record, as its downtime is left out of the figures"
            )
    raise UsageError("there is no maintenance with this ID", "run elytra-status maintenance list")


def remove(announcements: Announcements, identifier: str, now: datetime) -> Announcements:
    """Return the announcements with a window cancelled, or with its end now where it has begun.

    Raise UsageError where there is none of that identifier, or it is over.
    """
    window = find(announcements, identifier, now)
    changed = replace(window, changed=now, changes=window.changes + 1)
    others = tuple(one for one in announcements.maintenance if one.identifier != identifier)
    if window.since < now:
        return replace(announcements, maintenance=(*others, replace(changed, until=now)))
    return replace(announcements, maintenance=others, cancelled=(*announcements.cancelled, changed))
