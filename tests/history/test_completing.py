# SPDX-License-Identifier: MIT
"""What the history learns of reports, and what it adds to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from elytra_status.history import complete, windows_of
from elytra_status.history.completing import if_usable
from elytra_status.history.importing import EarlierMonitor, ImportedBefore, take_in_earlier
from elytra_status.history.overview import overview
from elytra_status.history.spans import NOTHING_ANNOUNCED, Tally
from elytra_status.history.store import FILE
from elytra_status.model import BACKUPS, MONITORS, Heartbeat, Maintenance, Monitor, Report, State, Uptime, replace
from tests.remembering import NOON, SOURCE, heartbeats, history, report, show, steady

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def seen_of(directory: Path, now: datetime = NOON) -> dict[str, Tally]:
    """Return the seconds that the history has of each monitor in the last day, by label."""
    monitors = overview(directory / FILE, now).monitors
    return {past.key.partition(":")[2]: past.windows["last_24h"].seconds for past in monitors}


def polled(state: State = UP, *, absent: bool = False) -> Report:
    """Return the report of a source without heartbeats."""
    return Report(SOURCE, MONITORS, monitors=(Monitor(f"{SOURCE}:1", "Shop", state, absent=absent),))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (polled(), {"1": Tally(1800)}),
        (polled(DOWN), {"1": Tally(0, 1800)}),
        (polled(UNKNOWN), {}),
        # No answer names it: its state is that of an earlier run.
        (polled(absent=True), {}),
        (polled(UNKNOWN, absent=True), {}),
        (replace(polled(), problem="timed out"), {}),
        (replace(polled(), about=BACKUPS), {}),
    ],
)
def test_a_poll_is_evidence_of_a_state_that_an_answer_names(
    answer: Report, expected: dict[str, Tally], tmp_path: Path
) -> None:
    complete(history(tmp_path), (answer,), NOON)
    assert seen_of(tmp_path, NOON + HOUR) == expected


@pytest.mark.parametrize(
    ("after", "until", "failures"),
    [
        (NOON - HOUR, NOON - HOUR, 1),
        (NOON - HOUR + SECOND, NOON - HOUR, 2),
        (NOON - HOUR, NOON - HOUR + SECOND, 0),
        (NOON - HOUR, NOON - HOUR + SECOND / 2, 1),
        (None, NOON, 0),
        (None, NOON - 2 * HOUR, 2),
    ],
)
def test_a_failure_within_the_seconds_of_an_isolation_is_no_evidence(
    after: datetime | None, until: datetime, failures: int, tmp_path: Path
) -> None:
    """A heartbeat fails at 11:00:00, another at 11:00:01."""
    listed = heartbeats(NOON - HOUR, [DOWN, DOWN, UP], gap=1)
    complete(history(tmp_path), (report({"1": listed}),), NOON, (), {SOURCE: (after, until)})
    assert seen_of(tmp_path)["1"].down == failures


@pytest.mark.parametrize("learns", [True, False])
def test_a_report_that_has_no_monitors_stays_as_it_is(learns: bool, tmp_path: Path) -> None:
    reports = (Report("s3", BACKUPS), Report("kuma", MONITORS), Report("office", MONITORS, problem="timed out"))
    assert complete(history(tmp_path, learns=learns), reports, NOON) == reports
    assert complete(None, reports, NOON) is reports


def test_windows_concern_the_monitors_of_their_components_and_those_of_the_platform_all() -> None:
    def window(hours: int, *components: str) -> Maintenance:
        return Maintenance("m", "Work.", NOON + hours * HOUR, NOON + (hours + 2) * HOUR, components=components)

    noon, hour = int(NOON.timestamp()), 3600
    found = windows_of(
        [window(5), window(0, "Web"), window(1, "Web", "Mail"), window(9, "Old")],
        {"Web": frozenset({"a", "b"}), "Mail": frozenset({"b", "c"})},
    )
    whole = (noon + 5 * hour, noon + 7 * hour)
    assert found.whole == [whole]
    assert found.parts == {
        "a": [(noon, noon + 3 * hour), whole],
        "b": [(noon, noon + 3 * hour), whole],
        "c": [(noon + hour, noon + 3 * hour), whole],
    }
    assert found.of("d") == [whole]


def test_a_monitor_that_is_new_has_none_of_the_past_of_others_while_the_history_is_only_read(tmp_path: Path) -> None:
    week = {int(NOON.timestamp()) // 86400 - ago: Tally(0, 86400) for ago in range(3, 9)}
    hours = {day * 24 + hour: Tally(0, 3600) for day in week for hour in range(24)}
    made = [EarlierMonitor((f"{SOURCE}:{label}",), "", True, hours, week, []) for label in "1234"]
    take_in_earlier(tmp_path / FILE, ImportedBefore(made, 0), NOON, NOTHING_ANNOUNCED, 400)
    listed = {label: steady(NOON - DAY, NOON) for label in ("1", "2", "new", "newer")}
    shown = show(tmp_path, NOON, listed, learns=False)
    assert {label: one.uptime.last_7d for label, one in shown.items() if "new" in label} == {"new": None, "newer": None}
    assert shown["1"].uptime.last_7d is not None
    assert {label: one.uptime.last_24h for label, one in shown.items()} == dict.fromkeys(listed, 1)
    assert show(tmp_path, NOON, {"new": listed["new"]}, learns=False)["new"].uptime.last_7d is None


def test_what_is_only_read_and_what_is_new_count_together(tmp_path: Path) -> None:
    show(tmp_path, NOON - HOUR, {"1": steady(NOON - DAY, NOON - HOUR)})
    shown = show(tmp_path, NOON, {"1": steady(NOON - 30 * MINUTE, NOON, DOWN), "9": []}, learns=False)
    down = 1800
    assert shown["1"].uptime.last_24h == 1 - Fraction(down, 23 * 3600 + 120 + down)
    assert shown["9"].uptime == Uptime()


def test_a_history_that_cannot_be_used_leaves_reports_as_they_are(tmp_path: Path, log_lines: list[str]) -> None:
    (tmp_path / FILE).mkdir()
    answer = report({"1": steady(NOON - DAY, NOON)})
    assert complete(history(tmp_path), (answer,), NOON) == (answer,)
    assert any("the history cannot be used" in line for line in log_lines)


def test_an_internal_error_is_logged_with_the_line_in_which_it_was_raised(log_lines: list[str]) -> None:
    def innermost() -> int:
        return 1 // 0

    def middle() -> int:
        return innermost()

    assert if_usable(lambda: middle(), 5) == 5
    assert "ZeroDivisionError at innermost:" in log_lines[0]


# Heartbeats of the last hours


def beats(found: Monitor) -> list[tuple[float, State]]:
    """Return heartbeats by their minutes before noon."""
    return [((NOON - one.time) / MINUTE, one.state) for one in found.heartbeats]


def saved(directory: Path, *spans: tuple[float, float, State]) -> None:
    """Save heartbeats of each minute, from one time on to another, in minutes before noon."""
    listed: list[Heartbeat] = []
    for first, last, state in spans:
        listed += heartbeats(NOON - first * MINUTE, [state] * int(first - last + 1))
    show(directory, NOON - 5 * MINUTE, {"1": listed})


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (110, 100, [(110, UP), (100, UP)]),
        (130, 100, [(120, UP), (100, UP)]),
        (130, 120, [(120, UP)]),
        (130, 121, []),
        (100, 100, [(100, UP)]),
    ],
)
def test_saved_heartbeats_of_the_last_two_hours_are_added(
    first: float, last: float, expected: list[tuple[float, State]], tmp_path: Path
) -> None:
    saved(tmp_path, (first, last, UP))
    assert beats(show(tmp_path, NOON, {"1": []})["1"]) == expected


def test_a_poll_is_the_newest_heartbeat_and_none_that_lies_ahead(tmp_path: Path) -> None:
    (completed,) = complete(history(tmp_path), (polled(),), NOON)
    assert beats(completed.monitors[0]) == [(0, UP)]
    show(tmp_path, NOON, {"2": heartbeats(NOON - 60 * SECOND, [UP, DOWN], gap=61)})
    assert beats(show(tmp_path, NOON, {"2": []})["2"]) == [(1, UP)]


def test_saved_heartbeats_are_added_only_before_those_that_are_listed(tmp_path: Path) -> None:
    saved(tmp_path, (110, 100, UP), (99, 90, DOWN))
    listed = heartbeats(NOON - 90 * MINUTE, [UP, UP, DOWN])
    assert beats(show(tmp_path, NOON, {"1": listed})["1"]) == [
        (110, UP),
        (100, UP),
        (99, DOWN),
        (90, UP),
        (89, UP),
        (88, DOWN),
    ]
    # A list that begins two hours ago or earlier is complete.
    for minutes in (120, 121):
        listed = heartbeats(NOON - minutes * MINUTE, [UP, UP])
        assert show(tmp_path, NOON, {"1": listed})["1"].heartbeats == tuple(listed)
