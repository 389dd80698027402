# SPDX-License-Identifier: MIT
"""card.js on a site of somebody else, which is as strict as can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.documents import Publication, render_all
from elytra_status.model import Announcements, PlatformStatus
from elytra_status.system.clock import to_text
from tests.browser.conftest import Site
from tests.published import NOW, concluded, published

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MINUTE = timedelta(minutes=1)


def good(status: PlatformStatus = PlatformStatus.OPERATIONAL) -> Publication:
    """What is published where nothing else is wrong."""
    return concluded(replace(published(status), components=(), announcements=Announcements()))


STATUS = json.loads(render_all(good())[-1].body)
WORDS = {
    "operational": "All systems operational",
    "degraded": "Service degraded",
    "outage": "Service outage",
    "unknown": "Status unknown",
}
# A site of somebody else, as strict as can be.
POLICY = (
    "default-src 'none'; script-src {status}; connect-src {status}; style-src 'sha256-{hash}'; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html><html lang="en"{attributes}><meta charset="utf-8"><title>A site</title>
<meta name="viewport" content="width=device-width"><style>{style}</style>
<script type="module" src="{status}card.js"></script>
<main><h1>A site</h1>{body}</main></html>"""
STYLE = "html{color-scheme:light dark;font-family:system-ui}"
CARD = '<elytra-status src="{status}status.json"></elytra-status>'

Open = Callable[..., "Page"]


class Embedding:
    """A status and a site of another origin that shows it. `status.answers` may take the place of what is published."""

    def __init__(self, start_site: Callable[[], Site], open_page: Open) -> None:
        self.start_site = start_site
        self.status = start_site()
        self.status.headers["Access-Control-Allow-Origin"] = "*"
        self.status.publish(good())
        self.site = start_site()
        self._open = open_page

    def tell(self, **changed: Any) -> None:
        """Give another status.json; with another status, its headline too."""
        if status := changed.get("platform_status"):
            changed = {"headline": {"code": status, "text": WORDS.get(status, status)}, **changed}
        self.status.answers["/status.json"] = (200, json.dumps({**STATUS, **changed}).encode())

    def tell_of(self, moment: datetime, **changed: Any) -> None:
        """Give one that was made at another moment."""
        self.tell(updated_at=to_text(moment), stale_after=to_text(moment + 30 * MINUTE), **changed)

    def open(
        self,
        body: str = CARD,
        *,
        now: datetime | None = NOW + 3 * MINUTE,
        attributes: str = "",
        style: str = STYLE,
        **options: Any,
    ) -> Page:
        """Open a page of the site, for a visitor whose clock stands still at `now` until it is moved."""
        text = PAGE.format(attributes=attributes, style=style, body=body, status="{status}")
        (self.site.directory / "index.html").write_text(text.replace("{status}", self.status.url), "utf-8")
        page = self._open("about:blank", **options)
        if now:
            # It runs from the moment on that it is there.
            page.clock.install(time=now - timedelta(hours=1))
            page.clock.pause_at(now)
        page.goto(self.site.url)
        return page

    @property
    def asked(self) -> int:
        """How often the status was asked for."""
        return self.status.asked.count("/status.json")


@pytest.fixture
def embedding(start_site: Callable[[], Site], open_page: Open) -> Embedding:
    return Embedding(start_site, open_page)


def shown(page: Page, words: str, age: str, card: str = "elytra-status") -> Locator:
    """Wait until a card shows these. Return it."""
    from playwright.sync_api import expect

    found = page.locator(card)
    expect(found.locator("p")).to_have_text([words, age])
    return found


def later(page: Page, minutes: int = 1) -> None:
    """Let minutes pass, each with its question and its answer."""
    for _ in range(minutes):
        with page.expect_response("**/status.json") as answer:
            page.clock.run_for("01:00")
        answer.value.finished()
        # What is asked for after it has come is there after it.
        page.evaluate("fetch(location.href).then(one => one.text())")


def colour(card: Locator) -> str:
    return str(card.locator("svg").evaluate("one => getComputedStyle(one).stroke"))


def is_unknown(page: Page, age: str) -> None:
    card = shown(page, WORDS["unknown"], age)
    assert card.locator("svg").get_attribute("class") == "unknown"
    red, green, blue = (int(part) for part in colour(card).removeprefix("rgb(").removesuffix(")").split(","))
    assert max(red, green, blue) - min(red, green, blue) < 24, "it is grey"
