# SPDX-License-Identifier: MIT
"""How visitors subscribe to news: a button that opens a list of channels."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from elytra_status.documents.document import Texts
from elytra_status.documents.markup import element, theirs
from elytra_status.documents.page_words import SUBSCRIBE
from elytra_status.documents.subscriptions import Subscription, subscriptions


def subscribe(texts: Texts) -> Iterator[ET.Element]:
    """Yield the button; nothing if there is no channel."""
    rows = subscriptions(texts)
    if rows:
        items = [part for one in rows for part in (element("dt", one.name), element("dd", _how(one, texts)))]
        listed = element("dl", *items, class_="facts", id="channels")
        yield element("details", element("summary", SUBSCRIBE, id="subscribe-head"), listed, id="subscribe")


def _how(one: Subscription, texts: Texts) -> ET.Element:
    """Return the link or the command of a channel.

    The address of the mailing list is a text of a person.
    """
    if not one.address:
        return element("code", one.command)
    if one.address == texts.subscribe_mail:
        return theirs("a", one.address, href=one.address)
    return element("a", one.address, href=one.address)
