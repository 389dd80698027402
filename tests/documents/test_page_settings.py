# SPDX-License-Identifier: MIT
"""The settings of the page: names, links, colour and logo."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.doctor import config_check
from elytra_status.documents import Texts, appearance, logo, page
from elytra_status.documents.appearance import COLOURS
from elytra_status.history import PrivateNames
from elytra_status.leak_guard import Private
from elytra_status.model import PlatformStatus
from elytra_status.problem import SettingsError
from elytra_status.run.private_terms import private, redactor
from elytra_status.run.publication import texts
from elytra_status.settings import Settings
from tests.examined import context
from tests.published import published, realistic
from tests.read_page import NOTHING, PNG, STATUSES, SVG, found_by_guard, html

Make = Callable[..., Settings]


def shown(settings: Settings, guard: Private = NOTHING) -> Texts:
    return texts(settings, guard, redactor(settings, (), guard))


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
    with pytest.raises(SettingsError, match=re.escape(problem)):
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
