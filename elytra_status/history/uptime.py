# SPDX-License-Identifier: MIT
"""The past of one monitor or several: windows that end now, and days by UTC.

The figure of several is the mean of their figures, or the minimum.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from elytra_status.decision.uptimes import is_covered, total
from elytra_status.history import rollups
from elytra_status.history.figures import tallies, window_start
from elytra_status.history.ingest import SavedSpans, read_spans, rolled_up_until
from elytra_status.history.rollups import Alike
from elytra_status.history.spans import (
    DAY,
    HOUR,
    AnnouncedSpans,
    Tally,
    Window,
    figure,
    pieces,
    sum_of_tallies,
    tally_by,
)
from elytra_status.history.whole_days import (
    MonitorGroup,
    MonitorRow,
    WholeDays,
    days_before,
    monitor_rows,
    parted,
    read_whole_days,
    still_holds,
)

ALL_DAYS = "last_90d"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Measured:
    """The uptime of a period, 0 to 1, and the ratio of the period that was observed.

    The uptime is None if too little was observed. `seconds` are those of one monitor, or the mean of several, cut off.
    """

    ratio: Fraction | None
    observed: Fraction
    seconds: Tally


@dataclass(frozen=True)
class Past:
    """The past of one monitor or several: by window, and by day, oldest first.

    The 90 days begin with a whole day. The last one is today, up to now. `watched` says that the last run of its source
    saw it.
    """

    key: str
    name: str = field(repr=False)
    watched: bool
    windows: dict[str, Measured]
    days: dict[date, Measured]


class InWindow(NamedTuple):
    """The length of a window, and what was observed of each monitor in it, by its id."""

    length: int
    found: Mapping[int, Tally]


class KeptDays(NamedTuple):
    """What the history holds, read for one time, in seconds since 1970.

    `late` is what was seen of each monitor, by its id, on days that are not fully rolled up yet.
    """

    connection: sqlite3.Connection
    now: int
    summed: int
    maintenance: AnnouncedSpans
    monitors: Mapping[MonitorRow, SavedSpans]
    whole: WholeDays
    late: Mapping[int, Mapping[int, Tally]]

    @property
    def days(self) -> range:
        """The days that are shown, by their numbers since 1970."""
        return days_before(self.now)

    def length(self, day: int) -> int:
        """Return how many seconds of a day have passed."""
        return min(self.now, (day + 1) * DAY) - day * DAY


def read_days(
    connection: sqlite3.Connection,
    now: int,
    maintenance: AnnouncedSpans,
    groups: Collection[MonitorGroup],
    whole: WholeDays | None = None,
) -> KeptDays:
    """Read the past of some groups of monitors. Raise HistoryError.

    `whole` is what was read of whole days before. It is read again if other days are complete now.
    """
    rows = monitor_rows(connection)
    by_key = read_spans(connection, (one.key for one in rows))
    summed = rolled_up_until(connection, now)
    if whole is None or not still_holds(whole, connection, now, rows):
        whole = read_whole_days(connection, now, groups)
    partly = whole.days.stop
    of_that_day = rollups.totals(connection, partly * DAY // HOUR, summed // HOUR)
    late: dict[int, dict[int, Tally]] = {}
    for key, (identifier, spans) in by_key.items():
        days = tally_by(DAY, pieces(spans, max(summed, whole.days.start * DAY), now), maintenance.of(key))
        if identifier in of_that_day:
            days[partly] = sum_of_tallies(of_that_day[identifier], days.get(partly, Tally()))
        late[identifier] = days
    return KeptDays(connection, now, summed, maintenance, {one: by_key[one.key] for one in rows}, whole, late)


def in_window(kept: KeptDays, start: int) -> InWindow:
    """Return what was observed of each monitor in the window that begins at `start`."""
    since = window_start(start, kept.summed)
    monitors = {row.key: saved for row, saved in kept.monitors.items()}
    found = tallies(kept.connection, monitors, (since, kept.now), kept.summed, kept.maintenance)
    return InWindow(kept.now - since, found)


def in_all_days(kept: KeptDays) -> InWindow:
    """Return what was observed of each monitor in all days that are shown."""
    found = {
        identifier: reduce(sum_of_tallies, late.values(), kept.whole.totals.get(identifier, Tally()))
        for identifier, late in kept.late.items()
    }
    return InWindow(kept.now - kept.days.start * DAY, found)


def measured(seen: Tally, length: int) -> Measured:
    """Return the uptime of a period of this many seconds."""
    return Measured(figure(seen, length), Fraction(seen.observed, max(length, 1)), seen)


def past_of_group(kept: KeptDays, windows: Mapping[str, InWindow], group: MonitorGroup, *, minimum: bool) -> Past:
    """Return the past of a group: the mean of its watched monitors, or the minimum.

    A period has a figure if enough monitors have one.
    """
    monitors, _ = parted(kept.monitors, group)
    keys = {one.identifier: one.key for one in kept.monitors}
    too_new = kept.whole.ages.too_new_of((one, keys[one]) for one in monitors)

    def old_enough(window: Window) -> int:
        return len(monitors) - too_new(window)

    by_window = {
        name: _of_several(
            _alike(found[one] for one in monitors),
            len(monitors),
            old_enough((kept.now - length, kept.now)),
            length,
            minimum,
        )
        for name, (length, found) in windows.items()
    }
    by_day: dict[date, Measured] = {}
    late_days = set[int]().union(*(kept.late[one] for one in monitors))
    for day in kept.days if monitors else ():
        alike = kept.whole.groups[group].get(day, [])
        # Most of 90 days are whole, or before the history.
        if not alike and day in late_days:
            alike = _alike(kept.late[one].get(day, Tally()) for one in monitors)
        length = kept.length(day)
        window = (day * DAY, day * DAY + length)
        by_day[date_of(day)] = _of_several(alike, len(monitors), old_enough(window), length, minimum)
    return Past("", "", True, by_window, by_day)


def _alike(tallied: Iterable[Tally]) -> list[Alike]:
    ups: dict[tuple[int, int], list[int]] = {}
    for one in tallied:
        ups.setdefault((one.up + one.down, one.observed), []).append(one.up)
    return [Alike(counted, observed, len(up), sum(up), min(up)) for (counted, observed), up in ups.items()]


def _of_several(found: Iterable[Alike], monitors: int, old_enough: int, length: int, minimum: bool) -> Measured:
    """Return the uptime of `count` monitors together, some of which may have no data.

    It is a ratio if enough of those that are `old_enough` have one.
    """
    ratios, leasts, counting = [], [], 0
    up = down = maintenance = observed = 0
    for one in found:
        least = figure(Tally(one.least_up, one.counted - one.least_up, one.observed - one.counted), length)
        if least is not None:
            leasts.append(least)
            ratios.append(Fraction(one.up, one.counted))
            counting += one.monitors
        up += one.up
        down += one.counted * one.monitors - one.up
        maintenance += (one.observed - one.counted) * one.monitors
        observed += min(one.observed, length) * one.monitors
    is_whole = is_covered(counting, old_enough)
    ratio = (min(leasts) if minimum else total(ratios) / counting) if is_whole else None
    whole = max(monitors, 1)
    mean = Tally(up // whole, down // whole, maintenance // whole)
    return Measured(ratio, Fraction(observed, max(length, 1) * whole), mean)


def date_of(day: int) -> date:
    """Return the date of a day, from its number since 1970."""
    return _EPOCH + timedelta(days=day)
