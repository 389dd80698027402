# SPDX-License-Identifier: MIT
"""Announcements on the page: present, planned and past."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.documents.facts import Publication
from elytra_status.documents.incident_addresses import ARCHIVE, has_page, name_of_page
from elytra_status.documents.markup import Content, element, filled, theirs, time_element
from elytra_status.documents.page_words import ALL_PAST, CONCERNS, NO_INCIDENTS, SPAN
from elytra_status.documents.public_announcements import (
    INCIDENT,
    MAINTENANCE,
    PublicAnnouncement,
    public_announcements,
)
from elytra_status.documents.words import translated
from elytra_status.locale import Language
from elytra_status.system.clock import to_text

# The page shows so many past days. The archive has all that is kept.
PAST_DAYS = 14


def announcements_in_force(publication: Publication) -> Iterator[ET.Element]:
    """Yield an override's note, open incidents, and maintenance in progress."""
    for notice in publication.decision.notices:
        if notice.kind == "override":
            yield element("article", theirs("p", translated(notice.text, publication.language)), class_="open")
    going_on = [one for one in public_announcements(publication) if not (one.is_over or one.is_planned)]
    for one in sorted(going_on, key=lambda one: one.kind == MAINTENANCE):
        yield _article(one, publication)
    if any(notice.text == MAINTENANCE_TEXT for notice in publication.decision.notices):
        yield element("article", element("p", publication.language.text(MAINTENANCE_TEXT)), class_="open work")


def planned(publication: Publication) -> Iterator[ET.Element]:
    """Yield maintenance that has not begun, the next first."""
    for one in reversed(public_announcements(publication)):
        if one.is_planned:
            yield _article(one, publication)


def past(publication: Publication) -> Iterator[ET.Element]:
    """Yield the last days, newest first, each with what began on it.

    Quiet days in a row share one element.
    """
    today, language = publication.now.date(), publication.language
    begun = [one for one in public_announcements(publication) if not (one.is_planned or one.is_cancelled)]
    quiet: list[date] = []
    for day in (today - timedelta(days=back) for back in range(PAST_DAYS)):
        content = [
            _article(one, publication) if one.is_over else _line(one, language)
            for one in begun
            if one.since.date() == day
        ]
        if not content:
            quiet.append(day)
            continue
        yield from _quiet(quiet, language)
        quiet = []
        yield element("div", element("h3", language.day_of_year(day)), element("div", *content), class_="day")
    yield from _quiet(quiet, language)
    if ARCHIVE in dict(publication.texts.other_forms):
        yield element("p", element("a", language.text(ALL_PAST), href=ARCHIVE))


def on_days(
    publication: Publication, days: Sequence[date], component: str | None = None
) -> dict[date, list[PublicAnnouncement]]:
    """Return the announcements in progress on each day.

    With `component`, only those of this component count.
    """
    found: dict[date, list[PublicAnnouncement]] = {day: [] for day in days}
    for one in public_announcements(publication):
        if one.is_planned or one.is_cancelled or (component is not None and component not in one.components):
            continue
        first, last = one.since.date(), min(one.until or publication.now, publication.now).date()
        for day in (day for day in days if first <= day <= last):
            found[day].append(one)
    return found


def link(one: PublicAnnouncement, publication: Publication) -> ET.Element:
    """Return a title as a link to the announcement, on its own page or on this one.

    Return the title alone if neither shows the announcement.
    """
    if has_page(publication, one.identifier):
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
    for name, joint in zip(names[:count], [*publication.language.joints(count + (rest > 0)), ""], strict=False):
        shown = theirs("span", name)
        joined += [element("a", shown, href=rows[name]) if name in rows else shown, joint]
    return [*joined, publication.language.and_more(rest)] if rest else joined


def age(of: datetime, publication: Publication) -> ET.Element:
    """Return how long ago `of` was; the page's script keeps it current."""
    length = publication.language.rough_length((publication.now - of).total_seconds())
    ago = publication.language.text("{length} before this report", length=length)
    return element("span", ago, data_since=to_text(of))


def _anchor(one: PublicAnnouncement) -> str:
    """Return the permanent id of an announcement on the page."""
    return f"{one.kind}-{one.identifier}"


def _article(one: PublicAnnouncement, publication: Publication) -> ET.Element:
    title = link(one, publication) if has_page(publication, one.identifier) else theirs("span", one.title)
    language = publication.language
    links = components_links(publication, one.components)
    concerned = element("p", *filled(language.text(CONCERNS), components=links), class_="soft")
    kinds = [*(["open"] if not one.is_over else []), *(["work"] if one.kind == MAINTENANCE else [])]
    kinds += [f"{one.severity}-impact"] if one.severity else []
    return element(
        "article",
        element("h4" if one.is_over else "h3", title),
        element("p", *_span(one, publication), class_="soft"),
        *([concerned] if one.components else []),
        _texts(one, language),
        id=_anchor(one),
        class_=" ".join(kinds),
    )


def _span(one: PublicAnnouncement, publication: Publication) -> list[Content]:
    """Return the state with its beginning, its end and its duration, as far as known."""
    language = publication.language
    state, since = element("b", one.state, class_="phase"), time_element(one.since, language)
    if one.until is None:
        sentence = language.text("{state} since {moment}, {age}")
        return filled(sentence, state=state, moment=since, age=age(one.since, publication))
    span = filled(language.text(SPAN), first=since, last=time_element(one.until, language))
    if one.kind != INCIDENT:
        return filled(language.text("{state}, {span}"), state=state, span=span)
    sentence = language.text("{state} after {length}, {span}")
    return filled(sentence, state=state, length=language.length(one.until - one.since), span=span)


def _texts(one: PublicAnnouncement, language: Language) -> ET.Element:
    """Return the updates, newest first. Maintenance has one text."""
    if one.kind == MAINTENANCE:
        return theirs("p", one.text)
    items = []
    for update in one.updates:
        said = element("p", element("b", update.state), " ", time_element(update.time, language), class_="soft")
        items.append(element("li", said, theirs("p", update.text)))
    return element("ol", *items, class_="updates")


def _line(one: PublicAnnouncement, language: Language) -> ET.Element:
    """Return a line about an announcement that is in full further above."""
    title = element("a", theirs("span", one.title), href=f"#{_anchor(one)}")
    return element("p", *filled(language.text("{title} ({state})"), title=title, state=language.within(one.state)))


def _quiet(days: Sequence[date], language: Language) -> Iterator[ET.Element]:
    if days:
        first, last = language.day_of_year(days[-1]), language.day_of_year(days[0])
        span = last if len(days) == 1 else language.text(SPAN, first=first, last=last)
        said = element("p", language.text(NO_INCIDENTS), class_="soft")
        yield element("div", element("h3", span), said, class_="day")
