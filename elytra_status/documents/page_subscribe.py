# SPDX-License-Identifier: MIT
"""How visitors hear of news: one button of the page that opens a list of channels."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from elytra_status.documents.calendar import NAME as CALENDAR
from elytra_status.documents.document import Texts
from elytra_status.documents.feed import NAME as FEED
from elytra_status.documents.markup import Content, element
from elytra_status.documents.page_words import SUBSCRIBE


def subscribe(texts: Texts) -> Iterator[ET.Element]:
    """Yield the button, nothing if no document can be subscribed to."""
    rows = list(_channels(texts))
    if rows:
        items = [part for term, content in rows for part in (element("dt", term), element("dd", *content))]
        listed = element("dl", *items, class_="facts", id="channels")
        yield element("details", element("summary", SUBSCRIBE, id="subscribe-head"), listed, id="subscribe")


def _channels(texts: Texts) -> Iterator[tuple[str, tuple[Content, ...]]]:
    forms, address = dict(texts.other_forms), texts.address or ""
    if FEED in forms:
        yield "Feed", (element("a", f"{address}{FEED}", href=f"{address}{FEED}"), ", for every feed reader")
        if address:
            yield "Slack", (element("code", f"/feed subscribe {address}{FEED}"),)
    if CALENDAR in forms:
        # webcal: makes a calendar program subscribe to what it would import otherwise.
        link = f"webcal:{address.partition(':')[2]}{CALENDAR}" if address else CALENDAR
        yield "Calendar", (element("a", "Maintenance in your calendar", href=link),)
