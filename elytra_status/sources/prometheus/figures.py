# SPDX-License-Identifier: MIT
"""Uptime by Prometheus: the mean of all samples of a window.

A window must have been observed for long enough. Windows are queried once an hour: a month of 10,000 series has
hundreds of millions of samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.model import Uptime
from elytra_status.net.concurrency import run_all
from elytra_status.problem import Problem, problem_of
from elytra_status.sources.prometheus.api import InstantQuery, Vector
from elytra_status.sources.prometheus.metric import Labels, Metric
from elytra_status.sources.saved_figures import (
    Figure,
    figures_from_json,
    figures_to_json,
    is_due,
    kept,
    moments_from_json,
    moments_to_json,
    saved_uptime,
)
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import Deadline, moment_of

# For each window, the distance and number of points at which a sample must exist.
WINDOWS = {"last_24h": ("24h", "10m", 144), "last_7d": ("7d", "1h", 168), "last_30d": ("30d", "4h", 180)}
DAYS = {"last_24h": 1, "last_7d": 7, "last_30d": 30}
# The steps at which an expression is evaluated. All windows have the same step, so that they agree on what was down.
# Prometheus allows 50 million samples for a query, and a month has 8,640 of the finer points.
FINE_STEP, COARSE_STEP, MOST_WITH_FINE_STEP = "5m", "30m", 500
# The key of saved state for the time at which each monitor was first seen.
FIRST = "first"
# A window has a figure only if at least this ratio of it was observed.
LEAST_OBSERVED = Fraction(1, 2)
# How many seconds of a poll are reserved for the steps after these queries.
RESERVE_SECONDS = 3.0


@dataclass(frozen=True)
class PrometheusFigures:
    """Figures by the monitors' keys, what to save of them, and what failed.

    `kept` names the windows whose figures are from an earlier run. `too_new` names the windows that were half over
    before the monitor existed.
    """

    uptimes: Mapping[str, Uptime]
    kept: Mapping[str, frozenset[str]]
    too_new: Mapping[str, frozenset[str]]
    saved: Mapping[str, Any]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Watched:
    """The monitors: their keys by the labels that identify them.

    `names` are the names of these labels. If there are none, all labels identify a monitor.
    """

    metric: Metric
    names: tuple[str, ...]
    keys: Mapping[Labels, str]


def figures(query: InstantQuery, watched: Watched, request: PollRequest, deadline: Deadline) -> PrometheusFigures:
    """Return the figures of some monitors, saved or new.

    Saved figures are used for an hour.
    """
    present = set(watched.keys.values())
    figures = {key: one for key, one in figures_from_json(request.saved, request.now).items() if key[0] in present}
    queried = moments_from_json(request.saved, request.now)
    first = moments_from_json(request.saved, request.now, FIRST)
    warnings = []
    if request.earlier is None:  # A confirmation poll is about states.
        due = [window for window in WINDOWS if is_due(queried.get(window), request.now)]
        until = deadline.earlier(RESERVE_SECONDS)
        seconds = until.left()
        tasks = {window: (seconds, partial(_query_ratios, query, watched, window, request, until)) for window in due}
        if "last_30d" in due:
            tasks[FIRST] = (seconds, partial(_query_first_seen, query, watched, request, until))
        for window, result in run_all(tasks, deadline.clock).items():
            if isinstance(result, Exception):
                problem = problem_of(result)
                part = f"uptime of {WINDOWS[window][0]}" if window in WINDOWS else "age of the monitors"
                words = f"{problem.problem} ({part}); earlier figures are used"
                warnings.append(Problem(words, problem.remedy))
                continue
            if window == FIRST:
                ages = {own: _moment(result[one]) for one, own in watched.keys.items() if one in result}
                first = {own: since for own, since in ages.items() if since}
                continue
            queried[window] = request.now
            for labels, own in watched.keys.items():
                figures.pop((own, window), None)
                if labels in result:
                    figures[own, window] = Figure(result[labels], request.now)
    uptimes = {own: saved_uptime(figures, own, WINDOWS) for own in present}
    old = {own: kept(figures, own, WINDOWS, request.now) for own in present}
    too_new = {own: _too_new(first.get(own), request.now) for own in present}
    of_present = {own: moment for own, moment in first.items() if own in present}
    saved = {**figures_to_json(figures), **moments_to_json(queried), **moments_to_json(of_present, FIRST)}
    return PrometheusFigures(uptimes, old, too_new, saved, tuple(warnings))


def _query_ratios(
    query: InstantQuery, watched: Watched, window: str, request: PollRequest, deadline: Deadline
) -> dict[Labels, Fraction]:
    """Return the uptime ratio of a window for monitors that were observed enough."""
    metric, vector = watched.metric, watched.metric.one_per_monitor(watched.names)
    length, apart, points = WINDOWS[window]
    step = FINE_STEP if len(watched.keys) <= MOST_WITH_FINE_STEP else COARSE_STEP
    if metric.is_kuma:
        up = f"count_over_time((({vector} == 1) or ({vector} == 2))[{length}:{step}])"
        counted = f"count_over_time(({vector} != 3)[{length}:{step}])"
        ratio = f"({up} or 0 * {counted}) / {counted}"
    elif metric.is_selector and not watched.names:
        ratio = f"avg_over_time({vector}[{length}])"
    else:
        ratio = f"avg_over_time({vector}[{length}:{step}])"
    ratios = _whole(query(ratio, request.now, deadline))
    observed = _whole(query(f"count_over_time({vector}[{length}:{apart}])", request.now, deadline))
    return {labels: _ratio(value) for labels, value in ratios.values.items() if _is_enough(observed, labels, points)}


def _query_first_seen(
    query: InstantQuery, watched: Watched, request: PollRequest, deadline: Deadline
) -> dict[Labels, Fraction]:
    """Return when each monitor was first seen in 30 days, in seconds since 1970."""
    length, apart, _ = WINDOWS["last_30d"]
    first = f"min_over_time(timestamp({watched.metric.one_per_monitor(watched.names)})[{length}:{apart}])"
    return {labels: Fraction(value) for labels, value in _whole(query(first, request.now, deadline)).values.items()}


def _whole(vector: Vector) -> Vector:
    if vector.is_partial:
        raise SourceError("a store behind Prometheus did not answer", "see its own warnings")
    return vector


def _moment(seconds: Fraction) -> datetime | None:
    try:
        return moment_of(int(seconds))
    except ValueError:
        return None


def _too_new(first: datetime | None, now: datetime) -> frozenset[str]:
    """Return the windows that were half over before a monitor existed.

    A monitor counts as old if its beginning is not known.
    """
    return frozenset(
        window for window, days in DAYS.items() if first is not None and first > now - timedelta(days=days) / 2
    )


def _is_enough(observed: Vector, labels: Labels, points: int) -> bool:
    # A window contains one point more or less, depending on where it begins.
    return observed.values.get(labels, Decimal(0)) >= LEAST_OBSERVED.numerator * points / LEAST_OBSERVED.denominator


def _ratio(value: Decimal) -> Fraction:
    """Return a ratio, cut off at the digits that are exact for thousands of samples."""
    return Fraction(int(min(max(value, Decimal(0)), Decimal(1)) * 10**9), 10**9)
