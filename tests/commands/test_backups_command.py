# SPDX-License-Identifier: MIT
"""Backup groups that the administrator ends: retired at the prompt, or ignored by a pattern."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.alerts.condition import BACKUP
from elytra_status.alerts.platform_conditions import of_decision
from elytra_status.doctor import saved_state as doctor_saved_state
from elytra_status.doctor import sources as doctor_sources
from elytra_status.doctor.finding import Finding, Level
from elytra_status.model import Announcements
from elytra_status.run import saved_state
from elytra_status.run.accepted import GROUPS
from elytra_status.run.assess import Assessment, assess, policy_rules
from elytra_status.run.explanation import explain
from elytra_status.run.summary import describe
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock
from tests.conftest import MovableClock
from tests.examined import context, examine
from tests.hostile_s3 import HostileS3
from tests.in_process import run_command
from tests.made_evidence import PROGRAMS, Made, another, write

Make = Callable[..., Settings]
Capture = pytest.CaptureFixture[str]
HOUR = timedelta(hours=1)
LEFT, STAYS = "acme.example.com", "birch.example.com"


class Machine:
    """A machine with evidence of two clients' backups, one of whom left five days ago."""

    def __init__(self, make: Make, directory: Path, capsys: Capture) -> None:
        self.directory = directory
        self.capsys = capsys
        self.now = datetime.now(UTC)
        self.evidence = directory / "evidence"
        self.dead = Made(self.now - 120 * HOUR, host=LEFT, group=LEFT)
        self.fresh = Made(self.now - 2 * HOUR, host=STAYS, group=STAYS)
        self.make = make

    def set(self, **values: object) -> None:
        self.values = values
        self.settings = self.make(**values)

    def doctor(self) -> list[Finding]:
        """Return the doctor's findings about the sources."""
        at = context(self.directory, SystemClock(), **self.values)
        return examine(doctor_sources.AREA, replace(at, state_directory=self.directory))

    def with_restic(self, *backups: Made) -> None:
        write(self.directory / "restic.json", PROGRAMS["BACKUP_RESTIC"](list(backups or (self.dead, self.fresh))))
        self.set(BACKUP_RESTIC=self.directory / "restic.json")

    def poll(self, later: timedelta = timedelta(0)) -> Assessment:
        """Poll like a run, now or later, and save state like a run."""
        before = saved_state.set_damaged_aside(self.directory, saved_state.read(self.directory), self.now)
        assessment = assess(self.settings, MovableClock(datetime.now(UTC) + later), before, confirming=False)
        saved_state.write(self.directory, assessment.saved_state)
        return assessment

    @property
    def status(self) -> str:
        return self.poll().decision.backups.status.value

    def command(self, *words: str) -> tuple[int, str, str]:
        """Return the exit status of a command, and its output."""
        self.capsys.readouterr()
        exit_status = run_command(self.directory, *words)
        return exit_status, *self.capsys.readouterr()

    def listed(self) -> list[dict[str, Any]]:
        exit_status, out, _ = self.command("backups", "list", "--json")
        assert exit_status == 0
        groups: list[dict[str, Any]] = json.loads(out)
        return groups

    def key(self, status: str) -> str:
        (key,) = [one["key"] for one in self.listed() if one["status"] == status and not one["retired"]]
        return str(key)


