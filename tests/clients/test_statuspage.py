# SPDX-License-Identifier: MIT
"""What clients of Statuspage that others have written make of what is published, unchanged, over HTTP."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from elytra_status.documents import Publication, render_all
from elytra_status.model import Announcements, Impact, IncidentPhase, PlatformStatus
from elytra_status.publish.directory import Directory
from elytra_status.publish.upload import publish
from tests.clients.conftest import CLIENTS
from tests.conftest import MovableClock
from tests.published import HOSTILE, NOW, concluded, published

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
    "incidents": [[one.name, one.status, one.impact, [part.name for part in one.components],
                   [str(update.created_at) for update in one.updates]] for one in found.incidents],
    "maintenances": [[one.status, str(one.scheduled_for)] for one in found.maintenances],
}))
"""

Ask = Callable[[Publication], Any]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A web server for what is published to tmp_path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _answer(tmp_path: Path, site: str, command: list[str], given: Publication, folder: str = "") -> Any:
    documents = [document for document in render_all(given, ("statuspage",)) if not document.local]
    assert publish(Directory(tmp_path / folder, MovableClock(NOW)), documents, NOW).done
    words = [*command, str(CLIENTS), f"{site}/{folder}".rstrip("/")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def node(tmp_path: Path, site: str) -> Ask:
    return partial(_answer, tmp_path, site, ["node", "--eval", WITH_NODE])


@pytest.fixture
def python(tmp_path: Path, site: str) -> Ask:
    return partial(_answer, tmp_path, site, [str(CLIENTS / "bin" / "python"), "-c", WITH_PYTHON])


@pytest.fixture
def arez(tmp_path: Path, site: str) -> Callable[..., Any]:
    return partial(_answer, tmp_path, site, [str(CLIENTS / "bin" / "python"), "-c", WITH_AREZ])


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
