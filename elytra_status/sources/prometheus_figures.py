# SPDX-License-Identifier: MIT
"""Uptime by Prometheus: the mean of all samples of a window, where enough of it was observed.

The windows are asked for once an hour: a month of 10,000 series is hundreds of millions of samples.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.model import Uptime
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side
from elytra_status.sources.prometheus_api import Labels, Vector, ask
from elytra_status.sources.remembered_figures import (
    Figure,
    is_due,
    kept,
    moments_to_json,
    recall,
    recall_moments,
    to_json,
    uptime,
)
from elytra_status.sources.source import Question

# Each window, and the points in it at which is looked whether there was a sample: their distance, and number.
WINDOWS = {"last_24h": ("24h", "10m", 144), "last_7d": ("7d", "1h", 168), "last_30d": ("30d", "4h", 180)}
# A window that was observed for less than this share of its length has no figure.
LEAST_OBSERVED = Fraction(1, 2)
# Uptime Kuma's own metric has other values than 0 and 1: pending is not down, maintenance is left out.
KUMA_METRIC = "monitor_status"
# What is kept of a look's time for all that follows.
RESERVE_SECONDS = 3.0


@dataclass(frozen=True)
class Figures:
    """Figures by the monitors' keys, those that an earlier run was given, what to remember, and what went wrong."""

    uptimes: Mapping[str, Uptime]
    kept: Mapping[str, frozenset[str]]
    remembered: Mapping[str, Any]
    warnings: tuple[str, ...]


def figures(settings: Settings, keys: Mapping[Labels, str], question: Question, ends: float) -> Figures:
    """Return the figures of some series: those remembered, and new ones where those are an hour old."""
    present = set(keys.values())
    known = {place: one for place, one in recall(question.remembered, question.now).items() if place[0] in present}
    asked = recall_moments(question.remembered, question.now)
    warnings = []
    if question.earlier is None:  # a second look is about states
        due = [window for window in WINDOWS if is_due(asked.get(window), question.now)]
        seconds = ends - RESERVE_SECONDS - time.monotonic()
        results = side_by_side(
            {window: (seconds, partial(_ask, settings, window, question, ends - RESERVE_SECONDS)) for window in due}
        )
        for window, result in results.items():
            if isinstance(result, Exception):
                words = result if isinstance(result, SourceError) else type(result).__name__
                warnings.append(f"uptime figures of {WINDOWS[window][0]}: {words}; those of before are used")
                continue
            asked[window] = question.now
            for labels, own in keys.items():
                known.pop((own, window), None)
                if labels in result:
                    known[own, window] = Figure(result[labels], question.now)
    uptimes = {own: uptime(known, own, WINDOWS) for own in present}
    old = {own: kept(known, own, WINDOWS, question.now) for own in present}
    return Figures(uptimes, old, {**to_json(known), **moments_to_json(asked)}, tuple(warnings))


def _ask(settings: Settings, window: str, question: Question, ends: float) -> dict[Labels, Fraction]:
    """Return the share of a window in which each series was up, for those that were observed enough."""
    metric = settings.prometheus_metric
    length, step, points = WINDOWS[window]
    if metric.lstrip().startswith(KUMA_METRIC):
        up = f"count_over_time((({metric} == 1) or ({metric} == 2))[{length}:{step}])"
        counted = f"count_over_time(({metric} != 3)[{length}:{step}])"
        shares = ask(settings, f"({up} or 0 * {counted}) / {counted}", question.now, ends)
    else:
        shares = ask(settings, f"avg_over_time({metric}[{length}])", question.now, ends)
    observed = ask(settings, f"count_over_time({metric}[{length}:{step}])", question.now, ends)
    if shares.is_partial or observed.is_partial:
        raise SourceError("a part of what lies behind Prometheus did not answer", "see its own warnings")
    return {labels: _share(value) for labels, value in shares.values.items() if _is_enough(observed, labels, points)}


def _is_enough(observed: Vector, labels: Labels, points: int) -> bool:
    # A window holds one point more or less, by where it begins.
    return observed.values.get(labels, Decimal(0)) >= LEAST_OBSERVED.numerator * points / LEAST_OBSERVED.denominator


def _share(value: Decimal) -> Fraction:
    """Return a share, cut off: a mean of thousands of samples has no more exact digits than these."""
    return Fraction(int(min(max(value, Decimal(0)), Decimal(1)) * 10**9), 10**9)
