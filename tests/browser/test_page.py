# SPDX-License-Identifier: MIT
"""The page in every state, as a visitor's browser shows it; each leaves a picture to be looked at."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
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
from tests.published import HOSTILE, NOW, concluded, in_english_and_german, published, realistic

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]

MINUTE = timedelta(minutes=1)
SOON = NOW + 3 * MINUTE
STALE = NOW + 47 * MINUTE
WORDS = {status.value: realistic(status).headline.text for status in PlatformStatus}
PICTURE = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
# What the server answers in the place of status.json.
WRONG = {
    "failed fetch": (500, b""),
    "bad JSON": (200, b"{"),
    "unknown word": (200, b""),
}
MONTHS = {"08": "Aug", "09": "Sept", "10": "Oct", "11": "Nov"}
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
    if state == "maintenance":
        page.get_by_role("heading", name="Maintenance in progress").wait_for()
    else:
        until(page, state if state in WORDS else "unknown")
    return page


def facts_of(state: str) -> Publication:
    """Return what is published in one of the states."""
    if state == "maintenance":
        return at_work()
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
# What a server answers wrongly is shown like a stale page. Without a script nothing becomes stale.
COMBINATIONS = [
    *((state, way) for state in DECIDED for way in WAYS),
    *(("stale", way) for way in WAYS if way != "no-script"),
    *((state, "light") for state in WRONG),
]
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
        for (const word of text.data.matchAll(/[\\p{L}\\p{N}]{2,24}/gu)) {
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


# A day of a chart


def told(page: Page) -> list[str]:
    """What is shown of a day."""
    return page.locator(".tip").inner_text().split("\n")


def test_a_day_says_what_it_was_when_it_is_pointed_at(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page)
    chart = page.locator("#c3 .days")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    # Of 90 days, that of two days ago: mail was unavailable.
    page.mouse.move(box["x"] + box["width"] * 87.5 / 90, box["y"] + 9)
    assert told(page)[0] == "8 Nov 2025"
    assert "Mail unavailable" in told(page)
    # The mark of the day does not take the pointer away from the chart.
    page.clock.run_for(1000)
    assert page.locator(".tip").count() == 1
    # It can be pointed at itself, and goes away when nothing is pointed at any more.
    page.locator(".tip a").hover()
    page.clock.run_for(1000)
    assert page.locator(".tip").count() == 1
    page.mouse.move(5, 5)
    page.clock.run_for(1000)
    assert page.locator(".tip").count() == 0


def test_the_keyboard_goes_through_the_days_with_one_tab_stop_for_each_chart(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page)
    chart = page.locator("#c3 .days")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert told(page)[0] == "8 Nov 2025"
    assert "8 Nov 2025, " in (chart.get_attribute("aria-valuetext") or "")
    assert "Mail unavailable" in (chart.get_attribute("aria-valuetext") or "")
    for key, date in (("Home", "13 Aug 2025"), ("ArrowLeft", "13 Aug 2025"), ("PageUp", "20 Aug 2025"),
                      ("End", "10 Nov 2025"), ("ArrowRight", "10 Nov 2025")):  # fmt: skip
        page.keyboard.press(key)
        assert told(page)[0] == date
    page.keyboard.press("Escape")
    assert page.locator(".tip").count() == 0
    assert page.evaluate("document.activeElement.classList.contains('days')")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert page.locator("#c3 .tip").count() == 0
    assert page.locator("[role=slider]").count() == 11


def test_a_tap_on_a_day_keeps_it_until_another_tap(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page, width=360, has_touch=True)
    chart = page.locator("#c3 .days")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] - 1, box["y"] + 9)
    page.clock.run_for(5000)
    assert told(page)[0] == "10 Nov 2025"
    assert overflow(page) == 0
    page.touchscreen.tap(100, 20)
    assert page.locator(".tip").count() == 0


def test_each_day_of_a_chart_says_the_same_as_its_table(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page)
    page.get_by_text("Every day in figures").click()
    rows = page.locator("#t3 tbody tr").evaluate_all("all => all.map(row => [...row.cells].map(one => one.innerText))")
    chart = page.locator("#c3 .days")
    chart.focus()
    page.keyboard.press("Home")
    seen = {}
    for _ in range(90):
        date, *facts = told(page)
        seen[date] = [one for one in facts if one]
        page.keyboard.press("ArrowRight")
    assert len(seen) == 90
    with_row = {f"{int(row[0][8:])} {MONTHS[row[0][5:7]]} {row[0][:4]}": row for row in rows if len(row) > 1}
    assert len(with_row) > 3
    for date, facts in seen.items():
        if date in with_row:
            assert [one for one in with_row[date][1:] if one] == facts[1::2]
        else:
            assert facts[0] in ("No downtime", "No evidence")


def tree(page: Page) -> str:
    """The page as a screen reader is given it."""
    return page.locator("body").aria_snapshot()


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
    assert 'rowheader "2025-11-08"' in tree(page)


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
    shown = page.evaluate("[...document.querySelectorAll('[dir=auto]')].map(one => one.textContent)")
    assert shown.count(text) > 8
    assert overflow(page) == 0
    # The same way that news comes in.
    site.publish(replace(value, now=NOW + 2 * MINUTE), SOON)
    page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('when').textContent.includes('Last checked 2 minutes')")
    assert page.evaluate("[...document.querySelectorAll('[dir=auto]')].map(one => one.textContent)").count(text) > 8


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


def test_a_real_validator_finds_nothing_wrong(tmp_path: Path, browser: Browser) -> None:
    """The Nu Html Checker, which knows HTML, SVG and CSS, on pages of every status, hostile texts, two languages."""
    values = [realistic(status) for status in PlatformStatus]
    values += [published(text=one.values[0]) for one in HOSTILE]  # type: ignore[arg-type]
    values += [Publication(values[0].decision, NOW), replace(values[0], texts=replace(values[0].texts, logo=PICTURE))]
    documents = [page_document.render(value)[-1] for value in values]
    in_two = in_english_and_german(values[0])
    documents += [*page_document.render(in_two), *incident_pages.render(in_two)]
    for number, document in enumerate(documents):
        (tmp_path / f"{number}.html").write_bytes(document.body)
    command = [
        "java",
        "-jar",
        NODE / "vnu-jar" / "build" / "dist" / "vnu.jar",
        "--errors-only",
        *tmp_path.glob("*.html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# News


def test_news_takes_the_place_of_what_was_shown(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    page.get_by_text("Every day in figures").click()
    page.focus("#days-head")
    page.evaluate("window.same = true")
    whole = realistic(PlatformStatus.OUTAGE)
    later = replace(whole, now=NOW + 4 * MINUTE, components=whole.components[:2])
    site.publish(later, NOW + 5 * MINUTE)
    page.clock.run_for(61_000)
    page.get_by_role("heading", name=later.headline.text).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.parts li').length === 2")
    assert page.locator(".parts .state").first.get_attribute("data-status") == "outage"
    # Where the visitor was reading, they still are.
    assert page.evaluate("document.getElementById('days').open")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate("window.same")
    assert page.title() == f"{later.headline.text} · Example Hosting"


def test_the_shape_and_colour_of_the_tab_follow(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    icon = "document.querySelector('link[rel=icon]').href"
    before = page.evaluate(icon)
    assert "fill%3D%22rgb(26%2C%20127%2C%2055)%22%20stroke%3D%22%23fff%22" in before
    site.answers["/status.json"] = (500, b"")
    page.clock.run_for(61_000)
    until(page, "unknown")
    assert page.evaluate(icon) != before
    assert "rgb(89%2C%2099%2C%20110)" in page.evaluate(icon)
    assert page.title() == "Status unknown · Example Hosting"


def test_another_version_of_the_page_is_loaded_anew(site: Site, open_page: Open) -> None:
    # The styles of the other version are refused where it is read.
    page = show("operational", site, open_page, refused=True)
    page.evaluate("window.same = true")
    value = realistic()
    coloured = replace(value, now=NOW + MINUTE, texts=replace(value.texts, colour="#aa0055"))
    site.publish(coloured, SOON)
    with page.expect_navigation():
        page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('words') && window.same === undefined")


def test_an_older_copy_from_another_cache_is_no_news(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    older = realistic(PlatformStatus.OUTAGE)
    site.publish(replace(older, now=NOW - 5 * MINUTE), SOON)
    page.clock.run_for(61_000)
    page.wait_for_function("() => document.getElementById('when').textContent.includes('4 minutes')")
    assert page.inner_text("#words") == WORDS["operational"]


# Never green by default


def test_the_page_and_everything_in_it_turn_grey_when_it_is_stale(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    site.publish(realistic(), NOW + 31 * MINUTE)
    page.clock.fast_forward(28 * 60_000)
    until(page, "unknown")
    assert page.inner_text("#when").startswith("Last report 31 minutes ago, 10 Nov 2025, ")
    assert set(page.locator("#rest .state").evaluate_all("all => all.map(one => one.textContent)")) == {"Unknown"}
    assert page.locator("#rest [data-status=operational]").count() == 0
    # What speaks of the present is grey, the figures too.
    soft = page.evaluate("getComputedStyle(document.querySelector('#rest time')).color")
    for figure in page.locator("#rest .now, #rest .facts dd").all():
        assert figure.evaluate("one => getComputedStyle(one).color") == soft
    assert page.locator("#affected").is_hidden()


def test_it_comes_back_when_there_is_news(site: Site, open_page: Open) -> None:
    page = show("failed fetch", site, open_page)
    assert page.locator("#rest [data-status=operational]").count() == 0
    site.answers.clear()
    page.clock.run_for(11_000)
    until(page, "operational")
    page.wait_for_function("() => document.querySelectorAll('#rest [data-status=operational]').length === 11")


def test_a_stale_page_is_grey_before_the_first_request(site: Site, open_page: Open) -> None:
    site.publish(realistic(), STALE)
    # A server that never answers.
    page = open_page("about:blank", now=STALE)
    page.route("**/status.json", lambda route: None)
    page.goto(site.url, wait_until="domcontentloaded")
    assert page.inner_text("#words") == WORDS["unknown"]
    assert page.inner_text("#when").startswith("Last report 47 minutes ago")
    assert page.locator("[data-status=operational]").count() == 0


def test_it_is_grey_at_once_when_a_laptop_wakes(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    page.route("**/status.json", lambda route: None)
    page.clock.set_system_time(NOW + 600 * MINUTE)
    assert page.inner_text("#words") == WORDS["operational"]
    page.evaluate("dispatchEvent(new Event('focus'))")
    assert page.inner_text("#words") == WORDS["unknown"]


def test_it_is_grey_without_a_network(site: Site, open_page: Open) -> None:
    page = show("operational", site, open_page)
    page.clock.run_for(5_000)
    page.context.set_offline(True)
    until(page, "unknown")
    page.context.set_offline(False)
    page.clock.run_for(11_000)
    until(page, "operational")


def test_a_clock_that_is_behind_does_not_make_stale_news_fresh(site: Site, open_page: Open) -> None:
    site.publish(realistic(), STALE)
    page = open_page(site.url, now=SOON)
    until(page, "unknown")
    page.wait_for_function("() => document.getElementById('when').textContent.includes('disagree')")
    assert page.inner_text("#when").startswith("Last report 47 minutes ago")


def test_a_clock_that_is_far_behind_is_set_right_by_the_server(site: Site, open_page: Open) -> None:
    site.publish(realistic(), SOON)
    page = open_page(site.url, now=NOW - timedelta(days=3))
    until(page, "operational")
    assert page.inner_text("#when").startswith("Last checked 3 minutes ago")
    assert "This device and the server disagree about the time." in page.inner_text("#when")


def test_a_clock_that_is_ahead_shows_no_green(site: Site, open_page: Open) -> None:
    site.publish(realistic(), SOON)
    page = open_page(site.url, now=STALE)
    page.wait_for_function("() => document.getElementById('when').textContent.includes('disagree')")
    assert page.inner_text("#words") == WORDS["unknown"]


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
