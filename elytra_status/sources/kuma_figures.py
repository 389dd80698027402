# SPDX-License-Identifier: MIT
"""Which of Uptime Kuma's uptime figures are figures.

For a window without any evidence Kuma gives 0 (2.x) or 1 (1.23), as for one with maintenance alone;
both are also what a monitor has that was always down or always up. Only the beats tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from elytra_status.model import BAD_STATES, Beat, State

WINDOWS = {"last_24h": timedelta(hours=24), "last_7d": timedelta(days=7), "last_30d": timedelta(days=30)}


@dataclass(frozen=True)
class Seen:
    """Whether something was seen up, and seen down or pending, within a window."""

    up: bool
    bad: bool


def seen(beats: tuple[Beat, ...], state: State, window: timedelta, now: datetime) -> Seen:
    """Return what the listed beats show of a window; where no beats are known, what the present state shows."""
    states = {beat.state for beat in beats if now - window <= beat.time} if beats else {state}
    return Seen(up=State.UP in states, bad=bool(states & BAD_STATES))


def first_figure(candidates: Iterable[Fraction | None], evidence: Seen) -> Fraction | None:
    """Return the first of some shares that the evidence bears out, or None.

    A share between 0 and 1 can only come from counting. One of 0 needs something bad and nothing up to
    be seen in the window, and one of 1 (or which may be 1 rounded) needs something up.
    """
    for share in candidates:
        if share is None:
            continue
        if share == 0 and not (evidence.bad and not evidence.up):
            continue
        if share >= Fraction("0.9995") and not evidence.up:
            continue
        return share
    return None
