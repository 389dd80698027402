# SPDX-License-Identifier: MIT
"""Merge what /metrics, the page and its heartbeats say of one monitor."""

from __future__ import annotations

import functools
import operator
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from elytra_status.model import CLOCK_SKEW, Heartbeat, State
from elytra_status.sources.kuma.readings import PUSH, Reading
from elytra_status.sources.kuma.responses import (
    LONGEST_INTERVAL,
    WORST_FIRST,
    Metrics,
    MonitorSeries,
    PageHeartbeats,
    PageMonitor,
)
from elytra_status.system.digest import digest

# How much later than usual the next push may come.
PATIENCE = timedelta(minutes=1)
# Uptime Kuma aborts a check this long after its timeout at the latest.
GIVEN_UP_AFTER = timedelta(seconds=10)


@dataclass
class MergedMonitor:
    """Everything that the answers say of one monitor.

    `heartbeats` is None if nothing is known of its heartbeats, and empty if it has had none. `may_be_in_metrics` says
    that /metrics has a series with this name, which may be that of this monitor. `all_series` are the series under its
    id in /metrics, and `series` is the one that counts. `reading` is the value of a bad series at this poll,
    `reading_before` at the poll before.
    """

    key: str
    identifier: int | None
    name: str = field(repr=False)
    kind: str
    series: MonitorSeries | None = None
    heartbeats: tuple[Heartbeat, ...] | None = None
    may_be_in_metrics: bool = False
    critical: bool = False
    all_series: tuple[MonitorSeries, ...] = ()
    reading: Reading | None = None
    reading_before: Reading | None = None

    @functools.cached_property
    def usual_gap(self) -> timedelta:
        """The usual time between two of its heartbeats."""
        return usual_gap(self.heartbeats or ())


@dataclass(frozen=True)
class Moment:
    """When the answers came, and the allowed age of a monitor's newest heartbeat."""

    now: datetime
    stale_after: timedelta

    def age(self, merged: MergedMonitor) -> timedelta:
        """Return the age of the newest heartbeat of a monitor that has one."""
        assert merged.heartbeats
        return self.now - merged.heartbeats[-1].time

    def limit(self, merged: MergedMonitor) -> timedelta:
        """Return the allowed age of the newest heartbeat.

        It is longer for a monitor with a long interval, such as one push a day.
        """
        return max(self.stale_after, 2 * merged.usual_gap)

    def is_checked(self, merged: MergedMonitor) -> bool:
        """Whether the newest heartbeat of a monitor is recent."""
        return bool(merged.heartbeats) and -CLOCK_SKEW <= self.age(merged) <= self.limit(merged)

    def expected_within(self, merged: MergedMonitor) -> timedelta:
        """Return the longest time from a heartbeat to the next one.

        A check begins one interval after the one before, and is given up after four fifths of an interval and 10 s. A
        push comes when somebody pushes. If pushes come in bursts, the mean is the better estimate.
        """
        assert merged.heartbeats
        limit, usual = self.limit(merged), merged.usual_gap
        gaps = [later.time - heartbeat.time for heartbeat, later in pairwise(merged.heartbeats)]
        if not gaps:
            return limit
        # The longest gap may have been a pause.
        mean = (sum(gaps, timedelta(0)) - max(gaps)) / max(1, len(gaps) - 1)
        if merged.kind == PUSH or mean > 2 * usual:
            return min(limit, 3 * max(mean, usual) + PATIENCE)
        gap = max(gaps[-1], usual)
        return min(limit, max(2 * gap, gap * 9 / 5 + GIVEN_UP_AFTER))

    def is_overdue(self, merged: MergedMonitor) -> bool:
        """Whether a monitor with heartbeats is later with the next one than it can be."""
        return self.age(merged) > self.expected_within(merged)


def usual_gap(heartbeats: tuple[Heartbeat, ...]) -> timedelta:
    """Return the usual time between two heartbeats, 0 if there are fewer than two."""
    times = [heartbeat.time for heartbeat in heartbeats]
    gaps = list(map(operator.sub, times[1:], times))
    # A pending monitor is checked again after the retry interval, which may be far shorter.
    gaps = [
        gap for gap, heartbeat in zip(gaps, heartbeats, strict=False) if heartbeat.state is not State.PENDING
    ] or gaps
    return min(statistics.median(gaps), LONGEST_INTERVAL) if gaps else timedelta(0)


