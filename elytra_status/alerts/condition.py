# SPDX-License-Identifier: MIT
"""The shape of a condition, and the names of all but those of units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from elytra_status.model import BackupStatus, PlatformStatus

PLATFORM, BACKUP, OVERRIDE, TEXTS = "platform", "backups", "override", "texts"
ANSWERS, MISSING_MONITORS = "answers", "missing-monitors"
CLOCK, STATE, PUBLISHERS, PAIR = "clock", "state", "publishers", "pair"
# The condition of a unit after a failure. It is named after the unit.
WORKS = "works again"
# These are certain, and are notified at once. Others may pass by themselves, and are notified if they persist at the
# next run.
_CERTAIN = frozenset(
    {PlatformStatus.OUTAGE.value, BackupStatus.WARNING.value, BackupStatus.FAILED.value}
    | {"ends", "withheld", "missing", "wrong", "damaged", "not writable", "several", "alone", WORKS}
)


@dataclass(frozen=True)
class Condition:
    """A condition: `word` for people, `level` to compare, 0 if all is well.

    `evidence` describes what it rests on, in counts and keys. `names` are the names of what is bad, which may be
    clients'. If `keys` identify what is bad, a new key is news, whatever the level. Keys begin with their source and
    contain no names. `counts` says that the level is their number. `silent` are the sources that did not report their
    keys in this run. `since` is when the condition began, if that was before this run.
    """

    name: str
    level: int
    word: str
    evidence: str = ""
    names: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    counts: bool = False
    since: datetime | None = None

    @property
    def is_certain(self) -> bool:
        """Whether it is notified at once."""
        return self.word in _CERTAIN
