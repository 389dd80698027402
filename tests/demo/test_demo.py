# SPDX-License-Identifier: MIT
"""The trial that `make run` makes: the real job on recorded answers, kept running for inspection."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from elytra_status.demo import storage
from elytra_status.demo.demo import SCENARIOS
from tests.in_process import run_words
from tests.installation import environment, heed_signals
from tests.installed import COMMAND

pytestmark = pytest.mark.slow

SECONDS = 60
STATUSES = {
    "all-up": ("operational", "All systems operational"),
    "one-down": ("outage", "Service outage"),
    "pending": ("degraded", ""),
    "maintenance": ("operational", ""),
    "incident": ("operational", "Operational, with an open incident"),
    "no-kuma": ("unknown", ""),
    "backups-old": ("operational", "Platform operational, backups failed"),
    "leak": ("operational", ""),
}


@pytest.fixture
def without_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the demo publish to a directory, as without an S3 server."""
    monkeypatch.setattr(storage.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def document_of(printed: str) -> dict[str, Any]:
    (body,) = re.findall(r"^\{\n.+?^\}$", printed, re.MULTILINE | re.DOTALL)
    document: dict[str, Any] = json.loads(body)
    return document


def test_every_scenario_is_tried() -> None:
    assert set(STATUSES) == set(SCENARIOS)


def check(document: dict[str, Any], scenario: str) -> None:
    status, headline = STATUSES[scenario]
    assert document["platform_status"] == status
    assert headline in document["headline"]["text"]
    assert document["backups"]["last_backup_status"] == ("failed" if scenario == "backups-old" else "success")
    assert None not in document["uptime"].values()


@pytest.mark.parametrize("scenario", STATUSES)
@pytest.mark.usefixtures("without_moto")
def test_each_scenario_publishes_its_status_to_a_directory(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words("demo", "--scenario", scenario) == 0
    printed = capsys.readouterr().out
    assert "Storage: a directory" in printed
    check(document_of(printed), scenario)


@pytest.mark.parametrize("scenario", ["all-up", "backups-old"])
def test_scenarios_publish_their_status_to_a_bucket(scenario: str) -> None:
    pytest.importorskip("moto.server")
    command = [COMMAND, "demo", "--scenario", scenario]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=SECONDS, check=True)
    assert "Storage: an S3 server" in done.stdout
    check(document_of(done.stdout), scenario)


@pytest.mark.usefixtures("without_moto")
def test_what_has_ended_is_not_named_and_the_next_steps_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/lib/elsewhere/elytra_status/__main__.py", "demo"])
    assert run_words("demo") == 0
    printed = capsys.readouterr().out
    assert "http://" not in printed
    for scenario in set(SCENARIOS) - {"all-up"}:
        assert scenario in printed
    assert re.search(r"^ {4}\S+/python\S* -m elytra_status demo --serve$", printed, re.MULTILINE)


def uptimes(of: dict[str, Any]) -> dict[str, float | None]:
    return {day["date"]: day["uptime_percent"] for day in of["days"]}


@contextmanager
def served(scenario: str, ended_by: signal.Signals = signal.SIGINT) -> Iterator[dict[str, str]]:
    """Run the demo until the block ends, and yield its output, by the words before the first colon of each line."""
    command = [COMMAND, "demo", "--serve", "--scenario", scenario]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        preexec_fn=heed_signals,
    ) as process:
        assert process.stdout is not None
        said = {}
        try:
            for line in process.stdout:
                name, _, rest = line.partition(":")
                said[name] = rest.strip()
                if "Ctrl-C" in line:
                    break
            yield said
        finally:
            process.send_signal(ended_by)
        last = process.stdout.read()
        assert process.wait(SECONDS) == 0
        assert last == "\nEnded. Nothing was left on this machine.\n"


def test_the_page_shows_components_mixed_days_and_an_incident_until_the_demo_is_stopped() -> None:
    with served("one-down") as said:
        assert said["Decided"].startswith("outage, ")
        page = requests.get(said["For people"], timeout=SECONDS)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Service outage" in page.text
        for component in ("Websites", "Databases", "File store", "Mail"):
            assert f">{component}<" in page.text
        assert "The standby takes over." in page.text
        status = requests.get(said["For programs"], timeout=SECONDS)
        assert status.headers["content-type"] == "application/json"
        assert status.headers["access-control-allow-origin"] == "*"
        history = requests.get(said["For programs"].replace("status.json", "history.json"), timeout=SECONDS).json()
    days = uptimes(history["platform"])
    assert len(days) == 90
    assert list(days.values()).count(None) == 1
    assert 8 <= sum(uptime is not None and uptime < 100 for uptime in days.values()) <= 14
    for component in history["components"]:
        assert any(uptime not in (None, 100) for uptime in uptimes(component).values())


def test_an_outage_of_the_past_and_its_incident_are_of_the_same_day() -> None:
    with served("all-up", signal.SIGTERM) as said:
        beside = said["For programs"].removesuffix("status.json")
        history = requests.get(f"{beside}history.json", timeout=SECONDS).json()
        incidents = requests.get(f"{beside}api/v2/incidents.json", timeout=SECONDS).json()["incidents"]
    (incident,) = incidents
    assert incident["status"] == "resolved"
    by_date = uptimes(history["platform"])
    on_that_day = by_date[incident["created_at"][:10]]
    assert on_that_day is not None
    assert on_that_day < 100
