# SPDX-License-Identifier: MIT
"""An open page: news takes the place of what was shown, and what is stale is never green."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from elytra_status.model import PlatformStatus
from tests.browser.conftest import Site
from tests.published import NOW, realistic

if TYPE_CHECKING:
    pass
from tests.browser.shown_page import MINUTE, SOON, STALE, WORDS, Open, show, until

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
    # No timer of the page elapses in between, however busy this machine is.
    page.clock.pause_at(NOW + 10 * MINUTE)
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
