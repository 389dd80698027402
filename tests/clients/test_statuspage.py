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
from elytra_status.model import Announcements, PlatformStatus
from elytra_status.publish.directory import Directory
from elytra_status.publish.upload import publish
from tests.clients.conftest import CLIENTS
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


def _answer(tmp_path: Path, site: str, command: list[str], given: Publication) -> Any:
    documents = [document for document in render_all(given, ("statuspage",)) if not document.local]
    assert publish(Directory(tmp_path, {}), documents, NOW)
    done = subprocess.run(
        [*command, str(CLIENTS), site], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def node(tmp_path: Path, site: str) -> Ask:
    return partial(_answer, tmp_path, site, ["node", "--eval", WITH_NODE])


@pytest.fixture
def python(tmp_path: Path, site: str) -> Ask:
    return partial(_answer, tmp_path, site, [str(CLIENTS / "bin" / "python"), "-c", WITH_PYTHON])


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
    assert incident["started_at"] == "2025-11-10T13:30:00Z"
    assert {one["status"] for one in found["maintenance_metadata"]} == {"in_progress", "scheduled"}
