# SPDX-License-Identifier: MIT
"""Better Stack's own uptime figures: one question for each monitor and window, so not all in every run.

The API counts whole days, today included; there is no figure for the last 24 hours.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.model import Uptime
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side
from elytra_status.sources.better_stack_api import TooManyRequestsError, address, ask
from elytra_status.sources.remembered_figures import Figure, is_due, kept, recall, to_json, uptime
from elytra_status.sources.source import Question

DAYS = {"last_7d": 7, "last_30d": 30}
# So many questions are asked in one run, this many of them at once; the oldest figures first.
MOST_QUESTIONS = 60
AT_ONCE = 6
# What is kept of a look's time for all that follows.
RESERVE_SECONDS = 2.0


@dataclass(frozen=True)
class Figures:
    """Figures by monitor, those of them that an earlier run was given, what to remember, and what went wrong."""

    uptimes: Mapping[str, Uptime]
    kept: Mapping[str, frozenset[str]]
    remembered: Mapping[str, Any]
    warnings: tuple[str, ...] = field(default=())


def figures(settings: Settings, monitors: Sequence[str], question: Question, ends: float) -> Figures:
    """Return the figures of some monitors, by their ids: those remembered, and as many new ones as are due."""
    places = {(monitor, window): None for monitor in monitors for window in DAYS}
    known = {place: figure for place, figure in recall(question.remembered, question.now).items() if place in places}
    never = question.now - timedelta(days=36500)
    due = sorted(
        (place for place in places if is_due(known[place].moment if place in known else None, question.now)),
        key=lambda place: known[place].moment if place in known else never,
    )[:MOST_QUESTIONS]
    failed: list[SourceError] = []
    unanswered = 0
    if question.earlier is None:  # a second look is about states
        while due and not failed and time.monotonic() < ends - RESERVE_SECONDS:
            batch, due = due[:AT_ONCE], due[AT_ONCE:]
            seconds = ends - RESERVE_SECONDS - time.monotonic()
            tasks = {
                f"{monitor} {window}": (seconds, partial(_ask, settings, monitor, DAYS[window], question.now, ends))
                for monitor, window in batch
            }
            for place, result in zip(batch, side_by_side(tasks).values(), strict=True):
                if isinstance(result, Fraction):
                    known[place] = Figure(result, question.now)
                elif isinstance(result, TooManyRequestsError):
                    failed.append(result)
                else:
                    unanswered += 1
    uptimes = {monitor: uptime(known, monitor, DAYS) for monitor in monitors}
    warnings = [f"uptime figures: {error}; those of before are used" for error in failed[:1]]
    if unanswered:
        warnings.append(f"{unanswered} uptime figures were not answered, or cannot be read")
    old = {monitor: kept(known, monitor, DAYS, question.now) for monitor in monitors}
    return Figures(uptimes, old, to_json(known), tuple(warnings))


def _ask(settings: Settings, monitor: str, days: int, now: datetime, ends: float) -> Fraction:
    first = (now - timedelta(days=days - 1)).date()
    url = f"{address(settings)}/{monitor}/sla?from={first.isoformat()}&to={now.date().isoformat()}"
    try:
        percent = ask(settings, url, ends)["data"]["attributes"]["availability"]
    except (KeyError, TypeError):
        percent = None
    if isinstance(percent, bool) or not isinstance(percent, int | Decimal) or not 0 <= percent <= 100:
        raise SourceError("an uptime figure cannot be read", "is BETTER_STACK_URL that of Better Stack?")
    # Cut off, as a number with a million places would take a fraction of that size.
    return Fraction(Decimal(percent).quantize(Decimal("0.000001"), ROUND_DOWN)) / 100
