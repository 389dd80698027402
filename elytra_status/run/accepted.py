# SPDX-License-Identifier: MIT
"""Register the missing monitors and retired backup groups that do not count.

An administrator accepts a monitor or retires a backup group. Each register is a file in the state directory. A damaged
file or record accepts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from elytra_status.decision.ended_groups import Accepted
from elytra_status.errors import UsageError
from elytra_status.system import files
from elytra_status.system.clock import Clock

# The holder of the lock reads and writes one small file.
LONGEST_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Register:
    """The records of one kind, by key.

    `name` is the name of their file without its suffix.
    """

    name: str

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.name}.json"

    @property
    def lock_file(self) -> str:
        """The name of the lock file."""
        return f"{self.name}.lock"

    def read(self, state_directory: Path) -> dict[str, Accepted]:
        """Return all valid records, by key."""
        found = {}
        for key, value in files.read_json(state_directory / self.file).items():
            with suppress(KeyError, TypeError, ValueError):
                found[key] = record_from_json(value)
        return found

    def problem(self, state_directory: Path) -> str:
        """Return what is wrong with the file, '' if it is valid or does not exist."""
        return files.read_state(state_directory / self.file).problem

    def add(
        self,
        state_directory: Path,
        clock: Clock,
        missing: Mapping[str, datetime | None],
        by: str,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Record who accepts that these are missing, and when.

        `missing` maps each key to the time at which it was last seen, `names` maps it to a name for people. Raise
        UsageError if the file cannot be written.
        """
        new = new_records(clock, missing, by, names)
        self.change(state_directory, clock, lambda there: {**there, **new})

    def change(
        self,
        state_directory: Path,
        clock: Clock,
        how: Callable[[Mapping[str, Accepted]], Mapping[str, Accepted]],
    ) -> None:
        """Change the records: `how` gets the present ones and returns the new ones.

        A monitor or group without a record counts again. Raise UsageError if the file cannot be written.
        """
        with self._changing(state_directory, clock) as records:
            after = how(dict(records))
            records.clear()
            records.update(after)

    def put(self, state_directory: Path, clock: Clock, records: Mapping[str, Accepted]) -> None:
        """Save these records in place of all others, unless they are the same.

        Raise UsageError if the file cannot be written.
        """
        if self.read(state_directory) != records:
            self.change(state_directory, clock, lambda there: records)

    @contextmanager
    def _changing(self, state_directory: Path, clock: Clock) -> Iterator[dict[str, Accepted]]:
        """Yield the records, and write them afterwards. Set a damaged file aside."""
        path = state_directory / self.file
        try:
            state_directory.mkdir(mode=0o755, parents=True, exist_ok=True)
            with files.lock_file(state_directory / self.lock_file, clock, LONGEST_WAIT_SECONDS):
                if self.problem(state_directory):
                    files.set_aside(path, clock.now())
                records = self.read(state_directory)
                yield records
                body = {key: record_to_json(one) for key, one in sorted(records.items())}
                text = json.dumps(body, indent=1, ensure_ascii=False)
                # JSON can hold half of a surrogate pair, and what was read must be written again.
                files.write_atomically(path, text.encode("utf-8", "surrogatepass") + b"\n", 0o600)
                files.give_to_owner(path)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written ({error.strerror})",
                "run this as root or as the user elytra-status",
            ) from None


def new_records(
    clock: Clock, missing: Mapping[str, datetime | None], by: str, names: Mapping[str, str] | None = None
) -> dict[str, Accepted]:
    """Return the records of who accepts now that these are missing.

    `missing` maps each key to the time at which it was last seen, `names` maps it to a name for people.
    """
    at = clock.now().replace(microsecond=0)
    return {key: Accepted(seen, by, at, (names or {}).get(key, "")) for key, seen in missing.items()}


MONITORS = Register("accepted-monitors")
GROUPS = Register("retired-groups")
REGISTERS = (MONITORS, GROUPS)
# What a damaged register means for the administrator, and the remedy.
DAMAGED = "accepted monitors and retired groups count again"
REMEDY = "accept or retire them again: elytra-status monitors accept, elytra-status backups retire"


def record_to_json(one: Accepted) -> dict[str, str | None]:
    """Return a record in the form that `record_from_json` reads."""
    plain = {"seen": one.seen.isoformat() if one.seen else None, "by": one.by, "at": one.at.isoformat()}
    return {**plain, "name": one.name} if one.name else plain


def record_from_json(value: Any) -> Accepted:
    """Return a record. Raise KeyError, TypeError or ValueError if it is malformed."""
    seen, name = value["seen"], value.get("name", "")
    if not isinstance(name, str):
        raise TypeError
    return Accepted(None if seen is None else _moment(seen), str(value["by"]), _moment(value["at"]), name)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
