# SPDX-License-Identifier: MIT
"""How visitors subscribe to news: by documents such as the feed, and by mail.

The page has a button that opens the list.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from elytra_status.documents.document import Subscription, Texts
from elytra_status.documents.markup import element, theirs
from elytra_status.documents.page_words import SUBSCRIBE
from elytra_status.locale import to_translate


@dataclass(frozen=True)
class SubscriptionRow:
    """A row of the list: an `address` to link to, or a `command` to type, else ''."""

    name: str
    address: str = ""
    command: str = ""


def subscription_rows(texts: Texts) -> tuple[SubscriptionRow, ...]:
    """Return the rows. Commands and programs need the address of the documents."""
    mail = (SubscriptionRow(to_translate("Mail"), texts.subscribe_mail),) if texts.subscribe_mail else ()
    shown = (one for one in texts.subscriptions if texts.address or not one.command)
    return (*mail, *(_row(one, texts) for one in shown))


def _row(subscription: Subscription, texts: Texts) -> SubscriptionRow:
    address = f"{texts.address or texts.up}{subscription.document}"
    if subscription.command:
        return SubscriptionRow(subscription.name, command=subscription.command.format(address=address))
    if subscription.scheme and texts.address:
        address = f"{subscription.scheme}:{address.partition(':')[2]}"
    return SubscriptionRow(subscription.name, address)


def subscribe(texts: Texts) -> Iterator[ET.Element]:
    """Yield the button; nothing if there is no channel."""
    rows = subscription_rows(texts)
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


def _how(one: SubscriptionRow, texts: Texts) -> ET.Element:
    """Return the link or the command of a channel.

    The address of the mailing list is a text of a person.
    """
    if not one.address:
        return element("code", one.command)
    if one.address == texts.subscribe_mail:
        return theirs("a", one.address, href=one.address)
    return element("a", one.address, href=one.address)
