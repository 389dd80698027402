# SPDX-License-Identifier: MIT
"""What a machine reads from its history for the other one, and what it merges of the other one's."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from elytra_status.history.ingest import SPANS_KEPT, rolled_up_until
from elytra_status.history.shared_past import (
    MOST_ROLLUPS,
    SharedMonitor,
    SharedPast,
    days_of,
    rollups_in,
    runs_of,
    united,
)
from elytra_status.history.sharing import MergeTime, Shared, kept_in, merge_past, own_past, read_shared
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, Tally
from tests.remembering import in_memory, rows

TODAY = 1000
NOW = TODAY * DAY + 12 * HOUR + 300
WHEN = MergeTime(NOW, NOTHING_ANNOUNCED, 400)
SUMMED = NOW // HOUR * HOUR - SPANS_KEPT
UNTIL = NOW // HOUR
UP = Tally(HOUR)


def past_of(hours: Mapping[int, Tally], days: Mapping[int, Tally] | None = None, key: str = "kuma:1") -> SharedPast:
    return SharedPast(UNTIL, {key: SharedMonitor("Shop", runs_of(hours, HOUR), runs_of(days or {}, DAY))})


def read(connection: sqlite3.Connection) -> SharedPast:
    return own_past(WHEN, 0, MOST_ROLLUPS, connection)[1]


def hours_in(connection: sqlite3.Connection) -> dict[int, Tally]:
    return dict(rollups_in(read(connection).monitors["kuma:1"].hours))


def check_days(connection: sqlite3.Connection) -> None:
    """A day is the sum of its hours while those are kept."""
    sums: dict[tuple[object, object], list[Tally]] = {}
    for hour, monitor, *one in rows(connection, "hours"):
        assert isinstance(hour, int)
        sums.setdefault((hour // 24, monitor), []).append(Tally(*one))  # type: ignore[arg-type]
    days = {(day, monitor): Tally(*one) for day, monitor, *one in rows(connection, "days")}  # type: ignore[arg-type]
    for at, some in sums.items():
        assert days[at] == Tally(*map(sum, zip(*some, strict=True)))


def some_hours() -> st.SearchStrategy[dict[int, Tally]]:
    numbers = st.tuples(st.sampled_from([1, 1800, 3000]), st.sampled_from([0, 1, 600]))
    tallies = numbers.map(lambda one: Tally(*one))
    return st.dictionaries(st.integers(UNTIL - 100, UNTIL - 1), tallies, max_size=12)


@settings(max_examples=50)
@given(st.lists(some_hours(), min_size=1, max_size=4))
def test_whoever_merges_in_whatever_order_hours_and_days_agree_and_the_most_evidence_counts(
    pasts: list[dict[int, Tally]],
) -> None:
    with in_memory() as connection:
        for past in pasts:
            merge_past(past_of(past), WHEN, 1, connection)
            check_days(connection)
        most = {
            hour: max((past[hour] for past in pasts if hour in past), key=lambda one: one.observed)
            for hour in set().union(*pasts)
        }
        found = read(connection).monitors.get("kuma:1", SharedMonitor(""))
        assert dict(rollups_in(found.hours)) == most
        before = rows(connection, "hours"), rows(connection, "days")
        merged = merge_past(past_of(most), WHEN, 1, connection)
        assert (merged.monitors, merged.knows_more) == (0, False)
        assert (rows(connection, "hours"), rows(connection, "days")) == before


def test_spans_are_shared_as_hours_that_are_over() -> None:
    span = (1, NOW - 5 * HOUR, NOW - 60, 1, 180)
    with in_memory(monitors=[(1, "kuma:1", "Shop", NOW)], spans=[span]) as connection:
        found = hours_in(connection)
    assert found[UNTIL - 1] == UP
    assert UNTIL not in found
    assert found[UNTIL - 5] == Tally(HOUR - 300)


def test_hours_that_this_machine_saw_itself_count_if_they_are_as_long() -> None:
    span = (1, NOW - 10 * HOUR, NOW - 60, 1, 180)
    down = {hour: Tally(0, HOUR) for hour in range(UNTIL - 20, UNTIL)}
    with in_memory(monitors=[(1, "kuma:1", "Shop", NOW)], spans=[span]) as connection:
        merged = merge_past(past_of(down), WHEN, 7, connection)
        assert merged == (1, False)
        found = hours_in(connection)
        # What is older becomes rollups, and what this machine saw remains.
        assert [found[hour] for hour in range(UNTIL - 20, UNTIL - 10)] == [Tally(0, HOUR)] * 10
        assert [found[hour] for hour in range(UNTIL - 9, UNTIL)] == [UP] * 9
        assert read_shared(connection) == Shared(version=7)
        check_days(connection)


def test_the_heartbeats_of_the_last_two_hours_are_kept_and_the_object_is_merged_again_later() -> None:
    span = (1, NOW - 1800, NOW - 60, 1, 180)
    up = dict.fromkeys(range(UNTIL - 5, UNTIL), UP)
    with in_memory(monitors=[(1, "kuma:1", "Shop", NOW)], spans=[span]) as connection:
        merge_past(past_of(up), WHEN, 7, connection)
        assert rows(connection, "spans") == [span]
        assert rolled_up_until(connection, NOW) == (UNTIL - 2) * HOUR
        again = read_shared(connection).again
        assert again == (UNTIL + 2) * HOUR
        merge_past(past_of(up), WHEN._replace(now=again), 7, connection)
        assert rolled_up_until(connection, again) == UNTIL * HOUR
        assert read_shared(connection).again == 0
        check_days(connection)
    with in_memory() as connection:
        merge_past(past_of(up), WHEN, 7, connection)
        assert set(hours_in(connection)) == set(up)


def test_a_machine_that_knows_more_says_so() -> None:
    days = [(TODAY - 50, 1, DAY, 0, 0, 0)]
    with in_memory(monitors=[(1, "kuma:1", "Shop", NOW)], days=days) as connection:
        there = past_of({UNTIL - 1: UP})
        assert merge_past(there, WHEN, 1, connection).knows_more
        kept, own = own_past(WHEN, 1, MOST_ROLLUPS, connection)
        both = united(there, own, kept)
        assert days_of(both.monitors["kuma:1"])[TODAY - 50] == Tally(DAY)
        assert not merge_past(both, WHEN, 2, connection).knows_more


def test_a_day_of_which_an_import_knows_more_than_its_hours_is_shared() -> None:
    hours = [(SUMMED // HOUR - 48 + hour, 1, HOUR, 0, 0, 0) for hour in range(5)]
    day = (SUMMED // HOUR - 48) // 24
    with in_memory(
        monitors=[(1, "kuma:1", "Shop", None)], hours=hours, days=[(day, 1, 80_000, 400, 0, 0)],
        about=[("summed_until", SUMMED)],
    ) as connection:  # fmt: skip
        (monitor,) = read(connection).monitors.values()
        assert len(list(rollups_in(monitor.hours))) == 5
        assert dict(rollups_in(monitor.days)) == {day: Tally(80_000, 400)}


def test_with_many_monitors_fewer_hours_are_shared_but_all_that_are_not_rolled_up() -> None:
    with in_memory(about=[("summed_until", SUMMED)]) as connection:
        assert kept_in(connection, WHEN, 100) == (TODAY - 400, SUMMED // DAY - 33, UNTIL)
        assert kept_in(connection, WHEN, 10_000) == (TODAY - 100, (UNTIL - 100) // 24 + 1, UNTIL)
        assert kept_in(connection, WHEN, 1_000_000) == (TODAY - 1, SUMMED // DAY, UNTIL)
