# SPDX-License-Identifier: MIT
"""What the service's user can leave in the state directory keeps no command of root's waiting, and fills no memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.history import store as history
from elytra_status.run import earlier_documents, saved_state
from tests.faults.garbage import FILES
from tests.faults.measured import run_measured
from tests.setup_root import Root

SETTINGS = {"PROBE_URLS": "tcp://127.0.0.1:1", "PROBE_TIMEOUT_SECONDS": "1"}
SETUP = ("setup", "--answers", "{answers}", "--root", "{root}", "--no-start")
COMMANDS = (
    ("history", "import", "{kuma}"),
    ("history",),
    ("override", "show"),
    ("maintenance", "list"),
    ("incident", "list"),
    ("monitors", "list"),
    ("backups", "list"),
    ("state", "show"),
    ("check-freshness",),
    ("run",),
    # They write too.
    ("override", "set", "--status", "outage", "--note", "A disk has failed.", "--until", "2h"),
    ("override", "clear"),
    ("maintenance", "add", "--text", "The database moves.", "--until", "2h"),
    ("incident", "open", "--text", "Mail arrives late."),
    ("monitors", "accept", "--all"),
    ("backups", "retire", "backup_restic:0a1b2c3d4e"),
    ("state", "accept"),
    ("alert", "elytra-status.service"),
    ("doctor",),
    # It has its settings from the answers.
    SETUP,
)
# Where there is nothing to do, this is an error of usage.
MAY_REFUSE = (("history", "import"), ("override", "clear"), ("monitors", "accept"), ("backups", "retire"))
# Those that use the history or what is published.
PUBLISHING = [
    command
    for command in COMMANDS
    if command[0] in ("history", "check-freshness", "run", "doctor") or command[:2] == ("override", "set")
]
# What SQLite reads beside its file.
BESIDE = ("-journal", "-wal", "-shm")
STATUS_DIRECTORY = "public"
SECRET = '{"planted": "planted-secret-of-root"}'


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def to_a_secret(path: Path) -> None:
    secret = path.with_name("planted-secret")
    secret.write_text(SECRET)
    path.symlink_to(secret)


def device(path: Path) -> None:
    """Make a device that sends zeros without end."""
    if os.geteuid() != 0:
        pytest.skip("only root makes devices")
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))


@pytest.mark.slow
@pytest.mark.parametrize("make", [endless, os.mkfifo, to_a_secret, device], ids=["endless", "fifo", "link", "device"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_no_command_reads_what_is_no_file(
    command: tuple[str, ...], make: Callable[[Path], None], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    (state / "public").mkdir(parents=True)
    for name in FILES:
        make(state / name)
    assert_harmless(command, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("make", [endless, os.mkfifo, to_a_secret, device], ids=["endless", "fifo", "link", "device"])
@pytest.mark.parametrize("command", PUBLISHING, ids=lambda command: " ".join(command[:2]))
def test_no_command_reads_what_is_in_place_of_a_directory_or_beside_a_database(
    command: tuple[str, ...], make: Callable[[Path], None], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    for name in (STATUS_DIRECTORY, earlier_documents.DIRECTORY, *(f"{history.FILE}{end}" for end in BESIDE)):
        make(state / name)
    assert_harmless(command, tmp_path)


def assert_harmless(command: tuple[str, ...], tmp_path: Path) -> None:
    """Run a command, and assert that it ends by itself, in little memory, and shows and changes nothing of root's."""
    state = tmp_path / "state"
    kuma = tmp_path / "kuma.db"
    kuma.write_bytes(b"no database")
    root, answers = Root(tmp_path / "root"), tmp_path / "answers"
    answers.write_text(f"PROBE_URLS=tcp://127.0.0.1:1\nBACKUP_RESTIC={state / saved_state.FILE}\n")
    answers.chmod(0o600)
    words = tuple(word.format(kuma=kuma, root=root.directory, answers=answers) for word in command)
    outcome = run_measured(tmp_path, words, SETTINGS, seconds=60)
    assert outcome.peak < 200
    assert "internal error" not in outcome.output
    assert "Traceback" not in outcome.output
    assert "planted-secret-of-root" not in outcome.output
    assert outcome.peak, "it did not end by itself"
    assert outcome.exit_status != 64 or command[:2] in MAY_REFUSE, outcome.output
    for secret in state.rglob("planted-secret"):
        assert secret.read_text() == SECRET
