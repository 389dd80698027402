# SPDX-License-Identifier: MIT
"""Uptime from the history, for windows that end now."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from elytra_status.decision import nested_windows
from elytra_status.history import rollups
from elytra_status.history.ages import read_ages
from elytra_status.history.ingest import SavedSpans
from elytra_status.history.spans import DAY, HOUR, AnnouncedSpans, Tally, Window, figure, pieces, sum_of_tallies, tally
from elytra_status.model import Monitor, Uptime, replace

# The published windows, in seconds.
WINDOWS = {"last_24h": DAY, "last_7d": 7 * DAY, "last_30d": 30 * DAY}


def with_figures(
    connection: sqlite3.Connection,
    monitors: Sequence[Monitor],
    saved: dict[str, SavedSpans],
    now: int,
    summed: int,
    maintenance: AnnouncedSpans,
    isolated: Sequence[Window],
) -> tuple[Monitor, ...]:
    """Return monitors with missing figures filled in and contradicted ones replaced.

    An exact figure of the monitoring system stays, so that it agrees with the dashboard. It is replaced if the monitor
    was down or pending during maintenance that was announced here, or while the monitoring system was isolated
    (`isolated`). The monitoring system counts that time as downtime, which it is not.
    """
    overlaps: dict[str, bool] = {}
    spans: dict[str, Window] = {}
    may_give_way = False
    for window, seconds in WINDOWS.items():
        announced, overlaps[window] = (
            any(now - seconds < end and start < now for start, end in windows)
            for windows in (maintenance.every, isolated)
        )
        may_give_way |= announced or overlaps[window]
        spans[window] = (window_start(now - seconds, summed), now)
    wanting = [one for one in monitors if one.key in saved and (may_give_way or _lacks_figures(one))]
    found = {
        window: tallies(connection, {one.key: saved[one.key] for one in wanting}, spans[window], summed, maintenance)
        for window in (WINDOWS if wanting else ())
    }

    def completed(monitor: Monitor) -> Monitor:
        identifier = saved[monitor.key].identifier
        seen = {window: found[window][identifier] for window in WINDOWS}
        evidence = [_evidence(monitor, window, spans[window], seen[window], overlaps[window]) for window in WINDOWS]
        return replace(monitor, uptime=Uptime(*nested_windows.nested_figures(evidence)))

    by_key = {one.key: completed(one) for one in wanting}
    return _with_ages(connection, tuple(by_key.get(one.key, one) for one in monitors), saved, now)


def window_start(start: int, summed: int) -> int:
    """Return the time at which a window that should begin at `start` begins.

    Within the rollups, windows begin with a full hour.
    """
    return start if start >= summed else start // HOUR * HOUR


def _lacks_figures(monitor: Monitor) -> bool:
    """Whether a monitor lacks an exact, current figure for a window."""
    return bool(monitor.bounds or monitor.kept) or any(one is None for one in vars(monitor.uptime).values())


def _evidence(
    monitor: Monitor, window: str, span: Window, seen: Tally, overlaps_isolation: bool
) -> nested_windows.WindowEvidence:
    length = WINDOWS[window]
    ours, counted = figure(seen, span[1] - span[0]), seen.up + seen.down
    if ours is not None and (seen.excused or overlaps_isolation):
        return nested_windows.WindowEvidence(length, ours=ours, counted=counted)
    own, bounds = getattr(monitor.uptime, window), monitor.bounds.get(window)
    is_kept = window in monitor.kept
    return nested_windows.WindowEvidence(
        length,
        exact=None if bounds or is_kept else own,
        kept=own if is_kept else None,
        bounds=bounds,
        ours=ours,
        counted=counted,
    )


def _with_ages(
    connection: sqlite3.Connection, monitors: tuple[Monitor, ...], saved: Mapping[str, SavedSpans], now: int
) -> tuple[Monitor, ...]:
    """Return monitors with the windows for which they are too new."""
    if all(figure is not None for monitor in monitors for figure in vars(monitor.uptime).values()):
        return monitors
    ages = read_ages(connection, now)

    def too_new(monitor: Monitor) -> frozenset[str]:
        # An id that no monitor has: this one was never seen before.
        identifier = saved[monitor.key].identifier if monitor.key in saved else -1
        return frozenset(
            window
            for window, seconds in WINDOWS.items()
            if getattr(monitor.uptime, window) is None
            and ages.is_too_new(identifier, monitor.key, (now - seconds, now))
        )

    return tuple(replace(one, too_new=one.too_new | too_new(one)) for one in monitors)


def tallies(
    connection: sqlite3.Connection,
    monitors: Mapping[str, SavedSpans],
    window: Window,
    summed: int,
    maintenance: AnnouncedSpans,
) -> dict[int, Tally]:
    """Return what was observed of each monitor, by its id.

    Up to `summed`, rollups count, and spans after that. The window does not end before that time.
    """
    start, end = window
    before = rollups.totals(connection, start // HOUR, summed // HOUR)
    return {
        monitor.identifier: sum_of_tallies(
            tally(pieces(monitor.spans, max(start, summed), end), maintenance.of(key)),
            before.get(monitor.identifier, Tally()),
        )
        for key, monitor in monitors.items()
    }
