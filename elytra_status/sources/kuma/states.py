# SPDX-License-Identifier: MIT
"""Decide the state of one monitor from its series in /metrics and its heartbeats.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from elytra_status.model import BAD_STATES, CLOCK_SKEW, Heartbeat, Monitor, State, replace
from elytra_status.sources.kuma.matching import MergedMonitor, Moment
from elytra_status.sources.kuma.readings import PUSH, Reading
from elytra_status.sources.kuma.responses import Metrics, MonitorSeries, PageHeartbeats, worst_state
from elytra_status.system.clock import for_people

# With the public page alone, a monitor without a heartbeat for this long counts as paused.
PAUSED_AFTER = timedelta(days=1)
# The first heartbeat of a monitor gives no gap. A second one may take this long, so that a daily check is not late.
FIRST_GAP = timedelta(hours=26)
# Checks of these types end before the next one is due. Others may hang.
ENDS_IN_TIME = frozenset({"http", "keyword", "json-query", "port", "ping", "dns", "group"})
# How far a heartbeat may be from its usual time if only the interval determines it.
ON_SCHEDULE = timedelta(seconds=2)

AHEAD = "{} with a heartbeat in the future"
UNREADABLE = "{} whose heartbeats are missing, or cannot be read"
TAKEN_FOR_PAUSED = "{} without a heartbeat for a day, taken for paused"
STILL = "{} still bad in /metrics, but no longer checked (paused or edited during a check, or stuck)"
LEFT_BEHIND = "{} with a state in /metrics that a pause or an edit left behind, which does not count"
PAUSED = "{} paused"
NO_HEARTBEAT = "{} without any heartbeat yet"
NOT_KNOWN = "{} not in /metrics, and its heartbeats are not known"

PAUSED_IN_CHECK = "paused during a check, or stuck? Restart Uptime Kuma"
# The remark on a monitor that may be paused.
LEFT = "/metrics has a state that was left behind; restart Uptime Kuma"
NO_LONGER_IN_METRICS = "no longer in /metrics (paused, or edited?)"
# The remedy if nothing distinguishes a paused monitor from one that is down.
MAY_BE_LEFT_BEHIND = "if it was paused or renamed, restart Uptime Kuma: nothing else removes this state"


@dataclass(frozen=True)
class Whole:
    """Facts about all monitors. `latest` is the newest of all current heartbeats."""

    moment: Moment
    metrics: Metrics | None
    heartbeats: PageHeartbeats | None
    stuck: bool
    latest: datetime | None
    restarted: datetime | None

    def others_went_on(self, merged: MergedMonitor) -> timedelta:
        """Return how long other monitors were checked after a monitor's newest heartbeat."""
        assert merged.heartbeats
        newest = merged.heartbeats[-1].time
        return (self.latest or newest) - newest


def judge_one(merged: MergedMonitor, whole: Whole) -> tuple[Monitor | None, str]:
    """Return a monitor, None if it does not count, and a remark on it."""
    unknown = Monitor(
        merged.key,
        merged.name,
        State.UNKNOWN,
        heartbeats=merged.heartbeats or (),
        rests_on_heartbeats=bool(merged.heartbeats),
        critical=merged.critical,
    )
    if not merged.heartbeats:
        if merged.series is not None:
            return _from_metrics(merged, unknown, whole)
        if merged.heartbeats is not None:
            return None, NO_HEARTBEAT
        unknown = replace(unknown, evidence=("no heartbeats that can be read",))
        return (None, NOT_KNOWN) if whole.heartbeats is None else (unknown, UNREADABLE)
    age = whole.moment.age(merged)
    if age < -CLOCK_SKEW:
        return replace(unknown, evidence=("newest heartbeat in the future",)), AHEAD
    is_missing = merged.series is None and whole.metrics is not None and not merged.may_be_in_metrics
    if is_missing and _is_paused(merged, whole):
        return None, PAUSED
    if _was_paused_in_check(merged, whole):
        return replace(unknown, evidence=(f"no check since, while others go on: {PAUSED_IN_CHECK}",)), STILL
    limit = _limit(merged, whole)
    if age <= limit:
        monitor, words = _from_heartbeats(merged, unknown, limit)
        if merged.reading and merged.reading.left:
            return replace(monitor, evidence=(*monitor.evidence, LEFT)), LEFT_BEHIND
        if is_missing and not whole.restarted:
            monitor = replace(monitor, evidence=(*monitor.evidence, NO_LONGER_IN_METRICS))
        return monitor, words
    if whole.metrics is None and whole.others_went_on(merged) > max(PAUSED_AFTER, limit):
        return None, TAKEN_FOR_PAUSED
    stopped = replace(unknown, evidence=(f"no heartbeat for more than {for_people(limit.total_seconds())}",))
    if merged.series is None or whole.others_went_on(merged) <= limit:
        return stopped, ""
    words = STILL if merged.series.state in BAD_STATES else ""
    return replace(stopped, evidence=(*stopped.evidence, f"others go on: {PAUSED_IN_CHECK}")), words


def _limit(merged: MergedMonitor, whole: Whole) -> timedelta:
    """Return the allowed age of the newest heartbeat.

    The first heartbeat of a monitor gives no gap. If /metrics shows it as active and up, its interval may be long.
    """
    assert merged.heartbeats
    limit = whole.moment.limit(merged)
    is_new = merged.usual_gap == timedelta(0) and merged.series is not None
    if (
        is_new
        and not whole.stuck
        and merged.series
        and not {merged.series.state, merged.heartbeats[-1].state} & BAD_STATES
    ):
        return max(limit, FIRST_GAP)
    return limit


