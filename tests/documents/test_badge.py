# SPDX-License-Identifier: MIT
"""The badges: status, components, styles, and the one for shields.io."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from elytra_status.documents.appearance import COLOURS
from elytra_status.model import PlatformStatus
from tests.published import published
from tests.rendered import STATUSES, documents, guarded, json_of, names


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
