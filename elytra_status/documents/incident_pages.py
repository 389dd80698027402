# SPDX-License-Identifier: MIT
"""incidents/ID.html: a page for each incident or maintenance, and an archive.

The archive has a page for each month.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.incident_addresses import ARCHIVE, FOLDER, name_of_page
from elytra_status.documents.markup import Content, element, theirs, time_element
from elytra_status.documents.public_announcements import (
    MAINTENANCE,
    POSTMORTEM,
    PublicAnnouncement,
    length_of,
    public_announcements,
)
from elytra_status.documents.small_page import Preview, small_page

ALL = "All incidents and maintenance"
CURRENT = "Current status"
NOTHING = "There are no incidents and no maintenance on record."


def render(publication: Publication) -> list[Document]:
    """Return all pages, the latest announcement first."""
    every = public_announcements(publication)
    months = [(month, list(some)) for month, some in groupby(every, lambda one: one.since.date().replace(day=1))]
    pages = [_page(publication, one) for one in every]
    return [_archive(publication, months), *pages, *_months(publication, months)]


def _page(publication: Publication, one: PublicAnnouncement) -> Document:
    preview = Preview(f"{one.title}: {one.state}", one.text)
    content = [theirs("h1", one.title), *_facts(one), _updates(one), *_postmortem(one)]
    links = (("../index.html", CURRENT), ("index.html", ALL))
    return small_page(
        publication, name_of_page(one.identifier), preview, content, links, archived=one.is_over, own_titles=_own([one])
    )


def _facts(one: PublicAnnouncement) -> Iterator[ET.Element]:
    is_work = one.kind == MAINTENANCE
    kind = "work" if is_work else "over" if one.is_over else "open"
    impact = f", {one.impact.lower()}" if one.impact else ""
    yield element("p", element("span", one.state, class_=f"state {kind}"), impact)
    span: tuple[Content, ...] = ("Since ", time_element(one.since))
    if one.until:
        span = (time_element(one.since), " to ", time_element(one.until))
    length = f" ({length_of(one.until - one.since)})" if one.until else ""
    yield element("p", *span, length, class_="soft")
    if one.components:
        yield element("p", "Affected: ", theirs("span", ", ".join(one.components)), class_="soft")


def _updates(one: PublicAnnouncement) -> ET.Element:
    rows = []
    for number, update in zip(range(len(one.updates), 0, -1), one.updates, strict=True):
        text = [theirs("p", update.text)] if update.text else []
        head = element("p", element("b", update.state), " ", time_element(update.time), class_="soft")
        rows.append(element("li", head, *text, id=f"update-{number}"))
    return element("section", element("h2", "Updates"), element("ol", *rows))


def _postmortem(one: PublicAnnouncement) -> Iterator[ET.Element]:
    if one.postmortem:
        paragraphs = (theirs("p", " ".join(part.split())) for part in one.postmortem.split("\n\n"))
        yield element("section", element("h2", POSTMORTEM), *paragraphs, id="postmortem")


def _archive(publication: Publication, months: Sequence[tuple[date, list[PublicAnnouncement]]]) -> Document:
    """Return the list of months, with the announcements of the newest."""
    content = [element("h1", "Incidents and maintenance")]
    if not months:
        content.append(element("p", NOTHING))
    newest = [one for _, some in months[:1] for one in some]
    for month, some in months[:1]:
        content += [element("h2", _in_words(month)), _listed(some)]
    if older := months[1:]:
        rows = (
            element("li", element("a", _in_words(month), href=f"{_name(month)}.html"), f" ({len(some)})")
            for month, some in older
        )
        content += [element("h2", "Earlier months"), element("ul", *rows)]
    preview = Preview("Incidents and maintenance")
    return small_page(
        publication, ARCHIVE, preview, content, (("../index.html", CURRENT),), archived=False, own_titles=_own(newest)
    )


def _months(publication: Publication, months: Sequence[tuple[date, list[PublicAnnouncement]]]) -> Iterator[Document]:
    for number, (month, some) in enumerate(months):
        heading = f"Incidents and maintenance in {_in_words(month)}"
        around = [*months[number + 1 : number + 2], *(months[number - 1 : number] if number else ())]
        links = [*((f"{_name(other)}.html", _in_words(other)) for other, _ in around), ("index.html", ALL)]
        preview = Preview(heading)
        content = [element("h1", heading), _listed(some)]
        name = f"{FOLDER}/{_name(month)}.html"
        is_over = all(one.is_over for one in some)
        yield small_page(publication, name, preview, content, links, archived=is_over, own_titles=_own(some))


def _own(some: Sequence[PublicAnnouncement]) -> list[str]:
    return [one.title for one in some if one.own_title]


def _listed(some: Sequence[PublicAnnouncement]) -> ET.Element:
    """Return announcements as a list of links to their pages."""
    rows = []
    for one in some:
        link = element("a", theirs("span", one.title), href=f"{one.identifier}.html")
        length = f", {length_of(one.until - one.since)}" if one.until else ""
        rows.append(
            element("li", link, element("p", time_element(one.since), f", {one.state.lower()}{length}", class_="soft"))
        )
    return element("ul", *rows)


def _name(month: date) -> str:
    return f"{month:%Y-%m}"


def _in_words(month: date) -> str:
    return f"{month:%B %Y}"


KIND = DocumentKind(render, link=(ARCHIVE, ALL))
