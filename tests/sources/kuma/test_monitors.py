# SPDX-License-Identifier: MIT
"""Which monitors of an Uptime Kuma count. Times are seconds before the poll."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from elytra_status.model import State
from elytra_status.sources.kuma.matching import MergedMonitor, Moment
from elytra_status.sources.kuma.monitors import Judged, judge_monitors, restarted
from elytra_status.sources.kuma.responses import Metrics, PageHeartbeats
from tests.sources.kuma.test_states import DAY, DOWN, HEARTBEATS, HOUR, KUMA_2, NOW, STALE, UP, ago, known

pytestmark = pytest.mark.pure

MOMENT = Moment(NOW, STALE)


def numbered(number: int, checks: str | None = None, state: State | None = None, kind: str = "http") -> MergedMonitor:
    return known(checks, state, kind, key=f"k:{number}", identifier=number)


def of(
    *everything: MergedMonitor,
    wanted: tuple[int, ...] = (),
    metrics: Metrics | None = KUMA_2,
    heartbeats: PageHeartbeats | None = HEARTBEATS,
    in_components: Collection[str] = (),
) -> Judged:
    return judge_monitors(list(everything), wanted, metrics, heartbeats, MOMENT, in_components)


def states(found: Judged) -> dict[str, str]:
    """Return by key the state of each monitor that counts, with '!' if it is confirmed, '+' if it repeats others."""
    return {one.key: one.state.value + "!" * one.confirmed + "+" * one.repeats for _, one in found.monitors}


@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (899, False), (900, True), (9000, True)])
def test_a_restart_matters_until_each_monitor_was_checked(seconds: float, is_late: bool) -> None:
    started = ago(seconds)
    assert restarted(Metrics((), "2.5.3", started), MOMENT) == (None if is_late else started)
    assert restarted(Metrics((), "2.5.3", None), MOMENT) is None
    assert restarted(None, MOMENT) is None


# Which are asked for.


def test_monitors_that_the_settings_leave_out_count_in_a_component_that_names_them_and_nowhere_else() -> None:
    three = [numbered(number, None, UP) for number in (1, 2, 3)]
    found = of(*three, wanted=(1,), in_components=("k:2",))
    assert (states(found), found.left_out) == ({"k:1": "up", "k:2": "up+"}, {"k:3"})
    found = of(*three, in_components=("k:2",))
    assert (states(found), found.left_out) == ({"k:1": "up", "k:2": "up", "k:3": "up"}, set())


def test_an_answer_that_names_a_monitor_which_does_not_count_leaves_it_out() -> None:
    found = of(numbered(1, ""), numbered(2, "u240 u180 u121"), numbered(3, None, UP))
    assert (states(found), found.left_out) == ({"k:3": "up"}, {"k:1", "k:2"})
    assert found.remarks == ["1 (k:2) paused", "1 (k:1) without any heartbeat yet"]
    # No answer names this one: it may be missing.
    found = of(numbered(1), numbered(2, "u60"), heartbeats=None, metrics=None)
    assert (states(found), found.left_out) == ({"k:2": "up"}, set())
    assert found.remarks == ["1 (k:1) not in /metrics, and its heartbeats are not known"]
    assert found.warnings == []


def test_what_is_odd_is_a_warning_with_the_first_five_keys() -> None:
    found = of(*(numbered(number) for number in (7, 1, 2, 3, 4, 5)), numbered(8, "u-400", UP))
    assert list(map(str, found.warnings)) == [
        "1 (k:8) with a heartbeat in the future. Check the clocks of Uptime Kuma and of this machine.",
        "6 (k:1, k:2, k:3, k:4, k:5 and 1 more) whose heartbeats are missing, or cannot be read",
    ]


# The newest heartbeat of all.


@pytest.mark.parametrize(
    ("other", "is_paused"),
    [
        ("u240 u180 u120", True),
        # Future heartbeats, or those that have stopped, do not show that other monitors are checked.
        ("u-240 u-300 u-360", False),
        (f"u{DAY + 240} u{DAY + 180} u{DAY + 120}", False),
        (None, False),
        ("", False),
    ],
)
def test_others_that_go_on_show_that_one_has_stopped(other: str | None, is_paused: bool) -> None:
    stopped = numbered(1, f"u{2 * DAY + 120} u{2 * DAY + 60} u{2 * DAY}")
    found = of(stopped, numbered(2, other), metrics=None)
    assert ("k:1" in found.left_out) is is_paused
    assert (stopped.key in states(found)) is not is_paused


def test_the_newest_of_all_is_not_the_oldest_that_is_of_now() -> None:
    stopped = numbered(1, f"u{DAY + 720} u{DAY + 660} u{DAY + 600}")
    others = (numbered(2, "u840 u780 u720"), numbered(3, "u999 u660 u300"))
    assert "k:1" in of(stopped, *others, metrics=None).left_out


# Where Uptime Kuma stands still, /metrics say nothing.


def private(*others: MergedMonitor) -> str:
    """Return the state of a monitor that only /metrics names."""
    return states(of(*others, numbered(9, None, UP)))["k:9"]


@pytest.mark.parametrize(
    ("checks", "stands_still"),
    [
        ("u1020 u960 u900", False),
        ("u1021 u961 u901", True),
        ("u-180 u-240 u-300", False),
        ("u-181 u-241 u-301", True),
        ("u901", False),
        ("", False),
    ],
)
def test_it_stands_still_if_no_monitor_has_a_heartbeat_that_is_due(checks: str, stands_still: bool) -> None:
    expected = "unknown" if stands_still else "up"
    assert private(numbered(1, checks, UP)) == expected


def test_one_heartbeat_shows_that_it_does_not_stand_still() -> None:
    assert private(numbered(1, "u1200 u1140 u1080", UP), numbered(2, "u60")) == "up"


@pytest.mark.parametrize(
    ("checks", "stands_still"), [("u900", False), ("u901", True), ("u-300", False), ("u-301", True)]
)
def test_one_heartbeat_of_a_quarter_of_an_hour_is_enough_to_show_that_it_does_not(
    checks: str, stands_still: bool
) -> None:
    expected = "unknown" if stands_still else "up"
    assert private(numbered(1, "u1200 u1140 u1080", UP), numbered(2, checks)) == expected


def test_what_is_paused_does_not_show_that_it_stands_still() -> None:
    assert private(numbered(1, "u1200 u1140 u1080")) == "up"


def test_rare_heartbeats_count_only_if_no_monitor_has_frequent_ones() -> None:
    hourly, minutely = f"u{3 * HOUR} u{2 * HOUR} u{HOUR}", "u1200 u1140 u1080"
    assert private(numbered(1, hourly, UP)) == "up"
    assert private(numbered(1, hourly, UP), numbered(2, minutely, UP)) == "unknown"
    late = f"u{5 * HOUR} u{4 * HOUR} u{3 * HOUR}"
    assert private(numbered(1, late, UP)) == "unknown"
    assert private(numbered(1, late, UP), numbered(2, hourly, UP)) == "up"


# Groups, which repeat what their monitors say.


def group(checks: str | None, state: State | None, *, critical: bool = False) -> MergedMonitor:
    one = numbered(5, checks, state, "group")
    one.critical = critical
    return one


FAILED = "d180 d120 d60"


def test_a_group_is_left_out_while_it_is_well_or_one_of_its_monitors_is_down() -> None:
    for one, other in (
        (group("u120 u60", UP), numbered(1, "u60", UP)),
        (group("p120 p60", None), numbered(1, "u60", UP)),
        (group(FAILED, DOWN), numbered(1, FAILED, DOWN)),
        (group(FAILED, DOWN), numbered(1, None, DOWN)),
    ):
        found = of(numbered(2, "u60", UP), one, other)
        assert set(states(found)) == {"k:1", "k:2"}
        assert found.left_out == {"k:5"}
        assert "1 (k:5) left out, as a group repeats what its monitors say" in found.remarks
        assert found.warnings == []


def test_a_group_counts_where_it_is_all_that_is_watched_or_chosen_or_critical() -> None:
    up = numbered(1, "u60", UP)
    assert states(of(group("u60", UP))) == {"k:5": "up"}
    assert states(of(group("u60", UP), up, wanted=(1, 5))) == {"k:5": "up", "k:1": "up"}
    assert states(of(group("u60", UP, critical=True), up)) == {"k:5": "up", "k:1": "up"}
    assert states(of(group(FAILED, DOWN, critical=True), up)) == {"k:5": "down!", "k:1": "up"}


def test_a_group_that_a_component_names_counts_there_alone() -> None:
    found = of(group("u60", UP), numbered(1, "u60", UP), in_components=("k:5",))
    assert (states(found), found.left_out) == ({"k:5": "up+", "k:1": "up"}, set())


@pytest.mark.parametrize(("metrics", "expected"), [(KUMA_2, "down"), (None, "down!")])
def test_a_group_that_is_down_while_no_monitor_is_has_one_that_is_not_seen(
    metrics: Metrics | None, expected: str
) -> None:
    """By /metrics that is not confirmed: they do not show which monitor was down recently."""
    found = of(group(FAILED, DOWN), numbered(1, "u60", UP), metrics=metrics)
    assert states(found) == {"k:5": expected, "k:1": "up"}
    assert list(map(str, found.warnings)) == [
        "k:5 is a group that is down while none of the monitors seen is, and counts"
    ]
    assert found.left_out == set()
    one_check = of(group("u180 u120 d60", None), numbered(1, "u60", UP), metrics=None)
    assert states(one_check) == {"k:5": "down", "k:1": "up"}


@pytest.mark.parametrize(
    ("checks", "counts"),
    [
        ("u360 d300 u120 u60", False),
        ("u361 d301 u120 u60", True),
        ("u360 p300 u120 u60", True),
        ("u360 u300 u120 u60", True),
        ("d301 u300 u120 u60", True),
    ],
)
def test_a_group_is_down_for_two_of_its_intervals_after_a_monitor_was(checks: str, counts: bool) -> None:
    found = of(group("d300 d180 d60", DOWN), numbered(1, checks, UP), numbered(2, None, UP))
    assert ("k:5" in states(found)) is counts
    assert ("k:5" in found.left_out) is not counts


def test_a_group_without_heartbeats_has_no_time_in_which_a_monitor_was_down() -> None:
    found = of(group(None, DOWN), numbered(1, "u300 d180 u60", UP))
    assert states(found) == {"k:5": "down", "k:1": "up"}
