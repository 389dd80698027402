# SPDX-License-Identifier: MIT
"""When the history completes or replaces a figure of the monitoring system."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.history.figures import tallies, window_start, with_figures
from elytra_status.history.ingest import SavedSpans
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, AnnouncedSpans, Span, Tally, Window
from elytra_status.model import Bounds, Monitor, State, Uptime
from tests.remembering import in_memory

NOW = 1000 * DAY + 12 * HOUR + 5
SUMMED = 998 * DAY + 12 * HOUR
KEY = "kuma:1"
ONE = Fraction(1)
OWN = Uptime(Fraction(1, 2), Fraction(1, 2), Fraction(1, 2))


def up_for(seconds: int, *, until: int = NOW) -> list[Span]:
    return [Span(until - seconds, until, State.UP, 60)]


def shown(
    spans: Sequence[Span],
    *,
    announced: Sequence[Window] = (),
    isolated: Sequence[Window] = (),
    days: Sequence[tuple[int, ...]] = (),
    hours: Sequence[tuple[int, ...]] = (),
    **more: Any,
) -> Monitor:
    """Return a monitor with these spans, completed with figures, in a history of an old monitor of its source."""
    tables = {
        "monitors": [(1, KEY, "", NOW), (2, "kuma:2", "", NOW)],
        "days": [*days, (900, 2, DAY, 0, 0, 0)],
        "hours": hours,
        "spans": [(1, span.first, span.last, 1, span.hold) for span in spans],
    }
    with in_memory(**tables) as connection:
        monitor = Monitor(KEY, "", State.UP, **more)
        saved = {KEY: SavedSpans(1, list(spans))}
        maintenance = AnnouncedSpans(announced)
        (found,) = with_figures(connection, [monitor], saved, NOW, SUMMED, maintenance, isolated)
    return found


@pytest.mark.parametrize(
    ("isolated", "gives_way"),
    [
        ([], False),
        ([(NOW - 2 * DAY, NOW - DAY)], False),
        ([(NOW - 2 * DAY, NOW - DAY + 1)], True),
        ([(NOW - 1, NOW + 60)], True),
        ([(NOW, NOW + 60)], False),
        ([(NOW - 99 * DAY, NOW - 98 * DAY), (NOW - HOUR, NOW)], True),
    ],
)
def test_a_figure_gives_way_if_the_source_was_isolated_in_its_window(isolated: list[Window], gives_way: bool) -> None:
    found = shown(up_for(DAY), isolated=isolated, uptime=OWN).uptime
    assert found.last_24h == (1 if gives_way else Fraction(1, 2))


def test_announced_maintenance_in_which_the_monitor_failed_replaces_a_figure() -> None:
    failed = [Span(NOW - DAY, NOW - 2 * HOUR, State.UP, 60), Span(NOW - 2 * HOUR, NOW, State.DOWN, 60)]
    announced = [(NOW - 2 * HOUR, NOW)]
    assert shown(failed, announced=announced, uptime=OWN).uptime.last_24h == 1
    assert shown(failed, uptime=OWN).uptime == OWN
    # It was not observed for half of the longer windows, in which nothing can take the place of the figure.
    assert shown(failed, announced=announced, uptime=OWN).uptime.last_30d == Fraction(1, 2)


WEEK = [(day, 1, DAY, 0, 0, 0) for day in range(993, 998)]
WEEK_OF_HOURS = [(hour, 1, HOUR, 0, 0, 0) for hour in range(993 * 24, SUMMED // HOUR)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Fraction(1, 2)),
        ({"bounds": {"last_7d": Bounds(Fraction(1, 2), ONE)}}, ONE),
        ({"kept": frozenset({"last_7d"})}, Fraction(1, 2)),
        ({"bounds": {"last_30d": Bounds(Fraction(1, 2), ONE)}}, Fraction(1, 2)),
    ],
)
def test_only_a_rounded_figure_gives_way_to_the_history(more: dict[str, Any], expected: Fraction) -> None:
    exact = Uptime(ONE, Fraction(1, 2), Fraction(1, 2))
    found = shown(up_for(NOW - SUMMED), days=WEEK, hours=WEEK_OF_HOURS, uptime=exact, **more)
    assert found.uptime.last_7d == expected


def test_a_figure_from_an_earlier_run_gives_way_to_downtime_since() -> None:
    down = [Span(NOW - DAY, NOW - 12 * HOUR, State.UP, 60), Span(NOW - 12 * HOUR, NOW, State.DOWN, 60)]
    uptime = Uptime(Fraction(1, 2), ONE, ONE)
    found = shown(down, uptime=uptime, kept=frozenset({"last_7d"})).uptime
    # That of the month is of now.
    assert found == Uptime(Fraction(1, 2), 1 - Fraction(1, 14), ONE)


def test_our_history_limits_a_figure_by_the_time_that_it_observed_up_and_down() -> None:
    """The week was down for half an hour at most, all of which may have been today."""
    half = [Span(NOW - DAY, NOW - HOUR, State.UP, 60), Span(NOW - HOUR, NOW, State.DOWN, 60)]
    week = 1 - Fraction(1800, 7 * DAY)
    assert shown(half, uptime=Uptime(last_7d=week)).uptime.last_24h == 1 - Fraction(1800, DAY)


def test_a_window_within_the_rollups_begins_with_a_full_hour() -> None:
    down = (NOW - 7 * DAY) // HOUR
    hours = [row if row[0] != down else (down, 1, 0, HOUR, 0, 0) for row in WEEK_OF_HOURS]
    found = shown(up_for(NOW - SUMMED), days=WEEK[1:], hours=hours).uptime
    length = NOW - down * HOUR
    assert (found.last_24h, found.last_7d) == (1, Fraction(length - HOUR, length))


@pytest.mark.parametrize(
    ("start", "expected"),
    [(SUMMED - 1, SUMMED - HOUR), (SUMMED - HOUR, SUMMED - HOUR), (SUMMED, SUMMED), (SUMMED + 5, SUMMED + 5)],
)
def test_windows_begin_with_a_full_hour_only_within_the_rollups(start: int, expected: int) -> None:
    assert window_start(start, SUMMED) == expected


@pytest.mark.parametrize(("days", "expected"), [(13, ONE), (12, None)])
def test_a_month_is_known_if_fifteen_days_of_it_were_observed(days: int, expected: Fraction | None) -> None:
    observed = [(998 - ago, 1, DAY, 0, 0, 0) for ago in range(1, days + 1)]
    assert shown(up_for(NOW - SUMMED), days=observed).uptime.last_30d == expected


def test_figures_are_kept_apart_by_monitor_and_what_the_history_does_not_know_stays() -> None:
    spans = {KEY: up_for(DAY), "kuma:2": [Span(NOW - DAY, NOW, State.DOWN, 60)]}
    saved = {key: SavedSpans(number, listed) for number, (key, listed) in enumerate(spans.items(), 1)}
    new = Monitor("kuma:3", "", State.UP, uptime=Uptime(last_7d=Fraction(1, 3)))
    monitors = [*(Monitor(key, "", State.UP) for key in spans), new]
    with in_memory() as connection:
        found = with_figures(connection, monitors, saved, NOW, SUMMED, NOTHING_ANNOUNCED, ())
    assert [one.uptime for one in found] == [Uptime(ONE), Uptime(Fraction(0)), new.uptime]


# Which monitors are too new


def test_a_monitor_is_too_new_only_for_windows_without_a_figure() -> None:
    assert shown(up_for(DAY)).too_new == {"last_7d", "last_30d"}
    assert shown(up_for(DAY), uptime=Uptime(last_7d=ONE)).too_new == {"last_30d"}
    assert shown(up_for(DAY), uptime=Uptime(last_7d=ONE), too_new=frozenset({"last_24h"})).too_new == {
        "last_24h",
        "last_30d",
    }
    assert shown(up_for(DAY), uptime=OWN).too_new == frozenset()


def test_a_monitor_that_the_history_does_not_know_is_new() -> None:
    days = [(900, number, DAY, 0, 0, 0) for number in (1, 2)]
    with in_memory(monitors=[(1, KEY, "", NOW), (2, "kuma:2", "", NOW)], days=days) as connection:
        monitors = [Monitor("kuma:3", "", State.UP), Monitor(KEY, "", State.UP)]
        saved = {KEY: SavedSpans(1, [])}
        found = with_figures(connection, monitors, saved, NOW, SUMMED, NOTHING_ANNOUNCED, ())
    assert [one.too_new for one in found] == [{"last_24h", "last_7d", "last_30d"}, frozenset()]


# What was observed


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((SUMMED - 2 * HOUR, NOW), Tally(HOUR, HOUR, 7, 7)),
        ((SUMMED, NOW), Tally(0, HOUR - 7, 7, 7)),
        ((SUMMED + HOUR // 2, NOW), Tally(0, HOUR // 2 - 7, 7, 7)),
    ],
)
def test_before_the_end_of_the_rollups_they_count_and_after_it_spans(window: Window, expected: Tally) -> None:
    """The span lies half an hour before that end as well, and the rollups know better."""
    first_hour = SUMMED // HOUR
    hours = [(first_hour - 2, 1, HOUR, 0, 0, 0), (first_hour - 1, 1, 0, 7, 0, 0), (first_hour - 3, 1, 9, 9, 9, 9)]
    saved = {KEY: SavedSpans(1, [Span(SUMMED - HOUR // 2, SUMMED + HOUR - 60, State.DOWN, 60)])}
    announced = AnnouncedSpans(parts={KEY: [(SUMMED + HOUR - 7, SUMMED + DAY)]})
    with in_memory(hours=hours) as connection:
        assert tallies(connection, saved, window, SUMMED, announced) == {1: expected}
