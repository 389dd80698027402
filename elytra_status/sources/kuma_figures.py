# SPDX-License-Identifier: MIT
"""Which of Uptime Kuma's uptime figures are figures.

For a window without any evidence Kuma gives 0 (2.x) or 1 (1.23), as for one with maintenance alone;
both are also what a monitor has that was always down or always up. Only the beats tell them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from elytra_status.model import BAD_STATES, Monitor, State, Uptime, replace
from elytra_status.settings import Settings
from elytra_status.sources.kuma_answers import Heartbeats
from elytra_status.sources.kuma_badges import Place, ask_badges
from elytra_status.sources.kuma_matching import Known

WINDOWS = {"last_24h": timedelta(hours=24), "last_7d": timedelta(days=7), "last_30d": timedelta(days=30)}
_HOUR = timedelta(hours=1)


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
    now: datetime,
    ends: float,
) -> tuple[list[Monitor], list[str]]:
    """Return the monitors with Kuma's own figures, and warnings.

    Exact figures are taken before badges, which have four digits. A badge is there for monitors on a
    page alone, and is not asked for while the beats are slow in coming: it would wait for the same.
    """
    found: dict[Place, Fraction | None] = {}
    badges: dict[Place, str] = {}
    evidence: dict[Place, Seen] = {}
    for known, monitor in judged:
        for window, length in WINDOWS.items():
            place = (monitor.key, window)
            evidence[place] = seen(monitor, length, now)
            found[place] = first_figure(_exact(known, window, heartbeats), evidence[place])
            if found[place] is None and heartbeats and known.identifier in on_page:
                badges[place] = f"{known.identifier}/uptime/{length // _HOUR}"
    figures, missed = ask_badges(settings, badges, ends)
    for place, figure in figures.items():
        found[place] = first_figure([figure], evidence[place])
    monitors = [
        replace(monitor, uptime=Uptime(**{window: found[monitor.key, window] for window in WINDOWS}))
        for _, monitor in judged
    ]
    return monitors, [f"{missed} uptime badges were not answered"] if missed else []


def seen(monitor: Monitor, window: timedelta, now: datetime) -> Seen:
    """Return what the listed beats show of a window; where no beats are known, what the present state shows."""
    beats = monitor.beats
    states = {beat.state for beat in beats if now - window <= beat.time} if beats else {monitor.state}
    return Seen(up=State.UP in states, bad=bool(states & BAD_STATES))


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
        if share >= Fraction("0.9995") and not evidence.up:
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
