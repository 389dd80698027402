# SPDX-License-Identifier: MIT
"""A missing backup group: run after run, with the state that each saves for the next."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.alerts.platform_conditions import of_decision
from elytra_status.decision import missing_groups
from elytra_status.doctor.backup_groups import groups
from elytra_status.doctor.finding import Level
from elytra_status.model import Announcements, BackupGroup, Report
from elytra_status.run import saved_state
from elytra_status.run.assess import Assessment, assess, policy_rules
from elytra_status.run.explanation import explain
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3

pytestmark = pytest.mark.pure

RECORDED = Path(__file__).parents[1] / "fixtures" / "backups"
START = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)
MADE = START - timedelta(hours=6)
STAYS, GOES = "client-7.example.com", "client-8.example.com"
Make = Callable[..., Settings]


class Machine:
    """A machine on which a job for each client writes a manifest every hour until it stops."""

    def __init__(self, make: Make, directory: Path) -> None:
        self.evidence = directory / "evidence"
        self.evidence.mkdir()
        self.state = directory / "state"
        self.state.mkdir()
        self.make = make
        self.settings = make(BACKUP_MANIFEST=self.evidence)
        self.clock = MovableClock(START)
        self.write(GOES, MADE)

    def write(self, client: str, finished: datetime) -> None:
        (self.evidence / f"{client}.json").write_text(json.dumps([manifest(client, finished)]))

    def run(self, *, hours: float = 0) -> str:
        """Do a run after some hours in which one client's backups continue, and return the status of the backups."""
        self.clock.moment += timedelta(hours=hours)
        self.write(STAYS, self.clock.moment - timedelta(hours=1))
        return self.poll().decision.backups.status.value

    def run_hourly(self, hours: int) -> str:
        """Do a run every hour, and return the status of the backups after the last one."""
        return [self.run(hours=1) for _ in range(hours)][-1]

    def poll(self) -> Assessment:
        assessment = assess(self.settings, self.clock, saved_state.read(self.state), confirming=False)
        saved_state.write(self.state, assessment.saved_state)
        return assessment

    @property
    def report(self) -> Report:
        (report,) = self.poll().reports
        return report


def manifest(group: str, finished: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "group": group, "key": f"{group}/1.gz", "finished_at": finished.isoformat(), "exit_status": 0, "size": 9,
        **changes,
    }  # fmt: skip


@pytest.fixture
def machine(make_settings: Make, tmp_path: Path) -> Machine:
    return Machine(make_settings, tmp_path)


