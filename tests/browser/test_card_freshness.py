# SPDX-License-Identifier: MIT
"""card.js is never green by default, and follows the status as time passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Site
from tests.published import NOW, published

if TYPE_CHECKING:
    pass
from tests.browser.embedded_card import MINUTE, STATUS, WORDS, Embedding, embedding, is_unknown, later, shown

__all__ = ["embedding"]


# Never green by default


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(404, json.dumps(STATUS), id="not there"),
        pytest.param(500, json.dumps(STATUS), id="server error"),
        pytest.param(200, "", id="nothing"),
        pytest.param(200, "{", id="no JSON"),
        pytest.param(200, "<!doctype html><title>All systems operational</title>", id="a page"),
        pytest.param(200, "null", id="null"),
    ],
)
def test_what_is_no_report_is_unknown(status: int, body: str, embedding: Embedding) -> None:
    embedding.status.answers["/status.json"] = (status, body.encode())
    is_unknown(embedding.open(), "No report")


@pytest.mark.parametrize("changed", [{"platform_status": "fine"}, {"stale_after": "soon"}])
def test_a_report_that_may_not_be_relied_on_is_unknown(changed: dict[str, Any], embedding: Embedding) -> None:
    embedding.tell(**changed)
    is_unknown(embedding.open(), "Last report 3 minutes ago")


def test_what_this_site_may_not_read_is_unknown(embedding: Embedding, start_site: Callable[[], Site]) -> None:
    closed = start_site()
    closed.publish(published())
    is_unknown(embedding.open(f'<elytra-status src="{closed.url}status.json"></elytra-status>'), "No report")
    assert closed.asked == ["/status.json"]


@pytest.mark.parametrize("card", ["<elytra-status></elytra-status>", '<elytra-status src=""></elytra-status>'])
def test_a_card_without_an_address_is_unknown_and_sends_no_request(card: str, embedding: Embedding) -> None:
    is_unknown(embedding.open(card), "No report")
    assert "/" in embedding.site.asked
    assert embedding.site.asked.count("/") == 1


def test_a_missing_status_page_turns_the_card_grey_until_it_returns(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    embedding.status.answers["/status.json"] = (502, b"")
    page.clock.run_for("01:00")
    is_unknown(page, "Last report 4 minutes ago")
    del embedding.status.answers["/status.json"]
    page.clock.run_for("00:15")
    shown(page, WORDS["operational"], "Updated 4 minutes ago")


def test_a_question_that_is_not_answered_is_a_failure(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    page.route("**/status.json", lambda route: None)
    page.clock.run_for("01:00")
    shown(page, WORDS["operational"], "Updated 4 minutes ago")
    page.clock.run_for("00:25")
    is_unknown(page, "Last report 4 minutes ago")


# As time passes


def test_it_polls_each_minute_and_keeps_the_age_right(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    for age in range(4, 9):
        later(page)
        shown(page, WORDS["operational"], f"Updated {age} minutes ago")
    assert embedding.asked == 6
    embedding.tell_of(NOW + 9 * MINUTE, platform_status="degraded")
    later(page)
    shown(page, WORDS["degraded"], "Updated less than a minute ago")


def test_a_report_that_nobody_renews_becomes_stale(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    later(page, 26)
    page.clock.run_for("00:55")
    shown(page, WORDS["operational"], "Updated 29 minutes ago")
    page.clock.run_for("00:05")
    is_unknown(page, "Last report 30 minutes ago")


def test_a_device_that_has_slept_shows_nothing_old(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    page.route("**/status.json", lambda route: None)
    page.clock.fast_forward("08:00:00")
    is_unknown(page, "Last report 8 hours ago")


def test_the_date_of_the_server_corrects_a_device_whose_clock_is_behind(embedding: Embedding) -> None:
    embedding.status.publish(published(), now=NOW + 40 * MINUTE)
    embedding.status.headers["Access-Control-Expose-Headers"] = "Date"
    is_unknown(embedding.open(now=NOW), "Last report 40 minutes ago")


def test_it_does_not_poll_while_the_page_is_hidden(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    look = """hidden => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(look, True)
    before = embedding.asked
    page.clock.run_for("10:00")
    shown(page, WORDS["operational"], "Updated 13 minutes ago")
    assert embedding.asked == before
    embedding.tell_of(NOW + 12 * MINUTE, platform_status="outage")
    page.evaluate(look, False)
    shown(page, WORDS["outage"], "Updated 1 minute ago")
