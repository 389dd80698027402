# SPDX-License-Identifier: MIT
"""Puts together what /metrics, the public page and its beats say, into one state for each monitor."""

from __future__ import annotations

import hashlib
import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from elytra_status.model import BAD_STATES, Beat, Monitor, State
from elytra_status.sources.kuma_answers import Heartbeats, Listed, Metrics, Series, worst

# A beat further in the future than this is no evidence: one of the two clocks is wrong.
FUTURE = timedelta(minutes=5)
# With the public page alone, a monitor without a beat for this long is taken for paused.
PAUSED_AFTER = timedelta(days=1)
GROUP = "group"


@dataclass
class Known:
    """All that the answers say of one monitor. `beats` is None where nothing is known of its beats."""

    key: str
    identifier: int | None
    name: str = field(repr=False)
    kind: str
    series: Series | None = None
    beats: tuple[Beat, ...] | None = None


@dataclass
class Judged:
    """The monitors that count, what was left out and why, and whether all that should be there is."""

    monitors: list[tuple[Known, Monitor]]
    warnings: list[str]
    remarks: list[str]
    complete: bool = True


def gather(
    source: str, metrics: Metrics | None, page: dict[int, Listed] | None, heartbeats: Heartbeats | None
) -> list[Known]:
    """Return one entry for each monitor that any answer names.

    Monitors are the same where their ids are. Uptime Kuma 1 gives no ids in /metrics: there a name and
    type that stand once on both sides are the same monitor; where they stand more often, those on the
    page are taken by their beats, and what /metrics has more than those is added.
    """
    listed = page or {}
    identifiers = listed.keys() | (heartbeats.beats.keys() if heartbeats else set())
    known = {}
    for identifier in sorted(identifiers):
        entry = listed.get(identifier)
        known[identifier] = Known(
            f"{source}:{identifier}", identifier, entry.name if entry else "", entry.kind if entry else ""
        )
        if heartbeats:
            known[identifier].beats = heartbeats.beats.get(identifier, ())
    nameless: dict[tuple[str, str], list[Series]] = defaultdict(list)
    for series in metrics.series if metrics else ():
        if series.identifier is None:
            nameless[series.name, series.kind].append(series)
        else:
            default = Known(f"{source}:{series.identifier}", series.identifier, series.name, series.kind)
            _attach(known.setdefault(series.identifier, default), series)
    return [*known.values(), *_match_by_name(source, list(known.values()), nameless)]


def _attach(known: Known, series: Series) -> None:
    known.series = series
    known.name = known.name or series.name
    known.kind = known.kind or series.kind


def _match_by_name(source: str, known: list[Known], nameless: dict[tuple[str, str], list[Series]]) -> Iterable[Known]:
    on_page: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for entry in known:
        on_page[entry.name, entry.kind].append(entry)
    for name_and_kind, all_series in nameless.items():
        same = on_page.get(name_and_kind, [])
        if len(same) == len(all_series) == 1:
            _attach(same[0], all_series[0])
            continue
        accounted = Counter(entry.beats[-1].state for entry in same if entry.beats)
        extra = []
        for series in sorted(all_series, key=lambda one: worst(one.state, State.UP) is State.UP):
            if accounted[series.state] > 0:
                accounted[series.state] -= 1
            else:
                extra.append(series)
        for series in extra[: max(0, len(all_series) - len(same))]:
            text = "\0".join((series.name, series.kind, series.url, series.host))
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            yield Known(f"{source}:~{digest}", None, series.name, series.kind, series)


