# SPDX-License-Identifier: MIT
"""card.js on sites of others, in Chromium: what it shows in each state, and on the page of somebody else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.documents import PublicComponent
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text
from tests.browser.conftest import Site, axe
from tests.published import HOSTILE, NOW, concluded

if TYPE_CHECKING:
    from playwright.sync_api import Route
from tests.browser.embedded_card import (
    CARD,
    MINUTE,
    POLICY,
    WORDS,
    Embedding,
    colour,
    embedding,
    good,
    is_unknown,
    later,
    shown,
)

__all__ = ["embedding"]


# What it shows


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("status", [*(one.value for one in PlatformStatus), "stale"])
def test_each_state_has_words_a_shape_and_a_colour_of_its_own(
    status: str, scheme: str, width: int, embedding: Embedding, screenshots: Path
) -> None:
    text = "Sites in nyc3 load slowly. We are looking into it."
    notices = [
        {"kind": "incident", "text": text, "since": to_text(NOW - MINUTE)},
        {"kind": "maintenance", "text": "Planned maintenance: tomorrow.", "since": to_text(NOW + 60 * MINUTE)},
        {"kind": "maintenance", "text": "What was yesterday.", "since": None, "until": to_text(NOW)},
    ]
    uptime = {"last_24h": None, "last_7d": None, "last_30d": 99.98}
    said = "operational" if status == "stale" else status
    embedding.tell(platform_status=said, uptime=uptime, notices=notices if status != "operational" else [])
    now = NOW + 47 * MINUTE if status == "stale" else NOW + 3 * MINUTE
    page = embedding.open(width=width, now=now, color_scheme=scheme)
    if status == "stale":
        is_unknown(page, "Last report 47 minutes ago")
        card = page.locator("elytra-status")
    else:
        card = shown(page, WORDS[status], "Updated 3 minutes ago, 99.98% up in 30 days")
        assert card.locator("svg").get_attribute("class") == status
    assert card.locator("li").all_inner_texts() == ([] if status in ("operational", "stale") else [text])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.getAnimations().length") == 0
    picture = screenshots / f"card-{status}-{scheme}-{width}.png"
    page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": width, "height": 300})
    # It waits now and then.
    page.clock.resume()
    assert axe(page) == []


def test_each_state_has_its_own_colour_and_shape(embedding: Embedding) -> None:
    looks = set()
    for status in PlatformStatus:
        embedding.tell(platform_status=status.value)
        card = shown(embedding.open(), WORDS[status], "Updated 3 minutes ago")
        looks.add((colour(card), card.locator("path").last.get_attribute("d")))
    assert len({colour for colour, _ in looks}) == len({shape for _, shape in looks}) == 4


def test_it_follows_the_site_in_light_and_dark_and_not_the_device(embedding: Embedding) -> None:
    grounds = {}
    for scheme in ("light", "dark", "light dark"):
        style = f"html{{color-scheme:{scheme}}}"
        page = embedding.open(style=style, color_scheme="dark")
        card = shown(page, WORDS["operational"], "Updated 3 minutes ago")
        grounds[scheme] = card.evaluate("one => getComputedStyle(one).backgroundColor")
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 19, 24)", "light dark": "rgb(15, 19, 24)"}


def test_a_site_can_give_it_other_colours_and_another_form(embedding: Embedding) -> None:
    style = "elytra-status{--elytra-status-ground:rgb(1,2,3);--elytra-status-operational:rgb(4,5,6);padding:7px}"
    card = shown(embedding.open(style=style), WORDS["operational"], "Updated 3 minutes ago")
    assert card.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(1, 2, 3)"
    assert card.evaluate("one => getComputedStyle(one).padding") == "7px"
    assert colour(card) == "rgb(4, 5, 6)"


def test_a_screen_reader_announces_only_what_changes_in_words(embedding: Embedding) -> None:
    page = embedding.open("<p id=before>Before</p>" + CARD)
    card = shown(page, WORDS["operational"], "Updated 3 minutes ago")
    assert card.aria_snapshot().splitlines() == [
        "- paragraph:",
        "  - status:",
        '    - link "All systems operational":',
        f"      - /url: {embedding.status.url}index.html",
        "- paragraph: Updated 3 minutes ago",
    ]
    # From here on: what comes with the first answer is no change, so that a site does not talk when it is opened.
    page.evaluate("""() => {
        const root = document.querySelector("elytra-status").shadowRoot;
        window.said = [];
        new MutationObserver(() => said.push(root.querySelector("[role=status]")?.textContent))
            .observe(root.querySelector("p"), {childList: true, characterData: true, subtree: true});
    }""")
    embedding.tell(platform_status="outage")
    later(page)
    shown(page, WORDS["outage"], "Updated 4 minutes ago")
    later(page, 5)
    shown(page, WORDS["outage"], "Updated 9 minutes ago")
    assert [one for one in page.evaluate("said") if one] == [WORDS["outage"]]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_shown_as_text_and_break_nothing(text: str, embedding: Embedding) -> None:
    notices = [{"kind": "incident", "text": text, "since": None, "until": None}]
    embedding.tell(notices=notices, backups=text, infrastructure=text, more=text)
    page = embedding.open(width=360, attributes=' dir="rtl"')
    card = shown(page, WORDS["operational"], "Updated 3 minutes ago")
    assert card.locator("li").evaluate("one => one.textContent") == text
    assert card.locator("li *").evaluate_all("all => all.map(one => one.localName)") == ["bdi"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(
    "changed",
    [
        {"notices": "x"},
        {"notices": [None, 7, "x", {}, {"text": None}, {"text": {"toString": 1}}, []]},
        {"notices": {"length": 3}},
        {"uptime": None},
        {"uptime": {"last_30d": "<b>100</b>"}},
        {"uptime": {"last_30d": None}},
        {"uptime": 7},
    ],
)
def test_what_is_not_as_the_contract_has_it_is_left_out(changed: dict[str, Any], embedding: Embedding) -> None:
    embedding.tell(**changed)
    card = shown(embedding.open(), WORDS["operational"], "Updated 3 minutes ago")
    assert card.locator("li").count() == 0


def test_on_a_site_that_reads_from_right_to_left_it_is_mirrored(embedding: Embedding, screenshots: Path) -> None:
    embedding.tell(notices=[{"kind": "incident", "text": "العربية (nyc3)!", "since": None, "until": None}])
    page = embedding.open(attributes=' dir="rtl"', width=360)
    card = shown(page, WORDS["operational"], "Updated 3 minutes ago")
    icon, words = (card.locator(part).first.bounding_box() for part in ("svg", "bdi"))
    assert icon
    assert words
    assert icon["x"] > words["x"] + words["width"]
    page.screenshot(path=screenshots / "card-right-to-left.png", clip={"x": 0, "y": 0, "width": 360, "height": 300})


@pytest.mark.parametrize(
    ("card", "address"),
    [
        ('<elytra-status src="{status}status.json"></elytra-status>', "{status}index.html"),
        ('<elytra-status src="{status}status.json"><a href="/about">x</a></elytra-status>', "{site}about"),
        ('<elytra-status src="{status}status.json" href="{status}de.html"></elytra-status>', "{status}de.html"),
        ('<elytra-status src="{status}status.json" href="javascript:alert(1)"></elytra-status>', None),
    ],
)
def test_its_headline_is_a_link_to_the_page(card: str, address: str | None, embedding: Embedding) -> None:
    found = shown(embedding.open(card), WORDS["operational"], "Updated 3 minutes ago")
    expected = address and address.format(status=embedding.status.url, site=embedding.site.url)
    assert found.locator("p a").get_attribute("href") == expected


def test_its_link_leads_to_the_page_in_a_bucket_whose_listing_is_restricted(embedding: Embedding) -> None:
    denied = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>'
    embedding.status.answers["/"] = (403, denied)
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago").get_by_role("link").click()
    page.get_by_role("heading", level=1).wait_for()
    assert page.url == f"{embedding.status.url}index.html"


def test_a_site_can_style_each_of_its_parts(embedding: Embedding) -> None:
    parts = ("icon", "headline", "link", "age", "notices")
    style = "".join(f"elytra-status::part({part}){{outline:{size}px solid red}}" for size, part in enumerate(parts, 1))
    notices = [{"kind": "incident", "text": "Sites load slowly.", "since": None, "until": None}]
    embedding.tell(notices=notices)
    card = shown(embedding.open(style=style), WORDS["operational"], "Updated 3 minutes ago")
    widths = {
        part: card.locator(f"[part={part}]").evaluate("one => getComputedStyle(one).outlineWidth") for part in parts
    }
    assert widths == {part: f"{size}px" for size, part in enumerate(parts, 1)}


@pytest.mark.parametrize("width", [120, 160, 240])
@pytest.mark.parametrize("status", ["operational", "outage", "unknown"])
def test_it_fits_into_a_narrow_column_without_a_broken_word(
    status: str, width: int, embedding: Embedding, screenshots: Path
) -> None:
    embedding.tell(platform_status=status)
    style = f"html{{color-scheme:light;font-family:system-ui}}main{{inline-size:{width}px}}"
    page = embedding.open(style=style)
    card = shown(page, WORDS[status], "Updated 3 minutes ago")
    assert card.evaluate("one => one.offsetWidth") == width
    assert card.evaluate("one => one.scrollWidth <= one.clientWidth")
    lines = """one => one.textContent.split(" ").map((word, at, words) => {
        const range = document.createRange();
        const start = words.slice(0, at).join(" ").length + (at > 0);
        range.setStart(one.firstChild, start);
        range.setEnd(one.firstChild, start + word.length);
        return new Set([...range.getClientRects()].map((box) => box.top)).size;
    })"""
    assert set(card.locator("p a").evaluate(lines)) == {1}
    page.screenshot(path=screenshots / f"card-{status}-{width}.png", clip={"x": 0, "y": 0, "width": 300, "height": 300})


# One component


@pytest.mark.parametrize(
    ("component", "words", "looks"),
    [
        ("Websites", "Websites: Outage", "outage"),
        ("Mail", "Mail: Operational", "operational"),
        ("Third", "Third: Unknown", "unknown"),
        ("Storage", "Storage: Maintenance", "maintenance"),
    ],
)
def test_a_card_of_a_component_says_how_that_is(component: str, words: str, looks: str, embedding: Embedding) -> None:
    states = ((PlatformStatus.OUTAGE, "Websites"), (PlatformStatus.OPERATIONAL, "Mail"),
              (PlatformStatus.UNKNOWN, "Third"), (PlatformStatus.DEGRADED, "Storage"))  # fmt: skip
    value = good(PlatformStatus.OUTAGE)
    parts = tuple(PublicComponent(name, status, name == "Storage") for status, name in states)
    embedding.status.publish(concluded(replace(value, components=parts)))
    card = f'<elytra-status src="{{status}}status.json" component="{component}"></elytra-status>'
    found = shown(embedding.open(card), words, "Updated 3 minutes ago")
    assert found.locator("svg").get_attribute("class") == looks


def test_a_component_that_nobody_names_is_unknown(embedding: Embedding) -> None:
    is_unknown(
        embedding.open('<elytra-status src="{status}status.json" component="Gone"></elytra-status>'), "No report"
    )
    embedding.status.answers["/api/v2/components.json"] = (404, b"")
    is_unknown(
        embedding.open('<elytra-status src="{status}status.json" component="Mail"></elytra-status>'), "No report"
    )


# On the page of somebody else


def test_a_card_that_is_removed_stops_polling_and_begins_again_when_it_is_back(embedding: Embedding) -> None:
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    page.evaluate("window.card = document.querySelector('elytra-status'); card.remove()")
    before = embedding.asked
    page.clock.run_for("10:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert embedding.asked == before
    # The earlier report is shown at once, with its age, which does not prove that there was a request.
    with page.expect_response("**/status.json"):
        page.evaluate("document.querySelector('main').append(card)")
    shown(page, WORDS["operational"], "Updated 13 minutes ago")
    assert embedding.asked == before + 1


def test_a_new_address_is_polled_at_once_and_a_late_answer_of_the_first_is_not_shown(
    embedding: Embedding, start_site: Callable[[], Site]
) -> None:
    other = start_site()
    other.headers["Access-Control-Allow-Origin"] = "*"
    other.publish(good(PlatformStatus.OUTAGE))
    page = embedding.open()
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    held: list[Route] = []
    page.route(f"{embedding.status.url}status.json", lambda route: held.append(route))
    page.clock.run_for("01:00")
    page.evaluate(
        "address => document.querySelector('elytra-status').setAttribute('src', address)", f"{other.url}status.json"
    )
    shown(page, WORDS["outage"], "Updated 4 minutes ago")
    assert len(held) == 1
    page.evaluate("document.querySelector('elytra-status').removeAttribute('src')")
    is_unknown(page, "No report")


def test_the_headline_is_shown_as_it_was_published(embedding: Embedding) -> None:
    headline = {"code": "backups_failed", "text": "Platform operational, backups failed"}
    embedding.tell(headline=headline)
    card = shown(embedding.open(), headline["text"], "Updated 3 minutes ago")
    assert card.locator("svg").get_attribute("class") == "degraded"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_maintenance_has_an_appearance_of_its_own(scheme: str, embedding: Embedding, screenshots: Path) -> None:
    headline = {"code": "maintenance", "text": "Maintenance in progress"}
    embedding.tell(platform_status="degraded", headline=headline)
    page = embedding.open(width=360, color_scheme=scheme)
    card = shown(page, headline["text"], "Updated 3 minutes ago")
    assert card.locator("svg").get_attribute("class") == "maintenance"
    picture = screenshots / f"card-maintenance-{scheme}-360.png"
    page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": 360, "height": 300})
    # It waits now and then.
    page.clock.resume()
    assert axe(page) == []


@pytest.mark.parametrize("headline", [None, "All systems operational", {}, {"text": 7}, {"text": " "}, [1]])
def test_a_report_without_a_headline_shows_its_status_alone(headline: Any, embedding: Embedding) -> None:
    embedding.tell(headline=headline)
    shown(embedding.open(), "Platform operational", "Updated 3 minutes ago")


def test_several_on_a_page_are_each_of_their_own_address(embedding: Embedding, start_site: Callable[[], Site]) -> None:
    other = start_site()
    other.headers["Access-Control-Allow-Origin"] = "*"
    other.publish(good(PlatformStatus.OUTAGE))
    cards = f'{CARD}<elytra-status id="other" src="{other.url}status.json"></elytra-status>'
    # Two parts of a site may both bring the script.
    page = embedding.open(f'{cards}<script src="{embedding.status.url}card.js" defer></script>')
    shown(page, WORDS["operational"], "Updated 3 minutes ago", "elytra-status:not([id])")
    shown(page, WORDS["outage"], "Updated 3 minutes ago", "#other")
    assert (embedding.asked, other.asked.count("/status.json")) == (1, 1)
    assert page.evaluate("[typeof statusAt, typeof ElytraStatus, typeof STYLE]") == ["undefined"] * 3


def test_it_is_itself_under_the_strictest_policy(embedding: Embedding) -> None:
    style = "html{color-scheme:light}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = POLICY.format(status=embedding.status.url.rstrip("/"), hash=digest)
    embedding.site.headers["Content-Security-Policy"] = policy
    card = shown(embedding.open(style=style), WORDS["operational"], "Updated 3 minutes ago")
    assert card.evaluate("one => getComputedStyle(one).containerType") == "inline-size"
    assert colour(card) == "rgb(26, 127, 55)"


def test_without_javascript_the_content_of_the_element_is_shown(embedding: Embedding) -> None:
    link = '<elytra-status src="{status}status.json"><a href="{status}">Platform status</a></elytra-status>'
    page = embedding.open(link, java_script_enabled=False, now=None)
    assert page.get_by_role("link", name="Platform status").is_visible()
    page = embedding.open(link)
    shown(page, WORDS["operational"], "Updated 3 minutes ago")
    assert not page.get_by_role("link", name="Platform status").is_visible()
