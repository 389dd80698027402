# SPDX-License-Identifier: MIT
"""axe-core finds nothing wrong with card, section, badge and page, in any state, light or dark."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.conftest import Site
from tests.web.test_card_pictures import STATES, status_of
from tests.web.test_details_pictures import answering, component, documents
from tests.web.test_site import findings

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A page ignores reports that are older than the last, so the stale one comes first.
IN_ORDER = ("stale", *(state for state in STATES if state != "stale"))
COMPONENT_STATUSES = ("operational", "degraded", "outage", "unknown")


def documents_of(state: str, site: Site) -> dict[str, Any]:
    """Return what is published in a state, by the end of the address.

    The details have components of every status, unless the headline above them would contradict these.
    """
    status = status_of(state, site)
    times = {name: status[name] for name in ("updated_at", "stale_after")}
    words = ("operational",) if status["platform_status"] == "operational" else COMPONENT_STATUSES
    components = [component(word, word, 99.5) for word in words]
    if len(words) > 1:
        components.append(component("maintenance", "degraded", None, in_maintenance=True))
    platform = component("", status["platform_status"], 99.755, in_maintenance=state == "maintenance")
    history = {**times, "platform": platform, "components": components}
    return {**documents(), "/status.json": status, "/history.json": history}


# The section on the page about the site has the card, and its footer the badge.
@pytest.mark.parametrize("path", ["/about", "/en/status"])
def test_every_state_is_accessible_in_light_and_dark(path: str, site: Site, visit: Callable[..., Page]) -> None:
    page = visit(path, reduced_motion="reduce")
    found: list[str] = []
    for state in IN_ORDER:
        site.pass_time(minutes=5)
        for name, content in documents_of(state, site).items():
            page.route(f"**{name}", answering(json.dumps(content)))
        page.clock.fast_forward("05:00")
        headline = "Status unknown" if state == "stale" else STATES[state][1]
        page.get_by_role("status").get_by_text(headline).wait_for()
        page.locator("footer").get_by_text(headline).wait_for()
        if path != "/about":
            row = {"stale": "unknown", "operational": "operational"}.get(state, "maintenance")
            page.locator(f"li[data-tone={row}]").last.wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{state}, {scheme}: {one}" for one in findings(page)]
    assert found == []
