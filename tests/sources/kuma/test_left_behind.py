# SPDX-License-Identifier: MIT
"""What a pause or an edit left behind in /metrics is no evidence, and an active series always counts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.run import assess
from elytra_status.run.saved_state import SavedState
from tests.conftest import MovableClock, recording
from tests.made_kuma import (
    HEARTBEATS,
    METRICS,
    MODES,
    PAGE,
    heartbeat,
    heartbeats_json,
    kuma,
    listed,
    metrics_text,
    page_json,
    series,
    settings,
)

pytestmark = pytest.mark.slow

SCENARIO = "paused-or-renamed-in-flight"
RUN = timedelta(minutes=10)
# The monitors of the recorded page; those of an earlier trial are in /metrics too.
PAUSED, RENAMED, FINE = (f"uptime_kuma:{number}" for number in (18, 19, 20))
RECORDED = (PAUSED, RENAMED, FINE)


def told(made: assess.Assessment) -> dict[str, str]:
    """Return the state of each monitor, with a mark if it is bad and confirmed."""
    (report,) = made.reports
    return {
        monitor.key: monitor.state.value + (" confirmed" if monitor.confirmed else "") for monitor in report.monitors
    }


def evidence(made: assess.Assessment, number: int) -> str:
    (report,) = made.reports
    return "; ".join(next(one.evidence for one in report.monitors if one.key == f"uptime_kuma:{number}"))


def run(
    server: ReplayServer, mode: str, clock: MovableClock, saved_state: SavedState, **options: Any
) -> assess.Assessment:
    """Poll and decide as a run does. What it saves has JSON's types."""
    slug = options.pop("slug", "elytra")
    options.setdefault("confirming", True)
    done = assess.assess(settings(server, mode, slug=slug), clock, saved_state, **options)
    return replace(
        done, saved_state=replace(done.saved_state, sources=json.loads(json.dumps(dict(done.saved_state.sources))))
    )


