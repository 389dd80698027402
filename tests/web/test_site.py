# SPDX-License-Identifier: MIT
"""The example site as visitors get it: what is published by the job is what they see, and never for too long."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from elytra_status import errors, site_revalidation
from elytra_status.alerts.channel import AlertError
from elytra_status.settings import Secret, Settings
from tests.browser.conftest import NODE
from tests.conftest import MovableClock
from tests.in_process import run_command
from tests.web.conftest import LOOKS, SCREENSHOTS, STATUS_BUCKET, WEB, Publish, Site, look_at

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]

STATES = [
    pytest.param("all-up", "operational", "All systems operational", id="operational"),
    pytest.param("one-pending", "degraded", "Service degraded", id="degraded"),
    pytest.param("one-down", "outage", "Service outage", id="outage"),
    pytest.param(None, "unknown", "Status unknown", id="unknown"),
]
# What is shown before the browser has judged, too.
KEEP_TONES = """
    window.tones = [];
    const keep = () => window.tones.push(document.querySelector("section")?.dataset.tone);
    new MutationObserver(keep).observe(document, { subtree: true, childList: true, attributes: true });
"""


def card(page: Page) -> dict[str, str]:
    """What the card says, and in which colour."""
    section = page.locator("section[data-phase]")
    return {
        "tone": section.get_attribute("data-tone") or "",
        "status": section.get_by_role("status").inner_text(),
        "text": re.sub(r"\s+", " ", section.inner_text()),
    }


def picture(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def findings(page: Page) -> list[str]:
    """What axe-core finds wrong. The policy lets it in by no way that is open to others."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((NODE / "axe-core" / "axe.min.js").read_text("utf-8"))
    result: dict[str, Any] = page.evaluate("axe.run()")
    return [f"{found['id']}: {node['html']}" for found in result["violations"] for node in found["nodes"]]


