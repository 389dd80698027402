# SPDX-License-Identifier: MIT
"""What is imported of a past, and for which monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from elytra_status.history.importing import (
    EarlierMonitor,
    Imported,
    ImportedBefore,
    Wanted,
    importable,
    take_in_earlier,
)
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, Span, Tally
from elytra_status.history.store import FILE
from elytra_status.model import State
from tests.remembering import content

TODAY = 1000
START = TODAY * DAY + 12 * HOUR
NOW = datetime.fromtimestamp(START, UTC)
# Where the rollups end if nothing else is known.
UNTIL = START - 2 * DAY


def imported(directory: Path, *monitors: EarlierMonitor, days_kept: int = 400, from_: int = 0) -> Imported:
    return take_in_earlier(directory / FILE, ImportedBefore(list(monitors), from_), NOW, NOTHING_ANNOUNCED, days_kept)


def monitor(
    *keys: str,
    counts: bool = True,
    hours: Sequence[int] = (),
    days: Sequence[int] = (),
    spans: Sequence[Span] = (),
    name: str = "Shop",
) -> EarlierMonitor:
    """Return a monitor that was up in these hours and days."""
    by_hour, by_day = (
        {number: Tally(length) for number in numbers} for numbers, length in ((hours, HOUR), (days, DAY))
    )
    return EarlierMonitor(keys, name, counts, by_hour, by_day, list(spans))


def test_hours_of_33_days_and_spans_of_two_are_useful_with_some_to_spare() -> None:
    assert importable(NOW) == Wanted(TODAY - 2 - 33 - 1, UNTIL - HOUR, START + 300)


def test_a_monitor_is_imported_under_the_key_that_the_history_has_for_it(tmp_path: Path) -> None:
    first = imported(tmp_path, monitor("kuma:~shop"), monitor("kuma:2", "kuma:~mail"), monitor("kuma:9", counts=False))
    assert first == Imported(2, None)
    again = imported(
        tmp_path, monitor("kuma:1", "kuma:~shop", name="New"), monitor("kuma:2", "kuma:~mail", counts=False)
    )
    assert again == Imported(2, None)
    assert content(tmp_path)["monitors"] == [(1, "kuma:~shop", "Shop", None), (2, "kuma:2", "Shop", None)]


def test_days_are_imported_as_long_as_they_are_kept(tmp_path: Path) -> None:
    days = range(TODAY - 12, TODAY - 5)
    found = imported(tmp_path, monitor("kuma:1", days=days), days_kept=10)
    assert found == Imported(1, date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + TODAY - 10))
    assert [row[0] for row in content(tmp_path)["days"]] == [*range(TODAY - 10, TODAY - 5)]


def test_hours_that_are_too_old_are_only_in_the_rollup_of_their_day(tmp_path: Path) -> None:
    first = TODAY - 2 - 33
    imported(tmp_path, monitor("kuma:1", hours=[first * 24 - 1, first * 24]))
    assert [row[0] for row in content(tmp_path)["hours"]] == [first * 24]
    assert [row[:3] for row in content(tmp_path)["days"]] == [(first - 1, 1, HOUR), (first, 1, HOUR)]


def test_spans_that_end_before_the_end_of_the_rollups_are_left_out(tmp_path: Path) -> None:
    past = Span(UNTIL - HOUR, UNTIL - 60, State.UP, 60)
    late = Span(UNTIL - HOUR, UNTIL - 59, State.UP, 60)
    imported(tmp_path, monitor("kuma:1", spans=[past]), monitor("kuma:2", spans=[late]))
    assert content(tmp_path)["spans"] == [(2, late.first, late.last, 1, 60)]
    # What is rolled up up to a later time counts by its rollups.
    imported(
        tmp_path, monitor("kuma:3", spans=[Span(START - 2 * HOUR, START - HOUR - 60, State.UP, 60)]), from_=START - HOUR
    )
    assert content(tmp_path)["about"] == [("summed_until", START - HOUR)]
    assert 3 not in [row[0] for row in content(tmp_path)["spans"]]
