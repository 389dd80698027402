# SPDX-License-Identifier: MIT
"""The documents for machines, read by parsers that others have written."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import feedparser
import icalendar
import pytest
from prometheus_client.parser import text_string_to_metric_families

from elytra_status import leak_guard
from elytra_status.announcements import maintenance
from elytra_status.documents import MODULES, Document, Publication, PublicComponent, Texts, links, render_all
from elytra_status.documents.appearance import COLOURS
from elytra_status.documents.component_names import name_beside
from elytra_status.leak_guard import Private
from elytra_status.model import (
    Announcements,
    Change,
    Impact,
    IncidentPhase,
    IncidentUpdate,
    Maintenance,
    PlatformStatus,
)
from elytra_status.settings.definitions import DOCUMENTS
from elytra_status.system.clock import to_text
from tests.published import ADDRESS, HOSTILE, HOUR, NOW, concluded, published, with_address

STATUSES = list(PlatformStatus)
EVERY_JSON = {
    "badge.json",
    "history.json",
    "api/v2/summary.json",
    "api/v2/status.json",
    "api/v2/components.json",
    "api/v2/incidents.json",
    "api/v2/incidents/unresolved.json",
    "api/v2/scheduled-maintenances.json",
    "api/v2/scheduled-maintenances/upcoming.json",
    "api/v2/scheduled-maintenances/active.json",
}


def documents(given: Publication) -> dict[str, Document]:
    return {document.name: document for document in render_all(given, DOCUMENTS)}


def json_of(given: Publication, name: str) -> Any:
    return json.loads(documents(given)[name].body)


def guarded(found: dict[str, Document], private: Private) -> set[str]:
    """The documents in which the leak guard finds something."""
    return {
        document.name
        for document in found.values()
        if leak_guard.search(document.name, document.body, document.content_type, document.own_words, private)
    }


def names(*words: str) -> Private:
    return Private({}, frozenset(), frozenset(), frozenset(words), (f"{ADDRESS}status.json",))


# All of them


def test_every_document_has_a_word_in_publish() -> None:
    assert set(MODULES) <= set(DOCUMENTS)


def test_status_json_is_the_last_and_always_there() -> None:
    assert [document.name for document in render_all(published(), ("status",)) if not document.local] == ["status.json"]
    assert [document.name for document in render_all(published(), DOCUMENTS)][-1] == "status.json"
    assert len(render_all(published(), ("badge", "card"))) == len(render_all(published(), ("status",))) + 6


def test_all_are_of_the_same_moment() -> None:
    moment = to_text(NOW)
    found = documents(published())
    for name in EVERY_JSON - {"badge.json"} | {"status.json"}:
        value = json.loads(found[name].body)
        of_page = value.get("page", {}).get("updated_at", "").replace(".000Z", "Z")
        assert value.get("updated_at", of_page) == moment, name
    assert f"<updated>{moment}</updated>" in found["feed.atom"].body.decode()
    assert b"LAST-MODIFIED:20251110T153000Z" in found["calendar.ics"].body


def test_no_two_have_the_same_name() -> None:
    found = render_all(published(), DOCUMENTS)
    assert len({document.name for document in found}) == len(found)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("rule", ["all-up", "maintenance"])
@pytest.mark.parametrize("address", [ADDRESS, None])
def test_own_words_are_no_leak_whatever_a_monitor_is_called(
    status: PlatformStatus, rule: str, address: str | None
) -> None:
    given = with_address(published(status, "X", rule), address)
    found = {name: document for name, document in documents(given).items() if not document.local}
    written = " ".join(document.body.decode() for document in found.values())
    words = set(re.findall(r"[^\W\d_]{2,}", written)) - {"Another", "Third", "another", "third"}
    assert len(words) > 100
    # A monitor called xmlns:x is none; and what a public address is made of is public.
    assert guarded(found, names(*words, "Service outage", "Maintenance in progress")) == set()


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_of_a_person_is_searched_for_names(text: str) -> None:
    found = documents(published(text=f"MARKER {text}"))
    with_texts = {name for name, document in found.items() if b"MARKER" in document.body and not document.local}
    assert with_texts >= {"feed.atom", "calendar.ics", "history.json", "api/v2/summary.json"}
    assert guarded(found, names("Marker")) >= with_texts


def test_a_name_that_a_calendar_folds_or_escapes_is_found() -> None:
    found = documents(published(text="x" * 40 + " Acme, Shops; and Sons " + "y" * 40))
    assert b"\r\n " in found["calendar.ics"].body
    assert "calendar.ics" in guarded(found, names("Acme, Shops; and Sons"))
    secret = Private({"KEY": "sekr,et;\\of-the-platform" * 4}, frozenset(), frozenset(), frozenset())
    assert "calendar.ics" in guarded(documents(published(text=f"is {secret.secrets['KEY']}")), secret)


def test_a_name_that_a_feed_escapes_is_found() -> None:
    assert "feed.atom" in guarded(documents(published(text="At <Smith & Sons> now")), names("Smith & Sons"))


# badge


@pytest.mark.parametrize("status", STATUSES)
def test_the_badge_is_a_picture_of_the_status(status: PlatformStatus) -> None:
    root = ET.fromstring(documents(published(status))["badge.svg"].body)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["status", published(status).headline.text]
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert published(status).headline.text in root.attrib["aria-label"]
    assert b"http" not in documents(published(status))["badge.svg"].body.replace(b"http://www.w3.org/2000/svg", b"")


def test_badges_show_the_time_where_that_is_set() -> None:
    given = published()
    given = replace(given, texts=replace(given.texts, badge_time=True))
    assert json_of(given, "badge.json")["message"] == f"{given.headline.text} · 2025-11-10 15:30 UTC"
    for name in ("badge.svg", "components/third.svg"):
        assert b"2025-11-10 15:30 UTC" in documents(given)[name].body


@pytest.mark.parametrize(("style", "radius"), [("flat", "3"), ("flat-square", "0")])
def test_badges_have_the_style_that_is_set(style: str, radius: str) -> None:
    given = published()
    given = replace(given, texts=replace(given.texts, badge_style=style))
    assert json_of(given, "badge.json")["style"] == style
    for name in ("badge.svg", "components/third.svg"):
        first, *_ = ET.fromstring(documents(given)[name].body).iter("{http://www.w3.org/2000/svg}rect")
        assert first.attrib["rx"] == radius


def test_each_component_has_a_badge_with_its_name_and_state() -> None:
    found = documents(published(text="Web sites"))
    texts = {
        name: [one.text for one in ET.fromstring(found[name].body).iter("{http://www.w3.org/2000/svg}text")]
        for name in found
        if name.startswith("components/") and name.endswith(".svg")
    }
    assert texts == {
        "components/web-sites.svg": ["Web sites", "Maintenance"],
        "components/another-web-sites.svg": ["Another Web sites", "Outage"],
        "components/third.svg": ["Third", "Unknown"],
    }


def test_the_name_of_a_component_is_searched_in_its_badge() -> None:
    assert "components/acme.svg" in guarded(documents(published(text="Acme")), names("Acme"))


@pytest.mark.parametrize("colour", COLOURS.values())
def test_white_can_be_read_on_every_colour(colour: str) -> None:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize("status", STATUSES)
def test_the_badge_for_shields_is_as_shields_wants_it(status: PlatformStatus) -> None:
    endpoint = json_of(published(status), "badge.json")
    # https://shields.io/badges/endpoint-badge: these are required, and no other key may be there.
    assert {"schemaVersion", "label", "message"} <= endpoint.keys()
    assert endpoint.keys() <= {
        "schemaVersion", "label", "message", "color", "labelColor", "isError", "namedLogo", "logoSvg", "logoColor",
        "logoSize", "style", "cacheSeconds",
    }  # fmt: skip
    assert endpoint["schemaVersion"] == 1
    assert endpoint["message"].startswith(published(status).headline.text)
    assert re.fullmatch("#[0-9a-f]{6}", endpoint["color"])
    assert endpoint["cacheSeconds"] >= 300
    assert endpoint["isError"] is (status is PlatformStatus.UNKNOWN)


# feed


def feed(given: Publication) -> Any:
    body = documents(given)["feed.atom"].body
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def test_the_feed_lists_incidents_maintenance_and_changes_of_status_newest_first() -> None:
    parsed = feed(published())
    told = [(entry.tags[0].term, entry.updated) for entry in parsed.entries]
    assert sorted(kind for kind, _ in told) == ["incident"] * 2 + ["maintenance"] * 3 + ["status"]
    assert [moment for _, moment in told] == sorted((moment for _, moment in told), reverse=True)
    assert parsed.feed.id == "https://status.example.com/feed.atom"
    assert {link.rel: link.href for link in parsed.feed.links} == {
        "self": "https://status.example.com/feed.atom",
        "alternate": "https://status.example.com/index.html",
    }


@pytest.mark.parametrize("address", [ADDRESS, None])
def test_the_feed_has_what_atom_asks_for(address: str | None) -> None:
    """As RFC 4287 has it: exactly one each, moments in full, ids that are IRIs and unlike one another."""
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(documents(with_address(published(), address))["feed.atom"].body)
    entries = root.findall(f"{atom}entry")
    for element in (root, *entries):
        for tag in ("id", "title", "updated"):
            assert len(element.findall(f"{atom}{tag}")) == 1
    assert len(root.findall(f"{atom}author")) == 1
    for entry in entries:
        (content,) = entry.findall(f"{atom}content")
        (only,) = list(content)
        assert (content.attrib["type"], only.tag) == ("xhtml", "{http://www.w3.org/1999/xhtml}div")
    moments = [element.text for tag in ("updated", "published") for element in root.iter(f"{atom}{tag}")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment or "") for moment in moments)
    identifiers = [element.text or "" for element in root.iter(f"{atom}id")]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"(https|urn):[^\s]+", identifier) for identifier in identifiers)


def test_what_a_feed_calls_something_stays_as_time_goes_on() -> None:
    before = published()
    later = replace(
        before,
        now=NOW + 48 * HOUR,
        changes=(*before.changes, Change(NOW + HOUR, PlatformStatus.OUTAGE)),
        announcements=replace(
            before.announcements,
            incidents=tuple(
                replace(one, resolved=one.resolved or NOW + HOUR) for one in before.announcements.incidents
            ),
        ),
    )
    first, second = ({entry.id: entry for entry in feed(given).entries} for given in (before, later))
    assert first.keys() < second.keys()
    assert len(second) == len(first) + 1
    assert {entry.published for entry in first.values()} <= {entry.published for entry in second.values()}


def test_a_run_without_news_changes_no_entry() -> None:
    before = published()
    after = replace(before, now=NOW + timedelta(minutes=10))
    assert [dict(entry) for entry in feed(before).entries] == [dict(entry) for entry in feed(after).entries]


def test_a_feed_without_entries_is_valid() -> None:
    bare = replace(published(), announcements=Announcements(), changes=())
    assert feed(bare).entries == []


@pytest.mark.parametrize("text", [*HOSTILE, pytest.param("\x00\x0b\ufffe is no XML", id="not XML")])
def test_a_feed_shows_every_text_as_text(text: str) -> None:
    parsed = feed(published(text=text))
    assert len(parsed.entries) == 6
    root = ET.fromstring(documents(published(text=text))["feed.atom"].body)
    shown = [element.text for element in root.iter("{http://www.w3.org/1999/xhtml}dd")]
    expected = re.sub("[\x00\x0b\ufffe]", "\ufffd", text)
    assert shown.count(expected) == 6
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "feed", "id", "title", "updated", "published", "author", "name", "generator", "link", "entry", "category",
        "content", "div", "h2", "p", "dl", "dt", "dd", "subtitle",
    }  # fmt: skip
    assert all(len(entry.title) <= 120 for entry in parsed.entries)


def test_a_feed_names_state_and_times_in_words_and_has_one_entry_for_an_incident() -> None:
    given = published(text="Mail is slow.")
    titles = {entry.title: entry for entry in feed(given).entries}
    assert titles.keys() == {
        "Planned: Maintenance", "In progress: Maintenance", "Completed: Maintenance",
        "Investigating: Mail is slow.", "Resolved: Mail is slow.", "The platform is operational",
    }  # fmt: skip
    (content,) = titles["Resolved: Mail is slow."].content
    for words in (
        "Resolved. Major impact. 8 Nov 2025, 13:30 UTC to 8 Nov 2025, 14:30 UTC, 1 hour.",
        "8 Nov 2025, 14:30 UTC: Resolved",
        "8 Nov 2025, 13:30 UTC: Investigating",
    ):
        assert words in content.value


def test_what_the_jobs_incident_shows_is_no_entry_of_its_own() -> None:
    """The outage of 50 hours ago opened it, and its end resolved it: two readers' notices, not four."""
    by_person = replace(published().announcements.incidents[0], automatic=False)
    given = published()
    told = [entry.tags[0].term for entry in feed(given).entries]
    others = feed(replace(given, announcements=replace(given.announcements, incidents=(by_person,)))).entries
    assert told.count("status") == 1
    assert [entry.tags[0].term for entry in others].count("status") == 3