@dataclass
class Recorded:
    """The recorded Kuma, whose active monitors go on: checks each 20 s, counted in its ratios."""

    mode: str
    server: ReplayServer
    clock: MovableClock
    saved_state: SavedState = field(default_factory=SavedState)

    def __post_init__(self) -> None:
        self.began = self.clock.moment
        self.clock.before_waking = self.serve
        found = recording("v2.5.3", SCENARIO)
        self.metrics = found.find(METRICS).body_at(self.began)
        self.heartbeats = json.loads(found.find("/api/status-page/heartbeat/inflight").body_at(self.began))

    def serve(self) -> None:
        checks = int((self.clock.moment - self.began).total_seconds() // 20)
        text = self.metrics
        for name in ("inflight edited renamed", "inflight ok"):
            # Each successful check is one more, of 15 at first.
            old = re.compile(
                rb'(monitor_uptime_ratio\{monitor_id="(?:19|20)",monitor_name="%b".*\}) ([0-9.]+)' % name.encode()
            )
            text = old.sub(lambda match: match[1] + b" %.17g" % ((float(match[2]) * 15 + checks) / (15 + checks)), text)
        heartbeats = json.loads(json.dumps(self.heartbeats))
        for key in ("19", "20"):
            last = datetime.fromisoformat(heartbeats["heartbeatList"][key][-1]["time"])
            for number in range(1, checks + 1):
                moment = last + timedelta(seconds=20 * number)
                entry = {"status": 1, "time": moment.isoformat(" ", "milliseconds"), "msg": "", "ping": 3}
                heartbeats["heartbeatList"][key].append(entry)
            del heartbeats["heartbeatList"][key][:-100]
        self.server.faults[METRICS] = ReplayFault(body=text)
        self.server.faults["/api/status-page/heartbeat/inflight"] = ReplayFault(body=json.dumps(heartbeats).encode())

    def run(self, later: timedelta = timedelta(0), *, confirming: bool = True) -> assess.Assessment:
        self.clock.moment += later
        self.serve()
        done = run(self.server, self.mode, self.clock, self.saved_state, confirming=confirming, slug="inflight")
        self.saved_state = done.saved_state
        return done


@contextmanager
def recorded(mode: str) -> Iterator[Recorded]:
    clock = MovableClock()
    with kuma("v2.5.3", SCENARIO, clock=lambda: clock.moment) as server:
        yield Recorded(mode, server, clock)


# By one poll, by both polls of a run, half an hour and two days later: what each configuration can know.
TABLE = {
    "both": (
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
    ),
    "metrics": (
        {PAUSED: "down", RENAMED: "down", FINE: "up"},
        {PAUSED: "down", RENAMED: "up", FINE: "up"},
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
    ),
    "page": (
        {PAUSED: "down confirmed", RENAMED: "up", FINE: "up"},
        {PAUSED: "down confirmed", RENAMED: "up", FINE: "up"},
        {PAUSED: "unknown", RENAMED: "up", FINE: "up"},
        {RENAMED: "up", FINE: "up"},
    ),
}


@pytest.mark.parametrize("mode", MODES)
def test_the_recording_in_each_configuration(mode: str) -> None:
    with recorded(mode) as world:

        def states(**options: Any) -> dict[str, str]:
            found = told(world.run(**options))
            return {key: found[key] for key in RECORDED if key in found}

        one_poll = states(confirming=False)
        world.saved_state = SavedState()
        two_polls = states()
        for _ in range(3):
            later = states(later=RUN)
        days = states(later=timedelta(days=2))
        days = states(later=RUN)
    assert (one_poll, two_polls, later, days) == TABLE[mode]


# Made ones: what is alive, and what was left behind, in both directions.


@dataclass
class Made:
    """A monitor of a simulated Uptime Kuma 2: its checks from the first on, and its series in /metrics.

    `ends` is when checking ended, in seconds from the beginning of the simulation. `states` gives the state of each
    check by its time. `shown` are its names in /metrics, each with when its series stopped to be renewed, if it did.
    """

    number: int
    gap: int = 60
    states: Callable[[float], int] = lambda at: 1
    ends: float = 10**9
    begins: float = -6000
    shown: dict[str, float] = field(default_factory=lambda: {"Website": 10**9})
    kind: str = "http"
    on_page: bool = True

    def checks(self, until: float) -> list[tuple[float, int]]:
        first, last = self.begins, min(until, self.ends)
        return [(at, self.states(at)) for number in range(10_000) if (at := first + number * self.gap) <= last]

    def lines(self, now: float) -> Iterator[str]:
        for name, stopped in self.shown.items():
            done = self.checks(min(now, stopped))
            if not done:
                continue
            line = series(done[-1][1], self.number, name, kind=self.kind)
            yield line
            ups = sum(state == 1 for _, state in done)
            ratio = line.replace("monitor_status{", "monitor_uptime_ratio{").rpartition("}")[0]
            for window in ("1d", "30d"):
                yield f'{ratio},window="{window}"}} {ups / len(done)}'


@dataclass
class World:
    """A simulated Uptime Kuma over real HTTP, and a job that polls it every ten minutes."""

    server: ReplayServer
    mode: str
    monitors: list[Made]
    clock: MovableClock = field(default_factory=MovableClock)
    saved_state: SavedState = field(default_factory=SavedState)
    # How far this machine's clock is ahead of Uptime Kuma's.
    ahead: timedelta = timedelta(0)
    restarts: datetime | None = None

    def __post_init__(self) -> None:
        self.began = self.clock.moment
        self.clock.before_waking = self.serve

    def serve(self) -> None:
        moment = self.clock.moment - self.ahead
        now = (moment - self.began).total_seconds()
        lines = [line for one in self.monitors for line in one.lines(now)]
        on_page = [one for one in self.monitors if one.on_page]
        heartbeats = {
            one.number: [heartbeat(moment, now - at, state) for at, state in one.checks(now)[-100:]] for one in on_page
        }
        page = page_json(*(listed(one.number, list(one.shown)[-1] if one.shown else "Website") for one in on_page))
        self.server.faults[METRICS] = ReplayFault(body=metrics_text(*lines, started=self.restarts))
        self.server.faults[PAGE] = ReplayFault(status=200, body=page, content_type="application/json")
        self.server.faults[HEARTBEATS] = ReplayFault(
            status=200, body=heartbeats_json(heartbeats), content_type="application/json"
        )

    def run(self, later: timedelta = RUN, *, confirming: bool = True) -> assess.Assessment:
        self.clock.moment += later
        self.serve()
        done = run(self.server, self.mode, self.clock, self.saved_state, confirming=confirming)
        self.saved_state = done.saved_state
        return done

    def statuses(self, runs: int, *, forgets: bool = False) -> list[str]:
        found = []
        for _ in range(runs):
            if forgets:
                self.saved_state = SavedState()
            found.append(self.run().decision.status.value)
        return found


@contextmanager
def world(mode: str, *monitors: Made) -> Iterator[World]:
    clock = MovableClock()
    with kuma(clock=lambda: made.clock.moment - made.ahead) as server:
        made = World(server, mode, [Made(99, shown={"Other": 10**9}), *monitors], clock)
        yield made


def fails_from(moment: float) -> Callable[[float], int]:
    return lambda at: int(at < moment)


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gap", [20, 60])
def test_an_outage_that_is_alive_is_reported_in_the_first_run(mode: str, gap: int, forgets: bool) -> None:
    with world(mode, Made(1, gap, fails_from(120))) as made:
        assert made.statuses(4, forgets=forgets) == ["outage"] * 4


@pytest.mark.parametrize("gap", [90, 300, 590])
def test_an_outage_by_the_key_alone_is_reported_once_a_second_check_has_failed(gap: int) -> None:
    """No check comes between the two polls of a run: that of the run before confirms it."""
    with world("metrics", Made(1, gap, fails_from(0))) as made:
        first, *others = made.statuses(5)
        assert first in ("degraded", "outage")
        assert others == ["outage"] * 4


def test_an_outage_of_a_monitor_that_was_never_up_is_reported_with_what_to_do_if_it_was_paused() -> None:
    """Its ratio is 0 and stays so: nothing shows whether it has stopped."""
    with world("metrics", Made(1, 60, lambda at: 0)) as made:
        assert made.statuses(6) == ["outage"] * 6
        assert "if it was paused or renamed, restart Uptime Kuma" in evidence(made.run(), 1)


@pytest.mark.parametrize("hours", [1, 4])
def test_an_outage_of_a_monitor_with_a_long_interval_is_never_shown_as_operational(hours: int) -> None:
    with world("metrics", Made(1, 3600 * hours, fails_from(0), begins=-360_000)) as made:
        told_as = made.statuses(6 * 3 * hours)
        assert "operational" not in told_as
        # Once its interval is known, it no longer counts as stopped.
        assert set(told_as[-6 * hours :]) <= {"degraded", "outage"}


@pytest.mark.parametrize("forgets", [False, True])
def test_what_was_left_behind_makes_no_outage_by_the_key_alone(forgets: bool) -> None:
    with world("metrics", Made(1, 60, fails_from(0), ends=300)) as made:
        told_as = made.statuses(8, forgets=forgets)
    assert "outage" not in told_as
    assert "operational" not in told_as
    if not forgets:
        assert told_as[3:] == ["unknown"] * 5


def test_explain_names_the_remedy() -> None:
    with world("metrics", Made(1, 60, fails_from(0), ends=300)) as made:
        made.statuses(4)
        done = made.run()
    assert "have not changed for" in evidence(done, 1)
    assert "Restart Uptime Kuma" in evidence(done, 1)
    (report,) = done.reports
    assert any(
        "1 (uptime_kuma:1) still bad in /metrics, but no longer checked" in one for one in map(str, report.warnings)
    )


@pytest.mark.parametrize("jump", [timedelta(days=31), timedelta(hours=5), timedelta(hours=-5), timedelta(days=-400)])
def test_a_jump_of_the_clock_neither_hides_an_outage_nor_makes_one(jump: timedelta) -> None:
    with world("metrics", Made(1, 300, fails_from(0))) as made:
        made.statuses(2)
        made.clock.moment += jump
        made.ahead = jump
        assert made.statuses(2) == ["unknown"] * 2
        made.clock.moment -= jump
        made.ahead = timedelta(0)
        assert set(made.statuses(2)) <= {"degraded", "outage"}
    with world("metrics", Made(1, 60, fails_from(0), ends=300)) as made:
        made.statuses(1)
        made.clock.moment += jump
        made.ahead = jump
        assert made.statuses(2) == ["unknown"] * 2
        made.clock.moment -= jump
        made.ahead = timedelta(0)
        assert set(made.statuses(2)) <= {"degraded", "unknown"}


@pytest.mark.parametrize("mode", ["metrics", "both"])
def test_a_restart_of_uptime_kuma_ends_it(mode: str) -> None:
    with world(mode, Made(1, 60, fails_from(0), ends=300)) as made:
        made.statuses(5)
        made.monitors[1].shown = {}
        made.restarts = made.clock.moment
        made.statuses(2)
        assert made.statuses(2) == ["operational"] * 2 or mode == "metrics"


# Edited while it was checked: two series under one id, of which the page knows the newer name.


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("left", "now"), [(0, 1), (1, 0)])
def test_of_two_names_under_one_id_the_living_one_counts(mode: str, left: int, now: int, forgets: bool) -> None:
    def state(at: float) -> int:
        return left if 0 <= at <= 120 else now if at > 120 else 1

    with world(mode, Made(1, 20, state, shown={"Old": 120, "New": 10**9})) as made:
        told_as = made.statuses(3, forgets=forgets)
    assert told_as == ["operational" if now else "outage"] * 3


