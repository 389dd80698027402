# SPDX-License-Identifier: MIT
"""Read the SQLite file of an Uptime Kuma 1.x or 2.x without changing it.

Uptime Kuma may be running. Version 1 keeps every heartbeat for as long as configured. Version 2 keeps those of the last
day, and counts of heartbeats by hour (for 30 days) and by day (for a year), in which pending counts as down.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

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
from elytra_status.sources.kuma.metrics import MOST_MONITORS
from elytra_status.sources.kuma.monitors import GROUP
from elytra_status.sources.kuma.odd_cells import OddCells
from elytra_status.system import bounded_json
from elytra_status.system.files import check_regular

# How many rows are read at once, so that Uptime Kuma can write in between.
HEARTBEATS_AT_ONCE = 10_000
PATIENCE = 30.0
# Version 2 deletes no younger heartbeat.
HEARTBEATS_OF_2_KEPT = DAY
# An hour or day has all of its heartbeats if it has as many as this many neighbours before and after it.
NEIGHBOURS = 12
# Text of any other form than a date is no time, although SQLite understands 'now' and numbers of days too.
_TIME = "iif(time GLOB '[0-9][0-9][0-9][0-9]-*', unixepoch(time), NULL)"
_TEXTS = ("name", "type", "url", "hostname", "port")
# Characters, so that the texts of all monitors fit into memory. A longer one is read as a blob, which is malformed.
_LONGEST_TEXT = 10_000
_BOUNDED = ", ".join(f"iif(length({column}) > {_LONGEST_TEXT}, x'', {column})" for column in _TEXTS)
_MONITORS = f"SELECT rowid, id, {_BOUNDED} FROM monitor ORDER BY id"  # noqa: S608 - no input
# No monitor has more heartbeats in a day.
_MOST_HEARTBEATS = 10**9
# In seconds since 1970: the year 2242.
_LATEST = 2**33
# Bytes of a cell that SQLite reads.
_LONGEST_CELL = 4 * 2**20


def read_database(path: Path, source: str, wanted: Wanted, maintenance: AnnouncedSpans) -> ImportedBefore:
    """Return what the file says of every monitor, without malformed rows.

    Raise UsageError if it is no such file, or cannot be read.
    """
    try:
        with closing(sqlite3.connect(_uri(path), uri=True, timeout=PATIENCE, isolation_level=None)) as connection:
            connection.text_factory = _decoded
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if not {"monitor", "heartbeat"} <= tables:
                raise _no_kuma(path)
            (count,) = connection.execute("SELECT count(*) FROM monitor").fetchone()
            if count > MOST_MONITORS:
                raise UsageError(f"{path} holds more than {MOST_MONITORS} monitors", "import the file of Uptime Kuma")
            odd = OddCells(path)
            return _read(connection, odd, source, wanted, maintenance, has_sums={"stat_hourly", "stat_daily"} <= tables)
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name in ("SQLITE_NOTADB", "SQLITE_ERROR"):
            raise _no_kuma(path) from None
        if name == "SQLITE_TOOBIG":
            raise UsageError(
                f"{path} holds a cell of more than {_LONGEST_CELL // 2**20} MB",
                "remove it in Uptime Kuma, or import a copy without it",
            ) from None
        if name:
            raise UsageError(f"{path} cannot be read ({name})", "try again, or import a copy of it") from None
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None


def _read(
    connection: sqlite3.Connection,
    odd: OddCells,
    source: str,
    wanted: Wanted,
    maintenance: AnnouncedSpans,
    *,
    has_sums: bool,
) -> ImportedBefore:
    for table in ("heartbeat", *(("stat_hourly", "stat_daily") if has_sums else ())):
        # NULL, a text or a blob: the row belongs to no monitor.
        _note_rows(connection, odd, table, "monitor_id", "monitor_id IS NULL OR monitor_id >= ''")
    since = 0
    if has_sums:
        (newest,) = connection.execute(
            f"SELECT max({_TIME}) FROM heartbeat WHERE {_TIME} < ?",  # noqa: S608 - no input
            (wanted.until,),
        ).fetchone()
        since = (newest or 0) - HEARTBEATS_OF_2_KEPT
    found = []
    for identifier, name, kind, url, host, port in _monitors(connection, odd):
        keys = (f"{source}:{identifier}", key_without_id(source, name, kind, url, host, port))
        # Maintenance is announced by the key that the source uses.
        windows = next((maintenance.parts[key] for key in keys if key in maintenance.parts), maintenance.whole)
        hours, spans = _from_heartbeats(connection, odd, identifier, since, wanted, windows)
        days: dict[int, Tally] = {}
        if has_sums:
            _keep_larger(hours, _from_counts(connection, odd, "stat_hourly", HOUR, identifier, wanted.until))
            days = _from_counts(connection, odd, "stat_daily", DAY, identifier, wanted.until)
        _keep_larger(days, _days_of(hours))
        recent = {hour: tally for hour, tally in hours.items() if hour * HOUR >= wanted.first_day * DAY}
        found.append(EarlierMonitor(keys, name, kind != GROUP, recent, days, spans))
    return ImportedBefore(found, since, odd.problems())


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")


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


def _note_rows(
    connection: sqlite3.Connection, odd: OddCells, table: str, column: str, where: str, *values: int
) -> None:
    count, first = connection.execute(
        f"SELECT count(*), min(rowid) FROM {table} WHERE {where}",  # noqa: S608 - no input
        values,
    ).fetchone()
    if count:
        odd.note(table, column, first, count)


def _monitors(connection: sqlite3.Connection, odd: OddCells) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Yield number, name, type, URL, host and port of each monitor. NULL becomes ''."""
    for row, identifier, *texts in connection.execute(_MONITORS).fetchall():
        columns = [column for column, text in zip(_TEXTS, texts, strict=True) if isinstance(text, bytes)]
        if not (isinstance(identifier, int) and identifier > 0):
            columns.append("id")
        for column in columns:
            odd.note("monitor", column, row)
        if not columns:
            name, kind, url, host, port = ("" if text is None else str(text) for text in texts)
            yield identifier, name, kind, url, host, port


