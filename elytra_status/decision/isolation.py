# SPDX-License-Identifier: MIT
"""Whether failures tell of the platform, or of the source that saw them.

A monitoring system that is cut off from the network sees everything go down at the same moment. Where that
is so, and the address that should answer while the source's network is well does not (CONNECTIVITY_URL),
what it sees is evidence about itself: unknown. That lasts until it is no longer cut off, and what it saw
by then is no evidence later either.
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

# A check has the time at which it began. One that was under way when the network failed began a moment before,
SAME_MOMENT = timedelta(seconds=15)
# and one that ended well when the network came back may have waited for that: Uptime Kuma gives it 48 s, mostly.
LONGEST_CHECK = timedelta(minutes=1)
_TIMES = ("began", "seen", "until", "well")


class Phase(str, Enum):
    """How a source's connection stands: nothing is against it, or all that it checks fails and the address

    - answers, but may have begun to a moment ago: what is checked again and still fails, does;
    - does not answer: what the source sees is no evidence;
    - did not answer before, and what was seen by then stays none.
    """

    WELL = "well"
    SUSPECTED = "suspected"
    CUT_OFF = "cut off"
    OVER = "over"


@dataclass(frozen=True)
class Doubt:
    """What is known of one source's own connection.

    What went down after `began` is no evidence as far as it was seen by `seen`. `well` is when the source
    was last known not to be cut off while something failed. These three are times of the source's own clock;
    `until`, when we last looked at it in doubt, is one of ours.
    """

    phase: Phase = Phase.WELL
    began: datetime | None = None
    seen: datetime | None = None
    until: datetime | None = None
    well: datetime | None = None


def weigh(report: Report, before: Doubt, now: datetime, answers: Callable[[], bool]) -> Doubt:
    """Return what is to be held of a source's connection after a look at it.

    `answers` says whether the address answers that should; it is asked only where that matters.
    """
    if report.problem:
        return before
    began = _last_well(report, before.well)
    fails = _all_fails_since(report, began, before.well)
    newest = max((monitor.heartbeats[-1].time for monitor in report.monitors if monitor.heartbeats), default=now)
    if before.phase is Phase.CUT_OFF:
        # The look that finds it over is part of it: checks succeed a moment later than the network.
        phase = Phase.CUT_OFF if fails and not answers() else Phase.OVER
        return replace(before, phase=phase, seen=newest, until=now)
    if not fails:
        if not any(monitor.state in BAD_STATES for monitor in report.monitors):
            return Doubt()
        # What fails since then goes on doing so: it is no doubt later, when its beginning is not listed any more.
        return replace(before, well=newest if before.well else None)
    if not answers():
        return Doubt(Phase.CUT_OFF, began, newest, now, before.well)
    if before.phase is Phase.OVER:
        return replace(before, well=newest)
    if before.phase is Phase.SUSPECTED:
        was_checked_again = before.seen is not None and newest > before.seen
        return Doubt(well=newest) if was_checked_again else before
    return Doubt(Phase.SUSPECTED, began, newest, now, before.well)


def cut_off(doubts: Mapping[str, Doubt]) -> dict[str, tuple[datetime | None, datetime]]:
    """Return the sources that are or were cut off: after when, and until when they saw things so."""
    sure = (Phase.CUT_OFF, Phase.OVER)
    return {source: (one.began, one.seen) for source, one in doubts.items() if one.phase in sure and one.seen}


def bad_since(monitor: Monitor) -> datetime | None:
    """Return when the bad state of a monitor began, as far back as its heartbeats tell; None where they do not."""
    began = None if monitor.heartbeats else monitor.since
    for heartbeat in reversed(monitor.heartbeats):
        if heartbeat.state not in BAD_STATES:
            break
        began = heartbeat.time
    return began


def _last_well(report: Report, well: datetime | None) -> datetime | None:
    """Return when the source was last not cut off, for all that is known; None where nothing is."""
    seen_up = (
        next((heartbeat.time for heartbeat in reversed(monitor.heartbeats) if heartbeat.state is State.UP), None)
        for monitor in report.monitors
    )
    latest = max((moment - SAME_MOMENT for moment in seen_up if moment), default=None)
    return max((moment for moment in (latest, well) if moment), default=None)


def _all_fails_since(report: Report, began: datetime | None, well: datetime | None) -> bool:
    """Whether something went down after a moment, and nothing that was checked since was up.

    A monitor that was not checked since says nothing. Of one without heartbeats it is not known when it was.
    """
    bad = [bad_since(monitor) for monitor in report.monitors if monitor.state in BAD_STATES]
    is_up = [monitor for monitor in report.monitors if monitor.state is State.UP]
    if any(not monitor.heartbeats for monitor in is_up):
        return False
    return any(moment > began if moment and began else well is None and not is_up for moment in bad)


def doubted(report: Report, doubt: Doubt, now: datetime) -> Report:
    """Return a report without what its source may have seen only because it was cut off."""
    if doubt.until is None or report.problem:
        return report
    monitors = tuple(_doubted(monitor, doubt, now) for monitor in report.monitors)
    if [monitor.state for monitor in monitors] == [monitor.state for monitor in report.monitors]:
        return replace(report, monitors=monitors)
    since = f" since {to_text(doubt.began)}" if doubt.began else ""
    words = {
        Phase.SUSPECTED: "may have been cut off until a moment ago",
        Phase.CUT_OFF: f"is cut off{since}",
        Phase.OVER: f"was cut off until {to_text(doubt.until)}",
    }
    return replace(report, monitors=monitors, doubt=words[doubt.phase])


def without_stale_confirmation(report: Report, well: datetime | None) -> Report:
    """Return a report in which no failure is confirmed by heartbeats between which nothing was seen up, while others
    are up since: the source may have been cut off for a while, and has not checked this one again.

    What failed before `well`, at which the source was known not to be cut off, stays as it is.
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


