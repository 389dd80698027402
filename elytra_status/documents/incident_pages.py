# SPDX-License-Identifier: MIT
"""incidents/ID.html: a page for each incident or maintenance, and an archive.

The archive has a page for each month.
"""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import NamedTuple

from elytra_status.documents.appearance import asset
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.incident_addresses import ARCHIVE, FOLDER, is_missing, name_of_page
from elytra_status.documents.markup import element, filled, long_words, theirs, time_element
from elytra_status.documents.page_announcements import details_changed
from elytra_status.documents.page_words import ALL_PAST, SPAN
from elytra_status.documents.preview_tags import Preview
from elytra_status.documents.public_announcements import (
    MAINTENANCE,
    POSTMORTEM,
    PublicAnnouncement,
    public_announcements,
)
from elytra_status.documents.small_page import small_page, surroundings
from elytra_status.documents.validity import validity
from elytra_status.documents.words import LABELS
from elytra_status.locale import Language, to_translate
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text

CURRENT = to_translate("Current status")
NOTHING = to_translate("There are no incidents and no maintenance on record.")
HEADING = to_translate("Incidents and maintenance")


@dataclass(frozen=True)
class _Page:
    """A page before it is rendered, with the name in the folder of its language.

    `shown` is everything that its content depends on, '' if it is no page of the archive.
    """

    name: str
    shown: str
    render: Callable[[str], Document]


class ArchivedPage(NamedTuple):
    """A page of the archive: it shows only what is over, so that there may be many.

    `made_from` is the checksum of its content, then that of everything around it.
    """

    name: str
    made_from: str


def render(publication: Publication) -> list[Document]:
    """Return the pages in each language, those that others link to first.

    These are the pages of announcements, the latest first, then those of months, then the archive. The pages that the
    plan of the archive leaves out are not rendered.
    """
    every = (_in_language(one) for one in publication.in_each_language)
    left_out = publication.archive.left_out
    return [
        page.render(archived.made_from)
        for pages in zip(*every, strict=True)
        for page, archived in pages
        if archived.name not in left_out
    ]


def archived_announcements(publication: Publication) -> list[list[ArchivedPage]]:
    """Return the pages of announcements that are over, the latest first.

    Those of one announcement in all languages are together.
    """
    return _archived(publication, _pages)


def archived_months(publication: Publication) -> list[list[ArchivedPage]]:
    """Return the pages of months in which all is over, by month."""
    return _archived(publication, _months)


_Announcements = list[PublicAnnouncement]
_PagesOf = Callable[[Publication, _Announcements], Iterator[_Page]]


def _archived(publication: Publication, pages_of: _PagesOf) -> list[list[ArchivedPage]]:
    every = ([*_with_checksums(one, pages_of(one, public_announcements(one)))] for one in publication.in_each_language)
    together = ([archived for _, archived in pages] for pages in zip(*every, strict=True))
    return [pages for pages in together if any(one.made_from for one in pages)]


def _in_language(publication: Publication) -> Iterator[tuple[_Page, ArchivedPage]]:
    every = public_announcements(publication)
    pages = (*_pages(publication, every), *_months(publication, every), _archive(publication, every))
    return _with_checksums(publication, pages)


def _with_checksums(publication: Publication, pages: Iterable[_Page]) -> Iterator[tuple[_Page, ArchivedPage]]:
    around = _checksum(surroundings(publication))
    for page in pages:
        made_from = f"{_checksum(page.shown)}-{around}" if page.shown else ""
        yield page, ArchivedPage(publication.texts.folder + page.name, made_from)


def _checksum(shown: str) -> str:
    return hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()[:16]


def _pages(publication: Publication, every: _Announcements) -> Iterator[_Page]:
    for one in every:
        shown = repr(one) if one.is_over else ""
        yield _Page(name_of_page(one.identifier), shown, partial(_page, publication, one))


def _page(publication: Publication, one: PublicAnnouncement, made_from: str) -> Document:
    language = publication.language
    preview = Preview(f"{one.title}: {one.state}", one.text, has_picture=not one.is_over)
    facts = (*_facts(one, language), *details_changed(one, language), *_validity(one, publication))
    title = theirs("h1", one.title, **long_words(one.title))
    content = [title, *facts, _updates(one, language), *_postmortem(one, language)]
    links = (("../index.html", language.text(CURRENT)), ("index.html", language.text(ALL_PAST)))
    name, own = name_of_page(one.identifier), _own([one])
    script = "" if one.is_over or one.is_planned else asset("incident.js")
    return small_page(publication, name, preview, content, links, own_titles=own, made_from=made_from, script=script)


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
        names = theirs("bdi", language.listed(one.components))
        yield element("p", *filled(language.text("Affected: {components}"), components=names), class_="soft")


