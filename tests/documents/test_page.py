# SPDX-License-Identifier: MIT
"""The page without a browser: what its HTML says, and how large it is."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents import Day, Publication, logo, page, page_days, page_tables
from elytra_status.documents.markup import long_words
from elytra_status.documents.script_texts import freshness_texts
from elytra_status.locale import ENGLISH
from elytra_status.model import Announcements, Notice, PlatformStatus
from tests.published import NOW, day, mixed_days, published, realistic, share
from tests.read_page import PNG, STATUSES, html, read


def test_it_goes_out_as_html_and_is_kept_as_long_as_the_rest() -> None:
    (document,) = page.render(published())
    assert document.name == "index.html"
    assert document.content_type == "text/html; charset=utf-8"
    assert document.cache_control == "public, max-age=300"
    assert document.body.startswith(b"<!doctype html>\n<html")


@pytest.mark.parametrize("status", STATUSES)
def test_without_a_script_it_says_what_is_so_of_when_and_how_long_that_holds(status: PlatformStatus) -> None:
    said = read(realistic(status))
    assert realistic(status).headline.text in said
    assert "Last checked  10 Nov 2025, 15:30 UTC . Unknown from  16:00 UTC  on." in said
    # Figures have the same number of digits; what is not known is not there.
    assert "100.000%  in 24 hours 99.980%  in 7 days 99.900%  in 90 days Recorded since 13 Aug 2025." in said
    assert "Nightly backups, 7-day retention, off-site object storage." in said
    assert "2 hours before this report" in said
    for words in (
        "Websites",
        "Planned maintenance",
        "Resolved  after 1 hour",
        "Maintenance of Object storage",
        "nyc3, fra1",
    ):
        assert words in said


def test_the_end_of_its_validity_names_the_day_where_that_is_another() -> None:
    late = replace(published(), now=NOW.replace(hour=23, minute=45))
    assert "Unknown from  11 Nov 2025, 00:15 UTC" in read(late)


def test_what_a_person_says_the_status_is_comes_first() -> None:
    given = realistic(PlatformStatus.OUTAGE)
    notices = (Notice("override", "A disk has failed. We replace it.", NOW, NOW + timedelta(hours=1)),)
    said = read(replace(given, decision=replace(given.decision, notices=notices)))
    assert said.index("A disk has failed.") < said.index("Sites in one region")


def test_the_words_of_the_script_claim_no_more_than_the_status() -> None:
    assert freshness_texts(ENGLISH)["statuses"] == {
        "operational": SENTENCES["backups_not_watched"],
        **{one: SENTENCES[one] for one in ("degraded", "outage", "unknown")},
    }


def test_it_is_small_with_everything_in_it() -> None:
    value = realistic(PlatformStatus.OUTAGE)
    (document,) = page.render(value)
    assert len(gzip.compress(document.body, 6)) < 12_000


def test_the_largest_logo_is_a_document_that_the_page_does_not_grow_by() -> None:
    value = realistic(PlatformStatus.OUTAGE)
    picture = logo.Picture(PNG + _noise(logo.LARGEST - len(PNG)), "image/png")
    with_logo = replace(value, texts=replace(value.texts, logo=logo.address_of(picture)))
    shown_logo, document = page.render(with_logo)
    assert (shown_logo.name, shown_logo.content_type, shown_logo.body) == ("logo.png", "image/png", picture.body)
    assert b'<img src="logo.png" alt="">' in document.body
    assert b"img-src 'self' data:" in document.body
    assert len(gzip.compress(document.body, 6)) <= 14 * 1024
    in_folder = replace(with_logo.texts, folder="de/")
    assert logo.address_of_logo(in_folder) == "../logo.png"


def test_a_page_of_fifty_components_stays_small() -> None:
    value = realistic()
    fifty = tuple(replace(value.components[0], name=f"Part {one}", days=mixed_days(one)) for one in range(50))
    (document,) = page.render(replace(value, components=fifty))
    assert len(document.body) < 110_000
    assert len(gzip.compress(document.body, 6)) < 16_400


def _noise(count: int) -> bytes:
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count // 32))


def drawn(*days: Day) -> dict[str | None, tuple[str | None, str | None]]:
    """The lines of a chart, by class or paint: where each is, and its dashes and gaps."""
    lines = page_days.chart(days, ENGLISH)
    return {one.get("class") or one.get("stroke"): (one.get("d"), one.get("stroke-dasharray")) for one in lines}


# Days


def test_a_column_has_the_colour_of_its_worst_state_and_is_filled_by_how_long() -> None:
    down = replace(day(3), down=30)
    days = (day(5), day(4), down, replace(day(2), degraded=400, maintenance=60), day(1, None), day(0))
    # A day is one wide, and its column 34 high. All are good at first, and others cover that. The last gap goes on.
    assert drawn(*days) == {
        "up": ("M0 17h6", None),
        "url(#none)": ("M0 17h6", "0 4 1 6"),
        "url(#down1)": ("M0 17h6", "0 2 1 6"),
        "url(#degraded2)": ("M0 17h6", "0 3 1 6"),
        "work": ("M0 38.5h6", "0 3 1 6"),
        "gaps": ("M-.1 20h7", None),
    }
    chart = page_days.chart(days, ENGLISH)
    assert chart.get("aria-label") == "6 days: 4 without downtime, 1 with, 1 without evidence"
    assert chart.get("data-partly") is None


def test_the_script_gets_how_much_of_a_day_was_observed_if_that_is_a_part() -> None:
    days = (day(3), replace(day(2), observed=share("97.6")), day(1, None), replace(day(0), observed=share("4")))
    # Two days on, 47 more than 50. Two more days on, 4 more than 0.
    assert page_days.chart(days, ENGLISH).get("data-partly") == "2p2-E"
    ends = (replace(day(0), observed=share(one)) for one in ("0.5", "49.9", "50", "99.99"))
    assert page_days.chart((*ends, day(0)), ENGLISH).get("data-partly") == "1-A1-r1A1r"


def test_the_script_gets_what_was_observed_of_a_day_only_if_the_table_does_not_say_it() -> None:
    half = replace(day(0), observed=share("50"))
    listed = (replace(half, down=5), replace(half, degraded=5), replace(half, maintenance=5))
    assert page_days.chart((*listed, half), ENGLISH).get("data-partly") == "4A"


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(1, 1), (59, 1), (60, 2), (599, 2), (600, 3), (3599, 3), (3600, 4), (3 * 3600, 4), (6 * 3600, 5), (86400, 5)],
)
def test_thirty_seconds_and_three_hours_are_not_drawn_alike(seconds: int, step: int) -> None:
    assert page_days.step_of(seconds) == step
    assert drawn(replace(day(0), down=seconds))[f"url(#down{step})"] == ("M0 17h1", "1")


def test_the_higher_the_step_the_more_of_a_column_is_filled() -> None:
    paints = {
        one.get("id"): [stop.get("offset") for stop in one] for one in page_days.legend(ENGLISH).iter("linearGradient")
    }
    # From above: where the fill begins.
    for state in ("down", "degraded"):
        edges = [paints[f"{state}{step}"] for step in range(1, 6)]
        assert edges == [["0.82"] * 2, ["0.65"] * 2, ["0.47"] * 2, ["0.29"] * 2, ["0.12"] * 2]
    assert paints["none"] == ["0.82"] * 2
    drawn_with = {f"url(#{name})" for name in paints}
    assert {name for name in drawn(*realistic().components[0].days) if name and name.startswith("url")} <= drawn_with


@pytest.mark.parametrize("value", [realistic(), published(), replace(published(), components=())])
def test_every_paint_that_a_chart_uses_is_on_the_page_once(value: Publication) -> None:
    """A column whose paint were missing would be green."""
    text = html(value)
    there = re.findall(r'<linearGradient id="(\w+)"', text)
    assert set(re.findall(r'stroke="url\(#(\w+)\)"', text)) <= set(there)
    assert len(there) == len(set(there)) == 11


def test_the_steps_of_the_legend_are_those_of_the_chart() -> None:
    said = read(realistic())
    assert "Down under 1 min Down under 10 min Down under 1 h Down under 6 h Down 6 h or more" in said


def tables(value: Publication) -> list[list[list[str]]]:
    """The rows of each table, with the texts of their cells."""
    found = list(page_tables.tables(value))
    every = [one for part in found for one in part.iter("table")]
    return [[["".join(cell.itertext()) for cell in row] for row in one.iter("tr")] for one in every]


def test_a_table_has_the_days_on_which_something_happened() -> None:
    value = published()
    past = (replace(day(2), down=75, degraded=3 * 3600), day(1, None), day(0))
    announced = replace(value.announcements, incidents=value.announcements.incidents[:1], maintenance=())
    (rows,) = tables(replace(value, components=(), days=past, announcements=announced))
    assert rows == [
        ["Day", "Down", "Degraded", "Observed", "Events"],
        ["2025-11-08", "1 min", "3 h", "100%", "Sites load slowly."],
        ["No evidence: 2025-11-09"],
    ]


def test_days_without_evidence_that_follow_each_other_are_one_row() -> None:
    past = (day(6, None), *(day(back, None) for back in (4, 3, 2)), day(0))
    (rows,) = tables(replace(published(), components=(), days=past, announcements=Announcements()))
    assert rows[-1] == ["No evidence: 2025-11-04, 2025-11-06 to 2025-11-08"]
    assert rows[0] == ["No downtime, maintenance or incident."]


def test_an_incident_is_in_the_tables_of_its_components_alone() -> None:
    value = realistic(PlatformStatus.OUTAGE)
    of_mail = next(rows for rows in zip(value.components, tables(value)[1:], strict=True) if rows[0].name == "Mail")[1]
    assert ["Mail unavailable"] in [row[-1:] for row in of_mail]
    assert "Websites slow" not in str(of_mail)


def test_a_component_without_a_record_has_no_chart_and_no_table() -> None:
    value = published()
    assert len(tables(value)) == 2
    assert html(value).count('class="days"') == 2


def test_what_is_not_quite_all_is_never_shown_as_all() -> None:
    value = replace(published(), components=(), last_90d=share("99.99999"))
    assert "99.999%  in 90 days" in read(value)


# Components


def test_what_is_not_operational_comes_first() -> None:
    names = re.findall(r'<h3><bdi>([^<]*)</bdi></h3><span class="state" data-status="(\w+)"', html(published()))
    assert [status for _, status in names] == ["outage", "unknown", "maintenance"]


def test_components_of_a_group_are_together_and_open_if_something_is_wrong() -> None:
    value = realistic()
    first, second, third, *_ = value.components
    grouped = (replace(first, group="Hosting"), replace(second, group="Inside", description="For our staff."), third)
    text = html(replace(value, components=grouped))
    # Nothing is wrong: both are closed, after what is in no group.
    groups = re.findall(r'<details class="group" id="\w+"( open)?', text)
    assert groups == ["", ""]
    assert text.index(">Mail<") < text.index(">Hosting<") < text.index(">Websites<") < text.index(">Inside<")
    assert "For our staff." in text
    wrong = (grouped[0], replace(grouped[1], status=PlatformStatus.DEGRADED), third)
    text = html(replace(value, components=wrong))
    assert re.findall(r'<details class="group" id="\w+"( open)?', text) == [" open", ""]
    assert text.index(">Inside<") < text.index(">Mail<") < text.index(">Hosting<")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["Web"], "Web is affected."),
        (["Web", "Mail"], "Web and Mail are affected."),
        (["Web", "Mail", "DNS"], "Web, Mail and DNS are affected."),
        (["A", "B", "C", "D", "E"], "A, B, C, D and E are affected."),
        (["A", "B", "C", "D", "E", "F"], "A, B, C, D and 2 more are affected."),
    ],
)
def test_under_the_headline_it_says_what_is_affected(names: list[str], sentence: str) -> None:
    value = published(PlatformStatus.OUTAGE)
    parts = tuple(replace(value.components[1], name=name) for name in names)
    text = html(replace(value, components=parts))
    (said,) = re.findall('<p id="affected">(.*?)</p>', text)
    assert re.sub("<[^>]*>", "", said) == sentence
    assert all(f'<a href="#c{number}"><bdi>' in said for number in range(1, min(len(names), 4) + 1))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Kundenkonto", None),
        ("Kundenverwaltung", "long"),
        ("A Datensicherungswesen.", "long"),
        ("Kundenverwaltungssystem", "longer"),
        # Lines break at each of these.
        ("Web-Kundenkonto", None),
        ("Donaudampf\N{SOFT HYPHEN}schifffahrts\N{SOFT HYPHEN}gesellschaft", None),
        ("サービスは停止しておりますので", None),
        ("", None),
    ],
)
def test_headings_with_long_words_have_smaller_letters(words: str, expected: str | None) -> None:
    assert long_words(words).get("class_") == expected


# Incidents and maintenance


def test_an_incident_says_its_phase_and_since_when_and_what_it_concerns() -> None:
    said = " ".join(read(realistic(PlatformStatus.OUTAGE)).split())
    assert (
        "Websites slow in one region Identified since 10 Nov 2025, 13:30 UTC , 2 hours before this report"
        " Concerns Websites and Object storage Identified 10 Nov 2025, 14:30 UTC A switch has failed."
    ) in said


def test_the_title_and_the_description_carry_the_status() -> None:
    text = html(realistic(PlatformStatus.DEGRADED))
    assert '<title dir="auto">Service degraded · Example Hosting</title>' in text
    assert '<meta name="description" content="Service degraded. Last checked 10 Nov 2025, 15:30 UTC.">' in text


def test_without_history_and_words_there_is_a_page_all_the_same() -> None:
    value = published()
    bare = Publication(value.decision, value.now)
    said = read(replace(bare, announcements=Announcements()))
    assert "There is no record of the past days yet." in said
    assert "Components" not in said
    assert "No incidents" not in said
    assert "not known" not in said
