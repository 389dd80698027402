# SPDX-License-Identifier: MIT
"""The page in every state, as a visitor's browser shows it; each picture is kept to be looked at."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents import Publication, incident_pages
from elytra_status.documents import page as page_document
from elytra_status.documents.appearance import contrast
from elytra_status.model import PlatformStatus
from elytra_status.settings import Settings
from tests.browser.conftest import NODE, Site, axe
from tests.conftest import API_KEY
from tests.in_process import run_command
from tests.published import HOSTILE, NOW, in_english_and_german, published, realistic

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
from tests.browser.shown_page import DECIDED, MEASURE, MINUTE, SOON, WAYS, WIDTHS, WRONG, Open, answers, overflow, show

PICTURE = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
# What a server answers wrongly is shown like a stale page. Without a script nothing becomes stale.
COMBINATIONS = [
    *((state, way) for state in DECIDED for way in WAYS),
    *(("stale", way) for way in WAYS if way != "no-script"),
    *((state, "light") for state in WRONG),
]


@pytest.mark.parametrize(("state", "way"), COMBINATIONS)
def test_every_state_can_be_seen_by_everybody(
    state: str, way: str, site: Site, open_page: Open, screenshots: Path
) -> None:
    page = show(state, site, open_page, **WAYS[way])
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == (32 if way == "large" else 16)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        if width in (360, 1280) and way in ("light", "dark"):
            name = f"page-{state.replace(' ', '-')}-{way}-{width}.png"
            page.screenshot(path=screenshots / name, full_page=True)
        assert page.evaluate(MEASURE) == [], width
    if way in ("light", "dark"):
        assert axe(page) == []


def test_an_outage_answers_a_visitors_questions_on_the_first_screen_of_a_telephone(site: Site, open_page: Open) -> None:
    assert max(answers(show("outage", site, open_page, width=360))) <= 740


@pytest.mark.parametrize("code", SENTENCES)
def test_no_headline_wraps_where_there_is_room(code: str, site: Site, open_page: Open) -> None:
    site.publish(realistic(), SOON)
    page = open_page(site.url, java_script_enabled=False)
    words = SENTENCES[code].replace("{names}", "Websites and Mail")
    lines = "words => { const one = document.getElementById('words'); one.textContent = words; "
    lines += "return Math.round(one.offsetHeight / parseFloat(getComputedStyle(one).lineHeight)) }"
    assert page.evaluate(lines, words) == 1


def contrast_of(page: Page, one: str, other: str) -> float:
    """The contrast of two colours of page.css, by their names."""
    style = "name => getComputedStyle(document.documentElement).getPropertyValue(name)"
    found = (page.evaluate(style, name).strip() for name in (one, other))
    first, second = (f"#{''.join(2 * digit for digit in text[1:])}" if len(text) == 4 else text for text in found)
    return contrast(first, second)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_of_the_chart_stand_out(scheme: str, site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page, color_scheme=scheme)
    grounds = [("--up", "--ground"), ("--down", "--ground"), ("--down", "--down-rest"), ("--none", "--ground")]
    grounds += [("--degraded-fill", "--degraded-rest"), ("--degraded-fill", "--ground"), ("--maintenance", "--ground")]
    assert {pair: found for pair in grounds if (found := contrast_of(page, *pair)) < 3} == {}


def tree(page: Page) -> str:
    """The page as a screen reader is given it."""
    return page.locator("body").aria_snapshot()


# A day of a chart


def test_a_screen_reader_gets_all_of_it_in_words(site: Site, open_page: Open) -> None:
    page = show("degraded", site, open_page)
    told = tree(page)
    for line in (
        '- link "Skip to the status"',
        '- navigation "Links"',
        "- status:",
        '- heading "Service degraded" [level=1]',
        '- heading "Uptime" [level=2]',
        '- heading "Websites" [level=3]',
        "- text: Degraded",
        "- text: Maintenance",
        'slider "Websites 90 days: 80 without downtime, 6 with, 4 without evidence"',
        '- heading "Past incidents and maintenance" [level=2]',
        "- contentinfo:",
    ):
        assert line in told, told
    assert "table" not in told
    page.get_by_text("Every day in figures").click()
    assert 'table "Websites"' in tree(page)
    # Playwright's tree, unlike the browser's, knows no header of a row without a scope.
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told_by_browser = {(one["role"]["value"], one["name"]["value"]) for one in nodes if one.get("name")}
    assert {("rowheader", "2025-11-08"), ("columnheader", "Down")} <= told_by_browser


def test_the_keyboard_reaches_everything_in_order(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    reached = []
    for _ in range(29):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.role || document.activeElement.textContent"))
    assert reached == [
        "Skip to the status", "Website", "Support", "Subscribe", "Maintenance of Object storage", "Object storage",
        *["slider"] * 11, "Every day in figures", "Mail unavailable", "Mail", "Maintenance of Object storage",
        "Object storage", "All incidents and maintenance", "Subscribe", "Status as JSON",
        "All incidents and maintenance", "Feed", "Calendar of maintenance", "History as JSON",
    ]  # fmt: skip
    page.focus("#days-head")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Every day in figures"
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("#subscribe-link")
    page.keyboard.press("Enter")
    assert page.locator("#channels").is_visible()


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_is_wider_than_the_window(width: int, direction: str, site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page, width=width)
    page.evaluate("direction => { document.documentElement.dir = direction }", direction)
    page.get_by_text("Every day in figures").click()
    assert overflow(page) == 0


def test_it_can_be_printed(site: Site, open_page: Open, screenshots: Path) -> None:
    page = show("outage", site, open_page)
    page.emulate_media(media="print")
    page.screenshot(path=screenshots / "page-print.png", full_page=True)
    assert overflow(page) == 0
    assert page.locator("#words").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_nothing_moves(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_when_the_script_takes_over(width: int, site: Site, open_page: Open) -> None:
    """What is written without a script has room for as many lines as what the script writes."""
    heights = {
        show("operational", site, open_page, width=width, **options).evaluate(
            "document.getElementById('now').offsetHeight"
        )
        for options in ({"java_script_enabled": False}, {})
    }
    assert len(heights) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text: str, site: Site, open_page: Open) -> None:
    value = published(PlatformStatus.OUTAGE, text)
    site.publish(value, SOON)
    page = open_page(site.url, now=SOON, width=320)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.wait_for_function("() => document.getElementById('when').textContent.includes('Last checked')")
    assert page.inner_text("#words").split() == value.headline.text.split()
    shown = page.evaluate("[...document.querySelectorAll('bdi, [dir=auto]')].map(one => one.textContent)")
    assert shown.count(text) > 8
    assert overflow(page) == 0
    # The same way that news comes in.
    site.publish(replace(value, now=NOW + 2 * MINUTE), SOON)
    page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('when').textContent.includes('Last checked 2 minutes')")
    assert (
        page.evaluate("[...document.querySelectorAll('bdi, [dir=auto]')].map(one => one.textContent)").count(text) > 8
    )


def test_what_slips_in_does_not_run(site: Site, open_page: Open) -> None:
    site.publish(realistic(), SOON)
    page = open_page(site.url, now=SOON, refused=True)
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=window.ran=1 style=color:red>')"
    )
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.com/'}))")
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.body.lastChild.complete && !document.body.lastChild.naturalWidth")


def test_it_sends_requests_to_its_own_site_alone(site: Site, open_page: Open) -> None:
    asked: list[str] = []
    page = show("operational", site, open_page)
    page.on("request", lambda request: asked.append(request.url))
    site.publish(replace(realistic(), now=NOW + MINUTE), SOON)
    page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('now').dataset.status && performance.now() > 0")
    page.wait_for_function("() => document.querySelector('#when').textContent.includes('15:31')")
    assert asked
    assert all(one.startswith((site.url, "data:")) for one in asked)
    assert set(site.asked) == {"/", "/status.json"}


def test_times_are_the_visitors_with_their_zone(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page, timezone_id="America/New_York")
    assert "Last checked 3 minutes ago, 10 Nov 2025, 10:30 GMT-5." in page.inner_text("#when")
    assert "10:30 GMT-5" in page.inner_text("section:has(h2:text('Planned maintenance')) time >> nth=0")
    assert "2 hours ago" in page.inner_text("section:has(h2:text('Backups'))")


def without_container_queries(page: bytes) -> bytes:
    """Return a page without what the checker does not know yet, though every browser since 2023 does."""
    return page.replace(b"container-type:inline-size", b"").replace(b"cqi", b"vw")


def test_a_real_validator_finds_nothing_wrong(tmp_path: Path, browser: Browser) -> None:
    """The Nu Html Checker, which knows HTML, SVG and CSS, on pages of every status, hostile texts, two languages."""
    values = [realistic(status) for status in PlatformStatus]
    values += [published(text=one.values[0]) for one in HOSTILE]  # type: ignore[arg-type]
    values += [Publication(values[0].decision, NOW), replace(values[0], texts=replace(values[0].texts, logo=PICTURE))]
    documents = [page_document.render(value)[-1] for value in values]
    in_two = in_english_and_german(values[0])
    documents += [*page_document.render(in_two), *incident_pages.render(in_two)]
    for number, document in enumerate(documents):
        (tmp_path / f"{number}.html").write_bytes(without_container_queries(document.body))
    command = [
        "java",
        "-jar",
        NODE / "vnu-jar" / "build" / "dist" / "vnu.jar",
        "--errors-only",
        *tmp_path.glob("*.html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# The real job


def test_what_the_job_publishes_is_the_page(
    site: Site, open_page: Open, tmp_path: Path, make_settings: Callable[..., Settings], start_kuma: Callable[..., Any]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    make_settings(
        UPTIME_KUMA_URL=kuma.url,
        UPTIME_KUMA_API_KEY=API_KEY,
        PUBLIC_DIRECTORY=site.directory,
        PAGE_TITLE="Example Hosting",
        COMPONENTS="Websites: 1; Databases: 2,3",
    )
    assert run_command(tmp_path, "run") == 0
    page = open_page(site.url)
    document = json.loads((site.directory / "status.json").read_text())
    headline = document["headline"]["text"]
    page.wait_for_function("words => document.getElementById('words').textContent === words", arg=headline)
    assert page.inner_text("#when").startswith("Last checked less than a minute ago")
    assert page.locator(".parts li h3").all_inner_texts() == ["Websites", "Databases"]
    assert axe(page) == []