def test_no_two_entries_of_a_feed_have_one_date() -> None:
    moments = [Change(NOW - HOUR, status) for status in PlatformStatus]
    given = replace(published(), changes=(*moments, Change(NOW - HOUR + timedelta(seconds=1), PlatformStatus.OUTAGE)))
    dates = [entry.updated for entry in feed(given).entries]
    assert len(dates) == 10
    assert dates == sorted(set(dates), reverse=True)


def test_an_entry_leads_to_the_page_of_its_incident() -> None:
    given = published()
    given = replace(given, texts=replace(given.texts, other_forms=links(("incidents",))))
    found = {entry.tags[0].term: entry.link for entry in feed(given).entries}
    assert found["status"] == "https://status.example.com/index.html"
    assert found["incident"].startswith("https://status.example.com/incidents/2025-11-")
    (now, _) = json_of(given, "history.json")["incidents"]
    assert now["url"] == f"{ADDRESS}incidents/2025-11-10-1.html"


def test_a_component_has_a_feed_of_what_concerns_it() -> None:
    given = published()
    first, second = given.announcements.incidents
    everywhere, here, elsewhere = given.announcements.maintenance
    announcements = replace(
        given.announcements,
        incidents=(replace(first, components=("Web & Mail",)), replace(second, components=("Third",))),
        maintenance=(everywhere, replace(here, components=("Web & Mail",)), replace(elsewhere, components=("Third",))),
    )
    named = replace(given.components[0], name="Web & Mail")
    given = replace(given, announcements=announcements, components=(named, *given.components[1:]))
    parsed = feedparser.parse(documents(given)["components/web-mail.atom"].body)
    assert parsed.feed.title == "Sites load slowly.: Web & Mail"
    assert parsed.feed.id == "https://status.example.com/components/web-mail.atom"
    identifiers = [entry.id.partition("#")[2] for entry in parsed.entries]
    assert identifiers == ["maintenance-2025-11-09-1", "incident-2025-11-08-1", "maintenance-2025-11-01-1"]


