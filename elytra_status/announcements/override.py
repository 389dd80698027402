# SPDX-License-Identifier: MIT
"""The override: a status that a person sets until a given time. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from elytra_status.model import Announcements, Override

# Longer than a weekend. A forgotten override must end by itself.
LONGEST = timedelta(days=7)
# An override that begins later than this was set while the clock was wrong, and would wait for that time. A clock that
# takes local time for UTC is wrong by less than a day, and does not end an override that somebody has just set.
AHEAD = timedelta(days=1)


def in_force(announcements: Announcements, now: datetime) -> Override | None:
    """Return the override in force; None if there is none.

    An override that has run out, or that begins more than AHEAD in the future, is not in force.
    """
    override = announcements.override
    return override if override is not None and override.since - AHEAD <= now < override.until else None


def set_to(announcements: Announcements, override: Override) -> Announcements:
    """Return the announcements with this override in place of an earlier one."""
    return replace(_without(announcements, override.since, override.by), override=override)


def clear(announcements: Announcements, now: datetime, by: str) -> Announcements:
    """Return the announcements without an override."""
    return _without(announcements, now, by)


def run_out(announcements: Announcements, now: datetime) -> Announcements:
    """Return the announcements without an override that has run out."""
    return announcements if in_force(announcements, now) else _without(announcements, now, "")


def _without(announcements: Announcements, now: datetime, by: str) -> Announcements:
    override = announcements.override
    if override is None:
        return announcements
    if now < override.until:
        ended = replace(override, ended=now.replace(microsecond=0), ended_by=by)
    else:
        ended = replace(override, ended=override.until)
    return replace(announcements, override=None, past_overrides=(*announcements.past_overrides, ended))
