# SPDX-License-Identifier: MIT
"""Pages of incidents and maintenance, and their archive by month."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import fields, replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from elytra_status.documents import Document, Publication, Texts, links, subscriptions
from elytra_status.documents.appearance import asset
from elytra_status.documents.facts import ArchivePlan
from elytra_status.documents.incident_addresses import address_of_page
from elytra_status.documents.incident_pages import render
from elytra_status.locale import ENGLISH, find_language
from elytra_status.model import Announcements, Impact, Incident, IncidentPhase, IncidentUpdate, Maintenance
from tests.published import HOSTILE, HOUR, NOW, published, with_address

DAY = timedelta(days=1)


class Read(HTMLParser):
    """What a page says: its texts, the attributes of each element, and the values of its metadata."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.meta: dict[str, str | None] = {}
        self.feed(document.body.decode())
        self.text = " ".join(" ".join(self.words).split()).replace(" ,", ",")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "meta":
            self.meta[given.get("property") or given.get("name") or ""] = given.get("content")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def links(self) -> list[str | None]:
        return [given["href"] for tag, given in self.elements if tag == "a"]


def pages(given: Publication) -> dict[str, Read]:
    return {document.name: Read(document) for document in render(given)}


def with_announcements(*incidents: Incident, **more: tuple[Maintenance, ...]) -> Publication:
    return replace(published(), announcements=Announcements(incidents=incidents, **more))


def incident(identifier: str, opened: datetime, **more: object) -> Incident:
    return replace(Incident(identifier, opened, (IncidentUpdate(opened, "It is slow."),)), **more)  # type: ignore[arg-type]


FULL = incident(
    "2025-11-10-1",
    NOW - 2 * HOUR,
    updates=(
        IncidentUpdate(NOW - 2 * HOUR, "Mail is slow."),
        IncidentUpdate(NOW - HOUR, "A disk is full.", phase=IncidentPhase.IDENTIFIED),
        IncidentUpdate(NOW, "It is over.", phase=IncidentPhase.RESOLVED),
    ),
    resolved=NOW - timedelta(minutes=25),
    title="Mail is delayed",
    components=("Mail", "DNS"),
    impact=Impact.CRITICAL,
    postmortem=IncidentUpdate(NOW, "A disk was full.\n\nIt is\nlarger now."),
)


def test_a_page_shows_all_that_is_known_of_an_incident() -> None:
    page = pages(with_announcements(FULL))["incidents/2025-11-10-1.html"]
    for words in (
        "Mail is delayed",
        "Resolved, critical impact",
        "10 Nov 2025, 13:30 UTC to 10 Nov 2025, 15:05 UTC (1 hour 35 minutes)",
        "Affected: Mail, DNS",
        "Identified 10 Nov 2025, 14:30 UTC A disk is full.",
        "Postmortem A disk was full. It is larger now.",
    ):
        assert words in page.text
    assert page.text.index("It is over.") < page.text.index("A disk is full.") < page.text.index("Mail is slow.")
    identifiers = [given["id"] for _, given in page.elements if "id" in given]
    assert identifiers == ["update-3", "update-2", "update-1", "postmortem"]


def test_a_shared_link_shows_title_and_state() -> None:
    page = pages(with_announcements(FULL))["incidents/2025-11-10-1.html"]
    assert page.meta["og:title"] == "Mail is delayed: Resolved"
    assert page.meta["og:description"] == page.meta["description"] == "It is over."
    assert page.meta["og:url"] == "https://status.example.com/incidents/2025-11-10-1.html"
    assert page.meta["og:type"] == "article"
    window = Maintenance("2025-11-10-2", "Disks.", NOW + HOUR, NOW + 2 * HOUR, components=("Mail",))
    page = pages(with_announcements(maintenance=(window,)))["incidents/2025-11-10-2.html"]
    assert page.meta["og:title"] == "Maintenance of Mail: Planned"
    page = pages(with_announcements(maintenance=(replace(window, title="New disks"),)))["incidents/2025-11-10-2.html"]
    assert page.meta["og:title"] == "New disks: Planned"
    assert "New disks Planned" in page.text


