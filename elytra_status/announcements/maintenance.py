# SPDX-License-Identifier: MIT
"""Announced maintenance: to come, in progress, and completed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from elytra_status.announcements.identifiers import take
from elytra_status.announcements.translations import merged
from elytra_status.errors import UsageError
from elytra_status.model import Announcements, Maintenance, Translations

# During maintenance nothing counts as an outage, so a mistyped date must not last for months.
LONGEST = timedelta(days=7)
FURTHEST = timedelta(days=366)
# All maintenance to come is published. Visitors read a few windows, not the calendar of a year.
MOST = 20


def current(announcements: Announcements, now: datetime) -> tuple[Maintenance, ...]:
    """Return the windows in progress at `now`, the earliest first."""
    return tuple(window for window in _sorted(announcements) if window.since <= now < window.until)


def to_come(announcements: Announcements, now: datetime) -> tuple[Maintenance, ...]:
    """Return the windows that begin after `now`, the next first."""
    return tuple(window for window in _sorted(announcements) if now < window.since)


def concerned(window: Maintenance, components: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    """Return the keys of the monitors that a window covers; None if it covers all.

    `components` maps the name of a component to the keys of its monitors. A component that no longer exists has no
    monitors: nobody knows which they were, and a guess must not hide an outage.
    """
    if not window.components:
        return None
    return frozenset().union(*(components.get(name, frozenset()) for name in window.components))


def _sorted(announcements: Announcements) -> list[Maintenance]:
    return sorted(announcements.maintenance, key=lambda window: (window.since, window.identifier))


def add(announcements: Announcements, window: Maintenance, now: datetime) -> Announcements:
    """Return the announcements with a window added, under a new identifier.

    Raise UsageError if MOST windows are announced already.
    """
    if len(current(announcements, now)) + len(to_come(announcements, now)) >= MOST:
        raise UsageError(
            f"{MOST} windows of maintenance are announced already",
            "announce this one later, or take one out: elytra-status maintenance list",
        )
    announcements, identifier = take(announcements, now)
    added = replace(window, identifier=identifier, announced=now)
    return replace(announcements, maintenance=(*announcements.maintenance, added))


def find(announcements: Announcements, identifier: str, now: datetime) -> Maintenance:
    """Return a window that is not over.

    Raise UsageError if no window has this identifier, or if it is over.
    """
    for window in announcements.maintenance:
        if window.identifier == identifier and now < window.until:
            return window
        if window.identifier == identifier:
            raise UsageError(
                "that maintenance is over", "it stays in the record, as its downtime is left out of the figures"
            )
    raise UsageError("there is no maintenance with this ID", "run elytra-status maintenance list")


@dataclass(frozen=True)
class NewTexts:
    """Corrected texts of maintenance; None leaves one unchanged.

    `texts` and `titles` are translations, '' to remove one. A new text or title removes its earlier translations.
    """

    text: str | None = None
    title: str | None = None
    texts: Translations = ()
    titles: Translations = ()

    def of(self, window: Maintenance) -> Maintenance:
        """Return a window with these texts."""
        text = window.text if self.text is None else self.text
        title = window.title if self.title is None else self.title
        return replace(
            window,
            text=text,
            title=title,
            texts=merged(window.texts if text == window.text else (), self.texts),
            titles=merged(window.titles if title == window.title else (), self.titles),
        )


def update(announcements: Announcements, identifier: str, texts: NewTexts, now: datetime) -> Announcements:
    """Return the announcements with other texts for a window.

    Raise UsageError if no window has this identifier, or if it is over.
    """
    window = find(announcements, identifier, now)
    changed = replace(texts.of(window), changed=now, changes=window.changes + 1)
    return replace(
        announcements,
        maintenance=tuple(changed if one.identifier == identifier else one for one in announcements.maintenance),
    )


def remove(announcements: Announcements, identifier: str, now: datetime) -> Announcements:
    """Return the announcements with a window cancelled, or ended if it has begun.

    Raise UsageError if no window has this identifier, or if it is over.
    """
    window = find(announcements, identifier, now)
    changed = replace(window, changed=now, changes=window.changes + 1)
    others = tuple(one for one in announcements.maintenance if one.identifier != identifier)
    if window.since < now:
        return replace(announcements, maintenance=(*others, replace(changed, until=now)))
    return replace(announcements, maintenance=others, cancelled=(*announcements.cancelled, changed))
