# SPDX-License-Identifier: MIT
"""Uptime from the history, for windows that end now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from elytra_status.history import sums
from elytra_status.history.ages import read_ages
from elytra_status.history.taking_in import Remembered
from elytra_status.history.uptime import DAY, HOUR, Tally, Window, add, figure, pieces, tally
from elytra_status.model import Monitor, Uptime, replace

# What is published, in seconds.
WINDOWS = {"last_24h": DAY, "last_7d": 7 * DAY, "last_30d": 30 * DAY}


def with_figures(
    connection: sqlite3.Connection,
    monitors: Sequence[Monitor],
    remembered: dict[str, Remembered],
    now: int,
    summed: int,
    maintenance: Sequence[Window],
    cut_off: Sequence[Window],
) -> tuple[Monitor, ...]:
    """Return monitors with the figures that they lack, as far as the history has them.

    A figure of the monitoring system itself stays, that it agrees with the dashboard that the operator
    looks at. It gives way where a monitor was down or pending in a maintenance that was announced here, and
    where the monitoring system was `cut_off`: it knows nothing of either, and counts that as downtime, which
    it must not be.
    """
    figures = {monitor.key: dict(vars(monitor.uptime)) for monitor in monitors}
    completed: set[str] = set()
    for window, seconds in WINDOWS.items():
        announced, doubted = (
            any(now - seconds < end and start < now for start, end in windows) for windows in (maintenance, cut_off)
        )
        always = announced or doubted
        wanting = {key for key, own in figures.items() if key in remembered and (always or own[window] is None)}
        if not wanting:
            continue
        # Where a window begins in time that is summed, it begins with a full hour.
        since = now - seconds if now - seconds >= summed else (now - seconds) // HOUR * HOUR
        found = tallies(connection, (remembered[key] for key in wanting), (since, now), summed, maintenance)
        for key in wanting:
            seen = found[remembered[key].identifier]
            ours = figure(seen, now - since)
            if figures[key][window] is None or ((seen.excused or doubted) and ours is not None):
                figures[key][window] = ours
                completed.add(key)
    with_all = (
        replace(monitor, uptime=Uptime(**figures[monitor.key])) if monitor.key in completed else monitor
        for monitor in monitors
    )
    return _with_ages(connection, tuple(with_all), remembered, now)


def _with_ages(
    connection: sqlite3.Connection, monitors: tuple[Monitor, ...], remembered: Mapping[str, Remembered], now: int
) -> tuple[Monitor, ...]:
    """Return monitors with the windows that they lack a figure for because they are too new."""
    if all(figure is not None for monitor in monitors for figure in vars(monitor.uptime).values()):
        return monitors
    ages = read_ages(connection, now)

    def too_new(monitor: Monitor) -> frozenset[str]:
        # A number that no monitor has: it was never seen before.
        identifier = remembered[monitor.key].identifier if monitor.key in remembered else -1
        return frozenset(
            window
            for window, seconds in WINDOWS.items()
            if getattr(monitor.uptime, window) is None
            and ages.is_too_new(identifier, monitor.key, (now - seconds, now))
        )

    return tuple(replace(one, too_new=one.too_new | too_new(one)) for one in monitors)


def tallies(
    connection: sqlite3.Connection,
    monitors: Iterable[Remembered],
    window: Window,
    summed: int,
    maintenance: Sequence[Window],
) -> dict[int, Tally]:
    """Return what was observed of monitors in a window, by their ids. What is summed begins with a full hour."""
    start, end = window
    before = sums.totals(connection, start // HOUR, min(summed, end) // HOUR) if start < summed else {}
    return {
        monitor.identifier: add(
            tally(pieces(monitor.spans, max(start, summed), end), maintenance),
            before.get(monitor.identifier, Tally()),
        )
        for monitor in monitors
    }
