# SPDX-License-Identifier: MIT
"""Announcements: the override, maintenance, and open incidents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from elytra_status.announcements import store
from elytra_status.announcements.incidents import ongoing
from elytra_status.announcements.override import in_force
from elytra_status.doctor.finding import Area, Context, Finding, Level, of_error, ok, warning
from elytra_status.errors import AnnouncementsError
from elytra_status.system.clock import for_people, to_text

# An incident that has been open for this long may have been forgotten.
LONG = timedelta(days=1)


def checks(context: Context) -> Iterator[Finding]:
    """Yield the announcements that hold now or are to come."""
    now = context.clock.now()
    try:
        announcements = store.read(context.state_directory)
    except AnnouncementsError as error:
        yield of_error(Level.FAULT, "announcements", error, "nothing is published meanwhile")
        return
    if override := in_force(announcements, now):
        left = for_people((override.until - now).total_seconds())
        yield warning(
            "override",
            f"the published status is set by hand: {override.status.value}, until {to_text(override.until)} ({left})",
            "run elytra-status override clear when it no longer applies",
        )
    else:
        yield ok("override", "none")
    coming = [one for one in announcements.maintenance if now < one.until]
    begun = [one for one in coming if one.since <= now]
    yield ok("maintenance", f"{len(begun)} under way, {len(coming) - len(begun)} to come" if coming else "none")
    open_ones = ongoing(announcements)
    forgotten = [one for one in open_ones if not one.automatic and now - one.updates[-1].time > LONG]
    if not forgotten:
        yield ok("incidents", f"{len(open_ones)} open" if open_ones else "none is open")
    for one in forgotten:
        age = for_people((now - one.updates[-1].time).total_seconds())
        yield warning(
            "incidents",
            f"incident {one.identifier} is open, and has had no update for {age}",
            f"elytra-status incident resolve {one.identifier}, if it is over; otherwise elytra-status incident update",
        )


AREA = Area("announcements", checks, needs_settings=False)
