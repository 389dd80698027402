# SPDX-License-Identifier: MIT
"""Files of settings in conf.d/: read after the settings file, by hand and as systemd hands them over."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from elytra_status.settings import Loaded, WrongSettingsError, given_to_unit, load
from elytra_status.settings.definitions import DEFINITIONS

Load = Callable[[], Loaded]


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's directory of settings, with an empty settings file."""
    file = tmp_path / "elytra-status.conf"
    file.write_text("# The settings lie in conf.d/.\n")
    (tmp_path / "conf.d").mkdir()
    monkeypatch.setattr(import_module("elytra_status.settings.load"), "DEFAULT_FILE", file)
    monkeypatch.setattr(given_to_unit, "DIRECTORIES", ())
    return tmp_path


@pytest.fixture(params=["by hand", "as the service"])
def read(request: pytest.FixtureRequest, etc: Path, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load the settings as a command does, or from what systemd hands over."""

    def as_the_service() -> Loaded:
        given = tmp_path_factory.mktemp("credentials")
        for file in (etc / "elytra-status.conf", *(etc / "conf.d").iterdir()):
            prefix = "conf.d_" if file.parent.name == "conf.d" else ""
            (given / f"{prefix}{file.name}").write_bytes(file.read_bytes())
        return load(None, {"CREDENTIALS_DIRECTORY": str(given)})

    return as_the_service if request.param == "as the service" else lambda: load(None, {})


def write(etc: Path, name: str, text: str) -> None:
    (etc / "conf.d" / name).write_text(text)


def test_the_last_file_that_sets_something_counts_and_is_named_as_its_origin(etc: Path, read: Load) -> None:
    (etc / "elytra-status.conf").write_text("LOG_LEVEL=debug\nSPACES_REGION=ams3\nSTATE_HOST=x\n")
    write(etc, "20-mine.conf", "\nSPACES_REGION=fra1\n")
    write(etc, "10-storage.conf", "SPACES_REGION=nyc3\nCORS_ORIGINS=https://www.example.com\n")
    loaded = read()
    assert (loaded.settings.spaces_region, loaded.settings.log_level) == ("fra1", "debug")
    assert loaded.settings.cors_origins == ("https://www.example.com",)
    assert loaded.origins["SPACES_REGION"] == f"{etc}/conf.d/20-mine.conf:2"
    assert [words.partition(": ")[0] for words in map(str, loaded.warnings)] == [f"{etc}/elytra-status.conf:3"]


def test_an_empty_value_takes_back_what_an_earlier_file_set(etc: Path, read: Load) -> None:
    write(etc, "a.conf", "SPACES_REGION=nyc3\n")
    write(etc, "b.conf", "SPACES_REGION=\n")
    assert read().origins["SPACES_REGION"] == "default"


def test_an_older_name_in_a_later_file_counts(etc: Path, read: Load) -> None:
    (definition,) = (one for one in DEFINITIONS if one.name == "UPTIME_KUMA_URL")
    new, old = definition.name, definition.former_names[0]
    write(etc, "a.conf", f"{new}=https://a.example\n")
    write(etc, "b.conf", f"{old}=https://b.example\n")
    loaded = read()
    assert loaded.settings.uptime_kuma_url == "https://b.example"
    assert loaded.origins[new] == f"{etc}/conf.d/b.conf:1"
    (warning,) = map(str, loaded.warnings)
    assert warning.endswith(f"{old} is an older name. Write {new}.")


@pytest.mark.parametrize("name", ["10-a.conf~", ".10-a.conf.swp", ".hidden.conf", "a.conf.dpkg-new", "README", "a"])
def test_what_an_editor_or_dpkg_leaves_there_is_not_read(name: str, etc: Path, read: Load) -> None:
    write(etc, name, "SPACES_REGION=nyc3\nwrong line\n")
    loaded = read()
    assert loaded.origins["SPACES_REGION"] == "default"
    assert loaded.warnings == []


def test_faults_of_all_files_are_shown_at_once_each_with_file_and_line(etc: Path, read: Load) -> None:
    write(etc, "a.conf", "LOG_LEVEL=loud\n")
    write(etc, "b.conf", "\nSTATUS_POLICY=guess\n")
    with pytest.raises(WrongSettingsError) as refused:
        read()
    places = [words.partition(": ")[0] for words in map(str, refused.value.faults)]
    assert sorted(places) == [f"{etc}/conf.d/a.conf:1", f"{etc}/conf.d/b.conf:2"]


def test_a_secret_that_all_can_read_is_warned_of_in_its_own_file_alone(etc: Path) -> None:
    write(etc, "a.conf", "SPACES_ACCESS_KEY=DO00EXAMPLE\nSPACES_SECRET_KEY=example-secret\n")
    write(etc, "b.conf", "LOG_LEVEL=info\n")
    (etc / "conf.d/a.conf").chmod(0o644)
    (etc / "conf.d/b.conf").chmod(0o644)
    (warning,) = map(str, load(None, {}).warnings)
    assert warning == f"{etc}/conf.d/a.conf: contains secrets and is readable by everyone. Set its mode to 0640."


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("nowhere", path)])
def test_what_is_no_file_is_refused_and_not_waited_for(make: Callable[[Path], None], etc: Path) -> None:
    make(etc / "conf.d/a.conf")
    with pytest.raises(WrongSettingsError, match=re.escape(f"{etc}/conf.d/a.conf: is not a regular file")) as refused:
        load(None, {})
    assert not refused.value.is_whole


def test_a_file_that_is_named_stands_for_itself(etc: Path, tmp_path: Path) -> None:
    write(etc, "a.conf", "SPACES_REGION=nyc3\n")
    file = tmp_path / "other.conf"
    file.write_text("LOG_LEVEL=debug\n")
    assert load(file, {}).origins["SPACES_REGION"] == "default"


def test_what_stands_in_place_of_a_missing_directory_is_no_setting(etc: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in ("elytra-status.conf", "conf.d", "credentials"):
        (given / name).write_text("# missing")
    loaded = load(None, {"CREDENTIALS_DIRECTORY": str(given)})
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.warnings == []
