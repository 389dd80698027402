# SPDX-License-Identifier: MIT
"""The page without a browser: what its HTML says, how large it is, what it may do."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status import leak_guard
from elytra_status.decision.headline import SENTENCES
from elytra_status.doctor import config_check
from elytra_status.documents import Day, Document, Publication, Texts, appearance, logo, page, page_days, page_tables
from elytra_status.documents.appearance import COLOURS
from elytra_status.documents.script_texts import freshness_texts
from elytra_status.history import PrivateNames
from elytra_status.leak_guard import Private
from elytra_status.locale import ENGLISH
from elytra_status.model import Announcements, Notice, PlatformStatus
from elytra_status.problem import SettingsError
from elytra_status.run.private_terms import private, redactor
from elytra_status.run.publication import texts
from elytra_status.settings import Settings
from tests.examined import context
from tests.published import (
    ADDRESS,
    HOSTILE,
    NOW,
    after_a_bad_quarter,
    day,
    mixed_days,
    published,
    realistic,
    share,
    with_address,
)

STATUSES = list(PlatformStatus)
NOTHING = Private({}, frozenset(), frozenset(), frozenset())
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>%s</title><path d="M0 0h9v9"/></svg>'

Make = Callable[..., Settings]


def shown(settings: Settings, guard: Private = NOTHING) -> Texts:
    return texts(settings, guard, redactor(settings, (), guard))


def html(value: Publication) -> str:
    *_, document = page.render(value)
    return document.body.decode()


class _Texts(HTMLParser):
    """The texts of a page without its script and styles, and its elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style") and data.strip():
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def read(value: Publication) -> str:
    return " ".join(_Texts(html(value)).texts)


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


def test_a_page_after_a_quarter_full_of_outages_arrives_in_one_round_trip() -> None:
    value = after_a_bad_quarter()
    assert all(sum(one.down > 0 for one in part.days) > 20 for part in value.components)
    (document,) = page.render(value)
    # Ten segments, which TCP sends at once, hold 14,600 bytes with the header.
    assert len(gzip.compress(document.body, 6)) <= 13_700


def test_a_page_of_fifty_components_stays_small() -> None:
    value = realistic()
    fifty = tuple(replace(value.components[0], name=f"Part {one}", days=mixed_days(one)) for one in range(50))
    (document,) = page.render(replace(value, components=fifty))
    assert len(document.body) < 110_000
    assert len(gzip.compress(document.body, 6)) < 16_400


def _noise(count: int) -> bytes:
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count // 32))


# What it may do


