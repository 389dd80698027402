# SPDX-License-Identifier: MIT
"""Decide whether failures are evidence of the platform or of an isolated source.

A monitoring system that has lost its own network sees everything fail at the same moment. If CONNECTIVITY_URL is
unreachable too, what the source sees is evidence about itself and counts as unknown. That lasts until the source is no
longer isolated. What it saw until then does not count later either. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from elytra_status.model import BAD_STATES, Monitor, Report, State
from elytra_status.system.clock import to_text

# A check is dated by its beginning. A check under way when the network failed began a moment before.
SAME_MOMENT = timedelta(seconds=15)
# A check that succeeded when the network came back may have waited for that: Uptime Kuma waits 48 s by default.
LONGEST_CHECK = timedelta(minutes=1)
_TIMES = ("began", "seen", "until", "well")


class Phase(str, Enum):
    """Whether a source is isolated.

    - WELL: nothing suggests that it is.
    - SUSPECTED: everything fails, but CONNECTIVITY_URL is reachable, perhaps only since a moment ago. A
      monitor that fails again after that is down.
    - ISOLATED: everything fails, and CONNECTIVITY_URL is unreachable. What the source sees is no evidence.
    - OVER: the source was isolated. What it saw until then is no evidence.
    """

    WELL = "well"
    SUSPECTED = "suspected"
    ISOLATED = "isolated"
    OVER = "over"


@dataclass(frozen=True)
class Isolation:
    """What is known about the network of one source.

    If a monitor went down after `began`, what the source saw of it until `seen` is no evidence. `well` is when the
    source was last known not to be isolated while something failed. These are times of the source's own clock. `until`
    is when the source was last polled while it was not WELL, by this machine's clock.
    """

    phase: Phase = Phase.WELL
    began: datetime | None = None
    seen: datetime | None = None
    until: datetime | None = None
    well: datetime | None = None


def judge_isolation(report: Report, before: Isolation, now: datetime, answers: Callable[[], bool]) -> Isolation:
    """Return whether a source is isolated after a poll.

    `answers` requests CONNECTIVITY_URL. It is called only if the result depends on it.
    """
    if report.problem:
        return before
    began = _last_well(report, before.well)
    fails = _all_fails_since(report, began, before.well)
    newest = max((monitor.heartbeats[-1].time for monitor in report.monitors if monitor.heartbeats), default=now)
    if before.phase is Phase.ISOLATED:
        # The poll that ends the isolation still belongs to it: checks succeed only a moment after the network returns.
        phase = Phase.ISOLATED if fails and not answers() else Phase.OVER
        return replace(before, phase=phase, seen=newest, until=now)
    if not fails:
        if not any(monitor.state in BAD_STATES for monitor in report.monitors):
            return Isolation()
        # An old failure that continues must not look like isolation once its beginning is no longer listed.
        return replace(before, well=newest if before.well else None)
    if not answers():
        return Isolation(Phase.ISOLATED, began, newest, now, before.well)
    if before.phase is Phase.OVER:
        return replace(before, well=newest)
    if before.phase is Phase.SUSPECTED:
        was_checked_again = before.seen is not None and newest > before.seen
        return Isolation(well=newest) if was_checked_again else before
    return Isolation(Phase.SUSPECTED, began, newest, now, before.well)


def isolated_times(isolations: Mapping[str, Isolation]) -> dict[str, tuple[datetime | None, datetime]]:
    """Return the sources that are or were isolated, with the times of isolation.

    They are the time at which it began, if known, and the time of its last evidence.
    """
    sure = (Phase.ISOLATED, Phase.OVER)
    return {source: (one.began, one.seen) for source, one in isolations.items() if one.phase in sure and one.seen}


def bad_since(monitor: Monitor) -> datetime | None:
    """Return when the bad state of a monitor began, None if that is not known.

    Its heartbeats may not go back to the beginning.
    """
    began = None if monitor.heartbeats else monitor.since
    for heartbeat in reversed(monitor.heartbeats):
        if heartbeat.state not in BAD_STATES:
            break
        began = heartbeat.time
    return began


def _failed(monitor: Monitor) -> datetime | None:
    """Return when a monitor in a bad state failed, None if that is not known.

    A source that waits for messages reports down once its patience has run out.
    """
    return monitor.contact.last + monitor.contact.patience if monitor.contact else bad_since(monitor)


def _last_success(monitor: Monitor) -> datetime | None:
    """Return when the source last reached a monitor, or was reached by it."""
    if monitor.contact:
        return monitor.contact.last
    return next((heartbeat.time for heartbeat in reversed(monitor.heartbeats) if heartbeat.state is State.UP), None)


def _last_well(report: Report, well: datetime | None) -> datetime | None:
    """Return when the source was last known not to be isolated, None if unknown."""
    seen_up = map(_last_success, report.monitors)
    latest = max((moment - SAME_MOMENT for moment in seen_up if moment), default=None)
    return max((moment for moment in (latest, well) if moment), default=None)


def _all_fails_since(report: Report, began: datetime | None, well: datetime | None) -> bool:
    """Whether something went down after a moment and every check since has failed.

    A monitor that has not been checked since is no evidence. Without heartbeats and messages the time of a check is not
    known.
    """
    bad = [_failed(monitor) for monitor in report.monitors if monitor.state in BAD_STATES]
    is_up = [monitor for monitor in report.monitors if monitor.state is State.UP]
    if any(not monitor.heartbeats and not monitor.contact for monitor in is_up):
        return False
    return any(moment > began if moment and began else well is None and not is_up for moment in bad)


def without_isolated(report: Report, isolation: Isolation, now: datetime) -> Report:
    """Return a report in which failures are unknown that isolation may explain."""
    if isolation.until is None or report.problem:
        return report
    monitors = tuple(_without_isolated(monitor, isolation, now) for monitor in report.monitors)
    if [monitor.state for monitor in monitors] == [monitor.state for monitor in report.monitors]:
        return replace(report, monitors=monitors)
    since = f" since {to_text(isolation.began)}" if isolation.began else ""
    words = {
        Phase.SUSPECTED: "may have been isolated until a moment ago",
        Phase.ISOLATED: f"is isolated{since}",
        Phase.OVER: f"was isolated until {to_text(isolation.until)}",
    }
    return replace(report, monitors=monitors, isolation=words[isolation.phase])


def without_stale_confirmation(report: Report, well: datetime | None) -> Report:
    """Return a report without confirmations from a possible isolation.

    It is possible while two heartbeats of a monitor failed and no other monitor was up, if others have come up since:
    the source has not checked this monitor again. A failure before `well`, when the source was known not to be
    isolated, stays confirmed.
    """
    confirmed = [monitor for monitor in report.monitors if monitor.confirmed]
    if not confirmed:
        return report
    up = sorted(
        heartbeat.time for monitor in report.monitors for heartbeat in monitor.heartbeats if heartbeat.state is State.UP
    )
    stale = set()
    for monitor in confirmed:
        began = bad_since(monitor)
        if monitor.heartbeats and began and (well is None or began > well):
            first = bisect_right(up, began + SAME_MOMENT)
            last = bisect_left(up, monitor.heartbeats[-1].time - LONGEST_CHECK)
            if first >= last < len(up):
                stale.add(monitor.key)
    monitors = (replace(one, confirmed=False) if one.key in stale else one for one in report.monitors)
    return replace(report, monitors=tuple(monitors)) if stale else report


def _without_isolated(monitor: Monitor, isolation: Isolation, now: datetime) -> Monitor:
    if monitor.state not in BAD_STATES:
        return monitor
    assert isolation.until is not None
    assert isolation.seen is not None
    began = _failed(monitor)
    if began is not None and isolation.began is not None and began <= isolation.began:
        return monitor
    if monitor.contact:
        # A message that the network has lost is missing until the next message is due.
        is_evidence = monitor.contact.last > isolation.seen or now > isolation.until + monitor.contact.patience
        confirmed = monitor.confirmed
    elif began is None or not monitor.heartbeats:
        # A state without a time has the time of the poll.
        is_evidence, confirmed = now > isolation.until, monitor.confirmed
    else:
        later = {
            heartbeat.time
            for heartbeat in monitor.heartbeats
            if heartbeat.time > isolation.seen and heartbeat.time >= began
        }
        is_evidence = bool(later)
        confirmed = monitor.confirmed and (len(later) > 1 or isolation.phase is Phase.SUSPECTED)
    if not is_evidence:
        words = ("seen only while its source was isolated, or may have been",)
        return replace(monitor, state=State.UNKNOWN, confirmed=False, evidence=words)
    return replace(monitor, confirmed=confirmed)


def to_json(isolations: Mapping[str, Isolation]) -> dict[str, Any]:
    """Return isolations by source, in the form that `from_json` reads."""
    return {source: _to_json(isolation) for source, isolation in isolations.items() if isolation != Isolation()}


def _to_json(isolation: Isolation) -> dict[str, Any]:
    times = {name: moment.isoformat() for name in _TIMES if (moment := getattr(isolation, name))}
    return {**times, "phase": isolation.phase.value}


def _phase(text: str) -> Phase:
    # Earlier releases wrote "cut off".
    return Phase.ISOLATED if text == "cut off" else Phase(text)


def from_json(value: Any) -> dict[str, Isolation]:
    """Return the isolations that `to_json` wrote. Malformed entries are skipped."""
    found = {}
    for source, stored in value.items() if isinstance(value, dict) else ():
        try:
            times = {name: datetime.fromisoformat(stored[name]) for name in _TIMES if name in stored}
            isolation = Isolation(_phase(stored["phase"]), **times)
        except (TypeError, ValueError, KeyError):
            continue
        has_times = isolation.phase is not Phase.WELL
        is_whole = all((moment is not None) is has_times for moment in (isolation.seen, isolation.until))
        if is_whole and all(moment.tzinfo for moment in times.values()):
            found[source] = isolation
    return found
