# SPDX-License-Identifier: MIT
"""A small database of Uptime Kuma whose columns have neither types nor constraints, so that they take any value."""

from __future__ import annotations

import lzma
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from tests.conftest import RECORDINGS

# The columns that are read.
COLUMNS = {
    "monitor": ("id", "name", "type", "url", "hostname", "port"),
    "heartbeat": ("monitor_id", "time", "status"),
    "stat_hourly": ("monitor_id", "timestamp", "up", "down", "extras"),
    "stat_daily": ("monitor_id", "timestamp", "up", "down", "extras"),
}
_ROWS = 200


@cache
def bare_database() -> bytes:
    """Return the recorded database of version 2 with two monitors, the last rows of each table, and nothing else."""
    with tempfile.TemporaryDirectory() as directory:
        recorded, path = Path(directory) / "recorded.db", Path(directory) / "kuma.db"
        recorded.write_bytes(lzma.decompress((RECORDINGS / "v2.5.3" / "database" / "kuma.db.xz").read_bytes()))
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("ATTACH ? AS recorded", (str(recorded),))
            for table, columns in COLUMNS.items():
                names = ", ".join(columns)
                identifier = columns[0]
                connection.execute(f"CREATE TABLE {table} ({names})")
                for monitor in (1, 5):
                    connection.execute(
                        f"INSERT INTO {table} SELECT {names} FROM recorded.{table} WHERE {identifier} = {monitor}"
                        f" ORDER BY rowid DESC LIMIT {_ROWS}"
                    )
        return path.read_bytes()
