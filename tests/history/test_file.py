# SPDX-License-Identifier: MIT
"""What can happen to the history's file: kills, other processes, damage, a full disk, other versions."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from elytra_status.history import complete, saved_private_names, store
from elytra_status.history.overview import overview
from elytra_status.history.store import FILE, HistoryError
from elytra_status.model import MONITORS, Monitor, Report, State, Uptime
from tests.child_processes import wait_for_child
from tests.each_call import signal_at_each_call
from tests.remembering import NOON, SOURCE, content, history, report, show, steady

pytestmark = pytest.mark.slow

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OLDER = Path(__file__).parents[1] / "fixtures" / "history"


def filled(directory: Path) -> Path:
    """Make a history with some days in it, and return its file."""
    show(directory, NOON - 4 * DAY, {"1": steady(NOON - 5 * DAY, NOON - 4 * DAY)})
    show(directory, NOON - HOUR, {"1": steady(NOON - 4 * DAY, NOON - HOUR)})
    return directory / FILE


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def in_child(work: Callable[[], None]) -> int:
    """Do some work in a child process, and return its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


# Kills


def step(directory: Path, number: int, monitors: int = 60) -> None:
    """Add what some monitors did in the next ten minutes, as a run does."""
    now = NOON + number * 10 * MINUTE
    listed = {str(label): steady(now - 100 * MINUTE, now) for label in range(monitors)}
    complete(history(directory), (report(listed),), now)


def test_a_kill_at_any_moment_leaves_whole_runs(tmp_path: Path) -> None:
    """At each statement, and each call to the operating system, with which a run saves what it saw."""
    before, after, directory = tmp_path / "before", tmp_path / "after", tmp_path / "killed"
    for place, runs in ((before, 1), (after, 2), (directory, 1)):
        place.mkdir()
        for number in range(runs):
            step(place, number, monitors=4)
    seen = set()
    for status in signal_at_each_call(signal.SIGKILL, lambda: step(directory, 1, monitors=4)):
        assert status in (0, signal.SIGKILL)
        # A reader finds it intact, and rolls back the rest: nobody needs to repair anything.
        assert len(overview(directory / FILE, NOON).monitors) == 4
        assert is_sound(directory / FILE)
        with closing(sqlite3.connect(directory / FILE)) as connection:
            (different, last), *_ = connection.execute("SELECT count(DISTINCT last), max(last) FROM spans").fetchall()
        assert different == 1  # All monitors of a run, or none.
        seen.add(last)
        step(directory, 1, monitors=4)
        assert content(directory) == content(after)
        assert not list(directory.glob("*damaged*"))
        shutil.rmtree(directory)
        shutil.copytree(before, directory)
    assert len(seen) == 2


def test_sigterm_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    filled(tmp_path)

    def forever(begins: int) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        for number in range(1000):
            os.write(begins, b".")
            step(tmp_path, number)

    for number in range(5):
        begun, begins = os.pipe()
        child = in_child(partial(forever, begins))
        # In the middle of the step that begins now, or of a later one.
        for _ in range(number + 1):
            os.read(begun, 1)
        os.kill(child, signal.SIGTERM)
        wait_for_child(child)
        os.close(begun)
        os.close(begins)
        overview(tmp_path / FILE, NOON)
        assert [path.name for path in tmp_path.iterdir()] == [FILE]
        assert is_sound(tmp_path / FILE)


# Several at once


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(source: str) -> None:
        for number in range(25):
            now = NOON + number * MINUTE
            complete(history(tmp_path), (report({"1": steady(NOON - HOUR, now)}, source=source),), now)

    children = [in_child(lambda source=source: write(source)) for source in ("one", "two", "three")]
    shares = []
    while children:
        shares.append(len(overview(tmp_path / FILE, NOON + 24 * MINUTE).monitors))
        pid, status = os.waitpid(children[0], os.WNOHANG)
        if pid:
            assert status == 0
            children.pop(0)
    known = overview(tmp_path / FILE, NOON + 24 * MINUTE)
    assert [past.key for past in known.monitors] == ["one:1", "three:1", "two:1"]
    assert {past.windows["last_24h"].seconds for past in known.monitors} == {(84 * 60, 0, 0, 0)}
    assert shares == sorted(shares)


def test_what_is_read_does_not_wait_for_a_run_that_writes(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = overview(path, NOON)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM days")
        assert overview(path, NOON) == before


def test_a_run_that_cannot_write_for_long_goes_on_without(
    tmp_path: Path, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path)
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)})["1"].uptime.last_24h is None
    assert any(
        "WARNING the history cannot be used" in line and "in use by another process" in line for line in log_lines
    )
    assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)})["1"].uptime.last_24h == 1


