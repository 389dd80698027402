# SPDX-License-Identifier: MIT
"""The past of a group of monitors by days and windows, at every time of the day."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest

from elytra_status.history import uptime
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, AnnouncedSpans, Tally
from elytra_status.history.uptime import ALL_DAYS, Measured, Past
from tests.remembering import in_memory

MIDNIGHT = 20_000 * DAY
TODAY = date(2024, 10, 4)
ONE = Fraction(1)


def past(
    connection: sqlite3.Connection, now: int, maintenance: AnnouncedSpans = NOTHING_ANNOUNCED, *, minimum: bool = False
) -> Past:
    """Return the past of all watched monitors in all days that are shown, and in the last day."""
    kept = uptime.read_days(connection, now, maintenance, [None])
    windows = {ALL_DAYS: uptime.in_all_days(kept), "last_24h": uptime.in_window(kept, now - DAY)}
    return uptime.past_of_group(kept, windows, None, minimum=minimum)


def monitors(count: int) -> list[tuple[object, ...]]:
    return [(number, f"kuma:{number}", "", MIDNIGHT) for number in range(1, count + 1)]


def up_since(first: int, last: int, number: int = 1, state: int = 1) -> tuple[int, ...]:
    return (number, first, last, state, 60)


@pytest.mark.parametrize(
    ("seconds", "today"),
    [
        (0, Measured(None, Fraction(0), Tally())),
        (1, Measured(ONE, ONE, Tally(1))),
        (HOUR, Measured(ONE, ONE, Tally(HOUR))),
        (DAY - 1, Measured(ONE, ONE, Tally(DAY - 1))),
    ],
)
def test_today_is_what_has_passed_of_it(seconds: int, today: Measured) -> None:
    now = MIDNIGHT + seconds
    with in_memory(monitors=monitors(1), spans=[up_since(MIDNIGHT - DAY, now)]) as connection:
        found = past(connection, now)
    assert list(found.days)[-2:] == [date(2024, 10, 3), TODAY]
    assert found.days[TODAY] == today
    assert found.days[date(2024, 10, 3)] == Measured(ONE, ONE, Tally(DAY))
    assert len(found.days) == 90
    assert found.windows[ALL_DAYS].seconds == Tally(DAY + seconds)
    assert found.windows[ALL_DAYS].observed == Fraction(DAY + seconds, 89 * DAY + seconds)
    assert found.windows["last_24h"] == Measured(ONE, ONE, Tally(DAY))
    assert found.watched


def test_a_period_of_no_length_was_not_observed() -> None:
    assert uptime.measured(Tally(), 0) == Measured(None, Fraction(0), Tally())
    assert uptime.measured(Tally(1), 1) == Measured(ONE, ONE, Tally(1))
    assert uptime.measured(Tally(1, 0, 2), 4) == Measured(ONE, Fraction(3, 4), Tally(1, 0, 2))
    assert uptime.measured(Tally(1), 4) == Measured(None, Fraction(1, 4), Tally(1))


def test_the_day_on_which_the_rollups_end_is_made_of_both() -> None:
    now, until = MIDNIGHT + 12 * HOUR, MIDNIGHT - 2 * DAY + 12 * HOUR
    hours = [(until // HOUR - hour, 1, 0, HOUR, 0, 0) for hour in range(1, 37)]
    days = [(until // DAY - 1, 1, 0, DAY, 0, 0), (until // DAY, 1, 0, 12 * HOUR, 0, 0)]
    # The span begins before that, and rollups know better.
    tables = {"hours": hours, "days": days, "spans": [up_since(until - DAY, now)], "about": [("summed_until", until)]}
    with in_memory(monitors=monitors(1), **tables) as connection:
        announced = AnnouncedSpans(parts={"kuma:1": [(until, until + HOUR)]})
        found = past(connection, now, announced)
    assert [found.days[date(2024, 10, day)].seconds for day in (1, 2, 3)] == [
        Tally(0, DAY),
        Tally(11 * HOUR, 12 * HOUR, HOUR),
        Tally(DAY),
    ]
    assert found.windows[ALL_DAYS].seconds == Tally(47 * HOUR, 36 * HOUR, HOUR)


def test_a_window_that_begins_within_the_rollups_begins_with_a_full_hour() -> None:
    now = MIDNIGHT + 30 * 60
    tables = {"days": [(now // DAY - 3, 1, HOUR, 0, 0, 0)], "about": [("summed_until", MIDNIGHT - 2 * DAY)]}
    with in_memory(monitors=monitors(1), **tables) as connection:
        kept = uptime.read_days(connection, now, NOTHING_ANNOUNCED, [None])
        assert uptime.in_window(kept, now - 3 * DAY) == (3 * DAY + 30 * 60, {1: Tally(HOUR)})
        assert uptime.in_window(kept, now - 2 * DAY) == (2 * DAY, {1: Tally()})
        assert uptime.in_window(kept, now - 2 * DAY - 40 * 60) == (2 * DAY + 90 * 60, {1: Tally()})


def test_days_that_are_not_shown_count_in_no_window() -> None:
    tables = {"about": [("summed_until", MIDNIGHT - 120 * DAY)], "spans": [up_since(MIDNIGHT - 99 * DAY, MIDNIGHT)]}
    with in_memory(monitors=monitors(1), **tables) as connection:
        found = past(connection, MIDNIGHT)
    assert found.windows[ALL_DAYS].seconds == Tally(89 * DAY)
    assert found.windows[ALL_DAYS].observed == 1


def test_whole_days_that_were_read_before_are_read_again_only_if_others_are_over() -> None:
    with in_memory(monitors=monitors(1), about=[("summed_until", MIDNIGHT - DAY)]) as connection:
        whole = uptime.read_days(connection, MIDNIGHT, NOTHING_ANNOUNCED, [None]).whole
        assert uptime.read_days(connection, MIDNIGHT, NOTHING_ANNOUNCED, [None], whole).whole is whole
        connection.execute("UPDATE about SET value = ?", (MIDNIGHT,))
        later = uptime.read_days(connection, MIDNIGHT, NOTHING_ANNOUNCED, [None], whole).whole
        assert later.days.stop == whole.days.stop + 1


def test_a_past_shows_no_name() -> None:
    assert "Acme" not in repr(Past("kuma:1", "Acme", True, {}, {}))


# Several monitors

DAY_OF = MIDNIGHT // DAY - 20


def together(
    days: Sequence[tuple[int, ...]],
    count: int,
    *,
    spans: Sequence[tuple[int, ...]] = (),
    minimum: bool = False,
) -> Past:
    """Return the past of monitors of which these days are rolled up: number of day, monitor, up, down, maintenance."""
    tables = {"days": [(*one, 0) for one in days], "spans": spans, "about": [("summed_until", MIDNIGHT - 2 * DAY)]}
    with in_memory(monitors=monitors(count), **tables) as connection:
        return past(connection, MIDNIGHT, minimum=minimum)


def test_seconds_of_several_monitors_are_their_mean_in_whole_seconds() -> None:
    days = [
        (DAY_OF, 1, DAY - 10, 10, 0),
        (DAY_OF, 2, DAY - 35, 35, 0),
        (DAY_OF, 3, DAY - 1000, 0, 1000),
        (DAY_OF - 1, 1, 1, 0, 0),
        (DAY_OF - 1, 2, 1, 0, 0),
        (DAY_OF - 1, 3, 1, 0, 0),
    ]
    day = uptime.date_of(DAY_OF)
    assert together(days, 3).days[day] == Measured(
        (Fraction(DAY - 10, DAY) + Fraction(DAY - 35, DAY) + 1) / 3, ONE, Tally(DAY - 349, 15, 333)
    )
    assert together(days, 3, minimum=True).days[day].ratio == Fraction(DAY - 35, DAY)


def test_monitors_that_were_observed_alike_count_each() -> None:
    now = MIDNIGHT + HOUR
    spans = [
        up_since(MIDNIGHT, MIDNIGHT + 1800, 1),
        (1, MIDNIGHT + 1801, now, 0, 60),
        *(up_since(MIDNIGHT, now, number) for number in (2, 3)),
    ]
    announced = AnnouncedSpans([(MIDNIGHT, MIDNIGHT + 601)])
    with in_memory(monitors=monitors(3), spans=spans) as connection:
        mean, least = (past(connection, now, announced, minimum=minimum).days[TODAY] for minimum in (False, True))
    assert mean.seconds == Tally(HOUR - 601 - 1799 // 3 - 1, 1799 // 3, 601)
    assert mean.observed == 1
    assert least.ratio == Fraction(1200, HOUR - 601)


@pytest.mark.parametrize(
    ("up", "maintenance", "ratio"),
    [(DAY // 2, 0, 1), (DAY // 2 - 1, 0, None), (1, DAY // 2 - 1, 1), (1, DAY // 2 - 2, None)],
)
def test_a_day_is_known_if_half_of_it_was_observed(up: int, maintenance: int, ratio: int | None) -> None:
    found = together([(DAY_OF, 1, up, 0, maintenance), (DAY_OF - 1, 1, 1, 0, 0)], 1)
    assert found.days[uptime.date_of(DAY_OF)].ratio == ratio


def test_a_day_that_was_counted_for_longer_than_it_is_was_observed_as_a_whole() -> None:
    found = together([(DAY_OF, 1, DAY + 60, 0, 0), (DAY_OF, 2, 0, 0, DAY // 2), (DAY_OF - 1, 2, 9, 0, 0)], 2)
    assert found.days[uptime.date_of(DAY_OF)].observed == Fraction(3, 4)


def test_a_monitor_that_came_the_day_before_is_old_enough_for_a_day() -> None:
    days = [(DAY_OF - ago, number, DAY, 0, 0) for ago in range(-2, 5) for number in (1, 2)]
    # It came a thousand seconds before the day, of which nothing else is known.
    late = [(DAY_OF - 1, 3, 1000, 0, 0)]
    found = together([*days, *late], 3).days
    assert found[uptime.date_of(DAY_OF)].ratio is None
    assert found[uptime.date_of(DAY_OF - 1)].ratio == 1


def test_a_monitor_that_came_after_half_of_a_window_is_not_needed_for_its_figure() -> None:
    def all_days(came: int) -> Fraction | None:
        old = [(MIDNIGHT // DAY - ago, number, DAY, 0, 0) for ago in range(1, 90) for number in (1, 2)]
        return together([*old, (MIDNIGHT // DAY - came, 3, DAY, 0, 0)], 3).windows[ALL_DAYS].ratio

    assert all_days(20) == 1
    assert all_days(60) is None


def test_a_group_of_no_monitors_has_no_past() -> None:
    found = together([], 0)
    assert found.days == {}
    assert found.windows[ALL_DAYS] == Measured(None, Fraction(0), Tally())
