# SPDX-License-Identifier: MIT
"""A history in the directory of a test, to which heartbeats are added as in a run, at any time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from elytra_status.history import History, complete
from elytra_status.history.store import FILE, MIGRATIONS
from elytra_status.model import MONITORS, Heartbeat, Maintenance, Monitor, Report, State, Uptime

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SOURCE = "uptime_kuma"


def at(text: str) -> datetime:
    """Return the time that a text without zone names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def history(directory: Path, *, learns: bool = True, days_kept: int = 400) -> History:
    return History(directory / FILE, learns, days_kept, timedelta(minutes=30))


def heartbeats(start: datetime, states: Iterable[State], gap: float = 60) -> list[Heartbeat]:
    return [Heartbeat(start + timedelta(seconds=gap * number), state) for number, state in enumerate(states)]


def steady(start: datetime, end: datetime, state: State = State.UP, gap: float = 60) -> list[Heartbeat]:
    """Return heartbeats from one time on and before another."""
    return heartbeats(start, [state] * int((end - start).total_seconds() // gap), gap)


def report(monitors: Mapping[str, list[Heartbeat]], uptime: Uptime | None = None, source: str = SOURCE) -> Report:
    """Return the report of a source with these heartbeats, by monitor."""
    return Report(
        source,
        MONITORS,
        monitors=tuple(
            Monitor(
                f"{source}:{label}",
                f"Customer {label}",
                listed[-1].state if listed else State.UNKNOWN,
                uptime=uptime or Uptime(),
                heartbeats=tuple(listed),
            )
            for label, listed in monitors.items()
        ),
    )


def show(
    directory: Path,
    now: datetime,
    monitors: Mapping[str, list[Heartbeat]],
    *,
    learns: bool = True,
    maintenance: Iterable[Maintenance] = (),
    uptime: Uptime | None = None,
    days_kept: int = 400,
) -> dict[str, Monitor]:
    """Add heartbeats to a history, and return the completed monitors, by label."""
    used = history(directory, learns=learns, days_kept=days_kept)
    (completed,) = complete(used, (report(monitors, uptime),), now, maintenance)
    return {monitor.key.partition(":")[2]: monitor for monitor in completed.monitors}


def content(directory: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return everything in the file."""
    with closing(sqlite3.connect(directory / FILE)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


@contextmanager
def in_memory(**tables: Sequence[tuple[object, ...]]) -> Iterator[sqlite3.Connection]:
    """A history in memory with these rows, by table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in MIGRATIONS:
            connection.executescript(migration)
        for table, rows in tables.items():
            for row in rows:
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        yield connection


def rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a table, by their keys."""
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
