# SPDX-License-Identifier: MIT
"""The history's file: opened, made, brought up to date, and set aside where it is damaged.

SQLite with its rollback journal: one file at rest, which a kill at any moment leaves as it was before or
after. A reader can read while a run writes, but for the moment of the commit, for which it waits.
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
# So many damaged files are kept: a disk that fails must not fill up.
ASIDE = 3
MEMORY = "file::memory:"
# What SQLite says of a file that it may not open or cannot write.
_NOT_WRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")
ACCESS = "see that the user elytra-status may write it, and that the disk is in order"

# What makes each version of the file out of the one before. Never changed once it was released: add to it.
#
# Times are whole seconds since 1970, an hour or day is their number since then. What was seen before the
# moment `summed_until` counts by hours and days, what was seen from then on by spans. A day is the sum of
# its hours while those are kept. The state of a span is its number in `STATES`.
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
)


class HistoryError(ElytraStatusError):
    """The history cannot be used."""

    exit_status = UNAVAILABLE


class NotWritableError(HistoryError):
    """The history's file cannot be opened or written: no room, no permission, a read-only disk."""


class DamagedError(HistoryError):
    """The history's file is damaged, or is none."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, "a run finds that within a day, sets the file aside and begins a new one")


def write(
    path: Path,
    now: int,
    work: Callable[[sqlite3.Connection], T],
    told: Callable[[str], None] = lambda aside: None,
) -> T:
    """Do something with the history in one transaction: all of it is kept, or nothing.

    A file that is damaged is set aside under a name with the time, which is `told`, and the work done with a new one
    that has its private names, as many as can be read. Raise HistoryError.
    """
    try:
        return _in_transaction(path, work)
    except DamagedError as error:
        words = words_in(path)
        aside = _set_aside(path, now)
        told(aside.name)
        journal.error(
            f"{error.problem}: it is set aside as {aside}, and a new history begun."
            f" {len(words)} private names and hosts could be read from it.",
            event="history",
        )

        def begin(connection: sqlite3.Connection) -> T:
            put_words(connection, words)
            return work(connection)

        return _in_transaction(path, begin)


def read(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do something with the history that changes nothing of it. Where there is none, it is an empty one."""
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
    """Return a text without what is no character by itself, such as half of one: SQLite's UTF-8 has none."""
    return text.encode("utf-8", "replace").decode()


def _in_transaction(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    with _errors_in_words(path):
        _check_files(path)
        # SQLite would make it with other rights; its journal then has the rights of the file.
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
    """Raise OSError where a symbolic link, FIFO or device is in the place of the file or its journal."""
    for one in (path, path.with_name(f"{path.name}-journal")):
        check_regular(one)


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    # A damaged page is found when it is read, and not later.
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """Open a file so that a killed run's journal can be rolled back, where this user may, and no more be changed."""
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
        raise DamagedError(f"{path} is no history of elytra-status")
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
        # SQLITE_ERROR is said of a table or a column that is not there.
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or name == "SQLITE_ERROR":
            raise DamagedError(f"{path} is damaged") from None
        if name == "SQLITE_FULL":
            raise NotWritableError(f"{path} cannot be written: no space left", "make room on the disk") from None
        if name.startswith("SQLITE_BUSY"):
            raise HistoryError(f"{path} is in use by another process", "try again later") from None
        if not name:  # a fault of this program
            raise
        kind = NotWritableError if name.startswith(_NOT_WRITABLE) else HistoryError
        raise kind(f"{path} cannot be used: {name}", ACCESS) from None
    except UnicodeDecodeError:
        raise DamagedError(f"{path} is damaged") from None
    except OSError as error:
        raise NotWritableError(f"{path} cannot be used: {error.strerror}", ACCESS) from None


def _set_aside(path: Path, now: int) -> Path:
    """Move a file away under a name with the time, and its journal with it: that belongs to no other."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}")
    with _errors_in_words(path):
        for suffix in ("-journal", ""):
            with suppress(FileNotFoundError):
                os.rename(f"{path}{suffix}", f"{aside}{suffix}")
        for old in sorted(path.parent.glob(f"{path.name}.damaged-*Z"))[:-ASIDE]:
            old.unlink()
            old.with_name(f"{old.name}-journal").unlink(missing_ok=True)
    return aside
