# SPDX-License-Identifier: MIT
"""Reported situations: what restic, borg, borgmatic, pgBackRest and Ansible printed, and the right result for each."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from elytra_status.model import BackupGroup, Report
from elytra_status.run.assess import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from tests.conftest import MovableClock

REPORTED = Path(__file__).parents[2] / "fixtures" / "backups" / "reported"
# The files describe the hours before.
NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
Make = Callable[..., Settings]
Publish = Callable[..., SimpleNamespace]
pytestmark = pytest.mark.usefixtures("in_utc")


@pytest.fixture
def publish(make_settings: Make, tmp_path: Path) -> Publish:
    """Return a function that judges a reported file: what is published, the report, and its groups by name."""

    def judge(
        name: str,
        *,
        written: datetime = NOW - timedelta(minutes=30),
        now: datetime = NOW,
        exit_status: int | None = None,
        change: Callable[[Any], None] = lambda value: None,
        **settings: object,
    ) -> SimpleNamespace:
        file = tmp_path / "evidence.json"
        value = json.loads((REPORTED / name).read_text())
        change(value)
        file.write_text(json.dumps(value))
        os.utime(file, (written.timestamp(), written.timestamp()))
        if exit_status is not None:
            (tmp_path / "evidence.json.exit").write_text(f"{exit_status}\n")
        kind = name.partition("-")[0].replace("borgmatic", "borg")
        made = make_settings(**{f"BACKUP_{kind.upper()}": file}, **settings)
        assessment = assess(made, MovableClock(now), SavedState(), confirming=False)
        (report,) = assessment.reports
        return SimpleNamespace(
            status=assessment.decision.backups.status.value,
            backups=assessment.decision.backups,
            report=report,
            groups={group.name: group for group in report.backup_groups},
        )

    return judge


def of(report: Report, name: str) -> BackupGroup:
    (group,) = [group for group in report.backup_groups if group.name == name]
    return group


def test_a_borg_series_that_stopped_fails_beside_a_fresh_one_in_the_same_repository(publish: Publish) -> None:
    found = publish("borg-two-series-one-repository.json", BACKUP_BORG_TIMEZONE="UTC")
    assert found.status == "failed"
    assert found.groups["/srv/repo:acme"].newest == datetime(2026, 11, 21, 17, 25, 45, tzinfo=UTC)
    assert found.groups["/srv/repo:web1"].newest == datetime(2026, 11, 28, 16, 25, 55, tzinfo=UTC)


def test_an_empty_off_site_repository_is_unknown_beside_a_fresh_one(publish: Publish) -> None:
    found = publish("borgmatic-empty-offsite.json", written=datetime(2026, 11, 28, 17, 54, tzinfo=UTC))
    assert found.status == "unknown"
    assert found.groups["/srv/r2"].newest is None
    assert found.groups["/srv/r2"].reason == "the repository holds no archive"
    assert found.groups["/srv/r1:vm"].newest


def test_borg_of_another_zone_is_judged_by_the_zone_that_is_set(publish: Publish) -> None:
    found = publish("borg-other-time-zone.json", BACKUP_BORG_TIMEZONE="Asia/Tokyo")
    assert (found.status, tuple(map(str, found.report.warnings))) == ("success", ())
    assert found.backups.last_successful_backup == datetime(2026, 11, 28, 16, 26, 41, tzinfo=UTC)


def test_borg_of_an_unknown_zone_is_never_newer_than_in_the_worst_zone_and_says_so(publish: Publish) -> None:
    written = datetime(2026, 11, 28, 17, 27, tzinfo=UTC)
    found = publish("borg-other-time-zone.json", written=written)
    assert found.backups.last_successful_backup == datetime(2026, 11, 28, 11, 26, 41, tzinfo=UTC)
    assert "BACKUP_BORG_TIMEZONE" in str(found.report.warnings[0])


@pytest.mark.parametrize(
    "written_before",
    [
        timedelta(minutes=1),
        timedelta(hours=11),
        # A list that seems to be written right after the backup: at the same time of day, in another zone.
        timedelta(hours=18, minutes=59),
        timedelta(hours=18, minutes=51),
        timedelta(hours=29),
    ],
)
def test_borg_from_sydney_that_is_30_hours_old_is_no_success(publish: Publish, written_before: timedelta) -> None:
    made = NOW - timedelta(hours=30)

    def in_sydney(value: Any) -> None:
        local = (made + timedelta(hours=11)).replace(tzinfo=None).isoformat(timespec="microseconds")
        value["archives"][0].update(start=local, time=local, name="b-1", archive="b-1")
        value["repository"]["last_modified"] = local

    found = publish("borg-other-time-zone.json", written=NOW - written_before, change=in_sydney)
    assert found.status in ("warning", "failed", "unknown")


def test_a_manifest_without_a_zone_is_refused(make_settings: Make, tmp_path: Path) -> None:
    shutil.copy(REPORTED / "manifest-without-zone.json", tmp_path / "one.json")
    settings = make_settings(BACKUP_MANIFEST=tmp_path / "one.json")
    now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    assessment = assess(settings, MovableClock(now), SavedState(), confirming=False)
    assert assessment.decision.backups.status.value == "unknown"
    assert "finished_at has no time zone" in str(assessment.reports[0].problem)


def test_of_pgbackrest_the_repository_that_is_behind_fails(publish: Publish) -> None:
    found = publish("pgbackrest-two-repositories.json")
    assert found.status == "failed"
    assert found.groups["main:repo1"].newest == datetime.fromtimestamp(1795887002, UTC)
    assert found.groups["main:repo2"].newest == datetime.fromtimestamp(1795627794, UTC)


@pytest.mark.parametrize(("group_by", "expected"), [("host,paths", "failed"), ("paths", "success"), ("tag", "success")])
def test_containers_with_a_new_host_name_each_night(publish: Publish, group_by: str, expected: str) -> None:
    found = publish("restic-container-hostnames.json", BACKUP_RESTIC_GROUP_BY=group_by)
    assert found.status == expected
    assert len(found.groups) == (7 if expected == "failed" else 1)


def test_a_snapshot_of_more_paths_supersedes_the_old_set_of_paths(publish: Publish) -> None:
    found = publish("restic-edited-paths.json")
    assert (found.status, list(found.groups)) == ("success", ["web1:/srv/etc,/srv/srv,/srv/www"])


def test_a_snapshot_that_restic_could_not_finish_is_no_good_backup(publish: Publish) -> None:
    assert publish("restic-exit-3.json").status == "success"
    found = publish("restic-exit-3.json", exit_status=3)
    assert (found.status, found.backups.last_successful_backup) == ("failed", None)
    assert "exit status 3" in found.groups["vm:/srv/data"].reason


def test_an_empty_snapshot_is_no_good_backup_and_a_long_one_is_as_old_as_its_end(publish: Publish) -> None:
    found = publish("restic-empty-and-long.json", BACKUP_MIN_BYTES=1000)
    assert (found.status, found.backups.last_successful_backup) == ("failed", None)

    def long(value: Any) -> None:
        value[0]["time"] = value[0]["summary"]["backup_start"] = "2026-11-27T08:00:00.000000001Z"
        value[0]["summary"].update(backup_end="2026-11-28T10:00:00.5Z", total_bytes_processed=5000)

    found = publish("restic-empty-and-long.json", BACKUP_MIN_BYTES=1000, change=long)
    assert found.status == "success"
    assert found.backups.last_successful_backup == datetime(2026, 11, 28, 10, 0, 0, 500000, UTC)


def test_a_playbook_that_skipped_every_task_made_no_backup(publish: Publish) -> None:
    found = publish("ansible-skipped.json")
    assert found.status == "unknown"
    assert found.groups["web1"].reason == "the playbook skipped every task that could make a backup"


def test_an_unreachable_host_that_is_ignored_has_failed(publish: Publish) -> None:
    found = publish("ansible-ignored-unreachable.json")
    assert found.status == "failed"
    assert {name: group.failed for name, group in found.groups.items()} == {"gone": True, "web1": False, "web2": False}


def test_a_host_whose_failure_was_rescued_has_failed_unless_that_is_accepted(publish: Publish) -> None:
    found = publish("ansible-rescued.json")
    assert found.status == "failed"
    assert {name: group.failed for name, group in found.groups.items()} == {"web1": False, "web2": True}
    assert publish("ansible-rescued.json", BACKUP_ANSIBLE_RESCUED="accepted").status == "success"


def test_hosts_whose_failure_was_ignored_have_failed(publish: Publish) -> None:
    found = publish("ansible-ignored.json")
    assert found.status == "failed"
    assert {name: group.failed for name, group in found.groups.items()} == {"web1": True, "web2": True}
