# SPDX-License-Identifier: MIT
"""When sources were cut off from the network: what they saw fail then is no evidence of anything but that."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from elytra_status.history.spans import DAY, Window, apart_from_one_another

# Longer than the longest window that is published.
KEPT = 33 * DAY


def note_cut_off(connection: sqlite3.Connection, cut_off: Mapping[str, Window], now: int) -> None:
    """Remember by source when it was cut off. What begins at the same moment is the same, and may last longer."""
    connection.executemany(
        "INSERT OR REPLACE INTO cut_off VALUES (?, ?, ?)", ((source, *window) for source, window in cut_off.items())
    )
    connection.execute("DELETE FROM cut_off WHERE until < ?", (now - KEPT,))


def known_cut_off(connection: sqlite3.Connection, cut_off: Mapping[str, Window]) -> dict[str, list[Window]]:
    """Return by source when it was cut off, as it is remembered and as it is known now."""
    found: dict[str, list[Window]] = defaultdict(list)
    for source, since, until in connection.execute("SELECT source, since, until FROM cut_off"):
        found[source].append((since, until))
    for source, window in cut_off.items():
        found[source].append(window)
    return {source: apart_from_one_another(windows) for source, windows in found.items()}
