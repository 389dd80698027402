# SPDX-License-Identifier: MIT
"""The documents of api/v2, in the format of Statuspage."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import pytest

from elytra_status.documents import Publication, PublicComponent, Texts, links
from elytra_status.model import Announcements, Impact, IncidentPhase, IncidentUpdate, PlatformStatus
from tests.published import ADDRESS, HOSTILE, HOUR, NOW, concluded, published
from tests.rendered import EVERY_JSON, documents, guarded, json_of, names


@pytest.mark.parametrize(
    ("status", "rule", "indicator", "component"),
    [
        (PlatformStatus.OPERATIONAL, "all-up", "none", "operational"),
        (PlatformStatus.DEGRADED, "some-down", "minor", "degraded_performance"),
        (PlatformStatus.DEGRADED, "maintenance", "maintenance", "under_maintenance"),
        (PlatformStatus.OUTAGE, "outage", "major", "major_outage"),
        (PlatformStatus.UNKNOWN, "no-answer", "minor", "degraded_performance"),
    ],
)
def test_our_words_are_statuspages(status: PlatformStatus, rule: str, indicator: str, component: str) -> None:
    given = published(status, rule=rule)
    part = replace(given.components[0], status=status, in_maintenance=rule == "maintenance")
    at_work = given.announcements.maintenance if part.in_maintenance else ()
    given = replace(given, components=(part,), announcements=Announcements(maintenance=at_work))
    given = concluded(given)
    for name in ("status", "summary"):
        found = json_of(given, f"api/v2/{name}.json")["status"]
        assert found == {"indicator": indicator, "description": given.headline.text}
    assert json_of(given, "api/v2/components.json")["components"][0]["status"] == component


@pytest.mark.parametrize("text", HOSTILE)
def test_json_holds_every_text_as_text(text: str) -> None:
    found = documents(published(text=text))
    for name in EVERY_JSON:
        json.loads(found[name].body)
    summary = json.loads(found["api/v2/summary.json"].body)
    assert summary["components"][0]["name"] == text
    assert {update["body"] for update in summary["incidents"][0]["incident_updates"]} == {text}


def test_which_incidents_and_maintenance_are_where() -> None:
    given = published()

    def dates(name: str, what: str = "scheduled_maintenances") -> list[str]:
        return [one["created_at"] for one in json_of(given, f"api/v2/{name}.json")[what]]

    assert len(dates("incidents", "incidents")) == 2
    assert dates("incidents/unresolved", "incidents") == dates("summary", "incidents") == ["2025-11-10T13:30:00.000Z"]
    assert len(dates("scheduled-maintenances")) == 3
    upcoming, active = dates("scheduled-maintenances/upcoming"), dates("scheduled-maintenances/active")
    assert (upcoming, active) == (["2025-11-10T00:00:00.000Z"], ["2025-11-09T00:00:00.000Z"])
    assert dates("summary") == [*upcoming, *active]


def test_incidents_and_maintenance_have_the_format_of_statuspage() -> None:
    found = json_of(published(), "api/v2/incidents.json")["incidents"]
    assert [one["status"] for one in found] == ["investigating", "resolved"]
    assert [one["impact"] for one in found] == ["minor", "major"]
    assert [update["status"] for update in found[1]["incident_updates"]] == ["resolved", "investigating"]
    assert found[1]["resolved_at"] == "2025-11-08T14:30:00.000Z"
    windows = json_of(published(), "api/v2/scheduled-maintenances.json")["scheduled_maintenances"]
    assert [one["status"] for one in windows] == ["scheduled", "in_progress", "completed"]
    assert windows[0]["scheduled_for"] == "2025-11-11T15:30:00.000Z"
    for one in (*found, *windows):
        assert all(update["incident_id"] == one["id"] for update in one["incident_updates"])
        assert one["updated_at"] == one["incident_updates"][0]["updated_at"]


def test_an_incident_has_phases_components_and_a_page_as_statuspages_have() -> None:
    given = published()
    past, now = given.announcements.incidents
    updates = (
        replace(now.updates[0], phase=IncidentPhase.IDENTIFIED),
        replace(now.updates[1], phase=IncidentPhase.MONITORING),
    )
    now = replace(now, updates=updates, title="Mail is delayed", components=("Third", "Former"), impact=Impact.CRITICAL)
    past = replace(past, postmortem=IncidentUpdate(NOW - 40 * HOUR, "A disk.\n\nIt is larger now."))
    texts = replace(given.texts, other_forms=links(("incidents",)))
    given = replace(given, texts=texts, announcements=replace(given.announcements, incidents=(past, now)))
    first, second = json_of(given, "api/v2/incidents.json")["incidents"]
    assert (first["name"], first["status"], first["impact"]) == ("Mail is delayed", "monitoring", "critical")
    assert [update["status"] for update in first["incident_updates"]] == ["monitoring", "identified"]
    assert first["monitoring_at"] == "2025-11-10T14:30:00.000Z"
    components = json_of(given, "api/v2/components.json")["components"]
    assert first["components"] == [components[2]]
    assert first["shortlink"] == f"{ADDRESS}incidents/2025-11-10-1.html"
    assert (second["status"], second["resolved_at"]) == ("postmortem", "2025-11-08T14:30:00.000Z")
    assert second["incident_updates"][0]["body"] == "A disk.\n\nIt is larger now."
    assert [update["status"] for update in second["incident_updates"]] == ["postmortem", "resolved", "investigating"]
    (upcoming,) = json_of(given, "api/v2/scheduled-maintenances/upcoming.json")["scheduled_maintenances"]
    assert upcoming["shortlink"] == f"{ADDRESS}incidents/2025-11-10-2.html"
    assert json_of(published(), "api/v2/incidents.json")["incidents"][0]["shortlink"] == f"{ADDRESS}index.html"


def test_the_page_is_index_html_and_keeps_its_identifier() -> None:
    found = json_of(published(), "api/v2/summary.json")
    assert found["page"]["url"] == f"{ADDRESS}index.html"
    # Clients store it.
    assert found["page"]["id"] == hashlib.sha256(ADDRESS.encode()).hexdigest()[:12]
    assert {one["page_id"] for one in found["components"]} == {found["page"]["id"]}


def test_every_time_has_milliseconds_and_none_is_taken_for_a_name() -> None:
    found = [document for name, document in documents(published()).items() if name.startswith("api/")]
    times = [time for document in found for time in re.findall(r"\d{4}-\d\d-\d\dT[^\"]*", document.body.decode())]
    assert len(times) > 50
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", time) for time in times)
    assert guarded({document.name: document for document in found}, names("2025", "30", "11", "000Z")) == set()


def test_without_an_address_and_components_the_set_is_whole() -> None:
    bare = replace(published(), components=(), texts=Texts())
    assert json_of(bare, "api/v2/summary.json")["page"]["name"] == "Platform status"
    assert json_of(bare, "api/v2/components.json")["components"] == []


def test_components_have_descriptions_and_groups_as_statuspage_has_them() -> None:
    given = published()
    parts = tuple(
        PublicComponent(name, status, description=description, group=group)
        for name, status, description, group in (
            ("Websites", PlatformStatus.OPERATIONAL, "Sites of all clients", "Hosting"),
            ("Support", PlatformStatus.OPERATIONAL, "", ""),
            ("Hosting", PlatformStatus.DEGRADED, "The panel", "Hosting"),
            ("DNS", PlatformStatus.UNKNOWN, "Our name servers", "Network"),
        )
    )
    given = replace(given, components=parts)
    found = json_of(given, "api/v2/components.json")["components"]
    assert found == json_of(given, "api/v2/summary.json")["components"]
    assert [(one["name"], one["group"], one["position"], one["status"], one["description"]) for one in found] == [
        ("Websites", False, 1, "operational", "Sites of all clients"),
        ("Support", False, 2, "operational", None),
        # Positions are those in the group, or on the page.
        ("Hosting", False, 2, "degraded_performance", "The panel"),
        # Programs compare this description.
        ("DNS", False, 1, "degraded_performance", "Status unknown"),
        ("Hosting", True, 1, "degraded_performance", None),
        ("Network", True, 3, "degraded_performance", "Status unknown"),
    ]
    websites, _, panel, _, hosting, network = found
    assert hosting["components"] == [websites["id"], panel["id"]]
    assert [one["group_id"] for one in found] == [hosting["id"], None, hosting["id"], network["id"], None, None]
    assert len({one["id"] for one in found}) == 6
    worst = replace(parts[0], status=PlatformStatus.DEGRADED, in_maintenance=True)
    found = json_of(replace(given, components=(worst,)), "api/v2/components.json")["components"]
    assert [one["status"] for one in found] == ["under_maintenance"] * 2
    # An incident lists components, and no group of the same name.
    (incident, *_) = given.announcements.incidents
    named = replace(given.announcements, incidents=(replace(incident, components=("Hosting",)),))
    (found,) = json_of(replace(given, announcements=named), "api/v2/incidents.json")["incidents"]
    assert [one["group"] for one in found["components"]] == [False]


def test_the_times_of_a_component_are_its_own() -> None:
    given = published()
    first, second, third = given.components
    grouped = (replace(first, group="A", changed=NOW - 9 * HOUR), replace(second, group="A", changed=NOW - HOUR), third)

    def times(given: Publication) -> list[tuple[str, str]]:
        found = json_of(given, "api/v2/components.json")["components"]
        return [(one["created_at"], one["updated_at"]) for one in found]

    given = replace(given, components=grouped, updated=NOW - 2 * HOUR)
    created = {one for one, _ in times(given)}
    assert [updated for _, updated in times(given)] == [
        "2025-11-10T06:30:00.000Z",
        "2025-11-10T14:30:00.000Z",
        # Without a record, that of the page.
        "2025-11-10T13:30:00.000Z",
        "2025-11-10T14:30:00.000Z",
    ]
    assert {one for one, _ in times(replace(given, updated=None, now=NOW + HOUR))} == created
    assert len(created) == 1
