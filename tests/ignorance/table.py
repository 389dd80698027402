# SPDX-License-Identifier: MIT
"""The table: every source in the package with every lack of knowledge, alone and in pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from elytra_status import sources
from elytra_status.sources import backup_evidence
from elytra_status.sources.backup_evidence.kind import EvidenceKind
from tests.ignorance import backups, monitors
from tests.ignorance.stand import Answer, Stand
from tests.made_evidence import PROGRAMS


class State(Enum):
    """The saved state that a run finds."""

    SOUND = "saved state"
    NONE = "no saved state"
    DAMAGED = "damaged saved state"
    NEW_MACHINE = "first run"
    IMPORTED = "first run after import"


class Clock(Enum):
    """How far this machine's clock is ahead of the right time."""

    RIGHT = timedelta(0)
    AHEAD = timedelta(days=31)
    BEHIND = -timedelta(hours=5)


@dataclass(frozen=True)
class Row:
    """What a run does not know."""

    state: State = State.SOUND
    clock: Clock = Clock.RIGHT
    answer: Answer = Answer.WHOLE

    def __str__(self) -> str:
        words = [self.state.value] if self.state is not State.SOUND else []
        words += [f"clock {self.clock.name.lower()}"] if self.clock is not Clock.RIGHT else []
        words += [self.answer.value] if self.answer is not Answer.WHOLE else []
        return ", ".join(words) or "nothing is unknown"


def rows(stand: type[Stand]) -> Iterator[Row]:
    """Yield every state with every possible answer of a source, and a wrong clock with some of both."""
    for state in (State.SOUND, State.NEW_MACHINE, State.DAMAGED) if stand.is_variant else State:
        yield from (Row(state=state, answer=answer) for answer in Answer if answer not in stand.impossible)
    if stand.is_variant:
        return
    for state in (State.SOUND, State.NEW_MACHINE):
        yield from (Row(state=state, clock=clock) for clock in Clock if clock is not Clock.RIGHT)
    yield Row(state=State.DAMAGED, clock=Clock.AHEAD)
    yield Row(state=State.SOUND, clock=Clock.AHEAD, answer=Answer.IN_PART)
    yield Row(state=State.DAMAGED, clock=Clock.BEHIND, answer=Answer.IN_PART)


# The stand-ins for each module in sources/__init__.py, except for kinds of backup evidence, which are listed there.
STANDS: dict[str, tuple[type[Stand], ...]] = {
    "uptime_kuma": (
        *(monitors.KumaByBoth, monitors.KumaByKey, monitors.KumaByPage),
        *(monitors.KumaOfSomeMonitors, monitors.KumaWithCritical, monitors.KumaWithComponents, monitors.NamedKuma),
    ),
    "prometheus": (monitors.Prometheus,),
    "better_stack": (monitors.BetterStack,),
    "gatus": (monitors.Gatus,),
    "healthchecks": (monitors.Healthchecks,),
    "systemd_units": (monitors.SystemdUnits,),
    "probes": (monitors.Probes,),
    "spaces_backups": (backups.Storage,),
}


def stands() -> dict[str, type[Stand] | str]:
    """Return the stand-ins for all sources in the package, and for a missing one, what to add."""
    found: dict[str, type[Stand] | str] = {}
    for kind in sources.MODULES:
        if kind == "backup_evidence":
            for name in backup_evidence.KINDS:
                found |= _of_evidence(name)
        else:
            found |= _of_kind(kind)
    return found


def _of_kind(name: str) -> dict[str, type[Stand] | str]:
    if name not in STANDS:
        return {name: f"{name}: no stand. Write a subclass of Stand in tests/ignorance/ and name it in STANDS."}
    return {f"{name} {one.__name__}": one for one in STANDS[name]}


def _of_evidence(name: str) -> dict[str, type[Stand] | str]:
    kind = backup_evidence.kind_of(name)
    if kind.setting not in PROGRAMS:
        return {kind.name: f"{kind.name}: no evidence. Write what prints it in PROGRAMS of tests/made_evidence.py."}
    # The locations of evidence are the same for all kinds.
    places: tuple[Callable[[EvidenceKind], type[Stand]], ...] = (backups.in_files, backups.in_objects)
    return {
        f"{kind.name} {make.__name__}": make(kind)
        for make in places[: 2 if name == next(iter(backup_evidence.KINDS)) else 1]
    }