# Damage


def overwritten(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def text(path: Path) -> None:
    path.write_text("this is no database\n" * 500)


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_in_the_header(path: Path) -> None:
    os.truncate(path, 50)


def pages_of_zeros(path: Path) -> None:
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:4096] + bytes(size - 4096))


def another_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE something (else_ TEXT)")


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def without_a_table(path: Path) -> None:
    changed(path, "DROP TABLE spans")


def without_a_column(path: Path) -> None:
    changed(path, "ALTER TABLE monitors DROP COLUMN seen")


def impossible_spans(path: Path) -> None:
    changed(path, "UPDATE spans SET state = 77")


def impossible_sums(path: Path) -> None:
    changed(path, "UPDATE hours SET up = -5", "UPDATE days SET up = -5")


DAMAGES = [
    overwritten,
    text,
    cut_off,
    cut_in_the_header,
    pages_of_zeros,
    another_database,
    without_a_table,
    without_a_column,
    impossible_spans,
    impossible_sums,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    damage: Callable[[Path], None], tmp_path: Path, log_lines: list[str]
) -> None:
    path = filled(tmp_path)
    damage(path)
    damaged = path.read_bytes()
    shown = show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)})["1"]
    assert shown.uptime.last_24h == 1
    (aside,) = tmp_path.glob(f"{FILE}.damaged-*")
    assert aside.read_bytes() == damaged
    assert any(line.startswith("ERROR") and str(aside) in line for line in log_lines)
    assert is_sound(path)
    log_lines.clear()
    show(tmp_path, NOON + MINUTE, {"1": steady(NOON - DAY, NOON)})
    assert log_lines == []
    assert len(list(tmp_path.iterdir())) == 2


def test_of_many_damaged_files_the_last_are_kept(tmp_path: Path) -> None:
    for day in range(1, 9):
        (tmp_path / f"{FILE}.damaged-2026010{day}T000000Z").touch()
        (tmp_path / f"{FILE}.damaged-2026010{day}T000000Z-journal").touch()
    text(tmp_path / FILE)
    show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)})
    kept = sorted(path.name.partition("damaged-")[2] for path in tmp_path.glob("*damaged*"))
    assert kept[:4] == [f"2026010{day}T000000Z{end}" for day in (7, 8) for end in ("", "-journal")]
    assert len(kept) == 5


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_only_reads_leaves_a_damaged_file_alone_and_goes_on(
    damage: Callable[[Path], None], tmp_path: Path, log_lines: list[str]
) -> None:
    path = filled(tmp_path)
    damage(path)
    damaged = path.read_bytes()
    show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)}, learns=False)
    saved_private_names(tmp_path)
    told = any("WARNING the history cannot be used" in line for line in log_lines)
    assert told or damage is without_a_column  # Nobody reads that one there.
    assert not any("ERROR" in line for line in log_lines)
    assert path.read_bytes() == damaged
    assert list(tmp_path.iterdir()) == [path]


def test_damage_in_unread_pages_is_found_within_a_day(tmp_path: Path) -> None:
    path = filled(tmp_path)
    body = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'words'").fetchone()
    body[(page - 1) * 4096 : page * 4096] = os.urandom(4096)
    path.write_bytes(body)
    for number in range(25):
        now = NOON + number * HOUR
        complete(history(tmp_path), (report({"1": steady(now - HOUR, now)}),), now)
    assert list(tmp_path.glob(f"{FILE}.damaged-*"))


def test_a_journal_of_rubbish_beside_a_sound_file_does_no_harm(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = content(tmp_path)
    path.with_name(f"{FILE}-journal").write_bytes(os.urandom(5000))
    assert content(tmp_path) == before
    assert show(tmp_path, NOON, {"1": steady(NOON - 2 * HOUR, NOON)})["1"].uptime.last_24h == 1


def test_an_empty_file_is_a_history_that_has_not_begun(tmp_path: Path, log_lines: list[str]) -> None:
    (tmp_path / FILE).touch(0o600)
    assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)}, learns=False)["1"].uptime.last_24h == 1
    assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)})["1"].uptime.last_24h == 1
    assert log_lines == []


# What cannot be used


def full(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 4096, resource.RLIM_INFINITY))


def test_a_full_disk_leaves_the_history_as_it_was_and_the_run_goes_on(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = content(tmp_path)

    def run() -> None:
        full(path)
        step(tmp_path, 0, monitors=3000)
        os._exit(7)

    status = wait_for_child(in_child(run))
    assert os.waitstatus_to_exitcode(status) == 7
    overview(path, NOON)
    assert content(tmp_path) == before
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
    step(tmp_path, 0)
    assert len(overview(path, NOON).monitors) == 60


def test_a_directory_in_its_place_is_a_warning(tmp_path: Path, log_lines: list[str]) -> None:
    (tmp_path / FILE).mkdir()
    for learns in (True, False):
        assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)}, learns=learns)["1"].uptime.last_24h is None
    assert all(line.startswith("WARNING the history cannot be used") for line in log_lines)
    assert (tmp_path / FILE).is_dir()


