# SPDX-License-Identifier: MIT
"""The lease of a pair: who hands it over, who keeps it, and what a run does that loses it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from elytra_status.errors import PublishError
from elytra_status.publish.lease import Claimant, Lease, Standing, claim
from elytra_status.run import pair, saved_pair
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.run.machines_of_a_pair import RUN, STATUS, Machine, both_run, machines, published

__all__ = ["machines"]

pytestmark = pytest.mark.slow


def test_a_machine_whose_sources_are_silent_hands_the_lease_over_and_does_not_take_it_back(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    both_run(machines, clock, 3)
    one.kuma.__exit__(None, None, None)
    assert one.run(clock).published
    assert published(hostile)["platform_status"] == "unknown"
    assert other.run(clock).published
    assert published(hostile)["platform_status"] == "operational"
    for _ in range(3):
        clock.moment += RUN
        assert not one.run(clock).published
        assert other.run(clock).published


def test_a_machine_with_a_wrong_clock_hands_the_lease_over(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    both_run(machines, clock, 3)
    one.ahead = timedelta(hours=5)
    one.run(clock)
    assert other.run(clock).published
    assert published(hostile)["platform_status"] == "operational"
    clock.moment += RUN
    assert not one.run(clock).published
    assert published(hostile)["platform_status"] == "operational"


@pytest.mark.parametrize("ahead", [timedelta(minutes=4), -timedelta(minutes=4)])
def test_a_clock_that_is_a_little_off_does_not_move_the_lease(
    ahead: timedelta, machines: tuple[Machine, Machine], clock: MovableClock
) -> None:
    one, other = machines
    other.ahead = ahead
    for _ in range(4):
        assert one.run(clock).published
        assert not other.run(clock).published
        clock.moment += RUN


@pytest.mark.parametrize("during", ["badge.svg", "status.json"])
def test_a_machine_that_loses_the_lease_during_its_upload_does_not_write_its_status(
    during: str, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, other = machines
    other.run(clock)
    clock.moment += RUN
    other.run(clock)
    clock.moment += 2 * RUN
    one.run(clock)
    clock.moment += RUN
    taken: list[bytes] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == f"/status/{during}" and not taken:
            taken.append(b"")
            clock.moment += 2 * RUN
            assert other.run(clock).published
            one.patch.setattr("socket.gethostname", lambda: "one")
            taken.append(hostile.objects[STATUS].body)
        return None

    hostile.objects.pop("/status/badge.svg")
    hostile.answer = answer
    outcome = one.run(clock)
    assert not outcome.published
    assert hostile.objects[STATUS].body == taken[1]
    assert outcome.other_publisher == ""
    assert [line for line in log_lines if line.startswith("ERROR")] == []
    assert "other publishes since" in saved_pair.read_pair(one.state).standing_by or "yielded" in outcome.summary


def test_a_lease_that_is_lost_before_the_status_is_written_stops_the_publication(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    """Even if the other machine has not published yet."""
    one, other = machines
    both_run(machines, clock, 3)
    before = hostile.objects[STATUS]
    taken: list[bool] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == "/status/badge.svg" and not taken:
            clock.moment += 2 * RUN
            mine = pair.open_pair(other.settings, clock, other.state)
            mine.read_state()
            mine.claim(answers=True)
            taken.append(mine.holds)
        return None

    hostile.objects.pop("/status/badge.svg")
    hostile.answer = answer
    outcome = one.run(clock)
    assert taken == [True]
    assert (outcome.published, outcome.result.lost) == (False, True)
    assert hostile.objects[STATUS] == before
    assert any("the lease was lost during this run" in line for line in log_lines)
    assert "publishes since" in outcome.summary


def test_a_failed_publication_gives_the_lease_up(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, waits: list[float]
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    clock.moment += RUN
    hostile.answer = lambda request: (
        error(403, "AccessDenied") if request.method == "PUT" and "/pair/" not in request.path else None
    )
    with pytest.raises(PublishError):
        one.run(clock)
    hostile.answer = lambda request: None
    assert other.run(clock).published


@pytest.mark.parametrize("freshness", [11, 15, 20, 21, 25, 30, 60, 1440])
def test_a_late_run_does_not_move_the_lease(freshness: int, clock: MovableClock) -> None:
    """Every third run of the machine that publishes polls for as long as a run may, the others are at once done."""
    marks: dict[str, list[str]] = {"one": [], "other": []}
    lease: Lease | None = None
    standings = []
    for number in range(30):
        late = timedelta(minutes=4) * (number % 3 == 1)
        for name, after in sorted({"one": late, "other": timedelta(seconds=40)}.items(), key=lambda run: run[1]):
            by = Claimant(f"{len(name)}{number:015x}", frozenset(marks[name]), name)
            made = claim(lease, by, clock.moment + number * RUN + after, pair.lease_lasts(freshness))
            marks[name].append(by.mark)
            lease = made.lease
            standings.append((name, made.standing))
    assert standings[0] == ("one", Standing.FIRST)
    assert set(standings[1:]) == {("one", Standing.RENEWED), ("other", Standing.STANDS_BY)}


def test_the_other_machine_takes_over_before_the_status_is_stale() -> None:
    assert pair.lease_lasts(30) + RUN < timedelta(minutes=30)


@pytest.mark.parametrize("freshness", [1, 10])
def test_runs_that_no_timer_of_ten_minutes_starts_have_a_shorter_lease(freshness: int) -> None:
    assert pair.lease_lasts(freshness) == timedelta(minutes=freshness) / 2
