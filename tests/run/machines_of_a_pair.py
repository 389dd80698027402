# SPDX-License-Identifier: MIT
"""Two machines that publish to one bucket as a pair."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.model import Announcements, Override, PlatformStatus
from elytra_status.run import job, pair
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock, recording
from tests.hostile_s3 import HostileS3
from tests.publishing import bucket_settings

RUN = timedelta(minutes=10)
LEASE, STATE = "/status/pair/lease.json", "/status/pair/state.json"
STATUS = "/status/status.json"


@dataclass
class Machine:
    """One of the two, with its own Uptime Kuma."""

    name: str
    settings: Settings
    state: Path
    kuma: ReplayServer
    hostile: HostileS3
    patch: pytest.MonkeyPatch
    ahead: timedelta = timedelta(0)
    outcomes: list[job.Outcome] = field(default_factory=list)

    def run(self, clock: MovableClock) -> job.Outcome:
        self.patch.setattr("socket.gethostname", lambda: self.name)
        # Two runs of the same second are equally new.
        clock.moment += timedelta(seconds=2)
        outcome = job.run(self.settings, MovableClock(clock.moment + self.ahead), self.state)
        self.outcomes.append(outcome)
        return outcome

    def announce(self, clock: MovableClock, how: Callable[[Announcements], Announcements]) -> Announcements:
        mine = pair.open_pair(self.settings, clock, self.state)
        return mine.change_announcements(how)[1]

    def goes_down(self) -> None:
        self.kuma.recording = recording("v2.5.3", "one-down")


@pytest.fixture
def machines(
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Machine, Machine]:
    hostile.now = clock.now

    def make(name: str) -> Machine:
        kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
        settings = bucket_settings(
            make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra", PUBLISH="badge", PUBLISHERS="pair",
        )  # fmt: skip
        state = tmp_path / name
        state.mkdir()
        return Machine(name, settings, state, kuma, hostile, monkeypatch)

    return make("one"), make("other")


def published(hostile: HostileS3) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hostile.objects[STATUS].body)
    return found


def stored(hostile: HostileS3, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hostile.objects[path].body)
    return found


def outage(clock: MovableClock) -> Override:
    return Override(PlatformStatus.OUTAGE, "A disk has failed.", clock.now(), clock.now() + timedelta(hours=4), "ann")


def both_run(machines: tuple[Machine, Machine], clock: MovableClock, runs: int) -> None:
    """Let both machines run several times, ten minutes apart."""
    for _ in range(runs):
        for machine in machines:
            machine.run(clock)
        clock.moment += RUN
