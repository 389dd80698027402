# SPDX-License-Identifier: MIT
"""The page of an open incident grows old, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elytra_status.model import PlatformStatus
from tests.browser.conftest import Site, axe
from tests.browser.shown_page import SOON, STALE, overflow
from tests.published import realistic

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]


def state(page: Page) -> tuple[str, str]:
    """Return the state that the page shows, and its colour."""
    shown = page.locator(".state")
    return shown.inner_text(), shown.evaluate("one => getComputedStyle(one).color")


def test_the_state_of_an_incident_becomes_unknown_when_its_page_is_stale(site: Site, open_page: Open) -> None:
    site.publish(realistic(PlatformStatus.OUTAGE), SOON)
    page = open_page(f"{site.url}incidents/2025-11-10-1.html", now=SOON, width=320)
    soft = page.locator("#when").evaluate("one => getComputedStyle(one).color")
    words, colour = state(page)
    assert words == "Identified"
    assert colour != soft
    assert page.locator("#when").inner_text() == "Last checked 10 Nov 2025, 15:30 UTC. Unknown from 16:00 UTC on."
    page.clock.run_for(26 * 60_000)
    assert state(page)[0] == "Identified"
    page.clock.run_for(2 * 60_000)
    assert state(page) == ("Unknown", soft)
    assert overflow(page) == 0
    assert axe(page) == []


def test_a_visitor_who_comes_too_late_never_sees_the_old_state(site: Site, open_page: Open) -> None:
    site.publish(realistic(PlatformStatus.OUTAGE), STALE)
    assert state(open_page(f"{site.url}incidents/2025-11-10-1.html", now=STALE))[0] == "Unknown"
    # What is over stays what it is.
    assert state(open_page(f"{site.url}incidents/2025-11-08-1.html", now=STALE))[0] == "Resolved"
