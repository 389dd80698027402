# SPDX-License-Identifier: MIT
"""The page in every state, as a visitor's browser shows it; each leaves a picture to be looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.model import PlatformStatus
from tests.browser.conftest import NODE, Site
from tests.published import NOW, realistic

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]

MINUTE = timedelta(minutes=1)
SOON = NOW + 3 * MINUTE
STALE = NOW + 47 * MINUTE
WORDS = {
    "operational": "All systems operational",
    "degraded": "Service degraded",
    "outage": "Service outage",
    "unknown": "Status unknown",
}
# What the server answers in the place of status.json.
WRONG = {
    "failed fetch": (500, b""),
    "missing": (404, b""),
    "bad JSON": (200, b"{"),
    "a web page": (200, b"<!doctype html><title>Log in</title>"),
    "unknown word": (200, b""),
}
STATES = [*(status.value for status in PlatformStatus), "no script", "stale", "stale without news", *WRONG]


def show(state: str, site: Site, open_page: Open, **options: Any) -> Page:
    """Return the page in one of the states, when it has come to that."""
    status = PlatformStatus(state) if state in WORDS else PlatformStatus.OPERATIONAL
    now = STALE if state.startswith("stale") else SOON
    site.publish(realistic(status), now)
    if state == "unknown word":
        document = json.loads((site.directory / "status.json").read_text())
        site.answers["/status.json"] = (200, json.dumps({**document, "platform_status": "splendid"}).encode())
    elif state in WRONG:
        site.answers["/status.json"] = WRONG[state]
    if state == "no script":
        return open_page(site.url, java_script_enabled=False, **options)
    page = open_page(site.url, now=now, **options)
    until(page, state if state in WORDS else "unknown")
    return page


def until(page: Page, status: str) -> None:
    """Wait until the page has asked, and says that."""
    page.wait_for_function("words => document.getElementById('words').textContent === words", arg=WORDS[status])


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong, with where."""
    page.evaluate((NODE / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how much the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_seen_by_everybody(
    state: str, scheme: str, width: int, site: Site, open_page: Open, screenshots: Path
) -> None:
    page = show(state, site, open_page, color_scheme=scheme, width=width)
    page.screenshot(path=screenshots / f"page-{state.replace(' ', '-')}-{scheme}-{width}.png", full_page=True)
    assert overflow(page) == 0
    if state != "no script":
        assert axe(page) == []
