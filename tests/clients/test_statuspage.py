# SPDX-License-Identifier: MIT
"""What clients of Statuspage that others have written make of what is published, unchanged, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from elytra_status.model import Announcements, Impact, IncidentPhase, PlatformStatus
from tests.clients.serving import BIN, Ask, answer_of
from tests.published import HOSTILE, concluded, published

# statuspage.io, from npm.
WITH_NODE = """
const { Statuspage } = require(process.argv[1] + "/node/node_modules/statuspage.io");
const client = new Statuspage("example");
client.setApiUrl(process.argv[2]);
const asked = {
    components: client.api.getComponents, status: client.api.getStatus, summary: client.api.getSummary,
    incidents: () => client.api.incidents.getAll(), unresolved: () => client.api.incidents.getUnresolved(),
    upcoming: () => client.api.scheduledMaintenances.getUpcoming(),
    active: () => client.api.scheduledMaintenances.getActive(),
};
Promise.all(Object.entries(asked).map(async ([name, ask]) => [name, await ask()]))
    .then(found => console.log(JSON.stringify(Object.fromEntries(found))));
"""
# statuspage-prometheus-exporter, from PyPI.
WITH_PYTHON = """
import json, sys
from statuspage_prometheus_exporter.service_checker import check_status_page_service
print(json.dumps(check_status_page_service("example", {"url": sys.argv[2] + "/api/v2/summary.json", "name": "x"})))
"""

# aRez, from PyPI, which reads the pages of games.
WITH_AREZ = """
import asyncio, json, sys
from arez.statuspage import StatusPage
async def ask():
    async with StatusPage(sys.argv[2], loop=asyncio.get_running_loop()) as page:
        return await page.get_status()
found = asyncio.run(ask())
print(json.dumps({
    "status": found.status, "impact": found.impact, "updated_at": str(found.updated_at),
    "components": [[one.name, one.status] for one in found.components],
    "groups": [[one.name, one.status, [part.name for part in one.components]] for one in found.groups],
    "incidents": [[one.name, one.status, one.impact, [part.name for part in one.components],
                   [str(update.created_at) for update in one.updates]] for one in found.incidents],
    "maintenances": [[one.status, str(one.scheduled_for)] for one in found.maintenances],
}))
"""

# DiscordStatus, from PyPI. Its address is an attribute.
WITH_DISCORD = """
import json, sys
from discordstatus import DiscordStatus
client = DiscordStatus()
client.base_target = sys.argv[2] + "/api/v2"
print(json.dumps({name: getattr(client, name) for name in (
    "summary", "status", "components", "unresolved_incidents", "all_incidents", "upcoming_maintenances",
    "active_maintenances", "all_maintenances")}))
