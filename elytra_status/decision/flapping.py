# SPDX-License-Identifier: MIT
"""Which monitors flap: change between up and bad (down, pending) so often that each change means little. Pure.

A monitor that flaps counts as degraded, also while it is up, and not as an outage each time that it is
down. That must not hide the outage which a flapping service ends in: a bad state that has lasted twice
as long as the longest one before it, or LONGEST_FLAP, is no flap any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from elytra_status.decision.rules import Rules
from elytra_status.model import BAD_STATES, Monitor, State

# Shorter than the time between two runs, so that the run after a confirmed failure tells of it at the latest.
LONGEST_FLAP = timedelta(minutes=5)
_SIDES = BAD_STATES | {State.UP}


class Spell(NamedTuple):
    """A time in which a monitor was up, or was not: it lasts to the beginning of the next one."""

    began: datetime
    bad: bool


def spells(monitor: Monitor, now: datetime) -> list[Spell]:
    """Return what the heartbeats show, oldest first, and at the end the present state.

    Of the first the beginning is not
    known. Maintenance and what is unknown are neither up nor bad.
    """
    found: list[Spell] = []
    before: State | None = None
    for time, state in monitor.heartbeats:
        # Mostly nothing changes, and there may be a hundred thousand heartbeats.
        if state is before:
            continue
        before, bad = state, state in BAD_STATES
        if (bad or state is State.UP) and (not found or found[-1].bad is not bad):
            found.append(Spell(time, bad))
    if monitor.state in _SIDES and found and found[-1].bad is not (monitor.state in BAD_STATES):
        found.append(Spell(now, monitor.state in BAD_STATES))
    return found


def changes(monitor: Monitor, now: datetime, rules: Rules) -> int:
    """Return how often a monitor has changed of late."""
    return len(_recent(spells(monitor, now), now, rules))


def is_flapping(monitor: Monitor, now: datetime, rules: Rules) -> bool:
    """Whether a monitor has changed too often of late for its present state to be believed."""
    if monitor.state not in _SIDES:
        return False
    found = spells(monitor, now)
    recent = _recent(found, now, rules)
    if len(recent) <= rules.flap_changes:
        return False
    if monitor.state is State.UP:
        return True
    flaps = [later.began - spell.began for spell, later in pairwise(found) if spell.bad and later in recent]
    return now - found[-1].began <= min(2 * max(flaps, default=timedelta(0)), LONGEST_FLAP)


def _recent(found: list[Spell], now: datetime, rules: Rules) -> list[Spell]:
    return [spell for spell in found[1:] if now - spell.began < rules.flap_within]
