# SPDX-License-Identifier: MIT
"""How long the published status was degraded on each day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from elytra_status.decision.degraded_time import degraded_by_day
from elytra_status.model import Change, Maintenance, PlatformStatus

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = [date(2025, 11, 8), date(2025, 11, 9), date(2025, 11, 10)]
DEGRADED, OPERATIONAL, OUTAGE = PlatformStatus.DEGRADED, PlatformStatus.OPERATIONAL, PlatformStatus.OUTAGE


def hours(*changes: Change, maintenance: tuple[Maintenance, ...] = ()) -> list[float]:
    found = degraded_by_day(changes, maintenance, NOW, DAYS)
    return [found[day] / 3600 for day in DAYS]


def test_a_span_counts_on_each_day_that_it_touches() -> None:
    began, ended = datetime(2025, 11, 8, 22, tzinfo=UTC), datetime(2025, 11, 9, 1, tzinfo=UTC)
    assert hours(Change(began, DEGRADED), Change(ended, OPERATIONAL)) == [2, 1, 0]


def test_what_is_degraded_still_counts_until_now() -> None:
    assert hours(Change(NOW - 40 * HOUR, DEGRADED)) == [0.5, 24, 15.5]


def test_nothing_but_degraded_counts() -> None:
    assert hours(Change(NOW - 5 * HOUR, OUTAGE), Change(NOW - HOUR, DEGRADED), Change(NOW, OPERATIONAL)) == [0, 0, 1]
    assert hours() == [0, 0, 0]


def test_a_component_in_maintenance_is_not_degraded() -> None:
    changes = (Change(NOW - 5 * HOUR, DEGRADED), Change(NOW - 4 * HOUR, DEGRADED, in_maintenance=True))
    assert hours(*changes, Change(NOW - HOUR, DEGRADED)) == [0, 0, 2]


def test_announced_maintenance_is_taken_out_of_the_middle() -> None:
    window = Maintenance("1", "", NOW - 3 * HOUR, NOW - 2 * HOUR)
    assert hours(Change(NOW - 5 * HOUR, DEGRADED), maintenance=(window,)) == [0, 0, 4]
    whole = Maintenance("2", "", NOW - 9 * HOUR, NOW + HOUR)
    assert hours(Change(NOW - 5 * HOUR, DEGRADED), maintenance=(window, whole)) == [0, 0, 0]
