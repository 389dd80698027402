# SPDX-License-Identifier: MIT
"""calendar.ics, for calendar programs: announced maintenance (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from elytra_status.announcements.titles import short_title_of_work
from elytra_status.documents.document import Document, Subscription
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import SHOWN, Publication
from elytra_status.documents.incident_addresses import address_of_page
from elytra_status.documents.words import MAINTENANCE_LABEL, changed, sentences_in, translated
from elytra_status.locale import to_translate
from elytra_status.model import Maintenance

NAME = "calendar.ics"
CONTENT_TYPE = "text/calendar"
# Octets of a line without its line break.
LONGEST_LINE = 75

# A calendar must have a component, and usually no maintenance is announced.
_ZONE = (
    ("BEGIN", "VTIMEZONE"),
    ("TZID", "Etc/UTC"),
    ("BEGIN", "STANDARD"),
    ("DTSTART", "19700101T000000"),
    ("TZOFFSETFROM", "+0000"),
    ("TZOFFSETTO", "+0000"),
    ("END", "STANDARD"),
    ("END", "VTIMEZONE"),
)
_TEXTS = ("NAME", "X-WR-CALNAME", "SUMMARY", "DESCRIPTION", "LOCATION")


def render(publication: Publication) -> list[Document]:
    """Return the calendar."""
    lines = list(_lines(publication))
    body = "".join(_folded(f"{name}:{_escaped(value)}") for name, value in lines).encode("utf-8", "replace")
    sentences = sentences_in([publication.language])
    own_words = {name for name, _ in lines} | {value for name, value in lines if name not in _TEXTS}
    return [Document(NAME, body, CONTENT_TYPE, publication.texts.cache_control, sentences | own_words)]


def _lines(publication: Publication) -> Iterator[tuple[str, str]]:
    texts = publication.texts
    yield "BEGIN", "VCALENDAR"
    yield "VERSION", "2.0"
    yield "PRODID", "-//elytra-status//calendar//EN"
    yield "NAME", texts.title
    yield "X-WR-CALNAME", texts.title
    yield "LAST-MODIFIED", _moment(publication.last_change)
    yield "REFRESH-INTERVAL;VALUE=DURATION", "PT1H"
    yield "X-PUBLISHED-TTL", "PT1H"
    yield from _ZONE
    host = urlsplit(texts.address or "").hostname or "elytra-status"
    cancelled = [one for one in publication.announcements.cancelled if one.until >= publication.as_of - SHOWN]
    for window in (
        *publication.past_maintenance[::-1],
        *publication.current_maintenance,
        *publication.maintenance_to_come,
    ):
        yield from _event(window, publication, host, "CONFIRMED")
    for window in cancelled:
        yield from _event(window, publication, host, "CANCELLED")
    yield "END", "VCALENDAR"


def _event(window: Maintenance, publication: Publication, host: str, status: str) -> Iterator[tuple[str, str]]:
    language = publication.language
    window = replace(window, text=translated(window.text, language))
    yield "BEGIN", "VEVENT"
    yield "UID", f"maintenance-{window.identifier}@{host}"
    yield "DTSTAMP", _moment(changed(window, publication.as_of))
    # Calendar programs take an event with a higher number for a newer version.
    yield "SEQUENCE", str(window.changes)
    yield "DTSTART", _moment(window.since)
    yield "DTEND", _moment(window.until)
    yield "SUMMARY", short_title_of_work(window)
    yield "DESCRIPTION", window.text
    if window.components:
        yield "LOCATION", ", ".join(window.components)
    if publication.texts.address and (page := address_of_page(publication, window.identifier)):
        yield "URL", page
    yield "CATEGORIES", language.text(MAINTENANCE_LABEL)
    # A colour name of CSS (RFC 7986).
    yield "COLOR", "royalblue"
    yield "STATUS", status
    yield "TRANSP", "TRANSPARENT"
    yield "END", "VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]", " ", re.sub(r"([\\;,])", r"\\\1", text))


def _folded(line: str) -> str:
    """Return a line, folded if it is long, and never within a character."""
    parts, length = [], 0
    for character in line:
        size = len(character.encode("utf-8", "replace"))
        if length + size > LONGEST_LINE:
            parts.append("\r\n ")
            length = 1
        parts.append(character)
        length += size
    return "".join((*parts, "\r\n"))


KIND = DocumentKind(
    render,
    link=(NAME, to_translate("Calendar of maintenance")),
    # A calendar program subscribes to webcal:, and would import https: once.
    subscriptions=(Subscription(to_translate("Calendar"), NAME, scheme="webcal"),),
    keeps_time=True,
)