def test_its_policy_allows_only_its_own_scripts_and_styles() -> None:
    text = html(realistic())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    for kind, tag in (("script", "script"), ("style", "style")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    parsed = _Texts(text)
    assert not [name for _, found in parsed.elements for name in found if name == "style" or name.startswith("on")]


def test_it_loads_nothing_from_elsewhere() -> None:
    parsed = _Texts(html(realistic()))
    asked = [value for _, found in parsed.elements for name, value in found.items() if name in ("src", "srcset")]
    asked += [found["href"] for tag, found in parsed.elements if tag == "link" and found["rel"] == "icon"]
    assert asked
    assert all(value and value.startswith("data:") for value in asked)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_text(text: str) -> None:
    def parsed(text: str) -> _Texts:
        value = published(PlatformStatus.OUTAGE, text)
        return _Texts(html(replace(value, components=value.components[:1])))

    # As long as the other one: a title is shortened.
    clean, hostile = parsed("plain " * (len(text) // 6 + 1)), parsed(text)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in clean.elements]
    # Where texts stand side by side the parser gives them in one.
    assert "".join(hostile.texts).count(text) > 8


def test_it_names_its_address_only_if_that_is_public() -> None:
    assert '<link rel="canonical" href="https://status.example.com/index.html">' in html(published())
    assert "canonical" not in html(with_address(published(), None))


def test_it_links_only_to_documents_of_the_publication() -> None:
    value = realistic()
    fewer = replace(value, texts=replace(value.texts, other_forms=(), status_name="platform status.json"))
    links = [found["href"] or "" for tag, found in _Texts(html(value)).elements if tag == "a"]
    assert "incidents/2025-11-08-1.html" in links
    assert [one for one in links if not one.startswith(("#", "incidents/2"))] == [
        "https://www.example.com/", "mailto:support@example.com",
        "incidents/index.html", f"{ADDRESS}feed.atom", "webcal://status.example.com/calendar.ics",
        "status.json", "incidents/index.html", "feed.atom", "calendar.ics", "history.json",
    ]  # fmt: skip
    ids = [found.get("id") for _, found in _Texts(html(value)).elements]
    assert {one[1:] for one in links if one.startswith("#")} <= set(ids)
    assert len(set(filter(None, ids))) == len(list(filter(None, ids)))
    assert "feed.atom" not in html(fewer)
    assert 'data-report="platform%20status.json"' in html(fewer)


# Days


def drawn(*days: Day) -> dict[str | None, str | None]:
    return {one.get("class"): one.get("d") for one in page_days.chart(days, ENGLISH)}


def test_a_column_has_the_colour_of_its_worst_state_and_is_filled_by_how_long() -> None:
    down = replace(day(3), down=30)
    days = (day(5), day(4), down, replace(day(2), degraded=400, maintenance=60), day(1, None), day(0))
    # A day is 10 wide and 54 high; a step is 10 high, and drawn as a line through its middle; a day without evidence is
    # a stub, and maintenance a mark below.
    assert drawn(*days) == {
        "up": "M0 27h18m32 0h8",
        "none": "M40 49h8",
        "work": "M30 62h8",
        "down rest": "M20 27h8",
        "down s1": "M20 49h8",
        "degraded rest": "M30 27h8",
        "degraded s2": "M30 44h8",
    }
    chart = page_days.chart(days, ENGLISH)
    assert chart.get("aria-label") == "6 days: 4 without downtime, 1 with, 1 without evidence"
    assert chart.get("data-observed") == "4*100 0? 100"


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(1, 1), (59, 1), (60, 2), (599, 2), (600, 3), (3599, 3), (3600, 4), (3 * 3600, 4), (6 * 3600, 5), (86400, 5)],
)
def test_thirty_seconds_and_three_hours_are_not_drawn_alike(seconds: int, step: int) -> None:
    assert page_days.step_of(seconds) == step
    assert drawn(replace(day(0), down=seconds))[f"down s{step}"] == f"M0 {54 - 5 * step}h8"
    assert f".s{step}{{stroke-width:{10 * step}}}" in appearance.asset("page.css")


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
    names = re.findall(r'<h3 dir="auto">([^<]*)</h3><span class="state" data-status="(\w+)"', html(published()))
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
    assert all(f'<a href="#c{number}"><span dir="auto">' in said for number in range(1, min(len(names), 4) + 1))


# Incidents and maintenance


def test_the_last_two_weeks_are_listed_by_day() -> None:
    said = read(realistic(PlatformStatus.OUTAGE))
    past = said[said.index("Past incidents and maintenance") :]
    assert re.findall(r"\b\d+ (?:Oct|Nov)(?: to \d+ Nov)? No incidents|\b\d Nov [A-Z]\w+ \w+", past) == [
        "9 Nov No incidents", "8 Nov Mail unavailable", "7 Nov No incidents", "6 Nov Maintenance of",
        "28 Oct to 5 Nov No incidents",
    ]  # fmt: skip
    # An open incident is shown in full above, and its day is not quiet.
    assert "Websites slow in one region  (identified)" in past


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
    assert "28 Oct to 10 Nov No incidents" in said
    assert "not known" not in said


# The leak guard


def found_by_guard(document: Document, guard: Private) -> list[leak_guard.Leak]:
    return leak_guard.search(document.name, document.body, document.content_type, document.own_words, guard)


@pytest.mark.parametrize("name", ["Websites", "switch", "7-day", "Website", "nyc3", "Example Hosting"])
def test_a_private_name_in_any_text_is_found(name: str) -> None:
    (document,) = page.render(realistic(PlatformStatus.OUTAGE))
    assert found_by_guard(document, replace(NOTHING, names=frozenset({name})))


@pytest.mark.parametrize(
    "name", ["main", "color", "const", "Uptime", "none", "self", "M0", "7 days", "UTC", "path", "width", "data"]
)
@pytest.mark.parametrize(
    "logo_of_page", ["image/png;base64,AA/main/", "image/svg+xml;base64," + base64.b64encode(SVG % b"A").decode()]
)
def test_its_own_words_are_no_name(name: str, logo_of_page: str) -> None:
    value = realistic(PlatformStatus.OUTAGE)
    _, document = page.render(replace(value, texts=replace(value.texts, logo=f"data:{logo_of_page}")))
    assert not found_by_guard(document, replace(NOTHING, names=frozenset({name})))


def test_a_secret_that_is_a_word_of_its_script_is_found_only_in_texts() -> None:
    value = realistic()
    guard = replace(NOTHING, secrets={"KEY": "test", "OTHER": "focus"})
    told = replace(value, texts=replace(value.texts, infrastructure_notes="The word is test, my friend."))
    (clean,), (leaking,) = page.render(value), page.render(told)
    assert found_by_guard(clean, guard) == []
    (finding,) = found_by_guard(leaking, guard)
    line = int(finding.field.removeprefix("line "))
    assert finding.rule == "secret KEY"
    assert b"my friend" in leaking.body.splitlines()[line - 1]


# Settings


def test_the_settings_are_what_it_shows(make_settings: Make, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(PNG)
    settings = make_settings(
        PAGE_TITLE="Example & Sons",
        PAGE_LOGO=picture,
        PAGE_COLOR="#FFD500",
        PAGE_LINKS="Website: https://www.example.com/a?b=c&d; Support: mailto:support@example.com",
        STATUS_URL="https://status.example.com/st/current.json",
    )
    found = shown(settings)
    text = html(replace(published(), texts=found))
    assert "Example &amp; Sons" in text
    assert '<a dir="auto" href="https://www.example.com/a?b=c&amp;d">Website</a>' in text
    assert '<img src="logo.png" alt="">' in text
    assert found.status_name == "current.json"
    assert "--accent-on-light:#ffd500" not in text
    assert "--accent-on-dark:#ffd500" in text


def test_it_asks_for_the_status_where_that_lies(make_settings: Make) -> None:
    bucket = {
        "STATUS_BUCKET": "example-status",
        "SPACES_ENDPOINT": "https://nyc3.example.com",
        "SPACES_ACCESS_KEY": "a",
        "SPACES_SECRET_KEY": "b",
    }
    for values, name in (
        ({}, "status.json"),
        ({"STATUS_BUCKET_KEY": "site/now 1.json"}, "status.json"),
        ({"STATUS_BUCKET_KEY": "site/now 1.json", **bucket}, "now%201.json"),
        (
            {"STATUS_BUCKET_KEY": "a.json", **bucket, "STATUS_URL": "https://example.com/%C3%B6%201.json"},
            "%C3%B6%201.json",
        ),
        ({"STATUS_URL": "https://example.com"}, "status.json"),
    ):
        text = html(replace(published(), texts=shown(make_settings(**values))))
        assert f'data-report="{name}"' in text


def test_the_address_of_a_link_is_public_whatever_is_watched(make_settings: Make) -> None:
    settings = make_settings(PAGE_LINKS="Website: https://www.example.com/")
    guard = replace(private(settings, (), PrivateNames()), hosts=frozenset({"www.example.com", "db.example.com"}))
    (document,) = page.render(replace(realistic(), texts=shown(settings, guard)))
    assert not found_by_guard(document, guard)
    other = replace(document, body=document.body.replace(b"https://www.", b"https://db."))
    assert found_by_guard(other, guard)


@pytest.mark.parametrize(
    "links",
    [
        "Website: javascript:alert(1)",
        "Website: data:text/html,x",
        "Website: http://www.example.com/",
        "Website: //www.example.com/",
        "Website: https://user:word@www.example.com/",
        "Website",
        ": https://www.example.com/",
        ";",
    ],
)
def test_a_link_that_could_run_or_lead_astray_is_refused(links: str, make_settings: Make) -> None:
    with pytest.raises(SettingsError, match="PAGE_LINKS"):
        make_settings(PAGE_LINKS=links)


@pytest.mark.parametrize("colour", ["red", "#fff", "0b57d0", "#0b57d0;}*{display:none"])
def test_an_invalid_colour_is_refused(colour: str, make_settings: Make) -> None:
    with pytest.raises(SettingsError, match="PAGE_COLOR"):
        make_settings(PAGE_COLOR=colour)


@given(st.integers(0, 0xFFFFFF))
def test_any_colour_can_be_read_on_either_ground(number: int) -> None:
    colour = f"#{number:06x}"
    for ground in page.GROUNDS.values():
        assert appearance.contrast(appearance.readable(colour, ground), ground) >= 4.5
        if appearance.contrast(colour, ground) >= 4.5:
            assert appearance.readable(colour, ground) == colour


def test_the_grounds_are_those_of_the_sheet_of_styles() -> None:
    sheet = resources.files("elytra_status").joinpath("documents/assets/page.css").read_text("utf-8")
    assert re.findall("--raised: (#[0-9a-f]+)", sheet) == list(page.GROUNDS.values())
    # What is readable there is readable on the ground of the page, which is further from the text.
    light, dark = (re.sub("^#(.)(.)(.)$", r"#\1\1\2\2\3\3", one) for one in re.findall("--ground: (#[0-9a-f]+)", sheet))
    assert appearance.contrast(light, "#000000") > appearance.contrast(page.GROUNDS["light"], "#000000")
    assert appearance.contrast(dark, "#ffffff") > appearance.contrast(page.GROUNDS["dark"], "#ffffff")
    # And the ground of the status is that of the badge, on which white can be read.
    for status in STATUSES[:3]:
        assert f"#now[data-status={status.value}] {{ background: {COLOURS[status]}; }}" in sheet
    assert f"background: {COLOURS[PlatformStatus.UNKNOWN]};" in sheet


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"GIF89a", "neither PNG nor SVG", id="of another kind"),
        pytest.param(b"<html/>", "neither PNG nor SVG", id="another document"),
        pytest.param(PNG + b"\0" * 20_000, "more than 20000 bytes", id="large"),
        pytest.param(b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG % b"&a;", "neither PNG nor SVG", id="entities"),
        pytest.param(SVG % b"<script>1</script>", "names an SVG file with a script", id="script"),
        pytest.param(SVG.replace(b"<path", b"<path onclick='f()'") % b"A", "with a script", id="handler"),
        pytest.param(SVG % b"<a href='java&#10;script:f()'/>", "with a script", id="address with a line feed"),
        pytest.param(SVG % b"<animate values='#;javascript:f()'/>", "with a script", id="animated address"),
        pytest.param(SVG % b"<p xmlns='http://www.w3.org/1999/xhtml'/>", "with a script", id="HTML"),
        pytest.param(None, "cannot be read (No such file", id="missing"),
    ],
)
def test_an_invalid_logo_is_a_warning_and_left_out(
    content: bytes | None, problem: str, tmp_path: Path, make_settings: Make, log_lines: list[str]
) -> None:
    path = tmp_path / "logo"
    if content is not None:
        path.write_bytes(content)
    settings = make_settings(PAGE_LOGO=path)
    assert shown(settings).logo == ""
    assert any(line.startswith("WARNING PAGE_LOGO") and problem in line for line in log_lines)
    with pytest.raises(SettingsError, match=problem):
        config_check.check_files(context(tmp_path, PAGE_LOGO=path))


