# SPDX-License-Identifier: MIT
"""The chart of the page: a column for each day, filled by its downtime."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

from elytra_status.documents.facts import Day
from elytra_status.documents.markup import element
from elytra_status.documents.page_words import LAST_STEP, NO_EVIDENCE, STEPS
from elytra_status.documents.words import LABELS, MAINTENANCE_LABEL
from elytra_status.locale import Language, to_translate
from elytra_status.model import PlatformStatus

# A day is one unit wide. Below its column there is a mark if it had maintenance. page.css has the heights of these
# lines too, and of the whole: on a usual screen, a unit is a pixel high.
_COLUMN_HEIGHT = 34
_HEIGHT = 40
_STUB = 6
_MARK = 3
# The height of a step of the fill.
_PART = _COLUMN_HEIGHT // (len(STEPS) + 1)
_STATES = ("down", "degraded")
# The height of the middle of each line.
_COLUMNS, _MARKS = _COLUMN_HEIGHT / 2, _HEIGHT - _MARK / 2


def chart(days: Sequence[Day], language: Language) -> ET.Element:
    """Return a picture with a column for each day.

    The colour of a column is that of the day's worst state, and one of the steps of `page_words.STEPS` fills it from
    below. A day without evidence is a stub. Equal days are one dashed line over a line of good days, because fifty
    charts would make a large page. A line of the ground's colour separates the days.
    """
    count = len(days)
    lines = [
        element("path", class_="up", d=f"M0 {_COLUMNS:g}h{count}"),
        *_line(days, lambda day: day.uptime is None and not _worst(day), _COLUMNS, stroke="url(#none)"),
    ]
    for state in _STATES:
        for step in range(1, len(STEPS) + 2):
            lines += _line(days, partial(_is_filled, state, step), _COLUMNS, stroke=f"url(#{state}{step})")
    lines += [
        *_line(days, lambda day: day.maintenance > 0, _MARKS, class_="work"),
        element("path", class_="gaps", d=f"M-.1 {_HEIGHT / 2:g}h{count + 1}"),
    ]
    partly = _partly_observed(days)
    return element(
        "svg",
        *lines,
        class_="days",
        viewBox=f"0 0 {count} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_in_words(days, language),
        data_first=days[0].date.isoformat(),
        **({"data_partly": partly} if partly else {}),
    )


def step_of(seconds: int) -> int:
    """Return the step, counted from 1, that fills the column for so many seconds."""
    return 1 + sum(seconds >= limit for limit, _ in STEPS)


def legend(language: Language) -> ET.Element:
    """Return the legend of the charts, with the paints of their columns."""
    up = _dash(_COLUMNS, class_="up")
    meanings = [([*_paints(), up], to_translate("Up"))]
    for step, words in enumerate((*(words for _, words in STEPS), LAST_STEP), 1):
        meanings.append(([_dash(_COLUMNS, stroke=f"url(#down{step})")], words))
    half = len(STEPS) // 2 + 1
    meanings += [
        ([_dash(_COLUMNS, stroke=f"url(#degraded{half})")], LABELS[PlatformStatus.DEGRADED]),
        ([up, _dash(_MARKS, class_="work")], MAINTENANCE_LABEL),
        ([_dash(_COLUMNS, stroke="url(#none)")], NO_EVIDENCE),
    ]
    size = {"viewBox": f"0 0 1 {_HEIGHT}", "preserveAspectRatio": "none", "aria-hidden": "true"}
    items = (element("li", element("svg", *lines, **size), language.text(words)) for lines, words in meanings)
    return element("ul", *items, class_="legend soft")


def _paints() -> Iterator[ET.Element]:
    """Yield the paint of each kind of column, which is filled from below."""
    heights = {
        "none": _STUB,
        **{f"{state}{step}": step * _PART for state in _STATES for step in range(1, len(STEPS) + 2)},
    }
    for name, height in heights.items():
        edge = f"{1 - height / _COLUMN_HEIGHT:.2f}"
        state = name.rstrip("12345")
        stops = (element("stop", class_=f"{state}-rest", offset=edge), element("stop", class_=state, offset=edge))
        yield element("linearGradient", *stops, id=name, gradientUnits="userSpaceOnUse", x2="0", y2=str(_COLUMN_HEIGHT))


def _partly_observed(days: Sequence[Day]) -> str:
    """Return the partly observed quiet days and their percentages, as text.

    It is for page_days.js; the table has the percentages of other days. Each is the number of days since the one
    before, a - for less than half, and a sign: that of 50%, or of 0%, is A. An example is 12A3-B.
    """
    found, last = "", 0
    for number, day in enumerate(days, 1):
        if day.is_quiet and 0 < day.observed < 1:
            is_most, over = divmod(int(day.observed * 100), 50)
            found += f"{number - last}{'' if is_most else '-'}{chr(ord('A') + over)}"
            last = number
    return found


def _worst(day: Day) -> str:
    return "down" if day.down else "degraded" if day.degraded else ""


def _is_filled(state: str, step: int, day: Day) -> bool:
    return _worst(day) == state and step_of(getattr(day, state)) == step


def _line(days: Sequence[Day], belongs: Callable[[Day], bool], middle: float, **paint: str) -> Iterator[ET.Element]:
    """Yield a line with a dash for each run of days that belong to it, if any do."""
    runs = [(is_in, len(list(run))) for is_in, run in groupby(days, key=belongs)]
    if any(is_in for is_in, _ in runs):
        # A dash comes first, then a gap. All lines end with the same gap, because equal texts make a small page.
        lengths = [*([] if runs[0][0] else [0]), *(length for _, length in runs)]
        if not runs[-1][0]:
            lengths[-1] = len(days)
        yield element("path", d=f"M0 {middle:g}h{len(days)}", stroke_dasharray=" ".join(map(str, lengths)), **paint)


def _dash(middle: float, **paint: str) -> ET.Element:
    return element("path", d=f"M0 {middle:g}h1", **paint)


def _in_words(days: Sequence[Day], language: Language) -> str:
    """Return a description of a chart for screen readers."""
    down = sum(day.down > 0 for day in days)
    unknown = sum(day.uptime is None and not day.down for day in days)
    return language.text(
        "{days}: {up} without downtime, {down} with, {unknown} without evidence",
        days=language.units(len(days), "day"),
        up=language.number(len(days) - unknown - down),
        down=language.number(down),
        unknown=language.number(unknown),
    )
