# SPDX-License-Identifier: MIT
"""Two machines of a pair in any order, with faults: no older status over a newer one, and nothing announced is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elytra_status.announcements import incidents, override
from elytra_status.errors import ElytraStatusError
from elytra_status.model import Announcements, Override, PlatformStatus
from elytra_status.run import job, pair
from elytra_status.settings import Settings, load
from elytra_status.system.clock import from_text
from tests.conftest import MovableClock
from tests.examples import most
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import KEY, SECRET

pytestmark = pytest.mark.slow

STATUS = "/status/status.json"
LASTS = timedelta(minutes=15)
WORDS = {"outage": PlatformStatus.OUTAGE, "degraded": PlatformStatus.DEGRADED}
machine = st.sampled_from(["one", "other"])
STEP = st.one_of(
    st.tuples(st.just("run"), machine),
    st.tuples(st.just("run"), machine),
    st.tuples(st.just("overtaken"), machine, st.sampled_from(["badge.svg", "status.json"])),
    st.tuples(st.just("refused"), machine),
    st.tuples(st.just("override"), machine, st.sampled_from([*WORDS, "cleared"])),
    st.tuples(st.just("incident"), machine),
    st.tuples(st.just("wait"), st.sampled_from([1, 8, 10, 16])),
    st.tuples(st.just("clock"), machine, st.sampled_from([-240, 0, 200, 7200])),
)


@dataclass
class World:
    """Two machines, their storage, and what must be true of it."""

    hostile: HostileS3
    clock: MovableClock
    directory: Path
    patch: pytest.MonkeyPatch
    ahead: dict[str, int] = field(default_factory=lambda: {"one": 0, "other": 0})
    newest: datetime | None = None
    override: str = "cleared"
    identifiers: list[str] = field(default_factory=list)
    renewed: dict[str, datetime] = field(default_factory=dict)
    publisher: str = ""

    def __post_init__(self) -> None:
        self.hostile.now = self.clock.now
        file = self.directory / "elytra-status.conf"
        file.write_text(
            f"SPACES_ENDPOINT={self.hostile.url}\nSPACES_ACCESS_KEY={KEY}\nSPACES_SECRET_KEY={SECRET}\n"
            "STATUS_BUCKET=status\nPUBLISHERS=pair\nPUBLISH=badge\n"
        )
        file.chmod(0o600)
        self.settings: Settings = load(file, {}).settings

    def run(self, name: str) -> job.Outcome | None:
        self.clock.moment += timedelta(seconds=2)
        self.patch.setattr("socket.gethostname", lambda: name)
        state = self.directory / name
        state.mkdir(exist_ok=True)
        at = MovableClock(self.clock.moment + timedelta(seconds=self.ahead[name]))
        try:
            outcome = job.run(self.settings, at, state)
        except ElytraStatusError:
            return None
        finally:
            self.check_newer()
        assert outcome.other_publisher == ""
        if outcome.published:
            self.check_publication(name)
        return outcome

    def check_newer(self) -> None:
        """No older status replaces a newer one."""
        if stored := self.hostile.objects.get(STATUS):
            decided = from_text(stored.headers["x-amz-meta-decided"])
            assert self.newest is None or decided >= self.newest
            self.newest = decided

    def check_publication(self, name: str) -> None:
        """It shows the override that somebody has set, and came from the machine that may publish."""
        now = self.clock.moment
        if abs(self.ahead[name]) < 300:
            published = json.loads(self.hostile.objects[STATUS].body)
            # Without monitors the status is unknown.
            expected = "unknown" if self.override == "cleared" else self.override
            assert published["platform_status"] == expected
        if self.publisher not in ("", name):
            held = self.renewed.get(self.publisher)
            assert held is None or now - held >= LASTS - timedelta(seconds=30) or self.ahead[self.publisher]
        self.publisher = name
        self.renewed[name] = now

    def announce(self, name: str, how: Callable[[Announcements], Announcements]) -> Announcements:
        state = self.directory / name
        state.mkdir(exist_ok=True)
        return pair.open_pair(self.settings, self.clock, state).change_announcements(how)[1]

    def do(self, kind: str, *values: object) -> None:
        getattr(self, f"do_{kind}")(*values)

    def do_run(self, name: str) -> None:
        self.run(name)

    def do_overtaken(self, name: str, document: str) -> None:
        """While a machine uploads, its lease runs out, and the other one runs."""
        other = "other" if name == "one" else "one"
        begun: list[Request] = []

        def answer(request: Request) -> Reply | None:
            if request.method == "PUT" and request.path == f"/status/{document}" and not begun:
                begun.append(request)
                self.clock.moment += LASTS
                self.run(other)
                self.patch.setattr("socket.gethostname", lambda: name)
            return None

        self.hostile.answer = answer
        self.run(name)
        self.hostile.answer = lambda request: None

    def do_refused(self, name: str) -> None:
        """The storage refuses the documents of a run, which gives the lease up."""
        self.hostile.answer = lambda request: (
            error(403, "AccessDenied") if request.method == "PUT" and "/pair/" not in request.path else None
        )
        self.run(name)
        self.renewed.pop(name, None)
        self.hostile.answer = lambda request: None

    def do_override(self, name: str, word: str) -> None:
        now = self.clock.moment
        if word == "cleared":
            self.announce(name, lambda there: override.clear(there, now, "ann"))
        else:
            wanted = Override(WORDS[word], "A disk has failed.", now, now + timedelta(days=6), "ann")
            self.announce(name, lambda there: override.set_to(there, wanted))
        self.override = word

    def do_incident(self, name: str) -> None:
        if len(self.identifiers) < incidents.MOST:
            after = self.announce(name, lambda there: incidents.begin(there, "A disk.", self.clock.moment, "ann"))
            self.identifiers.append(after.incidents[-1].identifier)
            assert len(set(self.identifiers)) == len(self.identifiers)
            assert [one.identifier for one in after.incidents] == self.identifiers

    def do_wait(self, minutes: int) -> None:
        self.clock.moment += timedelta(minutes=minutes)

    def do_clock(self, name: str, seconds: int) -> None:
        self.ahead[name] = seconds


@given(st.lists(STEP, min_size=6, max_size=14))
@settings(max_examples=most(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_nothing_older_is_published_and_nothing_is_lost(steps: list[tuple[str, ...]]) -> None:
    with HostileS3() as hostile, TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        world = World(hostile, MovableClock(datetime.fromisoformat("2026-03-01T04:00:00Z")), Path(directory), patch)
        for step in [("run", "one"), ("run", "other"), *steps]:
            world.do(*step)
        # In the end, one machine publishes what was announced last.
        world.ahead = {"one": 0, "other": 0}
        world.clock.moment += timedelta(hours=1)
        outcomes = [world.run("one"), world.run("other")]
        assert [outcome is not None and outcome.published for outcome in outcomes].count(True) == 1