def test_a_logo_that_holds_what_is_private_is_left_out(
    tmp_path: Path, make_settings: Make, log_lines: list[str]
) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(SVG % b"Acme")
    picture = logo.picture_of(path.read_bytes())
    assert logo.address_of(picture).startswith("data:image/svg+xml;base64,")
    assert not logo.broken_rules(picture, NOTHING)
    assert not logo.broken_rules(picture, replace(NOTHING, names=frozenset({"path", "viewBox"})))
    settings = make_settings(PAGE_LOGO=path)
    assert shown(settings).logo
    assert shown(settings, replace(NOTHING, names=frozenset({"acme"}))).logo == ""
    assert "Acme" not in "".join(log_lines)
    path.write_bytes(PNG + b"tEXtComment\0made by db-admin-secret")
    assert shown(settings).logo
    assert shown(settings, replace(NOTHING, secrets={"KEY": "db-admin-secret"})).logo == ""


# The scripts


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("name", ["freshness.js", "page.js", "card.js"])
def test_the_scripts_are_right_before_and_after_comments_are_taken_out(name: str, tmp_path: Path) -> None:
    for number, text in enumerate((appearance.asset(name), (Path(page.__file__).parent / "assets" / name).read_text())):
        file = tmp_path / f"{number}.js"
        file.write_text(f"{{{text}\n}}")
        done = subprocess.run(["node", "--check", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
