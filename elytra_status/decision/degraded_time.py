# SPDX-License-Identifier: MIT
"""How long of each day a published status was degraded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from elytra_status.model import Change, Maintenance, PlatformStatus

_Span = tuple[datetime, datetime]


def degraded_by_day(
    changes: Sequence[Change], maintenance: Iterable[Maintenance], now: datetime, days: Iterable[date]
) -> dict[date, int]:
    """Return how many seconds of each UTC day the status was degraded.

    Announced maintenance does not count: `maintenance` are the windows that concern the platform or component.
    `changes` are oldest first; the last one holds until `now`. The time before the first one is not known.
    """
    ends = [*(change.time for change in changes), now]
    spans = [
        (since, until)
        for change, (since, until) in zip(changes, pairwise(ends), strict=True)
        if change.status is PlatformStatus.DEGRADED and not change.in_maintenance
    ]
    for window in maintenance:
        spans = [part for span in spans for part in _without(span, (window.since, window.until))]
    return {day: sum(_seconds(span, day) for span in spans) for day in days}


def _without(span: _Span, other: _Span) -> list[_Span]:
    parts = ((span[0], min(span[1], other[0])), (max(span[0], other[1]), span[1]))
    return [part for part in parts if part[0] < part[1]]


def _seconds(span: _Span, day: date) -> int:
    start = datetime.combine(day, time(), UTC)
    inside = min(span[1], start + timedelta(days=1)) - max(span[0], start)
    return max(0, int(inside.total_seconds()))
