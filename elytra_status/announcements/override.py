# SPDX-License-Identifier: MIT
"""The status that a person sets by hand until some time. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from elytra_status.model import Announcements, Override

# Longer than a weekend. An override that was forgotten must end by itself.
LONGEST = timedelta(days=7)
# One that begins further ahead was set while the clock was wrong, and would wait for that time to come. A clock
# that took a zone for UTC is off by less, and ends nothing that somebody has just said.
AHEAD = timedelta(days=1)


def in_force(announcements: Announcements, now: datetime) -> Override | None:
    """Return the override that is in force, None if there is none, or it has run out or begins far ahead."""
    override = announcements.override
    return override if override is not None and override.since - AHEAD <= now < override.until else None


def set_to(announcements: Announcements, override: Override) -> Announcements:
    """Return the announcements with another override, which replaces an earlier one."""
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
