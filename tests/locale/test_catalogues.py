# SPDX-License-Identifier: MIT
"""The catalogues hold every text of the source, translated, with the same placeholders and all plural forms."""

from __future__ import annotations

import importlib.util
import string
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("babel.messages")
from babel.messages.pofile import read_po

TREE = Path(__file__).resolve().parent.parent.parent
TOOL = TREE / "tools/messages.py"
LANGUAGES = sorted(path.parent.parent.name for path in (TREE / "elytra_status/locale").glob("*/LC_MESSAGES/*.po"))

pytestmark = pytest.mark.skipif(not LANGUAGES, reason="this tree has compiled catalogues alone")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["messages"] = module
    spec.loader.exec_module(module)
    return module


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms(message: Any) -> list[str]:
    return [*message.string] if message.pluralizable else [message.string]


def english(message: Any) -> str:
    return str(message.id[-1] if message.pluralizable else message.id)


def test_texts_of_every_module_are_found(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "TREE", tmp_path)
    monkeypatch.setattr(tool, "PACKAGE", tmp_path)
    (tmp_path / "new").mkdir()
    (tmp_path / "new/module.py").write_text(
        """\
TITLE = to_translate("A title " "in two parts.")
shown = f"{language.count('{number} host', '{number} hosts', 3)}: {self.language.text('Hello {name}', name=name)}"
other = b"aa".count(b"a"), "a".count("a"), text("no text"), language.text(variable)
""",
        encoding="utf-8",
    )
    found = [(one.id, one.locations) for one in tool.template() if one.id]
    texts = ["A title in two parts.", ("{number} host", "{number} hosts"), "Hello {name}"]
    assert found == [(text, [("new/module.py", 0)]) for text in texts]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_source_is_translated_and_no_other_is_there(tool: ModuleType, language: str) -> None:
    found = {english(one) for one in tool.read(language) if one.id}
    assert found == {english(one) for one in tool.template() if one.id}, "run make messages, and translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_missing_or_guessed(tool: ModuleType, language: str) -> None:
    catalogue = tool.read(language)
    for message in catalogue:
        if message.id:
            assert all(forms(message)), f"{english(message)} has no translation"
            assert not message.fuzzy, f"{english(message)} is fuzzy"
            expected = catalogue.num_plurals if message.pluralizable else 1
            assert len(forms(message)) == expected, english(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_values_of_its_text(tool: ModuleType, language: str) -> None:
    for message in tool.read(language):
        for form in forms(message) if message.id else ():
            # A form for one or two may say the number in words.
            optional = {"number"} if message.pluralizable else set()
            assert placeholders(form) - optional == placeholders(english(message)) - optional, english(message)
            assert not optional or placeholders(form) <= placeholders(english(message))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_as_the_tool_writes_it(tool: ModuleType, language: str) -> None:
    """So that a change of one text is a change of its lines alone."""
    path = tool.LOCALE / language / tool.FILE
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    assert [one.id for one in read] == [one.id for one in tool.read(language)]
    assert b"POT-Creation-Date" not in path.read_bytes()
    assert "\u2028" not in path.read_text("utf-8")
