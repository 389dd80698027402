# SPDX-License-Identifier: MIT
"""The history's file: opened, created, upgraded, and set aside if it is damaged.

It is SQLite with a rollback journal: one file at rest. If a run is killed, the file is as before or after the
transaction. Others can read while a run writes, and wait only during the commit.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from elytra_status.errors import UNAVAILABLE, ElytraStatusError
from elytra_status.history.salvage import put_words, words_in
from elytra_status.system import journal
from elytra_status.system.files import check_regular

T = TypeVar("T")

FILE = "history.sqlite"
# How long to wait for another process, in seconds.
PATIENCE = 20.0
# How many damaged files are kept, so that a failing disk does not fill up.
ASIDE = 3
MEMORY = "file::memory:"
# SQLite's errors for a file that it may not open or cannot write.
_NOT_WRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")
ACCESS = "let the user elytra-status write to it, and check the disk"

# Each migration makes a version of the file from the one before. Never change a released one: add another. Times are
# whole seconds since 1970, and an hour or day is their number since then. Before `summed_until` hours and days count,
# from then on spans. A day is the sum of its hours while those are kept. The state of a span is its number in `STATES`.
MIGRATIONS = (
    """
    CREATE TABLE about (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE monitors (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, seen INTEGER) STRICT;
    CREATE TABLE spans (
        monitor INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, state INTEGER NOT NULL,
        hold INTEGER NOT NULL, PRIMARY KEY (monitor, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hours (
        hour INTEGER NOT NULL, monitor INTEGER NOT NULL,
        up INTEGER NOT NULL, down INTEGER NOT NULL, maintenance INTEGER NOT NULL, excused INTEGER NOT NULL,
        PRIMARY KEY (hour, monitor)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE days (
        day INTEGER NOT NULL, monitor INTEGER NOT NULL,
        up INTEGER NOT NULL, down INTEGER NOT NULL, maintenance INTEGER NOT NULL, excused INTEGER NOT NULL,
        PRIMARY KEY (day, monitor)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE words (
        word TEXT NOT NULL, kind TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (word, kind)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE cut_off (
        source TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (source, since)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE changes (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, status TEXT NOT NULL) STRICT;
    """,
    """
    CREATE TABLE component_changes (
        number INTEGER PRIMARY KEY, time INTEGER NOT NULL, component TEXT NOT NULL, status TEXT NOT NULL,
        maintenance INTEGER NOT NULL
    ) STRICT;
    """,
)


class HistoryError(ElytraStatusError):
    """The history cannot be used."""

    exit_status = UNAVAILABLE


class NotWritableError(HistoryError):
    """The history's file cannot be opened or written to.

    The disk is full or read-only, or a permission is missing.
    """


class DamagedError(HistoryError):
    """The history's file is damaged, or not a history."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, "within a day, a run notices it, sets the file aside and begins a new one")


def write(
    path: Path,
    now: int,
    work: Callable[[sqlite3.Connection], T],
    report: Callable[[str], None] = lambda aside: None,
) -> T:
    """Do some work with the history in one transaction: all of it is saved, or none.

    A damaged file is set aside under a name with the time, which is passed to `report`. The work is then done with a
    new file that has the private names of the old one, as many as can be read. Raise HistoryError.
    """
    try:
        return _in_transaction(path, work)
    except DamagedError as error:
        words = words_in(path)
        aside = _set_aside(path, now)
        report(aside.name)
        journal.log_error(
            f"{error.problem}. It is set aside as {aside}, and a new history begun."
            f" {len(words)} of its private names and hosts could be read.",
            event="history",
        )

        def begin(connection: sqlite3.Connection) -> T:
            put_words(connection, words)
            return work(connection)

        return _in_transaction(path, begin)


def read(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do some work with the history without changing it.

    If there is no history, use an empty one.
    """
    with _errors_in_words(path):
        _check_files(path)
        if not path.exists():
            with closing(_connected(MEMORY)) as empty:
                _migrate(empty)
                return work(empty)
        with closing(_opened_to_read(path)) as connection:
            connection.execute("BEGIN")
            if _version(connection, path) == len(MIGRATIONS):
                return work(connection)
            with closing(_connected(MEMORY)) as copy:
                connection.backup(copy)
                _migrate(copy)
                return work(copy)


def storable(text: str) -> str:
    """Return a text without lone surrogates, which SQLite's UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _in_transaction(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    with _errors_in_words(path):
        _check_files(path)
        # SQLite would create it with other permissions. Its journal has the permissions of the file.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(_connected(f"{path.absolute().as_uri()}?mode=rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection, path) < len(MIGRATIONS):
                _migrate(connection)
            result = work(connection)
            connection.execute("COMMIT")
            return result


def _check_files(path: Path) -> None:
    """Raise OSError if the file or its journal is a symbolic link, FIFO or device."""
    for one in (path, path.with_name(f"{path.name}-journal")):
        check_regular(one)


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    # Find a damaged page when it is read, not later.
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """Open a file for reading.

    A killed run's journal is rolled back if this user may do that, but nothing else is changed.
    """
    connection = _connected(f"{path.absolute().as_uri()}?mode=rw")
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return _connected(f"{path.absolute().as_uri()}?mode=ro")
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise HistoryError(
            f"{path} is of version {version}, which this release does not know",
            "install the newer elytra-status again, or move the file away",
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise DamagedError(f"{path} is not a history of elytra-status")
    return version


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        for statement in statements.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        # SQLITE_ERROR is the code for a missing table or column.
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or name == "SQLITE_ERROR":
            raise DamagedError(f"{path} is damaged") from None
        if name == "SQLITE_FULL":
            raise NotWritableError(f"{path} cannot be written (no space left)", "make room on the disk") from None
        if name.startswith("SQLITE_BUSY"):
            raise HistoryError(f"{path} is in use by another process", "try again later") from None
        if not name:  # An internal error.
            raise
        kind = NotWritableError if name.startswith(_NOT_WRITABLE) else HistoryError
        raise kind(f"{path} cannot be used: {name}", ACCESS) from None
    except UnicodeDecodeError:
        raise DamagedError(f"{path} is damaged") from None
    except OSError as error:
        raise NotWritableError(f"{path} cannot be used ({error.strerror})", ACCESS) from None


def _set_aside(path: Path, now: int) -> Path:
    """Rename a file, with its journal, to a name with the time, and return it."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}")
    with _errors_in_words(path):
        for suffix in ("-journal", ""):
            with suppress(FileNotFoundError):
                os.rename(f"{path}{suffix}", f"{aside}{suffix}")
        for old in sorted(path.parent.glob(f"{path.name}.damaged-*Z"))[:-ASIDE]:
            old.unlink()
            old.with_name(f"{old.name}-journal").unlink(missing_ok=True)
    return aside
