# SPDX-License-Identifier: MIT
"""Requires restic, borg, borgmatic, pgBackRest, PostgreSQL and Ansible, which `make test-backups` installs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from elytra_status.settings import Settings
from tests.in_process import run_command
from tests.needs import need

PROGRAMS = ("ansible-playbook", "borg", "borgmatic", "faketime", "jq", "pgbackrest", "pg_lsclusters", "restic")


class Judged(NamedTuple):
    """What the job published from some evidence, and its explanation for the administrator."""

    status: str
    covered_until: str | None
    explanation: str


Judge = Callable[..., Judged]


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skip the tests if a program is not installed; fail them if it must be."""
    need(*(f"{program} is not installed" for program in PROGRAMS if not shutil.which(program)))
    if os.geteuid():
        need("these tests run as root")


@pytest.fixture(autouse=True)
def zone(in_utc: None) -> None:
    """Run the job as on a machine in the zone UTC."""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a directory in memory, because the programs mostly wait for the disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        yield Path(directory)


@pytest.fixture
def judge(make_settings: Callable[..., Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Judge:
    """Return a function that runs the job on the evidence in settings, and returns what is published.

    The state that the last run has saved counts, as on a real machine.
    """

    def judged(**settings: object) -> Judged:
        make_settings(PUBLISH_DIRECTORY=tmp_path / "public", **settings)
        assert run_command(tmp_path, "run") == 0
        backups = json.loads((tmp_path / "public" / "status.json").read_text())["backups"]
        capsys.readouterr()
        assert run_command(tmp_path, "summary", "--explain") == 0
        explanation = " ".join(capsys.readouterr().out.split())
        return Judged(backups["last_backup_status"], backups["last_successful_backup"], explanation)

    return judged
