# SPDX-License-Identifier: MIT
"""The last days of the page: what was announced, and what was recorded."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from elytra_status.documents import Day, Publication, PublicComponent
from elytra_status.documents.component_names import name_beside
from elytra_status.model import Announcements, Incident, IncidentPhase, IncidentUpdate, Maintenance, PlatformStatus
from tests.published import HOUR, NOW, concluded, day, published, realistic
from tests.read_page import TextsOfPage, html
from tests.rendered import documents

DAY = timedelta(days=1)
GOOD = tuple(day(back) for back in range(89, -1, -1))


def incident(since: int, until: int | None, title: str = "Slow") -> Incident:
    """Return an incident, from so many days ago until so many days ago."""
    updates = (IncidentUpdate(NOW - since * DAY, "We investigate."),)
    resolved = None if until is None else NOW - until * DAY
    if resolved:
        updates += (IncidentUpdate(resolved, "It is over.", phase=IncidentPhase.RESOLVED),)
    return Incident(f"{since}-{until}", updates[0].time, updates, resolved=resolved, title=title)


def quiet(*incidents: Incident, days: tuple[Day, ...] = GOOD, maintenance: tuple[Maintenance, ...] = ()) -> Publication:
    """Return the publication of a platform without components on which only this happened."""
    given = published()
    announcements = Announcements(incidents=incidents, maintenance=maintenance)
    return concluded(replace(given, days=days, components=(), announcements=announcements))


def past(value: Publication) -> list[str]:
    """Return the text of each row, without updates."""
    text = html(value)
    rows = re.findall(r'<div class="day">(.*?)</div></div>', text, re.DOTALL)
    without = (re.sub(r'<ol class="updates">.*?</ol>', "", row, flags=re.DOTALL) for row in rows)
    return [" ".join(" ".join(TextsOfPage(row).texts).split()) for row in without]


def with_day(back: int, **changes: object) -> tuple[Day, ...]:
    found = list(GOOD)
    found[-1 - back] = replace(found[-1 - back], **changes)  # type: ignore[arg-type]
    return tuple(found)


# Incidents and maintenance


def test_no_day_on_which_an_incident_was_open_is_quiet() -> None:
    assert past(quiet(incident(3, 0))) == [
        "10 Nov Slow Resolved after 3 days, 7 Nov 2025, 15:30 UTC to 10 Nov 2025, 15:30 UTC",
        "7 Nov to 9 Nov Slow (resolved)",
        "28 Oct to 6 Nov No incidents",
    ]


def test_an_open_incident_is_named_on_each_day_since_it_began() -> None:
    assert past(quiet(incident(2, None))) == ["8 Nov to 10 Nov Slow (investigating)", "28 Oct to 7 Nov No incidents"]
    assert past(quiet(incident(40, None))) == ["28 Oct to 10 Nov Slow (investigating)"]


def test_an_incident_that_began_earlier_and_ended_in_the_last_days_is_listed() -> None:
    value = quiet(incident(20, 11))
    rows = past(value)
    assert rows[0] == "31 Oct to 10 Nov No incidents"
    assert rows[1].startswith("30 Oct Slow Resolved after 9 days")
    assert rows[2:] == ["28 Oct to 29 Oct Slow (resolved)"]
    # The link from the tables leads to its article.
    assert html(value).count('id="incident-20-11"') == 1
    assert html(value).count('href="#incident-20-11"') > 1
    before = quiet(incident(20, 14))
    assert past(before) == ["28 Oct to 10 Nov No incidents"]
    assert "#incident-20-14" not in html(before)


def test_maintenance_until_midnight_leaves_the_next_day_quiet() -> None:
    midnight = NOW.replace(hour=0, minute=0)
    window = Maintenance("m", "We replace a switch.", midnight - 26 * HOUR, midnight)
    rows = past(quiet(maintenance=(window,)))
    assert [row.split(" Completed")[0] for row in rows] == [
        "10 Nov No incidents", "9 Nov Maintenance", "8 Nov Maintenance (completed)", "28 Oct to 7 Nov No incidents",
    ]  # fmt: skip


def test_the_last_two_weeks_are_listed_by_day() -> None:
    rows = past(realistic(PlatformStatus.OUTAGE))
    # An open incident is shown in full above.
    assert rows[0] == "10 Nov Maintenance of Object storage (in progress) Websites slow in one region (identified)"
    assert any(row.startswith("8 Nov Mail unavailable Resolved after 1 hour") for row in rows)
    assert any(row.startswith("6 Nov Maintenance of Object storage Completed") for row in rows)


# Evidence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"down": 720}, "Downtime of 12 min, no incident reported"),
        ({"degraded": 5400}, "Degraded for 1 h 30 min, no incident reported"),
        ({"down": 60, "degraded": 5400}, "Downtime of 1 min, no incident reported"),
        ({"down": 60, "uptime": None}, "Downtime of 1 min, no incident reported"),
        ({"uptime": None}, "No evidence"),
    ],
)
def test_a_day_that_the_chart_does_not_show_green_has_its_own_sentence(
    changes: dict[str, object], sentence: str
) -> None:
    rows = ["4 Nov to 10 Nov No incidents", f"3 Nov {sentence}", "28 Oct to 2 Nov No incidents"]
    assert past(quiet(days=with_day(7, **changes))) == rows
    if sentence != "No evidence":
        of_a_component = (PublicComponent("Mail", PlatformStatus.OPERATIONAL, days=with_day(7, **changes)),)
        assert past(replace(quiet(), components=of_a_component)) == rows


def test_the_longest_downtime_of_all_charts_is_named() -> None:
    """The mean over all monitors is seconds if one of many is down for minutes."""
    part = PublicComponent("Mail", PlatformStatus.OPERATIONAL, days=with_day(0, down=720))
    value = replace(quiet(days=with_day(0, down=14)), components=(part,))
    assert past(value)[0] == "10 Nov Downtime of 12 min, no incident reported"


def test_days_in_a_row_with_downtime_are_one_row_with_the_longest() -> None:
    days = (*GOOD[:-3], *(replace(one, down=3600 * number) for number, one in enumerate(GOOD[-3:-1], 1)), GOOD[-1])
    assert past(quiet(days=days))[:2] == [
        "10 Nov No incidents",
        "8 Nov to 9 Nov Downtime of up to 2 h a day, no incident reported",
    ]
    degraded = (*GOOD[:-2], *(replace(one, degraded=60) for one in GOOD[-2:]))
    assert past(quiet(days=degraded))[0] == "9 Nov to 10 Nov Degraded for up to 1 min a day, no incident reported"


def test_downtime_beside_maintenance_is_named() -> None:
    window = Maintenance("m", "We replace a switch.", NOW - 7 * DAY - HOUR, NOW - 7 * DAY)
    rows = past(quiet(days=with_day(7, down=720), maintenance=(window,)))
    assert rows[1].endswith("Downtime of 12 min, no incident reported")
    assert past(quiet(incident(7, 7), days=with_day(7, down=720)))[1].startswith("3 Nov Slow Resolved")


def test_days_before_the_first_record_are_left_out() -> None:
    days = tuple(
        replace(one, uptime=None, observed=one.observed * 0) if one.date < date(2025, 11, 5) else one for one in GOOD
    )
    assert past(quiet(days=days)) == ["5 Nov to 10 Nov No incidents"]
    assert past(quiet(days=())) == []
    assert "Past incidents and maintenance" not in html(quiet(days=()))
    # An incident is shown all the same.
    assert [row[:10] for row in past(quiet(incident(8, 8), days=()))] == ["2 Nov Slow"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (PlatformStatus.UNKNOWN, "Status unknown"),
        (PlatformStatus.OUTAGE, "Service outage"),
        (PlatformStatus.DEGRADED, "Service degraded"),
    ],
)
def test_today_does_not_claim_more_than_the_headline(status: PlatformStatus, sentence: str) -> None:
    given = quiet()
    value = concluded(replace(given, decision=replace(given.decision, status=status, rule="some")))
    assert past(value) == [f"10 Nov {sentence}", "28 Oct to 9 Nov No incidents"]


# Components


def test_what_concerns_the_whole_platform_is_on_the_days_of_each_component() -> None:
    """As it is in the feed of each component."""
    window = Maintenance("m", "We replace a switch.", NOW - 7 * DAY - HOUR, NOW - 7 * DAY, title="New switch")
    of_mail = replace(incident(9, 9, "Mail slow"), components=("Mail",))
    value = quiet(of_mail, incident(8, 8, "Network slow"), maintenance=(window,))
    parts = tuple(PublicComponent(name, PlatformStatus.OPERATIONAL, days=GOOD) for name in ("Mail", "Web"))
    value = replace(value, components=parts)
    found = documents(value)
    for part, number, titles in (
        (parts[0], 1, ["New switch", "Network slow", "Mail slow"]),
        (parts[1], 2, ["New switch", "Network slow"]),
    ):
        (table,) = re.findall(f'<table id="t{number}">(.*?)</table>', html(value), re.DOTALL)
        assert re.findall("<a [^>]*><bdi>(.*?)</bdi>", table) == titles
        feed = found[name_beside(value, part, "atom")].body.decode()
        assert re.findall(r"<title>\w+: (.*?)</title>", feed) == titles
