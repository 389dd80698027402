# SPDX-License-Identifier: MIT
"""What becomes a rollup when, and what is deleted."""

from __future__ import annotations

import sqlite3

import pytest

from elytra_status.history.ingest import rolled_up_until
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, AnnouncedSpans
from elytra_status.history.tidying import delete_future, tidy
from tests.remembering import in_memory, rows

MONITORS = [(1, "kuma:1", "", 0), (2, "kuma:2", "", 0)]
UP, DOWN = 1, 0


def tidied(connection: sqlite3.Connection, now: int, keep_from: int = 0, days_kept: int = 400) -> int:
    return tidy(connection, now, NOTHING_ANNOUNCED, days_kept, keep_from)


def test_what_is_older_than_two_days_is_rolled_up_by_full_hours() -> None:
    spans = [(1, 0, 2 * HOUR, UP, 60), (1, 2 * HOUR + 60, 9 * HOUR, DOWN, 60)]
    with in_memory(monitors=MONITORS, spans=spans, about=[("summed_until", 0)]) as connection:
        assert tidied(connection, 2 * DAY + 4 * HOUR - 1) == 3 * HOUR
        assert rows(connection, "hours") == [
            (0, 1, HOUR, 0, 0, 0),
            (1, 1, HOUR, 0, 0, 0),
            (2, 1, 60, HOUR - 60, 0, 0),
        ]
        assert rolled_up_until(connection, 9 * DAY) == 3 * HOUR
        # The last span stays, by which later heartbeats are recognised as new.
        assert rows(connection, "spans") == spans[1:]
        assert tidied(connection, 4 * DAY) == 2 * DAY
        assert rows(connection, "spans") == spans[1:]


@pytest.mark.parametrize(("last", "is_kept"), [(HOUR - 60, False), (HOUR - 59, True)])
def test_a_span_that_still_holds_when_the_rollups_end_is_kept(last: int, is_kept: bool) -> None:
    spans = [(1, 0, last, UP, 60), (1, 2 * DAY, 2 * DAY, UP, 60)]
    with in_memory(monitors=MONITORS, spans=spans, about=[("summed_until", 0)]) as connection:
        assert tidied(connection, 2 * DAY + HOUR) == HOUR
        assert rows(connection, "spans") == spans[not is_kept :]


def test_the_rollup_of_a_run_replaces_one_that_was_imported_and_observed_as_much() -> None:
    with in_memory(
        monitors=MONITORS, spans=[(1, 0, HOUR, DOWN, 60)], hours=[(0, 1, HOUR, 0, 0, 0)], about=[("summed_until", 0)]
    ) as connection:
        tidied(connection, 2 * DAY + HOUR)
        assert rows(connection, "hours") == [(0, 1, 0, HOUR, 0, 0)]


def test_maintenance_is_left_out_for_the_monitors_that_it_concerns() -> None:
    spans = [(number, 0, HOUR, DOWN, 60) for number in (1, 2)]
    with in_memory(monitors=MONITORS, spans=spans, about=[("summed_until", 0)]) as connection:
        tidy(connection, 2 * DAY + HOUR, AnnouncedSpans(parts={"kuma:2": [(0, 60)]}), 400)
        assert rows(connection, "hours") == [(0, 1, 0, HOUR, 0, 0), (0, 2, 0, HOUR - 60, 60, 60)]


def test_rollups_end_neither_in_the_future_nor_before_where_they_ended() -> None:
    with in_memory(about=[("summed_until", 0)]) as connection:
        assert tidied(connection, 9 * DAY + 5, keep_from=8 * DAY + HOUR + 5) == 8 * DAY + HOUR
        assert tidied(connection, 9 * DAY + 5) == 8 * DAY + HOUR
        assert rolled_up_until(connection, 99 * DAY) == 8 * DAY + HOUR
        assert tidied(connection, 9 * DAY + 5, keep_from=99 * DAY) == 9 * DAY


def test_the_file_is_checked_when_a_day_is_rolled_up() -> None:
    statements: list[str] = []
    with in_memory(about=[("summed_until", DAY)]) as connection:
        connection.set_trace_callback(statements.append)
        for hours, checks in ((23, 0), (24, 1), (25, 1), (47, 1), (48, 2)):
            tidied(connection, 3 * DAY + hours * HOUR)
            assert sum("quick_check" in statement for statement in statements) == checks


def test_a_run_deletes_two_of_the_days_that_are_too_old() -> None:
    now = 100 * DAY
    # Hours are kept for 33 days before the end of the rollups, which was two days ago.
    oldest_hour = (98 - 33) * 24
    hours = [(hour, 1, 1, 0, 0, 0) for hour in range(oldest_hour - 60, oldest_hour + 30)]
    days = [(day, 1, 1, 0, 0, 0) for day in range(35, 60)]
    with in_memory(hours=hours, days=days) as connection:
        found = []
        for _ in range(4):
            tidied(connection, now, days_kept=60)
            found.append([rows(connection, table)[0][0] for table in ("hours", "days")])
    assert found == [
        [oldest_hour - 12, 37],
        [oldest_hour, 39],
        [oldest_hour, 40],
        [oldest_hour, 40],
    ]


def test_hours_are_kept_as_long_before_a_later_end_of_the_rollups() -> None:
    hours = [(hour, 1, 1, 0, 0, 0) for hour in (65 * 24, 66 * 24)]
    with in_memory(hours=hours, about=[("summed_until", 99 * DAY)]) as connection:
        tidied(connection, 100 * DAY)
        assert rows(connection, "hours") == hours[1:]


def test_what_a_wrong_clock_has_dated_is_deleted_or_set_back() -> None:
    latest = 9 * DAY + 2 * HOUR + 5
    hour, day = latest // HOUR, latest // DAY
    tables: dict[str, list[tuple[object, ...]]] = {
        "changes": [(1, latest, "outage"), (2, latest + 1, "outage")],
        "component_changes": [(1, latest, "Web", "outage", 0), (2, latest + 1, "Web", "outage", 0)],
        "spans": [(1, latest - 5, latest + 9, UP, 60), (1, latest + 1, latest + 9, UP, 60)],
        "hours": [(hour, 1, 1, 0, 0, 0), (hour + 1, 1, 1, 0, 0, 0)],
        "days": [(day, 1, 1, 0, 0, 0), (day + 1, 1, 1, 0, 0, 0)],
        "cut_off": [("kuma", latest, latest + 9), ("kuma", latest + 1, latest + 9)],
        "monitors": [(1, "kuma:1", "", latest + 1), (2, "kuma:2", "", latest)],
        "words": [("Acme", "name", latest + 1), ("Bolt", "name", 5)],
        "about": [("summed_until", latest + 1)],
    }
    with in_memory(**tables) as connection:
        delete_future(connection, latest)
        assert {table: rows(connection, table) for table in tables} == {
            **{table: listed[:1] for table, listed in tables.items()},
            "spans": [(1, latest - 5, latest, UP, 60)],
            "cut_off": [("kuma", latest, latest)],
            "monitors": [(1, "kuma:1", "", latest), (2, "kuma:2", "", latest)],
            "words": [("Acme", "name", latest), ("Bolt", "name", 5)],
            "about": [("summed_until", 9 * DAY + 2 * HOUR)],
        }


@pytest.mark.parametrize("value", [5, 9 * DAY + 5])
def test_an_end_of_the_rollups_that_is_not_in_the_future_stays(value: int) -> None:
    with in_memory(about=[("summed_until", value)]) as connection:
        delete_future(connection, 9 * DAY + 5)
        assert rows(connection, "about") == [("summed_until", value)]
