# SPDX-License-Identifier: MIT
"""How far the history reaches, and how long an isolation is known."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elytra_status.history import store
from elytra_status.history.extent import extent, newest_moment
from elytra_status.history.isolated_times import isolated_windows, note_isolated
from elytra_status.history.spans import DAY
from tests.remembering import in_memory

START = 1_800_000_000


def filled(directory: Path, *statements: str) -> None:
    def work(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(f"INSERT INTO {statement}")

    store.write(directory / store.FILE, START, work)


SEEN = f"monitors VALUES (1, 'kuma:1', '', {START}), (2, 'kuma:2', '', NULL)"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], None),
        ([SEEN], START),
        (
            [SEEN, f"words VALUES ('Acme', 'name', {START + 5})", f"changes VALUES (1, {START + 2}, 'outage')"],
            START + 5,
        ),
        (
            [SEEN, f"words VALUES ('Acme', 'name', {START - 5})", f"changes VALUES (1, {START + 2}, 'outage')"],
            START + 2,
        ),
        ([f"changes VALUES (1, {10**15}, 'outage')"], None),
    ],
)
def test_the_newest_time_of_a_run_is_the_latest_that_is_noted(
    statements: list[str], expected: int | None, tmp_path: Path
) -> None:
    filled(tmp_path, *statements)
    assert newest_moment(tmp_path) == (None if expected is None else datetime.fromtimestamp(expected, UTC))


def test_the_extent_is_the_number_of_monitors_and_when_the_last_was_seen(tmp_path: Path) -> None:
    assert newest_moment(tmp_path) is None
    filled(tmp_path, SEEN)
    found = extent(tmp_path / store.FILE)
    assert (found.monitors, found.newest) == (2, None)
    filled(tmp_path, f"spans VALUES (1, {START - 60}, {START}, 1, 60), (2, {START - 90}, {START - 30}, 1, 60)")
    found = extent(tmp_path / store.FILE)
    assert (found.size, found.newest) == ((tmp_path / store.FILE).stat().st_size, datetime.fromtimestamp(START, UTC))


def test_an_isolation_is_known_for_33_days_after_it_ended() -> None:
    windows = [("kuma", START - 9, START - 5), ("office", START - 9, START)]
    with in_memory(cut_off=windows) as connection:
        note_isolated(connection, {}, START + 33 * DAY - 5)
        assert len(isolated_windows(connection, {})) == 2
        note_isolated(connection, {}, START + 33 * DAY)
        assert isolated_windows(connection, {}) == {"office": [(START - 9, START)]}


def test_an_isolation_that_goes_on_is_one() -> None:
    with in_memory() as connection:
        note_isolated(connection, {"kuma": (5, 9)}, 9)
        note_isolated(connection, {"kuma": (5, 20)}, 20)
        assert isolated_windows(connection, {"kuma": (15, 30), "office": (1, 2)}) == {
            "kuma": [(5, 30)],
            "office": [(1, 2)],
        }
