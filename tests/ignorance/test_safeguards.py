# SPDX-License-Identifier: MIT
"""What protects the truth besides the sources, in every state and clock: override, incident, names, history, isolation.

There are two runs ten minutes apart, the first of which is normal. Between them saved state is lost or damaged, or the
clock goes wrong.
"""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from elytra_status.announcements import override, store
from elytra_status.model import Override, PlatformStatus
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock
from tests import made_kuma
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3
from tests.ignorance.monitors import KumaByBoth
from tests.ignorance.stand import Answer
from tests.ignorance.table import Clock, Row, State
from tests.ignorance.test_ignorance import HISTORY, NOW, RUN, STATUS, TARGET, damage, poll

Make = Callable[..., Settings]
Do = Callable[["type[Safeguard]", Row], None]


class AllDown(KumaByBoth):
    """Uptime Kuma with every monitor down in a bad world."""

    def give(self, answer: Answer, *, bad: bool) -> None:
        super().give(answer, bad=bad)
        if bad:
            for path in (made_kuma.METRICS, made_kuma.HEARTBEATS):
                fault = self.server.faults[path]
                body = fault.body.replace(b"} 1\n", b"} 0\n").replace(b'"status": 1', b'"status": 0')
                self.server.faults[path] = made_kuma.ReplayFault(status=200, body=body, content_type=fault.content_type)


class Safeguard(ABC):
    """A safeguard of the truth, in a world of its own."""

    stand: ClassVar[type[KumaByBoth]] = KumaByBoth
    more: ClassVar[dict[str, object]] = {}
    # Whether the world is bad in both runs, and how the source answers in the second.
    bad: ClassVar[tuple[bool, bool]] = (False, False)
    answer: ClassVar[Answer] = Answer.WHOLE

    def __init__(self, state: Path, right: MovableClock, documents: dict[str, bytes]) -> None:
        self.state, self.right, self.documents = state, right, documents

    def between(self) -> None:
        """Do what a person does after the first run, usually nothing."""
        return

    @property
    def platform(self) -> str:
        return str(json.loads(self.documents[STATUS])["platform_status"])

    @abstractmethod
    def check(self, row: Row) -> None:
        """Assert what must hold after the second run."""


class AnOverride(Safeguard):
    """An override holds until its end, by the right time."""

    def between(self) -> None:
        now = self.right.now()
        one = Override(PlatformStatus.DEGRADED, "Work.", now, now + timedelta(hours=2), "anna")
        store.change(self.state, SystemClock(), partial(override.set_to, override=one))

    def check(self, row: Row) -> None:
        assert self.platform == ("degraded" if row.clock is Clock.RIGHT else "unknown")
        assert store.read(self.state).override is not None


class AnIncident(Safeguard):
    """An incident that the job opened ends with its outage, and not by a clock."""

    bad = (True, False)

    def check(self, row: Row) -> None:
        (incident,) = store.read(self.state).incidents
        assert incident.automatic
        assert (incident.resolved is None) is (row.clock is not Clock.RIGHT)


class AName(Safeguard):
    """A name that was seen before, and that no answer contains now, is in no document."""

    more: ClassVar = {"INFRASTRUCTURE_NOTES": "Made with Site 3.", "BACKUP_POLICY": "Of site-3 every night."}
    answer = Answer.ONE_MISSING

    def check(self, row: Row) -> None:
        assert len(self.documents) > 10
        for name, body in self.documents.items():
            assert b"Site 3" not in body, name
            assert b"site-3" not in body, name


class TheHistory(Safeguard):
    """Nothing is dated by a wrong clock."""

    def check(self, row: Row) -> None:
        latest = (self.right.now() + timedelta(minutes=5)).timestamp()
        with closing(sqlite3.connect(self.state / HISTORY)) as connection:
            for table, column in (("spans", "last"), ("changes", "time"), ("monitors", "seen")):
                (last,) = connection.execute(f"SELECT max({column}) FROM {table}").fetchone()
                assert last is not None, table
                assert last <= latest, table


class AnIsolatedSource(Safeguard):
    """Everything seems down to an isolated Uptime Kuma: that is no outage."""

    stand = AllDown
    more: ClassVar = {"CONNECTIVITY_URL": "http://127.0.0.1:9/"}
    bad = (True, True)

    def check(self, row: Row) -> None:
        assert self.platform == "unknown"


class ASourceThatIsNotIsolated(AnIsolatedSource):
    """The same world without a sign of isolation, so that the row above can fail."""

    more: ClassVar = {}

    def check(self, row: Row) -> None:
        assert self.platform == ("outage" if row.clock is Clock.RIGHT else "unknown")


SAFEGUARDS = (*Safeguard.__subclasses__(), *AnIsolatedSource.__subclasses__())
ROWS = [Row(state, clock) for state in (State.SOUND, State.NONE, State.DAMAGED) for clock in Clock]
CELLS = [pytest.param(one, row, id=f"{one.__name__}: {row}") for one in SAFEGUARDS for row in ROWS]


@pytest.fixture
def do(make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Iterator[Do]:
    """Return a function that does the two runs of a cell, and checks the results."""
    with ExitStack() as stack:

        def run(kind: type[Safeguard], row: Row) -> None:
            right, state = MovableClock(NOW), tmp_path / "state"
            state.mkdir()
            target = stack.enter_context(HostileS3())
            target.now = right.now
            stand = kind.stand(tmp_path, right, stack, monkeypatch)
            given = {**TARGET, **stand.settings(), **kind.more, "SPACES_ENDPOINT": target.url}
            settings = make_settings(**{**given, "PUBLISH": "status,page,card,badge,feed,calendar,history,statuspage"})
            poll(settings, right, timedelta(0), state, stand, Answer.WHOLE, kind.bad[0])
            documents: dict[str, bytes] = {}
            safeguard = kind(state, right, documents)
            safeguard.between()
            damage(row.state, state)
            right.moment += RUN
            poll(settings, right, row.clock.value, state, stand, kind.answer, kind.bad[1])
            documents |= {path: item.body for path, item in target.objects.items()}
            safeguard.check(row)

        yield run


@pytest.mark.parametrize(("safeguard", "row"), CELLS)
def test_it_holds_whatever_is_not_known(safeguard: type[Safeguard], row: Row, do: Do) -> None:
    do(safeguard, row)
