# SPDX-License-Identifier: MIT
"""Read what a pair has in common, and merge what the other machine knows."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from elytra_status.history import rollups
from elytra_status.history.completing import HEARTBEATS_FOR
from elytra_status.history.component_changes import list_component_changes, replace_component_changes
from elytra_status.history.importing import EarlierMonitor, ImportedBefore, import_past
from elytra_status.history.ingest import read_spans, rolled_up_until
from elytra_status.history.rollups import HOURS_OF_A_DAY
from elytra_status.history.shared_past import (
    MOST_ROLLUPS,
    Kept,
    RunWriter,
    SharedMonitor,
    SharedPast,
    better,
    component_changes_of_both,
    is_shared,
)
from elytra_status.history.spans import DAY, HOUR, AnnouncedSpans, pieces, tally_by
from elytra_status.model import CLOCK_SKEW

# Rollups that are merged at a time, so that they take less memory.
_AT_ONCE = 250_000
_PREFIX = "shared_"
_NOTHING = SharedMonitor("")


class Shared(NamedTuple):
    """What the history has in common with the object of the pair.

    All are 0 if nothing is known. `version` identifies the version of the object that is merged, or was written from
    this history. Days from `first_day` on, hours before `until` and the first `components` changes of components are in
    it. At `again`, in seconds since 1970, it is merged again, 0 if it need not be.
    """

    version: int = 0
    first_day: int = 0
    until: int = 0
    components: int = 0
    again: int = 0


class MergeTime(NamedTuple):
    """When a past is merged or read: `now` in seconds since 1970.

    `maintenance` is what is announced, and `days_kept` how many days are kept.
    """

    now: int
    maintenance: AnnouncedSpans
    days_kept: int


class Merged(NamedTuple):
    """The result of a merge.

    `monitors` counts those of which something is new. `knows_more` says whether this machine knows more than the
    object.
    """

    monitors: int
    knows_more: bool


def read_shared(connection: sqlite3.Connection) -> Shared:
    """Return what the history has in common with the object."""
    found = dict(connection.execute("SELECT name, value FROM about"))
    return Shared(*(found.get(f"{_PREFIX}{name}", 0) for name in Shared._fields))


def save_shared(shared: Shared, connection: sqlite3.Connection) -> None:
    """Save what the history has in common with the object. It is lost if the file is."""
    rows = ((f"{_PREFIX}{name}", value) for name, value in shared._asdict().items())
    connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", rows)


def present_extent(now: int, connection: sqlite3.Connection) -> Shared:
    """Return what could be in the object at a time.

    These are the first day, hours that are over, and changes of components.
    """
    (first_day,) = connection.execute("SELECT min(day) FROM days").fetchone()
    (changes,) = connection.execute("SELECT max(number) FROM component_changes").fetchone()
    return Shared(first_day=first_day or 0, until=now // HOUR, components=changes or 0)


def own_past(when: MergeTime, monitors: int, most: int, connection: sqlite3.Connection) -> tuple[Kept, SharedPast]:
    """Return what a machine shares. The arguments are those of `kept_in`."""
    kept = kept_in(connection, when, monitors, most)
    return kept, read_past(kept, when, connection)


def kept_in(connection: sqlite3.Connection, when: MergeTime, monitors: int = 0, most: int = MOST_ROLLUPS) -> Kept:
    """Return which hours and days go into the object.

    These are the newest ones, up to `most` of each. `monitors` is their number on the other machine.
    """
    (here,) = connection.execute("SELECT count(*) FROM monitors").fetchone()
    room = most // max(1, here, monitors)
    summed, until, today = rolled_up_until(connection, when.now), when.now // HOUR, when.now // DAY
    of_hours = max(rollups.first_day_of_hours(summed), (until - room) // HOURS_OF_A_DAY + 1)
    # Spans are shared as hours, however many there are.
    return Kept(max(today - when.days_kept, today - room), min(of_hours, summed // DAY), until)


def read_past(kept: Kept, when: MergeTime, connection: sqlite3.Connection) -> SharedPast:
    """Return the past for the object, until the last full hour.

    Raise DamagedError.
    """
    found = connection.execute("SELECT id, key, name FROM monitors").fetchall()
    writers = {identifier: (RunWriter(HOUR), RunWriter(DAY)) for identifier, key, _ in found if is_shared(key)}
    summed = rolled_up_until(connection, when.now)
    for day, monitor, *sums in _rollups(connection, "days", kept.first_day, kept.first_day_of_hours):
        if monitor in writers:
            writers[monitor][1].add(day, tuple(sums))
    # A day whose hours are shared too is their sum, but an import may know more of the day.
    for day in range(kept.first_day_of_hours, summed // DAY + 1):
        first = day * HOURS_OF_A_DAY
        sums_of_hours: dict[int, int] = defaultdict(int)
        for hour, monitor, *sums in _rollups(connection, "hours", first, min(first + HOURS_OF_A_DAY, summed // HOUR)):
            if monitor in writers:
                writers[monitor][0].add(hour, tuple(sums))
                sums_of_hours[monitor] += sum(sums[:3])
        for _, monitor, *sums in _rollups(connection, "days", day, min(day + 1, summed // DAY)):
            if monitor in writers and sum(sums[:3]) > sums_of_hours[monitor]:
                writers[monitor][1].add(day, tuple(sums))
    for key, (identifier, spans) in read_spans(connection, (key for _, key, _ in found if is_shared(key))).items():
        recent = tally_by(HOUR, pieces(spans, summed, kept.until * HOUR), when.maintenance.of(key))
        for hour, tally in sorted(recent.items()):
            writers[identifier][0].add(hour, tally)
    names = {identifier: (key, name if is_shared(name) else "") for identifier, key, name in found}
    monitors = {}
    for identifier, (hours, days) in writers.items():
        key, name = names[identifier]
        one = SharedMonitor(name, hours.runs(), days.runs())
        if one.hours or one.days:
            monitors[key] = one
    return SharedPast(kept.until, monitors, list_component_changes(_latest(when.now), connection))


def merge_past(there: SharedPast, when: MergeTime, version: int, connection: sqlite3.Connection) -> Merged:
    """Merge what the other machine knows, and save which version that is.

    Nothing counts that is dated in the future. The last two hours do not count if this machine has observed something
    in them: its heartbeats would become rollups, and monitors that flap would not be found.
    """
    own = read_past(kept_in(connection, when, len(there.monitors)), when, connection)
    recent = (when.now - int(HEARTBEATS_FOR.total_seconds())) // HOUR
    observes = connection.execute("SELECT 1 FROM spans WHERE last + hold > ? LIMIT 1", (recent * HOUR,)).fetchone()
    over = _latest(when.now) // HOUR
    before = recent if observes else over
    differing = {key: one for key, one in there.monitors.items() if one[1:] != own.monitors.get(key, _NOTHING)[1:]}
    new, newest, postponed = [], 0, 0
    for key, theirs in differing.items():
        hours, days = better(theirs, own.monitors.get(key, _NOTHING), over)
        newest = max(newest, *(hour + 1 for hour in hours if hour < before), 0)
        postponed = max(postponed, *(hour + 1 for hour in hours if hour >= before), 0)
        if days or any(hour < before for hour in hours):
            new.append(key)
    shared = [key for key in own.monitors if key in differing or key not in there.monitors]
    limit = min(there.until, recent)
    knows_more = any(any(better(own.monitors[key], there.monitors.get(key, _NOTHING), limit)) for key in shared)
    _import(_earlier(there, own, new, before), newest, when, connection)
    changes = component_changes_of_both(own.components, there.components)
    replace_component_changes(changes, connection)
    again = postponed * HOUR + int(HEARTBEATS_FOR.total_seconds()) if postponed else 0
    save_shared(Shared(version, again=again), connection)
    return Merged(len(new), knows_more or changes != there.components)


def _earlier(there: SharedPast, own: SharedPast, keys: Iterable[str], before: int) -> Iterator[EarlierMonitor]:
    for key in keys:
        theirs = there.monitors[key]
        yield EarlierMonitor((key,), theirs.name, True, *better(theirs, own.monitors.get(key, _NOTHING), before), [])


def _import(monitors: Iterator[EarlierMonitor], newest: int, when: MergeTime, connection: sqlite3.Connection) -> None:
    """Add rollups, up to hour `newest`, as those of a monitoring system are imported."""
    # Hours that are not rolled up count by their spans, unless these become rollups.
    summed = rolled_up_until(connection, when.now)
    keep_from = newest * HOUR if newest * HOUR > summed else 0
    while batch := list(_limited(monitors)):
        import_past(ImportedBefore(batch, keep_from), when.now, when.maintenance, when.days_kept, connection)


def _limited(monitors: Iterator[EarlierMonitor]) -> Iterator[EarlierMonitor]:
    count = 0
    while count < _AT_ONCE and (one := next(monitors, None)):
        count += len(one.hours) + len(one.days)
        yield one


def _rollups(connection: sqlite3.Connection, table: str, first: int, end: int) -> sqlite3.Cursor:
    unit = table.removesuffix("s")
    # The names are constants of this module, and no input.
    statement = f"SELECT * FROM {table} WHERE {unit} >= ? AND {unit} < ? ORDER BY {unit}"  # noqa: S608
    return connection.execute(statement, (first, end))


def _latest(now: int) -> int:
    """Return the latest time that is not in the future.

    The clock of the other machine may differ a little.
    """
    return now + int(CLOCK_SKEW.total_seconds())
