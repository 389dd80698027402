# SPDX-License-Identifier: MIT
"""The history as runs use it: what it saves, and what it then knows."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elytra_status.history import complete, windows_of
from elytra_status.history.importing import EarlierMonitor, ImportedBefore, take_in_earlier
from elytra_status.history.overview import overview
from elytra_status.history.spans import NOTHING_ANNOUNCED, Tally
from elytra_status.history.store import FILE
from elytra_status.model import MONITORS, Heartbeat, Maintenance, Monitor, Report, State, Uptime, replace
from tests.examples import most
from tests.remembering import NOON, SOURCE, at, content, heartbeats, history, report, show, steady

pytestmark = pytest.mark.slow

UP, DOWN, PENDING, MAINTENANCE = State.UP, State.DOWN, State.PENDING, State.MAINTENANCE
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A directory in memory if there is one: there are many runs here, each of which waits for the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


def work(start: timedelta, end: timedelta) -> Maintenance:
    """Return announced maintenance between two times before noon."""
    return Maintenance("m1", "New disks.", NOON - start, NOON - end)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    show(tmp_path, NOON, {"1": steady(NOON - HOUR, NOON)})
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_same_heartbeats_again_change_nothing(tmp_path: Path) -> None:
    listed = {"1": heartbeats(NOON - HOUR, [UP] * 20 + [DOWN] * 3 + [UP] * 20), "2": steady(NOON - HOUR, NOON)}
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


def test_downtime_counts_by_its_length_and_not_by_its_heartbeats(tmp_path: Path) -> None:
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
    # The last heartbeat before the gap holds for three minutes, which is two more than it would.
    up, down = 16 * 3600 + 120, 4 * 3600
    assert show(tmp_path, NOON, {"1": listed})["1"].uptime.last_24h == Fraction(up, up + down)


def test_the_monitoring_systems_own_figures_come_first(tmp_path: Path) -> None:
    own = Uptime(last_24h=Fraction(1, 3), last_30d=Fraction(1, 5))
    listed = {"1": steady(NOON - 6 * DAY, NOON)}
    # Everything that was observed here this week was up, but two thirds of its last day was not.
    week = 1 - Fraction(2, 3) / 7
    assert show(tmp_path, NOON, listed, uptime=own)["1"].uptime == Uptime(Fraction(1, 3), week, Fraction(1, 5))


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


def test_reading_changes_nothing_and_counts_new_heartbeats(tmp_path: Path) -> None:
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


def test_polls_of_a_source_without_heartbeats_count_as_heartbeats(tmp_path: Path) -> None:
    def look(now: timedelta, state: State) -> Monitor:
        seen = Report(SOURCE, MONITORS, monitors=(Monitor(f"{SOURCE}:1", "Customer 1", state),))
        (completed,) = complete(history(tmp_path), (seen,), NOON + now)
        return completed.monitors[0]

    for number in range(144):
        look(number * 10 * MINUTE, DOWN if 60 <= number < 66 else UP)
    monitor = look(DAY, UP)
    assert monitor.uptime.last_24h == Fraction(23, 24)
    assert [heartbeat.time for heartbeat in monitor.heartbeats] == [NOON + DAY - 2 * HOUR, NOON + DAY]


# Long times


def second_by_second(heartbeats_seen: list[Heartbeat], hold: int, start: int, end: int) -> tuple[int, int, int]:
    """Count seconds up (or pending), down, and in maintenance, one by one."""
    times = [(int(heartbeat.time.timestamp()), heartbeat.state) for heartbeat in heartbeats_seen]
    place, up, down, maintenance = -1, 0, 0, 0
    for second in range(start, end):
        while place + 1 < len(times) and times[place + 1][0] <= second:
            place += 1
        if place < 0 or second >= times[place][0] + hold:
            continue
        up += times[place][1] in (UP, PENDING)
        down += times[place][1] is DOWN
        maintenance += times[place][1] is MAINTENANCE
    return up, down, maintenance


pieces_of_time = st.lists(
    st.tuples(st.sampled_from([UP, UP, DOWN, PENDING, MAINTENANCE, None]), st.integers(1, 240)), min_size=5, max_size=40
)


@settings(max_examples=most(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces_of_time, st.integers(10, 400), st.integers(0, 3600))
def test_figures_over_days_of_runs_are_what_a_count_of_each_second_gives(
    tmp_path: Path, timeline: list[tuple[State | None, int]], minutes_between_runs: int, offset: int
) -> None:
    gap = 300
    start = NOON + timedelta(seconds=offset)
    everything: list[Heartbeat] = []
    at = start
    for state, count in timeline:
        if state is not None:
            everything += heartbeats(at, [state] * count, gap)
        at += timedelta(seconds=gap * count)
    with tempfile.TemporaryDirectory(dir=tmp_path) as name:
        now = start
        while now < at:
            now = min(now + timedelta(minutes=minutes_between_runs), at)
            seen = [heartbeat for heartbeat in everything if heartbeat.time <= now]
            # As Uptime Kuma lists them; runs are frequent enough that none is missed.
            monitor = show(Path(name), now, {"1": seen[-100:]})["1"] if seen else None
        moment = int(now.timestamp())
        assert monitor
        for window, days in (("last_24h", 1), ("last_7d", 7)):
            since = moment - days * 86400
            summed = (moment - 2 * 86400) // 3600 * 3600
            since = since if since >= summed else since // 3600 * 3600
            first = int(start.timestamp())
            up, down, maintenance = second_by_second(everything, 2 * gap + 60, max(since, first), moment)
            known = up + down and 2 * (up + down + maintenance) >= moment - since
            assert getattr(monitor.uptime, window) == (Fraction(up, up + down) if known else None)


ZONES = ("UTC", "Europe/Vienna", "America/Chicago")
CHANGES = ("2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2028-02-29", "2027-02-28", "2026-12-31")


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("zone", ZONES, indirect=True)
@pytest.mark.parametrize("day", CHANGES)
def test_a_change_of_daylight_saving_and_a_leap_day_are_days_like_others(day: str, zone: None, tmp_path: Path) -> None:
    noon = at(f"{day} 12:00")
    start = noon - 2 * DAY
    # Down from 01:00 to 04:00 UTC of the day, including the hour that local time repeats or skips.
    down_from, down_to = at(f"{day} 01:00"), at(f"{day} 04:00")
    listed = [
        *steady(start, down_from, gap=300),
        *steady(down_from, down_to, DOWN, gap=300),
        *steady(down_to, noon + 3 * DAY, gap=300),
    ]
    now = start
    while now < noon + 3 * DAY:
        now += 4 * HOUR
        shown = show(tmp_path, now, {"1": [heartbeat for heartbeat in listed if heartbeat.time <= now][-100:]})["1"]
        hours_down = max(timedelta(0), min(now, down_to) - max(now - DAY, down_from)) / HOUR
        if now >= start + DAY:
            assert shown.uptime.last_24h == Fraction(24 - int(hours_down), 24)
    days = overview(tmp_path / FILE, now).monitors[0].days
    seconds = {when.isoformat(): measured.seconds for when, measured in days.items() if measured.seconds}
    assert seconds[day] == (21 * 3600, 3 * 3600, 0, 0)
    after = (noon + DAY).date().isoformat()
    assert seconds[after] == (24 * 3600, 0, 0, 0)
    assert list(days)[-1] == now.date()
    assert len(days) == 90


def test_a_leap_day_is_one_of_the_days(tmp_path: Path) -> None:
    show(tmp_path, at("2028-03-01 12:00"), {"1": steady(at("2028-03-01 00:00"), at("2028-03-01 12:00"))})
    days = [when.isoformat() for when in overview(tmp_path / FILE, at("2028-03-01 12:00")).monitors[0].days]
    assert days[-3:] == ["2028-02-28", "2028-02-29", "2028-03-01"]


def run_for(directory: Path, start: datetime, end: datetime, every: timedelta = 30 * MINUTE, **monitors: State) -> None:
    """Let runs see heartbeats of each minute, at most a hundred, from one time to another."""
    now = start
    while now < end:
        now += every
        listed = {label: steady(max(start, now - 100 * MINUTE), now, state) for label, state in monitors.items()}
        show(directory, now, listed)


def test_a_clock_that_was_ahead_by_a_year_costs_nothing_that_was_known(tmp_path: Path) -> None:
    run_for(tmp_path, NOON - 40 * DAY, NOON - 3 * DAY, 90 * MINUTE, a=UP)
    run_for(tmp_path, NOON - 3 * DAY, NOON, a=DOWN)
    wrong = NOON + 365 * DAY
    for number in range(6):
        now = wrong + number * 10 * MINUTE
        show(tmp_path, now, {"a": steady(now - 10 * MINUTE, now)})
    after = show(tmp_path, NOON + HOUR, {"a": steady(NOON, NOON + HOUR)})["a"]
    assert after.uptime.last_24h == Fraction(1, 24)
    assert after.uptime.last_30d is not None
    assert float(after.uptime.last_30d) == pytest.approx(27 / 30, abs=0.003)


def test_a_clock_that_was_behind_by_a_month_costs_nothing_that_was_known(tmp_path: Path) -> None:
    run_for(tmp_path, NOON - 40 * DAY, NOON - 3 * DAY, 90 * MINUTE, a=UP)
    run_for(tmp_path, NOON - 3 * DAY, NOON, a=DOWN)
    before = show(tmp_path, NOON, {"a": steady(NOON - 100 * MINUTE, NOON, DOWN)})["a"].uptime
    # Its own clock is wrong and Uptime Kuma's is not: all heartbeats are in the future, and are no evidence.
    wrong = show(tmp_path, NOON - 30 * DAY, {"a": steady(NOON - 100 * MINUTE, NOON, UP)})["a"]
    assert wrong.uptime.last_24h == 1
    assert show(tmp_path, NOON, {"a": steady(NOON - 100 * MINUTE, NOON, DOWN)})["a"].uptime == before


def test_heartbeats_of_the_future_are_no_evidence_when_it_has_come(tmp_path: Path) -> None:
    # The clock of the monitoring system is ahead. A few seconds do not matter.
    show(tmp_path, NOON, {"1": [*steady(NOON - HOUR, NOON + 2 * MINUTE), *steady(NOON + HOUR, NOON + 2 * HOUR)]})
    show(tmp_path, NOON + 3 * HOUR, {"1": steady(NOON + 170 * MINUTE, NOON + 3 * HOUR)})
    seconds = overview(tmp_path / FILE, NOON + 3 * HOUR).monitors[0].windows["last_24h"].seconds
    # Two minutes after the last heartbeat nothing is known any more.
    assert seconds == (3600 + 120 + 120 + 600, 0, 0, 0)


def test_heartbeats_older_than_the_saved_ones_are_added(tmp_path: Path) -> None:
    listed = steady(NOON - 6 * HOUR, NOON)
    show(tmp_path, NOON, {"1": listed[-10:]})
    show(tmp_path, NOON, {"1": listed})
    seconds = overview(tmp_path / FILE, NOON).monitors[0].windows["last_24h"].seconds
    assert seconds == (6 * 3600, 0, 0, 0)


def test_between_equal_rollups_the_runs_own_counts(tmp_path: Path) -> None:
    hour = int((NOON - 60 * HOUR).timestamp()) // 3600

    def take_in(now: datetime, seconds: int) -> None:
        sums = {hour: Tally(up=seconds)}
        earlier = ImportedBefore([EarlierMonitor((f"{SOURCE}:1",), "", True, sums, {}, [])], 0)
        take_in_earlier(tmp_path / FILE, earlier, now, NOTHING_ANNOUNCED, 400)

    def down() -> int:
        seconds = overview(tmp_path / FILE, NOON).monitors[0].windows["last_7d"].seconds
        assert seconds
        return seconds.down

    # The rollup of an hour from another source, before and after a run has summed what it saw of it.
    take_in(NOON - 59 * HOUR, 3600)
    show(tmp_path, NOON - 59 * HOUR, {"1": steady(NOON - 61 * HOUR, NOON - 59 * HOUR, DOWN)})
    show(tmp_path, NOON, {"1": steady(NOON - HOUR, NOON)})
    assert down() == 2 * 3600 + 120
    take_in(NOON, 3600)
    assert down() == 2 * 3600 + 120


def test_an_hour_that_a_clock_lives_twice_counts_once(tmp_path: Path) -> None:
    first = steady(NOON - DAY, NOON)
    show(tmp_path, NOON, {"1": first})
    # The clock is set back by an hour, and the monitor is down in the repeated hour.
    again = steady(NOON - HOUR, NOON, DOWN)
    shown = show(tmp_path, NOON, {"1": sorted([*first[-60:], *again], key=lambda heartbeat: heartbeat.time)})["1"]
    assert shown.uptime.last_24h == Fraction(23, 24)
    measured = overview(tmp_path / FILE, NOON).monitors[0].windows["last_24h"]
    assert measured.observed == 1


# Size and age


def test_days_that_are_too_old_go_and_hours_too(tmp_path: Path) -> None:
    run_for(tmp_path, NOON - 60 * DAY, NOON, 6 * HOUR, a=UP)
    kept = content(tmp_path)
    assert len(kept["hours"]) <= 36 * 24
    assert len(kept["days"]) >= 58
    for _ in range(20):
        show(tmp_path, NOON, {"a": steady(NOON - HOUR, NOON)}, days_kept=40)
    assert len(content(tmp_path)["days"]) <= 40


def test_the_figures_of_the_past_do_not_change_when_it_is_summed(tmp_path: Path) -> None:
    listed = [*steady(NOON - 47 * HOUR, NOON - 30 * HOUR), *steady(NOON - 30 * HOUR, NOON - 26 * HOUR, DOWN)]
    listed += steady(NOON - 26 * HOUR, NOON)
    show(tmp_path, NOON, {"1": listed})
    before = overview(tmp_path / FILE, NOON).monitors[0]
    show(tmp_path, NOON + 3 * DAY, {"1": steady(NOON, NOON + 3 * DAY)})
    after = overview(tmp_path / FILE, NOON + 3 * DAY).monitors[0]
    yesterday = (NOON - DAY).date()
    assert content(tmp_path)["hours"]
    assert after.days[yesterday] == before.days[yesterday]
    assert after.windows["last_7d"].seconds
    assert after.windows["last_7d"].seconds.down == 4 * 3600


def test_maintenance_stays_out_of_the_figures_when_it_is_summed(tmp_path: Path) -> None:
    announced = [work(30 * HOUR, 26 * HOUR)]
    listed = [*steady(NOON - 47 * HOUR, NOON - 29 * HOUR), *steady(NOON - 29 * HOUR, NOON - 26 * HOUR, DOWN)]
    listed += steady(NOON - 26 * HOUR, NOON)
    own = Uptime(last_7d=Fraction(9, 10))
    show(tmp_path, NOON, {"1": listed}, maintenance=announced)
    later = {"1": steady(NOON, NOON + 3 * DAY)}
    shown = show(tmp_path, NOON + 3 * DAY, later, maintenance=announced, uptime=own)["1"]
    seconds = overview(tmp_path / FILE, NOON + 3 * DAY, windows_of(announced)).monitors[0].windows["last_7d"].seconds
    assert seconds
    assert (seconds.down, seconds.maintenance, seconds.excused) == (0, 4 * 3600, 3 * 3600)
    # The monitoring system counted it as downtime, which it must not be.
    assert shown.uptime.last_7d == 1


def test_a_monitor_that_heartbeats_once_a_day_is_known_of_all_its_days(tmp_path: Path) -> None:
    listed = heartbeats(NOON - 60 * DAY, [UP] * 40 + [DOWN] + [UP] * 20, gap=86400)
    shown = show(tmp_path, NOON, {"1": listed})["1"]
    assert shown.uptime == Uptime(Fraction(1), Fraction(1), Fraction(29, 30))
    before = content(tmp_path)
    assert show(tmp_path, NOON + 10 * MINUTE, {"1": listed})["1"].uptime.last_24h == 1
    assert content(tmp_path)["hours"] == before["hours"]


def test_heartbeats_of_the_last_hours_are_handed_on_where_fewer_are_listed(tmp_path: Path) -> None:
    listed = [*steady(NOON - 3 * HOUR, NOON - HOUR), *heartbeats(NOON - HOUR, [DOWN, UP, DOWN, UP])]
    show(tmp_path, NOON - 56 * MINUTE, {"1": listed})
    late = steady(NOON - 20 * MINUTE, NOON)
    shown = show(tmp_path, NOON, {"1": late})["1"]
    assert shown.heartbeats[-20:] == tuple(late)
    changes = [later.state for earlier, later in pairwise(shown.heartbeats) if earlier.state is not later.state]
    assert changes == [DOWN, UP, DOWN, UP]
    assert shown.heartbeats[0].time == NOON - 2 * HOUR
    # A complete list needs nothing else.
    whole = steady(NOON - 3 * HOUR, NOON)
    assert show(tmp_path, NOON, {"1": whole})["1"].heartbeats == tuple(whole)


# A source that was cut off


def cut_off(directory: Path, now: datetime, listed: list[Heartbeat], **more: Any) -> Monitor:
    """Add heartbeats of a source that was isolated from 10:00 to 11:00; return the monitor."""
    used = history(directory, learns=more.pop("learns", True))
    windows = more.pop("windows", {SOURCE: (NOON - 2 * HOUR, NOON - HOUR)})
    (completed,) = complete(used, (report({"1": listed}, **more),), now, (), windows)
    return completed.monitors[0]


def failed_meanwhile() -> list[Heartbeat]:
    down = steady(NOON - 2 * HOUR + MINUTE, NOON - HOUR + MINUTE, DOWN)
    return [*steady(NOON - DAY, NOON - 2 * HOUR + MINUTE), *down, *steady(NOON - HOUR + MINUTE, NOON)]


@pytest.mark.parametrize("learns", [True, False])
def test_what_failed_while_the_source_was_isolated_is_no_downtime(learns: bool, tmp_path: Path) -> None:
    assert cut_off(tmp_path, NOON, failed_meanwhile(), learns=learns).uptime.last_24h == 1
    assert cut_off(tmp_path, NOON, failed_meanwhile(), learns=learns, windows={}).uptime.last_24h == (
        1 if learns else Fraction(23, 24)
    )


def test_it_is_no_observed_time_either_and_stays_so_when_it_is_summed(tmp_path: Path) -> None:
    cut_off(tmp_path, NOON, failed_meanwhile())
    for days in (0, 1, 2, 3, 4):
        now = NOON + days * DAY
        show(tmp_path, now, {"1": failed_meanwhile()[-100:] if not days else steady(now - DAY, now)})
        seconds = overview(tmp_path / FILE, now).monitors[0].windows["last_7d"].seconds
        assert seconds
        assert (seconds.up, seconds.down) == ((23 + 24 * days) * 3600, 0)


def test_a_figure_of_the_source_itself_gives_way_for_as_long_as_it_counts_that(tmp_path: Path) -> None:
    own = Uptime(Fraction(23, 24), Fraction(167, 168))
    assert cut_off(tmp_path, NOON, failed_meanwhile(), uptime=own).uptime.last_24h == 1
    later = {"1": steady(NOON, NOON + 6 * DAY)}
    shown = show(tmp_path, NOON + 6 * DAY, later, uptime=replace(own, last_24h=Fraction(1)))["1"]
    assert (shown.uptime.last_24h, shown.uptime.last_7d) == (1, 1)
    # None of these 24 hours was: the source's own figure stays, and is part of the week.
    shown = show(tmp_path, NOON + 6 * DAY, later, uptime=own)["1"]
    assert (shown.uptime.last_24h, shown.uptime.last_7d) == (Fraction(23, 24), Fraction(167, 168))


def test_downtime_is_withdrawn_once_the_source_is_known_to_have_been_isolated(tmp_path: Path) -> None:
    listed = failed_meanwhile()
    during = NOON - 90 * MINUTE
    seen = [heartbeat for heartbeat in listed if heartbeat.time <= during]
    assert show(tmp_path, during, {"1": seen})["1"].uptime.last_24h != 1
    assert cut_off(tmp_path, NOON, listed[-120:]).uptime.last_24h == 1


def test_what_another_source_saw_fail_is_downtime(tmp_path: Path) -> None:
    other = cut_off(tmp_path, NOON, failed_meanwhile(), source="better_stack")
    assert other.uptime.last_24h == Fraction(23, 24)
