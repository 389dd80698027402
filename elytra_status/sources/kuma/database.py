# SPDX-License-Identifier: MIT
"""Read the SQLite file of an Uptime Kuma 1.x or 2.x without changing it.

Uptime Kuma may be running. Version 1 keeps every heartbeat for as long as configured. Version 2 keeps those of the last
day, and counts of heartbeats by hour (for 30 days) and by day (for a year), in which pending counts as down.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from elytra_status.errors import UsageError
from elytra_status.history.importing import EarlierMonitor, ImportedBefore, Wanted
from elytra_status.history.ingest import STATES
from elytra_status.history.spans import (
    DAY,
    HOUR,
    AnnouncedSpans,
    Span,
    Tally,
    Window,
    longest_hold,
    merge,
    pieces,
    spans_of,
    sum_of_tallies,
    tally_by,
)
from elytra_status.model import State
from elytra_status.sources.kuma.matching import key_without_id
from elytra_status.sources.kuma.monitors import GROUP
from elytra_status.system.files import check_regular

# How many rows are read at once, so that Uptime Kuma can write in between.
HEARTBEATS_AT_ONCE = 10_000
PATIENCE = 30.0
# Version 2 deletes no younger heartbeat.
HEARTBEATS_OF_2_KEPT = DAY
# An hour or day has all of its heartbeats if it has as many as this many neighbours before and after it.
NEIGHBOURS = 12
MONITORS = "SELECT id, name, type, url, hostname, port FROM monitor ORDER BY id"


def read_database(path: Path, source: str, wanted: Wanted, maintenance: AnnouncedSpans) -> ImportedBefore:
    """Return what the file says of every monitor.

    Raise UsageError if it is no such file, or cannot be read.
    """
    try:
        with closing(sqlite3.connect(_uri(path), uri=True, timeout=PATIENCE, isolation_level=None)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if not {"monitor", "heartbeat"} <= tables:
                raise _no_kuma(path)
            has_sums = {"stat_hourly", "stat_daily"} <= tables
            since = 0
            if has_sums:
                (newest,) = connection.execute(
                    "SELECT max(unixepoch(time)) FROM heartbeat WHERE unixepoch(time) < ?", (wanted.until,)
                ).fetchone()
                since = (newest or 0) - HEARTBEATS_OF_2_KEPT
            found = []
            for identifier, *texts in connection.execute(MONITORS).fetchall():
                name, kind, url, host, port = ("" if text is None else str(text) for text in texts)
                keys = (f"{source}:{identifier}", key_without_id(source, name, kind, url, host, port))
                # Maintenance is announced by the key that the source uses.
                windows = next((maintenance.parts[key] for key in keys if key in maintenance.parts), maintenance.whole)
                hours, spans = _from_heartbeats(connection, identifier, since, wanted, windows)
                days: dict[int, Tally] = {}
                if has_sums:
                    _keep_larger(hours, _from_counts(connection, "stat_hourly", HOUR, identifier, wanted.until))
                    days = _from_counts(connection, "stat_daily", DAY, identifier, wanted.until)
                _keep_larger(days, _days_of(hours))
                recent = {hour: tally for hour, tally in hours.items() if hour * HOUR >= wanted.first_day * DAY}
                found.append(EarlierMonitor(keys, name, kind != GROUP, recent, days, spans))
            return ImportedBefore(found, since)
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name in ("SQLITE_NOTADB", "SQLITE_ERROR"):
            raise _no_kuma(path) from None
        if name:
            raise UsageError(f"{path} cannot be read: {name}", "try again, or import a copy of it") from None
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def _no_kuma(path: Path) -> UsageError:
    return UsageError(
        f"{path} is not a database of Uptime Kuma", "it is called kuma.db, in Uptime Kuma's data directory"
    )


def _uri(path: Path) -> str:
    """Return the URI with which SQLite opens the file without writing next to it.

    In the mode that Uptime Kuma uses (WAL), even a reader creates files next to the database if there are none. If
    there are none, nobody has it open, and it can be opened as immutable.
    """
    # A FIFO in its place would block the command, and SQLite would wait for it too. A link is followed: a person names
    # the file. SQLite opens it itself and reads parts, so there is no limit of its size: it may have gigabytes.
    check_regular(path, follows_links=True)
    with path.open("rb") as file:
        header = file.read(20)
    is_wal = header[18:19] == b"\2"
    alone = is_wal and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}"


def _heartbeats(connection: sqlite3.Connection, identifier: int, window: Window) -> Iterator[list[tuple[int, State]]]:
    """Yield the heartbeats of a monitor by time, in blocks.

    Each block begins with the last heartbeat of the block before.
    """
    last: tuple[str, int] = ("", 0)
    carried: list[tuple[int, State]] = []
    while True:
        rows = connection.execute(
            "SELECT unixepoch(time), status, time, id FROM heartbeat"
            " WHERE monitor_id = ? AND (time, id) > (?, ?) ORDER BY time, id LIMIT ?",
            (identifier, *last, HEARTBEATS_AT_ONCE),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][2], rows[-1][3]
        block = [
            (time, STATES[status] if status in range(len(STATES)) else State.UNKNOWN)
            for time, status, _, _ in rows
            if time is not None and window[0] <= time < window[1]
        ]
        if block:
            yield carried + block
            carried = block[-1:]


def _from_heartbeats(
    connection: sqlite3.Connection, identifier: int, since: int, wanted: Wanted, maintenance: Sequence[Window]
) -> tuple[dict[int, Tally], list[Span]]:
    """Return the sums of a monitor's heartbeats by hour, and the late ones as spans."""
    hours: dict[int, Tally] = {}
    late: list[Span] = []
    block: list[tuple[int, State]] = []
    hold = 0
    for block in _heartbeats(connection, identifier, (since, wanted.until)):
        hold = longest_hold([time for time, _ in block])
        # The next block covers the time after the last heartbeat.
        _add(hours, tally_by(HOUR, pieces(spans_of(block, hold), 0, block[-1][0]), maintenance))
        late = merge(late, spans_of([heartbeat for heartbeat in block if heartbeat[0] >= wanted.spans_from], hold))
    last = pieces(spans_of(block[-1:], hold), 0, wanted.until)
    _add(hours, tally_by(HOUR, last, maintenance))
    return hours, late