@pytest.fixture
def machine(make_settings: Make, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("SUDO_USER", "anna")
    return Machine(make_settings, tmp_path, capsys)


def test_evidence_that_cannot_be_read_is_said_once_and_no_group_is_said_to_be_none(machine: Machine) -> None:
    machine.set(BACKUP_RESTIC=machine.directory / "nothing.json")
    exit_status, out, err = machine.command("backups", "list")
    assert (exit_status, out) == (0, "no backup group is known: backup_restic could not be read\n")
    assert err.count("cannot be read") == 1
    exit_status, _, err = machine.command("backups", "retire", "web1")
    assert exit_status == 64
    assert "no backup group has this key or name, and backup_restic could not be read: nothing was changed" in err


def test_a_group_is_retired_before_the_first_run(tmp_path: Path) -> None:
    """The state directory does not exist yet."""
    GROUPS.add(tmp_path / "not/there", SystemClock(), {"backup_restic:0a1b2c3d4e": None}, "anna")
    assert GROUPS.read(tmp_path / "not/there")["backup_restic:0a1b2c3d4e"].by == "anna"


# Retired


@pytest.mark.parametrize("setting", ["BACKUP_RESTIC", "BACKUP_MANIFEST"])
def test_a_group_is_listed_retired_by_its_key_and_counted_again(machine: Machine, setting: str) -> None:
    write(machine.directory / "e.json", PROGRAMS[setting]([machine.dead, machine.fresh]))
    machine.set(**{setting: machine.directory / "e.json"})
    assert machine.status == "failed"
    failed, success = machine.listed()
    assert (failed["status"], success["status"]) == ("failed", "success")
    due = machine.fresh.ended + 25 * HOUR
    assert success["next_due"] == due.strftime("%Y-%m-%dT%H:%M:%SZ")
    exit_status, out, _ = machine.command("backups", "retire", failed["key"])
    assert (exit_status, f"retired: {failed['key']}, by anna" in out) == (0, True)
    assert machine.status == "success"
    _, out, _ = machine.command("backups", "list", "--retired")
    assert f"retired: {failed['key']}, by anna at 20" in out
    assert [one["retired"] and one["retired"]["by"] for one in machine.listed()] == [None, "anna"]
    exit_status, out, _ = machine.command("backups", "retire", "--undo", failed["key"])
    assert (exit_status, out) == (0, f"counts again: {failed['key']}, by anna\n")
    assert machine.status == "failed"


def test_a_folder_of_a_bucket_is_retired_before_and_after_it_is_deleted(machine: Machine, hostile: HostileS3) -> None:
    for client, made in ((LEFT, machine.dead), (STAYS, machine.fresh)):
        hostile.put(f"/backups/{client}/1.sql.gz", b"1", made.ended)
    machine.set(
        BACKUP_ENDPOINT=hostile.url,
        BACKUP_ACCESS_KEY="DO00KEYOFTHEBACKUPS0",
        BACKUP_SECRET_KEY="secret",
        BACKUP_BUCKET="backups",
        BACKUP_GROUPS="prefix",
    )
    assert machine.status == "failed"
    assert machine.command("backups", "retire", LEFT)[0] == 0
    assert machine.status == "success"
    del hostile.objects[f"/backups/{LEFT}/1.sql.gz"]
    assessment = machine.poll()
    assert assessment.decision.backups.status.value == "success"
    assert assessment.reports[0].warnings == ()
    assert machine.command("backups", "retire", "--undo", LEFT)[0] == 0
    assert machine.status != "success"


def test_a_retired_group_counts_again_with_a_new_backup_and_not_with_a_failed_run(machine: Machine) -> None:
    file = machine.directory / "manifests.json"
    old = {"group": LEFT, "key": "k", "size": 9, "exit_status": 0, "finished_at": machine.dead.ended.isoformat()}
    failed = {**old, "exit_status": 1, "finished_at": (machine.now - HOUR).isoformat()}
    fresh = {**old, "group": STAYS, "finished_at": (machine.now - HOUR).isoformat()}
    machine.set(BACKUP_MANIFEST=file)
    write(file, [old, fresh])
    assert machine.command("backups", "retire", LEFT)[0] == 0
    write(file, [old, failed, fresh])
    assert machine.status == "success"
    write(file, [old, {**failed, "exit_status": 0, "finished_at": (machine.now - 30 * HOUR).isoformat()}, fresh])
    assessment = machine.poll()
    assert assessment.decision.backups.status.value == "warning"
    assert assessment.reports[0].remarks == ("1 retired backup group counts again (a newer backup, or none known)",)
    _, out, _ = machine.command("backups", "list")
    assert "retired by anna at 20" in out
    assert "and counts again; " in out


@pytest.mark.parametrize("lost", ["last-run.json", "damaged"])
def test_lost_saved_state_retires_no_group_again_that_had_come_back(machine: Machine, lost: str) -> None:
    file = machine.directory / "manifests.json"
    old = {"group": LEFT, "key": "k", "size": 9, "exit_status": 0, "finished_at": machine.dead.ended.isoformat()}
    back = {**old, "finished_at": (machine.now - 3 * HOUR).isoformat()}
    failed = {**old, "exit_status": 1, "finished_at": (machine.now - HOUR).isoformat()}
    fresh = {**old, "group": STAYS, "finished_at": (machine.now - HOUR).isoformat()}
    machine.set(BACKUP_MANIFEST=file)
    write(file, [old, fresh])
    assert machine.command("backups", "retire", LEFT)[0] == 0
    write(file, [back, fresh])
    assert machine.status == "success"
    # A manifest of the last run only, as a job leaves it.
    write(file, [failed, fresh])
    assert machine.status == "failed"
    state = machine.directory / "last-run.json"
    if lost == "damaged":
        state.write_bytes(state.read_bytes()[:-40])
        assert machine.status == "failed"
        assert machine.command("state", "accept")[0] == 0
    else:
        state.unlink()
    assert machine.status == "failed"


def test_a_group_that_is_missing_is_retired_and_missing_again_when_that_is_undone(machine: Machine) -> None:
    machine.with_restic()
    machine.poll()
    machine.with_restic(machine.fresh)
    assert "1 backup group is missing from the evidence" in next(map(str, machine.poll().reports[0].warnings))
    key = machine.key("failed")
    assert machine.command("backups", "retire", key)[0] == 0
    assessment = machine.poll()
    assert (assessment.decision.backups.status.value, tuple(map(str, assessment.reports[0].warnings))) == (
        "success",
        (),
    )
    assert machine.command("backups", "retire", "--undo", key)[0] == 0
    assert machine.status == "failed"


def test_what_matches_no_group_or_several_retires_nothing(machine: Machine) -> None:
    twins = another(machine.dead, group="web1:/srv/data")
    write(machine.directory / "m.json", PROGRAMS["BACKUP_MANIFEST"]([twins]))
    write(machine.directory / "r.json", PROGRAMS["BACKUP_RESTIC"]([another(machine.dead, host="web1")]))
    machine.set(BACKUP_MANIFEST=machine.directory / "m.json", BACKUP_RESTIC=machine.directory / "r.json")
    keys = sorted(one["key"] for one in machine.listed())
    exit_status, _, err = machine.command("backups", "retire", "web1:/srv/data")
    assert exit_status == 64
    assert "2 backup groups have this name: nothing was changed" in err
    assert all(key in err for key in keys)
    for word in ("web1", "*", "", "web1:/srv/data2", keys[0][:-1]):
        exit_status, _, err = machine.command("backups", "retire", word)
        assert exit_status == 64
        assert "no backup group has this key or name: nothing was changed" in err
    assert machine.command("backups", "retire", "--undo", keys[0])[0] == 64
    assert machine.command("backups", "retire", keys[0])[0] == 0
    exit_status, _, err = machine.command("backups", "retire", keys[0])
    assert (exit_status, "already retired, by anna" in err) == (64, True)


def test_where_every_group_is_retired_the_backups_are_unknown(machine: Machine) -> None:
    machine.with_restic(machine.dead)
    assert machine.command("backups", "retire", machine.key("failed"))[0] == 0
    assessment = machine.poll()
    assert assessment.decision.backups.status.value == "unknown"
    assert any(
        "every backup group is retired or ignored" in words for words in map(str, assessment.reports[0].warnings)
    )
    (condition,) = (
        one
        for one in of_decision(assessment.decision, assessment.reports, Announcements(), machine.now)
        if one.name == BACKUP
    )
    assert condition.evidence.startswith("backup_restic: no group counts")


# Saved state and the clock


def damage_groups(directory: Path) -> None:
    path = directory / saved_state.FILE
    stored = json.loads(path.read_text())
    groups = stored["sources"]["backup_restic"]["groups"]
    groups[next(iter(groups))] = "damaged"
    path.write_text(json.dumps(stored))


@pytest.mark.parametrize("name", ["retired-groups", "accepted-monitors"])
def test_a_damaged_register_is_said_in_the_journal_too(
    machine: Machine, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    machine.with_restic()
    machine.poll()
    (machine.directory / f"{name}.json").write_text('{"x')
    machine.poll()
    (line,) = [record.getMessage() for record in caplog.records if "damaged" in record.getMessage()]
    assert (
        f"{name}.json is damaged (not JSON), so that accepted monitors and retired groups count again. Accept or"
        in line
    )


def test_what_stands_for_groups_of_damaged_saved_state_is_retired_once(machine: Machine) -> None:
    machine.with_restic(machine.fresh)
    machine.poll()
    damage_groups(machine.directory)
    assert [machine.status, machine.status] == ["unknown", "unknown"]
    assert machine.listed()[0]["reason"] == "saved state was damaged, so groups that only it recorded may be missing"
    (lost,) = [one for one in machine.doctor() if one.label == "group (groups of damaged saved state)"]
    assert "elytra-status backups retire '(groups of damaged saved state)'" in lost.remedy
    assert "backups retire '(groups of" in describe(machine.poll(), "here", datetime.now(UTC), 70)
    assert machine.command("backups", "retire", "(groups of damaged saved state)")[0] == 0
    assert [machine.status, machine.status] == ["success", "success"]
    damage_groups(machine.directory)
    later = [machine.poll(minutes * HOUR / 60).decision.backups.status.value for minutes in (10, 20)]
    assert later == ["unknown", "unknown"], "nothing was said of another damage"


def test_while_all_of_saved_state_is_damaged_its_loss_is_not_retired_but_accepted(machine: Machine) -> None:
    machine.with_restic(machine.fresh)
    machine.poll()
    (machine.directory / saved_state.FILE).write_text("{")
    assert machine.status == "unknown"
    (lost,) = [one for one in machine.doctor() if one.label == "group (groups of damaged saved state)"]
    assert lost.remedy == "see which jobs ran, then: elytra-status state accept"
    exit_status, _, err = machine.command("backups", "retire", "(groups of damaged saved state)")
    assert (exit_status, "elytra-status state accept" in err) == (64, True)
    assert machine.command("state", "accept")[0] == 0
    assert machine.status == "success"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"KEY": {"seen": null}}', '{"KEY": {"seen": 5, "by": 5, "at": 5}}']
)
def test_damaged_records_retire_nothing(machine: Machine, content: str) -> None:
    machine.with_restic()
    key = machine.key("failed")
    assert machine.command("backups", "retire", key)[0] == 0
    path = machine.directory / "retired-groups.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(content.replace("KEY", key))
    assert machine.status == "failed"
    at = replace(context(machine.directory, SystemClock(), **machine.values), state_directory=machine.directory)
    told = [one for one in examine(doctor_saved_state.AREA, at) if one.name == path.name]
    assert [one.level for one in told] == ([] if content.startswith("{" + '"') else [Level.FAULT])
    assert machine.command("backups", "retire", key)[0] == 0
    assert machine.status == "success"


