# SPDX-License-Identifier: MIT
"""Uptime figures that are expensive to query, saved with the time of the query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from elytra_status.model import Uptime
from elytra_status.system.clock import from_text, to_text

# A figure over days changes little within this time, and is no evidence after twice as long.
FRESH_FOR = timedelta(hours=1)
GOOD_FOR = timedelta(hours=6)
# A run takes no longer than this, so a younger figure is from this run.
OF_NOW = timedelta(minutes=5)

# The keys of saved state for the figures, and for the times at which the figures of each window were queried.
FIGURES, QUERIED = "figures", "asked"

_RATIO = re.compile("[0-9]{1,30}(/[0-9]{1,30})?")

# A monitor and a window.
FigureKey = tuple[str, str]


@dataclass(frozen=True)
class Figure:
    """An uptime ratio, 0 to 1, of a window, and when it was queried."""

    ratio: Fraction
    moment: datetime


def _read_ratio(text: Any) -> Fraction:
    """Return a ratio, 0 to 1, in the form in which `str` writes it.

    Raise TypeError, ValueError or ZeroDivisionError for any other form. Parsing 1e-999999999 as a fraction would take
    hours.
    """
    if not _RATIO.fullmatch(text) or not 0 <= (ratio := Fraction(text)) <= 1:
        raise ValueError("not a ratio of saved state")
    return ratio


def figures_from_json(saved: Mapping[str, Any], now: datetime, of: str = FIGURES) -> dict[FigureKey, Figure]:
    """Return the figures that `figures_to_json` wrote and that are still evidence.

    Malformed entries are skipped.
    """
    found = {}
    stored = saved.get(of)
    for item in stored if isinstance(stored, list) else ():
        try:
            monitor, window, ratio, moment = item
            figure = Figure(_read_ratio(ratio), from_text(moment))
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        if timedelta(0) <= now - figure.moment < GOOD_FOR:
            found[str(monitor), str(window)] = figure
    return found


def figures_to_json(figures: Mapping[FigureKey, Figure], of: str = FIGURES) -> dict[str, Any]:
    """Return saved state for figures, in types of JSON."""
    return {of: [[*key, str(figure.ratio), to_text(figure.moment)] for key, figure in figures.items()]}


def moments_from_json(saved: Mapping[str, Any], now: datetime, of: str = QUERIED) -> dict[str, datetime]:
    """Return the times that `moments_to_json` wrote.

    Malformed and future ones are skipped.
    """
    found = {}
    stored = saved.get(of)
    for window, text in stored.items() if isinstance(stored, dict) else ():
        with suppress(TypeError, ValueError):
            if (moment := from_text(text)) <= now:
                found[window] = moment
    return found


def moments_to_json(moments: Mapping[str, datetime], of: str = QUERIED) -> dict[str, Any]:
    """Return saved state for the times of queries, or for other times."""
    return {of: {window: to_text(moment) for window, moment in moments.items()}}


def is_due(moment: datetime | None, now: datetime) -> bool:
    """Whether a figure queried at this time must be queried again."""
    return moment is None or now - moment >= FRESH_FOR


def saved_uptime(figures: Mapping[FigureKey, Figure], monitor: str, windows: Iterable[str]) -> Uptime:
    """Return the figures of a monitor for some windows."""
    found = {window: figures[monitor, window].ratio for window in windows if (monitor, window) in figures}
    return Uptime(**found)


def kept(figures: Mapping[FigureKey, Figure], monitor: str, windows: Iterable[str], now: datetime) -> frozenset[str]:
    """Return the windows for which a monitor's figure is from an earlier run."""
    by_window = {window: figures.get((monitor, window)) for window in windows}
    return frozenset(window for window, one in by_window.items() if one is not None and now - one.moment > OF_NOW)
