# SPDX-License-Identifier: MIT
"""Since when monitors are watched: one that is too new for a window is told from one that was not observed."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import NamedTuple

from elytra_status.history.spans import DAY, Window

# Longer than the longest window that is published, in days: what was not seen for all that time is new again.
LOOKED_BACK = 120


class Ages(NamedTuple):
    """When a monitor, by its id, and any monitor of a source, by its name, was first seen: seconds since 1970."""

    monitors: Mapping[int, int]
    sources: Mapping[str, int]

    def is_too_new(self, identifier: int, key: str, window: Window) -> bool:
        """Whether a monitor came after the half of a window that must be observed, to a source that was watched then.

        Where the source itself is new here, nobody knows how old its monitors are: they count as old.
        """
        return self.too_new_of([(identifier, key)])(window) > 0

    def too_new_of(self, monitors: Iterable[tuple[int, str]]) -> Callable[[Window], int]:
        """Return what counts the monitors, by id and key, that are too new for a window."""
        pairs = list(monitors)
        firsts = sorted(self.monitors.get(identifier, inf) for identifier, _ in pairs)
        sources = sorted(self.sources.get(source_of(key), inf) for _, key in pairs)

        def count(window: Window) -> int:
            start, end = window
            half = start + (end - start) // 2
            # No monitor was seen before its source: this counts those between which the half lies.
            return bisect_right(sources, half) - bisect_right(firsts, half)

        return count


def source_of(key: str) -> str:
    """Return the name of the source that a monitor's key begins with."""
    return key.rpartition(":")[0]


def read_ages(connection: sqlite3.Connection, now: int) -> Ages:
    """Read since when monitors are watched, as far as the last 120 days tell."""
    # With min(), SQLite takes the other columns from the row that has the least. A monitor that was first seen in the
    # course of a day was observed from then on.
    rows = connection.execute(
        "SELECT monitor, (min(day) + 1) * ? - min(up + down + maintenance, ?) FROM days WHERE day > ? GROUP BY monitor",
        (DAY, DAY, now // DAY - LOOKED_BACK),
    ).fetchall()
    first: dict[int, int] = dict(rows)
    for monitor, moment in connection.execute("SELECT monitor, min(first) FROM spans GROUP BY monitor"):
        first[monitor] = min(moment, first.get(monitor, moment))
    sources: dict[str, int] = {}
    for identifier, key in connection.execute("SELECT id, key FROM monitors"):
        if identifier in first:
            source = source_of(key)
            sources[source] = min(first[identifier], sources.get(source, first[identifier]))
    return Ages(first, sources)
