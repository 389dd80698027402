# SPDX-License-Identifier: MIT
"""What the two machines of a pair know together, as one private object. Pure.

Announcements, the changes of the published status, the known monitors, and what the administrator has accepted. A
malformed object is refused, never read in part: with one announcement missing, a machine could publish "operational"
while a person has announced an outage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from elytra_status.announcements import written
from elytra_status.decision.ended_groups import Accepted
from elytra_status.decision.missing_monitors import KnownMonitors
from elytra_status.model import Announcements, Change
from elytra_status.run import accepted, saved_monitors
from elytra_status.system import bounded_json
from elytra_status.system.clock import from_text, to_text

VERSION = 1
# A write whose answer was lost is recognized by its identifier, even if the other machine has written since.
WRITES_KEPT = 16
# 10,000 known monitors have 2 MB.
LARGEST = 16 * 2**20
_FIELDS = {"version", "revision", "writes", "announcements", "changes", "known_monitors", "registers"}

Registers = Mapping[str, Mapping[str, Accepted]]


@dataclass(frozen=True)
class SharedState:
    """What both machines know.

    `revision` counts the changes, and `writes` identifies the last of them, the newest last. `registers` holds the
    records of `accepted.REGISTERS`, by name and key.
    """

    announcements: Announcements = field(default_factory=Announcements)
    changes: tuple[Change, ...] = ()
    known: Mapping[str, KnownMonitors] = field(default_factory=dict)
    registers: Registers = field(default_factory=dict)
    revision: int = 0
    writes: tuple[str, ...] = ()

    def after(self, before: SharedState, write: str) -> SharedState:
        """Return this state as the one that `write` makes of `before`."""
        return replace(self, revision=before.revision + 1, writes=(*before.writes, write)[-WRITES_KEPT:])

    def register(self, register: accepted.Register) -> Mapping[str, Accepted]:
        """Return the records of a register, by key."""
        return self.registers.get(register.name, {})

    def with_register(self, register: accepted.Register, records: Mapping[str, Accepted]) -> SharedState:
        """Return the state with these records of a register."""
        return replace(self, registers={**self.registers, register.name: dict(records)})

    def to_bytes(self) -> bytes:
        """Return the state as the storage keeps it."""
        value = {
            "version": VERSION,
            "revision": self.revision,
            "writes": list(self.writes),
            "announcements": written.to_json(self.announcements),
            "changes": [[to_text(one.time), one.recorded] for one in self.changes],
            **saved_monitors.to_json(self.known),
            "registers": {
                name: {key: accepted.record_to_json(one) for key, one in sorted(records.items())}
                for name, records in sorted(self.registers.items())
            },
        }
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"

    @staticmethod
    def from_bytes(body: bytes) -> SharedState:
        """Return the state that `to_bytes` wrote, else raise `written.ShapeError`."""
        if len(body) > LARGEST:
            raise written.ShapeError(f"is larger than {LARGEST // 2**20} MB")
        try:
            value = bounded_json.loads(body)
        except ValueError:
            raise written.ShapeError("is not JSON") from None
        if not isinstance(value, dict) or value.keys() != _FIELDS:
            raise written.ShapeError(f"has other fields than {', '.join(sorted(_FIELDS))}")
        if value["version"] != VERSION:
            raise written.ShapeError("version is not a version of this file")
        revision, writes = value["revision"], value["writes"]
        if type(revision) is not int or revision < 0:
            raise written.ShapeError("revision is not a count")
        if not isinstance(writes, list) or not all(isinstance(one, str) for one in writes):
            raise written.ShapeError("writes is not a list of texts")
        try:
            announcements = written.from_json(value["announcements"])
        except written.ShapeError as error:
            raise written.ShapeError(f"announcements.{error}") from None
        known = saved_monitors.from_json(value)
        if not isinstance(value["known_monitors"], dict) or known.keys() != value["known_monitors"].keys():
            raise written.ShapeError("known_monitors is malformed")
        return SharedState(
            announcements, _changes(value["changes"]), known, _registers(value["registers"]), revision, tuple(writes)
        )


def _changes(value: Any) -> tuple[Change, ...]:
    try:
        return tuple(Change.from_record(from_text(time), status) for time, status in value)
    except (TypeError, ValueError):
        raise written.ShapeError("changes is not a list of times and status") from None


def _registers(value: Any) -> dict[str, dict[str, Accepted]]:
    try:
        return {
            name: {key: accepted.record_from_json(one) for key, one in records.items()}
            for name, records in value.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise written.ShapeError("registers is malformed") from None


def with_known(
    own: Mapping[str, KnownMonitors], shared: Mapping[str, KnownMonitors], records: Mapping[str, Accepted]
) -> dict[str, KnownMonitors]:
    """Return the known monitors of a machine, with those of the other one.

    Otherwise a monitor that is missing would be forgotten when the other machine takes over. `records` are the missing
    monitors that the administrator has accepted on either machine. A record counts for a monitor that this machine has
    not seen since, whenever it last saw it.
    """
    found = {}
    for source in own.keys() | shared.keys():
        mine, others = own.get(source), shared.get(source)
        if mine is None or others is None:
            both = mine or others
            assert both is not None
        else:
            # With another scope, the settings of the other machine query other monitors.
            is_same = mine.scope == others.scope
            both = replace(mine, monitors={**others.monitors, **mine.monitors}) if is_same else mine
        monitors = {
            key: replace(one, seen=record.seen)
            if (record := records.get(key)) and record.seen and one.seen <= record.at and _is_missing(one.seen, both)
            else one
            for key, one in both.monitors.items()
        }
        found[source] = replace(both, monitors=monitors)
    return found


def merged_changes(
    before: tuple[Change, ...], own: tuple[Change, ...], there: tuple[Change, ...]
) -> tuple[Change, ...]:
    """Return the changes `there`, with those that a run has made since `before`.

    The other machine may have recorded changes in the meantime: the time decides which is later.
    """
    if there == before:
        return own
    kept = [one for one in there if one in own or one not in before]
    added = [one for one in own if one not in before and one not in there]
    ordered = sorted((*kept, *added), key=lambda one: one.time)
    return tuple(next(same) for _, same in groupby(ordered, key=lambda one: one.recorded))


def merged_known(
    before: Mapping[str, KnownMonitors], own: Mapping[str, KnownMonitors], there: Mapping[str, KnownMonitors]
) -> dict[str, KnownMonitors]:
    """Return the known monitors of a run, with those that are new `there`.

    `before` are those that were there when it began.
    """
    found = dict(own)
    for source, theirs in there.items():
        known, mine = before.get(source), own.get(source)
        if mine is None and known is None:
            found[source] = theirs
        elif mine is not None and mine.scope == theirs.scope:
            earlier = known.monitors if known else {}
            new = {key: one for key, one in theirs.monitors.items() if key not in earlier}
            found[source] = replace(mine, monitors={**new, **mine.monitors})
    return found


def _is_missing(seen: datetime, known: KnownMonitors) -> bool:
    return known.complete is not None and seen < known.complete


def outline(known: Mapping[str, KnownMonitors]) -> Any:
    """Return the part of the known monitors that must be equal on both machines.

    These are scopes, keys, and when missing monitors were seen. The times of the others change with each run, and are
    not worth an upload.
    """
    return {
        source: (
            one.scope,
            {key: last.seen if _is_missing(last.seen, one) else None for key, last in one.monitors.items()},
        )
        for source, one in known.items()
    }
