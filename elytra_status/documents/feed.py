# SPDX-License-Identifier: MIT
"""feed.atom and components/NAME.atom, for feed readers (RFC 4287).

Their entries are incidents, maintenance and changes of the status.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from elytra_status.announcements.outages import available_again
from elytra_status.announcements.titles import LONGEST_TITLE, shortened_title
from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.documents.component_names import name_beside
from elytra_status.documents.document import Document, Subscription
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import SHOWN, Publication
from elytra_status.documents.incident_addresses import address_of_page
from elytra_status.documents.markup import direction
from elytra_status.documents.page_words import SPAN
from elytra_status.documents.public_announcements import (
    MAINTENANCE,
    POSTMORTEM,
    PublicAnnouncement,
    own_states,
    public_announcements,
)
from elytra_status.documents.words import SENTENCES, markup_of, writable
from elytra_status.locale import Language, to_translate
from elytra_status.model import Change, Incident, PlatformStatus
from elytra_status.system.clock import to_text

NAME = "feed.atom"
CONTENT_TYPE = "application/atom+xml"
# The newest entries. Readers keep those they have seen.
MOST = 100
# For identifiers if the address of the documents is not known.
_URN = "urn:x-elytra-status:"
_SENTENCES = {
    PlatformStatus.OPERATIONAL: to_translate("The platform is operational."),
    PlatformStatus.DEGRADED: to_translate("Part of the platform does not work as it should."),
    PlatformStatus.OUTAGE: to_translate("There is an outage of the platform."),
    PlatformStatus.UNKNOWN: to_translate("It is not known at present whether the platform works."),
}


@dataclass(frozen=True)
class _Entry:
    """An entry of a feed.

    `lines` are sentences of the program's own, `rows` terms with a text each. `name` is a title that a person has
    given.
    """

    identifier: str
    kind: str
    title: str
    published: datetime
    updated: datetime
    link: str
    lines: tuple[str, ...]
    name: str = ""
    components: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    postmortem: str = ""


def render(publication: Publication) -> list[Document]:
    """Return the feed of the platform and of each component."""
    recent = [one for one in public_announcements(publication) if one.changed >= publication.as_of - SHOWN]
    announced = [_announced(one, publication) for one in recent]
    changes = [_changed(one, publication) for one in _changes(publication)]
    feeds = [_feed(publication, NAME, "", [*announced, *changes])]
    for component in publication.components:
        concerning = [pair for pair in zip(announced, recent, strict=True) if pair[1].concerns(component.name)]
        some = [_in_feed_of(component.name, entry, one, publication) for entry, one in concerning]
        feeds.append(_feed(publication, name_beside(publication, component, "atom"), component.name, some))
    return feeds


def _changes(publication: Publication) -> Iterator[Change]:
    """Yield the changes of the status that no announcement covers.

    The end of a change that announced maintenance explains is no change either.
    """
    ours = [one for one in publication.announcements.incidents if one.automatic]
    before, is_work = PlatformStatus.OPERATIONAL.value, False
    for change in publication.changes:
        was_work, is_work = is_work, _is_announced_work(change, publication)
        if is_work or (was_work and change.recorded == before):
            continue
        before = change.recorded
        if not any(_is_part_of(change, incident) for incident in ours):
            yield change


def _is_announced_work(change: Change, publication: Publication) -> bool:
    """Whether maintenance with an entry of its own alone explains a change."""
    windows = publication.announcements.maintenance
    return change.in_maintenance and any(one.since <= change.time < one.until for one in windows)


def _is_part_of(change: Change, incident: Incident) -> bool:
    return incident.opened <= change.time and (incident.resolved is None or change.time <= incident.resolved)


def _announced(one: PublicAnnouncement, publication: Publication) -> _Entry:
    texts, language = publication.texts, publication.language
    name = shortened_title(one.title, LONGEST_TITLE - 20)
    span = _span(one, language)
    if one.impact:
        line = language.text("{state}. {impact}. {span}.", state=one.state, impact=one.impact, span=span)
    else:
        line = language.text("{state}. {span}.", state=one.state, span=span)
    return _Entry(
        f"#{one.kind}-{one.identifier}",
        one.kind,
        language.text("{state}: {title}", state=one.state, title=name),
        one.published,
        one.changed,
        address_of_page(publication, one.identifier) if texts.address else "",
        (line,),
        "" if one.own_title else name,
        one.components,
        tuple(
            (language.text("{moment}: {state}", moment=language.moment(update.time), state=update.state), update.text)
            for update in one.updates
        ),
        one.postmortem,
    )


def _in_feed_of(component: str, entry: _Entry, one: PublicAnnouncement, publication: Publication) -> _Entry:
    """Return the entry for the feed of a component.

    Without a title of a person, it says there that the component works again while others do not.
    """
    if component in one.restored:
        return replace(entry, title=available_again(component, publication.language), name="")
    return entry


def _span(one: PublicAnnouncement, language: Language) -> str:
    """Return from when to when an announcement lasts, and how long an incident was."""
    first = language.moment(one.since)
    if one.until is None:
        return language.text("Since {moment}", moment=first)
    last = language.moment(one.until)
    if one.kind == MAINTENANCE:
        return language.text(SPAN, first=first, last=last)
    return language.text(
        "{first} to {last}, {length}", first=first, last=last, length=language.length(one.until - one.since)
    )


def _changed(change: Change, publication: Publication) -> _Entry:
    language = publication.language
    sentence = language.text(MAINTENANCE_TEXT if change.in_maintenance else _SENTENCES[change.status])
    identifier = f"#status-{change.time:%Y%m%dT%H%M%SZ}-{change.status.value}"
    lines = (language.text("{sentence} Since {moment}.", sentence=sentence, moment=language.moment(change.time)),)
    return _Entry(identifier, "status", sentence.rstrip(".。"), change.time, change.time, "", lines)


def _feed(publication: Publication, name: str, component: str, entries: list[_Entry]) -> Document:
    texts, address = publication.texts, publication.texts.address
    language = publication.language
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": language.code})
    own = {_add(feed, "id", _identifier(address, name))}
    title = f"{texts.title}: {component}" if component else texts.title
    _add(feed, "title", title)
    if component:
        # Both parts were searched on their own, and the name is below.
        own.add(writable(title))
        ET.SubElement(feed, "category", {"term": name})
    # Readers show the present status next to the title, beside past events.
    own.add(_add(feed, "subtitle", publication.headline.text))
    _add(feed, "updated", to_text(publication.last_change))
    _add(ET.SubElement(feed, "author"), "name", texts.title)
    own.add(_add(feed, "generator", "elytra-status"))
    if address:
        for relation, href in (("self", f"{address}{name}"), ("alternate", texts.page_address)):
            ET.SubElement(feed, "link", {"rel": relation, "href": href})
    newest = sorted(entries, key=lambda one: (one.updated, one.identifier), reverse=True)[:MOST]
    for entry, updated in zip(newest, _apart([one.updated for one in newest]), strict=True):
        own |= _add_entry(feed, entry, updated, publication)
    body = ET.tostring(feed, encoding="utf-8") + b"\n"
    own_words = SENTENCES | own_states(language) | own | markup_of(feed)
    return Document(name, body, CONTENT_TYPE, texts.cache_control, frozenset(own_words))


def _apart(moments: list[datetime]) -> list[datetime]:
    """Return moments made distinct, newest first.

    If two are the same, the newer one is moved a second later.
    """
    apart: list[datetime] = []
    for moment in reversed(moments):
        apart.append(max(moment, apart[-1] + timedelta(seconds=1)) if apart else moment)
    return apart[::-1]


def _add_entry(feed: ET.Element, one: _Entry, updated: datetime, publication: Publication) -> set[str]:
    """Add an entry. Return its texts that no person has written."""
    address, language = publication.texts.address, publication.language
    entry = ET.SubElement(feed, "entry")
    own = {_add(entry, "id", _identifier(address, one.identifier)), _add(entry, "title", one.title)}
    _add(entry, "published", to_text(one.published))
    _add(entry, "updated", to_text(updated))
    ET.SubElement(entry, "category", {"term": one.kind})
    if address:
        ET.SubElement(entry, "link", {"rel": "alternate", "href": one.link or publication.texts.page_address})
    content = ET.SubElement(entry, "content", {"type": "xhtml"})
    shown = ET.SubElement(content, "div", {"xmlns": "http://www.w3.org/1999/xhtml", **direction(language)})
    if one.name:
        # The title has the state added, and counts as the program's own. So the name in it is searched here.
        _add(shown, "h2", one.name)
    own |= {_add(shown, "p", line) for line in one.lines}
    if one.components:
        _add(shown, "p", language.listed(one.components))
    if one.rows:
        listed = ET.SubElement(shown, "dl")
        for term, text in one.rows:
            own.add(_add(listed, "dt", term))
            _add(listed, "dd", text)
    if one.postmortem:
        own.add(_add(shown, "h3", language.text(POSTMORTEM)))
        for paragraph in one.postmortem.split("\n\n"):
            _add(shown, "p", paragraph)
    return own


def _identifier(address: str | None, name: str) -> str:
    """Return a permanent identifier: it depends on the address and the name."""
    return f"{address}{name}" if address else f"{_URN}{name.removeprefix('#')}"


def _add(parent: ET.Element, tag: str, text: str) -> str:
    """Add an element with a text that XML can represent; return the text."""
    element = ET.SubElement(parent, tag)
    element.text = writable(text)
    return element.text


KIND = DocumentKind(
    render,
    link=(NAME, to_translate("Feed")),
    subscriptions=(
        Subscription(to_translate("Feed"), NAME),
        Subscription("Slack", NAME, command="/feed subscribe {address}"),
    ),
    keeps_time=True,
)
