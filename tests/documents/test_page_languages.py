# SPDX-License-Identifier: MIT
"""The page in other languages: where it lies, what it links to, and that all of its own words are translated."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from elytra_status import locale
from elytra_status.documents import Publication, incident_pages, links, page, subscriptions
from elytra_status.documents.appearance import asset
from elytra_status.documents.script_texts import script_texts
from elytra_status.locale import ENGLISH, Language
from elytra_status.model import PlatformStatus
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.settings.definitions import DOCUMENTS
from tests.conftest import API_KEY, MovableClock
from tests.made_kuma import heartbeats_json, listed, made, metrics_text, page_json, series, steady
from tests.published import after_a_bad_quarter, after_a_mixed_quarter, in_english_and_german, realistic

Make = Callable[..., Settings]
STATUSES = list(PlatformStatus)


def bracketed(text: str) -> str:
    return f"[{text}]"


@dataclass(frozen=True)
class Pseudo(Language):
    """A language in which all that is translated or formatted stands in brackets."""

    code: str = "en-x-pseudo"

    def day(self, of: date) -> str:
        return bracketed(super().day(of))

    def day_of_year(self, of: date) -> str:
        return bracketed(super().day_of_year(of))

    def month(self, of: date) -> str:
        return bracketed(super().month(of))

    def time_of_day(self, of: datetime) -> str:
        return bracketed(super().time_of_day(of))

    def units(self, count: int, unit: str) -> str:
        return bracketed(super().units(count, unit))

    def _translated(self, message: str) -> str:
        return bracketed(message)

    def _plural(self, singular: str, plural: str, number: int) -> str:
        return bracketed(super()._plural(singular, plural, number))


def in_language(value: Publication, language: Language) -> Publication:
    return replace(
        value,
        texts=replace(
            value.texts, language=language, other_forms=links(DOCUMENTS), subscriptions=subscriptions(DOCUMENTS)
        ),
    )


class _OwnWords(HTMLParser):
    """The words of a page that no person has written, in the order of the document, and those of its attributes."""

    VOID = frozenset({"meta", "link", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self._within: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_theirs = tag == "bdi" or given.get("dir") == "auto"
        self.attributes += [given[name] for name in ("aria-label", "title", "alt") if given.get(name)]
        if tag == "meta" and (given.get("name") == "description") and not is_theirs:
            self.attributes.append(given["content"])
        if tag not in self.VOID:
            self._within.append((tag, is_theirs or tag in ("script", "style", "code")))

    def handle_endtag(self, tag: str) -> None:
        # Optional end tags are missing.
        while self._within and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(hides for _, hides in self._within):
            self.texts.append(data)


def left(text: str) -> str:
    """Return a text without what is in brackets, addresses and names of files."""
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", text)) != text:
        text = shorter
    return re.sub(r"[\w/:.-]*(\.atom|\.ics|\.json)", "", text)


def unbracketed(html: str) -> Iterator[str]:
    """Yield the words that did not come from a catalogue."""
    found = _OwnWords(html)
    names = {"Example Hosting", "Websites", "Object storage"}
    for text in ["".join(found.texts), *found.attributes]:
        for name in names:
            text = text.replace(name, "")
        yield from re.findall(r"[^\W\d_]{2,}", left(text))


@pytest.mark.parametrize("status", STATUSES)
def test_every_word_of_the_page_comes_from_the_catalogue(status: PlatformStatus) -> None:
    value = in_language(realistic(status), Pseudo())
    (document,) = page.render(value)
    assert [*unbracketed(document.body.decode())] == []


def test_every_word_of_the_pages_of_incidents_comes_from_the_catalogue() -> None:
    for document in incident_pages.render(in_language(realistic(PlatformStatus.OUTAGE), Pseudo())):
        assert [*unbracketed(document.body.decode())] == [], document.name


def test_a_word_outside_the_catalogue_is_found() -> None:
    assert [*unbracketed("<p>[Down] since <b dir=auto>Monday</b>, [for [2 hours]]<li aria-label='Day'>")] == [
        "since",
        "Day",
    ]


def test_the_scripts_have_no_words_of_their_own() -> None:
    given = script_texts(replace(in_language(realistic(), Pseudo()), status_language=ENGLISH))
    assert given.pop("locale") == "en-GB"
    for texts in given.values():
        assert all(one.startswith("[") for one in (texts.values() if isinstance(texts, dict) else [texts]))
    for name in ("freshness.js", "page.js", "page_days.js"):
        assert re.findall(r'"[A-Z][a-z]+(?: [a-z]+)+[".]', asset(name)) == []


@pytest.mark.parametrize(
    "value",
    [realistic(PlatformStatus.OUTAGE), after_a_bad_quarter(), after_a_mixed_quarter()],
    ids=["usual", "bad quarter", "mixed quarter"],
)
@pytest.mark.parametrize("code", locale.codes())
def test_the_page_arrives_in_one_round_trip_in_every_language(code: str, value: Publication) -> None:
    """With links to all others. Ten segments, which TCP sends at once, hold 14,600 bytes with the header."""
    assert compressed_in(code, value) <= 14 * 1024


@pytest.mark.parametrize(
    ("down", "largest"), [(1 / 3, 16_400), (0.95, 20_400)], ids=["every third day", "every observed day"]
)
@pytest.mark.parametrize("code", locale.codes())
def test_the_page_of_a_quarter_with_more_downtime_has_the_size_that_the_documentation_states(
    code: str, down: float, largest: int
) -> None:
    assert compressed_in(code, after_a_mixed_quarter(down)) <= largest


def compressed_in(code: str, value: Publication) -> int:
    """Return the size of a page in a language in bytes, compressed as by web servers, with links to all others."""
    other = replace(
        value.texts,
        language=locale.find_language(code),
        other_forms=links(DOCUMENTS),
        subscriptions=subscriptions(DOCUMENTS),
        folder=f"{code}/",
    )
    pages = tuple((locale.find_language(one), f"{one}/") for one in locale.codes())
    (document,) = page.render(replace(value, page_texts=(replace(other, pages=pages),)))
    return len(gzip.compress(document.body, 6))


def test_a_bad_quarter_is_bad_for_every_component() -> None:
    assert all(sum(one.down > 0 for one in part.days) > 20 for part in after_a_bad_quarter().components)


def test_a_mixed_quarter_has_days_of_all_kinds() -> None:
    days = [one for part in after_a_mixed_quarter().components for one in part.days]
    downs = sorted(one.down for one in days if one.down)
    assert len(days) / 11 < len(downs) < len(days) / 8
    assert downs[0] < 5
    assert downs[-1] > 15 * 3600
    assert sum(0 < one.observed < 1 for one in days) > 60
    assert all(sum(getattr(one, field) > 0 for one in days) > 10 for field in ("degraded", "maintenance"))


def test_each_incident_has_a_page_in_each_language_and_the_newest_come_first() -> None:
    found = incident_pages.render(in_english_and_german(realistic(PlatformStatus.OUTAGE)))
    names = [one.name for one in found]
    # What others link to comes first.
    assert names[:2] == ["incidents/2025-11-10-2.html", "de/incidents/2025-11-10-2.html"]
    assert names[-4:] == [
        "incidents/2025-11.html", "de/incidents/2025-11.html", "incidents/index.html", "de/incidents/index.html",
    ]  # fmt: skip
    assert names[1::2] == [f"de/{name}" for name in names[::2]]
    (german,) = (one.body.decode() for one in found if one.name == "de/incidents/2025-11-10-1.html")
    assert '<html lang="de">' in german
    for words in ("Aktueller Status", "Betroffen: ", "Alle Störungen und Wartungen"):
        assert words in german
    assert '<meta property="og:locale" content="de_DE">' in german
    address = "https://status.example.com/de/incidents/2025-11-10-1.html"
    assert f'<meta property="og:url" content="{address}">' in german
    assert f'<link rel="canonical" href="{address}">' in german
    assert f'<link rel="alternate" hreflang="de" href="{address}">' in german
    assert '<a href="../../incidents/2025-11-10-1.html" lang="en" hreflang="en">English</a>' in german


def test_without_an_address_the_pages_of_incidents_lead_to_each_other_too() -> None:
    value = in_english_and_german(realistic(PlatformStatus.OUTAGE))
    value = replace(value, page_texts=tuple(replace(one, address=None) for one in value.page_texts))
    (german,) = (one for one in incident_pages.render(value) if one.name == "de/incidents/index.html")
    assert '<link rel="alternate" hreflang="en" href="../../incidents/index.html">' in german.body.decode()


def test_a_german_list_of_incidents_has_no_capital_within_a_sentence() -> None:
    value = in_english_and_german(realistic(PlatformStatus.OUTAGE))
    (german,) = (one for one in incident_pages.render(value) if one.name == "de/incidents/index.html")
    assert "8. Nov. 2025, 13:30 UTC</time> · Behoben, 1 Stunde</p>" in german.body.decode()


@pytest.mark.parametrize("code", locale.codes())
def test_a_preview_says_its_language_with_a_territory(code: str) -> None:
    given = in_language(realistic(), locale.find_language(code))
    found = {one.body.decode().partition('"og:locale" content="')[2][:5] for one in incident_pages.render(given)}
    assert len(found) == 1
    assert re.fullmatch(f"{code}_[A-Z]{{2}}", found.pop())


def test_the_description_ends_its_sentences_as_the_language_does() -> None:
    given = page.render(in_language(realistic(PlatformStatus.OUTAGE), locale.find_language("ja")))[0].body.decode()
    described = given.partition('<meta name="description" content="')[2].partition('"')[0]
    assert described == "サービス停止：Websites、Object storage。最終確認：2025年11月10日 15:30 UTC。"


def test_a_page_says_its_language_and_direction() -> None:
    for code, start in (("en", '<html lang="en">'), ("de", '<html lang="de">'), ("ar", '<html lang="ar" dir="rtl">')):
        (document,) = page.render(in_language(realistic(), locale.find_language(code)))
        assert start in document.body.decode()


# As a run publishes it


def publish(directory: Path, make_settings: Make, name: str = "Acme 4711", **more: str) -> job.Outcome:
    """Run the job over a monitor that is down and one that is up."""
    clock = MovableClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    beats = heartbeats_json({1: steady(clock.now(), [1] * 8 + [0, 0]), 2: steady(clock.now(), [1] * 10)})
    shown = page_json(listed(1, name), listed(2, "Acme 4712"))
    lines = metrics_text(series(0, 1, name), series(1, 2, "Acme 4712"))
    with made(lines, shown, beats, clock=clock.now) as kuma:
        given = {
            "UPTIME_KUMA_URL": kuma.url,
            "UPTIME_KUMA_API_KEY": API_KEY,
            "UPTIME_KUMA_STATUS_PAGE": "elytra",
            "STATUS_URL": "https://status.example.com/status.json",
            "COMPONENTS": "Web: 1; Mail: 2",
            **more,
        }
        return job.run(make_settings(**given), clock, directory)


def read(directory: Path, name: str) -> str:
    return (directory / "public" / name).read_text("utf-8")


@pytest.mark.slow
def test_each_language_of_the_page_lies_in_its_folder_and_leads_to_the_others(
    make_settings: Make, tmp_path: Path
) -> None:
    outcome = publish(
        tmp_path, make_settings, PAGE_LANGUAGE="en,de", PAGE_TITLE="Example", **{"PAGE_TITLE.de": "Beispiel"}
    )
    assert outcome.withheld == ()
    english, german = read(tmp_path, "index.html"), read(tmp_path, "de/index.html")
    assert '<title dir="auto">Service outage: Web · Example</title>' in english
    assert '<title dir="auto">Ausfall: Web · Beispiel</title>' in german
    for html in (english, german):
        for code, name in (("en", ""), ("de", "de/"), ("x-default", "")):
            address = f"https://status.example.com/{name}index.html"
            assert f'<link rel="alternate" hreflang="{code}" href="{address}">' in html
    assert '<link rel="canonical" href="https://status.example.com/de/index.html">' in german
    assert '<a href="de/index.html" lang="de" hreflang="de">Deutsch</a>' in english
    assert '<a href="../index.html" lang="en" hreflang="en">English</a>' in german
    assert 'data-report="../status.json"' in german
    public = tmp_path / "public"
    pages = [*public.rglob("*.html")]
    assert {str(one.parent.relative_to(public)) for one in pages} == {".", "incidents", "de", "de/incidents"}
    for page_of_one in pages:
        targets = set(re.findall(r' href="([^"#:]+)"', page_of_one.read_text("utf-8")))
        assert targets
        for target in targets:
            assert (page_of_one.parent / target).resolve().is_file(), (page_of_one, target)
    # The job has opened an incident, whose words are its own.
    assert "Web nicht verfügbar" in german
    assert "Ein Teil der Plattform ist nicht verfügbar." in german
    # status.json has the language of LANGUAGE.
    assert json.loads(read(tmp_path, "status.json"))["headline"]["text"] == "Service outage: Web"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_text_of_an_automatic_incident_has_a_language(language: str, make_settings: Make, tmp_path: Path) -> None:
    more = {"LANGUAGE": language, "PAGE_LANGUAGE": "en,de", "INCIDENT_TEXT": "We are on it."}
    outcome = publish(tmp_path, make_settings, **more, **{"INCIDENT_TEXT.de": "Wir kümmern uns darum."})
    assert outcome.withheld == ()
    english, german = read(tmp_path, "index.html"), read(tmp_path, "de/index.html")
    assert "We are on it." in english
    assert "Wir kümmern uns darum." in german
    assert "kümmern" not in english
    assert "We are on it." not in german
    (notice,) = json.loads(read(tmp_path, "status.json"))["notices"]
    assert notice["text"] == ("Wir kümmern uns darum." if language == "de" else "We are on it.")


@pytest.mark.slow
def test_a_private_text_of_a_language_is_withheld_under_its_name(make_settings: Make, tmp_path: Path) -> None:
    more = {"INCIDENT_TEXT.de": "Acme 4711 ist weg.", "COMPONENT_DESCRIPTIONS.de": "Web: für Acme 4711"}
    outcome = publish(tmp_path, make_settings, PAGE_LANGUAGE="en,de", **more)
    assert {one.name for one in outcome.withheld} == set(more)
    assert not [path for path in (tmp_path / "public").rglob("*.*") if b"4711" in path.read_bytes()]


@pytest.mark.slow
def test_a_language_that_is_no_longer_published_is_removed(make_settings: Make, tmp_path: Path) -> None:
    publish(tmp_path, make_settings, PAGE_LANGUAGE="en,de")
    assert (tmp_path / "public/de/index.html").exists()
    publish(tmp_path, make_settings)
    assert not [*(tmp_path / "public/de").rglob("*.html")]
    assert "hreflang" not in read(tmp_path, "index.html")


@pytest.mark.slow
def test_the_page_of_a_language_that_cannot_be_used_stays_in_english(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(tmp_path, make_settings, PAGE_LANGUAGE="en,de")
    monkeypatch.setattr(locale.catalogues, "FOLDER", tmp_path)
    locale.find_language.cache_clear()
    try:
        publish(tmp_path, make_settings, PAGE_LANGUAGE="en,de")
    finally:
        locale.find_language.cache_clear()
    assert "Service outage: Web" in read(tmp_path, "de/index.html")
    assert "hreflang" not in read(tmp_path, "index.html")


@pytest.mark.slow
def test_everything_can_be_in_another_language(make_settings: Make, tmp_path: Path) -> None:
    publish(tmp_path, make_settings, LANGUAGE="ja")
    assert json.loads(read(tmp_path, "status.json"))["headline"]["text"] == "サービス停止：Web"
    assert 'lang="ja"' in read(tmp_path, "index.html")
    assert "Webが利用できません" in read(tmp_path, "incidents/index.html")


@pytest.mark.slow
@pytest.mark.parametrize("word", ["Ausfall", "Störung", "Wartung", "Plattform", "Status", "Plattformstatus", "Backups"])
def test_own_words_of_another_language_are_no_leak(word: str, make_settings: Make, tmp_path: Path) -> None:
    outcome = publish(tmp_path, make_settings, word, LANGUAGE="de", PAGE_LANGUAGE="de,ar")
    assert outcome.published
    assert outcome.withheld == ()
    assert '<h1><bdi id="words">Ausfall: Web</bdi></h1>' in read(tmp_path, "index.html")


@pytest.mark.slow
def test_a_text_of_one_language_is_withheld_under_its_name(make_settings: Make, tmp_path: Path) -> None:
    texts = {"BACKUP_POLICY": "Nightly.", "BACKUP_POLICY.de": "Jede Nacht für Acme 4711."}
    outcome = publish(tmp_path, make_settings, PAGE_LANGUAGE="en,de", **texts)
    assert [one.name for one in outcome.withheld] == ["BACKUP_POLICY.de"]
    assert "Nightly." in read(tmp_path, "index.html")
    assert "Acme" not in read(tmp_path, "de/index.html")
