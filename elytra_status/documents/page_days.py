# SPDX-License-Identifier: MIT
"""The days of the page: as bars, in words, and as a table for who cannot see bars."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from elytra_status.documents.facts import Day, Publication
from elytra_status.documents.markup import element, theirs

# A bar and the gap behind it, in units of the picture: the sheet of styles draws dashes of 8 and gaps of 2.
_STEP = 10
_BAR = 8
_HEIGHT = 64
# What is drawn of the shortest downtime: less could not be seen.
_LEAST = 8


def bars(days: Sequence[Day]) -> ET.Element:
    """Return a picture: a bar for each day, filled from above as long as it was down; a stub where nothing is known.

    Days alike are one line of dashes: ten rows of bars would be a large page otherwise.
    """
    known, unknown = ("".join(_runs(days, is_known)) for is_known in (True, False))
    down = "".join(
        f"M{number * _STEP + _BAR // 2} 0v{max(_LEAST, round(_HEIGHT * (1 - day.uptime)))}"
        for number, day in enumerate(days)
        if day.uptime is not None and day.uptime < 1
    )
    lines = [
        element("path", class_=name, d=path)
        for name, path in (("up", known), ("none", unknown), ("down", down))
        if path
    ]
    return element(
        "svg",
        *lines,
        class_="days",
        viewBox=f"0 0 {len(days) * _STEP - _STEP + _BAR} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_in_words(days),
    )


def _runs(days: Sequence[Day], is_known: bool) -> Iterator[str]:
    middle = _HEIGHT // 2 if is_known else _HEIGHT - _LEAST // 2
    for known, run in groupby(enumerate(days), key=lambda pair: pair[1].uptime is not None):
        if known is is_known:
            numbers = [number for number, _ in run]
            yield f"M{numbers[0] * _STEP} {middle}h{(len(numbers) - 1) * _STEP + _BAR}"


def _in_words(days: Sequence[Day]) -> str:
    unknown = sum(day.uptime is None for day in days)
    down = sum(day.uptime is not None and day.uptime < 1 for day in days)
    return f"{len(days)} days: {len(days) - unknown - down} without downtime, {down} with, {unknown} not known"


def key() -> ET.Element:
    """Return what the parts of the bars mean."""
    up = element("path", class_="up", d=f"M0 {_HEIGHT // 2}h{_BAR}")
    down = element("path", class_="down", d=f"M{_BAR // 2} 0v{_HEIGHT // 2}")
    stub = element("path", class_="none", d=f"M0 {_HEIGHT - _LEAST // 2}h{_BAR}")
    size = {"viewBox": f"0 0 {_BAR} {_HEIGHT}", "preserveAspectRatio": "none", "aria-hidden": "true"}
    meanings = (((up,), "up"), ((up, down), "down for that part of the day"), ((stub,), "not known"))
    items = (element("li", element("svg", *lines, **size), words) for lines, words in meanings)
    return element("ul", *items, class_="meaning soft")


def table(publication: Publication) -> ET.Element | None:
    """Return the days on which not all was up, in figures; None without a history."""
    columns = [("", publication.days), *((one.name, one.days) for one in publication.components if one.days)]
    by_date = [{day.date: day.uptime for day in days} for _, days in columns]
    dates = sorted({day for column in by_date for day in column}, reverse=True)
    if not dates:
        return None
    head = [element("th", "Day", scope="col"), element("th", "Platform", scope="col")]
    head += [theirs("th", name, scope="col") for name, _ in columns[1:]]
    rows = []
    for date in dates:
        uptimes = [column.get(date) for column in by_date]
        if any(uptime != 1 for uptime in uptimes):
            cells = (element("td", _figure(uptime)) for uptime in uptimes)
            rows.append(element("tr", element("th", date.isoformat(), scope="row"), *cells))
    caption = "Uptime in percent, by UTC day. On days that are not listed, all was up."
    head_row = element("thead", element("tr", *head))
    whole = element("table", element("caption", caption), head_row, element("tbody", *rows))
    scrolled = element("div", whole, class_="scroll", role="region", tabindex="0", aria_label="Every day in figures")
    return element("details", element("summary", "Every day in figures", id="days-head"), scrolled, id="days")


def _figure(uptime: Fraction | None) -> str:
    """Return a share in percent with at most two decimals, cut off: what is not quite all is not 100."""
    return "?" if uptime is None else f"{int(uptime * 10_000) / 100:g}"