def test_a_state_directory_that_is_not_there_is_a_warning(tmp_path: Path, log_lines: list[str]) -> None:
    show(tmp_path / "nowhere", NOON, {"1": steady(NOON - DAY, NOON)})
    assert any(line.startswith("WARNING the history cannot be used") for line in log_lines)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_file_that_may_be_read_only_is_read_only(tmp_path: Path, log_lines: list[str]) -> None:
    path = filled(tmp_path)
    path.chmod(0o644)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == 0 and parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(0o755)

    def as_nobody() -> None:
        os.setgid(65534)
        os.setuid(65534)
        shown = show(tmp_path, NOON, {"1": steady(NOON - 2 * HOUR, NOON)}, learns=False)["1"]
        assert shown.uptime.last_24h == 1
        os._exit(7)

    status = wait_for_child(in_child(as_nobody))
    assert os.waitstatus_to_exitcode(status) == 7


def test_an_internal_error_does_not_stop_the_run_and_shows_no_name(
    tmp_path: Path, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise KeyError("Acme shop")

    monkeypatch.setattr("elytra_status.history.completing.ingest", fail)
    seen = Report(SOURCE, MONITORS, monitors=(Monitor(f"{SOURCE}:1", "Acme shop", State.UP),))
    (report,) = complete(history(tmp_path), (seen,), NOON)
    (monitor,) = report.monitors
    # What the history knows of the past is still shown.
    assert (monitor.key, monitor.state, monitor.uptime) == (f"{SOURCE}:1", State.UP, Uptime())
    assert any("ERROR" in line and "KeyError" in line for line in log_lines)
    assert not any("Acme" in line for line in log_lines)


# Versions


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path, log_lines: list[str]) -> None:
    path = filled(tmp_path)
    changed(path, f"PRAGMA user_version = {len(store.MIGRATIONS) + 1}")
    before = path.read_bytes()
    for learns in (True, False):
        assert show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)}, learns=learns)["1"].uptime.last_24h is None
    with pytest.raises(HistoryError, match="Install the newer"):
        overview(path, NOON)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    assert all(line.startswith("WARNING the history cannot be used") for line in log_lines)


def from_text(directory: Path, version: int) -> Path:
    """Make a history as a version of this program has left it."""
    path = directory / FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLDER / f"version-{version}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA user_version = {version}")
    return path


@pytest.mark.parametrize("version", range(1, len(store.MIGRATIONS) + 1))
def test_a_file_of_every_version_is_brought_up_to_date_and_nothing_of_it_is_lost(version: int, tmp_path: Path) -> None:
    path = from_text(tmp_path, version)
    expected = {"Customer 1": (345600, 10800), "Customer 2": (356400, 0)}
    for _ in range(2):
        known = overview(path, NOON)
        found = {past.name: past.windows["last_7d"].seconds for past in known.monitors}
        assert {name: (seconds.up, seconds.down) for name, seconds in found.items() if seconds} == expected
        assert saved_private_names(tmp_path).names == {"Customer 1", "Customer 2"}
        complete(history(tmp_path), (), NOON)
    assert not list(tmp_path.glob("*damaged*"))


def test_a_step_to_a_newer_version_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(tmp_path)
    before = content(tmp_path)
    newer = "ALTER TABLE monitors ADD COLUMN colour TEXT; UPDATE monitors SET colour = 'green'"
    monkeypatch.setattr(store, "MIGRATIONS", (*store.MIGRATIONS, newer))
    kept = shutil.copy(path, tmp_path / "kept")
    # A reader sees the upgraded history, and leaves the file as it is.
    assert store.read(path, lambda connection: connection.execute("SELECT colour FROM monitors").fetchall()) == [
        ("green",)
    ]
    assert content(tmp_path) == before

    def and_end(connection: sqlite3.Connection) -> None:
        connection.execute("SELECT colour FROM monitors").fetchall()
        os._exit(7)

    wait_for_child(in_child(lambda: store.write(path, 0, and_end)))
    assert content(tmp_path) == before
    assert Path(kept).read_bytes() == path.read_bytes()
    assert show(tmp_path, NOON, {"1": steady(NOON - 2 * HOUR, NOON)})["1"].uptime.last_24h == 1
    assert content(tmp_path)["monitors"][0][-1] == "green"
