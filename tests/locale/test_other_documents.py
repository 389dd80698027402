# SPDX-License-Identifier: MIT
"""Feed, calendar, badge, card and API in other languages: LANGUAGE is that of all documents but the page."""

from __future__ import annotations

import gzip
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import icalendar
import pytest

from elytra_status import leak_guard, locale
from elytra_status.documents import Document, Publication, render_all
from elytra_status.documents.words import SENTENCES
from elytra_status.leak_guard import Private
from elytra_status.locale import ENGLISH, Language
from elytra_status.model import Change, PlatformStatus
from tests.published import ADDRESS, HOUR, NOW, realistic, with_address

KINDS = ("card", "badge", "feed", "calendar", "statuspage")
OTHERS = [code for code in locale.codes() if code != "en"]


@dataclass(frozen=True)
class Bracketed(Language):
    """A language whose translations are the English texts in brackets."""

    code: str = "xx"

    def day(self, of: date) -> str:
        return "[day]"

    def units(self, count: int, unit: str) -> str:
        return "[units]"

    def joints(self, count: int) -> Sequence[str]:
        return ["[and]"] * max(0, count - 1)

    def _translated(self, message: str) -> str:
        return f"[{message}]"

    def _plural(self, singular: str, plural: str, number: int) -> str:
        return f"[{plural}]"


def in_language(language: Language, status: PlatformStatus = PlatformStatus.OUTAGE) -> Publication:
    given = with_address(realistic(status), ADDRESS)
    changes = tuple(Change(NOW - HOUR * (number + 1), one) for number, one in enumerate(PlatformStatus))
    return replace(given, texts=replace(given.texts, language=language), changes=changes)


def documents(given: Publication) -> dict[str, Document]:
    return {document.name: document for document in render_all(given, KINDS)}


def texts_of_feed(body: bytes) -> list[str]:
    names = ("title", "p", "dt", "dd", "h2", "h3", "subtitle")
    return [one.text for one in ET.fromstring(body).iter() if one.tag.rpartition("}")[2] in names and one.text]


def texts_of_card(script: str) -> Any:
    return json.loads(re.findall(r"const TEXTS = (\{.*?\});$", script, re.MULTILINE)[0])


def written_by_people(given: Publication) -> set[str]:
    """Return the texts of persons and the names of components."""
    announced = given.announcements
    found = {component.name for component in given.components} | {given.texts.title}
    for incident in announced.incidents:
        found |= {incident.title, *(update.text for update in incident.updates)}
    for window in (*announced.maintenance, *announced.cancelled):
        found |= {window.title, window.text}
    return {text for text in found if text and text not in SENTENCES}


def not_translated(text: str, given: Publication) -> str:
    """Return the letters of a text that are outside of brackets and that no person has written."""
    for word in sorted(written_by_people(given), key=len, reverse=True):
        text = text.replace(word, "")
    before = ""
    while before != text:
        before, text = text, re.sub(r"\[[^\[\]]*\]", "", text)
    return "".join(re.findall(r"[A-Za-z]+", text.replace("UTC", "")))


@pytest.mark.parametrize("status", PlatformStatus)
def test_no_text_of_the_feed_is_outside_of_the_catalogues(status: PlatformStatus) -> None:
    given = in_language(Bracketed(), status)
    for name, document in documents(given).items():
        if name.endswith(".atom"):
            assert {text: left for text in texts_of_feed(document.body) if (left := not_translated(text, given))} == {}


@pytest.mark.parametrize("status", PlatformStatus)
def test_no_text_of_a_badge_is_outside_of_the_catalogues(status: PlatformStatus) -> None:
    given = in_language(Bracketed(), status)
    found = documents(given)
    for name in ("badge.svg", "components/websites.svg"):
        for text in ET.fromstring(found[name].body).itertext():
            assert not not_translated(text, given), text
    badge = json.loads(found["badge.json"].body)
    assert not not_translated(badge["label"] + badge["message"], given)


def test_no_text_of_the_card_is_outside_of_the_catalogues() -> None:
    given = in_language(Bracketed())
    script = documents(given)["card.js"].body.decode()
    texts = texts_of_card(script)
    assert (texts.pop("lang"), texts.pop("locale")) == ("xx", "en-GB")
    assert set(texts.pop("statuses")) == {status.value for status in PlatformStatus}
    assert not [text for text in texts.values() if not re.fullmatch(r"\[.*\]", text)]
    # A text of two words in the program itself would be one that is not translated.
    program = re.sub(r"const (STYLE|SHAPES|TEXTS) = .*", "", script)
    shown = [text for text in re.findall(r'"([^"\n]*)"', program) if re.search(r"[a-z] [a-z]", text)]
    assert set(shown) <= {"use strict", "0 0 24 24", "Status unknown"}