def _heartbeats(
    connection: sqlite3.Connection, odd: OddCells, identifier: int, window: Window
) -> Iterator[list[tuple[int, State]]]:
    """Yield the heartbeats of a monitor by time, in blocks.

    Each block begins with the last heartbeat of the block before.
    """
    # Numbers sort before texts, and blobs after them.
    _note_rows(
        connection,
        odd,
        "heartbeat",
        "time",
        "monitor_id = ? AND (time IS NULL OR time < '' OR time >= x'')",
        identifier,
    )
    # The text as bytes, which stay as they are, valid or not: another text could be found again and again.
    last: tuple[bytes, int] = (b"", 0)
    carried: list[tuple[int, State]] = []
    while True:
        rows = connection.execute(
            f"SELECT {_TIME}, status, CAST(time AS BLOB), rowid FROM heartbeat"  # noqa: S608 - no input
            " WHERE monitor_id = ? AND (time, rowid) > (CAST(? AS TEXT), ?) AND time < x''"
            " ORDER BY time, rowid LIMIT ?",
            (identifier, *last, HEARTBEATS_AT_ONCE),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][2], rows[-1][3]
        block = []
        for time, status, _, row in rows:
            if time is None:
                odd.note("heartbeat", "time", row)
            elif window[0] <= time < window[1]:
                is_state = isinstance(status, int) and 0 <= status < len(STATES)
                if not is_state:
                    odd.note("heartbeat", "status", row)
                block.append((time, STATES[status] if is_state else State.UNKNOWN))
        if block:
            yield carried + block
            carried = block[-1:]


def _from_heartbeats(
    connection: sqlite3.Connection,
    odd: OddCells,
    identifier: int,
    since: int,
    wanted: Wanted,
    maintenance: Sequence[Window],
) -> tuple[dict[int, Tally], list[Span]]:
    """Return the sums of a monitor's heartbeats by hour, and the late ones as spans."""
    hours: dict[int, Tally] = {}
    late: list[Span] = []
    block: list[tuple[int, State]] = []
    hold = 0
    for block in _heartbeats(connection, odd, identifier, (since, wanted.until)):
        hold = longest_hold([time for time, _ in block])
        # The next block covers the time after the last heartbeat.
        _add(hours, tally_by(HOUR, pieces(spans_of(block, hold), 0, block[-1][0]), maintenance))
        late = merge(late, spans_of([heartbeat for heartbeat in block if heartbeat[0] >= wanted.spans_from], hold))
    last = pieces(spans_of(block[-1:], hold), 0, wanted.until)
    _add(hours, tally_by(HOUR, last, maintenance))
    return hours, late


def _from_counts(
    connection: sqlite3.Connection, odd: OddCells, table: str, size: int, identifier: int, until: int
) -> dict[int, Tally]:
    """Return counts of heartbeats as seconds.

    An hour or day with as many as its neighbours was observed in full.
    """
    counts = list(_counts(connection, odd, table, identifier, until))
    totals = [up + down + maintenance for _, up, down, maintenance in counts]
    found = {}
    for index, (timestamp, _, down, maintenance) in enumerate(counts):
        if not totals[index]:
            continue
        around = sorted(totals[max(0, index - NEIGHBOURS) : index + NEIGHBOURS + 1])
        whole = max(around[len(around) // 2], totals[index])
        seconds_down, seconds_maintenance = (round(size * heartbeats / whole) for heartbeats in (down, maintenance))
        found[timestamp // size] = Tally(
            round(size * totals[index] / whole) - seconds_down - seconds_maintenance,
            seconds_down,
            seconds_maintenance,
        )
    return found


def _counts(
    connection: sqlite3.Connection, odd: OddCells, table: str, identifier: int, until: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield timestamp, and how many heartbeats were up, down and in maintenance."""
    rows = connection.execute(
        # The name is one of two constants, and no input.
        f"SELECT rowid, timestamp, up, down, extras FROM {table} WHERE monitor_id = ? ORDER BY timestamp",  # noqa: S608
        (identifier,),
    ).fetchall()
    for row, timestamp, up, down, extras in rows:
        maintenance = _maintenance(extras)
        cells = (
            ("timestamp", timestamp, _LATEST),
            ("up", up, _MOST_HEARTBEATS),
            ("down", down, _MOST_HEARTBEATS),
            ("extras", maintenance, _MOST_HEARTBEATS),
        )
        columns = [column for column, value, most in cells if not (isinstance(value, int) and 0 <= value <= most)]
        for column in columns:
            odd.note(table, column, row)
        if not columns and timestamp < until:
            yield timestamp, up, down, maintenance


def _maintenance(extras: Any) -> Any:
    """Return the count of maintenance in the JSON of a row, None if malformed.

    The cell may be of any type.
    """
    if extras is None or extras == "":
        return 0
    try:
        found = bounded_json.loads(extras)
        return found.get("maintenance", 0)
    except (ValueError, TypeError, AttributeError):
        return None


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
