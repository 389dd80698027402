# SPDX-License-Identifier: MIT
"""Uptime figures of many monitors: how many monitors an overall figure must cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status.decision import policy
from elytra_status.decision.components import judge
from elytra_status.decision.rules import Rules
from elytra_status.decision.uptimes import aggregate, coverage, coverage_in_words
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.model import MONITORS, Facts, Monitor, Report, State, Uptime
from elytra_status.settings import Settings
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests import remembering
from tests.in_process import run_command
from tests.made_kuma import HEARTBEATS, heartbeats_json, listed, made, page_json, settings, steady
from tests.remembering import NOON

NOW = datetime.now(UTC).replace(microsecond=0)
NUMBERS = range(1, 21)


def badge(number: int, hours: int) -> str:
    return f"/api/badge/{number}/uptime/{hours}"


@pytest.fixture
def twenty() -> Iterator[ReplayServer]:
    """An Uptime Kuma with 20 monitors on its page: four never down, sixteen down for a tenth of the time."""
    with made(b"none", page_json(*map(listed, NUMBERS))) as server:
        for number in NUMBERS:
            percent = "100.0" if number <= 4 else "90.00"
            for hours in (168, 720):
                body = f"<svg><title>Uptime ({hours}h): {percent}%</title></svg>".encode()
                server.faults[badge(number, hours)] = ReplayFault(status=200, body=body, content_type="image/svg+xml")
        heartbeats = {number: steady(NOW, [1] * 100) for number in NUMBERS}
        server.faults[HEARTBEATS] = ReplayFault(
            status=200, body=heartbeats_json(heartbeats), content_type="application/json"
        )
        yield server


def poll(asked: Settings) -> Report:
    return uptime_kuma.poll(asked, PollRequest(NOW, 20, clock=SYSTEM_CLOCK))


def decided(*reports: Report, minimum: bool = False) -> Uptime:
    return policy.decide(Facts(NOW, reports), Rules(minimum_of_uptimes=minimum)).uptime


@pytest.mark.parametrize("broken", [[1, 2, 3, 4], [9, 10, 11, 12], [17, 18, 19, 20]])
def test_a_badge_that_breaks_off_costs_one_badge(broken: list[int], twenty: ReplayServer) -> None:
    for number in broken:
        twenty.faults[badge(number, 720)] = ReplayFault(reset=True)
    report = poll(settings(twenty, "page"))
    without = {one.key for one in report.monitors if one.uptime.last_30d is None}
    assert without == {f"uptime_kuma:{number}" for number in broken}
    assert all(one.uptime.last_7d is not None for one in report.monitors)
    assert "4 uptime badges were not answered" in map(str, report.warnings)
    # A fifth of the monitors is missing: the rest does not stand for all.
    assert decided(report).last_30d is None
    assert float(decided(report).last_7d or 0) == pytest.approx((4 * 0.99995 + 16 * 0.89995) / 20)


@pytest.mark.parametrize("fault", [ReplayFault(reset=True), ReplayFault(status=500), ReplayFault(status=200, size=5)])
def test_one_failed_badge_of_twenty_leaves_a_figure_of_the_others(fault: ReplayFault, twenty: ReplayServer) -> None:
    twenty.faults[badge(20, 720)] = fault
    report = poll(settings(twenty, "page"))
    assert float(decided(report).last_30d or 0) == pytest.approx((4 * 0.99995 + 15 * 0.89995) / 19, abs=0.0001)
    assert [one.key for one in report.monitors if one.uptime.last_30d is None] == ["uptime_kuma:20"]


@pytest.mark.slow
def test_four_badges_that_hang_cost_four(twenty: ReplayServer) -> None:
    for number in (1, 2, 3, 4):
        twenty.faults[badge(number, 168)] = ReplayFault(hang=True)
    report = poll(settings(twenty, "page"))
    assert sum(one.uptime.last_7d is None for one in report.monitors) == 4
    assert all(one.uptime.last_30d is not None for one in report.monitors)


# What the rule says


def monitors(with_figure: int, without: int = 0, too_new: int = 0, share: Fraction = Fraction(1)) -> list[Monitor]:
    """Return monitors with a figure for 7 days, some that are old enough and have none, and some too new."""
    kinds = [(Uptime(last_7d=share), frozenset[str]())] * with_figure
    kinds += [(Uptime(), frozenset[str]())] * without
    kinds += [(Uptime(), frozenset({"last_7d", "last_30d"}))] * too_new
    return [
        Monitor(f"probes:{n}", "", State.UP, uptime=uptime, too_new=windows)
        for n, (uptime, windows) in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("with_figure", "without", "too_new", "published"),
    [
        (18, 2, 0, True),
        (17, 3, 0, False),
        (9, 1, 0, True),
        (8, 1, 0, False),
        (1, 0, 19, True),
        (9, 1, 90, True),
        (0, 0, 5, False),
        (0, 0, 0, False),
    ],
)
@pytest.mark.parametrize("minimum", [False, True])
def test_nine_tenths_of_those_that_are_old_enough_must_have_a_figure(
    with_figure: int, without: int, too_new: int, published: bool, minimum: bool
) -> None:
    found = aggregate(monitors(with_figure, without, too_new), minimum=minimum)
    assert found == Uptime(last_7d=Fraction(1) if published else None)


def test_a_component_is_held_to_the_same_rule_over_its_own_monitors() -> None:
    watched = tuple(monitors(9, 1))
    report = Report("probes", MONITORS, monitors=watched)
    assert decided(report).last_7d == 1
    part = frozenset(one.key for one in watched[6:])
    assert judge(Facts(NOW, (report,)), part, Rules()).uptime.last_7d is None


def test_a_silent_source_of_which_nothing_is_known_leaves_no_figure_of_the_others() -> None:
    report = Report("probes", MONITORS, monitors=tuple(monitors(10)))
    silent = Report("prometheus", MONITORS, problem="prometheus: timed out", complete=False)
    assert decided(report, silent) == Uptime()
    # Its monitors are known, and so is what is known of their past.
    assert decided(report, Report("prometheus", MONITORS, monitors=tuple(monitors(5)), problem="x")).last_7d == 1
    assert decided(report, Report("prometheus", MONITORS, monitors=tuple(monitors(0, 5)), problem="x")).last_7d is None


def test_the_lines_say_of_how_many_monitors_a_figure_is() -> None:
    watched = [
        Monitor(one.key, "", one.state, uptime=Uptime(Fraction(1), one.uptime.last_7d), too_new=one.too_new)
        for one in monitors(4, 0, 2)
    ]
    assert coverage_in_words(coverage(watched)) == [
        "uptime of the last 7 days: 4 of 6 monitors have a figure, 2 are too new",
        "uptime of the last 30 days: not published, because no monitor has a figure, 2 are too new",
    ]


def test_the_journal_of_a_run_says_of_how_many_monitors_a_figure_is(
    twenty: ReplayServer,
    make_settings: Callable[..., Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    twenty.faults[badge(20, 720)] = ReplayFault(reset=True)
    make_settings(UPTIME_KUMA_URL=twenty.url, UPTIME_KUMA_STATUS_PAGE="elytra")
    assert run_command(tmp_path, "run") == 0
    assert "uptime of the last 30 days: 19 of 20 monitors have a figure" in capfd.readouterr().err


# Which monitors are too new, by the history

DAY = timedelta(days=1)


def known_by_history(directory: Path, learns: bool, **since: timedelta) -> dict[str, Monitor]:
    """Return monitors that have been up for this long, as the history completes them; it knows the older ones."""
    older = {label: ago for label, ago in since.items() if ago > DAY / 2}
    for day in range(max(ago.days for ago in since.values()), 0, -1):
        listed = {
            label: remembering.steady(NOON - day * DAY, NOON - (day - 1) * DAY, gap=1800)
            for label, ago in older.items()
            if ago >= day * DAY
        }
        remembering.show(directory, NOON - (day - 1) * DAY, listed)
    listed = {label: remembering.steady(NOON - min(DAY, ago), NOON, gap=1800) for label, ago in since.items()}
    return remembering.show(directory, NOON, listed, learns=learns)


@pytest.mark.parametrize("learns", [True, False])
def test_a_monitor_that_came_to_a_source_that_was_watched_is_too_new(learns: bool, tmp_path: Path) -> None:
    completed = known_by_history(tmp_path, learns, a=20 * DAY, b=20 * DAY, c=2 * DAY, d=DAY / 8)
    assert completed["a"].too_new == frozenset()
    assert completed["c"].too_new == {"last_7d", "last_30d"}
    assert completed["d"].too_new == {"last_24h", "last_7d", "last_30d"}
    assert aggregate(completed.values(), minimum=False) == Uptime(Fraction(1), Fraction(1), Fraction(1))


def test_monitors_of_a_source_that_is_new_here_may_be_old(tmp_path: Path) -> None:
    completed = known_by_history(tmp_path, True, a=2 * DAY, b=2 * DAY, c=DAY / 8)
    assert completed["a"].too_new == completed["b"].too_new == frozenset()
    # In the last day it is the new one.
    assert completed["c"].too_new == {"last_24h"}
    assert aggregate(completed.values(), minimum=False) == Uptime(Fraction(1), None, None)


def test_a_monitor_that_was_not_observed_is_not_too_new(tmp_path: Path) -> None:
    known_by_history(tmp_path, True, a=20 * DAY, b=20 * DAY)
    later = NOON + 5 * DAY
    for day in (4, 3, 2, 1):
        remembering.show(
            tmp_path, later - (day - 1) * DAY, {"a": remembering.steady(later - day * DAY, later - (day - 1) * DAY)}
        )
    completed = remembering.show(tmp_path, later, {"a": remembering.steady(later - DAY, later), "b": []})
    assert (completed["b"].uptime.last_7d, completed["b"].too_new) == (None, frozenset())
    assert aggregate(completed.values(), minimum=False).last_7d is None
