# SPDX-License-Identifier: MIT
"""An isolated source: what it sees is published neither as an outage nor as operational."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from elytra_status.decision import isolation
from elytra_status.decision.isolation import Phase
from elytra_status.demo.replay import ReplayFault, ReplayServer, redirect
from elytra_status.model import BAD_STATES, MONITORS, Heartbeat, Monitor, Report, State
from elytra_status.run import assess, connectivity, job, saved_state
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings, Threshold
from elytra_status.sources.source import PollRequest, Source
from tests.conftest import API_KEY, MovableClock
from tests.examples import most
from tests.made_kuma import HEARTBEATS, METRICS, PAGE, heartbeats_json, listed, metrics_text, page_json, series, steady

pytestmark = [pytest.mark.pure, pytest.mark.slow]

START = datetime(2025, 11, 10, 12, tzinfo=UTC)
RUN = 600
ADDRESS = "https://outside.example"
FOR_EVER = 10**9
# A check that began less than this many seconds before the network failed had not ended then.
UNDER_WAY = 5
ONE = Threshold(count=1)


class TickingClock(MovableClock):
    """A clock that advances whenever it is read, like a real one."""

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=10)
        return self.moment


@dataclass(frozen=True)
class Checked:
    """A monitor of the simulated source: how often it is checked, in seconds, and when it is really down."""

    gap: int
    phase: int = 0
    down: tuple[int, int] = (FOR_EVER, FOR_EVER)
    # How long a failing check takes: its heartbeat comes at the end, with the time at which it began.
    timeout: int = 0

    def is_bad(self, at: int, cut: tuple[int, int]) -> bool:
        # TCP itself repeats what is under way when the network comes back.
        under_way = UNDER_WAY if self.timeout else 0
        return self.down[0] <= at < self.down[1] or cut[0] - under_way <= at < cut[1] - self.timeout

    def ends(self, at: int, cut: tuple[int, int]) -> int:
        if self.is_bad(at, cut):
            return at + self.timeout
        return max(at, cut[1]) if cut[0] <= at < cut[1] else at


@dataclass
class World:
    """Monitors, a monitoring system that is isolated for a time, and a job that polls every ten minutes."""

    checked: list[Checked]
    cut: tuple[int, int] = (FOR_EVER, FOR_EVER)
    # How far the monitoring system's clock is ahead of ours.
    ahead: int = 0
    threshold: Threshold = ONE
    with_heartbeats: bool = True
    clock: MovableClock = field(default_factory=lambda: TickingClock(START))
    saved_state: SavedState = field(default_factory=SavedState)
    asked: int = 0

    def seconds(self) -> int:
        return int((self.clock.now() - START).total_seconds())

    def poll(self, question: PollRequest) -> Report:
        monitors = tuple(self.monitor(number, one) for number, one in enumerate(self.checked))
        return Report("kuma", MONITORS, monitors=monitors)

    def monitor(self, number: int, one: Checked) -> Monitor:
        now = self.seconds()
        last = (now - one.phase) // one.gap
        at = [one.phase + place * one.gap for place in range(last - 99, last + 1)]
        heartbeats = tuple(
            Heartbeat(
                START + timedelta(seconds=moment + self.ahead),
                State.DOWN if one.is_bad(moment, self.cut) else State.UP,
            )
            for moment in at
            if one.ends(moment, self.cut) <= now
        )
        state = heartbeats[-1].state
        if not self.with_heartbeats:
            return Monitor(f"kuma:{number}", "", state)
        return Monitor(
            f"kuma:{number}",
            "",
            state,
            confirmed={heartbeat.state for heartbeat in heartbeats[-2:]} <= BAD_STATES,
            heartbeats=heartbeats,
        )

    def failure(self, *arguments: object) -> str:
        self.asked += 1
        return "no answer" if self.cut[0] <= self.seconds() < self.cut[1] else ""

    def run(self) -> str:
        """Let the job poll and decide, as a run does; return what it would publish."""
        source = Source("kuma", MONITORS, self.poll, ADDRESS)
        settings = Settings(outage_threshold=self.threshold)
        with (
            mock.patch.object(assess, "configured", return_value=[source]),
            mock.patch.object(connectivity, "failure", self.failure),
        ):
            made = assess.assess(settings, self.clock, self.saved_state, confirming=True)
        self.saved_state = replace(
            made.saved_state,
            isolations=isolation.from_json(json.loads(json.dumps(isolation.to_json(made.saved_state.isolations)))),
        )
        return made.decision.status.value

    def runs(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Yield the time of each run, in seconds, and what it published."""
        at = first
        while at <= last:
            self.clock.moment = START + timedelta(seconds=at)
            yield at, self.run()
            at += RUN


