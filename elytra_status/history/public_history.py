# SPDX-License-Identifier: MIT
"""The public past: the last days, and the changes of the status."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType

from elytra_status.history import store, uptime
from elytra_status.history.completing import History, if_usable, windows_of
from elytra_status.history.spans import AnnouncedSpans
from elytra_status.history.status_changes import read_changes, save_change
from elytra_status.history.uptime import ALL_DAYS, Past
from elytra_status.history.whole_days import Group, WholeDays, read_whole_days
from elytra_status.model import CLOCK_SKEW, Change, Maintenance, PlatformStatus
from elytra_status.net.concurrency import run_in_background


@dataclass(frozen=True)
class PublicHistory:
    """The past of all monitors together, None if not known, and the status changes.

    Changes are oldest first. `parts` holds the past of components, by name.
    """

    together: Past | None = None
    parts: Mapping[str, Past] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


def build_public_history(
    history: History | None,
    status: PlatformStatus | None,
    now: datetime,
    maintenance: Iterable[Maintenance] = (),
    *,
    parts: Mapping[str, frozenset[str]] = MappingProxyType({}),
    minimum: bool = False,
    whole_days: WholeDays | None = None,
    clock_is_confirmed: bool = False,
) -> PublicHistory:
    """Return the past, given the present status.

    The status is None if its date must not be saved. `parts` holds keys of monitors, by the names of components. The
    past of several monitors is their mean, or the `minimum`. If the history learns, a change of the status is saved,
    except in a pair. A history that cannot be used is a warning. `whole_days` is what was read beforehand.
    """
    change = Change(now.replace(microsecond=0), status) if status else None
    new: tuple[Change, ...] = (change,) if change else ()
    if history is None:
        return PublicHistory(changes=new)
    latest = int((now + CLOCK_SKEW).timestamp())
    changes: tuple[Change, ...] | None = None
    if history.learns and change:
        learn = partial(save_change, change, latest, forget=clock_is_confirmed, saves=not history.in_pair)
        changes = if_usable(lambda: history.write(int(now.timestamp()), learn), changes)
    if changes is None:
        changes = if_usable(lambda: store.read(history.path, partial(read_changes, latest)), new)
        # A change that cannot be saved would get another date in each run.
        if change and not history.learns and [one.status for one in changes[-1:]] != [change.status]:
            changes = (*changes, change)
    windows = windows_of(maintenance, parts)
    work = partial(_together, int(now.timestamp()), windows, parts, minimum, whole_days)
    pasts = if_usable(lambda: store.read(history.path, work), None)
    return PublicHistory(*pasts, changes) if pasts else PublicHistory(changes=changes)


def _together(
    now: int,
    maintenance: AnnouncedSpans,
    parts: Mapping[str, frozenset[str]],
    minimum: bool,
    whole_days: WholeDays | None,
    connection: sqlite3.Connection,
) -> tuple[Past, dict[str, Past]]:
    kept = uptime.read_days(connection, now, maintenance, _groups(parts), whole_days)
    windows = {ALL_DAYS: uptime.in_all_days(kept)}
    of_parts = {name: uptime.past_of_group(kept, windows, keys, minimum=minimum) for name, keys in parts.items()}
    return uptime.past_of_group(kept, windows, None, minimum=minimum), of_parts


def begin_reading_days(
    history: History | None, now: datetime, parts: Mapping[str, frozenset[str]]
) -> Callable[[], WholeDays | None]:
    """Begin to read whole days, and return a function that waits for them.

    The function returns None if they could not be read.
    """
    if history is None:
        return lambda: None
    work = partial(read_whole_days, now=int(now.timestamp()), groups=_groups(parts))
    return run_in_background(partial(store.read, history.path, work))


def _groups(parts: Mapping[str, frozenset[str]]) -> set[Group]:
    return {None, *parts.values()}
