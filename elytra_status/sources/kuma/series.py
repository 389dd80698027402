# SPDX-License-Identifier: MIT
"""Read the bad series of /metrics, and choose one if a monitor has several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from elytra_status.model import BAD_STATES, replace
from elytra_status.sources.kuma.matching import MergedMonitor
from elytra_status.sources.kuma.readings import Reading, mark_of, next_reading
from elytra_status.sources.kuma.responses import MonitorSeries, worst_state


def take_readings(
    everything: Iterable[MergedMonitor],
    names_on_page: Mapping[int, str],
    before: Mapping[str, Reading],
    now: datetime,
    longest_step: timedelta,
) -> dict[str, Reading]:
    """Read the series that are bad or have the same id, and return what to save.

    Choose one of those with the same id. No time between two readings counts for more than `longest_step`.
    """
    taken: dict[str, Reading] = {}
    for merged in everything:
        if merged.series is None or (merged.series.state not in BAD_STATES and len(merged.all_series) < 2):
            continue
        newest = merged.heartbeats[-1].time if merged.heartbeats else None
        readings = {}
        for series in merged.all_series:
            mark = mark_of(series)
            readings[mark] = next_reading(series, before.get(mark), now, newest, longest_step)
        taken |= readings
        name = names_on_page.get(merged.identifier) if merged.identifier is not None else None
        merged.series = _choose(merged.all_series, name, readings)
        mark = mark_of(merged.series)
        merged.reading, merged.reading_before = readings[mark], before.get(mark)
        if merged.reading.left or _went_on_without(merged):
            merged.reading = taken[mark] = replace(merged.reading, left=True)
            merged.series = None
    return taken


def _went_on_without(merged: MergedMonitor) -> bool:
    """Whether a bad series was left behind.

    It was bad at the poll before too, and no heartbeat since then is bad. The heartbeats just before that poll count
    too, since one of the two answers may be a moment older than the other.
    """
    reading, before = merged.reading, merged.reading_before
    if not merged.heartbeats or reading is None or before is None or before.heartbeat is None:
        return False
    if not {reading.state, before.state} <= BAD_STATES or reading.figures != before.figures:
        return False
    later = [heartbeat for heartbeat in merged.heartbeats if heartbeat.time > before.heartbeat]
    earlier = [heartbeat for heartbeat in merged.heartbeats if heartbeat.time <= before.heartbeat][-2:]
    return bool(later) and not any(heartbeat.state in BAD_STATES for heartbeat in (*earlier, *later))


def _choose(same: tuple[MonitorSeries, ...], name: str | None, readings: Mapping[str, Reading]) -> MonitorSeries:
    """Return the current series of a monitor if /metrics holds several under one id.

    It is the one with the name that the page has, or the one that changes: a series that did not change while another
    did was left behind. If nothing distinguishes them, the worst counts.
    """
    candidates = [series for series in same if series.name == name] or list(same)
    read = [(series, readings[mark_of(series)]) for series in candidates]
    if any(reading.moves for _, reading in read):
        moved_last = min(reading.still for _, reading in read if reading.moves)
        candidates = [series for series, reading in read if reading.still <= moved_last]
    state = worst_state(*(series.state for series in candidates))
    chosen = next(series for series in candidates if series.state is state)
    return replace(chosen, critical=any(series.critical for series in same))
