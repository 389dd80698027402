# SPDX-License-Identifier: MIT
"""The shape of a kind of backup evidence: the text of one file goes in, series of backups come out.

A new kind is a module with a `KIND` and one line in this package's `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence.text import json_value

# What tells one series of backups from all others, widest first: repository, host, paths, for example.
Identity = tuple[str | tuple[str, ...], ...]


class BackupOutcome(Enum):
    """What a run of a backup job resulted in. NOTHING: it ended well and made no backup."""

    GOOD = "good"
    WARNING = "warning"
    NOTHING = "nothing"
    FAILED = "failed"


# A run that ends at the same moment as another and is worse counts as the later one.
SEVERITY = tuple(BackupOutcome)


@dataclass(frozen=True)
class Run:
    """One run of a backup job: when it ended, and with what outcome.

    `reason` says why it is not GOOD, without names. `key` is the key of the backup it made, where that is known.
    """

    ended: datetime
    outcome: BackupOutcome = BackupOutcome.GOOD
    reason: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class BackupSeries:
    """What one file says about one series of backups.

    `reason` says why there are no `runs`. `job` is how the job ended that left the file, and `job_reason` why it is
    not GOOD. `is_of_file` is False where the evidence itself names the group, so that several files may hold the
    runs of one series. `former` is the group's name in saved state of version 1.
    """

    identity: Identity = field(repr=False)
    runs: tuple[Run, ...] = ()
    reason: str = ""
    job: BackupOutcome = BackupOutcome.GOOD
    job_reason: str = ""
    is_of_file: bool = True
    former: str = field(default="", repr=False)
    warning: str = ""


@dataclass(frozen=True)
class Evidence:
    """One file or object that a backup job left.

    `label` tells it apart from the others of its directory: its name without its date, empty for a single file.
    `exit_status` is the number in the file beside it that has .exit at its end, None without one.
    """

    label: str = field(repr=False)
    text: str = field(repr=False)
    modified: datetime
    exit_status: int | None = None

    @cached_property
    def value(self) -> Any:
        """Return the one JSON value of the text. Raise SourceError where there is none, or part of one."""
        return json_value(self.text)


def begins_with(new: Identity, old: Identity, settings: Settings) -> bool:
    """Tell whether `old` stood for all of which `new` is a part: an empty repository that now holds a series."""
    return len(new) > len(old) and new[: len(old)] == old


def _no_ways_out(newest: Mapping[Identity, datetime], settings: Settings) -> Mapping[Identity, str]:
    return {}


@dataclass(frozen=True)
class EvidenceKind:
    """One kind of backup evidence.

    `read` returns the series of a file. It raises AttributeError, KeyError, TypeError or ValueError where the file
    is of another kind, and SourceError where it can say more. `covers` tells whether a good backup of the first
    identity makes older ones of the second superfluous. `ways_out` returns, for the groups of one file and their newest
    backups, how to end those in whose place another seems to go on, without names. No identity holds the file.
    """

    name: str
    setting: str
    read: Callable[[Evidence, Settings], Iterable[BackupSeries]]
    covers: Callable[[Identity, Identity, Settings], bool] = begins_with
    ways_out: Callable[[Mapping[Identity, datetime], Settings], Mapping[Identity, str]] = _no_ways_out


def job_of(evidence: Evidence, warnings: frozenset[int] = frozenset()) -> tuple[BackupOutcome, str]:
    """Return how the job ended that left a file, by its exit status, and why that is not good.

    `warnings` are the exit statuses with which the program says that it ended with warnings.
    """
    status = evidence.exit_status
    if not status:
        return BackupOutcome.GOOD, ""
    reason = f"the job that writes this evidence ended with exit status {status}"
    return (BackupOutcome.WARNING if status in warnings else BackupOutcome.FAILED), reason


def series_of_list(
    evidence: Evidence, read: Callable[[Any], tuple[Identity, Run | None]], without_runs: str, empty: str
) -> Iterator[BackupSeries]:
    """Yield a series for each identity that `read` finds in the entries of a list. An entry without a run is no backup.

    `without_runs` says why a series has none, `empty` why there is no series. Raise ValueError where it is no list.
    """
    if not isinstance(evidence.value, list):
        raise ValueError
    job, why = job_of(evidence)
    found: dict[Identity, list[Run]] = {}
    for entry in evidence.value:
        identity, run = read(entry)
        found.setdefault(identity, []).extend([run] if run else [])
    for identity, runs in found.items():
        yield BackupSeries(identity, tuple(runs), "" if runs else without_runs, job, why)
    if not found:
        yield BackupSeries((), reason=empty, job=job, job_reason=why)
