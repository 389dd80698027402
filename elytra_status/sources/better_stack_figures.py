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

from elytra_status.clock import from_text, to_text
from elytra_status.errors import SourceError
from elytra_status.model import Uptime
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side
from elytra_status.sources.better_stack_api import TooManyRequestsError, address, ask
from elytra_status.sources.source import Question

DAYS = {"last_7d": 7, "last_30d": 30}
# A figure over days does not change much in this time, and is no evidence any more after the second.
FRESH_FOR = timedelta(hours=1)
GOOD_FOR = timedelta(hours=6)
# So many questions are asked in one run, this many of them at once; the oldest figures first.
MOST_QUESTIONS = 60
AT_ONCE = 6
# What is kept of a look's time for all that follows.
RESERVE_SECONDS = 2.0

# A monitor's id, and a window.
Place = tuple[str, str]


@dataclass(frozen=True)
class Figure:
    """The share of a window in which a monitor was up, 0 to 1, and when that was said."""

    share: Fraction
    moment: datetime


@dataclass(frozen=True)
class Figures:
    """Figures by monitor, what to remember of them, and what went wrong."""

    uptimes: Mapping[str, Uptime]
    remembered: Mapping[str, Any]
    warnings: tuple[str, ...] = field(default=())


def figures(settings: Settings, monitors: Sequence[str], question: Question, ends: float) -> Figures:
    """Return the figures of some monitors, by their ids: those remembered, and as many new ones as are due."""
    places = [(monitor, window) for monitor in monitors for window in DAYS]
    known = _recall(question.remembered, set(places), question.now)
    never = question.now - timedelta(days=36500)
    due = sorted(
        (place for place in places if place not in known or question.now - known[place].moment >= FRESH_FOR),
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
    uptimes = {
        monitor: Uptime(
            **{window: known[monitor, window].share if (monitor, window) in known else None for window in DAYS}
        )
        for monitor in monitors
    }
    warnings = [f"uptime figures: {error}; those of before are used" for error in failed[:1]]
    if unanswered:
        warnings.append(f"{unanswered} uptime figures were not answered, or cannot be read")
    return Figures(uptimes, _to_json(known), tuple(warnings))


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


def _recall(
    remembered: Mapping[str, Any], places: set[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Figure]:
    found = {}
    stored = remembered.get("figures")
    for item in stored if isinstance(stored, list) else ():
        try:
            monitor, window, share, moment = item
            figure = Figure(Fraction(share), from_text(moment))
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        is_good = timedelta(0) <= now - figure.moment < GOOD_FOR and 0 <= figure.share <= 1
        if (monitor, window) in places and is_good:
            found[monitor, window] = figure
    return found


def _to_json(known: Mapping[Place, Figure]) -> dict[str, Any]:
    return {"figures": [[*place, str(figure.share), to_text(figure.moment)] for place, figure in known.items()]}
