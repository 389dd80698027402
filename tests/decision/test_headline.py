# SPDX-License-Identifier: MIT
"""The headline: for every combination of what may be published, and in every document."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from elytra_status.decision.headline import SENTENCES, headline
from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.documents import Publication, PublicComponent, Texts, render_all
from elytra_status.model import (
    Announcements,
    Backups,
    BackupStatus,
    Decision,
    Incident,
    IncidentUpdate,
    Maintenance,
    Notice,
    Override,
    PlatformStatus,
    Uptime,
)
from elytra_status.settings.definitions import DOCUMENTS
from tests.published import ADDRESS, HOUR, NOW, concluded

OPERATIONAL, DEGRADED, OUTAGE, UNKNOWN = PlatformStatus
ALL = "All systems operational"

DECIDED = [
    (OPERATIONAL, "all-up"),
    (OPERATIONAL, "override"),
    (DEGRADED, "some-down"),
    (DEGRADED, "override"),
    (DEGRADED, "maintenance"),
    (DEGRADED, "all-maintenance"),
    (OUTAGE, "outage"),
    (UNKNOWN, "no-answer"),
]
COMPONENTS = {
    "none": (),
    "good": (PublicComponent("Mail", OPERATIONAL), PublicComponent("Web", OPERATIONAL)),
    "one unknown": (PublicComponent("Mail", OPERATIONAL), PublicComponent("Web", UNKNOWN)),
    "one down": (PublicComponent("Mail", OUTAGE), PublicComponent("Web", OPERATIONAL)),
    "one degraded": (PublicComponent("Mail", DEGRADED), PublicComponent("Web", OPERATIONAL)),
    "one in maintenance": (PublicComponent("Mail", DEGRADED, True), PublicComponent("Web", OPERATIONAL)),
}
INCIDENTS = {
    "none": (),
    "open": (Incident("2025-11-10-1", NOW - HOUR, (IncidentUpdate(NOW - HOUR, "It is slow."),)),),
    "of the job": (Incident("2025-11-10-1", NOW - HOUR, (IncidentUpdate(NOW - HOUR, "Down."),), automatic=True),),
    "resolved": (Incident("2025-11-10-1", NOW - HOUR, (IncidentUpdate(NOW - HOUR, "It was slow."),), resolved=NOW),),
}
MAINTENANCE = {
    "none": (),
    "now": (Maintenance("2025-11-10-2", "Work.", NOW - HOUR, NOW + HOUR),),
    "planned": (Maintenance("2025-11-10-2", "Work.", NOW + HOUR, NOW + 2 * HOUR),),
    "over": (Maintenance("2025-11-10-2", "Work.", NOW - 2 * HOUR, NOW),),
}
BACKUPS = {
    **{status.value: Backups(status) for status in BackupStatus},
    "none": Backups(BackupStatus.UNKNOWN, watched=False),
}


def cells() -> Iterator[tuple[str, Publication]]:
    """Return every combination, each with its name."""
    for decided, parts, incidents, work, backups in product(DECIDED, COMPONENTS, INCIDENTS, MAINTENANCE, BACKUPS):
        status, rule = decided
        decision = Decision(status, rule, "", Uptime(), BACKUPS[backups])
        announced = Announcements(maintenance=MAINTENANCE[work], incidents=INCIDENTS[incidents])
        texts = Texts(address=ADDRESS)
        name = f"{status.value} by {rule}, components {parts}, incident {incidents}, work {work}, backups {backups}"
        whole = Publication(decision, NOW, texts, components=COMPONENTS[parts], announcements=announced)
        yield name, concluded(whole)


def is_all_good(given: Publication) -> bool:
    """Whether everything that is shown is good, taken from the documents and not from the rules."""
    return (
        given.decision.status is OPERATIONAL
        and all(one.status is OPERATIONAL for one in given.components)
        and not any(one.resolved is None for one in given.announcements.incidents)
        and not any(one.since <= given.now < one.until for one in given.announcements.maintenance)
        and given.decision.backups.status is BackupStatus.SUCCESS
    )


def bodies(given: Publication) -> dict[str, str]:
    return {document.name: document.body.decode() for document in render_all(given, DOCUMENTS)}


def shown(found: dict[str, str]) -> dict[str, str]:
    """Return the headline that each document shows."""
    page = found["index.html"]
    summary: Any = json.loads(found["api/v2/summary.json"])
    feed = ET.fromstring(found["feed.atom"])
    return {
        "status.json": json.loads(found["status.json"])["headline"]["text"],
        "index.html": re.findall(r'<h1><bdi id="words">(.*?)</bdi></h1>', page)[0],
        "badge.svg": re.findall(r"<title>status: (.*?)</title>", found["badge.svg"])[0],
        "badge.json": json.loads(found["badge.json"])["message"],
        "feed.atom": feed.findtext("{http://www.w3.org/2005/Atom}subtitle") or "",
        "api/v2/status.json": json.loads(found["api/v2/status.json"])["status"]["description"],
        "api/v2/summary.json": summary["status"]["description"],
    }


EVERY = dict(cells())


def test_no_cell_claims_more_than_is_shown() -> None:
    assert len(EVERY) > 3000
    for name, given in EVERY.items():
        told = given.headline.text
        assert (told == ALL) is is_all_good(given), name
        if "perational" in told:
            assert given.decision.status is OPERATIONAL, name
        assert ("outage" in told) is (given.decision.status is OUTAGE), name
        assert ("unknown" in told) <= (UNKNOWN in (given.decision.status,) or given.decision.backups.watched), name
        assert given.headline.code in SENTENCES, name


@pytest.mark.slow
def test_no_document_says_that_all_is_good_where_some_part_is_not() -> None:
    for name, given in list(EVERY.items())[::7]:
        if not is_all_good(given):
            assert not [one for one, body in bodies(given).items() if "all systems" in body.lower()], name


@pytest.mark.slow
def test_every_document_shows_exactly_the_headline() -> None:
    # Seven divides none of the sizes, so each value of each side is combined with each value of the others.
    for name, given in list(EVERY.items())[::7]:
        found = shown(bodies(given))
        assert set(found.values()) == {given.headline.text}, name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("operational by all-up, components good, incident none, work none, backups success", ALL),
        ("operational by all-up, components good, incident resolved, work planned, backups success", ALL),
        (
            "outage by outage, components one down, incident open, work now, backups failed",
            "Service outage: Mail",
        ),
        ("outage by outage, components good, incident none, work none, backups success", "Service outage"),
        ("unknown by no-answer, components one down, incident open, work now, backups failed", "Status unknown"),
        ("degraded by some-down, components good, incident open, work now, backups failed", "Service degraded"),
        (
            "degraded by maintenance, components good, incident open, work now, backups failed",
            "Maintenance in progress",
        ),
        (
            "operational by all-up, components one unknown, incident open, work none, backups failed",
            "Operational, with an open incident",
        ),
        (
            "operational by all-up, components one unknown, incident none, work none, backups failed",
            "Operational, except Web",
        ),
        (
            "operational by all-up, components good, incident none, work none, backups failed",
            "Platform operational, backups failed",
        ),
        (
            "operational by all-up, components good, incident none, work none, backups warning",
            "Platform operational, backups delayed",
        ),
        (
            "operational by all-up, components good, incident none, work none, backups unknown",
            "Platform operational, backups unknown",
        ),
        ("operational by all-up, components none, incident none, work none, backups none", "Platform operational"),
        (
            "operational by override, components good, incident none, work now, backups success",
            "Maintenance in progress",
        ),
    ],
)
def test_the_first_that_matches_wins(name: str, expected: str) -> None:
    assert EVERY[name].headline.text == expected


def test_work_that_the_monitoring_system_announces_is_work() -> None:
    given = EVERY["operational by all-up, components good, incident none, work none, backups success"]
    for since, expected in ((NOW, "maintenance"), (None, "maintenance"), (NOW + HOUR, "operational")):
        notices = (Notice("maintenance", MAINTENANCE_TEXT, since),)
        changed = concluded(replace(given, decision=replace(given.decision, notices=notices)))
        assert changed.headline.code == expected


def test_an_override_sets_the_headline() -> None:
    given = EVERY["degraded by override, components good, incident none, work now, backups success"]
    override = Override(DEGRADED, "A note.", NOW - HOUR, NOW + HOUR)
    changed = concluded(replace(given, announcements=replace(given.announcements, override=override)))
    assert changed.headline.code == "degraded"


def test_names_that_do_not_fit_are_counted_and_none_breaks_a_line() -> None:
    # A badge holds 100 letters.
    for names, expected in (
        (["x" * 80, "y" * 80], "Service outage: 2 components"),
        (["x" * 84], f"Service outage: {'x' * 84}"),
        (["x" * 85], "Service outage: 1 component"),
        (["Mail\tand\nmore"], "Service outage: Mail and more"),
        (["{names}", "{0}"], "Service outage: {names}, {0}"),
    ):
        parts = [PublicComponent(name, OUTAGE) for name in names]
        assert headline("outage", parts).text == expected


def test_the_document_for_programs_has_every_component_of_the_headline() -> None:
    for name, expected in (
        ("outage by outage, components one down, incident none, work none, backups success", ["Mail"]),
        ("operational by all-up, components one unknown, incident none, work none, backups success", ["Web"]),
        ("degraded by some-down, components one degraded, incident none, work none, backups success", []),
        ("operational by all-up, components good, incident none, work none, backups success", []),
    ):
        assert json.loads(bodies(EVERY[name])["status.json"])["headline"]["components"] == expected
    many = [PublicComponent("x" * 80, OUTAGE), PublicComponent("y" * 80 + "\n", OUTAGE)]
    assert headline("outage", many).names == ("x" * 80, "y" * 80 + " ")


def test_maintenance_has_a_colour_of_its_own_and_nothing_else_has() -> None:
    told = {given.headline.text for given in EVERY.values() if given.headline.is_maintenance}
    assert told == {"Maintenance in progress"}
    assert {given.headline.is_maintenance for given in EVERY.values() if given.headline.text in told} == {True}
