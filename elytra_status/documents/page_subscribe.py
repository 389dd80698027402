# SPDX-License-Identifier: MIT
"""How visitors subscribe to news: feed, Slack, calendar, mail, API.

The page has a button that opens the list.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from elytra_status.documents.calendar import NAME as CALENDAR
from elytra_status.documents.document import Texts
from elytra_status.documents.feed import NAME as FEED
from elytra_status.documents.markup import element, theirs
from elytra_status.documents.page_words import SUBSCRIBE
from elytra_status.documents.statuspage import SUMMARY
from elytra_status.locale import to_translate


@dataclass(frozen=True)
class Subscription:
    """A channel: an `address` to link to, or a `command` to type, else ''."""

    name: str
    address: str = ""
    command: str = ""


def subscriptions(texts: Texts) -> tuple[Subscription, ...]:
    """Return the channels. Slack and calendars need the address of the documents."""
    address, published = texts.address or texts.up, dict(texts.other_forms)
    found = []
    if FEED in published:
        found.append(Subscription(to_translate("Feed"), f"{address}{FEED}"))
        if texts.address:
            found.append(Subscription("Slack", command=f"/feed subscribe {address}{FEED}"))
    if CALENDAR in published:
        # webcal: makes a calendar program subscribe to a calendar instead of importing it once.
        start = f"webcal:{address.partition(':')[2]}" if texts.address else address
        found.append(Subscription(to_translate("Calendar"), f"{start}{CALENDAR}"))
    if texts.subscribe_mail:
        found.append(Subscription(to_translate("Mail"), texts.subscribe_mail))
    if SUMMARY in published:
        found.append(Subscription(to_translate("API"), f"{address}{SUMMARY}"))
    return tuple(found)


def subscribe(texts: Texts) -> Iterator[ET.Element]:
    """Yield the button; nothing if there is no channel."""
    rows = subscriptions(texts)
    if rows:
        items = [
            part
            for one in rows
            for part in (element("dt", texts.language.text(one.name)), element("dd", _how(one, texts)))
        ]
        listed = element("dl", *items, class_="facts", id="channels")
        yield element(
            "details", element("summary", texts.language.text(SUBSCRIBE), id="subscribe-head"), listed, id="subscribe"
        )


def _how(one: Subscription, texts: Texts) -> ET.Element:
    """Return the link or the command of a channel.

    The address of the mailing list is a text of a person.
    """
    if not one.address:
        return element("code", one.command)
    if one.address == texts.subscribe_mail:
        return theirs("a", one.address, href=one.address)
    return element("a", one.address, href=one.address)
