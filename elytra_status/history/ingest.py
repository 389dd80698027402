# SPDX-License-Identifier: MIT
"""Add heartbeats to the history.

Adding the same heartbeats again changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import floor
from operator import attrgetter
from typing import NamedTuple

from elytra_status.history import rollups
from elytra_status.history.spans import (
    DAY,
    HOUR,
    AnnouncedSpans,
    Span,
    Window,
    longest_hold,
    merge,
    pieces,
    spans_of,
    tally_by,
)
from elytra_status.history.store import DamagedError, storable
from elytra_status.model import BAD_STATES, CLOCK_SKEW, Heartbeat, State

# The states by their numbers in the file. The first four are Uptime Kuma's own.
STATES = (State.DOWN, State.UP, State.PENDING, State.MAINTENANCE, State.UNKNOWN)
_TIME, _STATE = attrgetter("time"), attrgetter("state")
_NUMBERS = {state: number for number, state in enumerate(STATES)}
# How long spans are kept, to the second, before they become rollups. It is longer than the shortest window.
SPANS_KEPT = 2 * DAY
# The usual gap is taken from this many gaps between heartbeats.
GAPS = 30
# How often it is noted that a monitor still exists.
SEEN_EVERY = 6 * HOUR


class Observed(NamedTuple):
    """What was observed of a monitor: its heartbeats, oldest first.

    `hold` is for how many seconds a single poll counts if there are no heartbeats. A failure within a window of
    `isolated` is no evidence.
    """

    key: str
    name: str
    heartbeats: Sequence[Heartbeat]
    hold: int | None = None
    isolated: Sequence[Window] = ()


class SavedSpans(NamedTuple):
    """What the history holds of a monitor after the end of its rollups."""

    identifier: int
    spans: list[Span]


def rolled_up_until(connection: sqlite3.Connection, now: int) -> int:
    """Return the time from which spans count.

    It is not in the future, even if the clock has been set back.
    """
    row = connection.execute("SELECT value FROM about WHERE name = 'summed_until'").fetchone()
    return min(row[0], now // HOUR * HOUR) if row else (now - SPANS_KEPT) // HOUR * HOUR


def read_spans(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, SavedSpans]:
    """Return what the history holds of some monitors, by key.

    Monitors that it does not know are left out.
    """
    wanted = set(keys)
    saved = dict(connection.execute("SELECT id, key FROM monitors"))
    found = {key: SavedSpans(identifier, []) for identifier, key in saved.items() if key in wanted}
    for monitor, first, last, state, hold in connection.execute(
        "SELECT monitor, first, last, state, hold FROM spans ORDER BY monitor, first"
    ):
        key = saved.get(monitor)
        if key in found:
            if not (0 <= state < len(STATES) and first <= last and hold >= 0):
                raise DamagedError("the history holds invalid states")
            found[key].spans.append(Span(first, last, STATES[state], hold))
    return found


def joined(observed: Observed, saved: Sequence[Span], now: int) -> tuple[list[Span], list[Span]]:
    """Return the spans of a monitor with its new heartbeats, and what of them is new."""
    heartbeats = _new(observed.heartbeats, saved[-1] if saved else None, now + int(CLOCK_SKEW.total_seconds()))
    if observed.isolated:
        heartbeats = [(time, _believed(time, state, observed.isolated)) for time, state in heartbeats]
    if not heartbeats:
        return list(saved), []
    hold = observed.hold
    if hold is None:
        hold = longest_hold(list(map(_second, map(_TIME, observed.heartbeats[-GAPS - 1 :]))))
    fresh = spans_of(heartbeats, hold)
    return merge(saved, fresh), fresh


def _new(heartbeats: Sequence[Heartbeat], newest: Span | None, latest: int) -> list[tuple[int, State]]:
    """Return heartbeats as seconds and states, from the last known one on.

    Return all if what is known does not go back that far.
    """
    last = None
    if newest is not None and heartbeats and newest.first <= _second(heartbeats[0].time):
        # Usually everything has been up for long. If not, adding all heartbeats is quicker than comparing them.
        is_up = newest.state is State.UP and set(map(_STATE, heartbeats)) == {State.UP}
        last = newest.last if is_up else None
    found: list[tuple[int, State]] = []
    for heartbeat in reversed(heartbeats):
        time = _second(heartbeat.time)
        if time <= latest:
            found.append((time, heartbeat.state))
        if time == last:
            break
    found.reverse()
    return found


def _believed(time: int, state: State, isolated: Sequence[Window]) -> State:
    """Return a state, unknown if it is a failure that an isolated source saw."""
    is_none = state in BAD_STATES and any(start <= time < end for start, end in isolated)
    return State.UNKNOWN if is_none else state


def _second(moment: datetime) -> int:
    return floor(moment.timestamp())


def ingest(
    connection: sqlite3.Connection, everything: Iterable[Observed], now: int, maintenance: AnnouncedSpans
) -> dict[str, SavedSpans]:
    """Add what was observed, and return what the history then holds.

    Heartbeats from before the end of the rollups are added to the rollups if they were not seen before.
    """
    everything = list(everything)
    _name(connection, everything, now)
    until = rolled_up_until(connection, now)
    saved = read_spans(connection, (observed.key for observed in everything))
    changed: list[tuple[SavedSpans, list[Span]]] = []
    late: list[rollups.Rollup] = []
    for observed in everything:
        before = saved[observed.key]
        spans, fresh = joined(observed, before.spans, now)
        if spans == before.spans:
            continue
        changed.append((before, spans))
        saved[observed.key] = before._replace(spans=spans)
        if fresh[0].first < until:
            by_hour = tally_by(HOUR, pieces(fresh, 0, until), maintenance.of(observed.key))
            late += ((hour, before.identifier, tally) for hour, tally in by_hour.items())
    put_spans(connection, changed)
    rollups.add_hours(connection, late, rollups.first_day_of_hours(until))
    return saved


def put_spans(connection: sqlite3.Connection, changed: Iterable[tuple[SavedSpans, list[Span]]]) -> None:
    """Replace the spans that the history holds of a monitor."""
    dropped: list[tuple[int, int]] = []
    rows: list[tuple[int, int, int, int, int]] = []
    for (identifier, saved), spans in changed:
        before, after = set(saved), set(spans)
        firsts = {span.first for span in spans}
        dropped += ((identifier, span.first) for span in before - after if span.first not in firsts)
        rows += ((identifier, span.first, span.last, _NUMBERS[span.state], span.hold) for span in after - before)
    connection.executemany("DELETE FROM spans WHERE monitor = ? AND first = ?", dropped)
    connection.executemany("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?, ?)", rows)


def _name(connection: sqlite3.Connection, everything: Iterable[Observed], now: int) -> None:
    saved = {key: (name, seen) for key, name, seen in connection.execute("SELECT key, name, seen FROM monitors")}
    rows = []
    for observed in everything:
        before, seen = saved.get(observed.key, ("", None))
        name = storable(observed.name) or before
        if seen is None or not 0 <= now - seen < SEEN_EVERY or name != before:
            rows.append((observed.key, name, now))
    connection.executemany(
        "INSERT INTO monitors (key, name, seen) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET name = excluded.name, seen = excluded.seen",
        rows,
    )
