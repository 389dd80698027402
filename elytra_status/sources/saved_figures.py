# SPDX-License-Identifier: MIT
"""Uptime figures that cost much to ask for, kept from run to run with the moment when they were said."""

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

# A figure over days changes little in this time, and is no evidence any more after the second.
FRESH_FOR = timedelta(hours=1)
GOOD_FOR = timedelta(hours=6)
# A figure that was said within this time is one of now: a run takes no longer.
OF_NOW = timedelta(minutes=5)

# Under this it is remembered when the figures of each window were asked for.
ASKED = "asked"

_SHARE = re.compile("[0-9]{1,30}(/[0-9]{1,30})?")

# A monitor, and a window.
FigureKey = tuple[str, str]


@dataclass(frozen=True)
class Figure:
    """The share of a window in which a monitor was up, 0 to 1, and when that was said."""

    share: Fraction
    moment: datetime


def read_share(text: Any) -> Fraction:
    """Return a share, 0 to 1, as `str` writes it. Raise TypeError, ValueError or ZeroDivisionError for anything else.

    Only as it is written: 1e-999999999 would be a fraction too, after some hours.
    """
    if not _SHARE.fullmatch(text) or not 0 <= (share := Fraction(text)) <= 1:
        raise ValueError("not a share as it is remembered")
    return share


def recall(remembered: Mapping[str, Any], now: datetime) -> dict[FigureKey, Figure]:
    """Return the figures that `to_json` made something to remember of, and that are still good."""
    found = {}
    stored = remembered.get("figures")
    for item in stored if isinstance(stored, list) else ():
        try:
            monitor, window, share, moment = item
            figure = Figure(read_share(share), from_text(moment))
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        if timedelta(0) <= now - figure.moment < GOOD_FOR:
            found[str(monitor), str(window)] = figure
    return found


def to_json(figures: Mapping[FigureKey, Figure]) -> dict[str, Any]:
    """Return what is to be remembered of figures."""
    return {"figures": [[*place, str(figure.share), to_text(figure.moment)] for place, figure in figures.items()]}


def recall_moments(remembered: Mapping[str, Any], now: datetime, of: str = ASKED) -> dict[str, datetime]:
    """Return the moments that `moments_to_json` made to be remembered: when figures were asked for, or others."""
    found = {}
    stored = remembered.get(of)
    for window, text in stored.items() if isinstance(stored, dict) else ():
        with suppress(TypeError, ValueError):
            if (moment := from_text(text)) <= now:
                found[window] = moment
    return found


def moments_to_json(moments: Mapping[str, datetime], of: str = ASKED) -> dict[str, Any]:
    """Return what is to be remembered of when figures were asked for, or of other moments."""
    return {of: {window: to_text(moment) for window, moment in moments.items()}}


def is_due(moment: datetime | None, now: datetime) -> bool:
    """Whether a figure that was said at a moment is to be asked for anew."""
    return moment is None or now - moment >= FRESH_FOR


def uptime(figures: Mapping[FigureKey, Figure], monitor: str, windows: Iterable[str]) -> Uptime:
    """Return the figures of a monitor for some windows."""
    found = {window: figures[monitor, window].share for window in windows if (monitor, window) in figures}
    return Uptime(**found)


def kept(figures: Mapping[FigureKey, Figure], monitor: str, windows: Iterable[str], now: datetime) -> frozenset[str]:
    """Return the windows for which the figure of a monitor was said some time ago: much may have happened since."""
    places = {window: figures.get((monitor, window)) for window in windows}
    return frozenset(window for window, one in places.items() if one is not None and now - one.moment > OF_NOW)
