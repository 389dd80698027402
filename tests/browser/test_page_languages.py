# SPDX-License-Identifier: MIT
"""The page in German and Arabic: its layout, its script, and the switch between the languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from elytra_status import locale
from elytra_status.decision.headline import SENTENCES
from elytra_status.documents import Publication, links, subscriptions
from elytra_status.model import PlatformStatus
from elytra_status.settings.definitions import DOCUMENTS
from tests.browser.conftest import Site, axe
from tests.browser.shown_page import (
    DARK,
    DECIDED,
    FORCED,
    LIGHT,
    MEASURE,
    MINUTE,
    SOON,
    STALE,
    WIDTHS,
    answers,
    facts_of,
    overflow,
)
from tests.published import concluded, realistic

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
CODES = ("en", "de", "ar", "ja")
# Chosen while the page is open: the page is measured in each of them at each width.
MEDIA = (LIGHT, DARK, FORCED)
OUTAGE = {
    "de": "Ausfall: Websites, Object storage",
    "ar": "انقطاع الخدمة: Websites، Object storage",
    "ja": "サービス停止：Websites、Object storage",
}
# Of headlines, those that have a word on two lines.
BROKEN = """every => every.filter((words) => {
    const shown = document.getElementById("words");
    shown.textContent = words;
    const range = document.createRange();
    return [...words.matchAll(/[\\p{L}\\p{N}]+/gu)].some((word) => {
        range.setStart(shown.firstChild, word.index);
        range.setEnd(shown.firstChild, word.index + word[0].length);
        return new Set([...range.getClientRects()].map((one) => Math.round(one.top))).size > 1;
    });
})"""


def in_languages(given: Publication | None = None) -> Publication:
    """Return a publication, that of an outage by default, with a page in each language, English first."""
    given = given or facts_of("outage")
    texts = replace(given.texts, address=None, other_forms=links(DOCUMENTS), subscriptions=subscriptions(DOCUMENTS))
    folders = {code: "" if code == "en" else f"{code}/" for code in CODES}
    pages = tuple((locale.find_language(code), folders[code]) for code in CODES)
    every = tuple(replace(texts, language=one, folder=folders[one.code], pages=pages) for one, _ in pages)
    return replace(given, texts=texts, page_texts=every)


def headline(page: Page, words: str) -> None:
    """Wait until the page says so."""
    page.wait_for_function("words => document.getElementById('words').textContent === words", arg=words)


@pytest.mark.parametrize(
    ("code", "state"),
    [*product(("de", "ar"), (*DECIDED, "stale")), *(("ja", state) for state in ("outage", "operational"))],
)
def test_the_page_has_room_in_every_state(
    code: str, state: str, site: Site, open_page: Open, screenshots: Path
) -> None:
    given, now = in_languages(facts_of(state)), STALE if state == "stale" else SOON
    texts = given.page_texts[CODES.index(code)]
    words = texts.language.text(SENTENCES["unknown"]) if state == "stale" else replace(given, texts=texts).headline.text
    site.publish(given, now)
    for has_script, large_text in product((True, False), (False, True)):
        if state == "stale" and not has_script:
            continue
        options = {"large_text": large_text, "java_script_enabled": has_script}
        page = open_page(f"{site.url}{code}/index.html", now=now if has_script else None, **options)
        if has_script:
            headline(page, words)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            for media in MEDIA:
                page.emulate_media(**{"forced_colors": "none", **media})
                found = page.evaluate(MEASURE)
                assert found == [], (has_script, large_text, width, media)
            if width in (360, 1280) and has_script and not large_text:
                page.emulate_media(color_scheme="light", forced_colors="none")
                page.screenshot(path=screenshots / f"page-{code}-{state}-{width}.png", full_page=True)
        if has_script and not large_text:
            assert axe(page) == []


@pytest.mark.parametrize("large_text", [False, True], ids=["usual", "large"])
@pytest.mark.parametrize("code", CODES)
def test_the_pages_of_incidents_have_room(
    code: str, large_text: bool, site: Site, open_page: Open, screenshots: Path
) -> None:
    site.publish(in_languages(), SOON)
    folder = "" if code == "en" else f"{code}/"
    page = open_page(f"{site.url}{folder}incidents/index.html", java_script_enabled=False, large_text=large_text)
    for name in ("index", "2025-11", "2025-11-10-1"):
        page.goto(f"{site.url}{folder}incidents/{name}.html")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            for media in MEDIA:
                page.emulate_media(**{"forced_colors": "none", **media})
                assert page.evaluate(MEASURE) == [], (name, width, media)
            if width in (360, 1280) and not large_text:
                page.screenshot(path=screenshots / f"incidents-{code}-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("code", CODES)
def test_the_pages_of_incidents_are_accessible(code: str, site: Site, open_page: Open) -> None:
    site.publish(in_languages(), SOON)
    folder = "" if code == "en" else f"{code}/"
    for name in ("index", "2025-11-10-1"):
        assert axe(open_page(f"{site.url}{folder}incidents/{name}.html")) == [], name


@pytest.mark.parametrize("code", ["de", "ar", "ja"])
def test_an_outage_answers_a_visitors_questions_on_the_first_screen_in_every_language(
    code: str, site: Site, open_page: Open
) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(f"{site.url}{code}/index.html", now=SOON, width=360)
    headline(page, OUTAGE[code])
    assert max(answers(page)) <= 740


@pytest.mark.parametrize("large_text", [False, True], ids=["usual", "large"])
def test_no_headline_breaks_within_a_word(large_text: bool, site: Site, open_page: Open) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(site.url, java_script_enabled=False, large_text=large_text)
    # Japanese has no spaces between words.
    languages = [locale.find_language(code) for code in locale.codes() if code != "ja"]
    every = sorted({one.text(words).format(names="Websites") for one in languages for words in SENTENCES.values()})
    for width in WIDTHS[:2]:
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(BROKEN, every) == [], width


# The edges of what is written in each element, in pixels: how far its first line is from the right edge of its block.
FROM_THE_RIGHT = """selector => [...document.querySelectorAll(selector)].map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const [first] = [...range.getClientRects()].filter((box) => box.width);
    const line = [...range.getClientRects()].filter((box) => Math.abs(box.top - first.top) < first.height / 2);
    return Math.round(one.getBoundingClientRect().right - Math.max(...line.map((box) => box.right)));
})"""


@pytest.mark.parametrize("name", ["index", "incidents/2025-11-10-1"])
def test_english_texts_on_an_arabic_page_stand_below_their_titles(name: str, site: Site, open_page: Open) -> None:
    given = in_languages()
    described = tuple(replace(one, description="For clients in Europe.") for one in given.components)
    site.publish(replace(given, components=described), SOON)
    page = open_page(f"{site.url}ar/{name}.html", java_script_enabled=False)
    selector = "h3:has(bdi), p:has(> bdi:only-child)" if name == "index" else "h1, li > p"
    edges = page.evaluate(FROM_THE_RIGHT, selector)
    assert len(edges) > 3
    assert set(edges) == {0}
    # In their own direction: the period is at the right end of an English sentence.
    direction = "one => getComputedStyle(one).direction"
    assert page.locator("li bdi", has_text="A switch has failed.").first.evaluate(direction) == "ltr"


# Of 12 to 20 letters, and as wide as such words are.
LONG_NAMES = (
    "Kundenverwaltung", "Objektspeicher", "Kommunikationssystem", "Webhosting Mammutprogramm", "E-Mail-Zustellung",
    "Datensicherungswesen", "Entwicklungsumgebung", "Suche", "Rechnungen", "Zahlungsabwicklung",
)  # fmt: skip

# Of 21 to 26 letters.
LONGER_NAMES = ("Authentifizierungsdienst", "Rechtsschutzversicherungen", "Kundenverwaltungssystem")


def with_long_names(first: int, names: tuple[str, ...] = LONG_NAMES) -> Publication:
    """Return an outage of two components, and of all others none, with long names and a title of long words."""
    given = facts_of("outage")
    down = (first, (first + 1) % len(names))
    parts = tuple(
        replace(one, name=name, status=PlatformStatus.OUTAGE if number in down else PlatformStatus.OPERATIONAL)
        for number, (one, name) in enumerate(zip(given.components, names, strict=False))
    )
    past, present = given.announcements.incidents
    present = replace(present, title=f"{names[first]} beeinträchtigt", components=(names[first],))
    return concluded(
        replace(given, components=parts, announcements=replace(given.announcements, incidents=(past, present)))
    )


@pytest.mark.parametrize("text", [100, 150])
def test_no_long_name_breaks_within_a_word(text: int, site: Site, open_page: Open, screenshots: Path) -> None:
    for first in range(0, len(LONG_NAMES), 2):
        site.publish(in_languages(with_long_names(first)), SOON)
        for name in ("de/index", "index", "de/incidents/2025-11-10-1"):
            page = open_page(f"{site.url}{name}.html", java_script_enabled=False, width=360, text=text)
            if first == 2:
                page.screenshot(path=screenshots / f"long-names-{name.replace('/', '-')}-{text}.png", full_page=True)
            for width in WIDTHS[1:]:
                page.set_viewport_size({"width": width, "height": 740})
                assert page.evaluate(MEASURE) == [], (name, LONG_NAMES[first], width)


@pytest.mark.parametrize("text", [100, 150, 200])
def test_no_longer_name_breaks_within_a_word(text: int, site: Site, open_page: Open, screenshots: Path) -> None:
    for first, given in enumerate(LONGER_NAMES):
        value = with_long_names(first, LONGER_NAMES)
        *rest, last = value.components
        site.publish(in_languages(replace(value, components=(*rest, replace(last, group=given)))), SOON)
        for name in ("de/index", "de/incidents/2025-11-10-1"):
            page = open_page(f"{site.url}{name}.html", java_script_enabled=False, width=320, text=text)
            page.screenshot(path=screenshots / f"longer-{first}-{name.replace('/', '-')}-{text}.png", full_page=True)
            if text > 100:
                # There is no room for such a word in running text of that size.
                page.evaluate("document.querySelectorAll('p:not(#affected)').forEach(one => one.remove())")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 740})
                assert page.evaluate(MEASURE) == [], (name, given, width)


@pytest.mark.parametrize("text", [100, 200])
def test_a_name_that_no_small_screen_has_room_for_makes_no_page_wider(text: int, site: Site, open_page: Open) -> None:
    site.publish(in_languages(with_long_names(0, ("Donaudampfschifffahrtsgesellschaft", "Suche"))), SOON)
    for name in ("de/index", "de/incidents/2025-11-10-1"):
        page = open_page(f"{site.url}{name}.html", java_script_enabled=False, width=320, text=text)
        assert overflow(page) == 0


def test_a_headline_that_arrives_later_has_no_broken_word_either(site: Site, open_page: Open) -> None:
    site.publish(in_languages(realistic()), SOON)
    page = open_page(f"{site.url}de/index.html", now=SOON, width=360)
    later = in_languages(replace(with_long_names(2), now=SOON + MINUTE))
    site.publish(later, SOON + 2 * MINUTE)
    page.clock.run_for(61_000)
    headline(page, replace(later, texts=later.page_texts[1]).headline.text)
    assert page.evaluate(MEASURE) == []
    site.publish(in_languages(replace(realistic(), now=SOON + 3 * MINUTE)), SOON + 4 * MINUTE)
    page.clock.run_for(121_000)
    headline(page, "Alle Systeme in Betrieb")
    assert page.locator("h1.long").count() == 0
    longer = in_languages(replace(with_long_names(0, LONGER_NAMES), now=SOON + 5 * MINUTE))
    site.publish(longer, SOON + 6 * MINUTE)
    page.clock.run_for(121_000)
    headline(page, replace(longer, texts=longer.page_texts[1]).headline.text)
    assert page.evaluate(MEASURE) == []


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


# Colours that are neither grey nor the accent of links, of texts that speak of what is in progress.
INK = """() => [...document.querySelectorAll("#rest .open, #rest .now, #rest .now b")]
    .filter((one) => one.checkVisibility()).map((one) => getComputedStyle(one).color)"""


@pytest.mark.parametrize(("code", "day"), [("en", "10 Nov"), ("de", "10. Nov."), ("ja", "11月10日")])
def test_nothing_on_a_stale_page_speaks_of_the_present(code: str, day: str, site: Site, open_page: Open) -> None:
    site.publish(in_languages(), SOON)
    page = open_page(f"{site.url}{'' if code == 'en' else f'{code}/'}index.html", now=SOON)
    page.wait_for_function("() => document.getElementById('now').dataset.status === 'outage'")
    ends = page.locator(".ends span:last-child")
    today = in_languages().page_texts[CODES.index(code)].language.text("Today")
    assert set(ends.all_inner_texts()) == {today}
    line = page.locator(".day p:has(> a[href='#incident-2025-11-10-1'])").first
    ink, soft = (
        page.evaluate("name => getComputedStyle(document.querySelector(name)).color", one) for one in ("body", ".ends")
    )
    assert line.evaluate("one => getComputedStyle(one).color") == ink
    # While the page is open.
    page.clock.set_system_time(STALE)
    page.clock.run_for(2000)
    page.wait_for_function("() => document.getElementById('now').dataset.status === 'unknown'")
    assert set(ends.all_inner_texts()) == {day}
    first = {"en": "13 Aug", "de": "13. Aug.", "ja": "8月13日"}[code]
    assert set(page.locator(".ends span:first-child").all_inner_texts()) == {first}
    assert line.evaluate("one => getComputedStyle(one).color") == soft
    assert set(page.evaluate(INK)) == {soft}
    # Then news arrives.
    site.publish(in_languages(replace(facts_of("outage"), now=STALE)), STALE)
    page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('now').dataset.status === 'outage'")
    # The headline may come first, from status.json.
    ends.get_by_text(today).last.wait_for()
    assert set(ends.all_inner_texts()) == {today}


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
    later = replace(in_languages(realistic()), now=SOON + MINUTE)
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
