# SPDX-License-Identifier: MIT
"""What is kept about the monitors of each source: in saved state by a run, and by a person who accepts missing ones.

What is malformed is left out source by source, as a part of what is known about one would be taken for all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from elytra_status import files
from elytra_status.clock import Clock
from elytra_status.decision.missing_monitors import FUTURE, Known, LastSeen
from elytra_status.errors import UsageError
from elytra_status.model import State

ACCEPTED_FILE = "accepted-monitors.json"
LOCK_FILE = "accepted-monitors.lock"
# Whoever holds the lock reads and writes one small file.
LONGEST_WAIT_SECONDS = 10.0
_KEY = "known_monitors"


@dataclass(frozen=True)
class Accepted:
    """Who accepted that a monitor is missing, and when; `seen` is when an answer had named it last."""

    seen: datetime
    by: str
    at: datetime


def to_json(known: Mapping[str, Known]) -> dict[str, Any]:
    """Return what `from_json` reads."""
    return {_KEY: {source: _source_to_json(one) for source, one in known.items()}}


def from_json(value: Mapping[str, Any]) -> dict[str, Known]:
    """Return what `to_json` wrote, without the sources of which something is malformed."""
    stored = value.get(_KEY)
    found = {}
    for source, one in stored.items() if isinstance(stored, dict) else ():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            found[source] = _source_from_json(one)
    return found


def _source_to_json(known: Known) -> dict[str, Any]:
    return {
        "scope": known.scope,
        "complete": known.complete.isoformat() if known.complete else None,
        "monitors": {
            key: [one.mark, one.state.value, one.seen.isoformat(), one.confirmed, one.critical]
            for key, one in known.monitors.items()
        },
    }


def _source_from_json(value: Mapping[str, Any]) -> Known:
    monitors = {}
    for key, (mark, state, seen, confirmed, critical) in value["monitors"].items():
        if not isinstance(mark, str):
            raise TypeError
        monitors[key] = LastSeen(mark, State(state), _moment(seen), confirmed is True, critical is True)
    complete = value["complete"]
    return Known(monitors, None if complete is None else _moment(complete), str(value["scope"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def accepted(state_directory: Path) -> dict[str, Accepted]:
    """Return the missing monitors that were accepted, by key. Where that cannot be read, they are errors again."""
    found = {}
    for key, value in files.read_json(state_directory / ACCEPTED_FILE).items():
        with suppress(KeyError, TypeError, ValueError):
            found[key] = Accepted(_moment(value["seen"]), str(value["by"]), _moment(value["at"]))
    return found


def accept(state_directory: Path, clock: Clock, monitors: Mapping[str, LastSeen], by: str) -> None:
    """Record who accepts that these monitors are missing. Raise UsageError where that cannot be recorded."""
    path = state_directory / ACCEPTED_FILE
    try:
        with files.lock_file(state_directory / LOCK_FILE, clock, LONGEST_WAIT_SECONDS):
            now = clock.now().replace(microsecond=0)
            new = {key: Accepted(one.seen, by, now) for key, one in monitors.items()}
            everything = {**accepted(state_directory), **new}
            body = {
                key: {"seen": one.seen.isoformat(), "by": one.by, "at": one.at.isoformat()}
                for key, one in sorted(everything.items())
            }
            files.write_atomically(path, json.dumps(body, indent=1).encode() + b"\n", 0o600)
            files.give_to_owner(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}",
            "run this as root or as the user elytra-status",
        ) from None


def times_seen(everything: Mapping[str, Accepted]) -> dict[str, datetime]:
    """Return when each accepted monitor was seen last, which is what tells whether it was back since."""
    return {key: one.seen for key, one in everything.items()}


def missing(everything: Iterable[Known], now: datetime) -> dict[str, LastSeen]:
    """Return every monitor that the last complete answer of its source did not name.

    Where a wrong clock dated it in the future, a complete answer since then has left it as it was.
    """
    return {
        key: one
        for known in everything
        for key, one in known.monitors.items()
        if known.complete and (one.seen < known.complete or one.seen > now + FUTURE)
    }
