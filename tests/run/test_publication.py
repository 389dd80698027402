# SPDX-License-Identifier: MIT
"""All documents of a whole run: from a replayed Uptime Kuma to the files in the directory."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from elytra_status.announcements import incidents, maintenance, store
from elytra_status.demo.replay import ReplayServer
from elytra_status.model import Announcements, Maintenance
from elytra_status.publish.directory import STAMP
from elytra_status.run import job
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock, recording

pytestmark = pytest.mark.slow

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]

# Monitors 1 to 5 of the recordings; in "one-down" it is 5 that is down.
COMPONENTS = "Steady things: 1,2; Shaky things: 5"


def values(kuma: ReplayServer, **more: str) -> dict[str, Any]:
    return {
        "UPTIME_KUMA_URL": kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "STATUS_URL": "https://status.example.com/status.json",
        "COMPONENTS": COMPONENTS,
        **more,
    }


def read(directory: Path, name: str) -> Any:
    return json.loads((directory / "public" / name).read_bytes())


def announce(directory: Path, clock: MovableClock, how: Callable[[Announcements], Announcements]) -> None:
    store.change(directory, clock, how)


def test_a_run_publishes_everything_of_one_moment(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    outcome = job.run(make_settings(**values(kuma)), clock, tmp_path)
    public = tmp_path / "public"
    lying = {str(path.relative_to(public)) for path in public.rglob("[!.]*") if path.is_file()}
    assert lying == {document.name for document in outcome.documents if not document.local}
    assert lying >= {"badge.svg", "feed.atom", "calendar.ics", "history.json", "api/v2/incidents/unresolved.json"}
    moment = read(tmp_path, "status.json")["updated_at"]
    assert read(tmp_path, "api/v2/summary.json")["page"]["updated_at"] == moment.replace("Z", ".000Z")
    assert read(tmp_path, "history.json")["updated_at"] == moment
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o004 for path in public.rglob("*"))


def test_components_are_what_their_own_monitors_are(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    job.run(make_settings(**values(kuma)), clock, tmp_path)
    found = {one["name"]: one["status"] for one in read(tmp_path, "history.json")["components"]}
    assert found == {"Steady things": "operational", "Shaky things": "outage"}
    assert read(tmp_path, "status.json")["platform_status"] == "outage"
    days = read(tmp_path, "history.json")["components"][1]["days"]
    assert len(days) == 90
    assert days[0]["uptime_percent"] is None
    assert days[-1]["observed_percent"] > 0


def test_a_feed_lists_every_change_once(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    settings = make_settings(**values(kuma))
    for scenario in ("all-up", "all-up", "one-down", "one-down", "all-up"):
        kuma.recording = recording("v2.5.3", scenario)
        job.run(settings, clock, tmp_path)
        clock.moment += timedelta(minutes=10)
    feed = (tmp_path / "public" / "feed.atom").read_text("utf-8")
    # The outage and its end are those of the incident.
    assert feed.count('<category term="status"') == 1
    assert feed.count('<category term="incident"') == 1
    summary = read(tmp_path, "api/v2/incidents.json")
    assert [one["status"] for one in summary["incidents"]] == ["resolved"]
    assert summary["incidents"][0]["impact"] == "major"


def test_metrics_lie_in_the_state_directory_alone(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    job.run(make_settings(**values(kuma, PUBLISH="status")), clock, tmp_path)
    assert sorted(path.name for path in (tmp_path / "public").iterdir()) == [STAMP, "status.json"]
    path = tmp_path / "status.prom"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    found = {family.name: family.samples for family in text_string_to_metric_families(path.read_text("utf-8"))}
    (now,) = (sample.labels["status"] for sample in found["elytra_status_platform"] if sample.value)
    assert now == "outage"


@pytest.mark.parametrize("version", ["v1.23.17", "v2.5.3"])
def test_no_document_names_a_monitor(
    version: str, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma(version, "one-down", clock=clock.now)
    outcome = job.run(make_settings(**values(kuma)), clock, tmp_path)
    names = {name for report in outcome.assessment.reports for name in report.private_names}
    names |= {monitor.name for report in outcome.assessment.reports for monitor in report.monitors}
    assert len(names) > 5
    for document in outcome.documents:
        text = (" ".join(document.drawn) or document.body.decode()).casefold()
        assert not [name for name in names if name.casefold() in text], document.name
        assert "uptime_kuma" not in text


def test_what_was_said_in_the_past_and_has_become_a_name_since_is_left_out(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    settings = make_settings(**values(kuma))
    outcome = job.run(settings, clock, tmp_path)
    name = next(monitor.name for report in outcome.assessment.reports for monitor in report.monitors)
    now = clock.now().replace(microsecond=0)

    def told(there: Announcements) -> Announcements:
        there = incidents.begin(there, f"{name} is slow.", now, "root")
        there = incidents.update(there, there.last_identifier, "All is slow.", now, "root")
        there = incidents.resolve(there, there.last_identifier, f"{name} is well.", now, "root")
        window = Maintenance("", f"We move {name}.", now - timedelta(hours=3), now - timedelta(hours=2))
        return maintenance.add(there, window, now)

    announce(tmp_path, clock, told)
    clock.moment += timedelta(minutes=10)
    job.run(settings, clock, tmp_path)
    (found,) = read(tmp_path, "api/v2/incidents.json")["incidents"]
    assert found["name"] == "All is slow."
    assert [update["body"] for update in found["incident_updates"]] == ["All is slow."]
    assert read(tmp_path, "api/v2/scheduled-maintenances.json")["scheduled_maintenances"] == []


def test_no_document_says_who_has_said_something(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    now = clock.now().replace(microsecond=0)

    def told(there: Announcements) -> Announcements:
        window = Maintenance("", "Work.", now, now + timedelta(hours=2), "marker-person")
        return maintenance.add(incidents.begin(there, "It is slow.", now, "marker-person"), window, now)

    announce(tmp_path, clock, told)
    outcome = job.run(make_settings(**values(kuma)), clock, tmp_path)
    assert not [document.name for document in outcome.documents if b"marker-person" in document.body]


def test_a_private_address_is_in_no_document(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    address = "http://192.0.2.7/status.json"
    outcome = job.run(make_settings(**values(kuma, STATUS_URL=address)), clock, tmp_path)
    assert not [document.name for document in outcome.documents if b"192.0.2.7" in document.body]
    assert "urn:x-elytra-status:" in (tmp_path / "public" / "feed.atom").read_text("utf-8")


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("https://status.example.com/status.json", "https://status.example.com/"),
        ("https://status.example.com", "https://status.example.com/"),
        ("https://cdn.example.com/site/now.json", "https://cdn.example.com/site/"),
    ],
)
def test_documents_are_found_beside_status_json(
    address: str, folder: str, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    job.run(make_settings(**values(kuma, STATUS_URL=address)), clock, tmp_path)
    assert read(tmp_path, "api/v2/status.json")["page"]["url"] == f"{folder}index.html"
    assert f'href="{folder}feed.atom"' in (tmp_path / "public" / "feed.atom").read_text("utf-8")


def test_a_component_says_when_its_own_status_last_changed(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings(**values(start_kuma("v2.5.3", "all-up", clock=clock.now)))
    job.run(settings, clock, tmp_path)
    before = read(tmp_path, "api/v2/components.json")
    began = clock.now().replace(microsecond=0)
    clock.moment += timedelta(minutes=10)
    settings = make_settings(**values(start_kuma("v2.5.3", "one-down", clock=clock.now)))
    job.run(settings, clock, tmp_path)
    after = read(tmp_path, "api/v2/components.json")
    steady, shaky = zip(*([one["updated_at"] for one in found["components"]] for found in (before, after)), strict=True)
    assert steady[0] == steady[1] == f"{began:%Y-%m-%dT%H:%M:%S}.000Z"
    assert shaky[0] == steady[0] != shaky[1]


def test_announced_maintenance_is_no_change_of_the_status_in_the_feed(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    settings = make_settings(**values(kuma))
    window = Maintenance(
        "", "We replace a switch.", clock.now() + timedelta(minutes=5), clock.now() + timedelta(hours=1)
    )
    announce(tmp_path, clock, lambda there: maintenance.add(there, window, clock.now()))
    published = []
    for minutes in (0, 10, 60):
        clock.moment += timedelta(minutes=minutes)
        outcome = job.run(settings, clock, tmp_path)
        titles = re.findall("<title>(.*?)</title>", (tmp_path / "public" / "feed.atom").read_text("utf-8"))
        published.append((outcome.assessment.decision.status.value, titles[1:]))
    assert published == [
        ("operational", ["The platform is operational", "Planned: Maintenance"]),
        ("degraded", ["In progress: Maintenance", "The platform is operational"]),
        ("operational", ["Completed: Maintenance", "The platform is operational"]),
    ]


def test_the_page_says_how_long_a_component_was_degraded(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    clock.moment = clock.moment.replace(hour=12, minute=0, second=0, microsecond=0)
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    settings = make_settings(**values(kuma, COMPONENTS="Steady: 1,2; Half: 1,5", OUTAGE_THRESHOLD="3"))
    for _ in range(3):
        job.run(settings, clock, tmp_path)
        clock.moment += timedelta(minutes=10)
    page = (tmp_path / "public" / "index.html").read_text("utf-8")
    steady, half = (page.partition(f'id="t{number}"')[2].partition("</table>")[0] for number in (1, 2))
    assert ("Degraded" in steady, "Degraded" in half) == (False, True)
    # Each run waits a minute for its confirmation poll.
    assert re.search(rf">{clock.now():%Y-%m-%d}(<td>1 s)?<td>2[0-3] min<td>", half), half


def test_what_has_been_degraded_since_before_the_chart_counts(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    clock.moment = clock.moment.replace(hour=12, minute=0, second=0, microsecond=0)
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    settings = make_settings(**values(kuma, COMPONENTS="", OUTAGE_THRESHOLD="3"))
    for _ in range(3):
        job.run(settings, clock, tmp_path)
        clock.moment += timedelta(minutes=10)
        with closing(sqlite3.connect(tmp_path / "history.sqlite")) as history, history:
            assert history.execute("UPDATE changes SET time = time - 100 * 86400").rowcount == 1
    page = (tmp_path / "public" / "index.html").read_text("utf-8")
    assert "Degraded" in page.partition('id="t0"')[2].partition("</table>")[0]
