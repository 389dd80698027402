# SPDX-License-Identifier: MIT
"""Backup groups that end by a person's word: retired, or ignored by BACKUP_IGNORE_GROUPS. Pure.

A retired group counts again as soon as it has a backup that is newer than the one it was retired with: a job that
still makes backups is still relied on by somebody, and its failure must not stay hidden. A run that fails brings
nothing back. The rule is that of "How backups are judged" in the contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase

from elytra_status.decision import missing_groups
from elytra_status.decision.missing_groups import LOST
from elytra_status.model import BACKUPS, BackupGroup, Report
from elytra_status.problem import Problem
from elytra_status.system.digest import digest

_ALL_ENDED = Problem(
    "every backup group is retired or ignored: unknown",
    "elytra-status backups list shows them. If no backups are to be watched here, remove the setting of this source",
)


# A pattern of BACKUP_IGNORE_GROUPS that does nothing: the problem, and what to do about it.
UNUSED_PATTERN = (
    "a pattern matches no backup group",
    "elytra-status backups list shows the groups: correct the pattern, or remove it",
)
# What every group has that is no success because its backups are too old, or are not there.
_WAY_OUT = "if the group is meant to end, elytra-status backups retire GROUP"


@dataclass(frozen=True)
class Accepted:
    """Who accepted that a monitor is gone or retired a backup group, and `at` what time.

    `seen` is the time of the last evidence then: of the answer that named the monitor, or of the group's newest backup;
    None where there was none; for groups of damaged saved state the time of the damage. `name` is what to call it,
    where the register holds names.
    """

    seen: datetime | None
    by: str
    at: datetime
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Ended:
    """What people said: the retired groups, by key, and the patterns of BACKUP_IGNORE_GROUPS."""

    retired: Mapping[str, Accepted] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()

    def apply(self, report: Report) -> Report:
        """Return a report of backups in which the groups that ended do not count, with what to say of missing ones."""
        if report.about != BACKUPS or report.problem:
            return report
        retired = tuple(one for one in report.backup_groups if self._is_retired(report.source, one))
        ignored = tuple(one for one in report.backup_groups if one not in retired and self.pattern_of(one))
        left = tuple(one for one in report.backup_groups if one not in retired and one not in ignored)
        missing = sum(one.missing_since is not None for one in left)
        forgotten = sum(not self._has_ended(report.source, one) for one in report.forgotten_groups)
        warnings = [*missing_groups.warnings(missing, forgotten), *_ways_out(left), *report.warnings]
        if report.backup_groups and not left:
            warnings.append(_ALL_ENDED)
        back = sum(self.record_of(report.source, one) is not None for one in left)
        remark = (
            f"{back} retired backup group{' counts' if back == 1 else 's count'} again: a newer backup, or none known"
        )
        return replace(
            report,
            backup_groups=left,
            retired_groups=retired,
            ignored_groups=ignored,
            warnings=tuple(warnings),
            remarks=(*report.remarks, *([remark] if back else [])),
        )

    def record_of(self, source: str, group: BackupGroup) -> Accepted | None:
        """Return who retired a group, None where nobody did. It may count again since."""
        return self.retired.get(short_key(source, group)) if can_be_retired(group) else None

    def _has_ended(self, source: str, group: BackupGroup) -> bool:
        return self._is_retired(source, group) or bool(self.pattern_of(group))

    def _is_retired(self, source: str, group: BackupGroup) -> bool:
        record = self.record_of(source, group)
        if record is None:
            return False
        if group.key == LOST:
            # What another damage has lost is not retired.
            return record.seen == last_seen(group)
        if group.newest is None or record.seen is None:
            # Where it had a backup and none is known now, it may have had a newer one.
            return group.newest is None and record.seen is None
        # Records and saved state have whole seconds.
        return group.newest.replace(microsecond=0) <= record.seen

    def pattern_of(self, group: BackupGroup) -> str:
        """Return the pattern that ignores a group, '' where none does."""
        if not can_be_retired(group) or group.key == LOST:
            return ""
        return next((one for one in self.patterns if fnmatchcase(group.name, one)), "")


def _ways_out(groups: Iterable[BackupGroup]) -> Iterator[Problem]:
    """Yield how to end groups that are too old or missing, where their source knows."""
    for words, count in Counter(group.way_out for group in groups if group.way_out).items():
        yield Problem(f"{count} backup group{' is' if count == 1 else 's are'} too old or missing", words)


def can_be_retired(group: BackupGroup) -> bool:
    """Whether a group is more than a word for what cannot be read, or is not known yet."""
    return bool(group.key)


def way_out(group: BackupGroup) -> str:
    """Return how to end a group whose backups are too old or not there, '' where that is not known."""
    return group.way_out or (_WAY_OUT if can_be_retired(group) else "")


def last_seen(group: BackupGroup) -> datetime | None:
    """Return what the record of a retired group holds as `seen`."""
    return group.missing_since if group.key == LOST else group.newest


def short_key(source: str, group: BackupGroup) -> str:
    """Return what tells a group apart for the administrator, without its name."""
    return f"{source}:{digest(group.key, 10)}"


def ended_in_words(report: Report) -> str:
    """Return how many groups of a report ended by a person's word, '' where none did."""
    counts = (
        (len(report.retired_groups), "retired"),
        (len(report.ignored_groups), "ignored by BACKUP_IGNORE_GROUPS"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def unused_patterns(ended: Ended, reports: tuple[Report, ...]) -> list[str]:
    """Return the patterns that match no group, where every source of backups answered."""
    watched = [report for report in reports if report.about == BACKUPS]
    if not watched or any(report.problem for report in watched):
        return []
    groups = [group for report in watched for group in report.all_groups if can_be_retired(group)]
    return [one for one in ended.patterns if not any(fnmatchcase(group.name, one) for group in groups)]
