# SPDX-License-Identifier: MIT
"""feed.atom, for feed readers: incidents, maintenance, changes of the status (RFC 4287)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from datetime import datetime

from elytra_status.announcements.titles import shortened
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import (
    LABELS,
    SENTENCES,
    announced,
    changed,
    markup_of,
    writable,
)
from elytra_status.model import Change, Incident, Maintenance, PlatformStatus
from elytra_status.system.clock import to_text

NAME = "feed.atom"
CONTENT_TYPE = "application/atom+xml"
PAGE = "index.html"
# The newest ones. Readers keep what they have seen.
MOST = 100
# Where the documents have no address that is known.
COMPONENTS = "Components"
_URN = "urn:x-elytra-status:"
_SENTENCES = {
    PlatformStatus.OPERATIONAL: "The platform is operational.",
    PlatformStatus.DEGRADED: "Part of the platform does not work as it should.",
    PlatformStatus.OUTAGE: "There is an outage of the platform.",
    PlatformStatus.UNKNOWN: "Whether the platform works is not known at present.",
}


def render(publication: Publication) -> list[Document]:
    """Return the feed."""
    texts, address = publication.texts, publication.texts.address
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    own = {_add(feed, "id", _identifier(address, NAME))}
    _add(feed, "title", texts.title)
    # Readers show it beside the title: what is so now, beside what happened.
    own.add(_add(feed, "subtitle", publication.headline.text))
    _add(feed, "updated", to_text(publication.last_change))
    _add(ET.SubElement(feed, "author"), "name", texts.title)
    own.add(_add(feed, "generator", "elytra-status"))
    if address:
        for relation, name in (("self", NAME), ("alternate", PAGE)):
            ET.SubElement(feed, "link", {"rel": relation, "href": address + name})
    entries = [*_incidents(publication), *_maintenance(publication), *_changes(publication)]
    own |= {_span(window) for window in publication.announcements.maintenance}
    for _, entry in sorted(entries, key=lambda one: one[0], reverse=True)[:MOST]:
        own.add(_add(entry, "id", _identifier(address, entry.attrib.pop("id"))))
        if address:
            ET.SubElement(entry, "link", {"rel": "alternate", "href": address + PAGE})
        feed.append(entry)
    body = ET.tostring(feed, encoding="utf-8") + b"\n"
    own_words = SENTENCES | {COMPONENTS} | own | markup_of(feed) | frozenset(_SENTENCES.values())
    return [Document(NAME, body, CONTENT_TYPE, texts.cache_control, own_words)]


def _identifier(address: str | None, name: str) -> str:
    """Return what something is called for ever: as long as the address stays the same."""
    return f"{address}{name}" if address else f"{_URN}{name.removeprefix('#')}"


def _incidents(publication: Publication) -> Iterable[tuple[datetime, ET.Element]]:
    for incident in (*publication.open_incidents, *publication.past_incidents):
        yield incident.updates[-1].time, _of_incident(incident)


def _of_incident(incident: Incident) -> ET.Element:
    first, last = incident.updates[0], incident.updates[-1]
    told = [(to_text(update.time), update.text) for update in reversed(incident.updates)]
    return _entry(f"#incident-{incident.identifier}", "incident", first.text, incident.opened, last.time, told)


def _maintenance(publication: Publication) -> Iterable[tuple[datetime, ET.Element]]:
    now = publication.as_of
    for window in (*publication.current_maintenance, *publication.maintenance_to_come, *publication.past_maintenance):
        yield changed(window, now), _of_window(window, now)


def _of_window(window: Maintenance, now: datetime) -> ET.Element:
    told = [(_span(window), window.text)]
    if window.components:
        told.append((COMPONENTS, ", ".join(window.components)))
    first = min(announced(window), changed(window, now))
    return _entry(f"#maintenance-{window.identifier}", "maintenance", window.text, first, changed(window, now), told)


def _span(window: Maintenance) -> str:
    return f"{to_text(window.since)}/{to_text(window.until)}"


def _changes(publication: Publication) -> Iterable[tuple[datetime, ET.Element]]:
    for change in publication.changes:
        yield change.time, _of_change(change)


def _of_change(change: Change) -> ET.Element:
    name = f"#status-{change.time:%Y%m%dT%H%M%SZ}-{change.status.value}"
    told = [(to_text(change.time), _SENTENCES[change.status])]
    return _entry(name, "status", LABELS[change.status], change.time, change.time, told)


def _entry(
    identifier: str, kind: str, title: str, since: datetime, until: datetime, told: Sequence[tuple[str, str]]
) -> ET.Element:
    # Its id is an attribute until it is known what the feed's own is.
    entry = ET.Element("entry", {"id": identifier})
    _add(entry, "title", shortened(title))
    _add(entry, "published", to_text(since))
    _add(entry, "updated", to_text(until))
    ET.SubElement(entry, "category", {"term": kind})
    content = ET.SubElement(entry, "content", {"type": "xhtml"})
    listed = ET.SubElement(ET.SubElement(content, "div", {"xmlns": "http://www.w3.org/1999/xhtml"}), "dl")
    for moment, text in told:
        _add(listed, "dt", moment)
        _add(listed, "dd", text)
    return entry


def _add(parent: ET.Element, tag: str, text: str) -> str:
    """Add an element with a text, without what XML has no way to write. Return the text."""
    element = ET.SubElement(parent, tag)
    element.text = writable(text)
    return element.text


KIND = DocumentKind(render, link=(NAME, "Feed"), keeps_time=True)
