# SPDX-License-Identifier: MIT
"""Which heartbeats are new, how they join what is known, and which of them are no evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from elytra_status.history.ingest import Observed, SavedSpans, ingest, joined, read_spans, rolled_up_until
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, Span
from elytra_status.history.store import DamagedError
from elytra_status.model import Heartbeat, State
from tests.remembering import in_memory, rows

UP, DOWN, PENDING, MAINTENANCE, UNKNOWN = State.UP, State.DOWN, State.PENDING, State.MAINTENANCE, State.UNKNOWN
KEY = "kuma:1"
HOLD = 180


def seen(*heartbeats: tuple[int, State], **more: Any) -> Observed:
    """Return heartbeats of a monitor, by seconds since 1970."""
    listed = [Heartbeat(datetime.fromtimestamp(time, UTC), state) for time, state in heartbeats]
    return Observed(KEY, more.pop("name", ""), listed, **more)


def spans(saved: Sequence[Span], observed: Observed, now: int = 10_000) -> list[Span]:
    return joined(observed, saved, now)[0]


@pytest.mark.parametrize(
    ("saved", "now", "expected"),
    [
        ([], 9 * DAY + HOUR + 5, 7 * DAY + HOUR),
        ([("summed_until", 8 * DAY)], 9 * DAY + 5, 8 * DAY),
        # The clock was set back.
        ([("summed_until", 10 * DAY)], 9 * DAY + HOUR + 5, 9 * DAY + HOUR),
    ],
)
def test_the_rollups_end_two_days_ago_or_where_they_are_known_to_end(
    saved: list[tuple[str, int]], now: int, expected: int
) -> None:
    with in_memory(about=saved) as connection:
        assert rolled_up_until(connection, now) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((5, 9, 0, 60), Span(5, 9, DOWN, 60)),
        ((5, 9, 4, 60), Span(5, 9, UNKNOWN, 60)),
        ((5, 5, 1, 60), Span(5, 5, UP, 60)),
        ((5, 9, 2, 0), Span(5, 9, PENDING, 0)),
        ((5, 9, 5, 60), None),
        ((5, 9, -1, 60), None),
        ((5, 4, 1, 60), None),
        ((5, 9, 1, -1), None),
    ],
)
def test_states_that_cannot_be_are_damage(row: tuple[int, ...], expected: Span | None) -> None:
    with in_memory(monitors=[(1, KEY, "", 0), (2, "kuma:2", "", 0)], spans=[(1, *row)]) as connection:
        if expected:
            assert read_spans(connection, [KEY, "kuma:3"]) == {KEY: SavedSpans(1, [expected])}
        else:
            with pytest.raises(DamagedError, match="invalid states"):
                read_spans(connection, [KEY])
        # What is not asked for is not read.
        assert read_spans(connection, ["kuma:2"]) == {"kuma:2": SavedSpans(2, [])}


def test_a_heartbeat_counts_up_to_five_minutes_ahead() -> None:
    found = spans([], seen((10_000, UP), (10_300, DOWN), (10_301, PENDING), hold=HOLD))
    assert found == [Span(10_000, 10_000, UP, HOLD), Span(10_300, 10_300, DOWN, HOLD)]
    assert joined(seen((10_301, UP)), [Span(0, 60, UP, HOLD)], 10_000) == ([Span(0, 60, UP, HOLD)], [])
    assert joined(seen((10_301, UP)), [], 10_000) == ([], [])


def test_how_long_a_heartbeat_holds_follows_from_the_last_30_gaps() -> None:
    gaps = [300] * 5 + [60] * 15 + [300] * 15
    times = [sum(gaps[:number]) for number in range(len(gaps) + 1)]
    (span,) = spans([], seen(*((time, UP) for time in times)))[-1:]
    assert span.hold == 2 * 60 + 60


@pytest.mark.parametrize(
    ("saved", "heartbeats", "expected"),
    [
        # Still up: the span goes on.
        ([Span(0, 560, UP, HOLD)], [(500, UP), (560, UP), (620, UP)], [Span(0, 620, UP, HOLD)]),
        ([Span(0, 560, UP, 1000)], [(0, UP), (560, UP), (620, UP)], [Span(0, 620, UP, HOLD)]),
        # The list goes back further than what is known.
        ([Span(500, 560, UP, HOLD)], [(440, UP), (500, UP), (560, UP)], [Span(440, 560, UP, HOLD)]),
        # The list says otherwise than what is known.
        (
            [Span(0, 560, UP, HOLD)],
            [(500, DOWN), (560, UP), (620, UP)],
            [Span(0, 500, UP, HOLD), Span(500, 500, DOWN, HOLD), Span(560, 620, UP, HOLD)],
        ),
        ([Span(500, 560, DOWN, HOLD)], [(500, UP), (530, UP), (560, UP)], [Span(500, 560, UP, HOLD)]),
        # Before the last span that is known.
        (
            [Span(0, 100, DOWN, HOLD), Span(160, 560, UP, HOLD)],
            [(100, UP), (560, UP)],
            [Span(0, 100, DOWN, HOLD), Span(100, 100, UP, HOLD), Span(560, 560, UP, HOLD)],
        ),
    ],
)
def test_a_list_of_heartbeats_takes_the_place_of_what_is_known_of_its_time(
    saved: list[Span], heartbeats: list[tuple[int, State]], expected: list[Span]
) -> None:
    assert spans(saved, seen(*heartbeats, hold=HOLD)) == expected


def test_failures_while_the_source_was_isolated_are_no_evidence() -> None:
    times = {99: DOWN, 100: DOWN, 150: UP, 160: PENDING, 199: DOWN, 200: DOWN, 300: DOWN, 349: DOWN, 350: MAINTENANCE}
    found = spans([], seen(*times.items(), hold=1, isolated=[(100, 200), (300, 350)]))
    assert {span.first: span.state for span in found} == {
        **times,
        **dict.fromkeys((100, 160, 199, 300, 349), UNKNOWN),
    }


def test_heartbeats_from_before_the_end_of_the_rollups_are_added_to_them() -> None:
    with in_memory(about=[("summed_until", 2 * HOUR)]) as connection:
        listed = seen(*((time, UP) for time in range(0, 3 * HOUR, 60)))
        found = ingest(connection, [listed], 3 * HOUR, NOTHING_ANNOUNCED)
        assert found == {KEY: SavedSpans(1, [Span(0, 3 * HOUR - 60, UP, HOLD)])}
        assert rows(connection, "hours") == [(0, 1, HOUR, 0, 0, 0), (1, 1, HOUR, 0, 0, 0)]
        assert rows(connection, "days") == [(0, 1, 2 * HOUR, 0, 0, 0)]
        # What begins with the end of the rollups is in the spans alone.
        ingest(connection, [seen((2 * HOUR, DOWN), (2 * HOUR + 60, DOWN))], 3 * HOUR, NOTHING_ANNOUNCED)
        assert len(rows(connection, "hours")) == 2
        states = [row[1:4] for row in rows(connection, "spans")]
        assert states == [(0, 2 * HOUR, 1), (2 * HOUR, 2 * HOUR + 60, 0), (2 * HOUR + 61, 3 * HOUR - 60, 1)]


def test_spans_that_a_list_contradicts_are_deleted() -> None:
    known = [(1, 0, 60, 1, HOLD), (1, 120, 180, 0, HOLD), (1, 240, 300, 1, HOLD)]
    with in_memory(monitors=[(1, KEY, "", 0)], spans=known, about=[("summed_until", 0)]) as connection:
        ingest(connection, [seen(*((time, UP) for time in range(0, 301, 60)))], 300, NOTHING_ANNOUNCED)
        assert rows(connection, "spans") == [(1, 0, 300, 1, HOLD)]


@pytest.mark.parametrize(
    ("name", "seconds", "expected"),
    [
        ("Shop", 0, ("Shop", 0)),
        ("Shop", 6 * HOUR - 1, ("Shop", 0)),
        ("Shop", 6 * HOUR, ("Shop", 6 * HOUR)),
        ("Shop", -1, ("Shop", -1)),
        ("Mail", 1, ("Mail", 1)),
        ("", 1, ("Shop", 0)),
        ("Shop \ud800", 1, ("Shop ?", 1)),
    ],
)
def test_that_a_monitor_still_exists_is_noted_every_six_hours_and_a_new_name_at_once(
    name: str, seconds: int, expected: tuple[str, int]
) -> None:
    start = 9 * DAY
    with in_memory(monitors=[(1, KEY, "Shop", start)]) as connection:
        ingest(connection, [seen((start, UP), name=name)], start + seconds, NOTHING_ANNOUNCED)
        ((_, _, kept, noted),) = rows(connection, "monitors")
    assert (kept, noted) == (expected[0], start + expected[1])


def test_a_monitor_that_was_only_imported_is_noted_when_a_run_sees_it() -> None:
    with in_memory(monitors=[(1, KEY, "Shop", None)]) as connection:
        ingest(connection, [seen((9 * DAY, UP), name="Shop")], 9 * DAY, NOTHING_ANNOUNCED)
        assert rows(connection, "monitors") == [(1, KEY, "Shop", 9 * DAY)]
