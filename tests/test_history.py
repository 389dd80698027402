# SPDX-License-Identifier: MIT
"""The history as runs use it: what it takes in, and what it then knows."""

from __future__ import annotations

import stat
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from elytra_status.history.store import FILE
from elytra_status.model import Maintenance, Monitor, State, Uptime
from tests.remembering import NOON, SOURCE, beats, content, show, steady

UP, DOWN, PENDING, MAINTENANCE = State.UP, State.DOWN, State.PENDING, State.MAINTENANCE
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def work(start: timedelta, end: timedelta) -> Maintenance:
    """Return announced maintenance, from some time before noon to another."""
    return Maintenance("m1", "New disks.", NOON - start, NOON - end)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    show(tmp_path, NOON, {"1": steady(NOON - HOUR, NOON)})
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_same_beats_again_change_nothing(tmp_path: Path) -> None:
    listed = {"1": beats(NOON - HOUR, [UP] * 20 + [DOWN] * 3 + [UP] * 20), "2": steady(NOON - HOUR, NOON)}
    first = show(tmp_path, NOON, listed)
    before = content(tmp_path)
    assert show(tmp_path, NOON, listed) == first
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    ("observed", "expected"), [(13 * HOUR, Fraction(1)), (12 * HOUR, Fraction(1)), (11 * HOUR, None)]
)
def test_a_day_observed_for_less_than_half_is_not_known(
    observed: timedelta, expected: Fraction | None, tmp_path: Path
) -> None:
    assert show(tmp_path, NOON, {"1": steady(NOON - observed, NOON)})["1"].uptime.last_24h == expected


def test_downtime_counts_by_its_length_and_not_by_its_beats(tmp_path: Path) -> None:
    # Checked again every 20 seconds while it is down.
    listed = [
        *steady(NOON - DAY, NOON - 2 * HOUR),
        *steady(NOON - 2 * HOUR, NOON - HOUR, DOWN, gap=20),
        *steady(NOON - HOUR, NOON),
    ]
    assert show(tmp_path, NOON, {"1": listed})["1"].uptime.last_24h == Fraction(23, 24)


def test_pending_is_not_down_and_maintenance_is_left_out_of_both_sides(tmp_path: Path) -> None:
    listed = [
        *steady(NOON - DAY, NOON - 12 * HOUR),
        *steady(NOON - 12 * HOUR, NOON - 9 * HOUR, PENDING),
        *steady(NOON - 9 * HOUR, NOON - 5 * HOUR, MAINTENANCE),
        *steady(NOON - 5 * HOUR, NOON, DOWN),
    ]
    assert show(tmp_path, NOON, {"1": listed})["1"].uptime.last_24h == Fraction(15, 20)


def test_a_gap_is_not_counted_as_anything(tmp_path: Path) -> None:
    listed = [*steady(NOON - DAY, NOON - 8 * HOUR), *steady(NOON - 4 * HOUR, NOON, DOWN)]
    # The last beat before the gap holds for three minutes, which is two more than it would.
    up, down = 16 * 3600 + 120, 4 * 3600
    assert show(tmp_path, NOON, {"1": listed})["1"].uptime.last_24h == Fraction(up, up + down)


def test_the_monitoring_systems_own_figures_come_first(tmp_path: Path) -> None:
    own = Uptime(last_24h=Fraction(1, 3), last_30d=Fraction(1, 5))
    listed = {"1": steady(NOON - 6 * DAY, NOON)}
    assert show(tmp_path, NOON, listed, uptime=own)["1"].uptime == Uptime(Fraction(1, 3), Fraction(1), Fraction(1, 5))


def test_downtime_in_maintenance_that_was_announced_here_is_no_downtime(tmp_path: Path) -> None:
    listed = {"1": [*steady(NOON - DAY, NOON - 2 * HOUR), *steady(NOON - 2 * HOUR, NOON, DOWN)]}
    # The monitoring system knows nothing of it, and says 22 of 24 hours.
    own = Uptime(last_24h=Fraction(22, 24))
    shown = show(tmp_path, NOON, listed, uptime=own, maintenance=[work(90 * MINUTE, timedelta(0))])
    assert shown["1"].uptime.last_24h == Fraction(44, 45)
    without = show(tmp_path, NOON, listed, uptime=own)
    assert without["1"].uptime.last_24h == Fraction(22, 24)


def test_a_figure_of_the_monitoring_system_stays_where_nothing_failed_in_the_maintenance(tmp_path: Path) -> None:
    own = Uptime(last_24h=Fraction(22, 24))
    shown = show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)}, uptime=own, maintenance=[work(2 * HOUR, HOUR)])
    assert shown["1"].uptime.last_24h == Fraction(22, 24)


def test_what_is_only_read_is_not_changed_and_what_is_new_counts_all_the_same(tmp_path: Path) -> None:
    show(tmp_path, NOON - HOUR, {"1": steady(NOON - DAY, NOON - HOUR)})
    before = (tmp_path / FILE).read_bytes()
    listed = {"1": steady(NOON - 2 * HOUR, NOON, DOWN), "new": steady(NOON - DAY, NOON)}
    shown = show(tmp_path, NOON, listed, learns=False)
    assert (tmp_path / FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert shown["1"].uptime.last_24h == Fraction(22, 24)
    assert shown["new"].uptime.last_24h == 1
    assert show(tmp_path, NOON, listed) == shown


def test_where_there_is_no_file_reading_makes_none(tmp_path: Path) -> None:
    assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)}, learns=False)["1"].uptime.last_24h == 1
    assert list(tmp_path.iterdir()) == []


def test_looks_at_a_source_without_beats_are_beats(tmp_path: Path) -> None:
    from elytra_status.history import complete
    from elytra_status.model import MONITORS, Report
    from tests.remembering import history

    def look(now: timedelta, state: State) -> Monitor:
        seen = Report(SOURCE, MONITORS, monitors=(Monitor(f"{SOURCE}:1", "Customer 1", state),))
        (completed,) = complete(history(tmp_path), (seen,), NOON + now)
        return completed.monitors[0]

    for number in range(144):
        look(number * 10 * MINUTE, DOWN if 60 <= number < 66 else UP)
    monitor = look(DAY, UP)
    assert monitor.uptime.last_24h == Fraction(23, 24)
    assert [beat.time for beat in monitor.beats] == [NOON + DAY - 2 * HOUR, NOON + DAY]
