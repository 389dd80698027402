# SPDX-License-Identifier: MIT
"""Takes back what a wrong clock has dated in the future, before the time comes at which it would count.

This release keeps nothing while the clock is wrong; an earlier one did. The rule is "The clock" of the contract.
"""

from __future__ import annotations

import sqlite3

from elytra_status.history.spans import DAY, HOUR


def take_back_future(connection: sqlite3.Connection, latest: int) -> None:
    """Forget what was observed after `latest`, in seconds since 1970, and say of nothing that it was seen later.

    Names stay: they are private however they were dated.
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
