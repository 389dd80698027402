# SPDX-License-Identifier: MIT
"""The page in German and Arabic: its layout, its script, and the switch between the languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status import locale
from elytra_status.documents import Publication, links
from elytra_status.model import PlatformStatus
from elytra_status.settings.definitions import DOCUMENTS
from tests.browser.conftest import Site, axe
from tests.browser.test_page import LARGE_TEXT, LIGHT, MEASURE, MINUTE, SOON, STALE, WIDTHS
from tests.published import realistic

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
CODES = ("en", "de", "ar")
OUTAGE = {"de": "Ausfall: Websites, Object storage", "ar": "انقطاع الخدمة: Websites، Object storage"}


def in_languages(status: PlatformStatus = PlatformStatus.OUTAGE) -> Publication:
    """Return the publication with a page in each language, English first."""
    given = realistic(status)
    texts = replace(given.texts, address=None, other_forms=links(DOCUMENTS))
    folders = {code: "" if code == "en" else f"{code}/" for code in CODES}
    pages = tuple((locale.find_language(code), folders[code]) for code in CODES)
    every = tuple(replace(texts, language=one, folder=folders[one.code], pages=pages) for one, _ in pages)
    return replace(given, texts=texts, page_texts=every)


def headline(page: Page, words: str) -> None:
    """Wait until the page says so."""
    page.wait_for_function("words => document.getElementById('words').textContent === words", arg=words)


@pytest.mark.parametrize("way", [LIGHT, LARGE_TEXT], ids=["light", "large"])
@pytest.mark.parametrize("code", ["de", "ar"])
def test_the_page_has_room_for_every_language(
    code: str, way: dict[str, Any], site: Site, open_page: Open, screenshots: Path
) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(f"{site.url}{code}/index.html", now=SOON, **way)
    headline(page, OUTAGE[code])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        if width in (360, 1280) and way is LIGHT:
            page.screenshot(path=screenshots / f"page-{code}-{width}.png", full_page=True)
        assert page.evaluate(MEASURE) == [], width
    if way is LIGHT:
        assert axe(page) == []


def test_the_script_speaks_the_language_of_the_page(site: Site, open_page: Open) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(f"{site.url}de/index.html", now=SOON)
    headline(page, OUTAGE["de"])
    assert page.inner_text("#when").startswith("Zuletzt geprüft vor 3 Minuten, 10. Nov. 2025, ")
    told = page.locator("#c1 .days").get_attribute("aria-valuetext")
    assert told == "10. Nov. 2025, Beobachtet 0\xa0%, Ereignisse Websites slow in one region"
    page.clock.set_fixed_time(STALE)
    page.clock.run_for(2000)
    headline(page, "Status unbekannt")
    assert page.inner_text("#when").startswith("Letzter Bericht vor 47 Minuten, ")


def test_a_new_headline_is_translated_though_status_json_has_another_language(site: Site, open_page: Open) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(f"{site.url}de/index.html", now=SOON)
    headline(page, OUTAGE["de"])
    # Only status.json is renewed: the page of the storage is still the old one.
    document = json.loads((site.directory / "status.json").read_text("utf-8"))
    document |= {"updated_at": "2025-11-10T15:33:00Z", "platform_status": "operational"}
    document["headline"] = {
        "code": "component_not_operational",
        "text": "Operational, except DNS",
        "components": ["DNS"],
    }
    site.answers["/status.json"] = (200, json.dumps(document).encode())
    page.clock.run_for(61_000)
    headline(page, "In Betrieb, außer einzelnen Komponenten")
    # Then the page itself arrives, with the names.
    del site.answers["/status.json"]
    later = replace(in_languages(PlatformStatus.OPERATIONAL), now=SOON + MINUTE)
    site.publish(later, SOON + 2 * MINUTE)
    page.clock.run_for(61_000)
    headline(page, replace(later, texts=later.page_texts[1]).headline.text)


def test_visitors_switch_between_the_languages(site: Site, open_page: Open) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(site.url, java_script_enabled=False)
    page.get_by_role("link", name="العربية").click()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.get_by_role("link", name="العربية").get_attribute("aria-current") == "true"
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("link", name="Websites slow in one region").first.click()
    assert page.url == f"{site.url}de/incidents/2025-11-10-1.html"
    page.get_by_role("link", name="English").click()
    assert page.url == f"{site.url}incidents/2025-11-10-1.html"