"""

# obsidian-flight-deck, from PyPI: a panel of a dashboard. It reads any page by its address.
WITH_DECK = """
import json, sys
from flightdeck.panels.base import Ctx
from flightdeck.panels.status import Status
services = [{"label": "Us", "url": sys.argv[2]}]
print(json.dumps(Status(Ctx(None, {"services": services}, None)).card()))
"""


@pytest.fixture
def node(tmp_path: Path, site: str) -> Ask:
    return partial(answer_of, tmp_path, site, ["node", "--eval", WITH_NODE])


@pytest.fixture
def python(tmp_path: Path, site: str) -> Ask:
    return partial(answer_of, tmp_path, site, [str(BIN / "python"), "-c", WITH_PYTHON])


@pytest.fixture
def arez(tmp_path: Path, site: str) -> Callable[..., Any]:
    return partial(answer_of, tmp_path, site, [str(BIN / "python"), "-c", WITH_AREZ])


@pytest.fixture
def discord(tmp_path: Path, site: str) -> Callable[..., Any]:
    return partial(answer_of, tmp_path, site, [str(BIN / "python"), "-c", WITH_DISCORD])


@pytest.fixture
def deck(tmp_path: Path, site: str) -> Callable[..., Any]:
    return partial(answer_of, tmp_path, site, [str(BIN / "python"), "-c", WITH_DECK])


@pytest.mark.parametrize("folder", ["", "status"])
def test_arez_reads_times_phases_and_components(folder: str, arez: Callable[..., Any]) -> None:
    """It reads no time without milliseconds. The status may be in a folder: that is then the address of the page."""
    given = published(PlatformStatus.OUTAGE)
    incident = given.announcements.incidents[1]
    updates = (incident.updates[0], replace(incident.updates[1], phase=IncidentPhase.IDENTIFIED))
    named = replace(incident, updates=updates, title="Mail is delayed", components=("Third",), impact=Impact.CRITICAL)
    found = arez(replace(given, announcements=replace(given.announcements, incidents=(named,))), folder)
    assert found["updated_at"] == "2025-11-10 15:30:00"
    assert found["components"][2] == ["Third", "Degraded Performance"]
    times = ["2025-11-10 14:30:00", "2025-11-10 13:30:00"]
    assert found["incidents"] == [["Mail is delayed", "Identified", "Critical", ["Third"], times]]
    assert found["maintenances"] == [["Scheduled", "2025-11-11 15:30:00"], ["In Progress", "2025-11-10 14:30:00"]]


def test_arez_finds_the_components_of_groups(arez: Callable[..., Any]) -> None:
    first, second, third = published().components
    grouped = (replace(first, group="Hosting"), replace(second, name="Hosting", group="Hosting"), third)
    found = arez(replace(published(), components=grouped))
    assert found["groups"] == [["Hosting", "Major Outage", [first.name, "Hosting"]]]
    assert [name for name, _ in found["components"]] == [first.name, "Hosting", "Third"]


@pytest.mark.parametrize("text", HOSTILE)
def test_arez_reads_every_text(text: str, arez: Callable[..., Any]) -> None:
    assert arez(published(PlatformStatus.OUTAGE, text))["components"][0] == [text, "Under Maintenance"]


@pytest.mark.parametrize("text", ["Sites load slowly.", *HOSTILE])
def test_the_client_for_node_reads_every_document(text: str, node: Ask) -> None:
    found = node(published(PlatformStatus.OUTAGE, text))
    assert found["status"]["status"]["indicator"] == "major"
    assert [one["status"] for one in found["components"]["components"]] == [
        "under_maintenance",
        "major_outage",
        "degraded_performance",
    ]
    assert found["summary"]["components"][0]["name"] == text
    assert [one["status"] for one in found["incidents"]["incidents"]] == ["investigating", "resolved"]
    assert [one["incident_updates"][0]["body"] for one in found["unresolved"]["incidents"]] == [text]
    assert [one["status"] for one in found["upcoming"]["scheduled_maintenances"]] == ["scheduled"]


@pytest.mark.parametrize(
    ("status", "up"),
    [
        (PlatformStatus.OPERATIONAL, 1),
        (PlatformStatus.DEGRADED, 0),
        (PlatformStatus.OUTAGE, 0),
        (PlatformStatus.UNKNOWN, 0),
    ],
)
def test_the_exporter_for_prometheus_takes_green_for_green_alone(status: PlatformStatus, up: int, python: Ask) -> None:
    found = python(concluded(replace(published(status), components=(), announcements=Announcements())))
    assert found["success"] is True
    assert found["status"] == up


def test_the_exporter_for_prometheus_reads_components_incidents_and_maintenance(python: Ask) -> None:
    found = python(published(PlatformStatus.OUTAGE))
    assert [one["name"] for one in found["component_metadata"]] == [
        "Sites load slowly.",
        "Another Sites load slowly.",
        "Third",
    ]
    assert [one["status_value"] for one in found["component_metadata"]] == [0, 0, 0]
    (incident,) = found["incident_metadata"]
    assert incident["started_at"] == "2025-11-10T13:30:00.000Z"
    assert {one["status"] for one in found["maintenance_metadata"]} == {"in_progress", "scheduled"}


@pytest.mark.parametrize("folder", ["", "status"])
@pytest.mark.parametrize(
    ("status", "indicator"),
    [
        # Maintenance is in progress.
        (PlatformStatus.OPERATIONAL, "maintenance"),
        (PlatformStatus.DEGRADED, "minor"),
        (PlatformStatus.OUTAGE, "major"),
        (PlatformStatus.UNKNOWN, "minor"),
    ],
)
def test_discordstatus_reads_every_document(
    status: PlatformStatus, indicator: str, folder: str, discord: Callable[..., Any]
) -> None:
    found = discord(published(status), folder)
    assert found["status"]["status"]["indicator"] == found["summary"]["status"]["indicator"] == indicator
    assert [one["name"] for one in found["components"]["components"]][2] == "Third"
    assert [one["status"] for one in found["unresolved_incidents"]["incidents"]] == ["investigating"]
    assert [one["status"] for one in found["all_incidents"]["incidents"]] == ["investigating", "resolved"]
    windows = [found[f"{which}_maintenances"]["scheduled_maintenances"] for which in ("upcoming", "active", "all")]
    assert [[one["status"] for one in some] for some in windows] == [
        ["scheduled"],
        ["in_progress"],
        ["scheduled", "in_progress", "completed"],
    ]


def test_discordstatus_reads_that_all_is_well(discord: Callable[..., Any]) -> None:
    found = discord(concluded(replace(published(), components=(), announcements=Announcements())))
    assert found["status"]["status"] == {"indicator": "none", "description": "All systems operational"}
    assert found["components"]["components"] == found["unresolved_incidents"]["incidents"] == []


@pytest.mark.parametrize("folder", ["", "status"])
@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (PlatformStatus.OPERATIONAL, "🟢 none — all operational"),
        (PlatformStatus.DEGRADED, "🟡 minor — all operational"),
        (PlatformStatus.OUTAGE, "🟠 major — all operational"),
        (PlatformStatus.UNKNOWN, "🟡 minor — all operational"),
    ],
)
def test_the_dashboard_shows_every_status(
    status: PlatformStatus, shown: str, folder: str, deck: Callable[..., Any]
) -> None:
    """Its words for no incident are its own, also in an outage."""
    found = deck(concluded(replace(published(status), components=(), announcements=Announcements())), folder)
    assert found[1].endswith(f"): {shown}")


def test_the_dashboard_names_open_incidents(deck: Callable[..., Any]) -> None:
    assert deck(published(PlatformStatus.OUTAGE))[1].endswith("): 🟠 major — Sites load slowly.")