def test_components_with_similar_names_have_documents_of_their_own() -> None:
    names = ["Web Sites", "web-sites", "Zürich", "メール", "データ", "x" * 200, "../../etc"]
    given = replace(published(), components=tuple(PublicComponent(name, PlatformStatus.OUTAGE) for name in names))
    found = [name_beside(given, one, "atom") for one in given.components]
    assert len(set(found)) == len(names)
    assert found[2] == "components/zurich.atom"
    assert found[6] == "components/etc.atom"
    assert all(re.fullmatch(r"components/[a-z0-9][a-z0-9-]{1,70}\.atom", name) for name in found)


# calendar


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


# history.json


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


# status.prom


def metrics(given: Publication) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    families = text_string_to_metric_families(documents(given)["status.prom"].body.decode())
    return {
        family.name: {frozenset(sample.labels.items()): sample.value for sample in family.samples}
        for family in families
    }


@pytest.mark.parametrize("status", STATUSES)
def test_prometheus_reads_the_metrics(status: PlatformStatus) -> None:
    found = metrics(published(status, "Websites"))
    platform = found["elytra_status_platform"]
    assert [dict(labels)["status"] for labels, value in platform.items() if value == 1] == [status.value]
    assert sum(platform.values()) == 1
    assert len(platform) == 4
    parts = {dict(labels)["component"] for labels in found["elytra_status_component"]}
    assert parts == {"Websites", "Another Websites", "Third"}
    assert found["elytra_status_updated_timestamp_seconds"] == {frozenset(): NOW.timestamp()}
    assert found["elytra_status_uptime_ratio"][frozenset({("window", "7d")})] == pytest.approx(0.9998)
    assert frozenset({("window", "30d")}) not in found["elytra_status_uptime_ratio"]
    assert found["elytra_status_open_incidents"] == {frozenset(): 1}


@pytest.mark.parametrize("text", HOSTILE)
def test_metrics_hold_every_text_as_text(text: str) -> None:
    parts = {dict(labels)["component"] for labels in metrics(published(text=text))["elytra_status_component"]}
    assert text in parts


def test_metrics_stay_on_this_machine() -> None:
    assert [document.name for document in documents(published()).values() if document.local] == ["status.prom"]


# api/v2


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
    assert json_of(published(), "api/v2/incidents.json")["incidents"][0]["shortlink"] == ADDRESS


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
