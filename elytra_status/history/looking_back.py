# SPDX-License-Identifier: MIT
"""What the history knows for the public: the last days, and when the status became another one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from elytra_status.history import past, store
from elytra_status.history.completing import History, if_usable, windows_of
from elytra_status.history.past import ALL_DAYS, Past
from elytra_status.history.store import DamagedError
from elytra_status.history.uptime import Announced
from elytra_status.history.whole_days import Group, WholeDays, read_whole_days
from elytra_status.model import Change, Maintenance, PlatformStatus
from elytra_status.side_by_side import beside

# So many changes are kept: a status that flickers must not fill the disk.
CHANGES_KEPT = 500


@dataclass(frozen=True)
class LookBack:
    """The past of all monitors together, None where it is not known; and the changes of the status, the oldest first.

    `parts` is the past of some of them, by the names under which it was asked for.
    """

    together: Past | None = None
    parts: Mapping[str, Past] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


def look_back(
    history: History | None,
    status: PlatformStatus,
    now: datetime,
    maintenance: Iterable[Maintenance] = (),
    *,
    parts: Mapping[str, frozenset[str]] = MappingProxyType({}),
    minimum: bool = False,
    whole_days: WholeDays | None = None,
) -> LookBack:
    """Return what the history knows, given that the status is now this one.

    `parts` are keys of monitors, by names. What is said of several is their mean, or the `minimum`. Where the
    history learns, a change of it is remembered. One that cannot be used is a warning. `whole_days` are what was
    read beforehand.
    """
    change = Change(now.replace(microsecond=0), status)
    if history is None:
        return LookBack(changes=(change,))
    unknown: tuple[Change, ...] = (change,)
    changes = if_usable(lambda: _known(history, change), unknown)
    windows = windows_of(maintenance, parts)
    work = partial(_together, int(now.timestamp()), windows, parts, minimum, whole_days)
    pasts = if_usable(lambda: store.read(history.path, work), None)
    return LookBack(*pasts, changes) if pasts else LookBack(changes=changes)


def _together(
    now: int,
    maintenance: Announced,
    parts: Mapping[str, frozenset[str]],
    minimum: bool,
    whole_days: WholeDays | None,
    connection: sqlite3.Connection,
) -> tuple[Past, dict[str, Past]]:
    kept = past.read(connection, now, maintenance, _groups(parts), whole_days)
    windows = {ALL_DAYS: past.in_all_days(kept)}
    of_parts = {name: past.together(kept, windows, keys, minimum=minimum) for name, keys in parts.items()}
    return past.together(kept, windows, None, minimum=minimum), of_parts


def begin_to_look_back(
    history: History | None, now: datetime, parts: Mapping[str, frozenset[str]]
) -> Callable[[], WholeDays | None]:
    """Begin to read what is known of whole days. Return what waits for it; None comes where it could not be read."""
    if history is None:
        return lambda: None
    work = partial(read_whole_days, now=int(now.timestamp()), groups=_groups(parts))
    return beside(partial(store.read, history.path, work))


def _groups(parts: Mapping[str, frozenset[str]]) -> set[Group]:
    return {None, *parts.values()}


def _known(history: History, change: Change) -> tuple[Change, ...]:
    if history.learns:
        return store.write(history.path, int(change.time.timestamp()), partial(_changes, change, True))
    return store.read(history.path, partial(_changes, change, False))


def _changes(change: Change, learns: bool, connection: sqlite3.Connection) -> tuple[Change, ...]:
    rows = connection.execute("SELECT number, time, status FROM changes ORDER BY number").fetchall()
    try:
        found = [Change(datetime.fromtimestamp(time, UTC), PlatformStatus(status)) for _, time, status in rows]
    except (ValueError, OverflowError):
        raise DamagedError("the history holds a status that cannot be") from None
    if found and found[-1].status is change.status:
        return tuple(found)
    if learns:
        number = rows[-1][0] + 1 if rows else 1
        row = (number, int(change.time.timestamp()), change.status.value)
        connection.execute("INSERT INTO changes VALUES (?, ?, ?)", row)
        connection.execute("DELETE FROM changes WHERE number <= ?", (number - CHANGES_KEPT,))
    return (*found, change)
