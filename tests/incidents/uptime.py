# SPDX-License-Identifier: MIT
"""The uptime figures that the evidence gives, for the last run of a replay that published.

A figure is Uptime Kuma's own if it has one, else that of our own history. Kuma's own is exact for 24 hours, by the page
or by /metrics; for 7 days by badges alone; for 30 days by /metrics, else by badges. A badge has four digits, so a
slightly lower figure is known, and an even lower one if the badge is of an earlier run of a monitor that was up since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor, log10

from tests.incidents import kuma_figures
from tests.incidents.checks import DOWN, MAINTENANCE, PENDING, UP
from tests.incidents.evidence import Evidence
from tests.incidents.kuma_figures import BADGES, LIST_24H, RATIO_1D, RATIO_30D, Window
from tests.incidents.runner import Replay
from tests.incidents.truth import Kind, Service

# A badge of an earlier run is valid for less than this, in seconds, if the monitor was up since.
BADGE_KEPT = 80 * 60.0
# How long a poll counts, in seconds.
HELD = 1800
LENGTHS = {"last_24h": 24 * 3600, "last_7d": 7 * 24 * 3600, "last_30d": 30 * 24 * 3600}

# The lowest and highest possible value of a figure.
Range = tuple[Fraction, Fraction]


def wrong_figures(replay: Replay, evidence: Evidence) -> Iterator[str]:
    """Yield which of the published figures are not those of the evidence."""
    runs = [run for run in replay.runs if run.status is not None]
    if not runs or evidence.is_dark(runs[-1].began) or evidence.is_dim(runs[-1].began):
        return
    published = replay.visits[-1].document["uptime"]
    for window in LENGTHS:
        # The confirmation poll does not query figures again.
        figures = [_figure(replay, service, window, runs[-1].began) for service in evidence.judged(runs[-1].began)]
        known = [figure for figure in figures if figure is not None]
        least, most = (_mean(figure[side] for figure in known) for side in (0, 1))
        told = published[window]
        if told is None and len(known) * 10 < len(figures) * 9:
            continue
        if told != least and not (
            told is not None and least is not None and most is not None and least <= told <= most
        ):
            yield f"{window} is {told} at the end, not {least} to {most}"


def _mean(figures: Iterable[Fraction]) -> float | None:
    """Return the mean in percent, cut off to three decimals; None without values."""
    known = list(figures)
    return floor(sum(known) / len(known) * 100_000) / 1000 if known else None


def _figure(replay: Replay, service: Service, window: str, second: float) -> Range | None:
    timeline, setting = replay.timeline, replay.setting
    cached = timeline.at(second / 60, Kind.ANSWERS_CACHED) is not None
    withdrawn = timeline.at(second / 60, Kind.PAGE_REFUSED) is not None
    refused = timeline.at(second / 60, Kind.METRICS_REFUSED) is not None
    on_page = setting.mode != "metrics" and service.public and not withdrawn
    has_ratio = setting.mode != "page" and not refused and setting.version != "v1.23.17" and service.kind != "push"

    def of(kind: Window, moment: float) -> Fraction:
        stored = replay.checks.stored(service.name, moment)
        return kuma_figures.uptime(setting.version, stored, timeline, timeline.moment(moment / 60), kind)

    if window == "last_24h" and on_page:
        return (of(LIST_24H, second // 60 * 60 if cached else second),) * 2
    if window == "last_24h" and has_ratio:
        return (of(RATIO_1D, second),) * 2
    if window == "last_30d" and has_ratio:
        return (of(RATIO_30D, second),) * 2
    if window != "last_24h" and on_page:
        badge = BADGES[168 if window == "last_7d" else 720]
        bad = [check.stored for check in replay.checks.stored(service.name, second) if check.status != UP]
        earliest = max(second - BADGE_KEPT, *bad[-1:], 0.0)
        kept = 300 if cached else 1
        # The possible times of an answer: now, or any moment since the monitor is up.
        moments = [second // kept * kept, min(-(-earliest // kept) * kept, second // kept * kept)]
        found = [_by_badge(of(badge, moment)) for moment in moments]
        return min(least for least, _ in found), max(most for _, most in found)
    own = _by_looks(replay, service, second, LENGTHS[window])
    return None if own is None else (own, own)


def _by_looks(replay: Replay, service: Service, second: float, length: float) -> Fraction | None:
    """Return the figure of our own history, from the polls of a monitor: each holds until the next, for half an hour.

    Pending is not down, maintenance is left out, and there is no figure if less than half of the window was observed.
    """
    times = sorted({floor(moment) for run in replay.runs for moment in (run.began, run.ended) if moment <= second})
    seen = {DOWN: 0, UP: 0, PENDING: 0, MAINTENANCE: 0}
    for moment, following in zip(times, [*times[1:], floor(second)], strict=True):
        newest = replay.checks.newest(service.name, moment)
        answers = replay.checks.running_since(moment) is not None
        if newest and answers and replay.timeline.at(moment / 60, Kind.KUMA_OUT_OF_REACH) is None:
            seen[newest.status] += min(following - moment, HELD)
    counted = seen[UP] + seen[PENDING] + seen[DOWN]
    if not counted or sum(seen.values()) * 2 < length:
        return None
    return Fraction(seen[UP] + seen[PENDING], counted)


def _by_badge(figure: Fraction) -> Range:
    """Return the range of a badge: from half of its fourth digit below its value to half of it above."""
    percent = float(figure * 100)
    decimals = 3 - floor(log10(percent)) if percent > 0 else 3
    shown = Fraction(f"{percent:.{max(decimals, 0)}f}")
    half = Fraction(1, 2 * 10 ** max(decimals, 0))
    return max(Fraction(0), shown - half) / 100, min(Fraction(100), shown + half) / 100
