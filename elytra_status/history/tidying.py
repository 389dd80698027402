# SPDX-License-Identifier: MIT
"""Keeps the history small: what is older than two days becomes sums, and what is too old goes."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from elytra_status.history import sums
from elytra_status.history.taking_in import SPANS_KEPT, STATES, summed_until
from elytra_status.history.uptime import DAY, HOUR, Span, Window, pieces, tally_by

# So many days are forgotten in a run at most: a clock that is wrong for an hour must not cost the whole history.
DAYS_AT_ONCE = 2


def tidy(connection: sqlite3.Connection, now: int, maintenance: Sequence[Window], days_kept: int) -> None:
    """Sum what lies before the last two days, and forget what is older than so many days."""
    since, until = summed_until(connection, now), (now - SPANS_KEPT) // HOUR * HOUR
    if until > since:
        _sum(connection, since, until, maintenance)
    connection.execute("INSERT OR REPLACE INTO about VALUES ('summed_until', ?)", (max(since, until),))
    connection.execute("DELETE FROM hours WHERE hour < ?", (sums.first_day_of_hours(max(since, until)) * DAY // HOUR,))
    too_old = now // DAY - days_kept
    oldest = connection.execute("SELECT min(day) FROM days").fetchone()[0]
    if oldest is not None and oldest < too_old:
        connection.execute("DELETE FROM days WHERE day < ?", (min(too_old, oldest + DAYS_AT_ONCE),))


def _sum(connection: sqlite3.Connection, since: int, until: int, maintenance: Sequence[Window]) -> None:
    of_monitor: dict[int, list[Span]] = defaultdict(list)
    for monitor, first, last, state, hold in connection.execute(
        "SELECT monitor, first, last, state, hold FROM spans ORDER BY monitor, first"
    ):
        of_monitor[monitor].append(Span(first, last, STATES[state], hold))
    found: list[sums.Sum] = []
    spent: list[tuple[int, int]] = []
    for monitor, spans in of_monitor.items():
        by_hour = tally_by(HOUR, pieces(spans, since, until), maintenance)
        found += ((hour, monitor, tally) for hour, tally in by_hour.items())
        # The newest one stays: by it the next beats are known for new.
        spent += ((monitor, span.first) for span in spans[:-1] if span.last + span.hold <= until)
    sums.add_hours(connection, found, sums.first_day_of_hours(until), own=True)
    connection.executemany("DELETE FROM spans WHERE monitor = ? AND first = ?", spent)
