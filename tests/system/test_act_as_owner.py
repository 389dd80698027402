# SPDX-License-Identifier: MIT
"""A command of root's that works in the directory of another user becomes that user, or ends."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from elytra_status.errors import UsageError
from elytra_status.system import files
from tests.installation import environment

ANOTHER = 65534


CALLS = ("initgroups", "setgroups", "setgid", "setuid")


@pytest.mark.parametrize("failing", CALLS)
def test_root_that_may_not_become_the_owner_goes_no_further(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    for name in CALLS:
        monkeypatch.setattr(os, name, refuse if name == failing else lambda *_: None)
    monkeypatch.setattr(os, "getresuid", lambda: (0, 0, 0))
    owner = ANOTHER
    if failing == "setgroups":
        owner = next(number for number in range(61000, 65000) if files.user_name(number) == f"user {number}")
    status = tmp_path.stat()
    own = os.stat_result((*status[:4], owner, owner, *status[6:]))
    monkeypatch.setattr(Path, "stat", lambda _: own)
    with pytest.raises(UsageError) as raised:
        files.act_as_owner(tmp_path)
    assert f"the owner of {tmp_path}, here (Operation not permitted)" in str(raised.value)


def test_a_directory_that_is_missing_changes_nobody(tmp_path: Path) -> None:
    files.act_as_owner(tmp_path / "missing")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) is missing")
def test_a_command_of_roots_without_the_capability_ends(tmp_path: Path) -> None:
    file, state = tmp_path / "elytra-status.conf", tmp_path / "state"
    file.write_text("")
    file.chmod(0o600)
    state.mkdir()
    os.chown(state, ANOTHER, ANOTHER)
    words = ["setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid", sys.executable, "-m", "elytra_status"]
    words += ["override", "show", "--config", str(file), "--state-directory", str(state)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 64, done.stderr
    assert "root may not become nobody" in done.stderr
    assert not list(state.iterdir())
