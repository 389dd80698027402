# SPDX-License-Identifier: MIT
"""history.json: incidents, maintenance and days."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from elytra_status.announcements.incidents import ENDED_TEXT
from elytra_status.decision.notices import NO_MAINTENANCE_TEXT
from elytra_status.locale import find_language
from elytra_status.model import Announcements, IncidentPhase, IncidentUpdate, PlatformStatus
from tests.published import concluded, published
from tests.rendered import documents, guarded, json_of, names


def test_the_history_holds_incidents_and_maintenance_with_all_that_is_known_of_them() -> None:
    content = json_of(published(text="Mail is slow."), "history.json")
    now, past = content["incidents"]
    assert (now["title"], now["phase"], now["resolved_at"], now["duration_seconds"]) == (
        "Mail is slow.", "investigating", None, None,
    )  # fmt: skip
    assert [update["at"] for update in now["updates"]] == ["2025-11-10T13:30:00Z", "2025-11-10T14:30:00Z"]
    assert (past["phase"], past["impact"], past["automatic"]) == ("resolved", "major", True)
    assert (past["resolved_at"], past["duration_seconds"]) == ("2025-11-08T14:30:00Z", 3600)
    assert [one["state"] for one in content["maintenance"]] == ["planned", "in_progress", "completed"]


def test_the_history_is_by_day_and_component() -> None:
    content = json_of(published(text="Websites"), "history.json")
    assert content["updated_at"] == "2025-11-10T15:30:00Z"
    assert content["stale_after"] == "2025-11-10T20:00:00Z"
    assert content["platform"]["uptime"] == {"last_24h": 100.0, "last_7d": 99.98, "last_30d": None, "last_90d": 99.9}
    days = content["platform"]["days"]
    assert len(days) == 90
    assert (days[0]["date"], days[-1]["date"]) == ("2025-08-13", "2025-11-10")
    assert days[0]["uptime_percent"] is None
    assert days[-8] == {
        "date": "2025-11-03",
        "uptime_percent": 99.5,
        "observed_percent": 100.0,
        "up_seconds": 85968,
        "down_seconds": 432,
    }
    assert [one["name"] for one in content["components"]] == ["Websites", "Another Websites", "Third"]
    assert [one["status"] for one in content["components"]] == ["degraded", "outage", "unknown"]
    assert content["components"][0]["days"] == days


def test_history_json_says_how_long_a_day_was_degraded() -> None:
    given = published()
    *before, today = given.components[0].days
    component = replace(given.components[0], days=(*before, replace(today, degraded=90)))
    given = replace(given, days=(*before, replace(today, degraded=60)), components=(component,))
    content = json.loads(documents(given)["history.json"].body)
    for part, seconds in ((content["platform"], 60), (content["components"][0], 90)):
        assert [day["degraded_seconds"] for day in part["days"] if "degraded_seconds" in day] == [seconds]
        assert part["days"][-1]["degraded_seconds"] == seconds


@pytest.mark.parametrize(
    ("status", "rule", "in_maintenance"),
    [
        (PlatformStatus.DEGRADED, "maintenance", True),
        (PlatformStatus.DEGRADED, "some-down", False),
        (PlatformStatus.OUTAGE, "outage", False),
        # The headline of announced work stays if an override says operational.
        (PlatformStatus.OPERATIONAL, "override", True),
    ],
)
def test_history_json_says_whether_maintenance_alone_is_shown(
    status: PlatformStatus, rule: str, in_maintenance: bool
) -> None:
    given = published(status, rule=rule)
    content = json_of(given, "history.json")
    assert content["platform"]["in_maintenance"] is in_maintenance
    assert (given.headline.code == "maintenance") is in_maintenance
    quiet = concluded(replace(published(), announcements=Announcements(), components=()))
    assert json_of(quiet, "history.json")["platform"]["in_maintenance"] is False


def test_history_json_is_in_the_language_of_the_feed_and_the_api() -> None:
    given = published()
    first, open_now = given.announcements.incidents
    ended = IncidentUpdate(first.updates[-1].time, ENDED_TEXT, phase=IncidentPhase.RESOLVED)
    first = replace(first, components=("Third",), updates=(first.updates[0], ended))
    window = replace(given.announcements.maintenance[0], components=("Third",), text=NO_MAINTENANCE_TEXT)
    announcements = replace(given.announcements, incidents=(first, open_now), maintenance=(window,))
    given = replace(given, announcements=announcements, texts=replace(given.texts, language=find_language("de")))
    content = json_of(given, "history.json")
    _, incident = content["incidents"]
    (maintenance,) = content["maintenance"]
    assert (incident["title"], maintenance["title"]) == ("Third nicht verfügbar", "Wartung: Third")
    assert incident["phase"] == "resolved"
    in_api = json_of(given, "api/v2/incidents.json")["incidents"][1]
    assert incident["title"] == in_api["name"]
    assert incident["updates"][-1]["text"] == in_api["incident_updates"][0]["body"] != ENDED_TEXT
    (in_api,) = json_of(given, "api/v2/scheduled-maintenances.json")["scheduled_maintenances"]
    assert maintenance["text"] == in_api["incident_updates"][0]["body"] != NO_MAINTENANCE_TEXT
    found = {name: one for name, one in documents(given).items() if name == "history.json"}
    assert guarded(found, names(incident["updates"][-1]["text"], maintenance["text"])) == set()


def test_history_json_has_maintenance_of_days_and_groups_of_components() -> None:
    given = published()
    *before, today = given.days
    grouped = replace(given.components[0], group="Hosting", description="Sites of all clients")
    given = replace(given, days=(*before, replace(today, maintenance=600)), components=(grouped, given.components[1]))
    content = json_of(given, "history.json")
    assert [one["maintenance_seconds"] for one in content["platform"]["days"] if "maintenance_seconds" in one] == [600]
    assert content["platform"]["days"][-1]["maintenance_seconds"] == 600
    first, second = content["components"]
    assert (first["group"], first["description"]) == ("Hosting", "Sites of all clients")
    assert not {"group", "description"} & second.keys()
