# SPDX-License-Identifier: MIT
"""Run the whole job through a timeline: a run every ten minutes, and a visitor every minute."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from elytra_status.announcements import maintenance, store
from elytra_status.announcements import override as overrides
from elytra_status.errors import ElytraStatusError
from elytra_status.model import Announcements, Maintenance, Override, PlatformStatus
from elytra_status.run import job, saved_state
from elytra_status.settings import Secret, Settings
from elytra_status.settings.kinds import THRESHOLD
from tests.conftest import API_KEY
from tests.incidents.checks import Checks
from tests.incidents.simulated_kuma import OUTSIDE, SimulatedKuma
from tests.incidents.truth import Act, Kind, Timeline

# As in the units: a run every ten minutes, restarted after 15 seconds, at most four times.
EVERY, AGAIN, TRIES = 600.0, 15.0, 4
# How long after boot this machine does the run that it missed.
BOOT = 45.0


@dataclass(frozen=True)
class Setting:
    """How the job is set up: which Kuma, which part of it, and `phase`, the minute of the runs within ten."""

    version: str = "v2.5.3"
    mode: str = "both"
    threshold: str = "1"
    phase: float = 0.125

    def __str__(self) -> str:
        return f"{self.version.partition('.')[0]}, {self.mode}, {self.threshold}, at :{self.phase:04.1f}"


@dataclass(frozen=True)
class Run:
    """One run: its beginning and end, in seconds of the timeline, and what it published; None if nothing."""

    began: float
    ended: float
    status: str | None
    failed: bool = False


@dataclass(frozen=True)
class Visit:
    """What a visitor saw at a minute; `document` is the published one, fresh or not."""

    minute: int
    word: str
    document: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Replay:
    """The result of a timeline in one setting, with the announcements at its end."""

    timeline: Timeline
    setting: Setting
    checks: Checks
    runs: list[Run]
    visits: list[Visit]
    announcements: Announcements


class _PowerCutError(BaseException):
    """This machine was switched off during a run."""


class _World:
    """The time, really and by this machine's clock, and a visitor who comes every minute.

    It is the clock of the job, so people also act at its time, during a run or not.
    """

    def __init__(self, timeline: Timeline, directory: Path, visit: Callable[[int, datetime], None]) -> None:
        self.timeline = timeline
        self.second = -EVERY
        self.way = directory / "way"
        self._directory = directory
        self._visit = visit
        self._acts = sorted(timeline.acts, key=lambda act: act.minute)
        self._lay_way()

    def now(self) -> datetime:
        wrong = self.timeline.at(self.second / 60, Kind.CLOCK_WRONG)
        return self.timeline.moment(self.second / 60 + (wrong.amount if wrong else 0))

    def monotonic(self) -> float:
        return self.second + 10**6

    def sleep(self, seconds: float) -> None:
        ends = self.second + max(0.0, seconds)
        off = [span.since * 60 for span in self.timeline.spans(Kind.MACHINE_OFF)]
        cut = min((second for second in off if self.second < second <= ends), default=None)
        self.advance(ends if cut is None else cut)
        if cut is not None:
            raise _PowerCutError

    def advance(self, second: float) -> None:
        """Let time pass, with all visits in it."""
        minute = int(self.second // 60) + 1
        while minute * 60 <= second:
            self._act_until(minute * 60 - 0.001)
            self.second = minute * 60.0
            self._visit(minute, self.timeline.moment(minute))
            minute += 1
        self._act_until(second)
        self.second = second
        self._lay_way()

    def _act_until(self, second: float) -> None:
        while self._acts and self._acts[0].minute * 60 <= second:
            act = self._acts.pop(0)
            if act.what in _OF_SAVED_STATE:
                _OF_SAVED_STATE[act.what](self._directory / saved_state.FILE)
            else:
                store.change(self._directory, self, _announcement(act, self.timeline))

    def _lay_way(self) -> None:
        """Let the job reach the published files, or not; visitors always reach them."""
        is_open = self.timeline.at(self.second / 60, Kind.STORAGE_OUT_OF_REACH) is None
        self.way.unlink(missing_ok=True)
        self.way.symlink_to(self._directory if is_open else self._directory / "nowhere")


def _damage(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


_OF_SAVED_STATE: dict[str, Callable[[Path], None]] = {"lose state": Path.unlink, "damage state": _damage}


def replay(timeline: Timeline, setting: Setting, directory: Path) -> Replay:
    """Run through a timeline; `directory` is for the job's state and documents."""
    visits: list[Visit] = []
    runs: list[Run] = []
    public = directory / "public"

    def visit(minute: int, now: datetime) -> None:
        if minute >= 0:
            visits.append(_read(public / "status.json", minute, now))

    world = _World(timeline, directory, visit)
    checks = Checks(timeline)
    with SimulatedKuma(timeline, checks, setting.version, lambda: world.second) as kuma:
        settings = _settings(timeline, setting, kuma.url, str(world.way / "public"))
        for second in sorted([*_by_timer(timeline, setting), *(act.minute * 60 for act in timeline.acts)]):
            world.advance(max(second, world.second))
            for _ in range(TRIES):
                run = _run(settings, world, directory)
                runs.append(run)
                if not run.failed or timeline.at(world.second / 60, Kind.MACHINE_OFF):
                    break
                world.advance(world.second + AGAIN)
        world.advance(timeline.minutes * 60.0)
    return Replay(timeline, setting, checks, runs, visits, store.read(directory))