def test_of_two_names_neither_of_which_moves_the_worst_counts_and_is_not_confirmed() -> None:
    with world("metrics", Made(1, 3000, lambda at: 1, shown={"New": 10**9}, begins=-60_000)) as made:
        made.monitors.append(Made(1, 3000, fails_from(-3000), begins=-60_000, ends=-10, shown={"Old": -10}))
        done = made.run()
    assert told(done)["uptime_kuma:1"] == "down"


@pytest.mark.parametrize("forgets", [False, True])
def test_heartbeats_that_go_on_after_a_bad_series_show_that_it_was_left_behind(forgets: bool) -> None:
    """An edit also gives it a new tag: the new series cannot exist, and the old one stays at 0."""
    with world("both", Made(1, 60, lambda at: int(not 0 <= at <= 120), shown={"Website": 120})) as made:
        for _ in range(3):
            if forgets:
                made.saved_state = SavedState()
            done = made.run()
            assert done.decision.status.value == "operational"
            assert "left behind; restart Uptime Kuma" in evidence(done, 1)
            (report,) = done.reports
            assert "1 (uptime_kuma:1) with a state in /metrics that a pause or an edit left behind" in str(
                report.remarks
            )
    # Saved state makes the confirmation poll unnecessary.
    assert len(made.clock.sleeps) == (3 if forgets else 1)


