# SPDX-License-Identifier: MIT
"""The channels by which visitors hear of news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from elytra_status.documents import Texts, subscriptions
from elytra_status.documents.page_subscribe import SubscriptionRow, subscription_rows
from elytra_status.run import job
from elytra_status.settings import Settings
from tests.conftest import MovableClock

LIST = "https://lists.example.com/status"
EVERY = Texts(
    address="https://status.example.com/",
    subscriptions=subscriptions(("feed", "calendar", "statuspage")),
    subscribe_mail=LIST,
)


def test_every_channel_has_an_address_or_a_command() -> None:
    assert subscription_rows(EVERY) == (
        SubscriptionRow("Mail", LIST),
        SubscriptionRow("Feed", "https://status.example.com/feed.atom"),
        SubscriptionRow("Slack", command="/feed subscribe https://status.example.com/feed.atom"),
        SubscriptionRow("Calendar", "webcal://status.example.com/calendar.ics"),
        SubscriptionRow("API", "https://status.example.com/api/v2/summary.json"),
    )


def test_without_an_address_links_are_relative_and_slack_is_missing() -> None:
    assert subscription_rows(replace(EVERY, address=None)) == (
        SubscriptionRow("Mail", LIST),
        SubscriptionRow("Feed", "feed.atom"),
        SubscriptionRow("Calendar", "calendar.ics"),
        SubscriptionRow("API", "api/v2/summary.json"),
    )


def test_a_document_that_is_not_published_is_no_channel() -> None:
    assert subscription_rows(Texts(address="https://status.example.com/")) == ()


def test_the_address_of_the_list_is_public(
    make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings(SUBSCRIBE_MAIL_URL=LIST, STATUS_URL="https://status.example.com/status.json")
    outcome = job.run(settings, clock, tmp_path)
    assert outcome.withheld == ()