# Interval and timeout: Uptime Kuma's timeout is four fifths of the interval, 48 s of the usual minute.
kinds = st.sampled_from([(20, 16), (30, 24), (60, 48), (60, 0), (120, 48)])
slow_kinds = st.sampled_from([(300, 0), (300, 48), (900, 0), (1800, 48)])
usual = st.builds(lambda kind, phase: Checked(kind[0], phase, timeout=kind[1]), kinds, st.integers(0, 119))
slow = st.builds(lambda kind, phase: Checked(kind[0], phase, timeout=kind[1]), slow_kinds, st.integers(0, 1799))
many = st.lists(usual | slow, min_size=1, max_size=4)
phases = st.integers(0, RUN - 1)
CUT = 6000


@limits(deadline=None, max_examples=most(20))
@given(many, phases, st.integers(1, 20_000), st.integers(-240, 240))
# It comes back a second before a run, or between two: the failures until then are still listed.
@example([Checked(60, 30)], 1, RUN + 1, 0)
@example([Checked(20, timeout=16), Checked(60)], 241, 241, 0)
@example([Checked(30, timeout=24), Checked(300, 316)], 0, 317, 0)
@example([Checked(20, timeout=16), Checked(300, 371)], 0, 372, 0)
# A check that was under way when the network failed began before one that was done.
@example([Checked(60, 57, timeout=48), Checked(60, 59)], 300, 3600, 0)
def test_an_isolated_source_makes_no_outage_and_nothing_green(
    checked: list[Checked], phase: int, length: int, ahead: int
) -> None:
    world = World(checked, (CUT, CUT + length), ahead)
    soonest, longest = min(one.gap + one.timeout for one in checked), max(one.gap for one in checked)
    for at, told in world.runs(CUT - RUN + phase, CUT + length + 2 * longest + 4 * RUN):
        assert told != "outage", at
        if at < CUT - UNDER_WAY:
            assert told == "operational"
        # Something was checked in that time, and a confirmation poll a minute later is in it too.
        if CUT + soonest <= at < CUT + length - 80:
            assert told == "unknown", at
        if at >= CUT + length + longest:
            assert told == "operational", at


@pytest.mark.parametrize("gap", [200, 300, 330])
def test_a_suspicion_lasts_until_something_was_checked_again(gap: int) -> None:
    """The address answers, but may have begun to a moment ago: reading the same checks twice confirms nothing."""
    world = World([Checked(gap, CUT % gap, down=(CUT, FOR_EVER)), Checked(gap, CUT % gap + 1, down=(CUT, FOR_EVER))])
    # Two checks of each have failed; the next are due after the confirmation poll.
    run = CUT + gap + 2
    told = dict(world.runs(run - RUN, run + 2 * RUN))
    assert [told[at] for at in sorted(told)] == ["operational", "unknown", "outage", "outage"]


@limits(deadline=None, max_examples=most(20))
@given(many, phases, st.integers(-240, 240))
def test_an_outage_of_everything_is_shown_at_once_if_the_source_is_not_isolated(
    checked: list[Checked], phase: int, ahead: int
) -> None:
    world = World([replace(one, down=(CUT, FOR_EVER)) for one in checked], ahead=ahead)
    soonest = min(one.gap + one.timeout for one in checked)
    for at, told in world.runs(CUT - RUN + phase, CUT + 10 * RUN):
        # If no check comes before the confirmation poll, the next run reports it.
        if at >= CUT + 2 * soonest + (0 if soonest < 70 else RUN):
            assert told == "outage", at


