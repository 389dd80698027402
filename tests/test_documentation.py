# SPDX-License-Identifier: MIT
"""That what the README says is so."""

from __future__ import annotations

import re
from pathlib import Path

from elytra_status.cli import build_parser
from elytra_status.documents import history_json, render_all
from elytra_status.documents.statuspage import WORDS
from elytra_status.errors import EXIT_STATUSES
from elytra_status.settings.definitions import DOCUMENTS
from elytra_status.settings.lookup import key_of
from tests.published import published

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_the_exit_statuses_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE))
    assert rows == {str(status): meaning for status, meaning in EXIT_STATUSES.items()}


def test_every_setting_that_is_named_exists() -> None:
    shown = set(re.findall(r"^ {4}([A-Z_]+)=", README, re.MULTILINE)) | set(
        re.findall(r"`([A-Z]+_[A-Z_]+)[=`]", README)
    )
    assert shown
    assert not [name for name in shown if key_of(name) is None]


def test_every_command_is_named() -> None:
    (commands,) = (action for action in build_parser()._actions if action.dest == "command")
    assert commands.choices
    for command in commands.choices:
        assert f"| `{command}" in README


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_document_is_described() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "documents.md").read_text("utf-8")
    for document in render_all(published(), DOCUMENTS):
        name = document.name.removeprefix("api/v2/").removesuffix(".json") if "/" in document.name else document.name
        assert f"`{name}`" in guide, document.name
    for status, (indicator, component) in WORDS.items():
        assert f"| `{status.value}` | `{indicator}` | `{component}`" in guide


def test_every_field_of_the_history_is_described() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "documents.md").read_text("utf-8")
    (document,) = history_json.render(published())
    fields = set(re.findall(r'"(\w+)":', document.body.decode())) - {
        "schema_version",
        "last_24h",
        "last_7d",
        "last_30d",
    }
    assert not [field for field in fields if not re.search(rf"[`.\]]{field}\b", guide)]
