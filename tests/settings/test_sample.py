# SPDX-License-Identifier: MIT
"""The sample file, and the table of `config show`."""

from __future__ import annotations

import re
from pathlib import Path

from elytra_status.settings import DEFINITIONS, Settings
from elytra_status.settings.definitions import OF_KIND
from elytra_status.settings.file import quoted
from elytra_status.settings.show import WIDTH, sample, settings_table
from tests.settings.reading import Read, credentials


def test_the_sample_names_every_setting_once_and_sets_none(read: Read) -> None:
    text = sample()
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert text.isascii()
    assert not text.endswith("\n\n")
    for definition in DEFINITIONS:
        assert text.count(f"\n#{definition.name}=") == 1, definition.name
    loaded = read(text)
    assert loaded.settings == Settings()
    assert loaded.warnings == []


def test_no_command_and_no_word_with_a_hyphen_is_broken_in_the_sample() -> None:
    text, quotes, words = sample(), 0, 0
    for definition in DEFINITIONS:
        block = text.partition(f"\n#{definition.name}=")[0].rpartition("\n\n")[2]
        shown = [line.removeprefix("# ") for line in block.splitlines()]
        for quote in re.findall("`[^`]+`", definition.description):
            quotes += 1
            assert any(quote in line for line in shown), quote
        for word in re.findall(r"\S*-\S*", definition.description):
            words += 1
            assert any(word in line for line in shown), word
    assert quotes >= 10
    assert words >= 40
    for whole in ("Proxy-Authorization:", "`elytra-status history --json`"):
        assert whole in text


def test_the_sample_is_right_when_all_of_it_is_taken(read: Read) -> None:
    names = {f"#{definition.name}=": definition for definition in DEFINITIONS}
    lines = []
    for line in sample().splitlines():
        name, equals, value = line.partition("=")
        if definition := names.get(name + equals):
            assert value or definition.is_secret, f"{definition.name} has neither a default nor an example"
            secret = "https://a-secret.example" if definition.name.endswith("_URL") else "a-secret-of-the-test"
            line = line[1:] if value else f"{line[1:]}{secret}"
        # A source that SOURCES does not name would be warned of.
        lines.append(line if name != "#SOURCES" else f"SOURCES={','.join(OF_KIND)}")
    loaded = read("\n".join(lines))
    assert loaded.warnings == []
    assert set(loaded.origins.values()).isdisjoint({"default", "environment"})
    for definition in DEFINITIONS:
        if definition.example and definition.name != "SOURCES":
            assert getattr(loaded.settings, definition.attribute) == definition.kind.read(definition.example)


def test_what_the_sample_says_of_quotes_is_so(read: Read) -> None:
    text = 'a # b "c" \\ d'
    settings = read(f"INFRASTRUCTURE_NOTES={quoted(text)}\n").settings
    assert settings.infrastructure_notes == text
    assert '\\"' in sample()


def test_the_table_says_of_each_value_where_it_came_from(read: Read, tmp_path: Path) -> None:
    loaded = read(
        "SPACES_SECRET_KEY=Pl4nted\nSPACES_REGION=nyc3\n",
        CREDENTIALS_DIRECTORY=credentials(tmp_path, spaces_access_key="Pl4nted"),
        CORS_ORIGINS="https://a.example,https://b.example",
    )
    lines = {line.split()[0]: line.split()[1:] for line in settings_table(loaded).splitlines()}
    assert set(lines) == {definition.name for definition in DEFINITIONS}
    assert lines["SPACES_REGION"] == ["nyc3", f"{tmp_path}/settings.conf:2"]
    assert lines["SPACES_SECRET_KEY"] == ["set", f"{tmp_path}/settings.conf:1"]
    assert lines["SPACES_ACCESS_KEY"] == ["set", "credential", "spaces_access_key"]
    assert lines["UPTIME_KUMA_API_KEY"] == ["not", "set", "default"]
    assert lines["MONITOR_IDS"] == ["not", "set", "default"]
    assert lines["BACKUP_POLICY"] == ["not", "set", "default"]
    assert lines["CORS_ORIGINS"] == ["https://a.example,https://b.example", "environment"]
    assert lines["OUTAGE_THRESHOLD"] == ["1", "default"]
    assert "Pl4nted" not in settings_table(loaded)
