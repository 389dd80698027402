# SPDX-License-Identifier: MIT
"""The times at which sources were isolated.

Failures that they saw then are no evidence.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from elytra_status.history.spans import DAY, Window, apart_from_one_another

# Longer than the longest published window.
KEPT = 33 * DAY


def note_isolated(connection: sqlite3.Connection, isolated: Mapping[str, Window], now: int) -> None:
    """Save when each source was isolated.

    Isolations that begin at the same time are the same one, which may have become longer.
    """
    connection.executemany(
        "INSERT OR REPLACE INTO cut_off VALUES (?, ?, ?)", ((source, *window) for source, window in isolated.items())
    )
    connection.execute("DELETE FROM cut_off WHERE until < ?", (now - KEPT,))


def isolated_windows(connection: sqlite3.Connection, isolated: Mapping[str, Window]) -> dict[str, list[Window]]:
    """Return when each source was isolated, from the history and from this run."""
    found: dict[str, list[Window]] = defaultdict(list)
    for source, since, until in connection.execute("SELECT source, since, until FROM cut_off"):
        found[source].append((since, until))
    for source, window in isolated.items():
        found[source].append(window)
    return {source: apart_from_one_another(windows) for source, windows in found.items()}
