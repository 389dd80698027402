# SPDX-License-Identifier: MIT
"""Decide which monitors of an Uptime Kuma count, and the state of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from elytra_status.model import CLOCK_SKEW, Monitor, State, abbreviate, replace
from elytra_status.problem import Problem
from elytra_status.sources.kuma.matching import MergedMonitor, Moment
from elytra_status.sources.kuma.responses import Metrics, PageHeartbeats
from elytra_status.sources.kuma.states import (
    AHEAD,
    LEFT_BEHIND,
    NO_HEARTBEAT,
    NOT_KNOWN,
    PAUSED,
    STILL,
    TAKEN_FOR_PAUSED,
    UNREADABLE,
    Whole,
    judge_one,
)

GROUP = "group"

_LEFT_OUT_GROUPS = "{} left out, as a group repeats what its monitors say"
# The remedies for oddities of monitors.
_REMEDIES = {
    AHEAD: "Check the clocks of Uptime Kuma and of this machine",
    UNREADABLE: "",
    TAKEN_FOR_PAUSED: "Set UPTIME_KUMA_API_KEY, which distinguishes paused from stuck monitors",
    STILL: "Restart Uptime Kuma, which removes what was left behind",
}


@dataclass
class Judged:
    """The monitors that count, with warnings and remarks about the others.

    `left_out` are the keys of monitors that an answer names and that do not count.
    """

    monitors: list[tuple[MergedMonitor, Monitor]]
    warnings: list[Problem]
    remarks: list[str]
    left_out: set[str]


def restarted(metrics: Metrics | None, moment: Moment) -> datetime | None:
    """Return when Uptime Kuma was started, if it was recently.

    /metrics may then still lack monitors.
    """
    if metrics is None or metrics.started is None or moment.now - metrics.started >= moment.stale_after:
        return None
    return metrics.started


def judge_monitors(
    everything: list[MergedMonitor],
    wanted: tuple[int, ...],
    metrics: Metrics | None,
    heartbeats: PageHeartbeats | None,
    moment: Moment,
    in_components: Collection[str] = (),
) -> Judged:
    """Return the state of each monitor that counts.

    These are the monitors in `wanted`, or all if it is empty. A monitor that does not count but whose key is in
    `in_components` counts only in that component.
    """
    judged = Judged([], [], [], set())
    latest = max(
        (merged.heartbeats[-1].time for merged in everything if merged.heartbeats and moment.is_checked(merged)),
        default=None,
    )
    whole = Whole(moment, metrics, heartbeats, _is_stuck(everything, moment), latest, restarted(metrics, moment))
    notes: dict[str, list[str]] = defaultdict(list)
    for merged in everything:
        is_wanted = not wanted or merged.identifier in wanted
        if not is_wanted and merged.key not in in_components:
            judged.left_out.add(merged.key)
            continue
        monitor, words = judge_one(merged, whole)
        if words:
            notes[words].append(merged.key)
        if monitor:
            judged.monitors.append((merged, replace(monitor, repeats=not is_wanted)))
        elif words != NOT_KNOWN:
            judged.left_out.add(merged.key)
    for words, remedy in _REMEDIES.items():
        lines: list[str] = []
        add_note(lines, notes[words], words)
        judged.warnings += [Problem(line, remedy) for line in lines]
    for words in (PAUSED, NO_HEARTBEAT, NOT_KNOWN, LEFT_BEHIND):
        add_note(judged.remarks, notes[words], words)
    if not wanted:
        _leave_out_groups(judged, in_components, by_metrics=metrics is not None)
    return judged


def add_note(notes: list[str], keys: Iterable[object], words: str) -> None:
    """Add a line with the number of keys and the first of them, if there are any."""
    shown = sorted(str(key) for key in keys)
    if shown:
        notes.append(words.format(f"{len(shown)} ({abbreviate(shown)})"))


def _is_stuck(everything: list[MergedMonitor], moment: Moment) -> bool:
    """Whether no active monitor is checked any more.

    If some are checked often, these decide.
    """
    if any(merged.heartbeats and -CLOCK_SKEW <= moment.age(merged) <= moment.stale_after for merged in everything):
        return False
    # One heartbeat gives no gap: it does not show how soon the next one is due.
    active = [merged for merged in everything if merged.usual_gap and merged.series is not None]
    often = [merged for merged in active if moment.limit(merged) == moment.stale_after]
    return bool(active) and not any(moment.is_checked(merged) for merged in often or active)


def _leave_out_groups(judged: Judged, in_components: Collection[str], *, by_metrics: bool) -> None:
    """Remove Kuma's groups, which only repeat the states of their children.

    The children of a group are not public. So a group stays if only groups are watched, or if it is down and no other
    monitor is, or recently was: its child is then not among the monitors seen. By /metrics that is not confirmed, since
    they do not say which monitor was down recently. A critical group always stays, because its tag says that it matters
    by itself. A group that is named in a component counts only there.
    """
    others = [(merged, monitor) for merged, monitor in judged.monitors if merged.kind != GROUP]
    if not others:
        return
    kept, left_out = [], []
    for merged, monitor in judged.monitors:
        if merged.kind == GROUP and not monitor.critical:
            if monitor.state is not State.DOWN or _explained(merged, others):
                left_out.append(merged.key)
                if merged.key in in_components:
                    kept.append((merged, replace(monitor, repeats=True)))
                else:
                    judged.left_out.add(merged.key)
                continue
            words = f"{merged.key} is a group that is down while none of the monitors seen is, and counts"
            judged.warnings.append(Problem(words))
            monitor = replace(monitor, confirmed=monitor.confirmed and not by_metrics)
        kept.append((merged, monitor))
    judged.monitors = kept
    add_note(judged.remarks, left_out, _LEFT_OUT_GROUPS)


def _explained(group: MergedMonitor, others: list[tuple[MergedMonitor, Monitor]]) -> bool:
    if any(monitor.state is State.DOWN for _, monitor in others):
        return True
    if not group.heartbeats:
        return False
    # A group follows its children at its own interval, so it may still be down when they are up again.
    since = group.heartbeats[-1].time - 2 * group.usual_gap
    return any(
        heartbeat.state is State.DOWN and heartbeat.time >= since
        for merged, _ in others
        for heartbeat in merged.heartbeats or ()
    )