def test_one_that_is_paused_after_its_series_was_left_behind_is_paused() -> None:
    with world("both", Made(1, 60, lambda at: int(not 0 <= at <= 120), shown={"Website": 120}, ends=1500)) as made:
        assert made.statuses(2) == ["operational"] * 2
        done = made.run()
        assert "uptime_kuma:1" not in told(done)
        assert done.decision.status.value == "operational"
        assert made.statuses(3) == ["operational"] * 3


def test_no_figure_comes_from_a_series_that_was_left_behind() -> None:
    with world("both", Made(50, 60, lambda at: int(not 0 <= at <= 120), shown={"Website": 120})) as made:
        made.run()
        (report,) = made.run().reports
    figures = {one.key: one.uptime.last_30d for one in report.monitors}
    assert figures["uptime_kuma:99"] == 1
    assert figures["uptime_kuma:50"] is None


def test_one_that_goes_down_again_after_its_series_was_left_behind_is_down() -> None:
    with world("both", Made(1, 60, lambda at: int(at < 0 or 120 < at < 1800), shown={"Website": 120})) as made:
        assert made.statuses(2) == ["operational"] * 2
        assert made.statuses(3) == ["outage"] * 3


@pytest.mark.parametrize("mode", MODES)
def test_a_longer_interval_does_not_make_an_outage_that_is_alive_well(mode: str) -> None:
    """After an edit a check is made at once, and the next one after the new interval."""

    class Edited(Made):
        def checks(self, until: float) -> list[tuple[float, int]]:
            before = [(at, int(at < 0)) for at in range(-6000, 590, 60)]
            after = [(590 + number * 1200, 0) for number in range(100)]
            return [(at, state) for at, state in (*before, *after) if at <= until]

    with world(mode, Edited(1)) as made:
        told_as = [made.run(timedelta(minutes=1), confirming=False).decision.status.value for _ in range(60)]
    first = told_as.index("outage" if mode != "metrics" else "degraded")
    assert "operational" not in told_as[first:]


@pytest.mark.parametrize(
    "stored", [None, [], {"series": 1}, {"started": "", "series": {"x": 1}}, {"series": {"x": {}}}]
)
def test_malformed_readings_are_ignored(stored: Any) -> None:
    with world("metrics", Made(1, 60, fails_from(0))) as made:
        made.saved_state = SavedState(sources={"uptime_kuma": {"readings": stored}})
        assert made.statuses(1) == ["outage"]


def test_saved_readings_hold_no_name() -> None:
    with world("metrics", Made(1, 60, fails_from(0), shown={"Acme": 10**9})) as made:
        made.statuses(2)
        assert "Acme" not in json.dumps(made.saved_state.sources)
        assert made.saved_state.sources["uptime_kuma"]["readings"]["series"]
