# SPDX-License-Identifier: MIT
"""Which of Uptime Kuma's uptime figures are figures.

For a window without any evidence Kuma gives 0 (2.x) or 1 (1.23), as for one with maintenance alone;
both are also what a monitor has that was always down or always up. Only the beats tell them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from elytra_status.model import BAD_STATES, Monitor, State, Uptime, replace
from elytra_status.settings import Settings
from elytra_status.sources.kuma_answers import Heartbeats
from elytra_status.sources.kuma_badge_memory import Badge, still_hold
from elytra_status.sources.kuma_badges import Place, ask_badges
from elytra_status.sources.kuma_matching import Known

WINDOWS = {"last_24h": timedelta(hours=24), "last_7d": timedelta(days=7), "last_30d": timedelta(days=30)}
_HOUR = timedelta(hours=1)
# What is 1, or may be 1 rounded.
ALL_UP = Fraction("0.9995")


@dataclass(frozen=True)
class Seen:
    """Whether something was seen up, and seen down or pending, within a window."""

    up: bool
    bad: bool


def with_uptime(
    settings: Settings,
    judged: list[tuple[Known, Monitor]],
    heartbeats: Heartbeats | None,
    on_page: Collection[int],
    before: Mapping[Place, Badge],
    now: datetime,
    ends: float,
) -> tuple[list[Monitor], list[str], dict[Place, Badge]]:
    """Return the monitors with Kuma's own figures, warnings, and the badges, for the next run.

    Exact figures are taken before badges, which have four digits. A badge is there for monitors on a
    page alone, and is not asked for while the beats are slow in coming: it would wait for the same. Nor is
    one asked for of which that of `before` still holds.
    """
    kept = still_hold(before, {monitor.key: monitor for _, monitor in judged}, now)
    found: dict[Place, Fraction | None] = {}
    badges: dict[Place, str] = {}
    evidence: dict[Place, Seen] = {}
    for known, monitor in judged:
        in_windows = seen_in_windows(monitor, now)
        for window, length in WINDOWS.items():
            place = (monitor.key, window)
            evidence[place] = in_windows[window]
            found[place] = first_figure(_exact(known, window, heartbeats), evidence[place])
            if found[place] is None and heartbeats and known.identifier in on_page:
                badges[place] = f"{known.identifier}/uptime/{length // _HOUR}"
    figures, missed = ask_badges(settings, {place: badges[place] for place in badges if place not in kept}, ends)
    kept |= {place: Badge(now, figure) for place, figure in figures.items() if figure is not None}
    for place in badges:
        found[place] = first_figure([kept[place].figure if place in kept else None], evidence[place])
    monitors = [
        replace(monitor, uptime=Uptime(**{window: found[monitor.key, window] for window in WINDOWS}))
        for _, monitor in judged
    ]
    return monitors, [f"{missed} uptime badges were not answered"] if missed else [], kept


def seen_in_windows(monitor: Monitor, now: datetime) -> dict[str, Seen]:
    """Return what the listed beats show of each window; where no beats are known, what the present state shows."""
    beats = monitor.beats
    states = {beat.state for beat in beats} or {monitor.state}
    in_all = Seen(up=State.UP in states, bad=bool(states & BAD_STATES))
    found = {}
    for window, length in WINDOWS.items():
        # A window that begins before the first of them holds them all.
        found[window] = in_all
        if beats and beats[0].time < (since := now - length):
            states = {beat.state for beat in beats if since <= beat.time}
            found[window] = Seen(up=State.UP in states, bad=bool(states & BAD_STATES))
    return found


def first_figure(candidates: Iterable[Fraction | None], evidence: Seen) -> Fraction | None:
    """Return the first of some shares that the evidence bears out, or None.

    A share between 0 and 1 can only come from counting. One of 0 needs something bad and nothing up to
    be seen in the window, and one of 1 (or which may be 1 rounded) needs something up.
    """
    for share in candidates:
        if share is None:
            continue
        if share == 0 and not (evidence.bad and not evidence.up):
            continue
        if share >= ALL_UP and not evidence.up:
            continue
        return share
    return None


def _exact(known: Known, window: str, heartbeats: Heartbeats | None) -> list[Fraction | None]:
    figures: list[Fraction | None] = []
    if window == "last_24h" and heartbeats and known.identifier is not None:
        figures.append(heartbeats.uptime_24h.get(known.identifier))
    # The ratio of a push monitor stands still at the value of its last timeout.
    if known.series is not None and known.series.kind != "push":
        ratios = {"last_24h": known.series.ratio_1d, "last_30d": known.series.ratio_30d}
        figures.append(ratios.get(window))
    return figures
