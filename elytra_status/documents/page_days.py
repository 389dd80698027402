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

# The width of a column and the gap after it, in units of the picture: page.css draws dashes of 8 and gaps of 2.
_STEP = 10
_COLUMN = 8
# A strip below the columns marks days with maintenance.
_COLUMN_HEIGHT = 54
_HEIGHT = 64
_STUB = 10
_MARK = 4
# The height of a step of the fill: page.css has the same for each step.
_PART = _COLUMN_HEIGHT // (len(STEPS) + 1)


def chart(days: Sequence[Day], language: Language) -> ET.Element:
    """Return a picture with a column for each day.

    The colour of a column is that of the day's worst state, and one of the steps of `page_words.STEPS` fills it from
    below. A day without evidence is a stub. Equal days are one dashed line, because fifty charts would make a large
    page.
    """
    lines = [
        *_line("up", days, lambda day: day.uptime is not None and not _worst(day), _COLUMN_HEIGHT // 2),
        *_line("none", days, lambda day: day.uptime is None and not _worst(day), _COLUMN_HEIGHT - _STUB // 2),
        *_line("work", days, lambda day: day.maintenance > 0, _HEIGHT - _MARK // 2),
    ]
    for state in ("down", "degraded"):
        lines += _line(f"{state} rest", days, partial(_is_worst, state), _COLUMN_HEIGHT // 2)
        lines += _fills(state, days)
    return element(
        "svg",
        *lines,
        class_="days",
        viewBox=f"0 0 {len(days) * _STEP - _STEP + _COLUMN} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_in_words(days, language),
        data_first=days[0].date.isoformat(),
        data_observed=" ".join(_observed(days)),
    )


def step_of(seconds: int) -> int:
    """Return the step, counted from 1, that fills the column for so many seconds."""
    return 1 + sum(seconds >= limit for limit, _ in STEPS)


def legend(language: Language) -> ET.Element:
    """Return the legend of the chart."""
    whole = _COLUMN_HEIGHT // 2
    meanings = [([_dash("up", whole)], to_translate("Up"))]
    for number, words in enumerate((*(words for _, words in STEPS), LAST_STEP), 1):
        fill = _dash(_fill("down", number), _middle(number))
        meanings.append(([_dash("down rest", whole), fill], words))
    half = len(STEPS) // 2 + 1
    meanings += [
        (
            [_dash("degraded rest", whole), _dash(_fill("degraded", half), _middle(half))],
            LABELS[PlatformStatus.DEGRADED],
        ),
        ([_dash("up", whole), _dash("work", _HEIGHT - _MARK // 2)], MAINTENANCE_LABEL),
        ([_dash("none", _COLUMN_HEIGHT - _STUB // 2)], NO_EVIDENCE),
    ]
    size = {"viewBox": f"0 0 {_COLUMN} {_HEIGHT}", "preserveAspectRatio": "none", "aria-hidden": "true"}
    items = (element("li", element("svg", *lines, **size), language.text(words)) for lines, words in meanings)
    return element("ul", *items, class_="legend soft")


def _worst(day: Day) -> str:
    return "down" if day.down else "degraded" if day.degraded else ""


def _is_worst(state: str, day: Day) -> bool:
    return _worst(day) == state


def _line(name: str, days: Sequence[Day], belongs: Callable[[Day], bool], middle: int) -> Iterator[ET.Element]:
    """Yield the dashed line of the days that belong to it, if there are any."""
    runs: list[str] = []
    at = 0
    for is_in, run in groupby(enumerate(days), key=lambda pair: belongs(pair[1])):
        if is_in:
            numbers = [number for number, _ in run]
            start, length = numbers[0] * _STEP, (len(numbers) - 1) * _STEP + _COLUMN
            # Distances compress better than places: fifty charts have many of them.
            runs.append(f"{f'm{start - at} 0' if runs else f'M{start} {middle}'}h{length}")
            at = start + length
    if runs:
        yield element("path", class_=name, d="".join(runs))


def _fills(state: str, days: Sequence[Day]) -> Iterator[ET.Element]:
    """Yield the fills of columns with this worst state, a line for each step."""
    for step in range(1, len(STEPS) + 2):

        def is_filled(day: Day, step: int = step) -> bool:
            return _is_worst(state, day) and step_of(getattr(day, state)) == step

        yield from _line(_fill(state, step), days, is_filled, _middle(step))


def _fill(state: str, step: int) -> str:
    """Return the classes of a fill, which is a line as wide as the fill is high."""
    return f"{state} s{step}"


def _middle(step: int) -> int:
    """Return where the line is that fills a column from below to a step."""
    return _COLUMN_HEIGHT - step * _PART // 2


def _dash(name: str, middle: int) -> ET.Element:
    return element("path", class_=name, d=f"M0 {middle}h{_COLUMN}")


def _observed(days: Sequence[Day]) -> Iterator[str]:
    """Yield the observed percentage of each day, with `?` for days without a figure.

    Equal days are counted: `60*100` means sixty days of 100%.
    """
    for said, run in groupby(f"{int(day.observed * 100)}{'?' if day.uptime is None else ''}" for day in days):
        count = len(list(run))
        yield f"{count}*{said}" if count > 1 else said


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