@pytest.mark.parametrize(
    ("code", "title", "subtitle", "line"),
    [
        ("de", "Ursache gefunden: Websites slow in one region", "Ausfall", "Seit 10. Nov. 2025"),
        ("ja", "原因特定：Websites slow in one region", "サービス停止", "開始"),
        ("ar", "Websites slow in one region", "انقطاع الخدمة", "منذ"),
    ],
)
def test_the_feed_is_in_the_language(code: str, title: str, subtitle: str, line: str) -> None:
    body = documents(in_language(locale.find_language(code)))["feed.atom"].body
    feed = ET.fromstring(body)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == code
    texts = texts_of_feed(body)
    assert subtitle in " ".join(texts)
    assert any(line in text for text in texts)
    if code == "ar":
        assert b'dir="rtl"' in body
    else:
        assert title in texts


@pytest.mark.parametrize(("code", "category"), [("de", "Wartung"), ("ja", "メンテナンス"), ("ar", "صيانة")])
def test_the_calendar_is_in_the_language(code: str, category: str) -> None:
    given = in_language(locale.find_language(code))
    body = documents(given)["calendar.ics"].body
    events = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert events
    assert category in body.decode().replace("\r\n ", "")
    assert max(map(len, body.split(b"\r\n"))) <= 75


@pytest.mark.parametrize(("code", "label"), [("de", "Status"), ("ja", "状態"), ("ar", "الحالة")])
def test_the_badge_is_in_the_language_and_wide_enough(code: str, label: str) -> None:
    given = in_language(locale.find_language(code))
    root = ET.fromstring(documents(given)["badge.svg"].body)
    assert root.get("aria-label") == f"{label}: {given.headline.text}"
    first = next(root.iter("{http://www.w3.org/2000/svg}text"))
    least = 10 * len(label) if code == "ja" else 6 * len(label)
    assert int(first.get("textLength", "")) >= least
    # Joined letters are stretched, and not torn apart.
    assert (first.get("lengthAdjust") == "spacingAndGlyphs") is (code == "ar")


@pytest.mark.parametrize("code", locale.codes())
def test_the_card_is_small_in_every_language(code: str) -> None:
    document = documents(in_language(locale.find_language(code)))["card.js"]
    assert len(gzip.compress(document.body, 6)) <= 4096
    texts = texts_of_card(document.body.decode("ascii"))
    assert texts["lang"] == code
    assert "{age}" in texts["report"]
    assert "{percent}" in texts["uptime"]


@pytest.mark.parametrize("code", ["de", "ja", "ar"])
def test_the_api_translates_what_people_read_and_not_what_programs_compare(code: str) -> None:
    language = locale.find_language(code)
    given = in_language(language, PlatformStatus.UNKNOWN)
    found = documents(given)
    summary = json.loads(found["api/v2/summary.json"].body)
    assert summary["status"]["description"] == language.text("Status unknown")
    unknown = [one for one in summary["components"] if one["description"]]
    assert {one["description"] for one in unknown} == {"Status unknown"}


@pytest.mark.parametrize("code", OTHERS)
def test_translated_words_are_no_leak_whatever_a_monitor_is_called(code: str) -> None:
    language = locale.find_language(code)
    words = {language.text(text) for text in (*SENTENCES, "Resolved", "Planned", "Completed", "status", "Postmortem")}
    private = Private({}, frozenset(), frozenset(), frozenset(words), (f"{ADDRESS}status.json",))
    # The texts of people could hold such a word.
    given = replace(in_language(language), announcements=replace(realistic().announcements, incidents=()))
    found = [
        leak
        for one in documents(given).values()
        if not one.local
        for leak in leak_guard.search(one.name, one.body, one.content_type, one.own_words, private)
    ]
    assert found == []


def test_english_is_as_before() -> None:
    titles = texts_of_feed(documents(in_language(ENGLISH))["feed.atom"].body)
    assert "Identified: Websites slow in one region" in titles
    assert any(re.fullmatch(r"Identified\. Major impact\. Since 10 Nov 2025, \d\d:\d\d UTC\.", one) for one in titles)
    assert "There is an outage of the platform" in titles
