# SPDX-License-Identifier: MIT
"""The channels by which visitors hear of news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from elytra_status.documents import Texts, links
from elytra_status.documents.page_subscribe import Subscription, subscriptions
from elytra_status.run import job
from elytra_status.settings import Settings
from tests.conftest import MovableClock

LIST = "https://lists.example.com/status"
EVERY = Texts(
    address="https://status.example.com/",
    other_forms=links(("feed", "calendar", "statuspage")),
    subscribe_mail=LIST,
)


def test_every_channel_has_an_address_or_a_command() -> None:
    assert subscriptions(EVERY) == (
        Subscription("Feed", "https://status.example.com/feed.atom"),
        Subscription("Slack", command="/feed subscribe https://status.example.com/feed.atom"),
        Subscription("Calendar", "webcal://status.example.com/calendar.ics"),
        Subscription("Mail", LIST),
        Subscription("API", "https://status.example.com/api/v2/summary.json"),
    )


def test_without_an_address_links_are_relative_and_slack_is_missing() -> None:
    assert subscriptions(replace(EVERY, address=None)) == (
        Subscription("Feed", "feed.atom"),
        Subscription("Calendar", "calendar.ics"),
        Subscription("Mail", LIST),
        Subscription("API", "api/v2/summary.json"),
    )


def test_a_document_that_is_not_published_is_no_channel() -> None:
    assert subscriptions(Texts(address="https://status.example.com/")) == ()


def test_the_address_of_the_list_is_public(
    make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings(SUBSCRIBE_MAIL_URL=LIST, STATUS_URL="https://status.example.com/status.json")
    outcome = job.run(settings, clock, tmp_path)
    assert outcome.withheld == ()
