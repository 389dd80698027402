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
from fractions import Fraction
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status import leak_guard
from elytra_status.decision.headline import SENTENCES
from elytra_status.doctor import config_check
from elytra_status.documents import Document, Publication, Texts, appearance, logo, page, page_days
from elytra_status.documents.appearance import COLOURS
from elytra_status.history import PrivateNames
from elytra_status.leak_guard import Private
from elytra_status.model import Announcements, Notice, PlatformStatus
from elytra_status.problem import SettingsError
from elytra_status.run.private_terms import private, redactor
from elytra_status.run.publication import texts
from elytra_status.settings import Settings
from tests.examined import context
from tests.published import HOSTILE, NOW, day, published, realistic, share, with_address

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
    (document,) = page.render(value)
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
    assert "As of  10 Nov 2025, 15:30 UTC . Valid until  16:00 UTC ; after that, take it for unknown." in said
    assert "24 hours 100% 7 days 99.98% 30 days not known 90 days 99.9%" in said
    assert "Nightly backups, 7-day retention, off-site object storage." in said
    assert "2 hours before this report" in said
    for words in ("Websites", "Planned maintenance", "Incident, resolved", "Maintenance, completed", "nyc3, fra1"):
        assert words in said


def test_the_end_of_its_validity_names_the_day_where_that_is_another() -> None:
    late = replace(published(), now=NOW.replace(hour=23, minute=45))
    assert "Valid until  11 Nov 2025, 00:15 UTC" in read(late)


def test_what_a_person_says_the_status_is_comes_first() -> None:
    given = realistic(PlatformStatus.OUTAGE)
    notices = (Notice("override", "A disk has failed. We replace it.", NOW, NOW + timedelta(hours=1)),)
    said = read(replace(given, decision=replace(given.decision, notices=notices)))
    assert said.index("A disk has failed.") < said.index("Sites in one region")


def test_the_script_has_words_of_its_own_that_claim_no_more_than_the_status() -> None:
    script = resources.files("elytra_status").joinpath("documents/assets/freshness.js").read_text("utf-8")
    words = dict(re.findall(r'\["(\w+)", "([\w ]+)"\]', script))
    assert words == {
        "operational": SENTENCES["backups_not_watched"],
        **{one: SENTENCES[one] for one in ("degraded", "outage", "unknown")},
    }


def test_it_is_small_with_everything_in_it() -> None:
    value = realistic(PlatformStatus.OUTAGE)
    with_logo = replace(value.texts, logo="data:image/png;base64," + base64.b64encode(_noise(logo.LARGEST)).decode())
    (document,) = page.render(value)
    (largest,) = page.render(replace(value, texts=with_logo))
    assert len(gzip.compress(document.body, 6)) < 11_000
    assert len(gzip.compress(largest.body, 6)) <= 14_000