@pytest.mark.parametrize("path", ["/", "/status"])
@pytest.mark.parametrize(("scenario", "tone", "words"), STATES)
def test_what_is_published_is_shown(
    scenario: str | None, tone: str, words: str, path: str, publish: Publish, visit: Visit
) -> None:
    publish(scenario)
    page = visit(path, reduced_motion="reduce")
    page.locator(f"section[data-tone={tone}]").wait_for()
    shown = card(page)
    assert shown["status"] == words
    assert "Updated just now" in shown["text"]
    assert "Up to date, last complete" in shown["text"]
    assert "Nightly backups, 7-day retention" in shown["text"]
    assert "nyc3" in shown["text"]
    for scheme, width in LOOKS:
        look_at(page, scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture(page, f"{tone}-{path.strip('/') or 'home'}-{scheme}-{width}")


def test_it_turns_stale_when_the_publisher_stops_and_back_when_it_goes_on(
    site: Site, publish: Publish, visit: Visit
) -> None:
    publish("all-up")
    pages = [visit(path) for path in ("/", "/status")]
    for page in pages:
        page.locator("section[data-tone=operational]").wait_for()
        page.clock.fast_forward("29:00")
        page.wait_for_function("document.querySelector('section').innerText.includes('29m ago')")
        assert card(page)["tone"] == "operational"
        page.clock.fast_forward("02:00")
        page.locator("section[data-tone=unknown]").wait_for()
        shown = card(page)
        assert shown["status"] == "Status unknown"
        assert "Last report 31m ago" in shown["text"]
        assert "Uptime at the last report" in shown["text"]
        assert findings(page) == []
        picture(page, f"stale-{page.url.removeprefix(site.url).strip('/') or 'home'}")
    site.pass_time(minutes=31)
    publish("all-up")
    # The browser still keeps the old report, for five minutes by its own clock.
    for page in pages:
        page.clock.fast_forward("01:00")
        page.locator("section[data-tone=operational]").wait_for()


def test_a_page_that_was_kept_too_long_is_never_green(site: Site, publish: Publish, browser: Any) -> None:
    publish("all-up")
    assert "All systems operational" in requests.get(site.url, timeout=10).text
    context = browser.new_context()
    context.clock.install(time=site.now())
    context.clock.fast_forward("31:00")
    context.add_init_script(KEEP_TONES)
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("status").get_by_text("Status unknown").wait_for()
    assert "Last report 31m ago" in card(page)["text"]
    assert set(page.evaluate("window.tones.filter(Boolean)")) == {"unknown"}
    context.close()


@pytest.mark.parametrize(("scenario", "tone", "words"), STATES)
def test_without_javascript_the_page_made_for_each_visitor_is_right(
    scenario: str | None, tone: str, words: str, site: Site, publish: Publish, visit: Visit
) -> None:
    publish(scenario)
    shown = card(visit("/status", java_script_enabled=False))
    assert (shown["tone"], shown["status"]) == (tone, words)
    site.pass_time(minutes=31)
    shown = card(visit("/status", java_script_enabled=False))
    assert (shown["tone"], shown["status"]) == ("unknown", "Status unknown")
    assert "Last report 31m ago" in shown["text"]


def test_without_javascript_the_page_that_is_kept_says_until_when_it_holds(
    site: Site, publish: Publish, visit: Visit
) -> None:
    publish("all-up")
    page = visit("/", java_script_enabled=False)
    shown = card(page)
    assert (shown["tone"], shown["status"]) == ("unknown", "All systems operational")
    assert re.search(
        r"Updated \d+ \w+ 20\d\d, \d\d:\d\d UTC It holds until \d+ \w+ 20\d\d, \d\d:\d\d UTC", shown["text"]
    )
    picture(page, "without-javascript")
    # It is kept for fifteen minutes at most. What it is made of then is what lies on the storage.
    site.pass_time(minutes=31)
    assert card(visit("/", java_script_enabled=False))["status"] == "Status unknown"


def test_where_nothing_is_published_any_more_there_is_no_green(site: Site, publish: Publish, visit: Visit) -> None:
    publish("all-up")
    visit("/status").locator("section[data-tone=operational]").wait_for()
    site.gateway.client(site.gateway.owner).delete_object(Bucket=STATUS_BUCKET, Key="status.json")
    page = visit("/status")
    page.get_by_text("Last report just now").wait_for()
    assert (card(page)["tone"], card(page)["status"]) == ("unknown", "Status unknown")
    picture(page, "error")


def test_a_site_that_may_not_read_it_shows_no_green(site: Site, publish: Publish, visit: Visit) -> None:
    publish("all-up")
    page = visit("/")
    with page.expect_response(re.compile(r"/status\.json$")) as answer:
        page.clock.fast_forward("01:00")
    assert answer.value.header_value("access-control-allow-origin") == site.url
    # The same site under a name that CORS_ORIGINS does not have.
    other = visit("/", url=site.url.replace("127.0.0.1", "localhost"))
    other.locator("section[data-tone=unknown]").wait_for()
    assert card(other)["status"] == "Status unknown"


def test_the_secret_drops_what_is_kept_and_nothing_else_does(site: Site, publish: Publish) -> None:
    address = f"{site.url}/api/revalidate"

    def says(words: str) -> bool:
        return words in requests.get(site.url, timeout=10).text

    publish("all-up")
    assert says("All systems operational")
    site.pass_time(minutes=1)
    publish("one-down")
    for refused in ({}, {"Authorization": "Bearer wrong"}):
        assert requests.post(address, headers=refused, timeout=10).status_code == 401
    answer = requests.get(address, headers={"Authorization": f"Bearer {site.secret}"}, timeout=10)
    assert answer.status_code == 405
    assert says("All systems operational")
    answer = requests.post(address, headers={"Authorization": f"Bearer {site.secret}"}, timeout=10)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert says("Service outage")

    site.pass_time(minutes=1)
    publish("all-up")
    assert says("Service outage")
    assert site.secret not in site.log.read_text()


def test_a_run_has_the_site_show_a_change_at_once(
    site: Site, publish: Publish, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(REVALIDATE_URL=f"{site.url}/api/revalidate", REVALIDATE_SECRET=site.secret)

    def shown_after(scenario: str) -> str:
        documents = publish(scenario).documents
        site_revalidation.revalidate(settings, MovableClock(site.now()), tmp_path, documents)
        return requests.get(site.url, timeout=10).text

    assert "All systems operational" in shown_after("all-up")
    site.pass_time(minutes=1)
    assert "Service outage" in shown_after("one-down")
    wrong = site_revalidation.website(replace(settings, revalidate_secret=Secret("wrong")))
    assert wrong
    with pytest.raises(AlertError, match="returned 401"):
        site_revalidation.check_revalidation(wrong, MovableClock(site.now()))


def test_a_webhook_may_drop_what_is_kept_too(site: Site, publish: Publish, tmp_path: Path) -> None:
    """The site's clock stands right for this: what is signed holds for five minutes."""
    publish("all-up")
    ahead = site.times["ahead"]
    site.pass_time(seconds=-ahead.total_seconds())
    assert run_command(tmp_path, "alert", "test") == errors.DONE
    site.pass_time(seconds=ahead.total_seconds())


@pytest.mark.parametrize("path", ["/", "/status", "/nowhere", "/mocks/status.json", "/api/revalidate"])
def test_every_answer_is_guarded(path: str, site: Site) -> None:
    headers = requests.get(site.url + path, timeout=10).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == f"'self' {site.gateway.http_endpoint}"
    assert policy["frame-ancestors"] == "'none'"
    assert "eval" not in policy["script-src"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Powered-By" not in headers


def test_a_page_that_is_not_there_is_styled_under_the_policy(site: Site, browser: Any) -> None:
    faults: list[str] = []
    page = browser.new_page()
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(f"{site.url}/nowhere")
    assert page.get_by_role("heading").inner_text() == "There is no such page."
    page.close()
    assert faults == []


def test_it_is_heard_as_it_is_seen(publish: Publish, visit: Visit) -> None:
    publish("one-down")
    page = visit("/status")
    page.locator("section[data-tone=outage]").wait_for()
    heard = page.locator("section[data-phase]").aria_snapshot()
    for line in (
        'heading "Platform status" [level=2]',
        "status: Service outage",
        'heading "Uptime" [level=3]',
        'heading "Backups" [level=3]',
        'list "Regions"',
    ):
        assert line in heard
    assert "img" not in heard


def test_every_link_is_reached_by_the_keyboard_and_shows_it(publish: Publish, visit: Visit) -> None:
    publish("one-down")
    page = visit("/status")
    page.locator("li[data-tone=outage]").first.wait_for()
    # The tables of the days open by the keyboard too.
    links = page.locator("a:visible, summary:visible").count()
    reached = []
    for _ in range(links):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        reached.append(focused.inner_text())
        ours = focused.evaluate("one => one.closest('.elytra-page, .elytra-badge') !== null")
        assert not ours or focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert reached[:2] == ["Example Hosting", "Status"]
    assert "Details" in reached
    assert reached[-1] == "Service outage"
    assert len(set(reached)) == links


def test_the_dot_rests_for_who_wants_less_motion(publish: Publish, visit: Visit) -> None:
    publish("all-up")
    running = "document.getAnimations().map(one => one.animationName).filter(Boolean).length"
    for motion, count in (("no-preference", 1), ("reduce", 0)):
        page = visit("/status", reduced_motion=motion)
        page.locator("section[data-tone=operational]").wait_for()
        assert page.evaluate(running) == count


@pytest.mark.parametrize("layered", [True, False], ids=["as Tailwind 4 has it", "over everything, as older ones"])
def test_it_is_unchanged_with_tailwind(layered: bool, publish: Publish, visit: Visit) -> None:
    publish("one-down")
    page = visit("/status", bypass_csp=True, reduced_motion="reduce")
    page.locator("section[data-tone=outage]").wait_for()
    measure = """() => [...document.querySelectorAll("section[data-phase], section[data-phase] *")].map(one => {
        const card = document.querySelector("section").getBoundingClientRect();
        const { x, y, width, height } = one.getBoundingClientRect();
        const { fontSize, fontWeight, lineHeight, color } = getComputedStyle(one);
        return [one.tagName, x - card.x, y - card.y, width, height, fontSize, fontWeight, lineHeight, color];
    })"""
    # The card has a place of one size with both.
    page.add_style_tag(content="main { width: 30rem !important; box-sizing: content-box !important }")
    before = page.evaluate(measure)
    preflight = (WEB / "node_modules" / "tailwindcss" / "preflight.css").read_text("utf-8")
    # The functions that Tailwind's compiler replaces.
    preflight = re.sub(r"--theme\(\s*--[\w-]+,\s*([^;]*?)\s*\);", r"\1;", preflight)
    assert "--theme(" not in preflight
    page.add_style_tag(content=f"@layer base {{ {preflight} }}" if layered else preflight)
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") != "700" or layered
    assert page.evaluate(measure) == before
