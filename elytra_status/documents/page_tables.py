# SPDX-License-Identifier: MIT
"""The days of the page as tables, one for each chart.

A table lists the days with downtime, maintenance or an incident.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from elytra_status.documents.facts import Day, Publication
from elytra_status.documents.markup import element, theirs
from elytra_status.documents.page_announcements import link, on_days
from elytra_status.documents.page_words import (
    DAYS_CAPTION,
    DAYS_HEADING,
    NO_EVENTS,
    PLATFORM,
    duration,
)
from elytra_status.documents.public_announcements import PublicAnnouncement
from elytra_status.documents.words import MAINTENANCE_LABEL

_SECONDS = {"Down": "down", "Degraded": "degraded", MAINTENANCE_LABEL: "maintenance"}


def tables(publication: Publication) -> Iterator[ET.Element]:
    """Yield the tables of platform and components; nothing without a history.

    When a visitor points at a day, the script shows its row: table N belongs to chart N.
    """
    charts: list[tuple[ET.Element, Sequence[Day], str | None]]
    charts = [(element("caption", PLATFORM), publication.days, None)]
    charts += [(theirs("caption", one.name), one.days, one.name) for one in publication.components]
    made = [_table(number, *chart, publication) for number, chart in enumerate(charts) if chart[1]]
    if not made:
        return
    scrolled = element("div", *made, class_="scroll", role="region", tabindex="0", aria_label=DAYS_HEADING)
    note = element("p", DAYS_CAPTION, class_="soft")
    yield element("details", element("summary", DAYS_HEADING, id="days-head"), note, scrolled, id="days")


def _table(
    number: int, caption: ET.Element, days: Sequence[Day], component: str | None, publication: Publication
) -> ET.Element:
    events = on_days(publication, [day.date for day in days], component)
    listed = [day for day in reversed(days) if day.down or day.degraded or day.maintenance or events[day.date]]
    columns = [name for name, field in _SECONDS.items() if any(getattr(day, field) for day in listed)]
    heads = ["Day", *columns, "Observed", *(["Events"] if any(events.values()) else [])]
    rows = []
    for day in listed:
        cells = [*(_seconds(day, _SECONDS[name]) for name in columns), f"{int(day.observed * 100)}%"]
        date_cell = element("th", day.date.isoformat(), scope="row")
        rows.append(element("tr", date_cell, *(element("td", one) for one in cells)))
        if any(events.values()):
            rows[-1].append(element("td", *_links(events[day.date], publication)))
    if not listed:
        rows.append(_note(NO_EVENTS, heads))
    if without := list(_runs([day.date for day in days if day.uptime is None and day not in listed])):
        rows.append(_note(f"No evidence: {', '.join(without)}", heads))
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in heads)))
    return element("table", caption, *([head] if listed else []), element("tbody", *rows), id=f"t{number}")


def _note(text: str, heads: Sequence[str]) -> ET.Element:
    return element("tr", element("td", text, colspan=str(len(heads))))


def _seconds(day: Day, field: str) -> str:
    seconds = getattr(day, field)
    return duration(seconds) if seconds else ""


def _links(some: Sequence[PublicAnnouncement], publication: Publication) -> Iterator[ET.Element | str]:
    for number, one in enumerate(some):
        if number:
            yield ", "
        yield link(one, publication)


def _runs(dates: Sequence[date]) -> Iterator[str]:
    """Yield dates; first and last date of each run of consecutive ones."""
    if not dates:
        return
    first = dates[0]
    for one, other in pairwise([*dates, date.max]):
        if (other - one).days > 1:
            yield one.isoformat() if first == one else f"{first.isoformat()} to {one.isoformat()}"
            first = other
