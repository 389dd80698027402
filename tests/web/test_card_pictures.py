# SPDX-License-Identifier: MIT
"""The card beside kept pictures of it, in every state, light and dark, narrow and wide.

After a change that is meant, ELYTRA_STATUS_KEEP_PICTURES=1 keeps new ones: look at them before you commit them.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.system.clock import to_text
from tests.web.conftest import SCREENSHOTS, WEB, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

PIL = pytest.importorskip("PIL.Image")
CHOPS = pytest.importorskip("PIL.ImageChops")
KEPT = Path(__file__).with_name("pictures")
EXAMPLE = json.loads((WEB / "public/mocks/status.json").read_text("utf-8"))
STATES = {
    "operational": ("operational", "All systems operational"),
    "degraded": ("degraded", "Service degraded"),
    "outage": ("outage", "Service outage"),
    "unknown": ("unknown", "Status unknown"),
    "maintenance": ("degraded", "Maintenance in progress"),
    "stale": ("operational", "All systems operational"),
}
# A picture differs if more than this ratio of its points differ by more than this, of 255, in any colour. Fonts are
# drawn a little differently from version to version of Chromium.
POINTS, DIFFERENCE = 0.003, 24


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


def differing(one: Any, other: Any) -> float:
    """Return the ratio of points that differ; 1 if the sizes differ by more than two points."""
    if abs(one.width - other.width) > 2 or abs(one.height - other.height) > 2:
        return 1.0
    size = (min(one.width, other.width), min(one.height, other.height))
    bands = CHOPS.difference(one.crop((0, 0, *size)), other.crop((0, 0, *size))).split()
    largest = CHOPS.lighter(CHOPS.lighter(bands[0], bands[1]), bands[2])
    return sum(largest.histogram()[DIFFERENCE + 1 :]) / (size[0] * size[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("state", STATES)
def test_the_card_looks_as_it_did(state: str, width: int, scheme: str, site: Site, look: Callable[..., Page]) -> None:
    page = look("/", width=width, color_scheme=scheme, reduced_motion="reduce")
    body = json.dumps(status_of(state, site))
    page.route("**/status.json", lambda route: route.fulfill(body=body, headers={"Access-Control-Allow-Origin": "*"}))
    page.clock.fast_forward("01:00")
    headline = "Status unknown" if state == "stale" else STATES[state][1]
    page.get_by_role("status").get_by_text(headline).wait_for()
    page.locator("section time").filter(has_text="48m ago" if state == "stale" else "4m ago").wait_for()
    picture = PIL.open(io.BytesIO(page.locator("section[data-phase]").screenshot(animations="disabled"))).convert("RGB")
    name = f"{state}-{scheme}-{width}.png"
    picture.save(SCREENSHOTS / f"card-{name}")
    if os.environ.get("ELYTRA_STATUS_KEEP_PICTURES"):
        KEPT.mkdir(exist_ok=True)
        # Colours of small areas count too: the dots.
        picture.quantize(64, method=PIL.Quantize.MAXCOVERAGE).save(KEPT / name, optimize=True)
    kept = PIL.open(KEPT / name).convert("RGB")
    assert differing(picture, kept) <= POINTS, f"compare {SCREENSHOTS / f'card-{name}'} with {KEPT / name}"


def test_another_picture_is_noticed() -> None:
    kept = {state: PIL.open(KEPT / f"{state}-light-360.png").convert("RGB") for state in STATES}
    assert differing(kept["outage"], kept["outage"]) == 0
    for one, other in (("operational", "degraded"), ("degraded", "outage"), ("outage", "unknown")):
        assert differing(kept[one], kept[other]) > POINTS
