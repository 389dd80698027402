# SPDX-License-Identifier: MIT
"""The doctor's findings about a pair."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status.announcements import override
from elytra_status.doctor import pairs, publishers, targets
from elytra_status.doctor.finding import Context, Finding, Level
from elytra_status.model import Announcements, Override, PlatformStatus
from elytra_status.run import job
from elytra_status.run.pair import open_pair
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.examined import bad, context, examine, of
from tests.hostile_s3 import HostileS3, Stored
from tests.publishing import KEY, SECRET

pytestmark = pytest.mark.slow

RUN = timedelta(minutes=10)


class TwoMachines:
    """Two machines with the same settings, but for what a test changes on one."""

    def __init__(self, hostile: HostileS3, clock: MovableClock, tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
        self.hostile, self.clock, self.tmp_path, self.patch = hostile, clock, tmp_path, patch
        hostile.now = clock.now

    def at(self, name: str, **more: object) -> Context:
        directory = self.tmp_path / name
        directory.mkdir(exist_ok=True)
        return context(
            directory, self.clock, SPACES_ENDPOINT=self.hostile.url, SPACES_ACCESS_KEY=KEY,
            SPACES_SECRET_KEY=SECRET, STATUS_BUCKET="status", PUBLISHERS="pair", PUBLISH="badge", **more,
        )  # fmt: skip

    def run(self, name: str, **more: object) -> None:
        self.patch.setattr("socket.gethostname", lambda: name)
        self.clock.moment += timedelta(seconds=2)
        at = self.at(name, **more)
        job.run(at.settings, self.clock, at.state_directory)

    def found(self, name: str, **more: object) -> list[Finding]:
        at = self.at(name, **more)
        assert not at.faults
        names = (pairs.PAIR, pairs.OBJECTS, pairs.PUBLISHER, pairs.CONDITIONAL, publishers.OVERRIDE)
        return [finding for finding in examine(targets.AREA, at) if finding.name in names]


@pytest.fixture
def machines(hostile: HostileS3, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TwoMachines:
    return TwoMachines(hostile, clock, tmp_path, monkeypatch)


def test_before_the_first_run_there_is_nothing_to_check(machines: TwoMachines, hostile: HostileS3) -> None:
    found = machines.found("one")
    assert bad(found) == []
    assert "has not run as one of a pair" in of(found, pairs.PAIR).seen
    assert "the first run" in of(found, pairs.CONDITIONAL).seen
    assert hostile.asked("PUT", "/pair/") == []


def test_both_machines_say_who_publishes(machines: TwoMachines, hostile: HostileS3) -> None:
    for name in ("one", "other", "one", "other"):
        machines.run(name)
    for name, seen in (
        ("one", "this machine publishes; other ran"),
        ("other", "one publishes, and this machine stands by; one ran"),
    ):
        hostile.requests.clear()
        found = machines.found(name)
        assert bad(found) == []
        assert seen in of(found, pairs.PAIR).seen
        assert "one published" in of(found, pairs.PUBLISHER).seen
        assert "enforces If-Match" in of(found, pairs.CONDITIONAL).seen
        assert "sound and private" in of(found, pairs.OBJECTS).seen
        assert hostile.asked("PUT", "/pair/") == []


def test_one_machine_alone_is_no_pair(machines: TwoMachines) -> None:
    machines.run("one")
    assert "only this machine has run" in of(bad(machines.found("one")), pairs.PAIR).seen


def test_the_other_machine_that_does_not_run_is_reported(machines: TwoMachines, clock: MovableClock) -> None:
    machines.run("other")
    machines.run("one")
    for _ in range(7):
        clock.moment += RUN
        machines.run("one")
    (finding,) = bad(machines.found("one"))
    assert "this machine publishes; other ran last 70 minutes ago" in finding.seen


def test_a_lease_that_nobody_renews_is_reported(machines: TwoMachines, clock: MovableClock) -> None:
    machines.run("other")
    machines.run("one")
    clock.moment += timedelta(minutes=20)
    (finding,) = bad(machines.found("one"))
    assert "the lease has expired" in finding.seen


def test_settings_that_differ_are_reported(machines: TwoMachines) -> None:
    machines.run("one")
    machines.run("other", OUTAGE_THRESHOLD=3)
    (finding,) = bad(machines.found("one"))
    assert "the settings of other differ" in finding.seen
    assert bad(machines.found("one", OUTAGE_THRESHOLD=3)) == []


def test_settings_of_one_machine_may_differ(machines: TwoMachines) -> None:
    machines.run("one")
    machines.run("other", RUN_DEADLINE_SECONDS=200, CONFIRM_AFTER_SECONDS=80)
    assert bad(machines.found("one")) == []


@pytest.mark.parametrize("name", ["lease.json", "state.json"])
def test_a_damaged_object_is_a_fault(name: str, machines: TwoMachines, hostile: HostileS3) -> None:
    machines.run("one")
    hostile.put(f"/status/pair/{name}", b"{")
    faults = [finding for finding in bad(machines.found("one")) if finding.level is Level.FAULT]
    assert any(f"pair/{name} in bucket status is damaged" in finding.seen for finding in faults)


def test_an_object_that_everybody_may_read_is_a_fault(machines: TwoMachines, hostile: HostileS3) -> None:
    machines.run("one")
    machines.run("other")
    path = "/status/pair/state.json"
    stored = hostile.objects[path]
    hostile.objects[path] = Stored(stored.body, stored.headers, "public-read", stored.modified)
    (finding,) = bad(machines.found("one"))
    assert "everybody may read pair/state.json" in finding.seen
    assert "PAIR_BUCKET" in finding.remedy


def test_a_third_machine_is_a_fault(
    machines: TwoMachines, make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    machines.run("one")
    machines.run("other")
    third = machines.at("third", CACHE_MAX_AGE_SECONDS=60)
    alone = context(tmp_path / "third", clock, SPACES_ENDPOINT=third.settings.spaces_endpoint, SPACES_ACCESS_KEY=KEY,
                    SPACES_SECRET_KEY=SECRET, STATUS_BUCKET="status", PUBLISH="badge")  # fmt: skip
    clock.moment += timedelta(seconds=2)
    job.run(alone.settings, clock, alone.state_directory)
    (finding,) = bad(machines.found("one"))
    assert "a machine that is not of the pair published" in finding.seen


def test_the_override_is_that_of_both_machines(machines: TwoMachines, clock: MovableClock) -> None:
    def announce(name: str, how: Callable[[Announcements], Announcements]) -> None:
        at = machines.at(name)
        open_pair(at.settings, clock, at.state_directory).change_announcements(how)

    def found(name: str) -> Finding:
        return of(machines.found(name), publishers.OVERRIDE)

    until = clock.now().replace(microsecond=0) + timedelta(hours=4)
    wanted = Override(PlatformStatus.OUTAGE, "A disk has failed.", until - timedelta(hours=4), until, "ann")
    machines.run("one")
    machines.run("other")
    announce("one", lambda there: override.set_to(there, wanted))
    machines.run("one")
    # The other machine has not run since.
    assert (found("other").level, found("one").level) == (Level.OK, Level.OK)
    machines.run("other")
    announce("one", lambda there: override.clear(there, clock.now(), "ann"))
    machines.run("one")
    assert found("other").seen == found("one").seen == "no override is set"
    announce("other", lambda there: override.set_to(there, wanted))
    for name in ("one", "other"):
        assert (found(name).level, "does not show it" in found(name).seen) == (Level.FAULT, True)
        assert found(name).remedy == "on the machine that publishes: systemctl start elytra-status.service"


def test_a_damaged_or_missing_history_is_reported(machines: TwoMachines, hostile: HostileS3) -> None:
    for name in ("one", "other"):
        machines.run(name)
    assert bad(machines.found("other")) == []
    path = "/status/pair/history.json.gz"
    hostile.objects[path] = Stored(b"{", {}, "private", machines.clock.now())
    (finding,) = bad(machines.found("other"))
    assert finding.level is Level.WARNING
    assert "pair/history.json.gz in bucket status is damaged" in finding.seen
    del hostile.objects[path]
    (finding,) = bad(machines.found("other"))
    assert "pair/history.json.gz in bucket status is missing" in finding.seen
    assert "writes a new object" in finding.remedy