@pytest.mark.parametrize(
    ("begins", "ends", "state", "is_archived"),
    [(1, 2, "Planned", False), (-1, 1, "In progress", False), (-2, -1, "Completed", True)],
)
def test_maintenance_has_the_state_of_the_moment(begins: int, ends: int, state: str, is_archived: bool) -> None:
    window = Maintenance("2025-11-09-1", "Disks.", NOW + begins * HOUR, NOW + ends * HOUR, announced=NOW - DAY)
    given = with_announcements(maintenance=(window,))
    assert f"Maintenance {state}" in pages(given)["incidents/2025-11-09-1.html"].text
    (page,) = (document for document in render(given) if document.name == "incidents/2025-11-09-1.html")
    assert bool(page.made_from) is is_archived


def test_cancelled_maintenance_keeps_its_page_and_says_so() -> None:
    window = Maintenance("2025-11-09-1", "Disks.", NOW + HOUR, NOW + 2 * HOUR, announced=NOW - DAY, changed=NOW)
    text = pages(with_announcements(cancelled=(window,)))["incidents/2025-11-09-1.html"].text
    assert "Maintenance Cancelled" in text
    assert "Cancelled 10 Nov 2025, 15:30 UTC Planned 9 Nov 2025, 15:30 UTC Disks." in text


def test_the_archive_lists_every_month_and_each_month_all_that_began_in_it() -> None:
    given = with_announcements(
        *(incident(f"{month}-1", NOW - back * DAY, resolved=NOW - back * DAY + HOUR) for month, back in
          (("a", 399), ("b", 45), ("c", 44), ("d", 3))),
        incident("e", NOW - HOUR),
    )  # fmt: skip
    found = pages(given)
    months = [name for name in found if re.fullmatch(r"incidents/\d{4}-\d{2}\.html", name)]
    assert months == ["incidents/2025-11.html", "incidents/2025-09.html", "incidents/2024-10.html"]
    assert found["incidents/index.html"].links() == [
        "../index.html", "e.html", "d-1.html", "2025-09.html", "2024-10.html", "../index.html",
    ]  # fmt: skip
    assert found["incidents/2025-09.html"].links()[1:] == [
        "c-1.html", "b-1.html", "2024-10.html", "2025-11.html", "index.html",
    ]  # fmt: skip
    assert "27 Sep 2025, 15:30 UTC, resolved, 1 hour" in found["incidents/2025-09.html"].text
    assert [one.name for one in render(given) if one.made_from] == [
        *("incidents/d-1.html", "incidents/c-1.html", "incidents/b-1.html", "incidents/a-1.html"),
        *("incidents/2025-09.html", "incidents/2024-10.html"),
    ]


def test_every_link_of_a_page_leads_to_a_document() -> None:
    given = with_announcements(FULL, incident("2025-09-01-1", NOW - 70 * DAY, resolved=NOW - 69 * DAY))
    found = pages(given)
    for name, page in found.items():
        for link in page.links():
            assert link == "../index.html" or f"incidents/{link}" in found, (name, link)


def test_without_incidents_the_archive_says_so() -> None:
    found = pages(with_announcements())
    assert list(found) == ["incidents/index.html"]
    assert "There are no incidents and no maintenance on record." in found["incidents/index.html"].text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_changes_the_page_around_it(text: str) -> None:
    plain = pages(published(text="Mail"))
    hostile = pages(published(text=text))
    assert hostile.keys() == plain.keys()
    for name, page in hostile.items():
        assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain[name].elements], name


def test_what_a_person_wrote_is_searched_wherever_it_stands() -> None:
    given = with_announcements(replace(FULL, updates=(replace(FULL.updates[0], text="Marker one"),)))
    (page,) = (document for document in render(given) if document.name == "incidents/2025-11-10-1.html")
    assert page.body.count(b"Marker one") == 3
    assert "Marker one" not in page.own_words


def test_a_page_is_the_same_until_something_changes_or_says_how_long_it_holds() -> None:
    planned = Maintenance("2025-11-10-3", "Disks.", NOW + 2 * DAY, NOW + 3 * DAY, announced=NOW)
    at_work = Maintenance("2025-11-10-4", "Disks.", NOW - HOUR, NOW + 2 * DAY, announced=NOW - DAY)
    given = with_announcements(FULL, incident("2025-11-10-2", NOW - HOUR), maintenance=(planned, at_work))
    later = replace(given, now=NOW + DAY, decided=NOW + DAY)
    changed = [one.name for one, other in zip(render(given), render(later), strict=True) if one.body != other.body]
    assert sorted(changed) == ["incidents/2025-11-10-2.html", "incidents/2025-11-10-4.html"]


