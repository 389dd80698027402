# SPDX-License-Identifier: MIT
"""The appearance of a headline: the same in all documents, and green only if all is right."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents.appearance import COLOURS
from elytra_status.documents.preview_picture import subject_of
from tests.headlines import APPEARANCES, headlined
from tests.published import in_english_and_german
from tests.rendered import documents, json_of


def test_each_headline_has_an_appearance_and_a_publication() -> None:
    assert set(APPEARANCES) == set(SENTENCES)
    for code, expected in APPEARANCES.items():
        given = headlined(code)
        assert (given.headline.code, given.decision.status.value) == (code, expected["platform_status"])


@pytest.mark.parametrize("code", SENTENCES)
def test_page_badge_and_picture_have_the_same_appearance(code: str) -> None:
    given = headlined(code)
    expected = APPEARANCES[code]["appearance"]
    found = documents(in_english_and_german(given))
    colour = COLOURS[expected]
    for name in ("index.html", "de/index.html"):
        page = found[name].body.decode()
        assert re.findall(r'id="now"[^>]* data-status="(\w+)"', page) == [expected]
        assert re.findall(r'name="theme-color" content="([^"]+)"', page) == [colour]
        assert re.findall(r'id="now".*?<use href="#(\w+)"', page)[0] == expected
        (icon,) = re.findall(r'rel="icon" href="data:image/svg\+xml,([^"]+)"', page)
        assert f'fill="{colour}"' in unquote(icon)
    first, *_ = ET.fromstring(found["badge.svg"].body).iter("{http://www.w3.org/2000/svg}rect")
    assert first.attrib["fill"] == json_of(given, "badge.json")["color"] == colour
    assert subject_of(given).appearance == expected


@pytest.mark.parametrize("code", SENTENCES)
def test_the_status_for_programs_does_not_depend_on_the_appearance(code: str) -> None:
    given, expected = headlined(code), APPEARANCES[code]
    assert json_of(given, "status.json")["platform_status"] == expected["platform_status"]
    assert f'data-platform="{expected["platform_status"]}"' in documents(given)["index.html"].body.decode()
    for name in ("status", "summary"):
        assert json_of(given, f"api/v2/{name}.json")["status"]["indicator"] == expected["indicator"]


def test_no_client_of_the_api_shows_green_where_the_page_does_not() -> None:
    green = {code for code, one in APPEARANCES.items() if one["appearance"] == "operational"}
    assert green == {code for code, one in APPEARANCES.items() if one["indicator"] == "none"}
