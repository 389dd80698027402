# SPDX-License-Identifier: MIT
"""The page in a browser, in each state and each way of showing it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from elytra_status.documents import Publication
from elytra_status.model import Impact, PlatformStatus
from tests.browser.conftest import Site
from tests.published import NOW, concluded, realistic

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]

MINUTE = timedelta(minutes=1)
SOON = NOW + 3 * MINUTE
STALE = NOW + 47 * MINUTE
WORDS = {status.value: realistic(status).headline.text for status in PlatformStatus}
# What the server answers in the place of status.json.
WRONG = {
    "failed fetch": (500, b""),
    "bad JSON": (200, b"{"),
    "unknown word": (200, b""),
}
DECIDED = [*(status.value for status in PlatformStatus), "maintenance"]


def show(state: str, site: Site, open_page: Open, **options: Any) -> Page:
    """Return the page in one of the states, when it has come to that."""
    now = STALE if state == "stale" else SOON
    site.publish(facts_of(state), now)
    if state == "unknown word":
        document = json.loads((site.directory / "status.json").read_text())
        site.answers["/status.json"] = (200, json.dumps({**document, "platform_status": "splendid"}).encode())
    elif state in WRONG:
        site.answers["/status.json"] = WRONG[state]
    if not options.get("java_script_enabled", True):
        return open_page(site.url, **options)
    page = open_page(site.url, now=now, **options)
    if state in ("maintenance", "open incident"):
        page.get_by_role("heading", name=facts_of(state).headline.text).wait_for()
    else:
        until(page, state if state in WORDS else "unknown")
    return page


def facts_of(state: str) -> Publication:
    """Return what is published in one of the states."""
    if state == "maintenance":
        return at_work()
    if state == "open incident":
        return with_an_open_incident()
    return realistic(PlatformStatus(state) if state in WORDS else PlatformStatus.OPERATIONAL)


def at_work() -> Publication:
    """Of everything something, while nothing is wrong but announced maintenance."""
    given = realistic(PlatformStatus.DEGRADED)
    components = tuple(
        replace(one, status=PlatformStatus.DEGRADED, in_maintenance=True)
        if number == 3
        else replace(one, status=PlatformStatus.OPERATIONAL, in_maintenance=False)
        for number, one in enumerate(given.components)
    )
    announcements = replace(given.announcements, incidents=given.announcements.incidents[:1])
    decision = replace(given.decision, rule="maintenance")
    return concluded(replace(given, decision=decision, components=components, announcements=announcements))


def with_an_open_incident() -> Publication:
    """Return an operational platform, of which a person says that something is wrong."""
    given = realistic()
    past, present = realistic(PlatformStatus.OUTAGE).announcements.incidents
    incidents = (past, replace(present, impact=Impact.CRITICAL))
    return concluded(replace(given, announcements=replace(given.announcements, incidents=incidents)))


def until(page: Page, status: str) -> None:
    """Wait until the page has asked, and says that."""
    page.wait_for_function("words => document.getElementById('words').textContent === words", arg=WORDS[status])


def overflow(page: Page) -> int:
    """By how much the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


# How a browser shows the page.
LIGHT: dict[str, Any] = {"color_scheme": "light"}
DARK = {"color_scheme": "dark"}
FORCED = {"color_scheme": "dark", "forced_colors": "active"}
NO_SCRIPT = {"color_scheme": "light", "java_script_enabled": False}
LARGE_TEXT = {"color_scheme": "light", "large_text": True}
WAYS = {"light": LIGHT, "dark": DARK, "forced": FORCED, "large": LARGE_TEXT, "no-script": NO_SCRIPT}
WIDTHS = (320, 360, 768, 1280, 1920)
# The page without its own texts that are wider than the window by nature is measured: words that stand on two lines,
# elements that stand over each other, and by how much the page is wider than the window.
MEASURE = """() => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`wider by ${root.scrollWidth - root.clientWidth}`);
    const isShown = (one) => one.checkVisibility() && !one.closest(".skip, .shapes");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        if (!isShown(text.parentElement)) continue;
        for (const word of text.data.matchAll(/[\\p{L}\\p{N}]{2,26}/gu)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            // Japanese is written without spaces, and broken between letters.
            if (/[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}]/u.test(word[0])) continue;
            const lines = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
            if (lines.size > 1) found.push(`broken: ${word[0]}`);
        }
    }
    const blocks = [...document.querySelectorAll("h1, h2, h3, h4, p, dt, dd, li > b, .state, .days, summary, nav li")]
        .filter(isShown).map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
    for (const [number, [one, box]] of blocks.entries()) {
        for (const [other, its] of blocks.slice(number + 1)) {
            const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
            const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
            if (across > 2 && down > 2 && !one.contains(other)) {
                found.push(`over each other: ${one.textContent.slice(0, 30)} / ${other.textContent.slice(0, 30)}`);
            }
        }
    }
    return found;
}"""


def answers(page: Page) -> list[float]:
    """Where the answers to a visitor's questions end, in pixels from the top of the page.

    Is it down, what, since when, what is being done, and how do I hear more?
    """
    ends = []
    for answer in (
        page.locator("#words"),
        page.locator("#affected a").last,
        page.locator("article.open [data-since]").first,
        page.locator("article.open li p").nth(1),
        page.locator("#subscribe-link"),
    ):
        box = answer.bounding_box()
        assert box
        ends.append(box["y"] + box["height"])
    return ends


def told(page: Page) -> list[str]:
    """What is shown of a day."""
    return page.locator(".tip").inner_text().split("\n")
