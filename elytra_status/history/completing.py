# SPDX-License-Identifier: MIT
"""Completes what sources said by what the history knows, and lets the history learn from it."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from elytra_status import journal
from elytra_status.history import store, words
from elytra_status.history.figures import with_figures
from elytra_status.history.store import HistoryError
from elytra_status.history.taking_in import Observed, Remembered, joined, recall, summed_until, take_in
from elytra_status.history.tidying import tidy
from elytra_status.history.uptime import Window, apart_from_one_another
from elytra_status.model import MONITORS, Beat, Maintenance, Monitor, Report, State, replace

# Beats are remembered for at least so long, for whoever looks at how a monitor changes.
BEATS_FOR = timedelta(hours=2)


@dataclass(frozen=True)
class History:
    """Where the history is, and how it is used.

    With `learns` it takes in what it is shown; else it is only read, and what is new counts all the same.
    A single look counts for `look_counts` at most: for as long as what was published of it.
    """

    path: Path
    learns: bool
    days_kept: int
    look_counts: timedelta


def complete(
    history: History | None, reports: tuple[Report, ...], now: datetime, maintenance: Iterable[Maintenance] = ()
) -> tuple[Report, ...]:
    """Return reports with the uptime figures that they lack, and the beats of the last hours.

    A history that cannot be used is a warning: what it would have known is not known then.
    """
    if history is None:
        return reports
    moment = int(now.timestamp())
    windows = windows_of(maintenance)
    observed = [one for report in reports if report.about == MONITORS for one in _observed(report, now, history)]
    use = store.write if history.learns else store.read
    step = _learn if history.learns else _overlay
    try:
        return use(history.path, partial(step, history, reports, observed, moment, windows))
    except HistoryError as error:
        journal.warning(f"the history is not used: {error}", event="history")
    except Exception as error:  # whatever it is, the status must go out
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {frame.name}:{frame.lineno}"
        journal.error(f"the history is not used: a fault in elytra-status, {place}; please report it", event="history")
    return reports


def windows_of(maintenance: Iterable[Maintenance]) -> list[Window]:
    """Return announced maintenance as windows of time, in its order and apart from one another."""
    return apart_from_one_another((int(one.since.timestamp()), int(one.until.timestamp())) for one in maintenance)


def _observed(report: Report, now: datetime, history: History) -> Iterable[Observed]:
    for monitor in report.monitors if not report.problem else ():
        if monitor.beats:
            yield Observed(monitor.key, monitor.name, monitor.beats)
        elif monitor.state is not State.UNKNOWN:
            hold = int(history.look_counts.total_seconds())
            yield Observed(monitor.key, monitor.name, (Beat(now, monitor.state),), hold)


def _learn(
    history: History,
    reports: tuple[Report, ...],
    observed: Sequence[Observed],
    now: int,
    maintenance: Sequence[Window],
    connection: sqlite3.Connection,
) -> tuple[Report, ...]:
    words.note(connection, reports, now)
    take_in(connection, observed, now, maintenance)
    tidy(connection, now, maintenance, history.days_kept)
    return _completed(connection, reports, _recalled(connection, reports), now, maintenance)


def _overlay(
    history: History,
    reports: tuple[Report, ...],
    observed: Sequence[Observed],
    now: int,
    maintenance: Sequence[Window],
    connection: sqlite3.Connection,
) -> tuple[Report, ...]:
    remembered = _recalled(connection, reports)
    for one in observed:
        # A number that no monitor in the file has: nothing is summed of it.
        known = remembered.get(one.key, Remembered(-len(remembered) - 1, []))
        remembered[one.key] = Remembered(known.identifier, joined(one, known.spans, now)[0])
    return _completed(connection, reports, remembered, now, maintenance)


def _recalled(connection: sqlite3.Connection, reports: tuple[Report, ...]) -> dict[str, Remembered]:
    return recall(connection, (monitor.key for report in reports for monitor in report.monitors))


def _completed(
    connection: sqlite3.Connection,
    reports: tuple[Report, ...],
    remembered: dict[str, Remembered],
    now: int,
    maintenance: Sequence[Window],
) -> tuple[Report, ...]:
    summed = summed_until(connection, now)
    completed = []
    for report in reports:
        if report.about == MONITORS and report.monitors:
            monitors = with_figures(connection, report.monitors, remembered, now, summed, maintenance)
            report = replace(report, monitors=tuple(_with_beats(one, remembered.get(one.key), now) for one in monitors))
        completed.append(report)
    return tuple(completed)


def _with_beats(monitor: Monitor, remembered: Remembered | None, now: int) -> Monitor:
    """Return a monitor with what is remembered of the last hours, where less was listed."""
    since = now - int(BEATS_FOR.total_seconds())
    until = int(monitor.beats[0].time.timestamp()) if monitor.beats else now + 1
    if remembered is None or until <= since:
        return monitor
    # Of a row of beats its ends are remembered: nothing changed between them.
    rows = [(max(span.first, since), span.last, span.state) for span in remembered.spans if span.last >= since]
    times = {time: state for first, last, state in rows for time in (first, last) if time < until}
    earlier = (Beat(datetime.fromtimestamp(time, UTC), state) for time, state in sorted(times.items()))
    return replace(monitor, beats=(*earlier, *monitor.beats))
