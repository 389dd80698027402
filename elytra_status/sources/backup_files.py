# SPDX-License-Identifier: MIT
"""Backup evidence in files of JSON that backup jobs leave: what all kinds of it have in common."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from elytra_status.backup_policy import FUTURE
from elytra_status.errors import SourceError
from elytra_status.model import BACKUPS, BackupGroup, Report
from elytra_status.settings import Settings
from elytra_status.sources import vanished_groups
from elytra_status.sources.source import Question, Source

# No list of backups is larger.
LARGEST = 64 * 1024 * 1024
# A directory with more files is not read at all: the group that only the oldest tell of could be the worst.
MOST_FILES = 10_000
# The group of a backup that names none.
ALL = "(all)"
# Stands for whatever group a file tells of that cannot be used: it may be the last word on it.
UNUSABLE = "(files that cannot be used)"


@dataclass(frozen=True)
class Run:
    """One run of a backup job, for one group: when it ended, and whether it did what it should.

    `key` is that of the backup that it made, where it tells of one.
    """

    group: str
    ended: datetime
    is_good: bool
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class File:
    """A file of evidence that could be read. `value` is what its JSON stands for."""

    path: Path
    modified: datetime
    value: Any


# What reads the runs out of a file. It raises AttributeError, KeyError, TypeError or ValueError where it is none.
Read = Callable[[File], Iterable[Run]]


def source(name: str, setting: str, settings: Settings, read: Read) -> list[Source]:
    """Return the source of one kind of evidence, where its setting names a place."""
    is_set = getattr(settings, setting.lower()) is not None
    return [Source(name, BACKUPS, partial(_look, name, setting, settings, read))] if is_set else []


def _look(name: str, setting: str, settings: Settings, read: Read, question: Question) -> Report:
    """Read what lies there now. Raise SourceError where nothing can be read, or the only file cannot."""
    if question.earlier is not None and not question.earlier.problem:
        return question.earlier
    runs: list[Run] = []
    faults = []
    for file in _files(Path(getattr(settings, setting.lower())), setting):
        try:
            if isinstance(file, SourceError):
                raise file
            runs += runs_of(file, setting, read)
        except SourceError as error:
            faults.append(error)
    return report_of(name, setting, settings, question, runs, faults)


def runs_of(file: File, setting: str, read: Read, what: str = "a file") -> list[Run]:
    """Return the runs that a file tells of. Raise SourceError, which calls it `what`, where it tells of none."""
    try:
        return [*read(file)]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise SourceError(f"{what} holds something else", f"is {setting} what this kind of backup leaves?") from None


def report_of(
    name: str,
    setting: str,
    settings: Settings,
    question: Question,
    runs: Sequence[Run],
    faults: Sequence[SourceError],
    keys: Iterable[str] = (),
) -> Report:
    """Return what is known by some runs, and of groups that earlier runs told of and that are named no more.

    `faults` are why there are no more runs; `keys` are where they were read. Raise the first fault where there are
    no runs.
    """
    if faults and not runs:
        raise faults[0]
    now, place = question.now, str(getattr(settings, setting.lower()))
    ahead = sum(run.ended > now + FUTURE for run in runs)
    warnings = [f"{len(faults)} files cannot be used: {faults[0]}"] if faults else []
    if ahead:
        warnings.append(f"{ahead} backups are dated in the future: is a clock wrong?")
    seen = groups_of((run for run in runs if run.ended <= now + FUTURE), {run.group for run in runs})
    before = vanished_groups.from_json(question.remembered, place, now)
    failed_from = timedelta(hours=settings.backup_failed_age_hours)
    kept, let_go = vanished_groups.carry_on(before, seen, now, failed_from, is_whole=not faults)
    vanished = [group for group in kept if group.vanished]
    warnings += vanished_groups.warnings(len(vanished), len(let_go))
    groups = sorted((*seen, *vanished), key=lambda group: group.name)
    # A group is often a host: both its whole name and its first part would tell whose it is.
    names = {group.name for group in (*seen, *kept, *let_go)} - {ALL}
    parts = {each.partition(".")[0] for each in names}
    return Report(
        name,
        BACKUPS,
        backup_groups=(*groups, BackupGroup(UNUSABLE, None)) if faults else tuple(groups),
        warnings=tuple(warnings),
        private_names=frozenset({*names, *parts, *keys, *(run.key for run in runs)} - {""}),
        remembered=vanished_groups.to_json((*seen, *kept), place),
    )


def groups_of(runs: Iterable[Run], groups: Iterable[str]) -> tuple[BackupGroup, ...]:
    """Return what is known of each group: its newest good backup, and whether its last run failed."""
    newest: dict[str, datetime] = {}
    last: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.ended):
        last[run.group] = run
        if run.is_good:
            newest[run.group] = run.ended
    return tuple(
        BackupGroup(group, newest.get(group), failed=group in last and not last[group].is_good)
        for group in sorted(set(groups))
    )


def _files(path: Path, setting: str) -> Iterator[File | SourceError]:
    """Yield the file, or those of a directory that end in .json. Raise SourceError where there is none."""
    try:
        if not path.is_dir():
            yield _read(path, setting)
            return
        found = sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(".json") and entry.is_file())
    except OSError as error:
        raise _unreadable(setting, error) from None
    if not found:
        raise SourceError("the directory holds no file that ends in .json", f"does the backup job write to {setting}?")
    if len(found) > MOST_FILES:
        raise SourceError(
            f"the directory holds more than {MOST_FILES} files that end in .json",
            "keep the last of each group, and delete the rest",
        )
    for file in found:
        try:
            yield _read(Path(file), setting)
        except SourceError as error:
            yield error


def _read(path: Path, setting: str) -> File:
    try:
        with path.open("rb") as file:
            information = os.fstat(file.fileno())
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(setting, error) from None
    if len(content) > LARGEST:
        raise SourceError(f"a file has more than {LARGEST // 2**20} MB", f"is {setting} right?")
    modified = datetime.fromtimestamp(information.st_mtime).astimezone()
    remedy = "write it under another name, and rename it when it is whole"
    return File(path, modified, value_of(content, "a file", remedy))


def value_of(content: bytes, what: str, remedy: str) -> Any:
    """Return what JSON stands for. Raise SourceError, which calls it `what`, where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise SourceError(f"{what} is no JSON, or not whole", remedy) from None


def _unreadable(setting: str, error: OSError) -> SourceError:
    return SourceError(
        f"{setting} cannot be read: {error.strerror}",
        "the user elytra-status must be able to read it, and the service sees neither /home nor /root",
    )


def moment(text: str) -> datetime:
    """Return a time as programs write it; without a zone it is of this machine's. Raise ValueError for another."""
    # More digits than microseconds, as Go writes them, are too many for Python.
    head, point, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    found = datetime.fromisoformat(f"{head}{point}{digits[:6]}{rest[len(digits) :]}" if point else text)
    return found.astimezone()
