# SPDX-License-Identifier: MIT
"""What is no good backup, for every kind of evidence: failed tasks, exit statuses, sizes and times."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.judged_evidence import CHECK, FRESH, NOW, Make, judge, status
from tests.made_evidence import PROGRAMS, Made, another, ansible, write


def counted(value: Any, **counts: int) -> Any:
    """Return evidence of Ansible in which every host has these counts."""
    for host in value["stats"].values():
        host.update(counts)
    return value


MADE = [FRESH, another(FRESH, host="web2")]
# Ansible: the evidence, the exit status, what is published at the first run and after a good one.
DEEDS: dict[str, tuple[Any, int | None, str, str]] = {
    "good": (ansible(MADE), 0, "success", "success"),
    "skipped": (counted(ansible(MADE, skipped=True, changed=False), ok=0, skipped=1), 0, "unknown", "failed"),
    "--check, commands": (counted(ansible(MADE, skipped=True, msg=CHECK), ok=0), 0, "unknown", "failed"),
    "--check, other modules": (ansible(MADE, results=[{"skipped": True, "msg": CHECK}]), 0, "unknown", "failed"),
    "facts alone": (ansible(MADE, action="gather_facts"), 0, "unknown", "failed"),
    "facts alone, by the full name": (ansible(MADE, action="ansible.builtin.setup"), 0, "unknown", "failed"),
    "a message alone": (ansible(MADE, action="debug"), 0, "unknown", "failed"),
    "failed": (counted(ansible(MADE, failed=True), failures=1, ok=0), 2, "failed", "failed"),
    "unreachable": (counted(ansible(MADE, unreachable=True), unreachable=1, ok=0), 4, "failed", "failed"),
    "ignored": (counted(ansible(MADE, failed=True), ignored=1), 0, "failed", "failed"),
    "ignored, unreachable": (counted(ansible(MADE, unreachable=True), ignored=1), 0, "failed", "failed"),
    "rescued": (counted(ansible(MADE, failed=True), rescued=1), 0, "failed", "failed"),
    "a failure that no count tells of": (ansible(MADE, failed=True), None, "failed", "failed"),
    "ended badly, no host says why": (ansible(MADE), 1, "failed", "failed"),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("names_tasks", [False, True], ids=["all tasks", "named tasks"])
def test_what_a_playbook_did_counts(make_settings: Make, tmp_path: Path, deed: str, names_tasks: bool) -> None:
    value, exit_status, at_first, later = DEEDS[deed]
    settings = make_settings(
        BACKUP_ANSIBLE=tmp_path / "run.json", **({"BACKUP_ANSIBLE_TASKS": "other,du*"} if names_tasks else {})
    )
    write(tmp_path / "run.json", value, exit_status)
    assert status(settings) == at_first
    write(tmp_path / "run.json", ansible([another(one, ended=NOW - timedelta(hours=20)) for one in MADE]), 0)
    assert status(settings, tmp_path) == "success"
    write(tmp_path / "run.json", value, exit_status)
    assert status(settings, tmp_path) == later
    assert status(settings, tmp_path, NOW + timedelta(hours=1)) == later, "and stays so"


@pytest.mark.parametrize(
    ("tasks", "expected"), [("dump", "unknown"), ("send a note", "success"), ("*note", "success"), ("note", "unknown")]
)
def test_the_tasks_that_decide_are_named_with_or_without_their_role(
    make_settings: Make, tmp_path: Path, tasks: str, expected: str
) -> None:
    write(tmp_path / "run.json", ansible(MADE, task="backup : send a note"))
    settings = make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS=tasks)
    assert status(settings) == expected


def test_a_failure_of_a_task_that_does_not_decide_is_ignored(make_settings: Make, tmp_path: Path) -> None:
    value = ansible(MADE)
    rotated = {"task": {"name": "rotate"}, "hosts": {"web1": {"action": "command", "failed": True}}}
    value["plays"][0]["tasks"].append(rotated)
    value["stats"]["web1"]["failures"] = 1
    write(tmp_path / "run.json", value, 2)
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json")) == "failed"
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS="dump")) == "success"
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS="later")) == "failed"


def test_a_rescued_failure_can_be_accepted_and_an_ignored_one_beside_it_cannot(
    make_settings: Make, tmp_path: Path
) -> None:
    value = ansible(MADE)
    again = {"task": {"name": "dump"}, "hosts": {one.host: {"action": "command", "failed": True} for one in MADE}}
    value["plays"][0]["tasks"].insert(0, again)
    for tasks in ({}, {"BACKUP_ANSIBLE_TASKS": "dump"}):
        settings = make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_RESCUED="accepted", **tasks)
        write(tmp_path / "run.json", counted(value, rescued=1, ignored=0))
        assert status(settings) == "success"
        write(tmp_path / "run.json", counted(value, rescued=1, ignored=1))
        assert status(settings) == "failed"


def test_only_failures_that_the_counts_call_rescued_can_be_accepted(make_settings: Make, tmp_path: Path) -> None:
    for tasks in ({}, {"BACKUP_ANSIBLE_TASKS": "dump"}):
        settings = make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_RESCUED="accepted", **tasks)
        value = ansible(MADE, failed=True)
        write(tmp_path / "run.json", value)
        assert status(settings) == "failed"
        # Ansible before 2.8 does not count rescued and ignored failures.
        for counts in value["stats"].values():
            del counts["rescued"], counts["ignored"]
        write(tmp_path / "run.json", value)
        assert status(settings) == "failed"


@pytest.mark.parametrize("names_tasks", [False, True], ids=["all tasks", "named tasks"])
def test_a_run_without_counts_of_ignored_and_rescued_failures_can_be_good(
    make_settings: Make, tmp_path: Path, names_tasks: bool
) -> None:
    value = ansible(MADE)
    for counts in value["stats"].values():
        del counts["rescued"], counts["ignored"]
    tasks = {"BACKUP_ANSIBLE_TASKS": "dump"} if names_tasks else {}
    write(tmp_path / "run.json", value, 0)
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", **tasks)) == "success"


@pytest.mark.parametrize("counts", [{"unreachable": 1}, {"failures": 1}, {"failures": 1, "unreachable": 1}], ids=str)
def test_a_host_that_fails_before_the_named_task_has_failed(
    make_settings: Make, tmp_path: Path, counts: dict[str, int]
) -> None:
    write(tmp_path / "run.json", counted(ansible(MADE), **counts))
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS="later")) == "failed"


def test_a_playbook_ends_with_its_last_play(make_settings: Make, tmp_path: Path) -> None:
    value = ansible([another(FRESH, ended=NOW - timedelta(hours=30))])
    value["plays"] += ansible([FRESH])["plays"]
    write(tmp_path / "run.json", value, 0)
    (group,) = judge(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json")).reports[0].backup_groups
    assert group.newest == FRESH.ended


def test_of_incomplete_restic_snapshots_only_the_last_one_is_no_backup(make_settings: Make, tmp_path: Path) -> None:
    before = another(FRESH, ended=NOW - timedelta(hours=20))
    for backups in ([before, FRESH], [FRESH, before]):
        write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](backups), 3)
        (group,) = judge(make_settings(BACKUP_RESTIC=tmp_path / "e.json")).reports[0].backup_groups
        assert (group.newest, group.failed) == (before.ended, True)


EXIT = {
    "BACKUP_RESTIC": {0: "success", 1: "failed", 3: "failed", 10: "failed", 130: "failed"},
    "BACKUP_BORG": {0: "success", 1: "warning", 2: "failed", 3: "failed", 99: "failed", 105: "warning", 128: "failed"},
    "BACKUP_PGBACKREST": {0: "success", 1: "failed", 50: "failed"},
    "BACKUP_ANSIBLE": {0: "success", 1: "failed", 2: "failed", 250: "failed"},
    "BACKUP_KOPIA": {0: "success", 1: "failed"},
    "BACKUP_PROXMOX": {0: "success", 255: "failed"},
}


@pytest.mark.parametrize(
    ("setting", "exit_status", "expected"),
    [(setting, exit_status, expected) for setting, table in EXIT.items() for exit_status, expected in table.items()],
)
def test_the_exit_status_beside_a_file_counts(
    make_settings: Make, tmp_path: Path, setting: str, exit_status: int, expected: str
) -> None:
    value = PROGRAMS[setting]([FRESH])
    # borg prints one repository, borgmatic a list of them.
    write(tmp_path / "e.json", value[0] if setting == "BACKUP_BORG" else value, exit_status)
    settings = make_settings(**{setting: tmp_path / "e.json"})
    assert status(settings) == expected
    (group,) = judge(settings).reports[0].backup_groups
    assert bool(group.reason) is (expected != "success")


@pytest.mark.parametrize(("exit_status", "expected"), [(0, "success"), (1, "failed"), (105, "failed")])
def test_borgmatic_has_failed_with_any_exit_status_but_0(
    make_settings: Make, tmp_path: Path, exit_status: int, expected: str
) -> None:
    write(tmp_path / "e.json", PROGRAMS["BACKUP_BORG"]([FRESH]), exit_status)
    assert status(make_settings(BACKUP_BORG=tmp_path / "e.json")) == expected


@pytest.mark.parametrize("setting", EXIT)
@pytest.mark.parametrize("content", ["", "x", "-1", "0 0", "1" * 30, "0x0"])
def test_a_file_of_an_exit_status_that_holds_none_is_no_good_sign(
    make_settings: Make, tmp_path: Path, setting: str, content: str
) -> None:
    write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]), content)
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "unknown"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_named_pipe_in_the_place_of_a_file_does_not_hold_the_run(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    os.mkfifo(tmp_path / "e.json")
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "unknown"
    (tmp_path / "e.json").unlink()
    write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]))
    os.mkfifo(tmp_path / "e.json.exit")
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "unknown"


@pytest.mark.parametrize("setting", ["BACKUP_RESTIC", "BACKUP_MANIFEST", "BACKUP_KOPIA", "BACKUP_PROXMOX"])
def test_a_backup_that_is_too_small_is_no_good_one(make_settings: Make, tmp_path: Path, setting: str) -> None:
    file = write(tmp_path / "e.json", PROGRAMS[setting]([another(FRESH, size=999)]))
    assert status(make_settings(**{setting: file}, BACKUP_MIN_BYTES=1000)) == "failed"
    write(file, PROGRAMS[setting]([another(FRESH, ended=NOW - timedelta(hours=3)), another(FRESH, size=999)]))
    assert status(make_settings(**{setting: file}, BACKUP_MIN_BYTES=1000)) == "failed"
    assert status(make_settings(**{setting: file}, BACKUP_MIN_BYTES=999)) == "success"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_backup_is_as_old_as_its_end_and_none_from_the_future_counts(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    file = tmp_path / "e.json"
    settings = make_settings(**{setting: file})
    for ended, expected in (
        (NOW - timedelta(hours=24, minutes=59), "success"),
        (NOW - timedelta(hours=25), "warning"),
        (NOW - timedelta(hours=48), "failed"),
        (NOW + timedelta(minutes=6), "unknown"),
    ):
        write(file, PROGRAMS[setting]([Made(ended)]))
        assert status(settings) == expected, ended