def _from_counts(
    connection: sqlite3.Connection, table: str, size: int, identifier: int, until: int
) -> dict[int, Tally]:
    """Return counts of heartbeats as seconds.

    An hour or day with as many as its neighbours was observed in full.
    """
    rows = connection.execute(
        # The name is one of two constants, and no input.
        f"SELECT timestamp, up, down, extras FROM {table} WHERE monitor_id = ? AND timestamp < ?"  # noqa: S608
        " ORDER BY timestamp",
        (identifier, until),
    ).fetchall()
    counts = [(timestamp // size, up, down, _maintenance(extras)) for timestamp, up, down, extras in rows]
    totals = [up + down + maintenance for _, up, down, maintenance in counts]
    found = {}
    for place, (number, _, down, maintenance) in enumerate(counts):
        if not totals[place]:
            continue
        around = sorted(totals[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1])
        whole = max(around[len(around) // 2], totals[place])
        seconds_down, seconds_maintenance = (round(size * heartbeats / whole) for heartbeats in (down, maintenance))
        found[number] = Tally(
            round(size * totals[place] / whole) - seconds_down - seconds_maintenance,
            seconds_down,
            seconds_maintenance,
        )
    return found


def _maintenance(extras: str | None) -> int:
    try:
        count = json.loads(extras or "{}").get("maintenance", 0)
    except (ValueError, AttributeError, RecursionError):
        return 0
    return count if isinstance(count, int) and count > 0 else 0


def _add(sums: dict[int, Tally], more: dict[int, Tally]) -> None:
    for number, tally in more.items():
        sums[number] = sum_of_tallies(sums.get(number, Tally()), tally)


def _keep_larger(sums: dict[int, Tally], others: dict[int, Tally]) -> None:
    for number, tally in others.items():
        if number not in sums or tally.observed > sums[number].observed:
            sums[number] = tally


def _days_of(hours: dict[int, Tally]) -> dict[int, Tally]:
    days: dict[int, Tally] = {}
    for hour, tally in hours.items():
        day = hour * HOUR // DAY
        days[day] = sum_of_tallies(days.get(day, Tally()), tally)
    return days
