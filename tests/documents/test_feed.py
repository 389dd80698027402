# SPDX-License-Identifier: MIT
"""The feeds, read by a parser that others have written."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest

from elytra_status.documents import Publication, PublicComponent, links
from elytra_status.documents.component_names import name_beside
from elytra_status.model import Announcements, Change, Maintenance, PlatformStatus
from tests.published import ADDRESS, HOSTILE, HOUR, NOW, published, with_address
from tests.rendered import documents, json_of


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


def at_work(*hours_and_changes: tuple[float, PlatformStatus, bool], announced: bool = True) -> list[str]:
    """Return the titles of changes, oldest first, with maintenance from two hours ago until one hour ago."""
    changes = tuple(Change(NOW + hours * HOUR, status, work) for hours, status, work in hours_and_changes)
    window = Maintenance("2025-11-10-1", "We replace a switch.", NOW - 2 * HOUR, NOW - HOUR)
    announcements = Announcements(maintenance=(window,) if announced else ())
    given = replace(published(), changes=changes, announcements=announcements)
    return [entry.title for entry in reversed(feed(given).entries) if entry.tags[0].term == "status"]


def test_a_change_that_announced_maintenance_alone_explains_is_no_entry() -> None:
    up, work = (-3, PlatformStatus.OPERATIONAL, False), (-2, PlatformStatus.DEGRADED, True)
    again = (-1, PlatformStatus.OPERATIONAL, False)
    operational, degraded = "The platform is operational", "Part of the platform does not work as it should"
    assert at_work(up, work, again) == [operational]
    # The first change of the record.
    assert at_work(work, again) == []
    # A fault during the work, and one after it.
    wrong, well = (-1.5, PlatformStatus.DEGRADED, False), (-1.2, PlatformStatus.DEGRADED, True)
    assert at_work(up, work, wrong, well, again) == [operational, degraded, operational]
    assert at_work(up, work, (-1, PlatformStatus.DEGRADED, False)) == [operational, degraded]
    # A fault from before the work ends with it.
    before = (-2.5, PlatformStatus.DEGRADED, False)
    assert at_work(up, before, work, again) == [operational, degraded, operational]


def test_maintenance_that_only_the_monitoring_system_has_announced_is_an_entry_that_says_so() -> None:
    changes = [(-2, PlatformStatus.DEGRADED, True), (-1, PlatformStatus.OPERATIONAL, False)]
    titles = ["Maintenance is in progress", "The platform is operational"]
    assert at_work(*changes, announced=False) == titles


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
