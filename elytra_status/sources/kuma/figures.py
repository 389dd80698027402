# SPDX-License-Identifier: MIT
"""Decide which of Uptime Kuma's uptime figures are evidence.

For a window without any heartbeat Kuma returns 0 (2.x) or 1 (1.23), as for a window with maintenance alone. A monitor
that was always down or always up has the same figures. Only the heartbeats distinguish these cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from elytra_status.decision import nested_windows
from elytra_status.model import BAD_STATES, Bounds, Monitor, State, Uptime, number_of, replace
from elytra_status.problem import Problem
from elytra_status.settings import Settings
from elytra_status.sources.kuma.badges import ALL_UP, query_badges, still_hold
from elytra_status.sources.kuma.matching import MergedMonitor
from elytra_status.sources.kuma.responses import PageHeartbeats
from elytra_status.sources.saved_figures import Figure, FigureKey
from elytra_status.system.clock import Deadline

WINDOWS = {"last_24h": timedelta(hours=24), "last_7d": timedelta(days=7), "last_30d": timedelta(days=30)}
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """Whether the monitor was seen up, and seen down or pending, within a window."""

    up: bool
    bad: bool


def with_uptime(
    settings: Settings,
    judged: list[tuple[MergedMonitor, Monitor]],
    heartbeats: PageHeartbeats | None,
    on_page: Collection[int],
    before: Mapping[FigureKey, Figure],
    now: datetime,
    deadline: Deadline,
) -> tuple[list[Monitor], list[Problem], dict[FigureKey, Figure]]:
    """Return the monitors with Kuma's own figures, warnings, and the badges to save.

    Exact figures come before badges, which have four digits and give bounds. Only monitors on a page have badges.
    Badges are not queried while the heartbeats are slow, since they would wait for the same work, and not while the
    badge of `before` is valid.
    """
    exact: dict[FigureKey, Fraction | None] = {}
    badges: dict[FigureKey, str] = {}
    evidence: dict[FigureKey, Seen] = {}
    for merged, monitor in judged:
        in_windows = seen_in_windows(monitor, now)
        for window, length in WINDOWS.items():
            key = (monitor.key, window)
            evidence[key] = in_windows[window]
            exact[key] = first_figure(_exact(merged, window, heartbeats), evidence[key])
            if exact[key] is None and heartbeats and merged.identifier in on_page:
                badges[key] = f"{merged.identifier}/uptime/{length // _HOUR}"
    up_all_day = {key for key, window in exact if window == "last_24h" and exact[key, window] == 1}
    kept = still_hold(before, {monitor.key: monitor for _, monitor in judged}, up_all_day, now)
    fresh, missed = query_badges(settings, {key: badges[key] for key in badges if key not in kept}, deadline)
    kept |= {key: Figure(badge.least, now) for key, badge in fresh.items() if badge is not None}
    bounds = {key: Bounds(kept[key].ratio, Fraction(1)) for key in badges if key in kept}
    bounds |= {key: badge for key, badge in fresh.items() if badge is not None}
    borne_out = {key: one for key, one in bounds.items() if first_figure([one.least], evidence[key]) is not None}
    monitors = [_with_figures(monitor, exact, borne_out) for _, monitor in judged]
    return (
        monitors,
        [Problem(f"{number_of(missed, 'uptime badge', 'was', 'were')} not answered")] if missed else [],
        kept,
    )


def _with_figures(
    monitor: Monitor, exact: Mapping[FigureKey, Fraction | None], bounds: Mapping[FigureKey, Bounds]
) -> Monitor:
    """Return a monitor with its figures, and the bounds of those that are not exact."""
    windows = [
        nested_windows.WindowEvidence(
            int(length.total_seconds()), exact[monitor.key, window], bounds=bounds.get((monitor.key, window))
        )
        for window, length in WINDOWS.items()
    ]
    found = dict(zip(WINDOWS, nested_windows.nested_figures(windows), strict=True))
    within = {
        window: Bounds(figure, max(figure, bounds[monitor.key, window].most))
        for window, figure in found.items()
        if figure is not None and (monitor.key, window) in bounds
    }
    return replace(monitor, uptime=Uptime(**found), bounds=within)


def with_figures_of(earlier: Iterable[Monitor], judged: Iterable[tuple[MergedMonitor, Monitor]]) -> list[Monitor]:
    """Return the monitors of a second poll with the figures of the first."""
    figures = {monitor.key: monitor for monitor in earlier}
    return [
        replace(monitor, uptime=figures[monitor.key].uptime, bounds=figures[monitor.key].bounds)
        if monitor.key in figures
        else monitor
        for _, monitor in judged
    ]


def seen_in_windows(monitor: Monitor, now: datetime) -> dict[str, Seen]:
    """Return what the listed heartbeats show of each window.

    Without heartbeats, return what the present state shows.
    """
    heartbeats = monitor.heartbeats
    states = {heartbeat.state for heartbeat in heartbeats} or {monitor.state}
    in_all = Seen(up=State.UP in states, bad=bool(states & BAD_STATES))
    found = {}
    for window, length in WINDOWS.items():
        # A window that begins before the first heartbeat contains all of them.
        found[window] = in_all
        if heartbeats and heartbeats[0].time < (since := now - length):
            states = {heartbeat.state for heartbeat in heartbeats if since <= heartbeat.time}
            found[window] = Seen(up=State.UP in states, bad=bool(states & BAD_STATES))
    return found


def first_figure(candidates: Iterable[Fraction | None], evidence: Seen) -> Fraction | None:
    """Return the first ratio that the evidence confirms, or None.

    A ratio between 0 and 1 can only come from counting. A ratio of 0 requires that something bad and nothing up was
    seen in the window. A ratio of 1, or one that may be rounded to 1, requires that something was up.
    """
    for ratio in candidates:
        if ratio is None:
            continue
        if ratio == 0 and not (evidence.bad and not evidence.up):
            continue
        if ratio >= ALL_UP and not evidence.up:
            continue
        return ratio
    return None


def _exact(merged: MergedMonitor, window: str, heartbeats: PageHeartbeats | None) -> list[Fraction | None]:
    figures: list[Fraction | None] = []
    if window == "last_24h" and heartbeats and merged.identifier is not None:
        figures.append(heartbeats.uptime_24h.get(merged.identifier))
    # The ratio of a push monitor stays at the value of its last timeout.
    if merged.series is not None and merged.series.kind != "push":
        ratios = {"last_24h": merged.series.ratio_1d, "last_30d": merged.series.ratio_30d}
        figures.append(ratios.get(window))
    return figures
