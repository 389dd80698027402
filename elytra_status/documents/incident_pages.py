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
from elytra_status.documents.markup import element, filled, theirs, time_element
from elytra_status.documents.page_words import ALL_PAST, SPAN
from elytra_status.documents.preview_tags import Preview
from elytra_status.documents.public_announcements import (
    MAINTENANCE,
    POSTMORTEM,
    PublicAnnouncement,
    public_announcements,
)
from elytra_status.documents.small_page import small_page
from elytra_status.locale import Language, to_translate

CURRENT = to_translate("Current status")
NOTHING = to_translate("There are no incidents and no maintenance on record.")
HEADING = to_translate("Incidents and maintenance")


def render(publication: Publication) -> list[Document]:
    """Return all pages in each language, the latest announcement first.

    The pages of an announcement in all languages follow each other, because a run publishes a part of a large archive.
    """
    in_each = map(_in_language, publication.in_each_language)
    return [page for same in zip(*in_each, strict=True) for page in same]


def _in_language(publication: Publication) -> list[Document]:
    every = public_announcements(publication)
    months = [(month, list(some)) for month, some in groupby(every, lambda one: one.since.date().replace(day=1))]
    pages = [_page(publication, one) for one in every]
    return [_archive(publication, months), *pages, *_months(publication, months)]


def _page(publication: Publication, one: PublicAnnouncement) -> Document:
    language = publication.language
    preview = Preview(f"{one.title}: {one.state}", one.text, has_picture=not one.is_over)
    content = [theirs("h1", one.title), *_facts(one, language), _updates(one, language), *_postmortem(one, language)]
    links = (("../index.html", language.text(CURRENT)), ("index.html", language.text(ALL_PAST)))
    return small_page(
        publication, name_of_page(one.identifier), preview, content, links, archived=one.is_over, own_titles=_own([one])
    )


def _facts(one: PublicAnnouncement, language: Language) -> Iterator[ET.Element]:
    is_work = one.kind == MAINTENANCE
    kind = "work" if is_work else "over" if one.is_over else "open"
    state = element("span", one.state, class_=f"state {kind}")
    impact = filled(language.text("{state}, {impact}"), state=state, impact=language.within(one.impact))
    yield element("p", *(impact if one.impact else [state]))
    since = time_element(one.since, language)
    if one.until:
        span = filled(language.text(SPAN), first=since, last=time_element(one.until, language))
        length = language.length(one.until - one.since)
        yield element("p", *filled(language.text("{span} ({length})"), span=span, length=length), class_="soft")
    else:
        yield element("p", *filled(language.text("Since {moment}"), moment=since), class_="soft")
    if one.components:
        names = theirs("span", language.listed(one.components))
        yield element("p", *filled(language.text("Affected: {components}"), components=names), class_="soft")


def _updates(one: PublicAnnouncement, language: Language) -> ET.Element:
    rows = []
    for number, update in zip(range(len(one.updates), 0, -1), one.updates, strict=True):
        text = [theirs("p", update.text)] if update.text else []
        head = element("p", element("b", update.state), " ", time_element(update.time, language), class_="soft")
        rows.append(element("li", head, *text, id=f"update-{number}"))
    return element("section", element("h2", language.text("Updates")), element("ol", *rows))


def _postmortem(one: PublicAnnouncement, language: Language) -> Iterator[ET.Element]:
    if one.postmortem:
        paragraphs = (theirs("p", " ".join(part.split())) for part in one.postmortem.split("\n\n"))
        yield element("section", element("h2", language.text(POSTMORTEM)), *paragraphs, id="postmortem")


def _archive(publication: Publication, months: Sequence[tuple[date, list[PublicAnnouncement]]]) -> Document:
    """Return the list of months, with the announcements of the newest."""
    language = publication.language
    content = [element("h1", language.text(HEADING))]
    if not months:
        content.append(element("p", language.text(NOTHING)))
    newest = [one for _, some in months[:1] for one in some]
    for month, some in months[:1]:
        content += [element("h2", language.month(month)), _listed(some, language)]
    if older := months[1:]:
        rows = (
            element(
                "li",
                element("a", language.month(month), href=f"{_name(month)}.html"),
                f" ({language.number(len(some))})",
            )
            for month, some in older
        )
        content += [element("h2", language.text("Earlier months")), element("ul", *rows)]
    preview = Preview(language.text(HEADING))
    return small_page(
        publication,
        ARCHIVE,
        preview,
        content,
        (("../index.html", language.text(CURRENT)),),
        archived=False,
        own_titles=_own(newest),
    )


def _months(publication: Publication, months: Sequence[tuple[date, list[PublicAnnouncement]]]) -> Iterator[Document]:
    language = publication.language
    for number, (month, some) in enumerate(months):
        heading = language.text("Incidents and maintenance in {month}", month=language.month(month))
        around = [*months[number + 1 : number + 2], *(months[number - 1 : number] if number else ())]
        links = [*((f"{_name(other)}.html", language.month(other)) for other, _ in around)]
        links.append(("index.html", language.text(ALL_PAST)))
        preview = Preview(heading)
        content = [element("h1", heading), _listed(some, language)]
        name = f"{FOLDER}/{_name(month)}.html"
        is_over = all(one.is_over for one in some)
        yield small_page(publication, name, preview, content, links, archived=is_over, own_titles=_own(some))


def _own(some: Sequence[PublicAnnouncement]) -> list[str]:
    return [one.title for one in some if one.own_title]


def _listed(some: Sequence[PublicAnnouncement], language: Language) -> ET.Element:
    """Return announcements as a list of links to their pages."""
    rows = []
    for one in some:
        link = element("a", theirs("span", one.title), href=f"{one.identifier}.html")
        moment = time_element(one.since, language)
        states = [language.within(one.state), *([language.length(one.until - one.since)] if one.until else [])]
        said = filled(language.text("{moment}, {state}"), moment=moment, state=language.listed(states))
        rows.append(element("li", link, element("p", *said, class_="soft")))
    return element("ul", *rows)


def _name(month: date) -> str:
    return f"{month:%Y-%m}"


KIND = DocumentKind(render, link=(ARCHIVE, ALL_PAST))