def _noise(count: int) -> bytes:
    return b"".join(hashlib.sha256(bytes([number])).digest() for number in range(count // 32))


# What it may do


def test_its_policy_lets_run_and_look_only_what_it_brings_along() -> None:
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


def test_it_asks_nobody_else_for_anything() -> None:
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

    clean, hostile = parsed("plain"), parsed(text)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in clean.elements]
    # Where texts stand side by side the parser gives them in one.
    assert "".join(hostile.texts).count(text) == "".join(clean.texts).count("plain") > 8


def test_it_names_its_address_where_that_may_be_told() -> None:
    assert '<link rel="canonical" href="https://status.example.com/index.html">' in html(published())
    assert "canonical" not in html(with_address(published(), None))


def test_it_leads_to_what_lies_beside_it_and_to_nothing_else() -> None:
    value = realistic()
    fewer = replace(value, texts=replace(value.texts, other_forms=(), status_name="platform status.json"))
    links = [found.get("href") for tag, found in _Texts(html(value)).elements if tag == "a"]
    assert links[1:] == [
        "https://www.example.com/", "mailto:support@example.com",
        "status.json", "feed.atom", "calendar.ics", "history.json",
    ]  # fmt: skip
    assert "feed.atom" not in html(fewer)
    assert 'data-report="platform%20status.json"' in html(fewer)


# Days


def test_bars_are_filled_as_long_as_it_was_down() -> None:
    days = (day(4), day(3), day(2, share("75")), day(1, share("99.99")), day(0, None))
    drawn = {one.get("class"): one.get("d") for one in page_days.bars(days)}
    # Four days are known; a quarter of 64 is 16; what is short is drawn so that it can be seen.
    assert drawn == {"up": "M0 32h38", "none": "M40 60h8", "down": "M24 0v16M34 0v8"}
    assert page_days.bars(days).get("aria-label") == "5 days: 2 without downtime, 2 with, 1 not known"


def test_a_day_that_was_down_throughout_is_filled_throughout() -> None:
    (_, down) = page_days.bars((day(0, Fraction(0)),))
    assert down.get("d") == "M4 0v64"


def test_the_table_has_the_days_on_which_not_all_was_up() -> None:
    value = replace(published(), components=())
    said = read(value)
    # One day with downtime, and 29 of which nothing is known.
    assert "2025-11-03 99.5" in said
    assert len(re.findall(r"2025-\d\d-\d\d \?", said)) == 29
    assert "2025-11-04" not in said


def test_a_component_without_a_record_has_no_column_of_nothing() -> None:
    value = published()
    with_record, *without = value.components
    table = page_days.table(replace(value, components=(with_record, *without)))
    assert table is not None
    heads = [one.text for one in table.iter("th") if one.get("scope") == "col"]
    assert heads == ["Day", "Platform", with_record.name]


def test_what_is_not_quite_all_is_never_shown_as_all() -> None:
    value = replace(published(), components=(), days=(day(1, share("99.9999")), day(0)))
    assert "2025-11-09 99.99" in read(value)
    figure = replace(value, last_90d=share("99.99999"))
    assert "90 days 99.999%" in read(figure)


def test_without_history_and_words_there_is_a_page_all_the_same() -> None:
    value = published()
    bare = Publication(value.decision, value.now)
    said = read(replace(bare, announcements=Announcements()))
    assert "There is no record of the past days yet." in said
    assert "Components" not in said
    assert "Past incidents" not in said


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
    "logo_of_page", ["image/png;base64,AA/main/AA", "image/svg+xml;base64," + base64.b64encode(SVG % b"A").decode()]
)
def test_its_own_words_are_no_name(name: str, logo_of_page: str) -> None:
    value = realistic(PlatformStatus.OUTAGE)
    (document,) = page.render(replace(value, texts=replace(value.texts, logo=f"data:{logo_of_page}")))
    assert not found_by_guard(document, replace(NOTHING, names=frozenset({name})))


def test_a_secret_that_is_a_word_of_its_script_is_found_where_it_is_told_and_nowhere_else() -> None:
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
    assert f'<img src="data:image/png;base64,{base64.b64encode(PNG).decode()}" alt="">' in text
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
def test_a_colour_that_is_none_is_refused(colour: str, make_settings: Make) -> None:
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
    assert re.findall("--ground: (#[0-9a-f]+)", sheet) == ["#fff", page.GROUNDS["dark"]]
    assert page.GROUNDS["light"] == "#ffffff"
    # And the ground of the status is that of the badge, on which white can be read.
    for status in STATUSES[:3]:
        assert f"#now[data-status={status.value}] {{ background: {COLOURS[status]}; }}" in sheet
    assert f"background: {COLOURS[PlatformStatus.UNKNOWN]};" in sheet


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"GIF89a", "neither PNG nor SVG", id="of another kind"),
        pytest.param(b"<html/>", "neither PNG nor SVG", id="another document"),
        pytest.param(PNG + b"\0" * 5000, "more than 3500 bytes", id="large"),
        pytest.param(b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG % b"&a;", "neither PNG nor SVG", id="entities"),
        pytest.param(None, "cannot be read: No such file", id="missing"),
    ],
)
def test_a_logo_that_is_none_is_told_and_left_out(
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