def _validity(one: PublicAnnouncement, publication: Publication) -> Iterator[ET.Element]:
    """Yield until when the state holds, if it is neither over nor planned.

    The script of the page evaluates the attributes.
    """
    if not (one.is_over or one.is_planned):
        unknown = publication.language.text(LABELS[PlatformStatus.UNKNOWN])
        stale = to_text(publication.stale_after)
        yield element("p", *validity(publication), class_="soft", id="when", data_stale=stale, data_unknown=unknown)


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


def _by_month(every: _Announcements) -> list[tuple[date, _Announcements]]:
    return [(month, list(some)) for month, some in groupby(every, lambda one: one.since.date().replace(day=1))]


def _archive(publication: Publication, every: _Announcements) -> _Page:
    return _Page(ARCHIVE, "", lambda _: _render_archive(publication, _by_month(every)))


def _render_archive(publication: Publication, months: Sequence[tuple[date, _Announcements]]) -> Document:
    """Return the list of months, with the announcements of the newest."""
    language = publication.language
    content = [element("h1", language.text(HEADING))]
    if not months:
        content.append(element("p", language.text(NOTHING)))
    newest = [one for _, some in months[:1] for one in some]
    for month, some in months[:1]:
        content += [element("h2", language.month(month)), _listed(some, publication)]
    if older := months[1:]:
        rows = (
            element("li", _link_to(month, publication), f" ({language.number(len(some))})") for month, some in older
        )
        content += [element("h2", language.text("Earlier months")), element("ul", *rows)]
    links = (("../index.html", language.text(CURRENT)),)
    return small_page(publication, ARCHIVE, Preview(language.text(HEADING)), content, links, own_titles=_own(newest))


def _link_to(month: date, publication: Publication) -> ET.Element:
    """Return a link to the page of a month; its name while there is none."""
    name = publication.language.month(month)
    if is_missing(publication, _name(month)):
        return element("span", name)
    return element("a", name, href=f"{_name(month)}.html")


def _months(publication: Publication, every: _Announcements) -> Iterator[_Page]:
    months = _by_month(every)
    for number, (month, some) in enumerate(months):
        around = [*months[number + 1 : number + 2], *(months[number - 1 : number] if number else ())]
        others = [other for other, _ in around if not is_missing(publication, _name(other))]
        listed = [
            (one.identifier, one.title, one.state, one.since, one.until, is_missing(publication, one.identifier))
            for one in some
        ]
        shown = repr((listed, others)) if all(one.is_over for one in some) else ""
        yield _Page(f"{FOLDER}/{_name(month)}.html", shown, partial(_month, publication, month, some, others))


def _month(
    publication: Publication, month: date, some: _Announcements, around: Sequence[date], made_from: str
) -> Document:
    """Return the list of what began in a month, with links to the months `around` it."""
    language = publication.language
    heading = language.text("Incidents and maintenance in {month}", month=language.month(month))
    links = [*((f"{_name(other)}.html", language.month(other)) for other in around)]
    links.append(("index.html", language.text(ALL_PAST)))
    content = [element("h1", heading), _listed(some, publication)]
    name = f"{FOLDER}/{_name(month)}.html"
    return small_page(publication, name, Preview(heading), content, links, own_titles=_own(some), made_from=made_from)


def _own(some: Sequence[PublicAnnouncement]) -> list[str]:
    return [one.title for one in some if one.own_title]


def _listed(some: Sequence[PublicAnnouncement], publication: Publication) -> ET.Element:
    """Return announcements as a list, with links to those pages that are there."""
    rows, language = [], publication.language
    for one in some:
        title = theirs("bdi", one.title)
        if not is_missing(publication, one.identifier):
            title = element("a", title, href=f"{one.identifier}.html")
        moment = time_element(one.since, language)
        states = [language.within(one.state), *([language.length(one.until - one.since)] if one.until else [])]
        said = filled(language.text("{moment}, {state}"), moment=moment, state=language.listed(states))
        rows.append(element("li", title, element("p", *said, class_="soft")))
    return element("ul", *rows)


def _name(month: date) -> str:
    return f"{month:%Y-%m}"


KIND = DocumentKind(render, link=(ARCHIVE, ALL_PAST))
