# SPDX-License-Identifier: MIT
"""The cost of the history: time and space, with 1,000 monitors."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from elytra_status.history import History, complete
from elytra_status.history.importing import EarlierMonitor, ImportedBefore, take_in_earlier
from elytra_status.history.spans import DAY, HOUR, Tally
from elytra_status.history.store import FILE
from elytra_status.model import MONITORS, Heartbeat, Monitor, Report, State, Uptime

SOURCE = "uptime_kuma"


def in_directory(directory: Path) -> History:
    return History(directory / FILE, True, 400, timedelta(minutes=30))


def fill(directory: Path, monitors: int, days: int, now: datetime, down_every: int = 1) -> None:
    """Make a history of this many monitors and days. On one day of `down_every`, each was down for some minutes."""
    today, hour = int(now.timestamp()) // DAY, int(now.timestamp()) // HOUR
    made = []
    for number in range(1, monitors + 1):
        hours = {
            one: _tally(HOUR, one * number % 700, (one // 24 + number) % down_every == 0)
            for one in range(hour - min(days, 33) * 24, hour)
        }
        sums = {
            one: _tally(DAY, one * number % 7000, (one + number) % down_every == 0)
            for one in range(today - days, today)
        }
        made.append(EarlierMonitor((f"{SOURCE}:{number}",), f"Customer site {number:05}", True, hours, sums, []))
    take_in_earlier(directory / FILE, ImportedBefore(made, 0), now, (), 400)


def _tally(length: int, down: int, was_down: bool) -> Tally:
    return Tally(length - down, down) if was_down else Tally(length, 0)


def listed(monitors: int, now: datetime, heartbeats: int, flapping: int = 0) -> Report:
    """Return the report of a source with this many monitors, some of which change with every heartbeat."""
    own = Uptime(Fraction(1), Fraction(1), Fraction(1))
    return Report(
        SOURCE,
        MONITORS,
        monitors=tuple(
            Monitor(
                f"{SOURCE}:{number}",
                f"Customer site {number:05}",
                State.UP,
                uptime=own,
                heartbeats=tuple(
                    Heartbeat(
                        now - timedelta(minutes=heartbeats - place, seconds=number % 60),
                        State.DOWN if number <= flapping and place % 2 else State.UP,
                    )
                    for place in range(heartbeats)
                ),
            )
            for number in range(1, monitors + 1)
        ),
    )


def seconds_to_take_in(directory: Path, heartbeats: int = 100_000) -> float:
    """Return how long it takes to save this many heartbeats of 1,000 new monitors."""
    now = datetime.now(UTC)
    report = listed(1000, now, heartbeats // 1000)
    began = time.perf_counter()
    complete(in_directory(directory), (report,), now)
    return time.perf_counter() - began


def megabytes(directory: Path, monitors: int = 1000, days: int = 400) -> tuple[float, float]:
    """Return the size of a full history, and its size three days later if some monitors change all the time."""
    now = datetime.now(UTC)
    fill(directory, monitors, days, now)
    before = (directory / FILE).stat().st_size
    for hours in range(72):
        moment = now + timedelta(hours=hours)
        complete(in_directory(directory), (listed(monitors, moment, 60, flapping=monitors // 20),), moment)
    return before / 1e6, (directory / FILE).stat().st_size / 1e6
