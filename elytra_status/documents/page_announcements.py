# SPDX-License-Identifier: MIT
"""Announcements on the page: present, planned and past."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.documents.facts import Publication
from elytra_status.documents.incident_addresses import ARCHIVE, name_of_page
from elytra_status.documents.markup import Content, element, theirs, time_element
from elytra_status.documents.page_words import ALL_PAST, CONCERNS, NO_INCIDENTS, and_more, joints
from elytra_status.documents.public_announcements import (
    CANCELLED,
    INCIDENT,
    MAINTENANCE,
    PLANNED,
    PublicAnnouncement,
    length_of,
    public_announcements,
)
from elytra_status.system.clock import for_people, to_text

# The page shows so many past days. The archive has all that is kept.
PAST_DAYS = 14


def announcements_in_force(publication: Publication) -> Iterator[ET.Element]:
    """Yield an override's note, open incidents, and maintenance in progress."""
    for notice in publication.decision.notices:
        if notice.kind == "override":
            yield element("article", theirs("p", notice.text), class_="open")
    going_on = [one for one in public_announcements(publication) if not one.is_over and one.state != PLANNED]
    for one in sorted(going_on, key=lambda one: one.kind == MAINTENANCE):
        yield _article(one, publication)
    if any(notice.text == MAINTENANCE_TEXT for notice in publication.decision.notices):
        yield element("article", element("p", MAINTENANCE_TEXT), class_="open work")


def planned(publication: Publication) -> Iterator[ET.Element]:
    """Yield maintenance that has not begun, the next first."""
    for one in reversed(public_announcements(publication)):
        if one.state == PLANNED:
            yield _article(one, publication)


def past(publication: Publication) -> Iterator[ET.Element]:
    """Yield the last days, newest first, each with what began on it.

    Quiet days in a row share one element.
    """
    today = publication.now.date()
    begun = [one for one in public_announcements(publication) if one.state not in (PLANNED, CANCELLED)]
    quiet: list[date] = []
    for day in (today - timedelta(days=back) for back in range(PAST_DAYS)):
        content = [
            _article(one, publication) if one.is_over else _line(one) for one in begun if one.since.date() == day
        ]
        if not content:
            quiet.append(day)
            continue
        yield from _quiet(quiet)
        quiet = []
        yield element("div", element("h3", _day(day)), element("div", *content), class_="day")
    yield from _quiet(quiet)
    if ARCHIVE in dict(publication.texts.other_forms):
        yield element("p", element("a", ALL_PAST, href=ARCHIVE))


def on_days(
    publication: Publication, days: Sequence[date], component: str | None = None
) -> dict[date, list[PublicAnnouncement]]:
    """Return the announcements in progress on each day.

    With `component`, only those of this component count.
    """
    found: dict[date, list[PublicAnnouncement]] = {day: [] for day in days}
    for one in public_announcements(publication):
        if one.state in (PLANNED, CANCELLED) or (component is not None and component not in one.components):
            continue
        first, last = one.since.date(), min(one.until or publication.now, publication.now).date()
        for day in (day for day in days if first <= day <= last):
            found[day].append(one)
    return found


def link(one: PublicAnnouncement, publication: Publication) -> ET.Element:
    """Return a title as a link to the announcement, on its own page or on this one.

    Return the title alone if neither shows the announcement.
    """
    if ARCHIVE in dict(publication.texts.other_forms):
        return element("a", theirs("span", one.title), href=name_of_page(one.identifier))
    if not one.is_over or (publication.now.date() - one.since.date()).days < PAST_DAYS:
        return element("a", theirs("span", one.title), href=f"#{_anchor(one)}")
    return theirs("span", one.title)


def components_links(publication: Publication, names: Sequence[str], most: int | None = None) -> list[Content]:
    """Return the names of components for a sentence, as links to their rows.

    If there are more than `most`, the sentence ends with the number of the others.
    """
    rows = {one.name: f"#c{number}" for number, one in enumerate(publication.components, 1)}
    count = len(names) if most is None or len(names) <= most + 1 else most
    rest = len(names) - count
    joined: list[Content] = []
    for name, joint in zip(names[:count], [*joints(count + (rest > 0)), ""], strict=False):
        shown = theirs("span", name)
        joined += [element("a", shown, href=rows[name]) if name in rows else shown, joint]
    return [*joined, and_more(rest)] if rest else joined


def age(of: datetime, publication: Publication) -> ET.Element:
    """Return how long ago `of` was; the page's script keeps it current."""
    ago = f"{for_people((publication.now - of).total_seconds())} before this report"
    return element("span", ago, data_since=to_text(of))


def _anchor(one: PublicAnnouncement) -> str:
    """Return the permanent id of an announcement on the page."""
    return f"{one.kind}-{one.identifier}"


def _article(one: PublicAnnouncement, publication: Publication) -> ET.Element:
    has_page = ARCHIVE in dict(publication.texts.other_forms)
    title = link(one, publication) if has_page else theirs("span", one.title)
    concerned = element("p", CONCERNS, *components_links(publication, one.components), class_="soft")
    kinds = [*(["open"] if not one.is_over else []), *(["work"] if one.kind == MAINTENANCE else [])]
    kinds += [one.impact.lower().replace(" ", "-")] if one.impact else []
    return element(
        "article",
        element("h4" if one.is_over else "h3", title),
        element("p", element("b", one.state, class_="phase"), *_span(one, publication), class_="soft"),
        *([concerned] if one.components else []),
        _texts(one),
        id=_anchor(one),
        class_=" ".join(kinds),
    )


def _span(one: PublicAnnouncement, publication: Publication) -> list[Content]:
    """Return the beginning, the end and the duration, as far as known."""
    if one.until is None:
        return [" since ", time_element(one.since), ", ", age(one.since, publication)]
    span: list[Content] = [time_element(one.since), " to ", time_element(one.until)]
    return [f" after {length_of(one.until - one.since)}, ", *span] if one.kind == INCIDENT else [", ", *span]


def _texts(one: PublicAnnouncement) -> ET.Element:
    """Return the updates, newest first. Maintenance has one text."""
    if one.kind == MAINTENANCE:
        return theirs("p", one.text)
    items = []
    for update in one.updates:
        said = element("p", element("b", update.state), " ", time_element(update.time), class_="soft")
        items.append(element("li", said, theirs("p", update.text)))
    return element("ol", *items, class_="updates")


def _line(one: PublicAnnouncement) -> ET.Element:
    """Return a line about an announcement that is in full further above."""
    return element("p", element("a", theirs("span", one.title), href=f"#{_anchor(one)}"), f" ({one.state.lower()})")


def _quiet(days: Sequence[date]) -> Iterator[ET.Element]:
    if days:
        span = _day(days[0]) if len(days) == 1 else f"{_day(days[-1])} to {_day(days[0])}"
        yield element("div", element("h3", span), element("p", NO_INCIDENTS, class_="soft"), class_="day")


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
