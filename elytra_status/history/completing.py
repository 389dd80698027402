# SPDX-License-Identifier: MIT
"""Complete reports with figures of the history, and add them to it."""

from __future__ import annotations

import sqlite3
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from elytra_status.announcements.maintenance import concerned
from elytra_status.history import private_names, store
from elytra_status.history.figures import with_figures
from elytra_status.history.ingest import Observed, SavedSpans, ingest, joined, read_spans, rolled_up_until
from elytra_status.history.isolated_times import isolated_windows, note_isolated
from elytra_status.history.spans import AnnouncedSpans, Window, apart_from_one_another
from elytra_status.history.store import HistoryError, NotWritableError
from elytra_status.history.tidying import tidy
from elytra_status.model import MONITORS, Heartbeat, Maintenance, Monitor, Report, State, replace
from elytra_status.system import journal

T = TypeVar("T")

# Heartbeats are kept for at least this long, to find monitors that flap.
HEARTBEATS_FOR = timedelta(hours=2)

# The times since which (None if not known) and until which an isolated source saw failures.
IsolatedTimes = tuple[datetime | None, datetime]


@dataclass(frozen=True)
class History:
    """Where the history is, and how it is used.

    If it `learns`, runs add to it. Otherwise it is only read, and new heartbeats count all the same. A single poll
    counts for `poll_counts` at most, which is how long its publication is current. `not_writable` collects why the file
    could not be written to, and `set_aside` the names under which damaged files were set aside. In a pair, changes
    of the status, also of components, are saved only after their publication, for both machines.
    """

    path: Path
    learns: bool
    days_kept: int
    poll_counts: timedelta
    not_writable: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    in_pair: bool = False

    def write(self, now: int, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some work with the history in one transaction; see `store.write`."""
        try:
            return store.write(self.path, now, work, self.set_aside.append)
        except NotWritableError as error:
            self.not_writable.append(error.problem)
            raise


class _Shown(NamedTuple):
    """The input of one run: reports, their time, maintenance and isolation."""

    reports: tuple[Report, ...]
    now: int
    maintenance: AnnouncedSpans
    isolated: Mapping[str, Window]


def complete(
    history: History | None,
    reports: tuple[Report, ...],
    now: datetime,
    maintenance: Iterable[Maintenance] = (),
    isolated: Mapping[str, IsolatedTimes] = MappingProxyType({}),
    components: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> tuple[Report, ...]:
    """Return reports with the uptime figures that they lack and recent heartbeats.

    Failures that a source saw between the two times in `isolated` are no evidence, since it was isolated. A history
    that cannot be used is a warning: its figures are then not known.
    """
    if history is None:
        return reports
    cut = {source: _whole_seconds(*window) for source, window in isolated.items()}
    shown = _Shown(reports, int(now.timestamp()), windows_of(maintenance, components), cut)
    if history.learns:
        learned: tuple[Report, ...] | None = None
        learned = if_usable(lambda: history.write(shown.now, partial(_learn, history, shown)), learned)
        if learned is not None:
            return learned
    return if_usable(lambda: store.read(history.path, partial(_overlay, history, shown)), reports)


def if_usable(work: Callable[[], T], otherwise: T) -> T:
    """Return the result of some work with the history, or a default with a warning.

    The default is returned if the history cannot be used.
    """
    try:
        return work()
    except HistoryError as error:
        journal.log_warning(f"the history cannot be used: {error}", event="history")
    except Exception as error:  # Whatever the error is, the status must be published.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        position = f"{type(error).__name__} at {frame.name}:{frame.lineno}"
        journal.log_error(f"the history cannot be used: internal error, {position}; please report it", event="history")
    return otherwise


def _whole_seconds(after: datetime | None, until: datetime) -> Window:
    return int(after.timestamp()) if after else 0, int(until.timestamp()) + 1


def windows_of(
    maintenance: Iterable[Maintenance], components: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> AnnouncedSpans:
    """Return announced maintenance as windows of time, by what it concerns.

    `components` holds the keys of monitors by the names of components.
    """
    whole: list[Window] = []
    parts: dict[str, list[Window]] = defaultdict(list)
    for one in maintenance:
        window = int(one.since.timestamp()), int(one.until.timestamp())
        keys = concerned(one, components)
        if keys is None:
            whole.append(window)
        for key in keys or ():
            parts[key].append(window)
    by_key = {key: apart_from_one_another([*whole, *windows]) for key, windows in parts.items()}
    return AnnouncedSpans(apart_from_one_another(whole), by_key)


def _observed(history: History, shown: _Shown, isolated: Mapping[str, Sequence[Window]]) -> Iterator[Observed]:
    for report in shown.reports:
        if report.about != MONITORS or report.problem:
            continue
        windows = isolated.get(report.source, ())
        for monitor in report.monitors:
            if monitor.heartbeats:
                yield Observed(monitor.key, monitor.name, monitor.heartbeats, isolated=windows)
            elif monitor.state is not State.UNKNOWN and not monitor.absent:
                poll = Heartbeat(datetime.fromtimestamp(shown.now, UTC), monitor.state)
                yield Observed(monitor.key, monitor.name, (poll,), int(history.poll_counts.total_seconds()))


def _learn(history: History, shown: _Shown, connection: sqlite3.Connection) -> tuple[Report, ...]:
    private_names.save_names(connection, shown.reports, shown.now)
    note_isolated(connection, shown.isolated, shown.now)
    isolated = isolated_windows(connection, {})
    ingest(connection, _observed(history, shown, isolated), shown.now, shown.maintenance)
    tidy(connection, shown.now, shown.maintenance, history.days_kept)
    return _completed(connection, shown, _recalled(connection, shown), isolated)


def _overlay(history: History, shown: _Shown, connection: sqlite3.Connection) -> tuple[Report, ...]:
    isolated = isolated_windows(connection, shown.isolated)
    saved = _recalled(connection, shown)
    for one in _observed(history, shown, isolated):
        # An id that no monitor in the file has, so there are no rollups for it.
        stored = saved.get(one.key, SavedSpans(-len(saved) - 1, []))
        saved[one.key] = stored._replace(spans=joined(one, stored.spans, shown.now)[0])
    return _completed(connection, shown, saved, isolated)


def _recalled(connection: sqlite3.Connection, shown: _Shown) -> dict[str, SavedSpans]:
    return read_spans(connection, (monitor.key for report in shown.reports for monitor in report.monitors))


def _completed(
    connection: sqlite3.Connection,
    shown: _Shown,
    saved: dict[str, SavedSpans],
    isolated: Mapping[str, Sequence[Window]],
) -> tuple[Report, ...]:
    summed = rolled_up_until(connection, shown.now)
    completed = []
    for report in shown.reports:
        if report.monitors:
            monitors = with_figures(
                connection,
                report.monitors,
                saved,
                shown.now,
                summed,
                shown.maintenance,
                isolated.get(report.source, ()),
            )
            beaten = (_with_heartbeats(one, saved.get(one.key), shown.now) for one in monitors)
            report = replace(report, monitors=tuple(beaten))
        completed.append(report)
    return tuple(completed)


def _with_heartbeats(monitor: Monitor, saved: SavedSpans | None, now: int) -> Monitor:
    """Return a monitor with the saved heartbeats of the last hours if it lists fewer."""
    since = now - int(HEARTBEATS_FOR.total_seconds())
    until = int(monitor.heartbeats[0].time.timestamp()) if monitor.heartbeats else now + 1
    if saved is None or until <= since:
        return monitor
    # Only the ends of a row of heartbeats are saved: nothing changed between them.
    rows = [(max(span.first, since), span.last, span.state) for span in saved.spans if span.last >= since]
    times = {time: state for first, last, state in rows for time in (first, last) if time < until}
    earlier = [Heartbeat(datetime.fromtimestamp(time, UTC), state) for time, state in sorted(times.items())]
    return replace(monitor, heartbeats=(*earlier, *monitor.heartbeats)) if earlier else monitor
