# SPDX-License-Identifier: MIT
"""Backup groups that the administrator has retired or ignored. Pure.

A retired group counts again as soon as it has a newer backup than the one with which it was retired: if a job still
makes backups, somebody still relies on them, and its failure must not stay hidden. A failed run does not bring a group
back. BACKUP_IGNORE_GROUPS ignores groups by their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase

from elytra_status.decision import missing_groups
from elytra_status.decision.missing_groups import LOST
from elytra_status.model import BACKUPS, BackupGroup, Report, number_of
from elytra_status.problem import Problem
from elytra_status.system.digest import digest

_ALL_ENDED = Problem(
    "every backup group is retired or ignored, so the backups are unknown",
    "See elytra-status backups list. If elytra-status should not watch backups here, remove the setting of this source",
)


# The problem and the remedy if a pattern of BACKUP_IGNORE_GROUPS has no effect.
UNUSED_PATTERN = (
    "a pattern matches no backup group",
    "Correct the pattern, or remove it: elytra-status backups list shows the groups",
)
# The remedy for every group whose backups are too old or missing.
_WAY_OUT = "if the group is meant to end, elytra-status backups retire GROUP"


@dataclass(frozen=True)
class Accepted:
    """Who accepted a missing monitor or retired a backup group, and `at` what time.

    `seen` is the time of the last evidence: the answer that named the monitor, or the group's newest backup. It is None
    if there was none; for groups of damaged saved state it is the time of the damage. `name` is the name for people, if
    the register has one.
    """

    seen: datetime | None
    by: str
    at: datetime
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Ended:
    """The groups that do not count: retired ones, by key, and ignored patterns."""

    retired: Mapping[str, Accepted] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()

    def apply(self, report: Report) -> Report:
        """Return a report in which the retired and ignored groups do not count.

        Missing groups get a remedy.
        """
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
        remark = f"{number_of(back, 'retired backup group', 'counts', 'count')} again (a newer backup, or none known)"
        return replace(
            report,
            backup_groups=left,
            retired_groups=retired,
            ignored_groups=ignored,
            warnings=tuple(warnings),
            remarks=(*report.remarks, *([remark] if back else [])),
        )

    def record_of(self, source: str, group: BackupGroup) -> Accepted | None:
        """Return who retired a group, None if nobody did.

        The group may count again since.
        """
        return self.retired.get(short_key(source, group)) if can_be_retired(group) else None

    def _has_ended(self, source: str, group: BackupGroup) -> bool:
        return self._is_retired(source, group) or bool(self.pattern_of(group))

    def _is_retired(self, source: str, group: BackupGroup) -> bool:
        record = self.record_of(source, group)
        if record is None:
            return False
        if group.key == LOST:
            # Retiring the groups of one damage does not retire those of another.
            return record.seen == last_seen(group)
        if group.newest is None or record.seen is None:
            # If the group had a backup then and none is known now, it may have had a newer one since.
            return group.newest is None and record.seen is None
        # Records and saved state have whole seconds.
        return group.newest.replace(microsecond=0) <= record.seen

    def pattern_of(self, group: BackupGroup) -> str:
        """Return the pattern that ignores a group, '' if none does."""
        if not can_be_retired(group) or group.key == LOST:
            return ""
        return next((one for one in self.patterns if fnmatchcase(group.name, one)), "")


def _ways_out(groups: Iterable[BackupGroup]) -> Iterator[Problem]:
    """Yield how to end groups that are too old or missing, if their source knows."""
    for words, count in Counter(group.way_out for group in groups if group.way_out).items():
        yield Problem(f"{number_of(count, 'backup group', 'is', 'are')} too old or missing", words)


def can_be_retired(group: BackupGroup) -> bool:
    """Whether a group is a real one.

    Some entries only stand for backups that cannot be read or are not known yet.
    """
    return bool(group.key)


def way_out(group: BackupGroup) -> str:
    """Return how to end a group whose backups are too old or missing, '' if unknown."""
    return group.way_out or (_WAY_OUT if can_be_retired(group) else "")


def last_seen(group: BackupGroup) -> datetime | None:
    """Return the value of `seen` for the record of a retired group."""
    return group.missing_since if group.key == LOST else group.newest


def short_key(source: str, group: BackupGroup) -> str:
    """Return what identifies a group for the administrator, without its name."""
    return f"{source}:{digest(group.key, 10)}"


def ended_in_words(report: Report) -> str:
    """Return how many groups are retired or ignored, in words; '' if none are."""
    counts = (
        (len(report.retired_groups), "retired"),
        (len(report.ignored_groups), "ignored by BACKUP_IGNORE_GROUPS"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def unused_patterns(ended: Ended, reports: tuple[Report, ...]) -> list[str]:
    """Return the patterns that match no group, if every source of backups answered."""
    watched = [report for report in reports if report.about == BACKUPS]
    if not watched or any(report.problem for report in watched):
        return []
    groups = [group for report in watched for group in report.all_groups if can_be_retired(group)]
    return [one for one in ended.patterns if not any(fnmatchcase(group.name, one) for group in groups)]
