# SPDX-License-Identifier: MIT
"""What commands print for a user who may read neither the settings nor saved state."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import elytra_status
from elytra_status.announcements import store as announcements
from elytra_status.commands import common
from elytra_status.history import store as history
from elytra_status.run import saved_state
from elytra_status.run.accepted import REGISTERS

pytestmark = pytest.mark.slow

NOBODY = 65534
PROGRAM = """
import importlib, pathlib, sys
import elytra_status.settings as settings
from elytra_status import cli
file = pathlib.Path(sys.argv[1])
settings.DEFAULT_FILE = importlib.import_module("elytra_status.settings.load").DEFAULT_FILE = file
sys.exit(cli.main(sys.argv[2:]))
"""
READING = (
    *("summary", "summary --explain", "history", "override show", "override clear", "maintenance list"),
    *("incident list", "monitors list", "backups list", "state show", "state accept"),
)


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that everybody may enter, with settings, credentials and saved state that only root may read."""
    if os.geteuid() != 0:
        pytest.skip("only root can act for another user")
    reach = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "test", "-r", __file__]
    if subprocess.run(reach, check=False).returncode:
        pytest.skip("this checkout lies where no other user can read it")
    with tempfile.TemporaryDirectory() as directory:
        made = Path(directory)
        made.chmod(0o755)
        for name, mode in (("credentials", 0o700), ("conf.d", 0o755), ("state", 0o711)):
            (made / name).mkdir()
            (made / name).chmod(mode)
        (made / "elytra-status.conf").write_text("NTFY_TOPIC=a-long-topic\n")
        (made / "elytra-status.conf").chmod(0o640)
        yield made


def call(directory: Path, command: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an ordinary user."""
    become = [
        "setpriv",
        "--reuid",
        str(NOBODY),
        "--regid",
        str(NOBODY),
        "--clear-groups",
        sys.executable,
        "-c",
        PROGRAM,
    ]
    words = [
        *become,
        str(directory / "elytra-status.conf"),
        *command.split(),
        "--state-directory",
        str(directory / "state"),
    ]
    package = Path(elytra_status.__file__).parent.parent
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(package)}
    return subprocess.run(
        [*words, *options], capture_output=True, text=True, env=environment, timeout=60, check=False, cwd="/"
    )


@pytest.mark.parametrize("command", [*READING, "alert test", "config check", "config show", "run", "cors show"])
def test_a_user_who_may_not_read_the_settings_sees_which_files_those_are(command: str, directory: Path) -> None:
    result = call(directory, command)
    assert result.returncode == 78
    assert f"{directory / 'elytra-status.conf'}: cannot be read (Permission denied). Run this as root" in result.stderr
    assert f"credentials in {directory / 'credentials'}: cannot be read (Permission denied)" in result.stderr
    assert "the settings cannot be read; nothing was done" in result.stderr
    assert "no channel for notifications" not in result.stdout + result.stderr


def test_doctor_names_the_files_that_cannot_be_read(directory: Path) -> None:
    result = call(directory, "doctor")
    assert result.returncode == 2
    said = " ".join(result.stdout.split())
    assert f"{directory / 'elytra-status.conf'}: cannot be read (Permission denied)" in said
    assert "no channel for notifications" not in said


@pytest.fixture
def readable(directory: Path) -> Path:
    """The directory with settings that everybody may read and saved state that only its owner may."""
    (directory / "elytra-status.conf").chmod(0o644)
    (directory / "credentials").rmdir()
    for name in common.STATE_FILES:
        (directory / "state" / name).write_text("{}")
        (directory / "state" / name).chmod(0o600)
    return directory


@pytest.mark.parametrize("command", READING)
def test_saved_state_that_may_not_be_read_is_not_reported_as_missing(command: str, readable: Path) -> None:
    result = call(readable, command)
    assert result.returncode == 64, result.stdout + result.stderr
    assert result.stdout == ""
    assert f"{readable / 'state'}: this user may not read accepted-monitors.json, announcements.json" in result.stderr
    assert "Run this as root" in result.stderr
    (readable / "state").chmod(0o700)
    result = call(readable, command)
    assert result.returncode == 64
    assert f"{readable / 'state'}: this user may not read the directory" in result.stderr


def test_config_check_goes_on_and_says_what_it_could_not_compare(readable: Path) -> None:
    result = call(readable, "config check", "--offline")
    assert result.returncode == 0
    assert "texts were not compared with names known before. Run this as root." in result.stderr
    assert "with 2 warnings" in result.stdout  # Everybody may read the settings, which hold a secret.


def test_the_names_of_the_files_are_those_of_the_code() -> None:
    files = (*(register.file for register in REGISTERS), announcements.FILE, history.FILE, saved_state.FILE)
    assert sorted(common.STATE_FILES) == sorted(files)
