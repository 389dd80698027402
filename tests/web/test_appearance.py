# SPDX-License-Identifier: MIT
"""Each headline in each document, as visitors see it in Chromium: one appearance, and green only if all is right."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents import Publication, render_all
from elytra_status.documents.appearance import COLOURS
from elytra_status.documents.preview_picture import subject_of
from elytra_status.run.drawing import draw
from elytra_status.settings.definitions import DOCUMENTS
from tests.browser.conftest import open_page, start_site
from tests.browser.embedded_card import MINUTE, Embedding, embedding
from tests.headlines import APPEARANCES, headlined
from tests.published import NOW
from tests.web.conftest import Site
from tests.web.kept import PIL

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["embedding", "open_page", "start_site"]

Open = Callable[..., "Page"]
BY_COLOUR = {colour: appearance for appearance, colour in COLOURS.items()}


def pictures(given: Publication) -> dict[str, str]:
    """Return the appearance of the badges, and of the picture for previews, by their colours."""
    bodies = {one.name: one.body for one in render_all(given, DOCUMENTS)}
    badge = re.findall(r'<rect x="0" width="\d+" y="0" height="20" rx="3" fill="(#\w+)"', bodies["badge.svg"].decode())
    preview = PIL.open(io.BytesIO(draw(subject_of(given), "x"))).convert("RGB")
    ground = preview.getpixel((5, preview.height - 5))
    return {
        "badge.svg": BY_COLOUR[badge[0]],
        "badge.json": BY_COLOUR[json.loads(bodies["badge.json"])["color"]],
        "og.png": BY_COLOUR["#" + "".join(f"{part:02x}" for part in ground)],
    }


def page_and_card(given: Publication, embedded: Embedding, open_one: Open) -> dict[str, str]:
    """Return the appearance of the page and of the card, once each has read status.json."""
    embedded.status.publish(given, NOW + 3 * MINUTE)
    card = embedded.open().locator("elytra-status")
    card.get_by_role("link", name=given.headline.text).wait_for()
    page = open_one("about:blank", now=NOW + 3 * MINUTE)
    with page.expect_response("**/status.json"):
        page.goto(embedded.status.url)
    # What was asked for later comes later.
    page.evaluate("fetch(location.href).then(one => one.text())")
    red, green, blue = re.findall(r"\d+", page.locator("meta[name=theme-color]").get_attribute("content") or "")
    return {
        "page": page.locator("#now").get_attribute("data-status") or "",
        "colour of the browser": BY_COLOUR[f"#{int(red):02x}{int(green):02x}{int(blue):02x}"],
        "card": card.locator("svg").get_attribute("class") or "",
    }


def parts_for_next(site: Site, visit: Open, code: str) -> dict[str, str]:
    """Return the appearance of the card and the badge of the example site."""
    page = visit("/", reduced_motion="reduce")
    given = headlined(code, site.now().replace(microsecond=0))
    body = render_all(given, DOCUMENTS)[-1].body
    page.route("**/status.json", lambda route: route.fulfill(body=body, headers={"Access-Control-Allow-Origin": "*"}))
    page.clock.fast_forward("01:00")
    page.get_by_role("status").get_by_text(given.headline.text).wait_for()
    page.locator("footer").get_by_text(given.headline.text).wait_for()
    return {
        "card for Next.js": page.locator("section[data-phase]").get_attribute("data-tone") or "",
        "badge for Next.js": page.locator("footer .elytra-badge").get_attribute("data-tone") or "",
    }


@pytest.mark.parametrize("code", SENTENCES)
def test_all_documents_give_a_headline_the_same_appearance(
    code: str, embedding: Embedding, open_page: Open, site: Site, visit: Open
) -> None:
    given, expected = headlined(code), APPEARANCES[code]
    shown = pictures(given) | page_and_card(given, embedding, open_page) | parts_for_next(site, visit, code)
    assert shown == dict.fromkeys(shown, expected["appearance"])
    report = json.loads((embedding.status.directory / "status.json").read_text("utf-8"))
    assert report["platform_status"] == expected["platform_status"]
    for name in ("status", "summary"):
        summary = json.loads((embedding.status.directory / f"api/v2/{name}.json").read_text("utf-8"))
        assert summary["status"]["indicator"] == expected["indicator"]
