# SPDX-License-Identifier: MIT
"""Decides which monitors of an Uptime Kuma count, and the state of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from elytra_status.clock import for_people
from elytra_status.model import BAD_STATES, Beat, Monitor, State, replace
from elytra_status.sources.kuma_answers import Heartbeats, Metrics, worst
from elytra_status.sources.kuma_matching import FUTURE, Known, Moment

# With the public page alone, a monitor without a beat for this long is taken for paused.
PAUSED_AFTER = timedelta(days=1)
GROUP = "group"

_AHEAD = "{} with a beat in the future: is the clock of Uptime Kuma or of this machine wrong?"
_UNREADABLE = "{} whose beats are missing, or cannot be read"
_TAKEN_FOR_PAUSED = "{} without a beat for more than a day, taken for paused (an API key tells paused from stuck)"
_PAUSED = "{} paused"
_NO_BEAT = "{} without any beat yet"
_NOT_KNOWN = "{} not in /metrics, and its beats are not known"


@dataclass
class Judged:
    """The monitors that count, and what is odd (a warning) or worth knowing (a remark) about the others."""

    monitors: list[tuple[Known, Monitor]]
    warnings: list[str]
    remarks: list[str]


@dataclass(frozen=True)
class _Whole:
    """What tells something of every monitor."""

    moment: Moment
    metrics: Metrics | None
    heartbeats: Heartbeats | None
    stuck: bool
    # The newest of all beats that are of now.
    latest: datetime | None
    restarted: datetime | None


def restarted(metrics: Metrics | None, moment: Moment) -> datetime | None:
    """Return when Uptime Kuma was started, where that was so lately that /metrics may not have all monitors again."""
    if metrics is None or metrics.started is None or moment.now - metrics.started >= moment.stale_after:
        return None
    return metrics.started


def judge(
    everything: list[Known],
    wanted: tuple[int, ...],
    metrics: Metrics | None,
    heartbeats: Heartbeats | None,
    moment: Moment,
) -> Judged:
    """Return the state of each monitor that counts: those in `wanted`, or all if it is empty."""
    judged = Judged([], [], [])
    latest = max((known.beats[-1].time for known in everything if known.beats and moment.beats(known)), default=None)
    whole = _Whole(moment, metrics, heartbeats, _is_stuck(everything, moment), latest, restarted(metrics, moment))
    if wanted:
        everything = [known for known in everything if known.identifier in wanted]
        unnamed = set(wanted) - {known.identifier for known in everything}
        note(
            judged.warnings,
            unnamed,
            "MONITOR_IDS names {} not in any answer (correct it; to see private ones takes an API key)",
        )
    notes: dict[str, list[str]] = defaultdict(list)
    for known in everything:
        monitor, words = _judge_one(known, whole)
        if words:
            notes[words].append(known.key)
        if monitor:
            judged.monitors.append((known, monitor))
    for words in (_AHEAD, _UNREADABLE, _TAKEN_FOR_PAUSED):
        note(judged.warnings, notes[words], words)
    for words in (_PAUSED, _NO_BEAT, _NOT_KNOWN):
        note(judged.remarks, notes[words], words)
    if not wanted:
        _leave_out_groups(judged, by_metrics=metrics is not None)
    return judged


def note(notes: list[str], keys: Iterable[object], words: str) -> None:
    """Add a line that tells how many keys there are, and the first of them; none where there are none."""
    shown = sorted(str(key) for key in keys)
    if shown:
        first = ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
        notes.append(words.format(f"{len(shown)} ({first})"))


def _is_stuck(everything: list[Known], moment: Moment) -> bool:
    """Whether no monitor beats that ought to: those that are not paused, and beat often if there are such."""
    if any(known.beats and -FUTURE <= moment.age(known) <= moment.stale_after for known in everything):
        return False
    active = [known for known in everything if known.beats and known.series is not None]
    often = [known for known in active if moment.limit(known) == moment.stale_after]
    return bool(active) and not any(moment.beats(known) for known in often or active)


def _judge_one(known: Known, whole: _Whole) -> tuple[Monitor | None, str]:
    """Return a monitor, or None where it does not count, and what is to be said about it."""
    unknown = Monitor(known.key, known.name, State.UNKNOWN, beats=known.beats or (), critical=known.critical)
    if not known.beats:
        # Metrics say nothing of time: where all that is known to beat has stopped, so have they.
        if known.series is not None and whole.stuck:
            return replace(unknown, evidence=("/metrics alone, while Uptime Kuma stands still",)), ""
        if known.series is not None:
            return replace(unknown, state=known.series.state, evidence=("/metrics alone",)), ""
        if known.beats is not None:
            return None, _NO_BEAT
        unknown = replace(unknown, evidence=("no beats that can be read",))
        return (None, _NOT_KNOWN) if whole.heartbeats is None else (unknown, _UNREADABLE)
    age = whole.moment.age(known)
    if age < -FUTURE:
        return replace(unknown, evidence=("newest beat in the future",)), _AHEAD
    if known.series is None and whole.metrics is not None and _is_paused(known, whole):
        return None, _PAUSED
    limit = whole.moment.limit(known)
    if age <= limit:
        return _from_beats(known, unknown, limit), ""
    others_went_on = (whole.latest or known.beats[-1].time) - known.beats[-1].time
    if whole.metrics is None and others_went_on > max(PAUSED_AFTER, limit):
        return None, _TAKEN_FOR_PAUSED
    return replace(unknown, evidence=(f"no beat for more than {for_people(limit.total_seconds())}",)), ""


def _is_paused(known: Known, whole: _Whole) -> bool:
    """Whether a monitor that is missing from /metrics is paused.

    One that was edited is missing until its next beat, one with a tag newer than the start of Uptime
    Kuma is missing but beats, and after a start all are missing until their first beat.
    """
    assert known.beats
    if known.may_be_in_metrics:
        return False
    if whole.restarted and whole.restarted - known.beats[-1].time <= whole.moment.limit(known):
        return False
    return whole.moment.is_overdue(known)


def _from_beats(known: Known, unknown: Monitor, limit: timedelta) -> Monitor:
    """Return a monitor whose beats are fresh: its state, whether two beats bear it out, and since when.

    Where /metrics and the beats disagree, one of them is a moment older: the worse counts, unconfirmed. One
    that is pending after it was down, and was not up between, is still down: a restart of Uptime Kuma makes
    it count retries from the beginning.
    """
    assert known.beats
    newest = known.beats[-1].state
    alike = BAD_STATES if newest in BAD_STATES else {newest}
    run = list(known.beats[::-1])
    # Mostly all of them: then it need not be looked at each by itself.
    if not {beat.state for beat in run} <= alike:
        run = list(takewhile(lambda beat: beat.state in alike, run))
    in_metrics = known.series.state if known.series is not None else State.UNKNOWN
    state = worst(newest, in_metrics) if known.series is not None else newest
    agreed = in_metrics in (newest, State.UNKNOWN) or (newest in BAD_STATES and in_metrics in BAD_STATES)
    if not agreed:
        words = f"/metrics say {in_metrics.value}, the newest beat {newest.value}: the worse counts"
        return replace(unknown, state=state, evidence=(words,))
    if state is State.UNKNOWN:
        return replace(unknown, evidence=("a state that is none of Uptime Kuma's",))
    confirmed = state in BAD_STATES and len({beat.time for beat in run}) >= 2
    origin = "beats" if known.series is None else "beats and /metrics"
    evidence = (origin, "two beats") if confirmed else (origin,)
    if state is State.PENDING and _was_down(run, limit):
        state, evidence = State.DOWN, (*evidence, "down before, and not up since")
    return replace(unknown, state=state, confirmed=confirmed, since=run[-1].time, evidence=evidence)


def _was_down(run: list[Beat], limit: timedelta) -> bool:
    """Whether a run of bad beats, the newest first, has one that was down, and no gap longer than `limit` since."""
    for later, beat in pairwise(run):
        if later.time - beat.time > limit:
            return False
        if beat.state is State.DOWN:
            return True
    return False


def _leave_out_groups(judged: Judged, *, by_metrics: bool) -> None:
    """Take out groups, which only repeat what their children say.

    Which monitors are a group's children is not public. So a group stays where it is all that is
    watched, or where it is down and no other monitor is, or lately was: then its child is not among
    those seen. By /metrics that is not confirmed: they do not tell which monitor was down lately. A
    critical group stays in any case: someone has said that it matters by itself.
    """
    others = [(known, monitor) for known, monitor in judged.monitors if known.kind != GROUP]
    if not others:
        return
    kept = []
    for known, monitor in judged.monitors:
        if known.kind == GROUP and not monitor.critical:
            if monitor.state is not State.DOWN or _explained(known, others):
                continue
            judged.warnings.append(f"{known.key} is a group that is down while none of the monitors seen is: it counts")
            monitor = replace(monitor, confirmed=monitor.confirmed and not by_metrics)
        kept.append((known, monitor))
    judged.monitors = kept


def _explained(group: Known, others: list[tuple[Known, Monitor]]) -> bool:
    if any(monitor.state is State.DOWN for _, monitor in others):
        return True
    if not group.beats:
        return False
    # A group follows its children at its own interval only: it may still be down when they are up again.
    since = group.beats[-1].time - 2 * group.usual_gap
    return any(beat.state is State.DOWN and beat.time >= since for known, _ in others for beat in known.beats or ())
