# SPDX-License-Identifier: MIT
"""Uptime figures that a service gives for one monitor and window at a time: not all of them in every run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from elytra_status.model import Uptime, number_of
from elytra_status.net.concurrency import run_all
from elytra_status.sources.json_api import TooManyRequestsError
from elytra_status.sources.saved_figures import (
    Figure,
    is_due,
    kept,
    moments_to_json,
    recall,
    recall_moments,
    to_json,
    uptime,
)
from elytra_status.sources.source import PollRequest

# How many figures one run asks for, and how many of them at once. Those that were given longest ago come first.
MOST_QUESTIONS = 60
AT_ONCE = 6
# The part of a poll's time that is kept for all that follows, in seconds.
RESERVE_SECONDS = 2.0
# Under this it is remembered when the service had no figure.
NONE_AT = "none"

# Asks for the ratio of a window in which a monitor was up, by the monotonic time `ends`; None if there is no figure.
Ask = Callable[[str, str, float], Fraction | None]


@dataclass(frozen=True)
class Figures:
    """Figures by monitor, the windows of figures that an earlier run was given, what to remember, and what failed."""

    uptimes: Mapping[str, Uptime]
    kept: Mapping[str, frozenset[str]]
    remembered: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def figures(monitors: Sequence[str], windows: Collection[str], ask: Ask, request: PollRequest, ends: float) -> Figures:
    """Return the figures of some monitors: those remembered, and as many new ones as are due, by the time `ends`."""
    places = [(monitor, window) for monitor in monitors for window in windows]
    known = {place: one for place, one in recall(request.remembered, request.now).items() if place in set(places)}
    none_at = recall_moments(request.remembered, request.now, NONE_AT)
    never = request.now - timedelta(days=36500)
    asked = {place: known[place].moment if place in known else none_at.get(_text(place), never) for place in places}
    due = sorted((place for place in places if is_due(asked[place], request.now)), key=lambda place: asked[place])
    due = due[:MOST_QUESTIONS]
    failed: list[TooManyRequestsError] = []
    unanswered = 0
    if request.earlier is None:  # a confirmation poll is about states
        while due and not failed and time.monotonic() < ends - RESERVE_SECONDS:
            batch, due = due[:AT_ONCE], due[AT_ONCE:]
            seconds = ends - RESERVE_SECONDS - time.monotonic()
            tasks = {_text(place): (seconds, partial(ask, *place, ends)) for place in batch}
            for place, result in zip(batch, run_all(tasks).values(), strict=True):
                if isinstance(result, Fraction):
                    known[place] = Figure(result, request.now)
                elif result is None:
                    known.pop(place, None)
                    none_at[_text(place)] = request.now
                elif isinstance(result, TooManyRequestsError):
                    failed.append(result)
                else:
                    unanswered += 1
    warnings = [f"uptime figures: {error}; those of before are used" for error in failed[:1]]
    if unanswered:
        warnings.append(f"{number_of(unanswered, 'uptime figure')} could not be read")
    current = {_text(place) for place in places if place not in known}
    without = {text: moment for text, moment in none_at.items() if text in current}
    return Figures(
        {monitor: uptime(known, monitor, windows) for monitor in monitors},
        {monitor: kept(known, monitor, windows, request.now) for monitor in monitors},
        {**to_json(known), **(moments_to_json(without, NONE_AT) if without else {})},
        tuple(warnings),
    )


def _text(place: tuple[str, str]) -> str:
    monitor, window = place
    return f"{monitor} {window}"
