# SPDX-License-Identifier: MIT
"""Which days are shown, which monitors are watched, and when what was read still holds."""

from __future__ import annotations

import sqlite3

import pytest

from elytra_status.history.rollups import Alike
from elytra_status.history.spans import DAY, HOUR, Tally
from elytra_status.history.whole_days import (
    MonitorRow,
    days_before,
    days_rolled_up,
    monitor_rows,
    parted,
    read_whole_days,
    still_holds,
)
from tests.remembering import in_memory

NOW = 1000 * DAY + 12 * HOUR


def test_ninety_days_are_shown_the_last_of_which_is_today() -> None:
    assert days_before(NOW) == days_before(1000 * DAY) == range(911, 1001)


@pytest.mark.parametrize(
    ("until", "expected"),
    [(998 * DAY, range(911, 998)), (998 * DAY - 1, range(911, 997)), (900 * DAY, range(911, 911))],
)
def test_a_day_is_rolled_up_when_all_of_it_is(until: int, expected: range) -> None:
    with in_memory(about=[("summed_until", until)]) as connection:
        assert days_rolled_up(connection, NOW) == expected


@pytest.mark.parametrize(
    ("seen", "is_watched"), [(NOW, True), (NOW - 12 * HOUR + 1, True), (NOW - 12 * HOUR, False), (None, False)]
)
def test_a_monitor_is_watched_if_its_source_saw_it_within_twelve_hours_of_its_last_run(
    seen: int | None, is_watched: bool
) -> None:
    monitors = [
        (1, "kuma:1", "Shop", seen),
        (2, "kuma:2", "", NOW),
        (3, "office:1", "", NOW + DAY),
        (4, "new:1", "", None),
    ]
    with in_memory(monitors=monitors) as connection:
        found = monitor_rows(connection)
    assert found[0] == MonitorRow(1, "kuma:1", "Shop", is_watched)
    assert [one.watched for one in found[1:]] == [True, True, False]


ROWS = [MonitorRow(number, f"kuma:{number}", "", number != 3) for number in (1, 2, 3, 4)]


def test_monitors_are_parted_into_the_watched_ones_of_a_group_and_all_others() -> None:
    assert parted(ROWS, None) == ([1, 2, 4], [3])
    assert [sorted(side) for side in parted(ROWS, frozenset({"kuma:2", "kuma:3", "kuma:9"}))] == [[2], [1, 3, 4]]


def watching(connection: sqlite3.Connection, *seen: int) -> None:
    """Let monitors be seen for the last time at these times."""
    for number, moment in enumerate(seen, 1):
        connection.execute("INSERT OR REPLACE INTO monitors VALUES (?, ?, '', ?)", (number, f"kuma:{number}", moment))


WEB, MAIL = frozenset({"kuma:1"}), frozenset({"kuma:2"})


def test_what_was_read_holds_until_a_day_is_over_or_another_monitor_is_watched() -> None:
    days = [(day, number, 100, 0, 0, 0) for day in (910, 911, 997, 998) for number in (1, 2)]
    with in_memory(days=days, about=[("summed_until", 998 * DAY)]) as connection:
        watching(connection, NOW, NOW)
        read = read_whole_days(connection, NOW, [None, WEB, MAIL])
        assert read.totals == {1: Tally(200), 2: Tally(200)}
        assert read.members == {None: [1, 2], WEB: [1], MAIL: [2]}
        assert read.groups[None][997] == [Alike(100, 100, 2, 200, 100)]
        assert read.groups[WEB][911] == [Alike(100, 100, 1, 100, 100)]
        assert [sorted(of_days)[-1] for of_days in read.groups.values()] == [997] * 3
        assert still_holds(read, connection, NOW, monitor_rows(connection))
        # Of one group another monitor is watched.
        watching(connection, NOW, NOW - DAY)
        assert not still_holds(read, connection, NOW, monitor_rows(connection))
        watching(connection, NOW, NOW, NOW)
        assert not still_holds(read, connection, NOW, monitor_rows(connection))
        connection.execute("DELETE FROM monitors WHERE id = 3")
        assert not still_holds(read, connection, NOW + DAY, monitor_rows(connection))
        connection.execute("UPDATE about SET value = ?", (999 * DAY,))
        assert not still_holds(read, connection, NOW, monitor_rows(connection))
