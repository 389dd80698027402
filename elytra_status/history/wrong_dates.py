# SPDX-License-Identifier: MIT
"""Delete what a wrong clock has dated in the future, before it counts.

This release saves nothing while the clock is wrong, but an earlier one did.
"""

from __future__ import annotations

import sqlite3

from elytra_status.history.spans import DAY, HOUR


def take_back_future(connection: sqlite3.Connection, latest: int) -> None:
    """Delete what was observed after `latest`, in seconds since 1970.

    Correct later times of having been seen. Names stay, because they are private whatever their date.
    """
    connection.execute("DELETE FROM changes WHERE time > ?", (latest,))
    connection.execute("DELETE FROM spans WHERE first > ?", (latest,))
    connection.execute("UPDATE spans SET last = ? WHERE last > ?", (latest, latest))
    connection.execute("DELETE FROM hours WHERE hour > ?", (latest // HOUR,))
    connection.execute("DELETE FROM days WHERE day > ?", (latest // DAY,))
    connection.execute("DELETE FROM cut_off WHERE since > ?", (latest,))
    connection.execute("UPDATE cut_off SET until = ? WHERE until > ?", (latest, latest))
    connection.execute("UPDATE monitors SET seen = ? WHERE seen > ?", (latest, latest))
    connection.execute("UPDATE words SET seen = ? WHERE seen > ?", (latest, latest))
    full_hour = latest // HOUR * HOUR
    connection.execute("UPDATE about SET value = ? WHERE name = 'summed_until' AND value > ?", (full_hour, latest))
