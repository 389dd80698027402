# SPDX-License-Identifier: MIT
"""Import the past that a monitoring system has kept.

Importing it again changes nothing.
"""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from elytra_status.history import rollups, store
from elytra_status.history.ingest import SPANS_KEPT, SavedSpans, put_spans, read_spans
from elytra_status.history.spans import DAY, HOUR, AnnouncedSpans, Span, Tally, merge
from elytra_status.history.store import storable
from elytra_status.history.tidying import tidy
from elytra_status.history.uptime import date_of
from elytra_status.model import CLOCK_SKEW
from elytra_status.problem import Problem


class Wanted(NamedTuple):
    """What the history can use: rollups from a day on, and recent spans."""

    first_day: int
    spans_from: int
    until: int


class EarlierMonitor(NamedTuple):
    """The past of one monitor: rollups by number of hour and day, and recent spans.

    `keys` are the keys that the history may have for it; if it has none, the first one is used. A monitor that does not
    `count` by itself is imported only if the history already has it.
    """

    keys: tuple[str, ...]
    name: str
    counts: bool
    hours: dict[int, Tally]
    days: dict[int, Tally]
    spans: list[Span]


class ImportedBefore(NamedTuple):
    """The past of a monitoring system.

    From `heartbeats_from` on it has every heartbeat, before that only rollups. `problems` say which rows are left out.
    """

    monitors: list[EarlierMonitor]
    heartbeats_from: int
    problems: tuple[Problem, ...] = ()


class Imported(NamedTuple):
    """The result of an import: how many monitors, and the first known day."""

    monitors: int
    since: date | None


def importable(now: datetime) -> Wanted:
    """Return what the history can use at a time, with a day to spare."""
    moment = int(now.timestamp())
    return Wanted(
        rollups.first_day_of_hours(moment - SPANS_KEPT) - 1,
        moment - SPANS_KEPT - HOUR,
        int((now + CLOCK_SKEW).timestamp()),
    )


def take_in_earlier(
    path: Path, earlier: ImportedBefore, now: datetime, maintenance: AnnouncedSpans, days_kept: int
) -> Imported:
    """Import the past. Raise HistoryError if the history cannot be used."""
    moment = int(now.timestamp())
    return store.write(path, moment, partial(import_past, earlier, moment, maintenance, days_kept))


def import_past(
    earlier: ImportedBefore, now: int, maintenance: AnnouncedSpans, days_kept: int, connection: sqlite3.Connection
) -> Imported:
    """Import the past within a transaction. `now` is in seconds since 1970."""
    # Do this first: what is rolled up counts by its rollups, and until a day ago there may be nothing else.
    until = tidy(connection, now, maintenance, days_kept, keep_from=earlier.heartbeats_from)
    present = {key for (key,) in connection.execute("SELECT key FROM monitors")}
    by_key = {next((key for key in one.keys if key in present), one.keys[0]): one for one in earlier.monitors}
    taken = {key: one for key, one in by_key.items() if one.counts or key in present}
    connection.executemany(
        "INSERT INTO monitors (key, name) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
        ((key, storable(one.name)) for key, one in taken.items()),
    )
    saved = read_spans(connection, taken)
    first_kept = now // DAY - days_kept
    spans: list[tuple[SavedSpans, list[Span]]] = []
    hours: list[rollups.Rollup] = []
    days: list[rollups.Rollup] = []
    for key, one in taken.items():
        identifier, before = saved[key]
        fresh = [span for span in one.spans if span.last + span.hold > until]
        spans.append((saved[key], merge(before, fresh)))
        hours += ((hour, identifier, tally) for hour, tally in one.hours.items())
        days += ((day, identifier, tally) for day, tally in one.days.items() if day >= first_kept)
    put_spans(connection, spans)
    rollups.add_hours(connection, hours, rollups.first_day_of_hours(until))
    rollups.add_days(connection, days)
    return Imported(len(taken), min((date_of(day) for day, _, _ in days), default=None))
