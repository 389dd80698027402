# SPDX-License-Identifier: MIT
"""LANGUAGE, PAGE_LANGUAGE, and texts for one language of the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status import LANGUAGE_CODES
from elytra_status.settings import Loaded, WrongSettingsError, load


def read(directory: Path, content: str, environment: dict[str, str] | None = None) -> Loaded:
    file = directory / "elytra-status.conf"
    file.write_text(content, encoding="utf-8")
    return load(file, environment or {})


def test_by_default_everything_is_in_english(tmp_path: Path) -> None:
    settings = read(tmp_path, "").settings
    assert (settings.language, settings.page_languages, settings.languages) == ("en", ("en",), ("en",))
    assert settings.translated == ()


def test_the_page_has_the_language_of_everything_unless_it_has_its_own(tmp_path: Path) -> None:
    assert read(tmp_path, "LANGUAGE=de").settings.page_languages == ("de",)
    settings = read(tmp_path, "LANGUAGE=de\nPAGE_LANGUAGE=en, ar").settings
    assert settings.page_languages == ("en", "ar")
    assert settings.languages == ("de", "en", "ar")


@pytest.mark.parametrize("line", ["LANGUAGE=tlh", "PAGE_LANGUAGE=en,tlh", "PAGE_TITLE.tlh=tlhIngan"])
def test_an_unknown_language_is_refused_with_those_that_exist(tmp_path: Path, line: str) -> None:
    with pytest.raises(WrongSettingsError) as raised:
        read(tmp_path, line)
    assert ", ".join(LANGUAGE_CODES) in str(raised.value)
    assert "elytra-status.conf:1" in str(raised.value)


def test_the_variable_of_gettext_is_no_setting(tmp_path: Path) -> None:
    settings = read(tmp_path, "", {"LANGUAGE": "de_DE:de", "PAGE_LANGUAGE": "fr"}).settings
    assert settings.language == "en"
    assert settings.page_languages == ("fr",)


def test_a_text_may_differ_in_a_language_of_the_page(tmp_path: Path) -> None:
    loaded = read(
        tmp_path,
        "PAGE_LANGUAGE=en,de\nPAGE_TITLE=Example status\nPAGE_TITLE.de=Status von Beispiel\nBACKUP_POLICY=Nightly.\n",
    )
    ((code, german),) = loaded.settings.translated
    assert code == "de"
    assert (loaded.settings.page_title, german.page_title) == ("Example status", "Status von Beispiel")
    assert german.backup_policy == "Nightly."
    assert loaded.warnings == []
    assert loaded.origins["PAGE_TITLE.de"].endswith(":3")


def test_a_credential_and_lower_case_name_a_language_too(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given/page_title.de").write_text("Geheimer Titel\n", encoding="utf-8")
    file = tmp_path / "elytra-status.conf"
    file.write_text("page_language=de\nbackup_policy.de=Jede Nacht.\n", encoding="utf-8")
    settings = load(file, {"CREDENTIALS_DIRECTORY": str(tmp_path / "given")}).settings
    ((_, german),) = settings.translated
    assert (german.page_title, german.backup_policy) == ("Geheimer Titel", "Jede Nacht.")


def test_a_text_for_a_language_that_is_not_published_is_ignored_with_a_warning(tmp_path: Path) -> None:
    loaded = read(tmp_path, "PAGE_TITLE.de=Status")
    (warning,) = loaded.warnings
    assert "PAGE_TITLE.de is for a language that no document has" in str(warning)
    assert "Add de to PAGE_LANGUAGE" in str(warning)
    assert loaded.settings.translated == ()


def test_a_text_for_a_language_is_checked_as_the_text_itself(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingsError) as raised:
        read(tmp_path, f"PAGE_LANGUAGE=de\nPAGE_TITLE.de={'x' * 81}")
    assert "PAGE_TITLE.de has 81 characters" in str(raised.value)


def test_other_settings_have_no_language(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, "PAGE_COLOR.de=#000000").warnings
    assert "is not a setting" in str(warning)