def test_while_the_clock_is_wrong_nothing_is_retired_and_every_status_is_unknown(machine: Machine) -> None:
    machine.with_restic()
    key = machine.key("failed")
    saved_state.write(machine.directory, saved_state.SavedState(highest=machine.now + timedelta(days=3)))
    assert {one["status"] for one in machine.listed()} == {"unknown"}
    exit_status, _, err = machine.command("backups", "retire", key)
    assert (exit_status, "nothing was changed" in err) == (69, True)
    assert not (machine.directory / "retired-groups.json").exists()


# Names


def test_names_of_clients_are_printed_on_a_terminal_alone(machine: Machine) -> None:
    machine.with_restic()
    _, out, err = machine.command("backups", "list")
    assert "acme" not in out + err
    machine.command("backups", "retire", machine.key("failed"))
    _, out, err = machine.command("backups", "list", "--retired")
    assert "acme" not in out + err
    options = ("--config", str(machine.directory / "elytra-status.conf"), "--state-directory", str(machine.directory))
    for words in (("list",), ("list", "--retired")):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "elytra_status", "backups", *words, *options]
        subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
        os.close(theirs)
        assert LEFT in os.read(ours, 65536).decode()
        os.close(ours)


# Ignored


def test_patterns_ignore_groups_of_files_and_buckets_by_name(machine: Machine, hostile: HostileS3) -> None:
    for client, made in ((LEFT, machine.dead), (STAYS, machine.fresh)):
        hostile.put(f"/backups/{client}/1.sql.gz", b"1", made.ended)
    write(machine.directory / "r.json", PROGRAMS["BACKUP_RESTIC"]([machine.dead, machine.fresh]))
    values: dict[str, object] = {
        "BACKUP_ENDPOINT": hostile.url,
        "BACKUP_ACCESS_KEY": "DO00KEYOFTHEBACKUPS0",
        "BACKUP_SECRET_KEY": "secret",
        "BACKUP_BUCKET": "backups",
        "BACKUP_GROUPS": "prefix",
        "BACKUP_RESTIC": machine.directory / "r.json",
    }
    machine.set(**values, BACKUP_IGNORE_GROUPS="ACME*")
    assert machine.status == "failed", "patterns tell letters in upper case from others"
    machine.set(**values, BACKUP_IGNORE_GROUPS="acme.*")
    assessment = machine.poll()
    assert assessment.decision.backups.status.value == "success"
    shown = describe(assessment, "here", datetime.now(UTC), 70)
    assert shown.count("1 backup group (1 ignored by BACKUP_IGNORE_GROUPS)") == 2
    words = " ".join(explain(machine.settings, assessment, datetime.now(UTC)).split())
    assert words.count("1 ignored by BACKUP_IGNORE_GROUPS (elytra-status backups list)") == 2
    found = [one.seen for one in machine.doctor()]
    assert sum("1 ignored by BACKUP_IGNORE_GROUPS" in seen for seen in found) == 2
    for report in assessment.reports:
        assert LEFT in report.private_names, "it must not be published either"


