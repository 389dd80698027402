# SPDX-License-Identifier: MIT
"""Announcements on the page: in force and planned, and what all of them show."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import datetime

from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.documents.facts import Publication
from elytra_status.documents.incident_addresses import has_page, name_of_page
from elytra_status.documents.markup import Content, element, filled, long_words, theirs, time_element
from elytra_status.documents.page_words import CONCERNS, DETAILS_CHANGED, SPAN
from elytra_status.documents.public_announcements import INCIDENT, MAINTENANCE, PublicAnnouncement, public_announcements
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
        yield article(one, publication)
    if any(notice.text == MAINTENANCE_TEXT for notice in publication.decision.notices):
        yield element("article", element("p", publication.language.text(MAINTENANCE_TEXT)), class_="open work")


def planned(publication: Publication) -> Iterator[ET.Element]:
    """Yield maintenance that has not begun, the next first."""
    for one in reversed(public_announcements(publication)):
        if one.is_planned:
            yield article(one, publication)


def link(one: PublicAnnouncement, publication: Publication) -> ET.Element:
    """Return a title as a link to the announcement, on its own page or on this one.

    Return the title alone if neither shows the announcement.
    """
    if has_page(publication, one.identifier):
        return element("a", theirs("bdi", one.title), href=name_of_page(one.identifier))
    today = publication.now.date()
    if not one.is_over or (today - one.last_day(today)).days < PAST_DAYS:
        return element("a", theirs("bdi", one.title), href=f"#{anchor(one)}")
    return theirs("bdi", one.title)


def components_links(publication: Publication, names: Sequence[str], most: int | None = None) -> list[Content]:
    """Return the names of components for a sentence, as links to their rows.

    If there are more than `most`, the sentence ends with the number of the others.
    """
    rows = {one.name: f"#c{number}" for number, one in enumerate(publication.components, 1)}
    count = len(names) if most is None or len(names) <= most + 1 else most
    rest = len(names) - count
    joined: list[Content] = []
    for name, joint in zip(names[:count], [*publication.language.joints(count + (rest > 0)), ""], strict=False):
        shown = theirs("bdi", name)
        joined += [element("a", shown, href=rows[name]) if name in rows else shown, joint]
    return [*joined, publication.language.and_more(rest)] if rest else joined


def age(of: datetime, publication: Publication) -> ET.Element:
    """Return how long ago `of` was; the page's script keeps it current."""
    length = publication.language.rough_length((publication.now - of).total_seconds())
    ago = publication.language.text("{length} before this report", length=length)
    return element("span", ago, data_since=to_text(of))


def anchor(one: PublicAnnouncement) -> str:
    """Return the permanent id of an announcement on the page."""
    return f"{one.kind}-{one.identifier}"


def article(one: PublicAnnouncement, publication: Publication) -> ET.Element:
    """Return an announcement in full, with its anchor."""
    title = link(one, publication) if has_page(publication, one.identifier) else theirs("bdi", one.title)
    language = publication.language
    links = components_links(publication, one.components)
    concerned = element("p", *filled(language.text(CONCERNS), components=links), class_="soft")
    kinds = [*(["open"] if not one.is_over else []), *(["work"] if one.kind == MAINTENANCE else [])]
    kinds += [f"{one.severity}-impact"] if one.severity else []
    return element(
        "article",
        element("h4" if one.is_over else "h3", title, **long_words(one.title)),
        element("p", *_span(one, publication), class_="soft"),
        *([concerned] if one.components else []),
        *details_changed(one, language),
        _texts(one, language),
        id=anchor(one),
        class_=" ".join(kinds),
    )


def details_changed(one: PublicAnnouncement, language: Language) -> Iterator[ET.Element]:
    """Yield when an open incident's details changed after its last update."""
    if one.details_changed:
        moment = time_element(one.details_changed, language)
        yield element("p", *filled(language.text(DETAILS_CHANGED), moment=moment), class_="soft")


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
