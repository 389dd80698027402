# SPDX-License-Identifier: MIT
"""How Uptime Kuma counts uptime: 2.x counts heartbeats, 1.23 adds up the seconds between them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.incidents.checks import DOWN, MAINTENANCE, PENDING, UP, Check
from tests.incidents.truth import Timeline

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """A length of time up to now. In 2.x it ends with the current unit: minutes, hours or days."""

    length: timedelta
    unit: timedelta


LIST_24H = RATIO_1D = Window(_DAY, _MINUTE)
RATIO_30D = Window(30 * _DAY, _DAY)
BADGES = {hours: Window(hours * _HOUR, _HOUR) for hours in (24, 168, 720)}


def uptime(version: str, checks: Sequence[Check], timeline: Timeline, now: datetime, window: Window) -> Fraction:
    """Return Uptime Kuma's figure for a window, from all heartbeats that it has stored."""
    if version.startswith("v1"):
        return _of_seconds(checks, (now - window.length - timeline.began).total_seconds())
    ends = now - timedelta(seconds=(now - datetime.min.replace(tzinfo=now.tzinfo)) % window.unit / _SECOND)
    begins = (ends + window.unit - window.length - timeline.began).total_seconds()
    return _of_heartbeats(check.status for check in checks if check.time >= begins)


_SECOND = timedelta(seconds=1)


def _of_heartbeats(statuses: Iterable[int]) -> Fraction:
    counted = [status == UP for status in statuses if status in (UP, DOWN, PENDING)]
    return Fraction(sum(counted), len(counted)) if counted else Fraction(0)


def _of_seconds(checks: Sequence[Check], begins: float) -> Fraction:
    """A heartbeat stands for the time since the one before. Without any, 1 means that it was up at first."""
    up = total = Fraction(0)
    for before, check in itertools.pairwise(checks):
        seconds = Fraction(max(0.0, check.time - max(before.time, begins)))
        total += seconds
        up += seconds if check.status in (UP, MAINTENANCE) else 0
    return up / total if total else Fraction(bool(checks) and checks[0].status == UP)
