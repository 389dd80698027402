# SPDX-License-Identifier: MIT
"""Evidence from a real ansible-playbook, judged by the real job."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.backup_programs.conftest import Judge
from tests.backup_programs.programs import LONG_AGO, keep, run, time_ago

# Two hosts that are this machine, and one that does not exist.
INVENTORY = """\
[all]
web1 ansible_connection=local
web2 ansible_connection=local
[gone]
web3 ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1
"""
PLAYBOOK = """\
- hosts: {hosts}
  gather_facts: false
  tasks:
{tasks}
"""
DUMP = "    - {name: Dump, ansible.builtin.command: 'true'%s}\n"
COPY = "    - {name: Copy, ansible.builtin.copy: {content: dump, dest: '%s/{{ inventory_hostname }}.dump'}}\n"


class Playbook:
    """A playbook that makes backups, and its output."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.inventory, self.file = directory / "hosts", directory / "backup.yml"
        self.inventory.write_text(INVENTORY)

    def run(
        self, tasks: str, *options: str, hosts: str = "web1,web2", expected: int = 0, **environment: str
    ) -> tuple[str, int]:
        """Run it with these tasks, and return its output and exit status."""
        self.file.write_text(PLAYBOOK.format(hosts=hosts, tasks=tasks))
        settings = {
            "ANSIBLE_STDOUT_CALLBACK": "json",
            "ANSIBLE_HOME": str(self.directory),
            "ANSIBLE_LOCAL_TEMP": str(self.directory),
            **environment,
        }
        command = ("ansible-playbook", f"--inventory={self.inventory}", *options, self.file)
        return run(*command, environment=settings, expected=[expected]).stdout, expected


@pytest.fixture
def playbook(tmp_path: Path) -> Playbook:
    return Playbook(tmp_path)


@pytest.mark.parametrize("options", [(), ("-v",), ("-vvv",)], ids=str)
def test_good(playbook: Playbook, judge: Judge, tmp_path: Path, options: tuple[str, ...]) -> None:
    printed = playbook.run(DUMP % "", *options)
    judged = judge(BACKUP_ANSIBLE=keep(tmp_path / "run.json", *printed))
    assert (judged.status, "web1" in judged.explanation) == ("success", True)


# Tasks, options, exit status, and what is published at first and after a good run of the same hosts.
DEEDS: dict[str, tuple[str, tuple[str, ...], int, str, str]] = {
    "failed on one host": (
        "    - {name: Dump, ansible.builtin.command: 'test {{ inventory_hostname }} = web1'}\n",
        (),
        2,
        "failed",
        "failed",
    ),
    "ignored": (
        "    - {name: Dump, ansible.builtin.command: 'false', ignore_errors: true}\n",
        (),
        0,
        "failed",
        "failed",
    ),
    "rescued": (
        "    - block:\n        - {name: Dump, ansible.builtin.command: 'false'}\n"
        "      rescue:\n        - {name: Note, ansible.builtin.command: 'true'}\n",
        (),
        0,
        "failed",
        "failed",
    ),
    "skipped everywhere": (DUMP % ", when: false", (), 0, "unknown", "failed"),
    "skipped on one host": (DUMP % ", when: inventory_hostname == 'web1'", (), 0, "unknown", "failed"),
    "--check": (DUMP % "", ("--check",), 0, "unknown", "failed"),
    "tags that no task has": (DUMP % "", ("--tags=nothing",), 0, "unknown", "unknown"),
    "messages alone": ("    - {ansible.builtin.debug: {msg: dumped}}\n", (), 0, "unknown", "failed"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_a_playbook_did_counts(playbook: Playbook, judge: Judge, tmp_path: Path, deed: str) -> None:
    tasks, options, status, at_first, later = DEEDS[deed]
    file = tmp_path / "run.json"
    printed = playbook.run(tasks, *options, expected=status)
    assert judge(BACKUP_ANSIBLE=keep(file, *printed)).status == at_first
    (tmp_path / "last-run.json").unlink()
    assert judge(BACKUP_ANSIBLE=keep(file, *playbook.run(DUMP % ""))).status == "success"
    assert judge(BACKUP_ANSIBLE=keep(file, *printed)).status == later


def test_a_host_that_is_not_reached_has_failed_ignored_or_not(playbook: Playbook, judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    keep(file, *playbook.run(DUMP % "", hosts="all", expected=4))
    assert judge(BACKUP_ANSIBLE=file).status == "failed"
    keep(file, *playbook.run(DUMP % ", ignore_unreachable: true", hosts="all"))
    assert judge(BACKUP_ANSIBLE=file).status == "failed"


def test_a_check_mode_that_a_task_reports_made_no_backup(playbook: Playbook, judge: Judge, tmp_path: Path) -> None:
    """The callback says nothing of --check for modules that support it, but a task can."""
    file = tmp_path / "run.json"
    tell = "    - {ansible.builtin.debug: {var: ansible_check_mode}}\n"
    tasks = COPY % tmp_path + tell
    assert judge(BACKUP_ANSIBLE=keep(file, *playbook.run(tasks))).status == "success"
    judged = judge(BACKUP_ANSIBLE=keep(file, *playbook.run(tasks, "--check")))
    assert judged.status == "failed"
    assert "--check" in judged.explanation


def test_no_host_is_unknown_and_a_playbook_that_cannot_be_read_is_no_success(
    playbook: Playbook, judge: Judge, tmp_path: Path
) -> None:
    file = tmp_path / "run.json"
    judged = judge(BACKUP_ANSIBLE=keep(file, *playbook.run(DUMP % "", hosts="nobody")))
    assert judged.status == "unknown"
    keep(file, *playbook.run("    - {no_such_module: {}}\n", expected=4))
    assert judge(BACKUP_ANSIBLE=file).status in ("failed", "unknown")


def test_of_two_playbooks_the_one_that_does_not_run_any_more_has_failed(
    playbook: Playbook, judge: Judge, tmp_path: Path
) -> None:
    then = f"{time_ago(LONG_AGO):%Y-%m-%d %H:%M:%S}"
    _, status = playbook.run(DUMP % "")
    command: list[Any] = ["faketime", then, "ansible-playbook", f"--inventory={playbook.inventory}", playbook.file]
    old = run(*command, environment={"ANSIBLE_STDOUT_CALLBACK": "json", "ANSIBLE_HOME": str(tmp_path)}).stdout
    keep(tmp_path / "e" / "databases.json", old, status)
    keep(tmp_path / "e" / "files.json", *playbook.run(DUMP % ""))
    assert judge(BACKUP_ANSIBLE=tmp_path / "e").status == "failed"
    keep(tmp_path / "e" / "databases.json", *playbook.run(DUMP % ""))
    assert judge(BACKUP_ANSIBLE=tmp_path / "e").status == "success"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_a_run_of_a_machine_in_another_zone(playbook: Playbook, judge: Judge, tmp_path: Path, zone: str) -> None:
    begins = time_ago(LONG_AGO * 0)
    judged = judge(BACKUP_ANSIBLE=keep(tmp_path / "run.json", *playbook.run(DUMP % "", TZ=zone)))
    assert judged.status == "success"
    assert judged.covered_until
    assert begins <= datetime.strptime(judged.covered_until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
