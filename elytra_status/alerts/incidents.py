# SPDX-License-Identifier: MIT
"""What has failed and who knows: kept between runs in one file, under a lock of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from elytra_status.alerts import STATE_FILE
from elytra_status.alerts.failure import Failure
from elytra_status.errors import LockedError
from elytra_status.system import fallback_files, files, journal
from elytra_status.system.clock import Clock, from_text, to_text

LOCK_FILE = "alerts.lock"


@dataclass(frozen=True)
class UnitFailure:
    """A unit that has failed: since when, how often, how the last time, and since when it works again.

    `told` holds for each channel when it last took a message about the failure, and `told_over` the channels
    that took the one about its end.
    """

    unit: str
    since: datetime
    failures: int
    last: Failure
    over: datetime | None = None
    told: Mapping[str, datetime] = field(default_factory=dict)
    told_over: frozenset[str] = frozenset()

    def fails_again(self, failure: Failure, runs: int = 0) -> UnitFailure:
        """Return the incident after one more failed run, or after so many in all where that is known."""
        return replace(self, failures=max(self.failures + 1, runs), last=failure)


@contextmanager
def lock(state_directory: Path, clock: Clock, seconds: float) -> Iterator[None]:
    """Hold the lock on the incidents. Raise LockedError where another process holds it longer than `seconds`.

    Where there can be no lock, on a full disk say, go on without: the alert is more important.
    """
    path = state_directory / LOCK_FILE
    with ExitStack() as stack:
        try:
            stack.enter_context(files.lock_file(path, clock, seconds))
        except OSError as error:
            journal.warning(f"{path} cannot be opened: {error.strerror}; the alert goes out without a lock")
        except LockedError:
            raise LockedError(f"another alert holds the lock on {path}", "it is tried again at the next run") from None
        yield


def read(state_directory: Path) -> dict[str, UnitFailure]:
    """Return the incidents by unit; what cannot be read is left out, so that it is told anew."""
    stored = fallback_files.read(state_directory / STATE_FILE).get("incidents")
    found = {}
    for unit, value in stored.items() if isinstance(stored, dict) else ():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            found[unit] = _from_json(unit, value)
    return found


def write(state_directory: Path, incidents: Mapping[str, UnitFailure]) -> None:
    """Store the incidents. Where that cannot be, say so and go on: all of it would be told again."""
    path = state_directory / STATE_FILE
    try:
        if not incidents:
            fallback_files.remove(path)
            return
        body = json.dumps({"incidents": {unit: _to_json(one) for unit, one in incidents.items()}}, indent=1)
        fallback_files.write(path, body.encode())
    except OSError as error:
        journal.error(
            f"{path} cannot be written: {error.strerror}; what has been told is told again at the next run",
            event="alert",
        )


def _to_json(incident: UnitFailure) -> dict[str, Any]:
    return {
        "since": to_text(incident.since),
        "failures": incident.failures,
        "last": {"result": incident.last.result, "status": incident.last.status},
        "over": to_text(incident.over) if incident.over else None,
        "told": {name: to_text(moment) for name, moment in incident.told.items()},
        "told_over": sorted(incident.told_over),
    }


def _from_json(unit: str, value: Mapping[str, Any]) -> UnitFailure:
    return UnitFailure(
        unit,
        since=from_text(value["since"]),
        failures=int(value["failures"]),
        last=Failure(unit, str(value["last"]["result"]), str(value["last"]["status"])),
        over=from_text(value["over"]) if value["over"] else None,
        told={name: from_text(moment) for name, moment in value["told"].items()},
        told_over=frozenset(value["told_over"]),
    )
