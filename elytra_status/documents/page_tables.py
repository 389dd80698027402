# SPDX-License-Identifier: MIT
"""The days of the page as tables, one for each chart.

A table lists the days with downtime, maintenance or an incident.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from elytra_status.documents.facts import Day, Publication
from elytra_status.documents.markup import element, theirs
from elytra_status.documents.page_announcements import link
from elytra_status.documents.page_past import on_days
from elytra_status.documents.page_words import DAYS_CAPTION, DAYS_HEADING, DOWN, NO_EVENTS, OBSERVED, PLATFORM, SPAN
from elytra_status.documents.public_announcements import PublicAnnouncement, public_announcements
from elytra_status.documents.words import LABELS, MAINTENANCE_LABEL
from elytra_status.locale import Language, to_translate
from elytra_status.model import PlatformStatus

_SECONDS = {DOWN: "down", LABELS[PlatformStatus.DEGRADED]: "degraded", MAINTENANCE_LABEL: "maintenance"}


def tables(publication: Publication) -> Iterator[ET.Element]:
    """Yield the tables of platform and components; nothing without a history.

    When a visitor points at a day, the script shows its row: table N belongs to chart N.
    """
    language = publication.language
    charts: list[tuple[ET.Element, Sequence[Day], str | None]]
    charts = [(element("caption", language.text(PLATFORM)), publication.days, None)]
    charts += [(theirs("caption", one.name), one.days, one.name) for one in publication.components]
    every = public_announcements(publication)
    made = [
        _table(number, caption, days, on_days(every, [day.date for day in days], component), publication)
        for number, (caption, days, component) in enumerate(charts)
        if days
    ]
    if not made:
        return
    heading = language.text(DAYS_HEADING)
    scrolled = element("div", *made, class_="scroll", role="region", tabindex="0", aria_label=heading)
    note = element("p", language.text(DAYS_CAPTION), class_="soft")
    yield element("details", element("summary", heading, id="days-head"), note, scrolled, id="days")


def _table(
    number: int,
    caption: ET.Element,
    days: Sequence[Day],
    events: Mapping[date, Sequence[PublicAnnouncement]],
    publication: Publication,
) -> ET.Element:
    listed = [day for day in reversed(days) if not day.is_quiet or events[day.date]]
    columns = [name for name, field in _SECONDS.items() if any(getattr(day, field) for day in listed)]
    language = publication.language
    ends = [to_translate("Events")] if any(events.values()) else []
    heads = [language.text(head) for head in (to_translate("Day"), *columns, OBSERVED, *ends)]
    rows = []
    for day in listed:
        cells = [*(_seconds(day, _SECONDS[name], language) for name in columns), language.percent(day.observed, 0)]
        date_cell = element("th", day.date.isoformat())
        rows.append(element("tr", date_cell, *(element("td", one) for one in cells)))
        if any(events.values()):
            rows[-1].append(element("td", *_links(events[day.date], publication)))
    if not listed:
        rows.append(_note(language.text(NO_EVENTS), heads))
    without = [day.date for day in days if day.uptime is None and day not in listed]
    if without:
        runs = language.listed(list(_runs(without, language)))
        rows.append(_note(language.text("No evidence: {days}", days=runs), heads))
    # A header beside data is that of its row, others are those of columns: scopes would make a page 130 bytes larger.
    head = element("thead", element("tr", *(element("th", name) for name in heads)))
    return element("table", caption, *([head] if listed else []), element("tbody", *rows), id=f"t{number}")


def _note(text: str, heads: Sequence[str]) -> ET.Element:
    return element("tr", element("td", text, colspan=str(len(heads))))


def _seconds(day: Day, field: str, language: Language) -> str:
    seconds = getattr(day, field)
    return language.duration(seconds) if seconds else ""


def _links(some: Sequence[PublicAnnouncement], publication: Publication) -> Iterator[ET.Element | str]:
    for number, one in enumerate(some):
        if number:
            yield publication.language.text(", ")
        yield link(one, publication)


def _runs(dates: Sequence[date], language: Language) -> Iterator[str]:
    """Yield dates; first and last date of each run of consecutive ones."""
    if not dates:
        return
    first = dates[0]
    for one, other in pairwise([*dates, date.max]):
        if (other - one).days > 1:
            span = {"first": first.isoformat(), "last": one.isoformat()}
            yield one.isoformat() if first == one else language.text(SPAN, **span)
            first = other
