# SPDX-License-Identifier: MIT
"""The times since which monitors are watched.

They distinguish a monitor that is too new for a window from one that was not observed.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import NamedTuple

from elytra_status.history.spans import DAY, Window

# In days. It is longer than the longest published window: a monitor that was not seen for all that time is new again.
DAYS_BEFORE = 120


class Ages(NamedTuple):
    """When each monitor and each source was first seen, in seconds since 1970.

    Monitors are identified by their ids, sources by their names.
    """

    monitors: Mapping[int, int]
    sources: Mapping[str, int]

    def is_too_new(self, identifier: int, key: str, window: Window) -> bool:
        """Whether a monitor is too new for a window of a source that was watched before.

        It is too new if it was first seen after half of the window, which is the part that must be observed. If the
        source itself is new here, nobody knows how old its monitors are, and they count as old.
        """
        return self.too_new_of([(identifier, key)])(window) > 0

    def too_new_of(self, monitors: Iterable[tuple[int, str]]) -> Callable[[Window], int]:
        """Return a function that counts the monitors that are too new for a window.

        They are given by ids and keys.
        """
        pairs = list(monitors)
        firsts = sorted(self.monitors.get(identifier, inf) for identifier, _ in pairs)
        sources = sorted(self.sources.get(source_in_key(key), inf) for _, key in pairs)

        def count(window: Window) -> int:
            start, end = window
            half = start + (end - start) // 2
            # No monitor was seen before its source, so this counts those whose source is older and which are younger
            # than the half.
            return bisect_right(sources, half) - bisect_right(firsts, half)

        return count


def source_in_key(key: str) -> str:
    """Return the name of the source at the beginning of a monitor's key."""
    return key.rpartition(":")[0]


def read_ages(connection: sqlite3.Connection, now: int) -> Ages:
    """Read since when monitors are watched, from the last 120 days."""
    # With min(), SQLite takes the other columns from the row with the minimum. A monitor that was first seen during a
    # day was observed from then on.
    rows = connection.execute(
        "SELECT monitor, (min(day) + 1) * ? - min(up + down + maintenance, ?) FROM days WHERE day > ? GROUP BY monitor",
        (DAY, DAY, now // DAY - DAYS_BEFORE),
    ).fetchall()
    first: dict[int, int] = dict(rows)
    for monitor, moment in connection.execute("SELECT monitor, min(first) FROM spans GROUP BY monitor"):
        first[monitor] = min(moment, first.get(monitor, moment))
    sources: dict[str, int] = {}
    for identifier, key in connection.execute("SELECT id, key FROM monitors"):
        if identifier in first:
            source = source_in_key(key)
            sources[source] = min(first[identifier], sources.get(source, first[identifier]))
    return Ages(first, sources)