def judge(
    everything: list[Known],
    *,
    wanted: tuple[int, ...],
    metrics: Metrics | None,
    heartbeats: Heartbeats | None,
    now: datetime,
    stale_after: timedelta,
) -> Judged:
    """Return the state of each monitor that counts: those in `wanted`, or all if it is empty."""
    judged = Judged([], [], [])
    if wanted:
        everything = [known for known in everything if known.identifier in wanted]
        unnamed = set(wanted) - {known.identifier for known in everything}
        _note(judged.warnings, unnamed, "MONITOR_IDS names {} not in any answer")
    someone_beats = any(known.beats and _age(known, now) <= _limit(known, stale_after) for known in everything)
    kuma_is_stuck = heartbeats is not None and any(known.beats for known in everything) and not someone_beats
    restarted = metrics is not None and metrics.started is not None and now - metrics.started < stale_after
    odd: dict[str, list[Known]] = defaultdict(list)
    normal: dict[str, list[Known]] = defaultdict(list)
    for known in everything:
        state, confirmed, since = State.UNKNOWN, False, None
        if known.beats:
            age, limit = _age(known, now), _limit(known, stale_after)
            if age < -FUTURE:
                odd["{} with a beat in the future: is the clock of Uptime Kuma or of this machine wrong?"].append(known)
            elif age <= limit:
                state, confirmed, since = _from_beats(known)
            elif (
                known.series is None and metrics is not None and not (restarted and _beat_until(known, metrics, limit))
            ):
                normal["{} paused"].append(known)
                continue
            elif metrics is None and someone_beats and age > max(PAUSED_AFTER, limit):
                odd["{} without a beat for more than a day, taken for paused"].append(known)
                continue
        elif known.series is not None:
            state = State.UNKNOWN if kuma_is_stuck else known.series.state
        else:
            normal["{} without any beat yet"].append(known)
            continue
        monitor = Monitor(known.key, known.name, state, confirmed, since, beats=known.beats or ())
        judged.monitors.append((known, monitor))
    for notes, found in ((judged.warnings, odd), (judged.remarks, normal)):
        for words, entries in found.items():
            _note(notes, {known.key for known in entries}, words)
    _leave_out_groups(judged, all_are_seen=metrics is not None and not wanted)
    judged.complete = not (restarted and heartbeats is None)
    return judged


def _note(notes: list[str], keys: Iterable[object], words: str) -> None:
    shown = sorted(str(key) for key in keys)
    if shown:
        first = ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
        notes.append(words.format(f"{len(shown)} ({first})"))


def _age(known: Known, now: datetime) -> timedelta:
    assert known.beats
    return now - known.beats[-1].time


def _beat_until(known: Known, metrics: Metrics, limit: timedelta) -> bool:
    """Whether a monitor still beat when Uptime Kuma was started: then it is missing only until its next beat."""
    return metrics.started is not None and _age(known, metrics.started) <= limit


def _usual_gap(beats: tuple[Beat, ...]) -> timedelta:
    gaps = [(later.time - earlier.time).total_seconds() for earlier, later in itertools.pairwise(beats)]
    return timedelta(seconds=statistics.median(gaps)) if gaps else timedelta(0)


def _limit(known: Known, stale_after: timedelta) -> timedelta:
    """Return how old the newest beat may be: a push once a day is no sign of standing still."""
    return max(stale_after, 2 * _usual_gap(known.beats or ()))


def _from_beats(known: Known) -> tuple[State, bool, datetime | None]:
    """Return state, whether two beats bear it out, and since when, of a monitor whose beats are fresh.

    Where /metrics and the beats disagree, one of them is a moment older: the worse counts, unconfirmed.
    """
    assert known.beats
    newest = known.beats[-1].state
    run: list[Beat] = []
    for beat in reversed(known.beats):
        if beat.state is not newest and not (newest in BAD_STATES and beat.state in BAD_STATES):
            break
        run.append(beat)
    state = newest
    agreed = True
    if known.series is not None and known.series.state is not State.UNKNOWN:
        state = worst(newest, known.series.state)
        agreed = (newest in BAD_STATES) == (known.series.state in BAD_STATES)
    confirmed = agreed and state in BAD_STATES and len({beat.time for beat in run}) >= 2
    return state, confirmed, run[-1].time if agreed else None


def _leave_out_groups(judged: Judged, *, all_are_seen: bool) -> None:
    """Take out groups, which only repeat what their children say.

    Which monitors are a group's children is not public. So a group stays where it is all that is
    watched, or where it is bad and no other monitor is, or lately was: then its child is not among those seen.
    """
    others = [(known, monitor) for known, monitor in judged.monitors if known.kind != GROUP]
    if not others:
        return
    kept = []
    for known, monitor in judged.monitors:
        if known.kind == GROUP:
            if all_are_seen or monitor.state is not State.DOWN or _explained(known, others):
                continue
            judged.warnings.append(f"{known.key} is a group that is down while none of the monitors seen is: it counts")
        kept.append((known, monitor))
    judged.monitors = kept


def _explained(group: Known, others: list[tuple[Known, Monitor]]) -> bool:
    if any(monitor.state in BAD_STATES for _, monitor in others):
        return True
    if not group.beats:
        return False
    # A group follows its children at its own interval only: it may still be down when they are up again.
    since = group.beats[-1].time - 2 * _usual_gap(group.beats)
    return any(beat.state in BAD_STATES and beat.time >= since for known, _ in others for beat in known.beats or ())
