# SPDX-License-Identifier: MIT
"""Page and card while caches answer with an older copy, in Chromium: an older report replaces no newer one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text
from tests.browser.conftest import Site
from tests.browser.shown_page import MINUTE, SOON, show, until
from tests.browser.shown_page import WORDS as PAGE_WORDS
from tests.browser.test_card import WORDS, Embedding, embedding, is_unknown, later, shown  # noqa: F401
from tests.conftest import wait_until
from tests.published import NOW, realistic

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]


def test_the_card_ignores_an_older_copy(embedding: Embedding) -> None:  # noqa: F811
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    embedding.tell_of(NOW - 5 * MINUTE, platform_status="outage")
    later(page, 2)
    shown(page, WORDS["operational"], "Updated 5 minutes ago")
    # The newer one does not hold for ever.
    later(page, 25)
    is_unknown(page, "Last report 30 minutes ago")


def test_the_card_keeps_a_stale_report_instead_of_an_older_copy(embedding: Embedding) -> None:  # noqa: F811
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    embedding.tell(
        updated_at=to_text(NOW + 3 * MINUTE), stale_after=to_text(NOW + 5 * MINUTE), platform_status="outage"
    )
    later(page)
    shown(page, WORDS["outage"], "Updated 1 minute ago")
    embedding.tell_of(NOW + 2 * MINUTE)
    later(page, 2)
    is_unknown(page, "Last report 3 minutes ago")


def test_the_card_shows_no_older_copy_after_a_malformed_one(embedding: Embedding) -> None:  # noqa: F811
    embedding.tell(platform_status="outage")
    page = embedding.open()
    shown(page, WORDS["outage"], "Updated 3 minutes ago")
    embedding.status.answers["/status.json"] = (200, b"{")
    later(page)
    is_unknown(page, "Last report 4 minutes ago")
    embedding.tell_of(NOW - 5 * MINUTE)
    later(page)
    is_unknown(page, "Last report 5 minutes ago")
    embedding.tell_of(NOW + 5 * MINUTE)
    later(page)
    shown(page, WORDS["operational"], "Updated 1 minute ago")


def test_on_the_card_a_report_from_the_future_gives_way(embedding: Embedding) -> None:  # noqa: F811
    embedding.tell_of(NOW + 600 * MINUTE, platform_status="outage")
    page = embedding.open()
    is_unknown(page, "No report")
    embedding.tell_of(NOW + 3 * MINUTE)
    later(page)
    shown(page, WORDS["operational"], "Updated 1 minute ago")


def test_the_page_ignores_an_older_copy(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    older = realistic(PlatformStatus.OUTAGE)
    site.publish(replace(older, now=NOW - 5 * MINUTE), SOON)
    page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('when').textContent.includes('4 minutes')")
    assert page.inner_text("#words") == PAGE_WORDS["operational"]


def test_the_page_keeps_a_stale_report_instead_of_an_older_copy(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    # The report of an outage is stale when the page gets it, at NOW + 4 minutes.
    answer_of(site, PlatformStatus.OUTAGE, NOW + 2 * MINUTE, stale_after=NOW + 3 * MINUTE)
    next_request(page, site)
    page.wait_for_function("() => document.getElementById('when').textContent.startsWith('Last report 2 minutes ago')")
    answer_of(site, PlatformStatus.OPERATIONAL, NOW + MINUTE)
    next_request(page, site)
    next_request(page, site)
    assert page.inner_text("#words") == PAGE_WORDS["unknown"]
    answer_of(site, PlatformStatus.OPERATIONAL, NOW + 5 * MINUTE)
    next_request(page, site)
    until(page, "operational")


def test_the_page_shows_no_older_copy_after_a_malformed_one(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page)
    site.answers["/status.json"] = (200, b"{")
    next_request(page, site)
    until(page, "unknown")
    answer_of(site, PlatformStatus.OPERATIONAL, NOW - 5 * MINUTE)
    next_request(page, site)
    next_request(page, site)
    assert page.inner_text("#words") == PAGE_WORDS["unknown"]


def test_on_the_page_a_report_from_the_future_gives_way(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    answer_of(site, PlatformStatus.OUTAGE, NOW + 600 * MINUTE)
    next_request(page, site)
    until(page, "unknown")
    answer_of(site, PlatformStatus.OPERATIONAL, NOW + 4 * MINUTE)
    next_request(page, site)
    until(page, "operational")


def answer_of(site: Site, status: PlatformStatus, moment: datetime, **changed: datetime) -> None:
    """Answer with a status.json of a moment; `changed` are other times in it."""
    site.publish(replace(realistic(status), now=moment), SOON)
    document = json.loads((site.directory / "status.json").read_text())
    times = {name: to_text(value) for name, value in changed.items()}
    site.answers["/status.json"] = (200, json.dumps({**document, **times}).encode())


def next_request(page: Page, site: Site) -> None:
    """Let a minute pass, and wait until the page has asked. It asks only after it has read the answer before."""
    asked = site.asked.count("/status.json")
    page.clock.run_for(61_000)
    wait_until(lambda: site.asked.count("/status.json") > asked, seconds=30)