def _doubted(monitor: Monitor, doubt: Doubt, now: datetime) -> Monitor:
    if monitor.state not in BAD_STATES:
        return monitor
    assert doubt.until is not None
    assert doubt.seen is not None
    began = bad_since(monitor)
    if began is not None and doubt.began is not None and began <= doubt.began:
        return monitor
    if began is None or not monitor.heartbeats:
        # A state without a time is one of the moment at which it was asked for.
        is_evidence, confirmed = now > doubt.until, monitor.confirmed
    else:
        later = {
            heartbeat.time
            for heartbeat in monitor.heartbeats
            if heartbeat.time > doubt.seen and heartbeat.time >= began
        }
        is_evidence = bool(later)
        confirmed = monitor.confirmed and (len(later) > 1 or doubt.phase is Phase.SUSPECTED)
    if not is_evidence:
        words = ("seen only while its source was cut off, or may have been",)
        return replace(monitor, state=State.UNKNOWN, confirmed=False, evidence=words)
    return replace(monitor, confirmed=confirmed)


def to_json(doubts: Mapping[str, Doubt]) -> dict[str, Any]:
    """Return what `from_json` reads, by source."""
    return {source: _to_json(doubt) for source, doubt in doubts.items() if doubt != Doubt()}


def _to_json(doubt: Doubt) -> dict[str, Any]:
    times = {name: moment.isoformat() for name in _TIMES if (moment := getattr(doubt, name))}
    return {**times, "phase": doubt.phase.value}


def from_json(value: Any) -> dict[str, Doubt]:
    """Return what `to_json` wrote; what is not of its shape is left out."""
    found = {}
    for source, stored in value.items() if isinstance(value, dict) else ():
        try:
            times = {name: datetime.fromisoformat(stored[name]) for name in _TIMES if name in stored}
            doubt = Doubt(Phase(stored["phase"]), **times)
        except (TypeError, ValueError, KeyError):
            continue
        is_in_doubt = doubt.phase is not Phase.WELL
        is_whole = all((moment is not None) is is_in_doubt for moment in (doubt.seen, doubt.until))
        if is_whole and all(moment.tzinfo for moment in times.values()):
            found[source] = doubt
    return found
