# SPDX-License-Identifier: MIT
"""Saved state that is missing, damaged, not a regular file, or cannot be written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.announcements import store as announcements
from elytra_status.decision.isolation import Phase
from elytra_status.errors import AnnouncementsError
from elytra_status.history.store import FILE as HISTORY
from elytra_status.history.store import HistoryError, read, write
from elytra_status.model import StateHealth
from elytra_status.run import saved_state
from elytra_status.run.saved_state import FILE, SavedState
from elytra_status.system import files

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def link(path: Path) -> None:
    path.with_name("elsewhere").write_text("{}")
    path.symlink_to("elsewhere")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


IN_ITS_PLACE: list[Callable[[Path], None]] = [os.mkfifo, link, dangling, Path.mkdir]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff", b"{}", b'{"sources": 3}', b"[" * 100_000])
def test_damaged_is_not_missing(content: bytes, tmp_path: Path) -> None:
    assert saved_state.read(tmp_path).state is StateHealth.FIRST_RUN
    (tmp_path / FILE).write_bytes(content)
    recalled = saved_state.read(tmp_path)
    assert recalled.state is StateHealth.DAMAGED
    assert recalled.problem


def test_truncated_saved_state_is_damaged(tmp_path: Path) -> None:
    saved = SavedState(sources={"files": {"a": 1}}, highest=NOW)
    saved_state.write(tmp_path, saved)
    recalled = saved_state.read(tmp_path)
    assert recalled.state is StateHealth.SOUND
    assert (recalled.sources, recalled.highest) == (saved.sources, NOW)
    whole = (tmp_path / FILE).read_bytes()
    for length in range(len(whole)):
        (tmp_path / FILE).write_bytes(whole[:length])
        assert saved_state.read(tmp_path).state is StateHealth.DAMAGED


def test_damage_is_set_aside_once_and_stays_known(tmp_path: Path, log_lines: list[str]) -> None:
    (tmp_path / FILE).write_bytes(b'{"sources"')
    noted = saved_state.set_damaged_aside(tmp_path, saved_state.read(tmp_path), NOW)
    assert (tmp_path / noted.set_aside).read_bytes() == b'{"sources"'
    assert sum(line.startswith("ERROR saved state: ") and "damaged" in line for line in log_lines) == 1
    later = saved_state.read(tmp_path)
    assert (later.state, later.damaged_since, later.set_aside) == (StateHealth.DAMAGED, NOW, noted.set_aside)
    again = saved_state.set_damaged_aside(tmp_path, later, NOW + timedelta(days=9))
    assert again == later
    assert len(log_lines) == 1


@pytest.mark.parametrize("make", IN_ITS_PLACE)
def test_saved_state_that_is_not_a_regular_file_is_not_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / FILE)
    recalled = saved_state.read(tmp_path)
    assert (recalled.state, recalled.problem) == (StateHealth.DAMAGED, "not a regular file")
    saved_state.write(tmp_path, saved_state.set_damaged_aside(tmp_path, recalled, NOW))
    assert saved_state.read(tmp_path).problem == ""
    assert (tmp_path / FILE).lstat().st_mode & 0o170000 == 0o100000


@pytest.mark.parametrize("make", IN_ITS_PLACE)
def test_announcements_that_are_not_a_regular_file_are_not_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / announcements.FILE)
    with pytest.raises(AnnouncementsError, match="not a regular file"):
        announcements.read(tmp_path)


@pytest.mark.parametrize("suffix", ["", "-journal"])
@pytest.mark.parametrize("make", IN_ITS_PLACE)
def test_a_history_that_is_not_a_regular_file_is_not_opened(
    make: Callable[[Path], None], suffix: str, tmp_path: Path
) -> None:
    make(tmp_path / f"{HISTORY}{suffix}")
    for use in (lambda: read(tmp_path / HISTORY, id), lambda: write(tmp_path / HISTORY, 0, id)):
        with pytest.raises(HistoryError, match="not a regular file"):
            use()


@pytest.mark.parametrize("make", IN_ITS_PLACE)
def test_a_lock_that_is_not_a_regular_file_is_refused(
    make: Callable[[Path], None], tmp_path: Path, clock: files.Clock
) -> None:
    make(tmp_path / "x.lock")
    with pytest.raises(OSError, match="not a regular file"), files.lock_file(tmp_path / "x.lock", clock, 0):
        pass


def test_a_state_file_has_a_limit(tmp_path: Path) -> None:
    with (tmp_path / FILE).open("wb") as file:
        file.truncate(files.LARGEST_STATE_FILE + 1)
    assert "larger than" in saved_state.read(tmp_path).problem


def test_a_device_is_not_read() -> None:
    with pytest.raises(OSError, match="not a regular file"):
        files.read_regular(Path("/dev/zero"))


def test_few_damaged_files_are_kept(tmp_path: Path) -> None:
    for day in range(9):
        (tmp_path / FILE).write_text(json.dumps(day))
        files.set_aside(tmp_path / FILE, NOW + timedelta(days=day))
    kept = sorted(one.read_text() for one in tmp_path.glob(f"{FILE}.damaged-*"))
    assert kept == ["6", "7", "8"]


def test_isolation_that_an_earlier_release_saved_is_read(tmp_path: Path) -> None:
    time = "2026-03-01T12:00:00+00:00"
    old = {"known_monitors": {}, "sources": {}, "doubts": {"kuma": {"phase": "cut off", "seen": time, "until": time}}}
    (tmp_path / saved_state.FILE).write_text(json.dumps(old))
    assert saved_state.read(tmp_path).isolations["kuma"].phase is Phase.ISOLATED
