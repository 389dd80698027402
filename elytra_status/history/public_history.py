# SPDX-License-Identifier: MIT
"""The public past: the last days, and the changes of the status."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from elytra_status.history import store, uptime
from elytra_status.history.completing import History, if_usable, windows_of
from elytra_status.history.component_changes import Changes, read_component_changes, save_components, with_news
from elytra_status.history.spans import AnnouncedSpans
from elytra_status.history.status_changes import read_changes, save_change
from elytra_status.history.uptime import ALL_DAYS, Past
from elytra_status.history.whole_days import MonitorGroup, WholeDays, read_whole_days
from elytra_status.model import CLOCK_SKEW, Change, ComponentDecision, Maintenance, PlatformStatus
from elytra_status.net.concurrency import run_in_background


@dataclass(frozen=True)
class PublicHistory:
    """The past of all monitors together, None if not known, and the status changes.

    Changes are oldest first. `parts` holds the past of components, by name, and `changes_of_parts` the changes of their
    status.
    """

    together: Past | None = None
    parts: Mapping[str, Past] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    changes_of_parts: Changes = field(default_factory=dict)


class _Changes(NamedTuple):
    """The changes of the status of the platform, and of components by their names."""

    platform: tuple[Change, ...]
    parts: Changes = MappingProxyType({})


def build_public_history(
    history: History | None,
    status: PlatformStatus | None,
    now: datetime,
    maintenance: Iterable[Maintenance] = (),
    *,
    parts: Mapping[str, frozenset[str]] = MappingProxyType({}),
    components: Collection[ComponentDecision] = (),
    in_maintenance: bool = False,
    minimum: bool = False,
    whole_days: WholeDays | None = None,
    clock_is_confirmed: bool = False,
) -> PublicHistory:
    """Return the past, given the present status.

    `components` are the present decisions about them. `in_maintenance` says that maintenance is the only reason for the
    status. The status is None if their date must not be saved. `parts` holds
    keys of monitors, by the names of components. The past of several monitors is their mean, or the `minimum`. If the
    history learns, changes of the status are saved, but not in a pair: there, only what is published is. A history that
    cannot be used is a warning. `whole_days` is what was read beforehand.
    """
    change = Change(now.replace(microsecond=0), status, in_maintenance) if status else None
    changes = _known_changes(history, change, components, now, forget=clock_is_confirmed)
    if history is None:
        return PublicHistory(changes=changes.platform)
    windows = windows_of(maintenance, parts)
    work = partial(_together, int(now.timestamp()), windows, parts, minimum, whole_days)
    pasts = if_usable(lambda: store.read(history.path, work), None)
    return PublicHistory(*pasts, *changes) if pasts else PublicHistory(None, {}, *changes)


def _known_changes(
    history: History | None,
    change: Change | None,
    components: Collection[ComponentDecision],
    now: datetime,
    *,
    forget: bool,
) -> _Changes:
    """Return all changes, and save those of the present if the history learns."""
    new = _Changes((change,) if change else ())
    if history is None:
        return new
    latest = int((now + CLOCK_SKEW).timestamp())
    if history.learns and change:
        learn = partial(_saved_changes, change, components, latest, forget=forget, saves=not history.in_pair)
        if saved := if_usable(lambda: history.write(int(now.timestamp()), learn), None):
            return saved
    before = if_usable(lambda: store.read(history.path, partial(_changes, latest)), new)
    # A change that cannot be saved would get another date in each run.
    if not change or history.learns:
        return before
    platform = before.platform
    if [one.recorded for one in platform[-1:]] != [change.recorded]:
        platform = (*platform, change)
    return _Changes(platform, with_news(before.parts, components, change.time))


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


def _groups(parts: Mapping[str, frozenset[str]]) -> set[MonitorGroup]:
    return {None, *parts.values()}


def _changes(latest: int, connection: sqlite3.Connection) -> _Changes:
    """Return the changes, except those that a wrong clock has dated after `latest`."""
    return _Changes(read_changes(latest, connection), read_component_changes(latest, connection))


def _saved_changes(
    change: Change,
    components: Collection[ComponentDecision],
    latest: int,
    connection: sqlite3.Connection,
    *,
    forget: bool,
    saves: bool,
) -> _Changes:
    """Save changes of the status, and return all changes.

    The arguments are those of `save_change`.
    """
    platform = save_change(change, latest, connection, forget=forget, saves=saves)
    parts = with_news(read_component_changes(latest, connection), components, change.time)
    if saves:
        save_components(parts, connection)
    return _Changes(platform, parts)
