# SPDX-License-Identifier: MIT
"""Puts together what /metrics, the public page and its heartbeats say of the same monitor."""

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

# How much longer than usual the next push may take.
PATIENCE = timedelta(minutes=1)
# Uptime Kuma ends a check that has timed out after this at the latest.
GIVEN_UP_AFTER = timedelta(seconds=10)


@dataclass
class MergedMonitor:
    """All that the answers say of one monitor.

    `heartbeats` is None where nothing is known of its heartbeats, and empty where it has had none. `may_be_in_metrics`
    says that /metrics has a series for a monitor of this name, which may be this one. `all_series` are those
    that /metrics has under its id, `series` is the one that counts; `reading` is what a bad one said at this
    poll, `reading_before` at the poll before.
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
        """The length of time that usually lies between two of its heartbeats."""
        return usual_gap(self.heartbeats or ())


@dataclass(frozen=True)
class Moment:
    """When the answers came, and how old a monitor's newest heartbeat may be at least."""

    now: datetime
    stale_after: timedelta

    def age(self, known: MergedMonitor) -> timedelta:
        """Return how old the newest heartbeat of a monitor is that has one."""
        assert known.heartbeats
        return self.now - known.heartbeats[-1].time

    def limit(self, known: MergedMonitor) -> timedelta:
        """Return how old the newest heartbeat may be: a push once a day is no sign of standing still."""
        return max(self.stale_after, 2 * known.usual_gap)

    def is_checked(self, known: MergedMonitor) -> bool:
        """Whether the newest heartbeat of a monitor is recent."""
        return bool(known.heartbeats) and -CLOCK_SKEW <= self.age(known) <= self.limit(known)

    def expected_within(self, known: MergedMonitor) -> timedelta:
        """Return how long after a heartbeat of a monitor, which has beaten, the next one comes at the latest.

        A check begins one interval after the one before, and is given up after four fifths of an interval and 10 s. A
        push comes when somebody pushes: where that is in bursts, the mean is nearer to what is to be expected.
        """
        assert known.heartbeats
        limit, usual = self.limit(known), known.usual_gap
        gaps = [later.time - heartbeat.time for heartbeat, later in pairwise(known.heartbeats)]
        if not gaps:
            return limit
        # The longest of them may have been a pause.
        mean = (sum(gaps, timedelta(0)) - max(gaps)) / max(1, len(gaps) - 1)
        if known.kind == PUSH or mean > 2 * usual:
            return min(limit, 3 * max(mean, usual) + PATIENCE)
        gap = max(gaps[-1], usual)
        return min(limit, max(2 * gap, gap * 9 / 5 + GIVEN_UP_AFTER))

    def is_overdue(self, known: MergedMonitor) -> bool:
        """Whether a monitor that has beaten is later with its next heartbeat than it ever ought to be."""
        return self.age(known) > self.expected_within(known)


def usual_gap(heartbeats: tuple[Heartbeat, ...]) -> timedelta:
    """Return the length of time that usually lies between two heartbeats, 0 where there are not two."""
    times = [heartbeat.time for heartbeat in heartbeats]
    gaps = list(map(operator.sub, times[1:], times))
    # What is pending is checked again after the retry interval, which may be far shorter.
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
    """Return one entry for each monitor that any answer names, in an order that does not depend on theirs.

    Monitors are the same where their ids are. Uptime Kuma 1 gives no ids in /metrics: there a name and
    type that stand once on both sides are the same monitor; where they stand more often, those on the
    page are taken by their heartbeats, and what /metrics has more than those is added.
    """
    listed = page or {}
    known: dict[int, MergedMonitor] = {}
    for identifier in listed.keys() | (heartbeats.by_monitor.keys() if heartbeats else set()):
        entry = listed.get(identifier)
        name, kind, critical = (entry.name, entry.kind, entry.critical) if entry else ("", "", False)
        its_heartbeats = heartbeats.by_monitor.get(identifier) if heartbeats else None
        known[identifier] = MergedMonitor(
            f"{source}:{identifier}", identifier, name, kind, heartbeats=its_heartbeats, critical=critical
        )
    nameless: dict[tuple[str, str], list[MonitorSeries]] = defaultdict(list)
    for series in metrics.series if metrics else ():
        if series.identifier is None:
            nameless[series.name, series.kind].append(series)
        else:
            default = MergedMonitor(f"{source}:{series.identifier}", series.identifier, series.name, series.kind)
            _attach(known.setdefault(series.identifier, default), series)
    added = list(_match_by_name(source, list(known.values()), nameless, moment))
    return [known[identifier] for identifier in sorted(known)] + sorted(added, key=lambda one: one.key)


def _attach(known: MergedMonitor, series: MonitorSeries) -> None:
    known.all_series = (*known.all_series, series)
    # Where there are several, one is chosen later.
    known.series = known.series or series
    known.name = known.name or series.name
    known.kind = known.kind or series.kind
    known.critical = known.critical or series.critical


def _match_by_name(
    source: str, known: list[MergedMonitor], nameless: dict[tuple[str, str], list[MonitorSeries]], moment: Moment
) -> Iterator[MergedMonitor]:
    on_page: dict[tuple[str, str], list[MergedMonitor]] = defaultdict(list)
    for entry in known:
        on_page[entry.name, entry.kind].append(entry)
    for name_and_kind, all_series in nameless.items():
        same = on_page.get(name_and_kind, [])
        if len(same) == len(all_series) == 1:
            _attach(same[0], all_series[0])
            continue
        # A monitor without recent heartbeats may be paused, and then has no series: it must not stand for another's.
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
        # One that is not up, and that no heartbeat accounts for, counts in any case: a heartbeat may come a moment
        # later.
        not_up = sum(series.state is not State.UP for series in extra)
        for series in extra[: max(not_up, len(all_series) - len(beating))]:
            key = key_without_id(source, series.name, series.kind, series.url, series.host, series.port)
            yield MergedMonitor(
                key, None, series.name, series.kind, series, critical=series.critical, all_series=(series,)
            )


def key_without_id(source: str, *texts: str) -> str:
    """Return the key of a monitor of which /metrics gives no id: by its name, type, URL, host and port."""
    name_digest = digest("\0".join(texts), 12)
    return f"{source}:~{name_digest}"
