# SPDX-License-Identifier: MIT
"""The calendar, read by a parser that others have written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import icalendar
import pytest

from elytra_status.announcements import maintenance
from elytra_status.documents import Publication
from elytra_status.model import Announcements, Maintenance
from tests.published import HOSTILE, HOUR, NOW, published
from tests.rendered import documents


def events(given: Publication) -> list[Any]:
    body = documents(given)["calendar.ics"].body
    assert body.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    (calendar,) = icalendar.Calendar.from_ical(body, multiple=True)
    assert calendar.errors == []
    assert {str(calendar[name]) for name in ("VERSION", "PRODID")} == {"2.0", "-//elytra-status//calendar//EN"}
    assert calendar.subcomponents
    return list(calendar.walk("VEVENT"))


def test_the_calendar_holds_maintenance() -> None:
    found = events(published())
    assert [(event.decoded("DTSTART"), event.decoded("DTEND")) for event in found] == [
        (NOW - 100 * HOUR, NOW - 98 * HOUR),
        (NOW - HOUR, NOW + HOUR),
        (NOW + 24 * HOUR, NOW + 26 * HOUR),
    ]
    assert str(found[2]["UID"]) == "maintenance-2025-11-10-2@status.example.com"
    assert len({str(event["UID"]) for event in found}) == 3
    assert all(event.decoded("DTSTAMP") <= NOW for event in found)


def test_the_calendar_takes_out_cancelled_maintenance_and_counts_changes() -> None:
    there = Announcements()
    for begins in (-2, 1, 2):
        window = Maintenance("", "Work.", NOW + begins * HOUR, NOW + begins * HOUR + 4 * HOUR)
        there = maintenance.add(there, window, NOW - 3 * HOUR)
    for number in (1, 2):
        there = maintenance.remove(there, f"2025-11-10-{number}", NOW - HOUR)
    found = {str(event["UID"]).split("@")[0]: event for event in events(replace(published(), announcements=there))}
    ended, cancelled, planned = (found[f"maintenance-2025-11-10-{number}"] for number in (1, 2, 3))
    assert [(str(event["STATUS"]), event["SEQUENCE"]) for event in (ended, cancelled, planned)] == [
        ("CONFIRMED", 1), ("CANCELLED", 1), ("CONFIRMED", 0),
    ]  # fmt: skip
    assert ended.decoded("DTEND") == NOW - HOUR
    assert [event.decoded("DTSTAMP") for event in (ended, cancelled, planned)] == [
        NOW - HOUR, NOW - HOUR, NOW - 3 * HOUR,
    ]  # fmt: skip


def test_a_calendar_without_maintenance_is_one() -> None:
    assert events(replace(published(), announcements=Announcements())) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_calendar_shows_every_text_as_text(text: str) -> None:
    found = events(published(text=text))
    assert [str(event["DESCRIPTION"]) for event in found] == [text] * 3
    assert all(event.errors == [] for event in found)
    assert all(len(str(event["SUMMARY"])) <= 120 for event in found)


def test_maintenance_that_was_announced_later_that_day_has_a_time_that_is_not_to_come() -> None:
    early = datetime(2025, 11, 10, 0, 0, tzinfo=NOW.tzinfo)
    window = Maintenance("2025-11-11-1", "Clock set back.", early + 50 * HOUR, early + 51 * HOUR)
    given = replace(published(), now=early, announcements=Announcements(maintenance=(window,)))
    (event,) = events(given)
    assert event.decoded("DTSTAMP") == early


def test_every_document_for_people_and_programs_shows_the_title_of_maintenance() -> None:
    given = published()
    windows = tuple(replace(one, title="New disks") for one in given.announcements.maintenance)
    found = documents(replace(given, announcements=replace(given.announcements, maintenance=windows)))
    for name in ("index.html", "feed.atom", "calendar.ics", "history.json", "api/v2/scheduled-maintenances.json"):
        assert found[name].body.count(b"New disks") >= 3, name
    untitled = json.loads(documents(given)["history.json"].body)["maintenance"]
    assert [one["title"] for one in untitled] == ["Maintenance"] * 3
