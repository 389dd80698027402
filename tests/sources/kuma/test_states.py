# SPDX-License-Identifier: MIT
"""The state of one monitor of an Uptime Kuma, rule by rule. Times are seconds before the poll."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.model import Heartbeat, Monitor, State, replace
from elytra_status.sources.kuma.matching import MergedMonitor, Moment
from elytra_status.sources.kuma.readings import Reading
from elytra_status.sources.kuma.responses import Metrics, MonitorSeries, PageHeartbeats
from elytra_status.sources.kuma.states import (
    AHEAD,
    LEFT,
    LEFT_BEHIND,
    MAY_BE_LEFT_BEHIND,
    NO_HEARTBEAT,
    NO_LONGER_IN_METRICS,
    NOT_KNOWN,
    PAUSED,
    STILL,
    TAKEN_FOR_PAUSED,
    UNREADABLE,
    Whole,
    judge_one,
)

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
STALE = timedelta(minutes=15)
MINUTE, HOUR, DAY = 60, 3600, 86400
UP, DOWN, PENDING, MAINTENANCE, UNKNOWN = State.UP, State.DOWN, State.PENDING, State.MAINTENANCE, State.UNKNOWN
LETTERS = {"u": UP, "d": DOWN, "p": PENDING, "m": MAINTENANCE, "?": UNKNOWN}
KUMA_2, KUMA_1 = Metrics((), "2.5.3", None), Metrics((), "1.23.17", None)
HEARTBEATS = PageHeartbeats({}, {})
HALF, THIRD, QUARTER = (Fraction(1, number) for number in (2, 3, 4))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def series(state: State, kind: str = "http", ratio_30d: Fraction | None = None) -> MonitorSeries:
    return MonitorSeries(1, "Site", kind, "", "", "", state, ratio_30d=ratio_30d)


def known(checks: str | None = None, state: State | None = None, kind: str = "http", **more: Any) -> MergedMonitor:
    """Return a monitor with heartbeats such as 'u120 d60', and its state in /metrics."""
    heartbeats = (
        None if checks is None else tuple(Heartbeat(ago(float(one[1:])), LETTERS[one[0]]) for one in checks.split())
    )
    in_metrics = None if state is None else series(state, kind)
    return MergedMonitor(
        **{
            "key": "k:1",
            "identifier": 1,
            "name": "Site",
            "kind": kind,
            "series": in_metrics,
            "heartbeats": heartbeats,
            **more,
        }
    )


def judged(
    one: MergedMonitor,
    metrics: Metrics | None = KUMA_2,
    heartbeats: PageHeartbeats | None = HEARTBEATS,
    *,
    stuck: bool = False,
    latest: float | None = 5,
    restarted: float | None = None,
) -> tuple[Monitor | None, str]:
    """Judge a monitor; `latest` is the newest heartbeat of all, `restarted` when Uptime Kuma was started."""
    return judge_one(
        one,
        Whole(
            Moment(NOW, STALE),
            metrics,
            heartbeats,
            stuck,
            None if latest is None else ago(latest),
            None if restarted is None else ago(restarted),
        ),
    )


def seen(one: MergedMonitor, metrics: Metrics | None = KUMA_2, **more: Any) -> tuple[str, tuple[str, ...], str]:
    """Return the state of a monitor that counts, with '!' if it is confirmed, its evidence, and the remark."""
    monitor, words = judged(one, metrics, **more)
    assert monitor
    assert (monitor.key, monitor.name, monitor.heartbeats) == ("k:1", "Site", one.heartbeats or ())
    return monitor.state.value + "!" * monitor.confirmed, monitor.evidence, words


# Without heartbeats.


def test_without_heartbeats_metrics_alone_say_what_is_so() -> None:
    for checks in (None, ""):
        assert seen(known(checks, UP)) == ("up", ("/metrics alone",), "")
    assert seen(known(None, UP), stuck=True) == (
        "unknown",
        ("/metrics alone, while Uptime Kuma has stopped",),
        "",
    )
    assert judged(known("")) == (None, NO_HEARTBEAT)
    assert judged(known(), heartbeats=None) == (None, NOT_KNOWN)
    assert seen(known()) == ("unknown", ("no heartbeats that can be read",), UNREADABLE)


def read(still: float = 0, figures: tuple[Fraction, ...] = (HALF, THIRD), **more: Any) -> Reading:
    """Return the values of a series at this poll that have not changed for this many minutes."""
    return Reading(**{"state": DOWN, "figures": figures, "at": NOW, "still": timedelta(minutes=still), **more})


def failing(
    reading: Reading | None, before: Reading | None = None, kind: str = "http", state: State = DOWN
) -> MergedMonitor:
    return known(None, state, kind, reading=reading, reading_before=before)


@pytest.mark.parametrize(
    ("still", "gap", "counts"), [(14, 0, True), (15, 0, False), (19, 10, True), (20, 10, False), (15, 7, False)]
)
def test_a_failure_whose_figures_do_not_move_is_one_check_and_then_none(still: int, gap: int, counts: bool) -> None:
    state, evidence, words = seen(failing(read(still, gap=timedelta(minutes=gap))))
    if counts:
        assert (state, evidence, words) == ("down", ("/metrics alone",), "")
    else:
        assert (state, words) == ("unknown", STILL)
        assert evidence[1].startswith(f"its figures in /metrics have not changed for {still} minutes: ")
    assert seen(failing(read(still, (), gap=timedelta(minutes=gap))))[0] == "down"


def test_a_failure_that_lowers_a_ratio_is_another_check() -> None:
    before = read(at=ago(70), figures=(HALF, THIRD))
    now = read(figures=(HALF, QUARTER))
    assert seen(failing(now, before)) == ("down!", ("/metrics alone",), "")
    assert seen(failing(read(), before)) == ("down", ("/metrics alone",), "")
    assert seen(failing(now)) == ("down", ("/metrics alone",), "")
    assert seen(failing(None)) == ("down", ("/metrics alone",), "")
    assert seen(failing(replace(now, state=UP), before, state=UP)) == ("up", ("/metrics alone",), "")


def test_the_figures_distinguish_one_check_from_another() -> None:
    monitor, _ = judged(failing(read()))
    assert monitor
    assert monitor.check == "1/2 1/3"
    monitor, _ = judged(failing(None))
    assert monitor
    assert monitor.check == ""


@pytest.mark.parametrize(
    ("metrics", "kind", "ratio", "figures", "nothing_tells"),
    [
        (KUMA_1, "http", None, (), True),
        (KUMA_1, "push", None, (), True),
        (KUMA_2, "http", Fraction(0), (), True),
        (KUMA_2, "http", None, (), False),
        (KUMA_2, "push", Fraction(0), (), False),
        (replace(KUMA_2, version=None), "http", None, (), False),
        (replace(KUMA_2, version="21.0"), "http", None, (), False),
        (KUMA_2, "http", THIRD, (THIRD,), False),
        (None, "push", None, (), False),
    ],
)
def test_a_monitor_that_may_be_paused_is_reported(
    metrics: Metrics | None, kind: str, ratio: Fraction | None, figures: tuple[Fraction, ...], nothing_tells: bool
) -> None:
    one = failing(read(0, figures), kind=kind)
    one.series = series(DOWN, kind, ratio)
    assert (MAY_BE_LEFT_BEHIND in seen(one, metrics)[1]) is nothing_tells


# With heartbeats of now.


@pytest.mark.parametrize(
    ("checks", "state", "expected", "evidence"),
    [
        ("u180 u120 u60", UP, "up", ("heartbeats and /metrics",)),
        ("u180 u120 u60", None, "up", ("heartbeats",)),
        ("u180 u120 d60", None, "down", ("heartbeats",)),
        ("u180 d120 d60", DOWN, "down!", ("heartbeats and /metrics",)),
        ("d180 d120 d60", DOWN, "down!", ("heartbeats and /metrics",)),
        ("d180 u120 d60", DOWN, "down", ("heartbeats and /metrics",)),
        ("u180 d60 d60", None, "down", ("heartbeats",)),
        ("u180 u120 p60", PENDING, "pending", ("heartbeats and /metrics",)),
        ("u180 p120 p60", PENDING, "pending!", ("heartbeats and /metrics",)),
        ("m180 m120 m60", MAINTENANCE, "maintenance", ("heartbeats and /metrics",)),
        # Both are bad: the worse of them.
        ("u180 u120 p60", DOWN, "down", ("heartbeats and /metrics",)),
        ("u180 d120 d60", PENDING, "down!", ("heartbeats and /metrics",)),
        # It was down, and has not been up since.
        (
            "u180 d120 p60",
            PENDING,
            "down!",
            ("heartbeats and /metrics", "down before, and not up since"),
        ),
        ("d180 p120 p60", None, "down!", ("heartbeats", "down before, and not up since")),
        (
            "u1140 u1080 u1020 d960 p60",
            None,
            "down!",
            ("heartbeats", "down before, and not up since"),
        ),
        ("u1141 u1081 u1021 d961 p60", None, "pending!", ("heartbeats",)),
        ("d180 u120 p60", None, "pending", ("heartbeats",)),
        # One of the two answers is a moment older: the worse counts, unconfirmed.
        ("d180 d120 u60", DOWN, "down", ("/metrics says down, the newest heartbeat up: the worse counts",)),
        ("d180 d120 d60", UP, "down", ("/metrics says up, the newest heartbeat down: the worse counts",)),
        ("u120 u60", PENDING, "pending", ("/metrics says pending, the newest heartbeat up: the worse counts",)),
        (
            "u120 u60",
            MAINTENANCE,
            "maintenance",
            ("/metrics says maintenance, the newest heartbeat up: the worse counts",),
        ),
        ("m120 m60", UP, "maintenance", ("/metrics says up, the newest heartbeat maintenance: the worse counts",)),
        # A state that Uptime Kuma does not have.
        ("u120 ?60", None, "unknown", ("a state that Uptime Kuma does not have",)),
        ("u120 u60", UNKNOWN, "unknown", ("a state that Uptime Kuma does not have",)),
        ("u120 ?60", UP, "unknown", ("/metrics says up, the newest heartbeat unknown: the worse counts",)),
        ("d120 d60", UNKNOWN, "down!", ("heartbeats and /metrics",)),
    ],
)
def test_the_state_of_a_monitor_that_heartbeats(
    checks: str, state: State | None, expected: str, evidence: tuple[str, ...]
) -> None:
    metrics = None if state is None else KUMA_2
    assert seen(known(checks, state), metrics) == (expected, evidence, "")


@pytest.mark.parametrize(
    ("checks", "seconds"),
    [("u180 d120 d60", 120), ("d240 u180 u120 u60", 180), ("d180 p120 d60", 180), ("u180 d60", 60)],
)
def test_a_state_is_since_the_first_heartbeat_of_its_kind(checks: str, seconds: int) -> None:
    monitor, _ = judged(known(checks), None)
    assert monitor
    assert monitor.since == ago(seconds)


@pytest.mark.parametrize(
    ("checks", "state", "check"),
    [("u60", DOWN, "1/2 1/3"), ("m60", UP, ""), ("d60", UP, ""), ("m60", PENDING, "1/2 1/3")],
)
def test_a_failure_of_metrics_alone_is_the_check_that_they_show(checks: str, state: State, check: str) -> None:
    monitor, _ = judged(known(checks, state, reading=read()))
    assert monitor
    assert monitor.check == check


def test_a_reading_that_was_left_behind_says_so_and_does_not_count() -> None:
    left = known("u120 u60", reading=read(left=True))
    assert seen(left) == ("up", ("heartbeats", LEFT), LEFT_BEHIND)
    assert seen(known("u120 u60", reading=read())) == ("up", ("heartbeats", NO_LONGER_IN_METRICS), "")


def test_a_heartbeat_of_the_future_is_no_evidence() -> None:
    assert seen(known("u-240 u-300", UP))[0] == "up"
    assert seen(known("u-240 u-301", UP)) == ("unknown", ("newest heartbeat in the future",), AHEAD)


# Missing from /metrics.


def test_a_monitor_that_is_missing_from_metrics_is_paused_once_its_next_heartbeat_is_overdue() -> None:
    for checks in ("u240 u180 u120", "d240 d180 d120"):
        assert seen(known(checks), latest=None)[1][-1] == NO_LONGER_IN_METRICS
    for checks in ("u241 u181 u121", "d241 d181 d121"):
        assert judged(known(checks)) == (None, PAUSED)
        assert seen(known(checks), None)[0] in ("up", "down!")
        assert seen(known(checks, may_be_in_metrics=True))[0] in ("up", "down!")
    assert NO_LONGER_IN_METRICS not in seen(known("u240 u180 u120", may_be_in_metrics=True))[1]


@pytest.mark.parametrize(("started", "is_paused"), [(300, False), (299, True)])
def test_after_a_restart_it_is_missing_until_it_is_checked(started: int, is_paused: bool) -> None:
    """It had heartbeats until a quarter of an hour before the start: its next check may be yet to come."""
    one = known("u1400 u1260 u1200")
    if is_paused:
        assert judged(one, restarted=started) == (None, PAUSED)
    else:
        assert seen(one, restarted=started) == ("unknown", ("no heartbeat for more than 15 minutes",), "")
    assert seen(known("u240 u180 u120"), restarted=60)[1] == ("heartbeats",)


# Paused during a check.


@pytest.mark.parametrize(
    ("checks", "state", "kind", "latest", "is_paused"),
    [
        ("d300 d240 d180", DOWN, "http", 5, True),
        ("d300 u240 d180", DOWN, "http", 5, True),
        ("d300 d240 d180", PENDING, "http", 5, True),
        ("d300 d240 p180", DOWN, "ping", 5, True),
        ("d240 d180", DOWN, "http", 5, False),
        ("d300 d240 d180", DOWN, "real-browser", 5, False),
        ("d300 d240 d180", UP, "http", 5, False),
        ("d300 d240 u180", DOWN, "http", 5, False),
        # Its next check is not overdue, or others were not checked since either.
        ("d240 d180 d120", DOWN, "http", -5, False),
        ("d300 d240 d180", DOWN, "http", 60, False),
        ("d300 d240 d180", DOWN, "http", 59, True),
        ("d300 d240 d180", DOWN, "http", None, False),
        # The newest came when it was due, within two seconds, or at another time: after an edit.
        ("d362 d302 d242 d180", DOWN, "http", 5, True),
        ("d363 d303 d243 d180", DOWN, "http", 5, False),
        ("d358 d298 d238 d180", DOWN, "http", 5, True),
        ("d357 d297 d237 d180", DOWN, "http", 5, False),
        # A heartbeat before the last was late.
        ("d420 d360 d240 d180", DOWN, "http", 5, True),
    ],
)
def test_what_stopped_in_the_middle_of_a_check_while_others_went_on_may_be_paused(
    checks: str, state: State, kind: str, latest: float | None, is_paused: bool
) -> None:
    state_seen, evidence, words = seen(known(checks, state, kind), latest=latest)
    if is_paused:
        assert (state_seen, words) == ("unknown", STILL)
        assert evidence == ("no check since, while others go on: paused during a check, or stuck? Restart Uptime Kuma",)
    else:
        assert state_seen.startswith("down")


# PageHeartbeats that have stopped.


def test_heartbeats_are_of_now_for_a_quarter_of_an_hour_or_twice_the_usual_gap() -> None:
    assert seen(known("u960 u900", UP), latest=900)[0] == "up"
    stopped = ("unknown", ("no heartbeat for more than 15 minutes",), "")
    assert seen(known("u961 u901", UP), latest=901) == stopped
    assert seen(known(f"u{3 * HOUR} u{2 * HOUR}", UP), latest=2 * HOUR)[0] == "up"
    assert seen(known(f"u{3 * HOUR + 1} u{2 * HOUR + 1}", UP), latest=5)[1][0] == "no heartbeat for more than 2 hours"
    assert seen(known("u961 u901"), None, latest=None) == stopped


@pytest.mark.parametrize(("state", "words"), [(UP, ""), (DOWN, STILL), (PENDING, STILL), (MAINTENANCE, "")])
def test_one_that_has_stopped_while_others_go_on_may_be_paused_or_stuck(state: State, words: str) -> None:
    one = known("u1980 u1860 u1800", state, "push")
    assert seen(one, latest=900) == ("unknown", ("no heartbeat for more than 15 minutes",), "")
    found = seen(one, latest=899)
    assert found == (
        "unknown",
        ("no heartbeat for more than 15 minutes", "others go on: paused during a check, or stuck? Restart Uptime Kuma"),
        words,
    )


@pytest.mark.parametrize(
    ("gap", "since", "is_paused"),
    [(60, DAY, False), (60, DAY + 1, True), (13 * HOUR, 25 * HOUR, False), (13 * HOUR, 26 * HOUR + 1, True)],
)
def test_by_the_page_alone_one_that_has_stopped_for_a_day_is_taken_for_paused(
    gap: int, since: int, is_paused: bool
) -> None:
    newest = since + 2 * HOUR
    one = known(f"u{newest + 2 * gap} u{newest + gap} u{newest}")
    assert (judged(one, None, latest=2 * HOUR) == (None, TAKEN_FOR_PAUSED)) is is_paused
    # With an API key /metrics would say which it is.
    with_key = replace_series(one, UP)
    assert seen(with_key, latest=2 * HOUR)[0] == "unknown"


def replace_series(one: MergedMonitor, state: State) -> MergedMonitor:
    return MergedMonitor(one.key, one.identifier, one.name, one.kind, series(state), one.heartbeats)


# The first heartbeat.


@pytest.mark.parametrize(
    ("checks", "state", "stuck", "is_well"),
    [
        (f"u{26 * HOUR}", UP, False, True),
        (f"u{26 * HOUR + 1}", UP, False, False),
        (f"u{2 * HOUR}", UP, True, False),
        (f"u{2 * HOUR}", DOWN, False, False),
        (f"d{2 * HOUR}", UP, False, False),
        (f"p{2 * HOUR}", PENDING, False, False),
        (f"u{2 * HOUR + 60} u{2 * HOUR}", UP, False, False),
    ],
)
def test_the_first_heartbeat_may_be_one_of_a_monitor_with_a_long_interval(
    checks: str, state: State, stuck: bool, is_well: bool
) -> None:
    assert seen(known(checks, state), stuck=stuck)[0] == ("up" if is_well else "unknown")


def test_without_metrics_nothing_says_that_the_first_heartbeat_is_of_a_long_interval() -> None:
    assert seen(known(f"u{2 * HOUR}"), None, latest=None)[0] == "unknown"