def gather(
    source: str,
    metrics: Metrics | None,
    page: dict[int, PageMonitor] | None,
    heartbeats: PageHeartbeats | None,
    moment: Moment,
) -> list[MergedMonitor]:
    """Return one entry for each monitor that any answer names, in a stable order.

    Monitors with the same id are the same. Uptime Kuma 1 gives no ids in /metrics: a name and type that occur once on
    both sides are the same monitor. If they occur more often, the monitors on the page are judged by their heartbeats,
    and additional series of /metrics are added.
    """
    listed = page or {}
    merged: dict[int, MergedMonitor] = {}
    for identifier in listed.keys() | (heartbeats.by_monitor.keys() if heartbeats else set()):
        entry = listed.get(identifier)
        name, kind, critical = (entry.name, entry.kind, entry.critical) if entry else ("", "", False)
        its_heartbeats = heartbeats.by_monitor.get(identifier) if heartbeats else None
        merged[identifier] = MergedMonitor(
            f"{source}:{identifier}", identifier, name, kind, heartbeats=its_heartbeats, critical=critical
        )
    nameless: dict[tuple[str, str], list[MonitorSeries]] = defaultdict(list)
    for series in metrics.series if metrics else ():
        if series.identifier is None:
            nameless[series.name, series.kind].append(series)
        else:
            default = MergedMonitor(f"{source}:{series.identifier}", series.identifier, series.name, series.kind)
            _attach(merged.setdefault(series.identifier, default), series)
    added = list(_match_by_name(source, list(merged.values()), nameless, moment))
    return [merged[identifier] for identifier in sorted(merged)] + sorted(added, key=lambda one: one.key)


def _attach(merged: MergedMonitor, series: MonitorSeries) -> None:
    merged.all_series = (*merged.all_series, series)
    # If there are several, one is chosen later.
    merged.series = merged.series or series
    merged.name = merged.name or series.name
    merged.kind = merged.kind or series.kind
    merged.critical = merged.critical or series.critical


def _match_by_name(
    source: str, everything: list[MergedMonitor], nameless: dict[tuple[str, str], list[MonitorSeries]], moment: Moment
) -> Iterator[MergedMonitor]:
    on_page: dict[tuple[str, str], list[MergedMonitor]] = defaultdict(list)
    for entry in everything:
        on_page[entry.name, entry.kind].append(entry)
    for name_and_kind, all_series in nameless.items():
        same = on_page.get(name_and_kind, [])
        if len(same) == len(all_series) == 1:
            _attach(same[0], all_series[0])
            continue
        # A monitor without recent heartbeats may be paused and then has no series. It must not stand for another one's.
        beating = [entry for entry in same if moment.is_checked(entry) and not moment.is_overdue(entry)]
        for entry in same:
            entry.may_be_in_metrics = len(beating) < len(all_series)
        accounted = Counter(entry.heartbeats[-1].state for entry in beating if entry.heartbeats)
        extra = []
        for series in sorted(all_series, key=lambda one: (WORST_FIRST.index(one.state), one.url, one.host, one.port)):
            if accounted[series.state] > 0:
                accounted[series.state] -= 1
            else:
                extra.append(series)
        # A series that is not up, and that no heartbeat explains, always counts: the heartbeat may come a moment later.
        not_up = sum(series.state is not State.UP for series in extra)
        for series in extra[: max(not_up, len(all_series) - len(beating))]:
            key = key_without_id(source, series.name, series.kind, series.url, series.host, series.port)
            yield MergedMonitor(
                key, None, series.name, series.kind, series, critical=series.critical, all_series=(series,)
            )


def key_without_id(source: str, *texts: str) -> str:
    """Return the key of a monitor to which /metrics gives no id.

    It is made from its name, type, URL, host and port.
    """
    name_digest = digest("\0".join(texts), 12)
    return f"{source}:~{name_digest}"
