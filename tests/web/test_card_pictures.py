# SPDX-License-Identifier: MIT
"""Card and badge beside kept pictures of them, in every state, light and dark, narrow and wide."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.system.clock import to_text
from tests.web.conftest import LOOKS, WEB, Site, look_at
from tests.web.kept import KEPT, PIL, POINTS, check_picture, differing

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOCK = WEB / "public/mocks/status.json"
# A build of the package has no web/, and runs none of these tests.
EXAMPLE = json.loads(MOCK.read_text("utf-8")) if MOCK.exists() else {}
STATES = {
    "operational": ("operational", "All systems operational"),
    "degraded": ("degraded", "Service degraded"),
    "outage": ("outage", "Service outage"),
    "unknown": ("unknown", "Status unknown"),
    "maintenance": ("degraded", "Maintenance in progress"),
    "stale": ("operational", "All systems operational"),
}


def status_of(state: str, site: Site) -> dict[str, Any]:
    """Return a status whose ages are always the same."""
    word, headline = STATES[state]
    now = site.now().replace(microsecond=0)
    updated = now - timedelta(minutes=47 if state == "stale" else 3)
    backups = to_text(now - timedelta(hours=13))
    return {
        **EXAMPLE,
        "updated_at": to_text(updated),
        "stale_after": to_text(updated + timedelta(minutes=30)),
        "platform_status": word,
        "headline": {"code": "maintenance" if state == "maintenance" else word, "text": headline},
        "backups": {**EXAMPLE["backups"], "last_backup_time": backups, "last_successful_backup": backups},
    }


@pytest.mark.parametrize("state", STATES)
def test_card_and_badge_match_their_kept_pictures(state: str, site: Site, visit: Callable[..., Page]) -> None:
    page = visit("/", reduced_motion="reduce")
    body = json.dumps(status_of(state, site))
    page.route("**/status.json", lambda route: route.fulfill(body=body, headers={"Access-Control-Allow-Origin": "*"}))
    page.clock.fast_forward("01:00")
    headline = "Status unknown" if state == "stale" else STATES[state][1]
    page.get_by_role("status").get_by_text(headline).wait_for()
    page.locator("footer").get_by_text(headline).wait_for()
    page.locator("section time").filter(has_text="48m ago" if state == "stale" else "4m ago").wait_for()
    for scheme, width in LOOKS:
        look_at(page, scheme, width)
        check_picture(page.locator("section[data-phase]"), f"{state}-{scheme}-{width}")
        # The footer is as wide as the page, and the badge is as wide as its text.
        if width == 360:
            check_picture(page.locator("footer"), f"badge-{state}-{scheme}")


def test_another_picture_is_noticed() -> None:
    kept = {state: PIL.open(KEPT / f"{state}-light-360.png").convert("RGB") for state in STATES}
    assert differing(kept["outage"], kept["outage"]) == 0
    for one, other in (("operational", "degraded"), ("degraded", "outage"), ("outage", "unknown")):
        assert differing(kept[one], kept[other]) > POINTS
