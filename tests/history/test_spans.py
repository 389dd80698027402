# SPDX-License-Identifier: MIT
"""Time-weighted uptime, compared with an independent count of every single second."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.history.spans import (
    DAY,
    HOUR,
    Piece,
    Span,
    Tally,
    Window,
    apart_from_one_another,
    figure,
    longest_hold,
    merge,
    pieces,
    spans_of,
    sum_of_tallies,
    tally,
    tally_by,
)
from elytra_status.model import State

UP, DOWN, PENDING, MAINTENANCE, UNKNOWN = State.UP, State.DOWN, State.PENDING, State.MAINTENANCE, State.UNKNOWN
LENGTH = 900

Heartbeats = dict[int, State]

some_heartbeats = st.dictionaries(st.integers(0, LENGTH), st.sampled_from(State), max_size=40)
some_windows = st.lists(st.tuples(st.integers(-50, LENGTH), st.integers(-50, LENGTH + 50)), max_size=4)


def second_by_second(heartbeats: Heartbeats, hold: int, windows: list[Window], start: int, end: int) -> Tally:
    """Check every second: which heartbeat was the last before it, and how long ago?"""
    counts = dict.fromkeys(("up", "down", "maintenance", "excused"), 0)
    for second in range(start, end):
        before = [time for time in heartbeats if time <= second]
        if not before or second >= max(before) + hold:
            continue
        state = heartbeats[max(before)]
        if state is UNKNOWN:
            continue
        if any(since <= second < until for since, until in windows):
            counts["maintenance"] += 1
            counts["excused"] += state in (DOWN, PENDING)
        elif state is MAINTENANCE:
            counts["maintenance"] += 1
        elif state is DOWN:
            counts["down"] += 1
        else:
            counts["up"] += 1
    return Tally(**counts)


@given(some_heartbeats, st.integers(1, 200), some_windows, st.integers(0, LENGTH), st.integers(0, LENGTH + 100))
def test_a_window_is_what_a_count_of_each_second_gives(
    heartbeats: Heartbeats, hold: int, windows: list[Window], start: int, end: int
) -> None:
    observed = pieces(spans_of(sorted(heartbeats.items()), hold), start, end)
    expected = second_by_second(heartbeats, hold, windows, start, end)
    assert tally(observed, apart_from_one_another(windows)) == expected


@given(some_heartbeats, st.integers(1, 200), some_windows, st.sampled_from([1, 60, 250]))
def test_the_parts_of_a_window_are_the_window(
    heartbeats: Heartbeats, hold: int, windows: list[Window], size: int
) -> None:
    apart = apart_from_one_another(windows)
    spans = spans_of(sorted(heartbeats.items()), hold)
    parts = tally_by(size, pieces(spans, 0, 2 * LENGTH), apart)
    for number, part in parts.items():
        assert part == second_by_second(heartbeats, hold, windows, number * size, (number + 1) * size)
    total = Tally()
    for part in parts.values():
        total = sum_of_tallies(total, part)
    assert total == tally(pieces(spans, 0, 2 * LENGTH), apart)


@given(some_heartbeats, st.integers(1, 200), st.data())
def test_heartbeats_that_come_in_parts_in_any_order_and_often_are_those_that_come_at_once(
    heartbeats: Heartbeats, hold: int, data: st.DataObject
) -> None:
    ordered = sorted(heartbeats.items())
    known: list[Span] = []
    # A list is complete: each part has everything between its first and its last heartbeat.
    cuts = st.tuples(st.integers(0, len(ordered)), st.integers(0, len(ordered)))
    for cut in [*data.draw(st.lists(cuts, max_size=6)), (0, len(ordered))]:
        known = merge(known, spans_of(ordered[min(cut) : max(cut)], hold))
        for earlier, later in itertools.pairwise(known):
            assert earlier.first <= earlier.last < later.first
    at_once = spans_of(ordered, hold)
    assert list(pieces(known, 0, 2 * LENGTH)) == list(pieces(at_once, 0, 2 * LENGTH))
    assert merge(known, at_once) == known


@given(some_heartbeats, st.integers(1, 200))
def test_spans_are_apart_and_in_order(heartbeats: Heartbeats, hold: int) -> None:
    spans = spans_of(sorted(heartbeats.items()), hold)
    for earlier, later in itertools.pairwise(spans):
        assert earlier.first <= earlier.last < later.first


def test_listed_heartbeats_replace_the_spans_of_single_polls() -> None:
    looks = spans_of([(0, UP), (600, UP), (1200, UP)], 1800)
    heartbeats = spans_of([(500, UP), (560, DOWN), (620, UP), (680, UP)], 180)
    assert [span.last for span in merge(looks, heartbeats)] == [500, 560, 1200]
    assert list(pieces(merge(looks, heartbeats), 0, 1200)) == [(0, 560, UP), (560, 620, DOWN), (620, 1200, UP)]


def test_what_was_known_is_cut_where_what_was_listed_says_otherwise() -> None:
    known, listed = [Span(0, 1200, UP, 1800)], [Span(500, 560, DOWN, 180)]
    expected = [Span(0, 500, UP, 1800), Span(500, 560, DOWN, 180), Span(561, 1200, UP, 1800)]
    assert merge(known, listed) == expected
    assert merge(expected, listed) == expected


@pytest.mark.parametrize(
    ("times", "hold"),
    [
        ([0], 180),
        ([], 180),
        ([0, 60, 120, 180], 180),
        ([0, 20, 40, 60, 128], 100),
        ([0, 20, 80, 148], 180),
        ([0, 60, 120, 5 * DAY, 5 * DAY + 60], 180),
        ([0, DAY, 2 * DAY], 2 * DAY + 60),
        ([0, 300 * DAY], 180),
        ([0, 300 * DAY, 600 * DAY], 48 * DAY + 60),
        ([0, 60, 300 * DAY], 180),
    ],
)
def test_a_heartbeat_holds_for_twice_the_usual_gap_and_a_minute(times: list[int], hold: int) -> None:
    assert longest_hold(times) == hold


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Tally(), None),
        (Tally(up=HOUR // 2 - 1), None),
        (Tally(up=HOUR // 2), Fraction(1)),
        (Tally(up=HOUR // 4, down=HOUR // 4), Fraction(1, 2)),
        (Tally(down=HOUR), Fraction(0)),
        (Tally(maintenance=HOUR), None),
        (Tally(up=1, maintenance=HOUR - 1), Fraction(1)),
        (Tally(down=HOUR // 2 - 1), None),
    ],
)
def test_what_was_observed_for_less_than_half_is_not_known(seen: Tally, expected: Fraction | None) -> None:
    assert figure(seen, HOUR) == expected


def test_several_heartbeats_in_one_second_are_the_last_of_them() -> None:
    assert spans_of([(0, UP), (60, DOWN), (60, UP), (120, UP)], 180) == [Span(0, 120, UP, 180)]


def test_heartbeats_are_one_span_as_long_as_each_holds_until_the_next() -> None:
    assert spans_of([(0, UP), (180, UP), (361, UP)], 180) == [Span(0, 180, UP, 180), Span(361, 361, UP, 180)]


def test_of_what_begins_and_ends_with_what_was_listed_nothing_stays() -> None:
    listed = [Span(500, 560, DOWN, 180)]
    assert merge([Span(500, 560, UP, 180)], listed) == listed
    assert merge([Span(500, 700, UP, 180)], listed) == [*listed, Span(561, 700, UP, 180)]


def test_a_day_has_86400_seconds_and_each_kind_of_time_is_added_to_its_own() -> None:
    two_days = [Piece(0, 2 * 86400, UP)]
    assert tally_by(DAY, two_days, []) == {0: Tally(up=86400), 1: Tally(up=86400)}
    assert tally_by(HOUR, [Piece(3599, 3601, DOWN)], []) == {0: Tally(down=1), 1: Tally(down=1)}
    assert sum_of_tallies(Tally(1, 2, 3, 4), Tally(5, 6, 7, 9)) == Tally(6, 8, 10, 13)


def test_what_holds_until_the_next_begins_is_one_span() -> None:
    earlier = [Span(0, 100, UP, 180)]
    assert merge(earlier, [Span(280, 300, UP, 180)]) == [Span(0, 300, UP, 180)]
    assert merge(earlier, [Span(281, 300, UP, 180)]) == [*earlier, Span(281, 300, UP, 180)]


def test_a_time_of_no_length_holds_nothing() -> None:
    assert list(pieces([Span(0, 0, UP, 10)], 5, 5)) == []
    assert apart_from_one_another([(5, 5), (9, 7)]) == []


def test_windows_that_touch_are_one() -> None:
    assert apart_from_one_another([(5, 9), (0, 5), (20, 30), (21, 22)]) == [(0, 9), (20, 30)]


def test_only_what_lies_in_an_announced_window_is_excused() -> None:
    assert tally([Piece(0, 100, DOWN)], [(40, 60), (70, 75)]) == Tally(down=75, maintenance=25, excused=25)
    assert tally([Piece(0, 100, UP)], [(-5, 0), (100, 110)]) == Tally(up=100)
