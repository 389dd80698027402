# SPDX-License-Identifier: MIT
"""The shape of a kind of backup evidence: text of one file in, series out.

A new kind is a module with a `KIND` and one line in this package's `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Any

from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence.text import json_value

# What identifies a series of backups, widest part first, for example repository, host, paths.
Identity = tuple[str | tuple[str, ...], ...]


class BackupOutcome(Enum):
    """The outcome of a backup job. NOTHING: it succeeded and made no backup."""

    GOOD = "good"
    WARNING = "warning"
    NOTHING = "nothing"
    FAILED = "failed"


# If two runs end at the same time, the worse one counts as the later one.
SEVERITY = tuple(BackupOutcome)


@dataclass(frozen=True)
class Run:
    """One run of a backup job: when it ended, and its outcome.

    `reason` says why it is not GOOD, without names. `key` is the key of the backup that it made, if known.
    """

    ended: datetime
    outcome: BackupOutcome = BackupOutcome.GOOD
    reason: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class BackupSeries:
    """What one file says about one series of backups.

    `reason` says why there are no `runs`. `job` is the outcome of the job that wrote the file, and `job_reason` says
    why it is not GOOD. `is_of_file` is False if the evidence itself names the group, so that several files may hold
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
    """One file or object that a backup job wrote.

    `label` is its name without the date, which identifies it among the others of its directory; it is '' for a single
    file. `exit_status` is the number in the file of the same name with .exit, None without one.
    """

    label: str = field(repr=False)
    text: str = field(repr=False)
    modified: datetime
    exit_status: int | None = None

    @cached_property
    def value(self) -> Any:
        """Return the one JSON value of the text.

        Raise SourceError if there is none, or only a part of one.
        """
        return json_value(self.text)


def begins_with(new: Identity, old: Identity) -> bool:
    """Whether `old` stood for everything of which `new` is a part.

    That is so for an empty repository that now holds a series.
    """
    return len(new) > len(old) and new[: len(old)] == old


def _no_ways_out(newest: Mapping[Identity, datetime]) -> Mapping[Identity, str]:
    return {}


@dataclass(frozen=True)
class EvidenceRules:
    """How the settings say to judge one kind of backup evidence.

    `read` returns the series of a file. It raises AttributeError, KeyError, TypeError or ValueError if the file is of
    another kind, and SourceError if it can say more. `covers` says whether a good backup of the first identity makes
    older backups of the second superfluous. `ways_out` returns, for the groups of one file and their newest backups,
    how to end groups that seem to have a successor, without names. No identity contains the file.
    """

    read: Callable[[Evidence], Iterable[BackupSeries]]
    covers: Callable[[Identity, Identity], bool] = begins_with
    ways_out: Callable[[Mapping[Identity, datetime]], Mapping[Identity, str]] = _no_ways_out


@dataclass(frozen=True)
class EvidenceKind:
    """One kind of backup evidence.

    `name` is that of its source, `setting` that of its location. `rules` takes from all settings what this kind needs.
    """

    name: str
    setting: str
    rules: Callable[[Settings], EvidenceRules]


@dataclass(frozen=True)
class ConfiguredEvidence:
    """Evidence of one kind at the location that its setting names.

    A group is late if its newest backup is older than `late_after`, and failed if it is older than `failed_after`.
    """

    name: str
    setting: str
    location: str = field(repr=False)
    rules: EvidenceRules
    late_after: timedelta
    failed_after: timedelta


def job_of(evidence: Evidence, warnings: frozenset[int] = frozenset()) -> tuple[BackupOutcome, str]:
    """Return the outcome of the job that wrote a file, by its exit status, and why.

    `warnings` are the exit statuses that the program uses for warnings. The reason is '' if the outcome is good.
    """
    status = evidence.exit_status
    if not status:
        return BackupOutcome.GOOD, ""
    reason = f"the job that writes this evidence ended with exit status {status}"
    return (BackupOutcome.WARNING if status in warnings else BackupOutcome.FAILED), reason


def series_of_list(
    evidence: Evidence, read: Callable[[Any], tuple[Identity, Run | None]], without_runs: str, empty: str
) -> Iterator[BackupSeries]:
    """Yield a series for each identity that `read` finds in the entries of a list.

    An entry without a run is no backup. `without_runs` says why a series has none, `empty` why there is no series.
    Raise ValueError if the value is no list.
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
