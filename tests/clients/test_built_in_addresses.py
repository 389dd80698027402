# SPDX-License-Identifier: MIT
"""What clients make of us whose address is built in: a proxy leads them here, and they are unchanged.

They can only read a page at the root of a host.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from elytra_status.documents import Publication
from elytra_status.model import Announcements, PlatformStatus
from tests.clients.serving import BIN, answering_for, output, publish_api
from tests.published import concluded, published

# DiscordStatusPy, from PyPI. Its address for all incidents has a capital letter that no server has.
WITH_DISCORD = """
import asyncio, json
from DiscordStatusPy import APIClient
async def ask():
    async with APIClient(suppress_exc=False, trust_env=True) as client:
        return {name: await getattr(client, f"get_{name}")() for name in (
            "summary", "status", "components", "unresolved_incidents", "maintenances", "upcoming_maintenances",
            "active_maintenances")}
print(json.dumps(asyncio.run(ask())))
"""

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program of the clients, which takes a host's answers from a publication."""

    def run(given: Publication, host: str, *command: str) -> str:
        public = tmp_path / "public"
        publish_api(public, given)
        with answering_for(host, public, tmp_path) as environment:
            return output([str(BIN / command[0]), *command[1:]], tmp_path, environment)

    return run


def alone(status: PlatformStatus) -> Publication:
    """A publication without components and announcements."""
    return concluded(replace(published(status), components=(), announcements=Announcements()))


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (PlatformStatus.OPERATIONAL, "\033[92mAll systems operational\033[0m"),
        (PlatformStatus.DEGRADED, "\033[93mService degraded (Minor Outage)"),
        (PlatformStatus.OUTAGE, "\033[91mService outage (Major Outage)"),
        (PlatformStatus.UNKNOWN, "\033[93mStatus unknown (Minor Outage)"),
    ],
)
def test_github_status_shows_green_for_green_alone(status: PlatformStatus, shown: str, run: Run) -> None:
    assert shown in run(alone(status), "www.githubstatus.com", "github-status")


def test_github_status_lists_components_and_incidents(run: Run) -> None:
    """It knows no component under maintenance, a status that Statuspage has."""
    given = published(PlatformStatus.OUTAGE)
    given = replace(given, components=tuple(replace(one, in_maintenance=False) for one in given.components))
    found = run(given, "www.githubstatus.com", "github-status")
    assert "| Another Sites load s" in found
    assert "\033[91mmajor_outage" in found
    assert "| Sites load slowly." in found.partition("INCIDENT")[2]
    assert "\033]8;;https://status.example.com/" in found


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (PlatformStatus.OPERATIONAL, "No issues"),
        (PlatformStatus.DEGRADED, "Minor incident"),
        (PlatformStatus.OUTAGE, "Major outage"),
        (PlatformStatus.UNKNOWN, "Minor incident"),
    ],
)
def test_statuscheck_finds_no_issue_in_green_alone(status: PlatformStatus, shown: str, run: Run) -> None:
    found = run(alone(status), "14qjgk812kgk.statuspage.io", "statuscheck", "zoom")
    assert found.startswith(f"Current Zoom status: {shown}\n")


def test_statuscheck_lists_incidents_and_maintenance_with_components(run: Run) -> None:
    given = published(PlatformStatus.OUTAGE)
    incidents = tuple(replace(one, components=("Third",)) for one in given.announcements.incidents)
    given = replace(given, announcements=replace(given.announcements, incidents=incidents))
    found = run(given, "14qjgk812kgk.statuspage.io", "statuscheck", "zoom", "--verbose")
    assert "- [investigating] Sites load slowly." in found
    assert "    - Third [Degraded performance]" in found
    assert "- [scheduled] " in found
    assert "- [in_progress] " in found


@pytest.mark.parametrize(("status", "indicator"), [(PlatformStatus.OUTAGE, "major"), (PlatformStatus.UNKNOWN, "minor")])
def test_discordstatuspy_reads_every_document_with_a_right_address(
    status: PlatformStatus, indicator: str, run: Run
) -> None:
    found = json.loads(run(published(status), "discordstatus.com", "python", "-c", WITH_DISCORD))
    assert found["status"]["status"]["indicator"] == found["summary"]["status"]["indicator"] == indicator
    assert [one["name"] for one in found["components"]["components"]][2] == "Third"
    assert [one["status"] for one in found["unresolved_incidents"]["incidents"]] == ["investigating"]
    assert [one["status"] for one in found["upcoming_maintenances"]["scheduled_maintenances"]] == ["scheduled"]
    assert [one["status"] for one in found["active_maintenances"]["scheduled_maintenances"]] == ["in_progress"]