def _settings(timeline: Timeline, setting: Setting, url: str, public: str) -> Settings:
    values: dict[str, Any] = {
        "uptime_kuma_url": url,
        "uptime_kuma_api_key": None if setting.mode == "page" else Secret(API_KEY),
        "uptime_kuma_status_page": None if setting.mode == "metrics" else "elytra",
        "outage_threshold": THRESHOLD.read(setting.threshold),
        "public_directory": public,
        # Real seconds: a simulated Kuma answers at once.
        "source_deadline_seconds": 60,
    }
    if timeline.asks_outside:
        values["connectivity_url"] = url + OUTSIDE
    return Settings(**values)


def _announcement(act: Act, timeline: Timeline) -> Callable[[Announcements], Announcements]:
    """Return the effect of the program's commands on the announcements."""
    now, since, until = (timeline.moment(minute) for minute in (act.minute, act.since, act.until))
    if act.what == "override":
        said = Override(PlatformStatus(act.status), "We are looking into it.", now, until, "an operator")
        return lambda there: overrides.set_to(there, said)
    if act.what == "clear":
        return lambda there: overrides.clear(there, now, "an operator")
    window = Maintenance("", "The database moves.", since, until, "an operator")
    return lambda there: maintenance.add(there, window, now)


def _by_timer(timeline: Timeline, setting: Setting) -> Iterator[float]:
    """Yield when the timer starts a run: every ten minutes, and after each boot."""
    for number in range(-1, timeline.minutes // 10 + 1):
        minute = setting.phase + 10 * number
        if minute < timeline.minutes and timeline.at(minute, Kind.MACHINE_OFF) is None:
            yield minute * 60
    for span in timeline.spans(Kind.MACHINE_OFF):
        yield span.until * 60 + BOOT


def _run(settings: Settings, world: _World, directory: Path) -> Run:
    began = world.second
    try:
        outcome = job.run(settings, world, directory)
    except (ElytraStatusError, _PowerCutError):
        return Run(began, world.second, None, failed=True)
    return Run(began, world.second, outcome.decision.status.value if outcome.published else None)


def _read(file: Path, minute: int, now: datetime) -> Visit:
    """Read the publication as the contract requires of a reader."""
    try:
        document = json.loads(file.read_bytes())
    except FileNotFoundError:
        return Visit(minute, "unknown", {})
    stale = now >= datetime.fromisoformat(document["stale_after"])
    return Visit(minute, "unknown" if stale else document["platform_status"], document)