@pytest.mark.parametrize("code", ["en", "de"])
def test_what_is_not_over_says_of_when_it_is_and_until_when_it_holds(code: str) -> None:
    given = with_announcements(FULL, incident("2025-11-10-2", NOW - HOUR))
    given = replace(given, texts=replace(given.texts, language=find_language(code)))
    found = pages(given)
    page = found["incidents/2025-11-10-2.html"]
    sentence, unknown = {
        "en": ("Last checked 10 Nov 2025, 15:30 UTC . Unknown from 16:00 UTC on.", "Unknown"),
        "de": ("Zuletzt geprüft: 10. Nov. 2025, 15:30 UTC . Unbekannt ab 16:00 UTC .", "Unbekannt"),
    }[code]
    assert sentence in page.text
    (when,) = (given for _, given in page.elements if given.get("id") == "when")
    assert (when["data-stale"], when["data-unknown"]) == ("2025-11-10T16:00:00Z", unknown)
    # Its policy allows its own script alone, and other pages have none.
    (policy,) = (given["content"] for _, given in page.elements if given.get("http-equiv"))
    script = page.words[page.words.index(asset("incident.js"))]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}';" in (policy or "")
    others = [one for name, one in found.items() if one is not page]
    assert len(others) > 1
    for one in others:
        assert not [tag for tag, given in one.elements if tag == "script" or given.get("id") == "when"]
        assert not [given for _, given in one.elements if "script-src" in (given.get("content") or "")]


def test_an_address_is_stable_and_there_only_if_the_page_is() -> None:
    value = published()
    assert address_of_page(value, "x") == ""
    value = replace(value, texts=replace(value.texts, other_forms=links(("incidents",))))
    assert address_of_page(value, "x") == "https://status.example.com/incidents/x.html"
    assert address_of_page(with_address(value, None), "x") == "incidents/x.html"
    missing = replace(value, archive=ArchivePlan(missing=frozenset({"incidents/x.html"})))
    assert address_of_page(missing, "x") == ""
    assert address_of_page(missing, "y")


def test_a_checksum_changes_with_the_content_or_with_what_is_around_it() -> None:
    def checksums(given: Publication) -> list[tuple[str, str]]:
        return [one.made_from.partition("-")[::2] for one in render(given) if one.name.endswith("-1.html")]

    given = with_announcements(FULL)
    ((content, around),) = checksums(given)
    later = replace(given, now=NOW + DAY, decided=NOW + DAY)
    assert checksums(later) == [(content, around)]
    ((other, same),) = checksums(with_announcements(replace(FULL, title="Mail is lost")))
    assert other != content
    assert same == around


# Another value of each text and figure that a publication is made with.
OTHER_TEXTS: dict[str, Any] = {
    "title": "Other",
    "address": None,
    "other_forms": links(("feed", "incidents")),
    "subscriptions": subscriptions(("feed",)),
    "status_name": "other.json",
    "logo": "data:image/png;base64,iVBORw0KGgo=",
    "colour": "#123456",
    "links": (("Terms", "https://example.com/terms"),),
    "badge_style": "flat-square",
    "badge_time": True,
    "backup_policy": "Other",
    "infrastructure_model": "Other",
    "infrastructure_regions": ("other",),
    "infrastructure_notes": "Other",
    "fresh_for": HOUR,
    "cache_max_age": HOUR,
    "subscribe_mail": "https://example.com/subscribe",
    "language": find_language("de"),
    "folder": "de/",
    "pages": ((ENGLISH, ""), (find_language("de"), "de/")),
}


@pytest.mark.parametrize("field", [field.name for field in fields(Texts)])
def test_a_page_that_another_text_changes_has_another_checksum(field: str) -> None:
    """Otherwise pages of the archive would keep the earlier text."""

    def archived(given: Publication) -> list[tuple[str, bytes, str, str]]:
        pages = [one for one in render(given) if one.made_from]
        return [(one.name, one.body, one.cache_control, one.made_from) for one in pages]

    given = with_announcements(FULL)
    changed = archived(replace(given, texts=replace(given.texts, **{field: OTHER_TEXTS[field]})))
    assert changed
    for (*before, checksum), (*after, other) in zip(archived(given), changed, strict=True):
        assert (before == after) is (checksum == other)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.5, "30 seconds"), (1, "1 minute"), (65, "1 hour 5 minutes"), (120, "2 hours"), (1505, "1 day 1 hour")],
)
def test_lengths_are_in_words(minutes: float, words: str) -> None:
    assert ENGLISH.length(timedelta(minutes=minutes)) == words
