# SPDX-License-Identifier: MIT
"""Uptime figures that a service returns for one monitor and window at a time.

Not all of them are queried in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from elytra_status.model import Uptime, number_of
from elytra_status.net.concurrency import run_all
from elytra_status.problem import Problem
from elytra_status.sources.json_api import TooManyRequestsError
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
from elytra_status.system.clock import Deadline

# The most figures that one run queries, and how many in parallel. The oldest figures come first.
MOST_QUESTIONS = 60
AT_ONCE = 6
# How many seconds of a poll are reserved for the steps after these queries.
RESERVE_SECONDS = 2.0
# The key of saved state for the times at which the service had no figure.
NONE_AT = "none"

# A function that queries the uptime ratio of a window, by a deadline. It returns None if there is no figure.
Query = Callable[[str, str, Deadline], Fraction | None]


@dataclass(frozen=True)
class Figures:
    """Figures by monitor, with what to save and what failed.

    `kept` names the windows whose figures are from an earlier run.
    """

    uptimes: Mapping[str, Uptime]
    kept: Mapping[str, frozenset[str]]
    saved: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()


def query_figures(
    monitors: Sequence[str], windows: Collection[str], query: Query, request: PollRequest, deadline: Deadline
) -> Figures:
    """Return the figures of some monitors, by the deadline.

    Use saved figures, and query as many new ones as are due.
    """
    keys = [(monitor, window) for monitor in monitors for window in windows]
    saved = {key: one for key, one in figures_from_json(request.saved, request.now).items() if key in set(keys)}
    none_at = moments_from_json(request.saved, request.now, NONE_AT)
    never = request.now - timedelta(days=36500)
    queried = {key: saved[key].moment if key in saved else none_at.get(_text(key), never) for key in keys}
    due = sorted((key for key in keys if is_due(queried[key], request.now)), key=lambda key: queried[key])
    due = due[:MOST_QUESTIONS]
    failed: list[TooManyRequestsError] = []
    unanswered = 0
    if request.earlier is None:  # A confirmation poll is about states.
        while due and not failed and deadline.left() > RESERVE_SECONDS:
            batch, due = due[:AT_ONCE], due[AT_ONCE:]
            seconds = deadline.left() - RESERVE_SECONDS
            tasks = {_text(key): (seconds, partial(query, *key, deadline)) for key in batch}
            for key, result in zip(batch, run_all(tasks, deadline.clock).values(), strict=True):
                if isinstance(result, Fraction):
                    saved[key] = Figure(result, request.now)
                elif result is None:
                    saved.pop(key, None)
                    none_at[_text(key)] = request.now
                elif isinstance(result, TooManyRequestsError):
                    failed.append(result)
                else:
                    unanswered += 1
    warnings = [
        Problem(f"{error.problem} (uptime figures); earlier ones are used", error.remedy) for error in failed[:1]
    ]
    if unanswered:
        warnings.append(Problem(f"{number_of(unanswered, 'uptime figure')} could not be read"))
    current = {_text(key) for key in keys if key not in saved}
    without = {text: moment for text, moment in none_at.items() if text in current}
    return Figures(
        {monitor: saved_uptime(saved, monitor, windows) for monitor in monitors},
        {monitor: kept(saved, monitor, windows, request.now) for monitor in monitors},
        {**figures_to_json(saved), **(moments_to_json(without, NONE_AT) if without else {})},
        tuple(warnings),
    )


def _text(key: tuple[str, str]) -> str:
    monitor, window = key
    return f"{monitor} {window}"
