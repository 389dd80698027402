# SPDX-License-Identifier: MIT
"""Keeps the history small: what is older than two days becomes sums, and what is too old goes."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from elytra_status.history import rollups
from elytra_status.history.ingest import SPANS_KEPT, STATES, summed_until
from elytra_status.history.rollups import HOURS_OF_A_DAY
from elytra_status.history.spans import DAY, HOUR, AnnouncedSpans, Span, pieces, tally_by
from elytra_status.history.store import DamagedError

# So many days are forgotten in a run at most: a clock that is wrong for an hour must not cost the whole history.
DAYS_AT_ONCE = 2


def tidy(
    connection: sqlite3.Connection, now: int, maintenance: AnnouncedSpans, days_kept: int, keep_from: int = 0
) -> int:
    """Sum what lies before the last two days, and forget what is older than so many days.

    With `keep_from` all before that moment is summed too. Return up to which moment all is summed now. Once a day
    the whole file is looked through; raise DamagedError where that finds something.
    """
    since = summed_until(connection, now)
    until = min(max(now - SPANS_KEPT, keep_from), now) // HOUR * HOUR
    if until // DAY > since // DAY and connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise DamagedError("the history is damaged")
    if until > since:
        _sum(connection, since, until, maintenance)
    connection.execute("INSERT OR REPLACE INTO about VALUES ('summed_until', ?)", (max(since, until),))
    _forget(connection, "hours", "hour", rollups.first_day_of_hours(max(since, until)) * HOURS_OF_A_DAY, HOURS_OF_A_DAY)
    _forget(connection, "days", "day", now // DAY - days_kept, 1)
    return max(since, until)


def _forget(connection: sqlite3.Connection, table: str, unit: str, first_kept: int, of_a_day: int) -> None:
    oldest = connection.execute(f"SELECT min({unit}) FROM {table}").fetchone()[0]  # noqa: S608
    if oldest is not None and oldest < first_kept:
        before = min(first_kept, oldest + DAYS_AT_ONCE * of_a_day)
        connection.execute(f"DELETE FROM {table} WHERE {unit} < ?", (before,))  # noqa: S608


def _sum(connection: sqlite3.Connection, since: int, until: int, maintenance: AnnouncedSpans) -> None:
    of_monitor: dict[int, list[Span]] = defaultdict(list)
    for monitor, first, last, state, hold in connection.execute(
        "SELECT monitor, first, last, state, hold FROM spans ORDER BY monitor, first"
    ):
        of_monitor[monitor].append(Span(first, last, STATES[state], hold))
    found: list[rollups.Sum] = []
    spent: list[tuple[int, int]] = []
    keys = dict(connection.execute("SELECT id, key FROM monitors"))
    for monitor, spans in of_monitor.items():
        windows = maintenance.of(keys.get(monitor, ""))
        by_hour = tally_by(HOUR, pieces(spans, since, until), windows)
        found += ((hour, monitor, tally) for hour, tally in by_hour.items())
        # The newest one stays: by it the next heartbeats are known for new.
        spent += ((monitor, span.first) for span in spans[:-1] if span.last + span.hold <= until)
    # As hours, however old they look: it may be the clock that is wrong.
    rollups.add_hours(connection, found, 0, own=True)
    connection.executemany("DELETE FROM spans WHERE monitor = ? AND first = ?", spent)
