# SPDX-License-Identifier: MIT
"""How backups are judged: groups, sources, and what is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from elytra_status.decision.backup_policy import judge_backups, judge_groups, status_of_group
from elytra_status.decision.rules import Rules
from elytra_status.model import BACKUPS, BackupGroup, BackupStatus, Report, replace
from elytra_status.problem import Problem
from tests.decision.made_facts import HOUR, NOW, backup_report


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([24.999], "success"),
        ([25], "warning"),
        ([47.999], "warning"),
        ([48], "failed"),
        ([1, 30], "warning"),
        ([1, 30, 50], "failed"),
        ([1, None], "unknown"),
        ([None, 50], "failed"),
        ([], "unknown"),
        ([-5 / 60], "success"),
        ([-0.1], "unknown"),
        ([1, -9000], "unknown"),
    ],
)
def test_the_worst_group_of_backups_counts(ages: list[float | None], expected: str) -> None:
    assert judge_backups([backup_report(*ages)], NOW, Rules()).status.value == expected


def test_every_group_is_covered_until_the_oldest_of_their_newest_backups() -> None:
    backups = judge_backups([backup_report(1, 5)], NOW, Rules())
    assert backups.last_backup == NOW - HOUR
    assert backups.last_successful_backup == NOW - 5 * HOUR
    assert judge_backups([backup_report(1, None)], NOW, Rules()).last_successful_backup is None


def test_a_backup_of_the_future_does_not_count() -> None:
    backups = judge_backups([backup_report(2, -9000)], NOW, Rules())
    assert (backups.last_backup, backups.last_successful_backup) == (NOW - 2 * HOUR, None)


def test_of_several_sources_of_backups_each_counts() -> None:
    reports = [backup_report(1, 5), backup_report(30), backup_report(3)]
    backups = judge_backups(reports, NOW, Rules())
    assert backups.status is BackupStatus.WARNING
    assert backups.last_backup == NOW - timedelta(hours=1)
    assert backups.last_successful_backup == NOW - timedelta(hours=30)


def test_a_source_of_backups_that_did_not_answer_has_no_group_to_judge() -> None:
    answered, silent = backup_report(1), replace(backup_report(30), problem=Problem("it is unreachable"))
    assert [one.status.value for one in judge_groups([answered, silent], NOW, Rules())] == ["success"]
    assert judge_groups([silent], NOW, Rules()) == ()


def test_backups_that_nobody_watches_are_not_watched() -> None:
    assert not judge_backups([], NOW, Rules()).watched
    assert judge_backups([backup_report(1)], NOW, Rules()).watched


@pytest.mark.parametrize(
    ("age", "more", "expected"),
    [
        (1, {"warned": True}, BackupStatus.WARNING),
        (60, {"warned": True}, BackupStatus.FAILED),
        (1, {"missing_since": NOW}, BackupStatus.UNKNOWN),
        (30, {"missing_since": NOW}, BackupStatus.WARNING),
        (1, {"failed": True}, BackupStatus.FAILED),
    ],
)
def test_the_worst_that_is_known_of_a_group_counts(age: float, more: dict[str, object], expected: BackupStatus) -> None:
    group = BackupGroup("acme", NOW - timedelta(hours=age), **more)  # type: ignore[arg-type]
    assert status_of_group(group, NOW, Rules()) is expected


def test_backups_that_cannot_be_read_are_unknown() -> None:
    failed = Report("s3", BACKUPS, problem="403")
    backups = judge_backups([failed], NOW, Rules())
    assert (backups.status, backups.last_backup) == (BackupStatus.UNKNOWN, None)
    assert judge_backups([], NOW, Rules()).status is BackupStatus.UNKNOWN
    assert judge_backups([failed, backup_report(1)], NOW, Rules()).last_successful_backup is None
