# SPDX-License-Identifier: MIT
"""Rollups: which of two counts, and how hours and days add up."""

from __future__ import annotations

from typing import Any

import pytest

from elytra_status.history import rollups
from elytra_status.history.rollups import Alike, add_days, add_hours, totals
from elytra_status.history.spans import DAY, Tally
from elytra_status.history.store import DamagedError
from tests.remembering import in_memory, rows


def test_hours_are_kept_for_33_days_before_the_end_of_the_rollups() -> None:
    assert [rollups.first_day_of_hours(moment) for moment in (50 * DAY, 51 * DAY - 1)] == [17, 17]


def test_the_rollup_of_a_day_is_that_of_its_24_hours() -> None:
    hours = [
        (11 * 24, 1, Tally(200)),
        (11 * 24 + 23, 1, Tally(down=50)),
        (12 * 24, 1, Tally(7)),
        (11 * 24, 2, Tally(9)),
    ]
    with in_memory() as connection:
        add_hours(connection, hours, 11)
        assert rows(connection, "days") == [(11, 1, 200, 50, 0, 0), (11, 2, 9, 0, 0, 0), (12, 1, 7, 0, 0, 0)]
        assert len(rows(connection, "hours")) == 4


def test_hours_that_are_not_kept_are_only_in_the_rollup_of_their_day() -> None:
    with in_memory() as connection:
        add_hours(connection, [(10 * 24, 1, Tally(5)), (11 * 24 - 1, 1, Tally(6)), (11 * 24, 1, Tally(7))], 11)
        assert rows(connection, "hours") == [(11 * 24, 1, 7, 0, 0, 0)]
        assert rows(connection, "days") == [(10, 1, 11, 0, 0, 0), (11, 1, 7, 0, 0, 0)]


def test_an_hour_of_one_monitor_leaves_the_day_of_another_as_it_is() -> None:
    hour = 11 * 24
    with in_memory(hours=[(hour, 2, 3600, 0, 0, 0)], days=[(11, 2, 10, 0, 0, 0)]) as connection:
        add_hours(connection, [(hour, 1, Tally(8))], 0)
        assert rows(connection, "days") == [(11, 1, 8, 0, 0, 0), (11, 2, 10, 0, 0, 0)]


@pytest.mark.parametrize(("own", "kept"), [({}, (0, 60)), ({"own": True}, (60, 0))])
def test_between_equal_rollups_the_runs_own_counts_or_else_the_first(
    own: dict[str, Any], kept: tuple[int, int]
) -> None:
    with in_memory(hours=[(240, 1, 0, 60, 0, 0)], days=[(5, 1, 0, 60, 0, 0), (10, 1, 0, 60, 0, 0)]) as connection:
        add_days(connection, [(5, 1, Tally(60))], **own)
        add_hours(connection, [(240, 1, Tally(60))], 10, **own)
        assert [row[2:4] for row in rows(connection, "days")] == [kept, kept]
        assert [row[2:4] for row in rows(connection, "hours")] == [kept]
        # In any case one that observed more counts.
        add_days(connection, [(5, 1, Tally(1, 1, 59)), (10, 1, Tally(59))], **own)
        assert [row[2:] for row in rows(connection, "days")] == [(1, 1, 59, 0), (*kept, 0, 0)]


HOURS = [(hour, 1, 1, 0, 0, 0) for hour in range(10 * 24, 15 * 24)]
# Unlike their hours, so that a total shows which of them it is made of.
DAYS = [(day, 1, 1000, 0, 0, 0) for day in range(10, 15)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (11 * 24, 12 * 24, 1000),
        (11 * 24, 13 * 24 + 2, 2002),
        (10 * 24 + 1, 13 * 24, 23 + 2000),
        (10 * 24 + 23, 12 * 24 + 23, 1 + 1000 + 23),
        (11 * 24 + 2, 11 * 24 + 4, 2),
        (11 * 24 + 20, 12 * 24 + 3, 4 + 3),
    ],
)
def test_a_total_is_made_of_whole_days_and_of_hours_before_and_after_them(start: int, end: int, expected: int) -> None:
    with in_memory(hours=HOURS, days=DAYS) as connection:
        assert totals(connection, start, end) == {1: Tally(expected)}


@pytest.mark.parametrize(
    ("counts", "is_damage"),
    [
        ((0, 0, 0, 0), False),
        ((1, 1, 5, 5), False),
        ((-1, 9, 9, 9), True),
        ((9, -1, 9, 9), True),
        ((9, 9, 5, -1), True),
        ((9, 9, 5, 6), True),
    ],
)
def test_rollups_that_cannot_be_are_damage(counts: tuple[int, ...], is_damage: bool) -> None:
    with in_memory(days=[(11, 1, *counts)]) as connection:
        for read in (
            lambda: totals(connection, 11 * 24, 12 * 24),
            lambda: rollups.by_day(connection, range(11, 12)),
            lambda: rollups.alike(connection, range(11, 12), [1], []),
        ):
            if is_damage:
                with pytest.raises(DamagedError, match="invalid rollups"):
                    read()
            else:
                read()


@pytest.mark.parametrize(("monitors", "others"), [([1, 2, 3], [4]), ([1, 2, 3], [4, 5, 6, 7])])
def test_monitors_that_were_observed_alike_are_one_row_of_a_day(monitors: list[int], others: list[int]) -> None:
    days = [
        (10, 1, 50, 10, 0, 0),
        (10, 2, 20, 40, 0, 0),
        (10, 3, 60, 0, 5, 0),
        (10, 4, 60, 0, 0, 0),
        (9, 1, 1, 1, 1, 0),
    ]
    with in_memory(days=days) as connection:
        found = rollups.alike(connection, range(10, 12), monitors, others)
    assert found == {10: [Alike(60, 60, 2, 70, 20), Alike(60, 65, 1, 60, 60)], 11: []}
