# SPDX-License-Identifier: MIT
"""Recover the private names in a damaged history, so that none becomes public."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from elytra_status.system.files import check_regular

# A word, whether it is a name or a host, and when it was last seen, in seconds since 1970.
Row = tuple[str, str, int]

_PUT = "INSERT OR REPLACE INTO words VALUES (?, ?, ?)"


def words_in(path: Path) -> list[Row]:
    """Return the words in a damaged file.

    Read from its beginning up to the damage, and from its end back to it.
    """
    found: dict[tuple[str, str], int] = {}
    for order in ("", " ORDER BY word DESC, kind DESC"):
        with suppress(sqlite3.DatabaseError, OSError), closing(_opened(path)) as connection:
            for word, kind, seen in connection.execute(f"SELECT word, kind, seen FROM words{order}"):  # noqa: S608
                if isinstance(word, str) and isinstance(kind, str) and isinstance(seen, int):
                    found[word, kind] = seen
    return [(*word, seen) for word, seen in found.items()]


def put_words(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """Write words to a new history."""
    connection.executemany(_PUT, rows)


def _opened(path: Path) -> sqlite3.Connection:
    # SQLite would wait for the other end of a FIFO.
    check_regular(path)
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    # Invalid UTF-8 would otherwise end the reading before the damage does.
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection
