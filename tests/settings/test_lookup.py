# SPDX-License-Identifier: MIT
"""Where values come from: credentials, environment, files."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from elytra_status.problem import SettingsError, SettingsProblem
from elytra_status.settings import Settings, load
from elytra_status.settings.file import LARGEST_FILE
from tests.settings.reading import NOBODY, Read, Refuse, credentials


def test_a_credential_counts_before_the_environment_and_that_before_the_file(read: Read, tmp_path: Path) -> None:
    file = "STATUS_BUCKET_KEY=file.json\nSPACES_REGION=file\nLOG_LEVEL=error\n"
    environment = {"STATUS_BUCKET_KEY": "environment.json", "SPACES_REGION": "environment"}
    directory = credentials(tmp_path, status_bucket_key="credential.json\n")
    loaded = read(file, CREDENTIALS_DIRECTORY=directory, **environment)
    assert loaded.settings.status_bucket_key == "credential.json"
    assert loaded.settings.spaces_region == "environment"
    assert loaded.settings.log_level == "error"
    assert loaded.settings.status_policy == "monitors"
    assert loaded.origins["STATUS_BUCKET_KEY"] == "credential status_bucket_key"
    assert loaded.origins["SPACES_REGION"] == "environment"
    assert loaded.origins["LOG_LEVEL"] == f"{tmp_path}/settings.conf:3"
    assert loaded.origins["STATUS_POLICY"] == "default"
    assert loaded.warnings == []


@pytest.mark.parametrize("name", ["spaces_region", "SPACES_REGION", "credentials_SPACES_REGION"])
def test_a_credential_may_be_named_in_either_case_and_come_from_a_directory(
    name: str, read: Read, tmp_path: Path
) -> None:
    loaded = read("", CREDENTIALS_DIRECTORY=credentials(tmp_path, **{name: "nyc3"}))
    assert loaded.settings.spaces_region == "nyc3"


def test_the_settings_file_may_be_handed_over_as_a_credential(tmp_path: Path) -> None:
    directory = credentials(tmp_path, **{"elytra-status.conf": "SPACES_REGION=nyc3\nLOG_LEVEL=loud\n"})
    with pytest.raises(SettingsError) as caught:
        load(None, {"CREDENTIALS_DIRECTORY": directory})
    assert str(caught.value.faults[0]).startswith("/etc/elytra-status/elytra-status.conf:2: LOG_LEVEL ")


def test_an_unknown_credential_is_warned_of(read: Read, tmp_path: Path) -> None:
    loaded = read("", CREDENTIALS_DIRECTORY=credentials(tmp_path, spaces_secret="x"))
    assert loaded.warnings == [
        SettingsProblem(
            "not a setting, but SPACES_SECRET_KEY is; it is ignored",
            "Correct or remove it",
            "credential spaces_secret",
            is_unknown=True,
        )
    ]


def test_what_stands_in_for_settings_and_secrets_that_are_missing_is_nothing(read: Read, tmp_path: Path) -> None:
    stand_ins = {"elytra-status.conf": "# missing", "credentials": "# missing"}
    loaded = read("", CREDENTIALS_DIRECTORY=credentials(tmp_path, **stand_ins))
    assert loaded.settings == Settings()
    assert loaded.warnings == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"x" * (LARGEST_FILE + 1)], ids=["UTF-16", "zero", "huge"])
def test_a_credential_that_is_no_text_is_a_fault(content: bytes, refuse: Refuse, tmp_path: Path) -> None:
    directory = credentials(tmp_path, spaces_region=content)
    (fault,) = refuse("", CREDENTIALS_DIRECTORY=directory)
    assert fault.startswith("credential spaces_region: SPACES_REGION ")


def test_a_credentials_directory_that_is_not_there_is_a_fault(refuse: Refuse, tmp_path: Path) -> None:
    (fault,) = refuse("", CREDENTIALS_DIRECTORY=str(tmp_path / "nowhere"))
    assert "credentials" in fault
    assert "No such file" in fault


def test_a_variable_that_is_set_to_nothing_takes_a_value_away(read: Read) -> None:
    assert read("SPACES_REGION=nyc3\n", SPACES_REGION="").settings.spaces_region == "us-east-1"


def test_a_variable_that_is_no_text_is_a_fault(refuse: Refuse) -> None:
    (fault,) = refuse("", INFRASTRUCTURE_NOTES=os.fsdecode(b"all \xff well"))
    assert fault.startswith("environment: INFRASTRUCTURE_NOTES is not UTF-8")


def test_without_a_file_all_is_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("elytra_status.settings.load"), "DEFAULT_FILE", tmp_path / "none.conf")
    assert load(None, {}).settings == Settings()


def test_by_hand_the_credentials_beside_the_settings_file_count_as_in_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("elytra_status.settings.load"), "DEFAULT_FILE", tmp_path / "some.conf")
    credentials(tmp_path, uptime_kuma_api_key="key", uptime_kuma_url="https://kuma.example.com")
    key = load(None, {}).settings.uptime_kuma_api_key
    assert key
    assert key.reveal() == "key"
    (tmp_path / "another.conf").touch()
    assert load(tmp_path / "another.conf", {}).settings == Settings()


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory"):
        load(tmp_path / "none.conf", {})
    with pytest.raises(SettingsError, match="Is a directory"):
        load(tmp_path, {})


def test_a_user_who_may_not_read_the_settings_gets_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "closed" / "elytra-status.conf"
    file.parent.mkdir(mode=0o700)
    file.write_text("SPACES_REGION=nyc3\n")
    file.chmod(0)
    program = (
        "import os, sys, pathlib, importlib\n"
        "module = importlib.import_module('elytra_status.settings.load')\n"
        "module.DEFAULT_FILE = pathlib.Path(sys.argv[1])\n"
        # After the import: the checkout may lie where another user cannot read it.
        "os.geteuid() or os.setuid(int(sys.argv[2]))\n"
        "try: module.load(None, {})\n"
        "except module.SettingsError as error: print(error)\n"
    )
    words = [sys.executable, "-c", program, str(file), str(NOBODY)]
    result = subprocess.run(words, capture_output=True, text=True, check=True)
    assert result.stdout.startswith(f"{file}: cannot be read (Permission denied). ")
    assert "root" in result.stdout