@limits(deadline=None, max_examples=most(20))
@given(many, phases)
# All monitors that were not checked for long are checked just then: the other one was known to be down.
@example([Checked(1800, timeout=48)], 0)
def test_what_was_down_before_the_source_was_isolated_stays_down(checked: list[Checked], phase: int) -> None:
    """That is so while its heartbeats show that it was: an hour, and longer for monitors that are checked seldom."""
    broken = Checked(60, down=(CUT - 1800, FOR_EVER))
    world = World([broken, *checked], (CUT, FOR_EVER))
    for at, told in world.runs(CUT - 1800 + phase, CUT + 3600):
        if at >= CUT - 600:
            assert told == "outage", at


@limits(deadline=None, max_examples=most(20))
@given(st.lists(usual, min_size=2, max_size=6), phases, st.integers(700, 4000))
def test_what_is_down_after_an_isolation_is_shown_at_the_second_run_at_the_latest(
    checked: list[Checked], phase: int, length: int
) -> None:
    over = CUT + length
    world = World([replace(checked[0], down=(CUT + 300, FOR_EVER)), *checked[1:]], (CUT, over))
    told = [(at, status) for at, status in world.runs(phase, over + 4 * RUN) if at >= over]
    assert {status for _, status in told[2:]} == {"outage"}


@limits(deadline=None, max_examples=most(20))
@given(many, phases)
def test_an_outage_stays_one_if_the_connection_fails_later(checked: list[Checked], phase: int) -> None:
    world = World([replace(one, down=(CUT, FOR_EVER)) for one in checked], (CUT + 3 * 3600, FOR_EVER))
    told = dict(world.runs(phase, CUT + 5 * 3600))
    assert {status for at, status in told.items() if at > CUT + 3600} == {"outage"}


@pytest.mark.parametrize("phase", range(0, 60, 10))
@pytest.mark.parametrize("later", [1, 20, 40])
@pytest.mark.parametrize("others", [[], [Checked(60, 30)]])
def test_one_failed_check_after_an_isolation_confirms_nothing(phase: int, later: int, others: list[Checked]) -> None:
    """The many failures before confirm nothing."""
    over = CUT + 2000
    world = World([Checked(60, phase, down=(over, over + 60)), *others], (CUT, over))
    assert "outage" not in {status for _, status in world.runs((over + later) % RUN, over + 4 * RUN)}


def test_for_one_failing_monitor_among_others_the_address_is_requested_once_at_most() -> None:
    world = World([Checked(60, down=(CUT, FOR_EVER)), Checked(60, 30), Checked(120, 10)])
    told = dict(world.runs(0, CUT + 10 * RUN))
    assert {status for at, status in told.items() if at >= CUT + RUN} == {"outage"}
    assert world.asked <= 1


def test_the_address_is_requested_only_if_everything_fails() -> None:
    world = World([Checked(60), Checked(60, 30)])
    assert {status for _, status in world.runs(0, 10 * RUN)} == {"operational"}
    assert world.asked == 0


def test_a_cascade_is_an_outage_even_if_the_connection_fails_at_its_end() -> None:
    steps = [Checked(60, down=(CUT + number * 900, FOR_EVER)) for number in range(4)]
    world = World(steps, (CUT + 3 * 900 + 200, FOR_EVER), threshold=Threshold(count=2))
    told = dict(world.runs(5, CUT + 3600))
    assert {status for at, status in told.items() if at > CUT + 900 + 120} == {"outage"}


def test_a_connection_that_fails_for_a_moment_is_tried_again_before_publishing() -> None:
    world = World([Checked(20), Checked(20, 10)], (CUT, CUT + 50))
    world.clock.moment = START + timedelta(seconds=CUT + 45)
    assert world.run() == "operational"
    assert world.clock.sleeps == [pytest.approx(70, abs=1)]


def test_a_connection_that_stays_away_is_not_waited_for_in_every_run() -> None:
    world = World([Checked(20), Checked(60, 10)], (CUT, FOR_EVER))
    assert [status for _, status in world.runs(CUT - 100, CUT + 5 * RUN)][1:] == ["unknown"] * 5
    assert len(world.clock.sleeps) == 1


@pytest.mark.parametrize("length", [900, 4000, 40_000])
def test_an_isolated_source_without_heartbeats_is_unknown_too(length: int) -> None:
    world = World([Checked(20), Checked(60, 10)], (CUT, CUT + length), with_heartbeats=False)
    told = dict(world.runs(5, CUT + length + 3 * RUN))
    assert "outage" not in told.values()
    assert {status for at, status in told.items() if CUT + 100 <= at < CUT + length - 100} == {"unknown"}
    assert {status for at, status in told.items() if at > CUT + length + RUN} == {"operational"}
    down = World([Checked(20, down=(CUT, FOR_EVER)), Checked(60, 10, down=(CUT, FOR_EVER))], with_heartbeats=False)
    assert {status for at, status in down.runs(5, CUT + 5 * RUN) if at > CUT + 100} == {"outage"}


