# SPDX-License-Identifier: MIT
"""The lease of a pair: which of two machines publishes. Pure.

The machine whose run last renewed the lease publishes, and the other stands by. All times are those of the storage's
clock. A machine recognises its entry by the marks of its own runs, so that a copy of a machine is another machine.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from elytra_status.system import bounded_json
from elytra_status.system.clock import from_text, to_text

VERSION = 1
# As many confirmed marks as publisher.json keeps.
MARKS_KEPT = 16
# A replaced machine leaves an entry.
MOST_MACHINES = 4
# No lease lasts longer: FRESHNESS_MAX_AGE_MINUTES is at most a day, and a lease lasts for half of it.
LONGEST = timedelta(hours=12)
LARGEST = 64 * 1024
LONGEST_NAME = 255
_MARK = re.compile("[0-9a-f]{8,64}", re.ASCII)
_DIGEST = re.compile("[0-9a-f]{0,64}", re.ASCII)


class LeaseShapeError(ValueError):
    """A lease is malformed. The text names the field, no value."""


class Standing(str, Enum):
    """Whether a machine may publish, and why: it may in all cases but STANDS_BY."""

    RENEWED = "renewed"
    FIRST = "first"
    EXPIRED = "expired"
    SILENT = "silent"
    STANDS_BY = "stands by"


@dataclass(frozen=True)
class PairMachine:
    """A machine of the pair, as its last run left it.

    `marks` are those of its runs, newest last. `answers` says whether any of its sources answered, and `settings` is
    the digest of the settings that both machines should share.
    """

    name: str
    marks: tuple[str, ...]
    ran: datetime
    answers: bool = True
    settings: str = ""

    def is_of(self, marks: frozenset[str]) -> bool:
        """Whether one of these marks is of this machine."""
        return not marks.isdisjoint(self.marks)


@dataclass(frozen=True)
class Claimant:
    """A machine that claims the lease.

    `mark` is that of its run, and `own` are those of its earlier runs. `answers` says whether any of its sources
    answered in this run.
    """

    mark: str
    own: frozenset[str]
    name: str
    answers: bool = True
    settings: str = ""


@dataclass(frozen=True)
class Lease:
    """The lease as the storage holds it.

    `holder` is the mark of the run that renewed it last. `generation` grows whenever another machine takes it, which
    was last at `taken`. `silent` is since when no source of the holder answers, None if one does.
    """

    generation: int
    holder: str
    taken: datetime
    until: datetime
    silent: datetime | None = None
    machines: tuple[PairMachine, ...] = field(default=())

    def machine_of(self, marks: frozenset[str]) -> PairMachine | None:
        """Return the machine with one of these marks."""
        return next((one for one in self.machines if one.is_of(marks)), None)

    def others(self, marks: frozenset[str]) -> tuple[PairMachine, ...]:
        """Return the machines with none of these marks, the one that ran last first."""
        return tuple(one for one in self.machines if not one.is_of(marks))

    @property
    def name(self) -> str:
        """The name of the machine that holds the lease."""
        machine = self.machine_of(frozenset({self.holder}))
        return machine.name if machine else "another machine"

    def has_expired(self, now: datetime) -> bool:
        """Whether the lease has run out. An end too far in the future is no end."""
        return not now < self.until <= now + LONGEST

    def is_held(self, generation: int, own: frozenset[str], now: datetime) -> bool:
        """Whether a machine still holds the lease of this generation."""
        return self.generation == generation and self.holder in own and not self.has_expired(now)

    def to_bytes(self) -> bytes:
        """Return the lease as the storage keeps it."""
        value = {
            "version": VERSION,
            "generation": self.generation,
            "holder": self.holder,
            "taken": to_text(self.taken),
            "until": to_text(self.until),
            "silent": to_text(self.silent) if self.silent else None,
            "machines": [
                {
                    "name": one.name,
                    "marks": list(one.marks),
                    "ran": to_text(one.ran),
                    "answers": one.answers,
                    "settings": one.settings,
                }
                for one in self.machines
            ],
        }
        return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"

    @staticmethod
    def from_bytes(body: bytes) -> Lease:
        """Return the lease that `to_bytes` wrote, else raise LeaseShapeError."""
        if len(body) > LARGEST:
            raise LeaseShapeError(f"is larger than {LARGEST // 1024} kB")
        try:
            value = bounded_json.loads(body)
        except ValueError:
            raise LeaseShapeError("is not JSON") from None
        given = _fields(value, "version", "generation", "holder", "taken", "until", "silent", "machines")
        if given["version"] != VERSION:
            raise LeaseShapeError("version is not a version of this file")
        generation, machines = given["generation"], given["machines"]
        if type(generation) is not int or not 0 < generation < 2**53:
            raise LeaseShapeError("generation is not a count")
        if not isinstance(machines, list) or len(machines) > MOST_MACHINES:
            raise LeaseShapeError(f"machines is not a list of up to {MOST_MACHINES}")
        return Lease(
            generation,
            _text(given["holder"], "holder", _MARK),
            _time(given["taken"], "taken"),
            _time(given["until"], "until"),
            None if given["silent"] is None else _time(given["silent"], "silent"),
            tuple(_machine(one) for one in machines),
        )


@dataclass(frozen=True)
class Claim:
    """The lease after a claim, and the outcome for the machine that claimed it."""

    lease: Lease
    standing: Standing

    @property
    def holds(self) -> bool:
        """Whether this machine may publish."""
        return self.standing is not Standing.STANDS_BY


def claim(lease: Lease | None, by: Claimant, now: datetime, lasts: timedelta) -> Claim:
    """Return the lease after a machine has claimed it `now`, by the storage's clock.

    The holder renews it for `lasts`. Another machine takes it once it has expired, or if no source of the holder
    answers while its own do, in this run and in the one before. A machine that has taken the lease keeps it for `lasts`
    whatever its sources do, so that two machines with unreliable sources do not alternate.
    """
    own = by.own | {by.mark}
    earlier = lease.machine_of(own) if lease else None
    marks = (*(earlier.marks if earlier else ()), by.mark)[-MARKS_KEPT:]
    machine = PairMachine(by.name, marks, now, by.answers, by.settings)
    machines = (machine, *sorted(lease.others(own), key=lambda one: one.ran, reverse=True)) if lease else (machine,)
    machines = machines[:MOST_MACHINES]
    until = now + lasts
    if lease is None:
        return Claim(Lease(1, by.mark, now, until, None if by.answers else now, machines), Standing.FIRST)
    if lease.holder in own:
        silent = None if by.answers else lease.silent or now
        renewed = replace(lease, holder=by.mark, until=until, silent=silent, machines=machines)
        return Claim(renewed, Standing.RENEWED)
    answers_again = by.answers and earlier is not None and earlier.answers
    if lease.has_expired(now):
        standing = Standing.EXPIRED
    elif lease.silent and answers_again and now - lease.taken >= lasts:
        standing = Standing.SILENT
    else:
        return Claim(replace(lease, machines=_with_holder(lease, machines)), Standing.STANDS_BY)
    taken = Lease(lease.generation + 1, by.mark, now, until, None if by.answers else now, machines)
    return Claim(taken, standing)


def release(lease: Lease, own: frozenset[str], now: datetime) -> Lease:
    """Return the lease after a machine has given it up, so that another may take it."""
    return replace(lease, until=now) if lease.holder in own and not lease.has_expired(now) else lease


def _with_holder(lease: Lease, machines: tuple[PairMachine, ...]) -> tuple[PairMachine, ...]:
    """Return the machines, with that of the holder even if others ran later."""
    holder = lease.machine_of(frozenset({lease.holder}))
    return machines if holder is None or holder in machines else (*machines[:-1], holder)


def _fields(value: Any, *names: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise LeaseShapeError(f"has other fields than {', '.join(names)}")
    return value


def _text(value: Any, name: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise LeaseShapeError(f"{name} is malformed")
    return value


def _time(value: Any, name: str) -> datetime:
    try:
        return from_text(value)
    except (TypeError, ValueError):
        raise LeaseShapeError(f"{name} is not a time such as 2025-11-10T15:30:00Z") from None


def _machine(value: Any) -> PairMachine:
    given = _fields(value, "name", "marks", "ran", "answers", "settings")
    name, marks, answers = given["name"], given["marks"], given["answers"]
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise LeaseShapeError("machines.name is malformed")
    if not isinstance(marks, list) or not 0 < len(marks) <= MARKS_KEPT:
        raise LeaseShapeError(f"machines.marks is not a list of up to {MARKS_KEPT}")
    if not isinstance(answers, bool):
        raise LeaseShapeError("machines.answers is neither true nor false")
    return PairMachine(
        name,
        tuple(_text(mark, "machines.marks", _MARK) for mark in marks),
        _time(given["ran"], "machines.ran"),
        answers,
        _text(given["settings"], "machines.settings", _DIGEST),
    )
