# SPDX-License-Identifier: MIT
"""Heartbeats that are old, and monitors that are paused, new, or confirmed by their heartbeats."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.decision import policy
from elytra_status.decision.missing_monitors import Expected, Saved, monitors_to_save
from elytra_status.demo.replay import ReplayFault
from elytra_status.model import Facts, Heartbeat, PlatformStatus, State
from elytra_status.run import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.system.clock import SystemClock
from tests.conftest import VERSIONS, recording
from tests.made_kuma import (
    HEARTBEATS,
    METRICS,
    confirmed,
    heartbeats_json,
    kuma,
    listed,
    made,
    metrics_text,
    page_json,
    poll,
    series,
    settings,
    states,
    steady,
)
from tests.recorded_kuma import GROUP_LEFT_OUT, PUBLIC, long_started

pytestmark = pytest.mark.slow

# Heartbeats that are old.


def test_each_monitor_is_measured_by_its_own_usual_gap() -> None:
    now = datetime.now(UTC)
    daily = steady(now, [1, 1, 1, 1], newest=30 * 3600, gap=86400)
    late = steady(now, [1, 1, 1, 1], newest=50 * 3600, gap=86400)
    cases = {
        1: steady(now, [1, 1, 1]),
        2: steady(now, [1, 1, 1], 16 * 60),
        3: steady(now, [1, 1, 1], 14 * 60),
        4: daily,
        5: late,
    }
    with made(page=page_json(*(listed(key) for key in cases)), heartbeats=heartbeats_json(cases)) as server:
        found = states(poll(settings(server, "page"), now))
    assert found == {"1": "up", "2": "unknown", "3": "up", "4": "up"}


def test_a_pause_of_months_between_two_heartbeats_is_no_usual_gap() -> None:
    now = datetime.now(UTC)
    cases = {1: steady(now, [1, 1, 1]), 2: steady(now, [1, 1], newest=60 * 86400, gap=200 * 86400)}
    text = metrics_text(series(1, 1), series(1, 2))
    with made(text, page_json(listed(1), listed(2)), heartbeats_json(cases)) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "unknown"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kuma_that_is_stuck_is_unknown_whatever_its_metrics_say(version: str) -> None:
    recorded_at = recording(version, "all-up").answer("heartbeat").recorded_at
    assert recorded_at
    now = recorded_at + timedelta(hours=2)
    with kuma(version, clock=lambda: now, moved_to=recorded_at) as server:
        for mode in ("page", "both"):
            report = poll(settings(server, mode), now)
            assert set(states(report).values()) == {"unknown"}
            decision = policy.decide(Facts(now, (report,)), policy.Rules())
            assert decision.status is PlatformStatus.UNKNOWN


def test_a_push_once_a_day_is_no_sign_that_kuma_heartbeats() -> None:
    now = datetime.now(UTC)
    cases = {1: steady(now, [1] * 9, 30 * 3600), 2: steady(now, [1] * 9, 31 * 3600, gap=86400)}
    page = page_json(listed(1), listed(2, kind="push"))
    with made(page=page, heartbeats=heartbeats_json(cases)) as server:
        assert states(poll(settings(server, "page"), now)) == {"1": "unknown", "2": "up"}
    text = metrics_text(series(1, 1), series(1, 2, kind="push"), series(1, 3))
    with made(text, page, heartbeats_json(cases)) as server:
        assert states(poll(settings(server), now)) == {"1": "unknown", "2": "up", "3": "unknown"}


def test_a_page_with_a_paused_monitor_alone_says_nothing_of_the_private_ones() -> None:
    now = datetime.now(UTC)
    heartbeats = heartbeats_json({1: steady(now, [1, 1], 5 * 86400)})
    with made(metrics_text(series(1, 2), series(0, 3)), page_json(listed(1)), heartbeats) as server:
        report = poll(settings(server), now)
    assert states(report) == {"2": "up", "3": "down"}
    assert report.remarks == ("1 (uptime_kuma:1) paused",)


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_clock_that_is_an_hour_wrong_makes_all_unknown(version: str, hours: int) -> None:
    now = datetime.now(UTC)
    with kuma(version, clock=lambda: now, moved_to=now + timedelta(hours=hours)) as server:
        for mode in ("page", "both"):
            report = poll(settings(server, mode), now)
            assert set(states(report).values()) == {"unknown"}
            assert any("Check the clocks" in warning for warning in map(str, report.warnings)) == (hours > 0)


def test_a_clock_that_is_minutes_ahead_does_no_harm() -> None:
    now = datetime.now(UTC)
    with kuma(moved_to=now + timedelta(minutes=4)) as server:
        assert states(poll(settings(server, "page"), now)) == PUBLIC


# Paused, new, restarted.


def paused_later(version: str, now: datetime, ago: timedelta) -> bytes:
    """Return the heartbeats of paused-while-down some time later: the others go on, `store` does not."""
    answer = recording(version, "paused-while-down").answer("heartbeat")
    heartbeats = json.loads(answer.body_at(now))
    for entry in heartbeats["heartbeatList"]["5"]:
        moment = datetime.fromisoformat(entry["time"]) - ago
        entry["time"] = moment.isoformat(" ", "milliseconds")
    return json.dumps(heartbeats).encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_monitor_that_was_down_when_it_was_paused(version: str) -> None:
    now = datetime.now(UTC)
    with kuma(version, "paused-while-down", clock=lambda: now) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        # A fresh heartbeat counts: a monitor missing from /metrics may also be new, or have just been edited.
        for mode in ("page", "both"):
            assert states(poll(settings(server, mode), now))["5"] == "down"
        server.faults[HEARTBEATS] = ReplayFault(body=paused_later(version, now, timedelta(minutes=6)))
        report = poll(settings(server), now)
        assert "5" not in states(report)
        assert report.remarks == ("2 (uptime_kuma:5, uptime_kuma:6) paused", GROUP_LEFT_OUT)
        assert states(poll(settings(server, "page"), now))["5"] == "down"
        server.faults[HEARTBEATS] = ReplayFault(body=paused_later(version, now, timedelta(hours=2)))
        assert states(poll(settings(server, "page"), now))["5"] == "unknown"
        server.faults[HEARTBEATS] = ReplayFault(body=paused_later(version, now, timedelta(days=2)))
        report = poll(settings(server, "page"), now)
        assert "5" not in states(report)
        assert tuple(map(str, report.warnings)) == (
            "2 (uptime_kuma:5, uptime_kuma:6) without a heartbeat for a day, taken for paused"
            ". Set UPTIME_KUMA_API_KEY, which distinguishes paused from stuck monitors.",
        )
        assert "5" not in states(poll(settings(server), now))


def test_a_monitor_with_a_new_tag_counts_though_it_is_missing_from_metrics() -> None:
    now = datetime.now(UTC)
    for newest, state in ((1, "up"), (0, "down"), (2, "pending"), (3, "maintenance")):
        heartbeats = heartbeats_json({1: steady(now, [1, 1]), 2: steady(now, [1] * 20 + [newest] * 2, newest=110)})
        with made(metrics_text(series(1, 1)), page_json(listed(1), listed(2)), heartbeats) as server:
            assert states(poll(settings(server), now)) == {"1": "up", "2": state}


def test_pushes_in_bursts_do_not_make_a_monitor_seem_paused() -> None:
    now = datetime.now(UTC)
    burst = [*steady(now, [1] * 3, 1000, 300), *steady(now, [0] * 9, 200, 0.1)]
    with made(
        metrics_text(series(1, 1)), page_json(listed(1), listed(2)), heartbeats_json({1: steady(now, [1, 1]), 2: burst})
    ) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "down"}


@pytest.mark.parametrize("name", ["metrics-0", "metrics-30s"])
@pytest.mark.parametrize("version", VERSIONS)
def test_just_restarted(version: str, name: str) -> None:
    with kuma(version, "just-restarted", names={METRICS: name}) as server:
        both, metrics = poll(settings(server)), poll(settings(server, "metrics"))
    assert states(both) == PUBLIC
    assert len(states(metrics)) == 1
    # The private ones are push monitors, and appear with their next push: they may not be missing.
    assert not both.complete
    assert not metrics.complete


@pytest.mark.parametrize("version", VERSIONS)
def test_private_monitors_that_are_missing_after_a_restart_are_unknown(version: str) -> None:
    with kuma(version) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        whole = poll(settings(server))
        assert whole.complete
        server.recording = recording(version, "just-restarted")
        del server.faults[METRICS]
        known = monitors_to_save(whole, Expected(), Saved(), datetime.now(UTC))
        seen = assess.assess(settings(server), SystemClock(), SavedState({"uptime_kuma": known}), confirming=False)
    (report,) = seen.reports
    assert sorted(one.state.value for one in report.monitors) == ["unknown", "unknown", "up", "up", "up", "up"]
    assert seen.decision.status is PlatformStatus.UNKNOWN
    assert seen.saved_state.known["uptime_kuma"].monitors.keys() == known.monitors.keys()


# Confirmed.


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([1, 0], False),
        ([1, 0, 0], True),
        ([1, 2, 0], True),
        ([1, 1, 2], False),
        ([1, 2, 2], True),
        ([0, 1, 0], False),
        ([3, 0], False),
    ],
)
def test_two_heartbeats_confirm(statuses: list[int], expected: bool) -> None:
    now = datetime.now(UTC)
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: steady(now, statuses)})) as server:
        assert bool(confirmed(poll(settings(server, "page"), now))) is expected


def test_three_downs_in_one_moment_are_one() -> None:
    now = datetime.now(UTC)
    heartbeats = [*steady(now, [1, 1], 60), *steady(now, [0, 0, 0], 5, gap=0)]
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: heartbeats})) as server:
        report = poll(settings(server, "page"), now)
    assert (states(report), confirmed(report)) == ({"1": "down"}, set())


@pytest.mark.parametrize(
    ("status", "statuses", "state", "is_confirmed"),
    [
        (0, [1, 1, 1], "down", False),
        (1, [1, 0, 0], "down", False),
        (2, [1, 1, 1], "pending", False),
        (1, [1, 2, 2], "pending", False),
        (3, [1, 0, 0], "down", False),
        (3, [1, 1, 1], "maintenance", False),
        (1, [1, 3, 3], "maintenance", False),
        (0, [1, 0, 0], "down", True),
        (0, [1, 2, 2], "down", True),
        (2, [1, 2, 0], "down", True),
        ("NaN", [1, 1, 1], "unknown", False),
        (4, [1, 1, 1], "unknown", False),
        (4, [1, 0, 0], "down", True),
        (1, [1, 1, 9], "unknown", False),
        (0, [1, 1, 9], "down", False),
    ],
)
def test_where_metrics_and_heartbeats_disagree_the_worse_counts_unconfirmed(
    status: object, statuses: list[int], state: str, is_confirmed: bool
) -> None:
    now = datetime.now(UTC)
    with made(
        metrics_text(series(status, 1)), page_json(listed(1)), heartbeats_json({1: steady(now, statuses)})
    ) as server:
        report = poll(settings(server), now)
    assert states(report) == {"1": state}
    assert bool(confirmed(report)) is is_confirmed


def test_since_when_is_not_known_of_what_metrics_alone_say() -> None:
    now = datetime.now(UTC)
    for status, statuses in ((3, [1, 1, 1]), (0, [1, 1, 1]), (1, [3, 3, 0])):
        with made(
            metrics_text(series(status, 1)), page_json(listed(1)), heartbeats_json({1: steady(now, statuses)})
        ) as server:
            assert poll(settings(server), now).monitors[0].since is None


@pytest.mark.parametrize("version", VERSIONS)
def test_metrics_alone_confirm_nothing(version: str) -> None:
    with kuma(version, "group-child-down") as server:
        assert not confirmed(poll(settings(server, "metrics")))
        assert confirmed(poll(settings(server, "page"))) == {"4"}


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([1, 0, 0, 2], "down"),
        ([1, 0, 2], "down"),
        ([1, 0, 2, 2, 2], "down"),
        ([0, 1, 2], "pending"),
        ([0, 3, 2], "pending"),
    ],
)
def test_pending_after_down_is_down(statuses: list[int], state: str) -> None:
    """After a restart Uptime Kuma counts retries anew; the service was not up in between."""
    now = datetime.now(UTC)
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: steady(now, statuses)})) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": state}
    assert bool(confirmed(report)) is (state == "down")


def test_pending_long_after_down_is_pending() -> None:
    now = datetime.now(UTC)
    heartbeats = [*steady(now, [1, 1, 0, 0], newest=3600), *steady(now, [2])]
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: heartbeats})) as server:
        assert states(poll(settings(server, "page"), now)) == {"1": "pending"}


def test_since_is_when_the_bad_run_began() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with made(
        page=page_json(listed(1)), heartbeats=heartbeats_json({1: steady(now, [1, 2, 0, 0], newest=10)})
    ) as server:
        (monitor,) = poll(settings(server, "page"), now).monitors
    assert monitor.since == now - timedelta(seconds=130)
    assert monitor.heartbeats[-1] == Heartbeat(now - timedelta(seconds=10), State.DOWN)
