# SPDX-License-Identifier: MIT
"""A column of SQLite takes a value of any type: a row that cannot be used is named, and the others count."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from elytra_status.errors import UsageError
from elytra_status.history.importing import ImportedBefore, importable, take_in_earlier
from elytra_status.history.spans import NOTHING_ANNOUNCED
from elytra_status.sources.kuma import database
from tests.bare_kuma_database import COLUMNS, bare_database
from tests.history.test_import import WHEN
from tests.in_process import run_command
from tests.remembering import SOURCE

pytestmark = pytest.mark.slow

NOT_UTF_8 = "CAST(x'ff41' AS TEXT)"
# SQLite stores NaN as NULL.
VALUES = {
    "NULL": None,
    "NaN": math.nan,
    "infinity": math.inf,
    "-infinity": -math.inf,
    "10^18": 10**18,
    "-10^18": -(10**18),
    "half": 0.5,
    "text": "many",
    "text NaN": "NaN",
    "no text": NOT_UTF_8,
    "blob": b"\xff\x00",
}
# A row whose time is before the end of the import.
ROWS = {"monitor": 2, "heartbeat": 150, "stat_hourly": 7, "stat_daily": 7}
OPTIONAL = {("monitor", column) for column in ("name", "type", "url", "hostname", "port")} | {
    (table, "extras") for table in ("stat_hourly", "stat_daily")
}
# Of these, the value is one that Uptime Kuma may write too, or becomes the text of a name.
ACCEPTED = {
    *((*place, kind) for place in OPTIONAL for kind in ("NULL", "NaN")),
    *(("monitor", column, kind) for column in COLUMNS["monitor"][1:] for kind in VALUES if kind != "blob"),
    ("monitor", "id", "10^18"),
    # A heartbeat of a monitor that no longer exists.
    *(
        (table, "monitor_id", kind)
        for table in COLUMNS
        for kind in ("10^18", "-10^18", "half", "infinity", "-infinity")
    ),
}
CASES = [(table, column, kind) for table, columns in COLUMNS.items() for column in columns for kind in VALUES]


def change(path: Path, table: str, column: str, value: Any, where: str = "rowid = 7") -> None:
    path.write_bytes(bare_database())
    with closing(sqlite3.connect(path)) as connection, connection:
        if value == NOT_UTF_8:
            changed = connection.execute(f"UPDATE {table} SET {column} = {NOT_UTF_8} WHERE {where}")
        else:
            changed = connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
        assert changed.rowcount


def read(path: Path) -> ImportedBefore:
    earlier = database.read_database(path, SOURCE, importable(WHEN), NOTHING_ANNOUNCED)
    take_in_earlier(path.with_name("history.sqlite"), earlier, WHEN, NOTHING_ANNOUNCED, 400)
    return earlier


@pytest.mark.parametrize(("table", "column", "kind"), CASES, ids=str)
def test_an_odd_cell_is_named_and_the_other_rows_count(table: str, column: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    row = ROWS[table]
    change(file, table, column, VALUES[kind], f"rowid = {row}")
    earlier = read(file)
    said = [str(problem) for problem in earlier.problems]
    if (table, column, kind) in ACCEPTED:
        assert said == []
    else:
        (line,) = said
        place = f"1 row of table {table} cannot be used, column {column} is malformed, first in rowid {row}."
        assert line.startswith(f"{file}: {place}")
    (api, *_) = earlier.monitors
    assert len(api.hours) > 100
    assert len(api.days) > 10


@pytest.mark.parametrize(("table", "column", "kind"), CASES, ids=str)
def test_with_a_whole_column_of_odd_cells_nothing_is_guessed(
    table: str, column: str, kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "kuma.db"
    change(file, table, column, VALUES[kind], "TRUE")
    earlier = read(file)
    place = rf" rows? of table {table} cannot be used, column {column} is malformed"
    accepted = (table, column, kind) in ACCEPTED
    assert accepted or [re.search(place, str(problem)) is not None for problem in earlier.problems] == [True]
    if not accepted and table in ("stat_hourly", "stat_daily"):
        as_file = tmp_path / "without.db"
        change(as_file, table, "monitor_id", 10**18, "TRUE")
        assert read(as_file).monitors == earlier.monitors


def test_a_time_that_is_no_date_is_not_the_present(tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    change(file, "heartbeat", "time", "now", "TRUE")
    earlier = read(file)
    assert not any(monitor.spans for monitor in earlier.monitors)
    assert "column time is malformed" in str(earlier.problems[0])


def test_the_command_names_the_position_and_imports_the_rest(
    tmp_path: Path, make_settings: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    file = tmp_path / "kuma.db"
    change(file, "stat_hourly", "up", b"\x00\xff", "rowid IN (7, 9)")
    assert run_command(tmp_path, "history", "import", str(file)) == 0
    printed = capsys.readouterr()
    assert "2 monitors imported" in printed.out
    assert "2 rows of table stat_hourly cannot be used, column up is malformed, first in rowid 7" in printed.err


@pytest.mark.parametrize("column", COLUMNS["monitor"][1:])
def test_a_text_that_is_too_long_is_named_and_the_other_monitors_count(column: str, tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    change(file, "monitor", column, "😀" * 10_001, "rowid = 2")
    earlier = read(file)
    (problem,) = earlier.problems
    assert f"1 row of table monitor cannot be used, column {column} is malformed" in str(problem)
    complete = tmp_path / "complete.db"
    change(complete, "monitor", column, "😀" * 10_000, "rowid = 2")
    assert len(read(complete).monitors) == len(earlier.monitors) + 1


def test_a_cell_of_megabytes_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    change(file, "monitor", "name", "x" * (5 * 2**20), "rowid = 2")
    with pytest.raises(UsageError, match="holds a cell of more than 4 MB"):
        read(file)