def test_a_pattern_that_matches_no_group_is_a_warning(machine: Machine) -> None:
    machine.with_restic()
    machine.set(BACKUP_RESTIC=machine.directory / "restic.json", BACKUP_IGNORE_GROUPS="acme.*,old-*")
    found = machine.doctor()
    (warning,) = [one for one in found if one.name == "BACKUP_IGNORE_GROUPS"]
    assert "old-*" not in warning.seen + warning.remedy
    assert (warning.seen, "old-*" in warning.label) == ("a pattern matches no backup group", True)
    exit_status, out, err = machine.command("config", "check")
    assert exit_status == 0
    assert (out + err).count("BACKUP_IGNORE_GROUPS: a pattern matches no backup group") == 1


@pytest.mark.parametrize("pattern", ["*", "(*", "*state*", "*files*", "?*"])
def test_no_pattern_hides_what_is_not_known(machine: Machine, pattern: str) -> None:
    for name, content in (("one", "{"), ("two", json.dumps(PROGRAMS["BACKUP_RESTIC"]([machine.fresh])))):
        machine.evidence.mkdir(exist_ok=True)
        (machine.evidence / f"{name}.json").write_text(content)
    machine.set(BACKUP_RESTIC=machine.evidence, BACKUP_IGNORE_GROUPS=pattern)
    assert machine.status == "unknown"
    (machine.evidence / "one.json").unlink()
    damage_groups(machine.directory)
    assert machine.status == "unknown"


def test_rules_of_the_settings_are_those_of_the_list(machine: Machine) -> None:
    machine.with_restic()
    machine.set(BACKUP_RESTIC=machine.directory / "restic.json", BACKUP_MAX_AGE_HOURS=1, BACKUP_FAILED_AGE_HOURS=3)
    assert policy_rules(machine.settings).backup_success_within == HOUR
    assert [one["status"] for one in machine.listed()] == ["failed", "warning"]