# The address itself, and the whole job.


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ReplayFault(status=200, body=b"ok"), True),
        (ReplayFault(status=404), True),
        (ReplayFault(status=401), True),
        (redirect("/api/status-page/elytra"), True),
        (ReplayFault(status=500), False),
        (ReplayFault(status=502), False),
        (ReplayFault(status=504), False),
        (ReplayFault(reset=True), False),
        (ReplayFault(hang=True), False),
    ],
)
def test_anything_that_answers_will_do_but_a_gateway_in_trouble(
    start_kuma: Callable[..., ReplayServer], fault: ReplayFault, expected: bool
) -> None:
    server = start_kuma("v2.5.3", "all-up")
    server.faults["/outside"] = fault
    assert (not connectivity.failure(f"{server.url}/outside", None, seconds=1)) is expected


def test_where_nothing_listens_nothing_answers() -> None:
    assert "127.0.0.1:9" in connectivity.failure("http://127.0.0.1:9", None, seconds=1)


@contextmanager
def serving(kuma: ReplayServer, statuses: list[int], now: datetime) -> Iterator[None]:
    """Let Kuma list three monitors, all with the same statuses, newest last."""
    heartbeats = {key: steady(now, statuses, newest=5 + key) for key in (1, 2, 3)}
    bodies = {
        METRICS: metrics_text(*(series(statuses[-1], key, name=f"Acme {key}") for key in heartbeats)),
        PAGE: page_json(*(listed(key, name=f"Acme {key}") for key in heartbeats)),
        HEARTBEATS: heartbeats_json(heartbeats),
    }
    for path, body in bodies.items():
        kuma.faults[path] = ReplayFault(status=200, body=body)
    yield


def test_the_job_publishes_unknown_while_kuma_is_isolated_and_the_truth_afterwards(
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    log_lines: list[str],
) -> None:
    kuma, outside = start_kuma("v2.5.3", "all-up", clock=clock.now), start_kuma("v2.5.3", "all-up")
    settings = make_settings(
        UPTIME_KUMA_URL=kuma.url,
        UPTIME_KUMA_API_KEY=API_KEY,
        UPTIME_KUMA_STATUS_PAGE="elytra",
        CONNECTIVITY_URL=f"{outside.url}/outside",
    )

    def told(*statuses: int) -> str:
        def answer() -> None:
            with serving(kuma, [1, *statuses], clock.now()):
                pass

        clock.before_waking = answer
        answer()
        job.run(settings, clock, tmp_path)
        clock.moment += timedelta(minutes=9)
        document = json.loads((tmp_path / "public/status.json").read_bytes())
        return str(document["platform_status"])

    assert told(1, 1) == "operational"
    assert not outside.requests
    outside.faults["/outside"] = ReplayFault(status=502)
    assert told(1, 0, 0) == "unknown"
    assert saved_state.read(tmp_path).isolations["uptime_kuma"].phase is Phase.ISOLATED
    assert told(*[0] * 12) == "unknown"
    (line,) = [line for line in log_lines if "isolated" in line and line.startswith("WARNING")]
    assert "CONNECTIVITY_URL does not answer" in line
    outside.faults.clear()
    assert told(*[0] * 20, 1) == "operational"
    # This time it is true: the address answers.
    assert told(1, 0, 0) == "outage"
    assert not any("Acme" in line for line in log_lines if not line.startswith("DEBUG"))


def test_without_an_address_no_source_is_isolated(
    start_kuma: Callable[..., ReplayServer], make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    with serving(kuma, [1, 0, 0], clock.now()):
        values = {"UPTIME_KUMA_URL": kuma.url, "UPTIME_KUMA_STATUS_PAGE": "elytra"}
        job.run(make_settings(**values), clock, tmp_path)
    assert json.loads((tmp_path / "public/status.json").read_bytes())["platform_status"] == "outage"
    assert saved_state.read(tmp_path).isolations == {}
