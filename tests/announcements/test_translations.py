# SPDX-License-Identifier: MIT
"""Texts of announcements in several languages: which one a document has, and how long a translation counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.announcements import incidents
from elytra_status.announcements.incidents import Details
from elytra_status.announcements.translations import announcements_in, merged
from elytra_status.decision.notices import notice_in, of_incident, of_window
from elytra_status.model import (
    Announcements,
    Incident,
    IncidentPhase,
    IncidentUpdate,
    Maintenance,
    Override,
    PlatformStatus,
    Translations,
)

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
GERMAN, FRENCH = ("de", "Deutsch"), ("fr", "Français")
BOTH = (GERMAN, FRENCH)
WINDOW = Maintenance("1", "Plain", NOW, NOW + HOUR, title="Title", texts=(GERMAN,), titles=(FRENCH,))
INCIDENT = Incident("2", NOW, (IncidentUpdate(NOW, "Plain", texts=BOTH),), title="Title", titles=(GERMAN,))
EVERY = Announcements(
    Override(PlatformStatus.OUTAGE, "Plain", NOW, NOW + HOUR, notes=(GERMAN,)),
    (WINDOW,),
    (INCIDENT,),
    cancelled=(WINDOW,),
)


@pytest.mark.parametrize(
    ("code", "note", "window", "incident"),
    [
        ("de", "Deutsch", ("Deutsch", "Title"), ("Deutsch", "Deutsch")),
        ("fr", "Plain", ("Plain", "Français"), ("Français", "Title")),
        ("en", "Plain", ("Plain", "Title"), ("Plain", "Title")),
    ],
)
def test_a_language_has_its_text_or_the_plain_one(
    code: str, note: str, window: tuple[str, str], incident: tuple[str, str]
) -> None:
    found = announcements_in(EVERY, code)
    assert found.override
    assert found.override.note == note
    for one in (*found.maintenance, *found.cancelled):
        assert (one.text, one.title) == window
    (there,) = found.incidents
    assert (there.updates[0].text, there.title) == incident
    assert announcements_in(Announcements(), code) == Announcements()


def test_a_notice_has_the_text_of_its_language_and_says_what_is_planned() -> None:
    planned, current = of_window(WINDOW, NOW - HOUR), of_window(WINDOW, NOW)
    assert [notice_in(one, "de").text for one in (planned, current)] == ["Planned maintenance: Deutsch", "Deutsch"]
    assert [notice_in(one, "fr").text for one in (planned, current)] == ["Planned maintenance: Plain", "Plain"]
    assert notice_in(of_incident(INCIDENT), "fr").text == "Français"
    # A person may begin a text with these words, in an incident too.
    words = "Planned maintenance: Plain"
    told = Incident("3", NOW, (IncidentUpdate(NOW, words, texts=(GERMAN,)),))
    assert notice_in(of_incident(told), "de").text == "Deutsch"
    assert notice_in(of_incident(told), "fr").text == words


@pytest.mark.parametrize(
    ("details", "titles"),
    [
        (Details(), (GERMAN,)),
        (Details("Title"), (GERMAN,)),
        (Details("Other"), ()),
        (Details("Other", titles=(FRENCH,)), (FRENCH,)),
        (Details(titles=(FRENCH,)), BOTH),
        (Details(titles=(("de", "Neu"),)), (("de", "Neu"),)),
        (Details(titles=(("de", ""), FRENCH)), (FRENCH,)),
        (Details("Other", titles=(("de", ""),)), ()),
    ],
)
def test_a_translation_counts_as_long_as_its_title(details: Details, titles: Translations) -> None:
    assert details.of(INCIDENT).titles == titles


def test_later_translations_replace_earlier_ones() -> None:
    assert merged(BOTH, (("ar", "x"), ("fr", "y"))) == (("ar", "x"), GERMAN, ("fr", "y"))


def test_each_text_of_an_incident_is_kept_with_its_translations() -> None:
    details = Details("Title", titles=(FRENCH,))
    there = incidents.begin(Announcements(), "a", NOW, "bob", details, texts=(GERMAN,))
    (opened,) = there.incidents
    there = incidents.update(there, opened.identifier, "b", NOW, "bob", texts=(FRENCH,))
    there = incidents.update(there, opened.identifier, None, NOW, "bob", Details(titles=(GERMAN,)))
    there = incidents.resolve(there, opened.identifier, "c", NOW, "bob", texts=BOTH)
    (found,) = there.incidents
    assert [one.texts for one in found.updates] == [(GERMAN,), (FRENCH,), BOTH]
    assert found.titles == BOTH
    assert found.phase is IncidentPhase.RESOLVED