def delete(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_text("[]")


def name_another(file: Path) -> None:
    file.write_text(json.dumps([manifest(STAYS, MADE)]))


@pytest.mark.parametrize("remove", [delete, empty, name_another])
def test_a_missing_group_is_unknown_and_then_counts_by_its_last_backup(
    machine: Machine, remove: Callable[[Path], None]
) -> None:
    assert machine.run() == "success"
    remove(machine.evidence / f"{GOES}.json")
    assert machine.run(hours=1) == "unknown"
    assert machine.run(hours=17.9) == "unknown"
    assert machine.run(hours=0.1) == "warning"
    assert machine.run(hours=22.9) == "warning"
    assert machine.run(hours=0.1) == "failed"
    machine.write(GOES, machine.clock.moment)
    assert machine.run() == "success"
    assert machine.report.warnings == ()


def test_where_all_evidence_is_an_empty_list_the_groups_of_before_count(make_settings: Make, tmp_path: Path) -> None:
    machine = Machine(make_settings, tmp_path)
    machine.settings = make_settings(BACKUP_MANIFEST=machine.evidence / f"{GOES}.json")
    machine.poll()
    empty(machine.evidence / f"{GOES}.json")
    nothing, missing = machine.report.backup_groups
    assert (nothing.newest, nothing.reason) == (None, "the list of manifests is empty")
    assert missing == BackupGroup(GOES, MADE, missing_since=START)
    machine.write(GOES, MADE)
    assert machine.report.backup_groups == (BackupGroup(GOES, MADE),)


@pytest.mark.parametrize("kind", ["restic", "borg", "pgbackrest"])
def test_of_what_each_program_prints_too(make_settings: Make, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.json"
    shutil.copy(RECORDED / file.name, file)
    (source,) = configured(make_settings(**{f"BACKUP_{kind.upper()}": file}, BACKUP_BORG_TIMEZONE="UTC"))
    now = START + timedelta(hours=12)
    report = source.poll(PollRequest(now, 10, clock=SYSTEM_CLOCK))
    empty(file)
    later = source.poll(PollRequest(now, 10, saved=json.loads(json.dumps(report.saved)), clock=SYSTEM_CLOCK))
    assert report.backup_groups
    expected = [(one.name, one.newest and one.newest.replace(microsecond=0)) for one in report.backup_groups]
    nothing, *missing = later.backup_groups
    assert nothing.reason
    assert [(one.name, one.newest) for one in missing] == expected
    assert {one.missing_since for one in missing} == {now}


def test_a_group_whose_last_run_had_failed_stays_failed(machine: Machine) -> None:
    (machine.evidence / f"{GOES}.json").write_text(json.dumps(manifest(GOES, MADE, exit_status=1)))
    assert machine.run() == "failed"
    delete(machine.evidence / f"{GOES}.json")
    assert machine.run_hourly(48) == "failed"
    assert machine.run_hourly(1) == "success"


def test_a_group_that_was_observed_to_be_failed_for_long_is_forgotten_with_a_line_in_the_journal(
    machine: Machine, log_lines: list[str]
) -> None:
    machine.run()
    delete(machine.evidence / f"{GOES}.json")
    machine.run(hours=1)
    assert "1 backup group is missing from the evidence" in "\n".join(log_lines)
    # 41 hours until the backup of 6 hours ago is failed, and 48 from then on.
    assert machine.run_hourly(88) == "failed"
    assert "forgotten" not in "\n".join(log_lines)
    log_lines.clear()
    assert machine.run_hourly(1) == "success"
    (line,) = [line for line in log_lines if "forgotten" in line]
    assert "1 backup group is forgotten (missing from the evidence, and failed for BACKUP_FAILED_AGE_HOURS)" in line
    assert "client-8" not in "\n".join(log_lines)
    log_lines.clear()
    machine.run(hours=1)
    assert "WARNING" not in "\n".join(log_lines)


def test_time_in_which_no_run_observed_anything_forgets_nothing(machine: Machine) -> None:
    machine.run()
    delete(machine.evidence / f"{GOES}.json")
    machine.run(hours=1)
    for _ in range(10):
        assert machine.run(hours=24 * 30) in ("warning", "failed")


def test_a_run_with_a_clock_that_is_ahead_and_back_forgets_nothing(machine: Machine) -> None:
    machine.run()
    delete(machine.evidence / f"{GOES}.json")
    assert machine.run(hours=20) == "warning"
    assert machine.run(hours=72) == "failed"
    # No server sends the time here, so only saved state shows that the clock went back.
    assert machine.run(hours=-72) == "unknown"
    assert machine.run(hours=73) == "failed"


def test_while_a_file_cannot_be_used_no_group_is_taken_for_missing(machine: Machine) -> None:
    machine.run()
    (machine.evidence / f"{GOES}.json").write_text("{")
    assert machine.run(hours=100) == "unknown"
    machine.write(GOES, machine.clock.moment)
    assert machine.run() == "success"


def test_a_group_that_was_missing_before_stays_so_while_another_file_cannot_be_used(machine: Machine) -> None:
    machine.run()
    delete(machine.evidence / f"{GOES}.json")
    machine.run()
    (machine.evidence / "other.json").write_text("{")
    assert machine.run(hours=50) == "failed"


def test_evidence_in_another_location_is_of_other_groups(machine: Machine, tmp_path: Path) -> None:
    machine.run()
    machine.evidence = tmp_path / "other"
    machine.evidence.mkdir()
    machine.settings = machine.make(BACKUP_MANIFEST=machine.evidence)
    assert machine.run(hours=100) == "success"


def test_of_a_bucket_too(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    machine = Machine(make_settings, tmp_path)
    hostile.now = machine.clock.now
    machine.settings = make_settings(
        BACKUP_ENDPOINT=hostile.url,
        BACKUP_ACCESS_KEY="DO00KEYOFTHEBACKUPS0",
        BACKUP_SECRET_KEY="secret",
        BACKUP_MANIFEST="s3://backups/manifests/all.json",
    )
    hostile.put("/backups/manifests/all.json", json.dumps([manifest(GOES, MADE), manifest(STAYS, MADE)]).encode())
    machine.poll()
    hostile.put("/backups/manifests/all.json", json.dumps([manifest(STAYS, MADE)]).encode())
    assert BackupGroup(GOES, MADE, missing_since=START) in machine.report.backup_groups


def test_doctor_explanation_and_alert_name_it_and_the_leak_guard_searches_for_it(machine: Machine) -> None:
    machine.run()
    delete(machine.evidence / f"{GOES}.json")
    machine.run(hours=2)
    assessment = machine.poll()
    (report,) = assessment.reports
    now, chosen = machine.clock.now(), policy_rules(machine.settings)
    (bad, _) = groups(report, assessment.decision, now, chosen)
    assert (bad.level, bad.label) == (Level.WARNING, f"group {GOES}")
    assert "is missing from the evidence for 0 seconds; its last backup is 8 hours old" in bad.seen
    assert f"{GOES!r}: newest 8 hours ago" in " ".join(explain(machine.settings, assessment, now).split())
    assert {GOES, "client-8"} <= report.private_names
    machine.clock.moment += timedelta(hours=20)
    assessment = machine.poll()
    now = machine.clock.now()
    (condition, _) = of_decision(assessment.decision, assessment.reports, Announcements(), now)
    assert any(one.startswith(GOES) and "missing from the evidence since" in one for one in condition.names)


@pytest.mark.parametrize(
    "stored",
    [
        {"place": "p"}, {"place": "p", "groups": []}, {"place": "p", "groups": {"a": None, "b": [1, 2, 3]}},
        {"place": "p", "groups": {"a": ["x", False, None]}}, {"place": 5, "groups": {}}, {"form": [], "place": "p"},
        {"form": 2, "place": "p", "looked": 5, "groups": {"a": None, "b": [1] * 5, "c": ["c", None, False, None, "x"]}},
    ],
)  # fmt: skip
def test_for_groups_of_malformed_saved_state_one_stands_in(stored: dict[str, Any]) -> None:
    (lost,) = missing_groups.from_json(stored, "p").kept
    assert lost.group.name == missing_groups.LOST


@pytest.mark.parametrize("stored", [{}, {"place": "q", "groups": {"a": [None, False, None]}}])
def test_saved_state_of_another_location_holds_no_group(stored: dict[str, Any]) -> None:
    assert missing_groups.from_json(stored, "p") == missing_groups.Before()


def test_a_saved_backup_from_the_future_is_no_evidence_and_is_kept(machine: Machine) -> None:
    machine.clock.moment += timedelta(days=3)
    machine.write(GOES, machine.clock.moment)
    assert machine.run() == "success"
    delete(machine.evidence / f"{GOES}.json")
    assert machine.run(hours=-72) == "unknown"
    assert machine.run(hours=73) == "unknown"
    assert machine.run(hours=24) == "warning"
