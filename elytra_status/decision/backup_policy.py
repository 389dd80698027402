# SPDX-License-Identifier: MIT
"""The rules by which backups are judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from elytra_status.decision.rules import Rules
from elytra_status.model import BACKUPS, CLOCK_SKEW, BackupGroup, Backups, BackupStatus, GroupDecision, Report

# The worst status is published: a known failure outranks an unknown status.
WORST_FIRST = (BackupStatus.FAILED, BackupStatus.WARNING, BackupStatus.UNKNOWN, BackupStatus.SUCCESS)


def judge_backups(reports: list[Report], now: datetime, rules: Rules) -> Backups:
    """Return the status of the backups: that of the worst group of all sources.

    Return unknown if no source can be read.
    """
    judged = [_judge_source(report.backup_groups, now, rules) for report in reports if not report.problem]
    judged += [Backups(BackupStatus.UNKNOWN) for report in reports if report.problem]
    if not judged:
        return Backups(BackupStatus.UNKNOWN, watched=False)
    covered = [backups.last_successful_backup for backups in judged]
    return Backups(
        min((backups.status for backups in judged), key=WORST_FIRST.index),
        max((backups.last_backup for backups in judged if backups.last_backup), default=None),
        min((moment for moment in covered if moment), default=None) if None not in covered else None,
    )


def judge_groups(reports: Iterable[Report], now: datetime, rules: Rules) -> tuple[GroupDecision, ...]:
    """Return the decision about each backup group that counts.

    Sources that did not answer have none.
    """
    return tuple(
        GroupDecision(report.source, group, status_of_group(group, now, rules), _newest(group, now))
        for report in reports
        if report.about == BACKUPS and not report.problem
        for group in report.backup_groups
    )


def worst_backup(statuses: Iterable[BackupStatus]) -> BackupStatus:
    """Return the worst of some statuses, unknown if there are none."""
    return min(statuses, key=WORST_FIRST.index, default=BackupStatus.UNKNOWN)


def worst_first(groups: Iterable[GroupDecision], now: datetime) -> list[GroupDecision]:
    """Return backup groups as they are shown: the worst and oldest first."""
    return sorted(
        groups, key=lambda one: (WORST_FIRST.index(one.status), one.group.newest or now, one.group.name, one.source)
    )


def status_of_group(group: BackupGroup, now: datetime, rules: Rules) -> BackupStatus:
    """Return the status of one group, by its last run and its newest backup's age.

    A missing group is unknown at best, however new its last backup is, because its job no longer leaves evidence.
    """
    if group.failed:
        return BackupStatus.FAILED
    newest = _newest(group, now)
    if newest is None:
        return BackupStatus.UNKNOWN
    statuses = [_status_of_age(now - newest, rules)]
    if group.warned:
        statuses.append(BackupStatus.WARNING)
    if group.missing_since:
        statuses.append(BackupStatus.UNKNOWN)
    return worst_backup(statuses)


def _judge_source(groups: tuple[BackupGroup, ...], now: datetime, rules: Rules) -> Backups:
    newest = [_newest(group, now) for group in groups]
    moments = [moment for moment in newest if moment is not None]
    statuses = [status_of_group(group, now, rules) for group in groups]
    return Backups(
        worst_backup(statuses),
        max(moments, default=None),
        min(moments) if moments and len(moments) == len(newest) else None,
    )


def _newest(group: BackupGroup, now: datetime) -> datetime | None:
    return group.newest if group.newest is not None and group.newest <= now + CLOCK_SKEW else None


def _status_of_age(age: timedelta, rules: Rules) -> BackupStatus:
    if age < rules.backup_success_within:
        return BackupStatus.SUCCESS
    return BackupStatus.WARNING if age < rules.backup_failed_from else BackupStatus.FAILED
