# SPDX-License-Identifier: MIT
"""Languages of public texts: formats, plurals, lists, and what happens without a catalogue."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import babel
import pytest

from elytra_status import locale
from elytra_status.documents import page, render_all
from elytra_status.locale import ENGLISH, Language, LanguageError, catalogues
from elytra_status.run.languages import language_problems, public_languages
from elytra_status.settings import Settings
from tests.published import published

Make = Callable[..., Settings]
OTHERS = [code for code in locale.codes() if code != "en"]


@pytest.fixture
def without_catalogues(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The package as it is if its catalogues are missing, and its cache empty before and after."""
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    locale.find_language.cache_clear()
    yield
    locale.find_language.cache_clear()


def language(code: str) -> Language:
    return locale.find_language(code)


def test_english_is_first_and_the_others_are_those_with_a_catalogue() -> None:
    folders = {path.parent.parent.name for path in catalogues.FOLDER.glob("*/LC_MESSAGES/*.?o")}
    assert locale.codes() == ("en", *sorted(folders))


@pytest.mark.parametrize("code", locale.codes())
def test_a_language_formats_everything(code: str) -> None:
    one, moment = language(code), datetime(2025, 11, 3, 9, 5, tzinfo=UTC)
    assert one.code == code
    assert one.name
    assert one.direction == ("rtl" if code == "ar" else "ltr")
    for text in (one.day(moment), one.month(moment), one.moment(moment)):
        assert "2025" in text
    assert "2025" not in one.day_of_year(moment)
    assert "09:05 UTC" in one.moment(moment)
    assert one.percent(Fraction(1, 2)).strip("\u200e\u200f\u061c").replace(",", ".").startswith("50.000")
    assert "%" in one.percent(Fraction(1, 2), 0)
    assert one.duration(11100).count("3") == 1
    assert one.names(["A", "B", "C"]).startswith("A")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("en", ["10 Nov 2025", "10 Nov", "November 2025", "A, B and 2 more", "99.755%", "3 h 5 min",
                "1 hour 5 minutes"]),
        ("de", ["10. Nov. 2025", "10. Nov.", "November 2025", "A, B und 2 weitere", "99,755\xa0%", "3 Std. 5 Min.",
                "1 Stunde 5 Minuten"]),
        ("fr", ["10 nov. 2025", "10 nov.", "novembre 2025", "A, B et 2 autres", "99,755\xa0%", "3 h 5 min",
                "1 heure 5 minutes"]),
        ("ja", ["2025年11月10日", "11月10日", "2025年11月", "A、B、他2件", "99.755%", "3時間 5分", "1 時間 5 分"]),
    ],
)  # fmt: skip
def test_dates_lists_and_numbers_are_as_people_write_them(code: str, shown: list[str]) -> None:
    one, day = language(code), date(2025, 11, 10)
    assert [
        one.day(day),
        one.day_of_year(day),
        one.month(day),
        one.names(["A", "B", "C", "D"], 2),
        one.percent(Fraction("0.997559")).replace("\u202f", "\xa0"),
        one.duration(11100),
        one.length(timedelta(minutes=65)).replace("\xa0", " "),
    ] == shown


@pytest.mark.parametrize("code", locale.codes())
@pytest.mark.parametrize("count", range(5))
def test_the_separators_of_a_list_are_those_of_the_list_itself(code: str, count: int) -> None:
    names = [f"Part {number}" for number in range(count)]
    joints = language(code).joints(count)
    assert len(joints) == max(0, count - 1)
    assert "".join(part for pair in zip(names, [*joints, ""], strict=False) for part in pair) == language(code).names(
        names
    )


@pytest.mark.parametrize(
    ("number", "form"),
    [(1, "قبل يوم"), (2, "قبل يومين"), (5, "قبل 5 أيام"), (11, "قبل 11 يومًا"), (100, "قبل 100 يوم")],
)
def test_arabic_has_six_forms(number: int, form: str) -> None:
    assert language("ar").count("{number} day ago", "{number} days ago", number) == form


@pytest.mark.parametrize("ratio", ["0", "0.99999999", "1", "0.123456"])
@pytest.mark.parametrize("code", locale.codes())
def test_a_percentage_is_rounded_down(code: str, ratio: str) -> None:
    shown = language(code).percent(Fraction(ratio)).replace(",", ".")
    assert f"{int(Fraction(ratio) * 100_000) / 1000:.3f}" in shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [("en", "major impact"), ("fr", "impact majeur"), ("nl", "grote impact"), ("de", "Große Auswirkung")],
)
def test_a_state_in_a_sentence_begins_as_the_language_writes_it(code: str, shown: str) -> None:
    one = language(code)
    assert one.within(one.text("Major impact")) == shown


def test_a_text_of_a_person_is_no_pattern() -> None:
    assert ENGLISH.text("Service outage: {names}", names="{x} {} %s") == "Service outage: {x} {} %s"
    assert language("de").text("{names} unavailable", names="{0}") == "{0} nicht verfügbar"


@pytest.mark.usefixtures("without_catalogues")
def test_without_a_catalogue_english_is_published_and_doctor_says_why(make_settings: Make) -> None:
    settings = make_settings(LANGUAGE="de", PAGE_LANGUAGE="de,en")
    with pytest.raises(LanguageError) as raised:
        locale.find_language("de")
    assert "python3-babel" in raised.value.remedy
    assert public_languages(settings.language, settings.page_languages) == (ENGLISH, (ENGLISH, ENGLISH))
    (problem,) = language_problems(settings.languages)
    assert problem.problem.startswith("the texts of language de cannot be read (")
    assert problem.problem.endswith("; English is published instead")


@pytest.mark.usefixtures("without_catalogues")
def test_a_damaged_catalogue_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "de/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "de/LC_MESSAGES/elytra-status.mo").write_bytes(b"\xde\x12\x04\x95 damaged")
    assert public_languages("de", ("de",)).main is ENGLISH


@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_damaged_data_of_babel_is_as_no_catalogue(damage: str, tmp_path: Path) -> None:
    installed, copied = Path(babel.__file__).parent, tmp_path / "babel"
    shutil.copytree(installed, copied, ignore=shutil.ignore_patterns("locale-data"))
    (copied / "locale-data").mkdir()
    for name in ("root", "en", *(["de"] if damage == "cut off" else [])):
        shutil.copy(installed / "locale-data" / f"{name}.dat", copied / "locale-data")
    if damage == "cut off":
        os.truncate(copied / "locale-data/de.dat", 3)
    code = (
        "from elytra_status.locale import LanguageError, find_language\n"
        "try: find_language('de')\n"
        "except LanguageError: print('refused')"
    )
    paths = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("refused\n", "")


@pytest.mark.usefixtures("without_catalogues")
def test_a_missing_catalogue_is_no_fault_of_the_settings(make_settings: Make) -> None:
    assert make_settings(LANGUAGE="de", PAGE_LANGUAGE="en,de").language == "de"


def test_english_needs_neither_babel_nor_a_catalogue() -> None:
    code = (
        "import sys; from tests.published import published; from elytra_status.documents import MODULES, render_all;"
        " render_all(published(), tuple(MODULES)); sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert render_all(published())
    assert page.render(published())