def _is_paused(merged: MergedMonitor, whole: Whole) -> bool:
    """Whether a monitor that is missing from /metrics is paused.

    An edited monitor is missing until its next heartbeat. A monitor with a tag newer than the start of Uptime Kuma is
    missing but has heartbeats. After a start all are missing until their first heartbeat.
    """
    assert merged.heartbeats
    if whole.restarted and whole.restarted - merged.heartbeats[-1].time <= whole.moment.limit(merged):
        return False
    return whole.moment.is_overdue(merged)


def _was_paused_in_check(merged: MergedMonitor, whole: Whole) -> bool:
    """Whether a monitor that /metrics shows as bad was paused during a check.

    Its check would have ended in time, and other monitors were checked when it was due. Its newest heartbeat came on
    time: after an edit a heartbeat comes at once, and the interval may have become longer.
    """
    if merged.series is None or not merged.heartbeats or len(merged.heartbeats) < 3 or merged.kind not in ENDS_IN_TIME:
        return False
    if not {merged.series.state, merged.heartbeats[-1].state} <= BAD_STATES:
        return False
    last = merged.heartbeats[-1].time - merged.heartbeats[-2].time
    is_on_schedule = abs(last - merged.usual_gap) <= ON_SCHEDULE
    overdue = whole.moment.expected_within(merged)
    return is_on_schedule and whole.moment.is_overdue(merged) and whole.others_went_on(merged) > overdue


def _from_metrics(merged: MergedMonitor, unknown: Monitor, whole: Whole) -> tuple[Monitor, str]:
    """Return a monitor that only /metrics names, and a remark on it.

    A bad state whose figures do not change is one check, and after some time no check at all.
    """
    assert merged.series
    # Metrics have no times: if all heartbeats have stopped, so have they.
    if whole.stuck:
        return replace(unknown, evidence=("/metrics alone, while Uptime Kuma has stopped",)), ""
    monitor = replace(unknown, state=merged.series.state, evidence=("/metrics alone",))
    reading, before = merged.reading, merged.reading_before
    if reading is None or merged.series.state not in BAD_STATES:
        return monitor, ""
    limit = max(whole.moment.stale_after, 2 * reading.gap)
    if reading.figures and reading.still >= limit:
        since = for_people(reading.still.total_seconds())
        words = f"its figures in /metrics have not changed for {since}: paused or edited during a check?"
        return replace(unknown, evidence=("/metrics alone", f"{words} Restart Uptime Kuma")), STILL
    if before and reading.has_failed_since(before, whole.moment.stale_after):
        monitor = replace(monitor, confirmed=True, confirmed_by="two checks")
    if not reading.figures and _has_no_figures(merged.series, whole):
        monitor = replace(monitor, evidence=(*monitor.evidence, MAY_BE_LEFT_BEHIND))
    return replace(monitor, check=_check(reading)), ""


def _has_no_figures(series: MonitorSeries, whole: Whole) -> bool:
    """Whether /metrics cannot show that a check ended after a pause.

    That is so in Uptime Kuma 1, and if no check has succeeded.
    """
    is_first = whole.metrics is not None and (whole.metrics.version or "").startswith("1.")
    return is_first or (series.kind != PUSH and series.ratio_30d is not None)


def _check(reading: Reading | None) -> str:
    """Return what identifies the check that a series shows, '' if nothing does."""
    return " ".join(map(str, reading.figures)) if reading else ""


def _from_heartbeats(merged: MergedMonitor, unknown: Monitor, limit: timedelta) -> tuple[Monitor, str]:
    """Return a monitor with fresh heartbeats: its state, confirmation and beginning.

    If /metrics and the heartbeats disagree, one of them is a moment older: the worse counts, unconfirmed. A monitor
    that is pending after it was down, and was not up in between, is still down: after a restart, Uptime Kuma counts
    retries from the beginning.
    """
    assert merged.heartbeats
    newest = merged.heartbeats[-1].state
    alike = BAD_STATES if newest in BAD_STATES else {newest}
    run = list(merged.heartbeats[::-1])
    # Usually all heartbeats are alike, and need not be examined one by one.
    if not {heartbeat.state for heartbeat in run} <= alike:
        run = list(takewhile(lambda heartbeat: heartbeat.state in alike, run))
    in_metrics = merged.series.state if merged.series is not None else State.UNKNOWN
    state = worst_state(newest, in_metrics) if merged.series is not None else newest
    agreed = in_metrics in (newest, State.UNKNOWN) or (newest in BAD_STATES and in_metrics in BAD_STATES)
    if not agreed:
        words = f"/metrics says {in_metrics.value}, the newest heartbeat {newest.value}: the worse counts"
        check = _check(merged.reading) if in_metrics in BAD_STATES and newest not in BAD_STATES else ""
        return replace(unknown, state=state, evidence=(words,), check=check), ""
    if state is State.UNKNOWN:
        return replace(unknown, evidence=("a state that Uptime Kuma does not have",)), ""
    confirmed = state in BAD_STATES and len({heartbeat.time for heartbeat in run}) >= 2
    origin = "heartbeats" if merged.series is None else "heartbeats and /metrics"
    evidence: tuple[str, ...] = (origin,)
    if state is State.PENDING and _was_down(run, limit):
        state, evidence = State.DOWN, (*evidence, "down before, and not up since")
    by = "two heartbeats" if confirmed else ""
    since = run[-1].time
    return replace(unknown, state=state, confirmed=confirmed, confirmed_by=by, since=since, evidence=evidence), ""


def _was_down(run: list[Heartbeat], limit: timedelta) -> bool:
    """Whether a run of bad heartbeats contains a down one and no long gap since.

    The heartbeats are newest first. A long gap is longer than `limit`.
    """
    for later, heartbeat in pairwise(run):
        if later.time - heartbeat.time > limit:
            return False
        if heartbeat.state is State.DOWN:
            return True
    return False
