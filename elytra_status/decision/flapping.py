# SPDX-License-Identifier: MIT
"""Find monitors that flap between up and bad (down, pending). Pure.

A flapping monitor counts as degraded, even while it is up, and does not make an outage each time it is down. That must
not hide a real outage at the end of the flapping: a bad state that has lasted twice as long as the longest one before
it, or longer than LONGEST_FLAP, is no flap any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from elytra_status.decision.rules import Rules
from elytra_status.model import BAD_STATES, Monitor, State

# Shorter than the time between two runs, so that the run after a confirmed failure reports it at the latest.
LONGEST_FLAP = timedelta(minutes=5)
_SIDES = BAD_STATES | {State.UP}


class Spell(NamedTuple):
    """A period in which a monitor was up, or was bad, until the next one begins."""

    began: datetime
    bad: bool


def spells(monitor: Monitor, now: datetime) -> list[Spell]:
    """Return the periods that the heartbeats show, oldest first, up to now.

    The beginning of the first one is not known. Maintenance and unknown states are neither up nor bad.
    """
    found: list[Spell] = []
    before: State | None = None
    for time, state in monitor.heartbeats:
        # Most states do not change, and there may be a hundred thousand heartbeats.
        if state is before:
            continue
        before, bad = state, state in BAD_STATES
        if (bad or state is State.UP) and (not found or found[-1].bad is not bad):
            found.append(Spell(time, bad))
    if monitor.state in _SIDES and found and found[-1].bad is not (monitor.state in BAD_STATES):
        found.append(Spell(now, monitor.state in BAD_STATES))
    return found


def changes(monitor: Monitor, now: datetime, rules: Rules) -> int:
    """Return how often a monitor has changed within `flap_within`."""
    return len(_recent(spells(monitor, now), now, rules))


def is_flapping(monitor: Monitor, now: datetime, rules: Rules) -> bool:
    """Whether a monitor has changed too often for its present state to be believed."""
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
