# SPDX-License-Identifier: MIT
"""How visitors hear of news without coming back: feed, Slack, calendar, mail, and the API."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.documents.calendar import NAME as CALENDAR
from elytra_status.documents.document import Texts
from elytra_status.documents.feed import NAME as FEED
from elytra_status.documents.statuspage import SUMMARY


@dataclass(frozen=True)
class Subscription:
    """One channel, by its `name`: `address` is a link, and `command` what a person types instead, '' for none."""

    name: str
    address: str = ""
    command: str = ""


def subscriptions(texts: Texts) -> tuple[Subscription, ...]:
    """Return the channels that there are. Slack and calendars need the address of the documents."""
    address, published = texts.address or "", dict(texts.other_forms)
    found = []
    if FEED in published:
        found.append(Subscription("Feed", f"{address}{FEED}"))
        if address:
            found.append(Subscription("Slack", command=f"/feed subscribe {address}{FEED}"))
    if CALENDAR in published:
        # webcal: makes a calendar program subscribe to what it would import otherwise.
        found.append(Subscription("Calendar", f"webcal:{address.partition(':')[2]}{CALENDAR}" if address else CALENDAR))
    if texts.subscribe_mail:
        found.append(Subscription("Mail", texts.subscribe_mail))
    if SUMMARY in published:
        found.append(Subscription("API", f"{address}{SUMMARY}"))
    return tuple(found)
