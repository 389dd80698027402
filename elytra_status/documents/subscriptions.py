# SPDX-License-Identifier: MIT
"""The channels by which visitors get news: feed, Slack, calendar, mail, API."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.documents.calendar import NAME as CALENDAR
from elytra_status.documents.document import Texts
from elytra_status.documents.feed import NAME as FEED
from elytra_status.documents.statuspage import SUMMARY


@dataclass(frozen=True)
class Subscription:
    """A channel: an `address` to link to, or a `command` to type, else ''."""

    name: str
    address: str = ""
    command: str = ""


def subscriptions(texts: Texts) -> tuple[Subscription, ...]:
    """Return the channels. Slack and calendars need the address of the documents."""
    address, published = texts.address or "", dict(texts.other_forms)
    found = []
    if FEED in published:
        found.append(Subscription("Feed", f"{address}{FEED}"))
        if address:
            found.append(Subscription("Slack", command=f"/feed subscribe {address}{FEED}"))
    if CALENDAR in published:
        # webcal: makes a calendar program subscribe to a calendar instead of importing it once.
        found.append(Subscription("Calendar", f"webcal:{address.partition(':')[2]}{CALENDAR}" if address else CALENDAR))
    if texts.subscribe_mail:
        found.append(Subscription("Mail", texts.subscribe_mail))
    if SUMMARY in published:
        found.append(Subscription("API", f"{address}{SUMMARY}"))
    return tuple(found)
