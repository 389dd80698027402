# SPDX-License-Identifier: MIT
"""Find out which series of /metrics still change from poll to poll.

If a monitor is paused or edited during a check, a series is left behind, which keeps the state of that check until
Uptime Kuma is restarted (recorded as `paused-or-renamed-in-flight`). Such a series is no evidence. Uptime Kuma 2 counts
each check in the uptime ratios of its monitor, so the ratios of an active monitor change with each check. Those of a
series that was left behind do not.

Readings are saved from run to run, without names. Without saved state the two polls of one run are compared, and a
series that may be either counts as active, but unconfirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from elytra_status.model import BAD_STATES, State, replace
from elytra_status.sources.kuma.responses import LONGEST_INTERVAL, Metrics, MonitorSeries
from elytra_status.system.digest import digest

# A push monitor that reports itself down changes its state without its ratios.
PUSH = "push"


@dataclass(frozen=True)
class Reading:
    """The values of a series at one poll.

    `figures` are the values that every further check changes, empty if there are none. `moves` says that they or the
    state have been seen to change, `still` how long they have not changed, and `gap` how long they stayed the same
    before. `heartbeat` is the time of the monitor's newest heartbeat at that poll. `left` says that heartbeats have
    shown the series to be left behind.
    """

    state: State
    figures: tuple[Fraction, ...]
    at: datetime
    heartbeat: datetime | None = None
    moves: bool = False
    still: timedelta = timedelta(0)
    gap: timedelta = timedelta(0)
    left: bool = False

    def has_failed_since(self, before: Reading, within: timedelta) -> bool:
        """Whether a check has failed since an earlier reading, not long ago.

        Each failed check lowers a ratio. If other checks succeeded in between, it rises or falls less.
        """
        if not {self.state, before.state} <= BAD_STATES or not self.figures or not before.figures:
            return False
        return self.figures[-1] < before.figures[-1] and timedelta(0) < self.at - before.at <= within


def figures_of(series: MonitorSeries) -> tuple[Fraction, ...]:
    """Return the figures that every further check changes, the shortest window first.

    A ratio of 0 stays 0 while every check fails, and a ratio of 1 stays 1 while none does.
    """
    ratios = tuple(ratio for ratio in (series.ratio_1d, series.ratio_30d) if ratio is not None)
    return ratios if series.kind != PUSH and any(0 < ratio < 1 for ratio in ratios) else ()


def mark_of(series: MonitorSeries) -> str:
    """Return what identifies a series without holding a name."""
    text = "\0".join(f"{name}={value}" for name, value in sorted(series.labels))
    return digest(text)


def next_reading(
    series: MonitorSeries, before: Reading | None, now: datetime, heartbeat: datetime | None, longest_step: timedelta
) -> Reading:
    """Return the values of a series now, and how long they have not changed.

    No time between two readings counts for more than `longest_step`, since this machine may have slept or its clock may
    have been set.
    """
    reading = Reading(series.state, figures_of(series), now, heartbeat)
    if before is None:
        return reading
    if (reading.figures, reading.state) != (before.figures, before.state):
        return replace(reading, moves=True, gap=max(before.gap, before.still))
    step = min(max(now - before.at, timedelta(0)), longest_step)
    still = min(before.still + step, LONGEST_INTERVAL)
    return replace(reading, moves=before.moves, still=still, gap=before.gap, left=before.left)


def to_json(readings: Mapping[str, Reading], metrics: Metrics | None) -> dict[str, Any]:
    """Return readings in the form that `from_json` reads.

    A restart of Uptime Kuma removes series that were left behind.
    """
    started = metrics.started.isoformat() if metrics and metrics.started else ""
    return {"started": started, "series": {mark: _to_json(reading) for mark, reading in readings.items()}}


def _to_json(reading: Reading) -> dict[str, Any]:
    return {
        "state": reading.state.value,
        "figures": [str(figure) for figure in reading.figures],
        "at": reading.at.isoformat(),
        "heartbeat": reading.heartbeat.isoformat() if reading.heartbeat else "",
        "moves": reading.moves,
        "left": reading.left,
        "still": reading.still.total_seconds(),
        "gap": reading.gap.total_seconds(),
    }


def from_json(value: Any, metrics: Metrics | None) -> dict[str, Reading]:
    """Return the readings that `to_json` wrote since Uptime Kuma was started.

    Malformed entries are skipped.
    """
    if not isinstance(value, dict) or not isinstance(value.get("series"), dict):
        return {}
    if metrics is None or value.get("started") != (metrics.started.isoformat() if metrics.started else ""):
        return {}
    found = {}
    for mark, stored in value["series"].items():
        try:
            found[mark] = _from_json(stored)
        except (TypeError, ValueError, KeyError, ArithmeticError):
            continue
    return found


def _from_json(stored: Any) -> Reading:
    at = datetime.fromisoformat(stored["at"])
    heartbeat = datetime.fromisoformat(stored["heartbeat"]) if stored["heartbeat"] else None
    still, gap = (timedelta(seconds=float(stored[name])) for name in ("still", "gap"))
    is_possible = all(timedelta(0) <= length <= LONGEST_INTERVAL for length in (still, gap))
    if at.tzinfo is None or (heartbeat and heartbeat.tzinfo is None) or not is_possible:
        raise ValueError("not a reading")
    figures = tuple(Fraction(str(figure)) for figure in stored["figures"])
    state, moves, left = State(stored["state"]), stored["moves"] is True, stored["left"] is True
    return Reading(state, figures, at, heartbeat, moves, still, gap, left)
