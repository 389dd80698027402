# SPDX-License-Identifier: MIT
"""All that the history knows, for people and for pages: windows, and the last days by UTC day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path

from elytra_status.history import store, sums
from elytra_status.history.figures import WINDOWS, tallies
from elytra_status.history.taking_in import SEEN_EVERY, Remembered, recall, summed_until
from elytra_status.history.uptime import DAY, HOUR, Tally, Window, add, figure, pieces, tally_by

DAYS = 90
ALL_DAYS = "last_90d"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Measured:
    """The uptime of a time, 0 to 1, None where too little of it was observed; and the share that was observed.

    `seconds` are those of one monitor; of several together there are none.
    """

    share: Fraction | None
    observed: Fraction
    seconds: Tally | None = None


@dataclass(frozen=True)
class Past:
    """What is known of a monitor, or of all that are watched: by window, and by day, the oldest first.

    The 90 days begin with a day; the last one is today, up to now. `watched` says that the last run of its
    source saw it.
    """

    key: str
    name: str = field(repr=False)
    watched: bool
    windows: dict[str, Measured]
    days: dict[date, Measured]


@dataclass(frozen=True)
class Overview:
    """The past of every monitor, by name, and of all together that are watched."""

    now: datetime
    monitors: tuple[Past, ...]
    together: Past


def overview(path: Path, now: datetime, maintenance: Sequence[Window] = (), *, minimum: bool = False) -> Overview:
    """Return all that the history knows, and change nothing of it. Raise HistoryError.

    What is said of all monitors together is the mean of what is said of each, or the `minimum`.
    """
    return store.read(path, partial(_overview, now, maintenance, minimum))


def _overview(now: datetime, maintenance: Sequence[Window], minimum: bool, connection: sqlite3.Connection) -> Overview:
    moment = int(now.timestamp())
    known = connection.execute("SELECT id, key, name, seen FROM monitors").fetchall()
    remembered = recall(connection, (key for _, key, _, _ in known))
    summed = summed_until(connection, moment)
    windows = {
        name: _window(connection, remembered.values(), moment - seconds, moment, summed, maintenance)
        for name, seconds in WINDOWS.items()
    }
    first_day = moment // DAY - DAYS + 1
    windows[ALL_DAYS] = _window(connection, remembered.values(), first_day * DAY, moment, summed, maintenance)
    days = _by_day(connection, remembered.values(), first_day, moment, summed, maintenance)
    newest: dict[str, int] = {}
    for _, key, _, seen in known:
        source = key.rpartition(":")[0]
        newest[source] = max(newest.get(source, 0), seen or 0)
    monitors = []
    for identifier, key, name, seen in sorted(known, key=lambda row: (row[2].casefold(), row[1])):
        watched = seen is not None and seen > newest[key.rpartition(":")[0]] - 2 * SEEN_EVERY
        past = Past(
            key,
            name,
            watched,
            {window: found[identifier] for window, found in windows.items()},
            {date_of(day): found[identifier] for day, found in days.items()},
        )
        if watched or past.windows[ALL_DAYS].observed:
            monitors.append(past)
    return Overview(now, tuple(monitors), together([past for past in monitors if past.watched], minimum))


def date_of(day: int) -> date:
    """Return the date of a day by its number since 1970."""
    return _EPOCH + timedelta(days=day)


def _window(
    connection: sqlite3.Connection,
    monitors: Iterable[Remembered],
    start: int,
    end: int,
    summed: int,
    maintenance: Sequence[Window],
) -> dict[int, Measured]:
    # Where a window begins in time that is summed, it begins with a full hour.
    since = start if start >= summed else start // HOUR * HOUR
    found = tallies(connection, monitors, (since, end), summed, maintenance)
    return {identifier: _uptime(seen, end - since) for identifier, seen in found.items()}


def _uptime(seen: Tally, length: int) -> Measured:
    return Measured(figure(seen, length), Fraction(seen.observed, max(length, 1)), seen)


def _by_day(
    connection: sqlite3.Connection,
    monitors: Iterable[Remembered],
    first_day: int,
    now: int,
    summed: int,
    maintenance: Sequence[Window],
) -> dict[int, dict[int, Measured]]:
    before = sums.by_day(connection, first_day, summed)
    days = range(first_day, now // DAY + 1)
    found: dict[int, dict[int, Measured]] = {day: {} for day in days}
    for monitor in monitors:
        late = tally_by(DAY, pieces(monitor.spans, max(summed, first_day * DAY), now), maintenance)
        for day in days:
            seen = add(before.get((monitor.identifier, day), Tally()), late.get(day, Tally()))
            found[day][monitor.identifier] = _uptime(seen, min(now, (day + 1) * DAY) - day * DAY)
    return found


def together(watched: Sequence[Past], minimum: bool) -> Past:
    """Return what is said of several monitors together: the mean of what is said of each, or the minimum."""
    windows = {name: _of_several([past.windows[name] for past in watched], minimum) for name in (*WINDOWS, ALL_DAYS)}
    days = (
        {day: _of_several([past.days[day] for past in watched], minimum) for day in watched[0].days} if watched else {}
    )
    return Past("", "", True, windows, days)


def _of_several(uptimes: Sequence[Measured], minimum: bool) -> Measured:
    shares = [uptime.share for uptime in uptimes if uptime.share is not None]
    observed = sum((min(uptime.observed, Fraction(1)) for uptime in uptimes), Fraction(0)) / max(len(uptimes), 1)
    if not shares:
        return Measured(None, observed)
    return Measured(min(shares) if minimum else sum(shares, Fraction(0)) / len(shares), observed)
