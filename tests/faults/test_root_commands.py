# SPDX-License-Identifier: MIT
"""What the service's user can leave in the state directory keeps no command of root's waiting, and fills no memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.garbage import FILES
from tests.faults.measured import run_measured

SETTINGS = {"PROBE_URLS": "tcp://127.0.0.1:1", "PROBE_TIMEOUT_SECONDS": "1"}
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
)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def to_a_secret(path: Path) -> None:
    secret = path.with_name("planted-secret")
    secret.write_text('{"planted": "planted-secret-of-root"}')
    path.symlink_to(secret)


@pytest.mark.slow
@pytest.mark.parametrize("make", [endless, os.mkfifo, to_a_secret], ids=["endless", "fifo", "link"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_reads_what_is_no_file(
    command: tuple[str, ...], make: Callable[[Path], None], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    (state / "public").mkdir(parents=True)
    for name in FILES:
        make(state / name)
    kuma = tmp_path / "kuma.db"
    kuma.write_bytes(b"no database")
    words = tuple(word.format(kuma=kuma) for word in command)
    outcome = run_measured(tmp_path, words, SETTINGS, seconds=60)
    assert outcome.peak < 200
    assert "internal error" not in outcome.output
    assert "Traceback" not in outcome.output
    assert "planted-secret-of-root" not in outcome.output
    assert outcome.peak, "it did not end by itself"
    assert outcome.exit_status != 64 or command[:2] == ("history", "import"), outcome.output
