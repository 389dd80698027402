# SPDX-License-Identifier: MIT
"""The page with details beside kept pictures of it, and in every language."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status import LANGUAGE_CODES
from elytra_status.system.clock import to_text
from tests.web.conftest import LOOKS, SCREENSHOTS, Publish, look_at
from tests.web.kept import check_picture
from tests.web.test_card_pictures import EXAMPLE
from tests.web.test_site import findings

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Visit = Callable[..., "Page"]

# The page shows dates, so the visitor's clock always says the same. It is later than the server's.
NOW = datetime(2045, 11, 10, 15, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Seconds of downtime, by how many days ago.
DOWN = {0: 1500, 12: 90, 40: 12_000, 41: 2000, 85: 25_000}
# Seconds of a degraded status.
DEGRADED = {20: 72_000, 21: 300, 41: 600}
MAINTENANCE = {5: 3600, 6: 7200}
OUTAGE = {
    "en": "Service outage: Websites",
    "de": "Ausfall: Websites",
    "ar": "انقطاع الخدمة: \N{FIRST STRONG ISOLATE}Websites\N{POP DIRECTIONAL ISOLATE}",
}


def component(name: str, status: str, uptime: float | None, **more: Any) -> dict[str, Any]:
    """Return a component of history.json with 90 days, of which the first ten have no data."""
    first = date(2045, 11, 10)
    days = [
        {
            "date": str(first - timedelta(back)),
            "uptime_percent": None if back >= 80 else 100 - DOWN.get(back, 0) / 864,
            "down_seconds": DOWN.get(back, 0),
            **({"degraded_seconds": DEGRADED[back]} if back in DEGRADED else {}),
            **({"maintenance_seconds": MAINTENANCE[back]} if back in MAINTENANCE else {}),
        }
        for back in range(89, -1, -1)
    ]
    return {"name": name, "status": status, "uptime": {"last_90d": uptime}, "days": days, **more}


def documents() -> dict[str, Any]:
    """Return what is published during an outage, by the end of the address."""
    times = {"updated_at": to_text(NOW + MINUTE), "stale_after": to_text(NOW + 31 * MINUTE)}
    backups = to_text(NOW - 13 * HOUR)
    headline = {"code": "outage", "text": OUTAGE["en"], "components": ["Websites"]}
    past = {"components": [{"name": "Mail"}], "started_at": to_text(NOW - 12 * DAY), "impact": "minor"}
    return {
        "/status.json": {
            **EXAMPLE,
            **times,
            "platform_status": "outage",
            "headline": headline,
            "backups": {**EXAMPLE["backups"], "last_backup_time": backups, "last_successful_backup": backups},
        },
        "/history.json": {
            **times,
            # It is written each four hours at least.
            "stale_after": to_text(NOW + 31 * MINUTE + 4 * HOUR),
            "platform": component("", "outage", 99.755),
            "components": [
                component("Websites", "outage", 99.51),
                component("Databases of all clients in both regions", "degraded", 100, in_maintenance=True),
                component("Mail", "operational", 99.999, group="Mail and names", description="In and out, and webmail"),
                component("DNS", "unknown", None, group="Mail and names"),
            ],
        },
        "/api/v2/incidents.json": {
            "incidents": [
                {
                    "id": "2045-11-10-1", "name": "Websites unavailable", "status": "identified", "impact": "major",
                    "shortlink": "https://status.example.com/incidents/2045-11-10-1.html",
                    "components": [{"name": "Websites"}], "started_at": to_text(NOW - 25 * MINUTE),
                    "incident_updates": [
                        {"status": "identified", "body": "A switch is being replaced.",
                         "display_at": to_text(NOW - 10 * MINUTE)},
                        {"status": "investigating", "body": "We are looking for the cause.",
                         "display_at": to_text(NOW - 24 * MINUTE)},
                    ],
                },
                {
                    **past, "id": "2045-10-29-1", "name": "Mail is slow", "status": "postmortem",
                    "resolved_at": to_text(NOW - 12 * DAY + HOUR),
                    "incident_updates": [
                        {"status": "resolved", "body": "This is resolved.",
                         "display_at": to_text(NOW - 12 * DAY + HOUR)},
                    ],
                },
            ]
        },
        "/api/v2/scheduled-maintenances.json": {
            "scheduled_maintenances": [
                {
                    "id": "m", "name": "Database upgrade", "status": "scheduled", "impact": "maintenance",
                    "scheduled_for": to_text(NOW + 2 * DAY), "scheduled_until": to_text(NOW + 2 * DAY + 2 * HOUR),
                    "incident_updates": [],
                }
            ]
        },
    }  # fmt: skip


def answering(body: str) -> Callable[[Route], None]:
    """Return what answers a request of the page with a document."""
    return lambda route: route.fulfill(body=body, headers={"Access-Control-Allow-Origin": "*"})


# The status of the platform, its headline, and the tone of the page in each other state.
STATES = {
    "unknown": ("unknown", "Status unknown", "unknown"),
    "maintenance": ("degraded", "Maintenance in progress", "maintenance"),
    "stale": ("outage", OUTAGE["en"], "unknown"),
}


def documents_in(state: str) -> dict[str, Any]:
    """Return what is published in a state of STATES, by the end of the address.

    When nothing is known, each component is unknown; in maintenance, each other component is operational.
    """
    given = documents()
    status, history = given["/status.json"], given["/history.json"]
    word, headline, tone = STATES[state]
    if state == "stale":
        status["updated_at"], status["stale_after"] = to_text(NOW - 47 * MINUTE), to_text(NOW - 17 * MINUTE)
        return given
    status |= {"platform_status": word, "headline": {"code": tone, "text": headline}}
    is_work = state == "maintenance"
    history["platform"] |= {"status": word, "in_maintenance": is_work}
    for one in history["components"]:
        if not one.get("in_maintenance"):
            one["status"] = "operational" if is_work else "unknown"
        elif not is_work:
            one |= {"status": "unknown", "in_maintenance": False}
    incidents = given["/api/v2/incidents.json"]["incidents"]
    given["/api/v2/incidents.json"]["incidents"] = incidents[1:]
    if is_work:
        (work,) = given["/api/v2/scheduled-maintenances.json"]["scheduled_maintenances"]
        work |= {"status": "in_progress", "scheduled_for": to_text(NOW - HOUR), "scheduled_until": to_text(NOW + HOUR)}
    return given


@pytest.fixture
def look_at_documents(visit: Visit) -> Visit:
    """Look at a page of the site with documents, in a tone: look_at_documents(documents(), 'outage', 'de')."""

    def open_one(given: dict[str, Any], tone: str, language: str) -> Page:
        page = visit(f"/{language}/status", reduced_motion="reduce")
        for name, content in given.items():
            page.route(f"**{name}", answering(json.dumps(content)))
        page.clock.set_system_time(NOW)
        page.clock.fast_forward("05:00")
        page.locator(f"section[data-tone={tone}]").wait_for()
        page.locator(f"li[data-tone={tone}]").first.wait_for()
        return page

    return open_one


@pytest.fixture
def look_at_outage(look_at_documents: Visit) -> Visit:
    """Look at a page of the site during an outage, as documents() has it: look_at_outage('de')."""
    return lambda language: look_at_documents(documents(), "outage", language)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_details_match_their_kept_pictures(language: str, look_at_outage: Visit) -> None:
    page = look_at_outage(language)
    for scheme, width in LOOKS:
        # Colours do not depend on the language.
        if language == "en" or scheme == "light":
            look_at(page, scheme, width)
            check_picture(page.locator(".elytra-page"), f"details-{language}-{scheme}-{width}")


@pytest.mark.parametrize("state", STATES)
def test_the_details_match_their_kept_pictures_in_every_state(state: str, look_at_documents: Visit) -> None:
    page = look_at_documents(documents_in(state), STATES[state][2], "en")
    page.get_by_text("Mail is slow").wait_for()
    for scheme, width in LOOKS:
        look_at(page, scheme, width)
        check_picture(page.locator(".elytra-page"), f"details-{state}-{scheme}-{width}")


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_language_fits_and_is_accessible(language: str, look_at_outage: Visit) -> None:
    page = look_at_outage(language)
    part = page.locator("section[data-phase]")
    assert part.get_attribute("lang") == language
    assert part.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    headline = page.get_by_role("status").inner_text()
    assert "Websites" in headline
    assert headline == OUTAGE.get(language, headline)
    for width in (320, 1280):
        look_at(page, "light", width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # No word of a heading or a state is broken, nor text cut.
        for one in page.locator(".elytra-state, .elytra-page h2, dt").all():
            assert one.evaluate("one => one.scrollWidth <= one.clientWidth + 1 || one.clientWidth === 0")
        page.screenshot(path=SCREENSHOTS / f"language-{language}-{width}.png", full_page=True)
        assert width == 320 or findings(page) == []


def test_what_a_job_publishes_names_the_components_in_the_languages_of_the_site(publish: Publish, visit: Visit) -> None:
    publish("one-down")
    for language, words in (("en", "Service outage"), ("de", "Ausfall"), ("ja", "サービス停止")):
        page = visit(f"/{language}/status")
        page.locator("section[data-tone=outage]").wait_for()
        assert page.get_by_role("status").inner_text() == words
