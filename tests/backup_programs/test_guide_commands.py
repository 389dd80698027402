# SPDX-License-Identifier: MIT
"""The commands of docs/backups.md for kopia, Proxmox Backup Server and other programs, run as written.

jq is the real one. kopia and the others are not in Debian: a script replaces each and prints what its documentation and
sources say.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.backup_programs.conftest import Judge
from tests.backup_programs.guide import blocks
from tests.backup_programs.programs import time_ago
from tests.made_evidence import Made, kopia, proxmox

pytestmark = pytest.mark.backup_programs

FRESH, OLD = timedelta(hours=2), timedelta(days=5)


class Machine:
    """A machine with its own programs, on which /var/lib/backups is a directory of the test."""

    def __init__(self, directory: Path) -> None:
        self.programs, self.backups = directory / "bin", directory / "backups"
        for needed in (self.programs, self.backups / "manifests", self.backups / "proxmox"):
            needed.mkdir(parents=True)

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def prints(self, name: str, value: Any) -> None:
        (self.programs / f"{name}.json").write_text(json.dumps(value))
        self.program(name, f"cat {self.programs}/{name}.json")

    def run(self, section: str, number: int = 0, **variables: str) -> None:
        """Run a block of commands of a section of the guide."""
        text = [block.text for block in blocks(section) if block.language == "sh"][number]
        environment = {**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}", **variables}
        script = text.replace("/var/lib/backups", str(self.backups))
        subprocess.run(["/bin/sh", "-c", script], env=environment, check=False, timeout=60)
        assert not list(self.backups.rglob("*.new")), "what is written was renamed"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_kopia(machine: Machine, judge: Judge) -> None:
    listed = machine.programs / "list.json"
    machine.program("kopia", f'case "$2" in create) exit "$CREATE";; list) cat {listed};; esac')
    for age, status, expected in ((FRESH, "0", "success"), (FRESH, "1", "failed"), (OLD, "0", "failed")):
        listed.write_text(json.dumps(kopia([Made(time_ago(age))])))
        machine.run("kopia", CREATE=status)
        assert judge(BACKUP_KOPIA=machine.backups / "kopia.json").status == expected


def test_proxmox(machine: Machine, judge: Judge) -> None:
    for age, expected in ((FRESH, "success"), (OLD, "failed")):
        machine.prints("proxmox-backup-client", proxmox([Made(time_ago(age), host="100")]))
        machine.run("Proxmox Backup Server")
        assert judge(BACKUP_PROXMOX=machine.backups / "proxmox").status == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("exit 0", "success"),
        ("exit 1", "failed"),
        ('rm "$FILE"; exit 3', "failed"),
        (': > "$FILE"', "failed"),
    ],
)
def test_a_script_of_your_own(machine: Machine, judge: Judge, script: str, expected: str) -> None:
    machine.program("pg_dump", f'echo dump > "$FILE"; {script}')
    machine.run("Another program", FILE=str(machine.backups / "orders.dump"))
    assert judge(BACKUP_MANIFEST=machine.backups / "manifests").status == expected


def velero(name: str, schedule: str, phase: str, age: timedelta | None) -> dict[str, Any]:
    """Return a backup as in Velero's API reference."""
    ended = {"completionTimestamp": time_ago(age).strftime("%Y-%m-%dT%H:%M:%SZ")} if age else {}
    return {
        "metadata": {"name": name, "labels": {"velero.io/schedule-name": schedule} if schedule else {}},
        "status": {"phase": phase, **ended},
    }


NIGHTLY = velero("nightly-1", "nightly", "Completed", FRESH)
VELERO: list[tuple[Any, str]] = [
    ({"items": [NIGHTLY]}, "success"),
    (NIGHTLY, "success"),
    ({"items": [NIGHTLY, velero("nightly-2", "nightly", "InProgress", None)]}, "success"),
    ({"items": [NIGHTLY, velero("weekly-1", "weekly", "Completed", OLD)]}, "failed"),
    ({"items": [NIGHTLY, velero("by-hand", "", "Completed", OLD)]}, "failed"),
    ({"items": [NIGHTLY, velero("nightly-2", "nightly", "PartiallyFailed", timedelta(hours=1))]}, "failed"),
    ({"items": []}, "unknown"),
]


@pytest.mark.parametrize(("printed", "expected"), VELERO, ids=range(len(VELERO)))
def test_a_program_that_prints_json(machine: Machine, judge: Judge, printed: Any, expected: str) -> None:
    machine.prints("velero", printed)
    machine.run("Another program", 1)
    assert judge(BACKUP_MANIFEST=machine.backups / "manifests").status == expected


def test_a_program_that_prints_no_json_leaves_the_manifests_of_before(machine: Machine, judge: Judge) -> None:
    machine.prints("velero", NIGHTLY)
    machine.run("Another program", 1)
    machine.program("velero", "echo 'An error occurred: connection refused'; exit 1")
    with pytest.raises(AssertionError, match="renamed"):
        machine.run("Another program", 1)
    assert judge(BACKUP_MANIFEST=machine.backups / "manifests").status == "success", "until they are too old"
