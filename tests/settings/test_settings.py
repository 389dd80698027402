# SPDX-License-Identifier: MIT
"""The settings: where values come from, what is refused and in which words, and that no secret is ever seen."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import os
import pickle
import pprint
import re
import string
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.problem import SettingsError, SettingsProblem
from elytra_status.settings import (
    DEFINITIONS,
    Loaded,
    Secret,
    Settings,
    Threshold,
    WrongSettingsError,
    kinds,
    load,
    secret_kinds,
)
from elytra_status.settings.definitions import OF_KIND
from elytra_status.settings.file import LARGEST_FILE, parse_lines, quoted
from elytra_status.settings.show import WIDTH, sample, settings_table

# Forms of a pasted key: no part of one may be shown.
SECRETS = ("Pl4ntedS3cretOfTheTest", "cGxhbnRlZA==", "AKIAPLANTEDSECRET7", "planted_secret_Aa1", "planted.se/cret+x")
NOBODY = 65534

Read = Callable[..., Loaded]
Refuse = Callable[..., list[str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return what loads settings from a file of that content, and from the environment given by names."""

    def do(content: str | bytes = "", **environment: str) -> Loaded:
        file = tmp_path / "settings.conf"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(0o600)
        return load(file, environment)

    return do


@pytest.fixture
def refuse(read: Read, tmp_path: Path) -> Refuse:
    """Return what loads settings that must be refused; it gives the faults, the directory left out."""

    def do(content: str | bytes = "", **environment: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            read(content, **environment)
        return [str(fault).replace(f"{tmp_path}/", "") for fault in caught.value.faults]

    return do


def credentials(tmp_path: Path, **values: str | bytes) -> str:
    directory = tmp_path / "credentials"
    directory.mkdir(exist_ok=True)
    for name, value in values.items():
        (directory / name).write_bytes(value if isinstance(value, bytes) else value.encode())
    return str(directory)


def faults_of(file: Path, **environment: str) -> list[str]:
    try:
        load(file, environment)
    except SettingsError as error:
        return [str(fault) for fault in error.faults]
    return []


# Where values come from


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


def test_who_may_not_read_the_settings_is_told_what_to_do(tmp_path: Path) -> None:
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
    assert result.stdout.startswith(f"{file}: cannot be read: Permission denied. ")
    assert "root" in result.stdout


# The file


def test_what_a_file_may_look_like(read: Read) -> None:
    settings = read(
        "\n# a comment\n\n"
        "  export SPACES_REGION = nyc3  \n"
        "BACKUP_POLICY=Nightly backups, kept for 7 days.   # and more\n"
        'INFRASTRUCTURE_MODEL="One \\"droplet\\" # each, a \\\\ too"\n'
        "INFRASTRUCTURE_NOTES='as \"it\" is # there'\n"
        "STATUS_BUCKET_KEY=a=b#c\n"
        "BACKUP_PREFIX= # none yet\n"
        "BACKUP_PATTERN=\n"
        "PAGE_TITLE=#1\n"
        "LOG_LEVEL=DEBUG\n"
    ).settings
    assert settings.spaces_region == "nyc3"
    assert settings.backup_policy == "Nightly backups, kept for 7 days."
    assert settings.infrastructure_model == 'One "droplet" # each, a \\ too'
    assert settings.infrastructure_notes == 'as "it" is # there'
    assert settings.status_bucket_key == "a=b#c"
    assert settings.backup_prefix == ""
    assert settings.backup_pattern == "*"
    assert settings.page_title == "#1"
    assert settings.log_level == "debug"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfSPACES_REGION=nyc3\r\nLOG_LEVEL=error\r\n",
        b"SPACES_REGION=nyc3\rLOG_LEVEL=error",
        b"\r\n\r\nSPACES_REGION=nyc3\r\n\r\n\tLOG_LEVEL='error'\r\n",
    ],
)
def test_other_systems_line_ends_and_a_byte_order_mark_are_no_matter(content: bytes, read: Read) -> None:
    loaded = read(content)
    assert loaded.settings.spaces_region == "nyc3"
    assert loaded.settings.log_level == "error"
    assert loaded.warnings == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"# nothing", b"\r\n \t\r\n"])
def test_an_empty_file_sets_nothing(content: bytes, read: Read) -> None:
    loaded = read(content)
    assert loaded.settings == Settings()
    assert loaded.warnings == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"LOG_LEVEL=info\nBACKUP_POLICY=\xff\n", "settings.conf:2: is not UTF-8"),
        ("LOG_LEVEL=info\n".encode("utf-16"), "settings.conf:1: is not UTF-8"),
        (b"LOG_LEVEL=info\n\nSPACES_REGION=a\0b\n", "settings.conf:3: contains a zero byte"),
    ],
)
def test_what_is_no_text_is_refused_once(content: bytes, expected: str, refuse: Refuse) -> None:
    """No setting that may stand in such a file is said to be missing."""
    (fault,) = refuse(content, UPTIME_KUMA_API_KEY="key")
    assert fault.startswith(expected)


def test_a_file_as_large_as_may_be_is_read_at_once(read: Read, refuse: Refuse) -> None:
    began = time.process_time()
    read("#" * LARGEST_FILE)
    read("\n" * LARGEST_FILE)
    read("SPACES_REGION=a\n" * (LARGEST_FILE // 16))
    refuse('SPACES_REGION="' + '\\"' * 400_000 + "x")
    assert "".join(refuse("#" * (LARGEST_FILE + 1))).startswith("settings.conf: ")
    assert time.process_time() - began < 20


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(SettingsError):
        load(Path("/dev/zero"), {})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('SPACES_REGION="nyc3', "SPACES_REGION has an open quote"),
        ("SPACES_REGION='nyc3", "SPACES_REGION has an open quote"),
        ('export SPACES_REGION = "nyc3" x', "SPACES_REGION has an open quote"),
        ("SPACES_REGION nyc3", "is not of the form KEY=value"),
        ("SPACES_REGION", "SPACES_REGION has no ="),
        ("=nyc3", "is not of the form KEY=value"),
        ("1SPACES=nyc3", "is not of the form KEY=value"),
        ("SPACES-REGION=nyc3", "is not of the form KEY=value"),
        ("'", "is not of the form KEY=value"),
        ('"SPACES_REGION=nyc3"', "is not of the form KEY=value"),
        ("SPACES_REGION: nyc3", "SPACES_REGION has a colon in place of ="),
        ("spaces_region:", "SPACES_REGION has a colon in place of ="),
        ("export SPACES_REGION: a=b", "SPACES_REGION has a colon in place of ="),
        ("SOMETHING: nyc3", "has a colon in place of ="),
        ("SPACES_REGION=\u201cnyc3\u201d", "SPACES_REGION has the quotes of a word processor"),
        ("SPACES_REGION = \u201enyc3\u201c  # there", "SPACES_REGION has the quotes of a word processor"),
        ("SPACES_REGION=\u2018nyc3\u2019", "SPACES_REGION has the quotes of a word processor"),
        ("SPACES_REGION=\u00abnyc3\u00bb", "SPACES_REGION has the quotes of a word processor"),
        ('SPACES_REGION="nyc3\u201d', "SPACES_REGION has the quotes of a word processor"),
        ("[Settings]", "is not of the form KEY=value"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_hides_no_other(line: str, expected: str, refuse: Refuse) -> None:
    faults = refuse(f'\n{line}\nLOG_LEVEL="loud"\nSTATUS_POLICY="guess"\n')
    assert len(faults) == 3
    assert faults[0].startswith(f"settings.conf:2: {expected}")
    assert faults[1].startswith("settings.conf:4: STATUS_POLICY ")
    assert faults[2].startswith("settings.conf:3: LOG_LEVEL ")


def test_a_line_break_in_a_value_is_refused_where_it_stands(refuse: Refuse) -> None:
    (fault,) = refuse('\nINFRASTRUCTURE_NOTES="a\\nb"\n')
    assert fault == (
        "settings.conf:2: INFRASTRUCTURE_NOTES contains a line break or a control character."
        " Write one line of plain text."
    )


def test_the_last_of_two_lines_counts_and_that_is_said(read: Read) -> None:
    loaded = read("SPACES_REGION=a\nLOG_LEVEL=info\nSPACES_REGION=b\n")
    assert loaded.settings.spaces_region == "b"
    assert [str(line).rpartition("settings.conf:")[2] for line in loaded.warnings] == [
        "3: SPACES_REGION is set twice, and this line is used. Remove the other line."
    ]


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        ("BACKUP_POLICY=Nightly #1 of all", True),
        ("INFRASTRUCTURE_REGIONS=a,b #c", True),
        ("SPACES_SECRET_KEY=abc #def", True),
        ("BACKUP_POLICY=Nightly#1", False),
        ('BACKUP_POLICY="Nightly #1"', False),
        ("BACKUP_POLICY='Nightly' # all of them", False),
        ("BACKUP_POLICY= # none yet", False),
        ("LOG_LEVEL=info # not so much", False),
    ],
)
def test_a_value_that_loses_its_tail_to_a_comment_is_warned_of(line: str, warned: bool, read: Read) -> None:
    text = f"{line}\nSPACES_ACCESS_KEY=a\nSPACES_SECRET_KEY=b\n" if "SECRET" in line else line
    warnings = [str(warning) for warning in read(text).warnings]
    assert any("#" in words and "quotes" in words for words in warnings) == warned
    assert not any("def" in words for words in warnings)


@pytest.mark.parametrize(
    "line", ["uptime_kuma_url={}", "Uptime_Kuma_Url = {}", "export uptime_kuma_url={}", "uptime_kuma_metrics_url={}"]
)
def test_the_letter_case_of_a_key_in_a_file_is_no_matter(line: str, read: Read) -> None:
    loaded = read(line.format("https://kuma.example.com"))
    assert loaded.settings.uptime_kuma_url == "https://kuma.example.com"
    assert all("UPTIME_KUMA_METRICS_URL is an older name" in words for words in map(str, loaded.warnings))


def test_a_key_in_two_cases_is_one_key_and_in_the_environment_small_letters_are_of_other_programs(read: Read) -> None:
    loaded = read("SPACES_REGION=a\nspaces_region=b\n", spaces_region="c", publish="x")
    assert loaded.settings.spaces_region == "b"
    (warning,) = map(str, loaded.warnings)
    assert str(warning).endswith(
        "settings.conf:2: SPACES_REGION is set twice, and this line is used. Remove the other line."
    )


def test_a_text_may_hold_quotes_of_a_word_processor(read: Read) -> None:
    settings = read(
        'INFRASTRUCTURE_NOTES=\u201eSicher\u201c ist es.\nBACKUP_POLICY="\u201eJede Nacht\u201c"\n'
    ).settings
    assert settings.infrastructure_notes == "\u201eSicher\u201c ist es."
    assert settings.backup_policy == "\u201eJede Nacht\u201c"


@pytest.mark.parametrize("content", ["", "\n", " \n \n", "\ufeff"])
def test_an_empty_credential_takes_no_value_away_and_is_warned_of(content: str, read: Read, tmp_path: Path) -> None:
    directory = credentials(tmp_path, spaces_region=content)
    loaded = read("SPACES_REGION=nyc3\n", CREDENTIALS_DIRECTORY=directory)
    assert loaded.settings.spaces_region == "nyc3"
    assert [*map(str, loaded.warnings)] == [
        f"credential spaces_region: SPACES_REGION is empty, and the value of {tmp_path}/settings.conf:1 is used."
        " Write the value into it, or remove it."
    ]
    loaded = read("", CREDENTIALS_DIRECTORY=directory)
    assert loaded.settings == Settings()
    assert [*map(str, loaded.warnings)] == [
        "credential spaces_region: SPACES_REGION is empty. Write the value into it, or remove it."
    ]


SECRET_NAMES = [definition.name for definition in DEFINITIONS if definition.is_secret]
KEYS = [definition.name for definition in DEFINITIONS if definition.kind is secret_kinds.KEY]
ADDRESSES = [definition.name for definition in DEFINITIONS if definition.kind is secret_kinds.ADDRESS]


def test_whatever_goes_into_a_header_as_it_stands_is_a_key() -> None:
    named = {name for name in SECRET_NAMES if name.endswith(("_KEY", "_TOKEN"))}
    assert set(KEYS) == {name for name in named if not name.endswith("_SECRET_KEY")}


@pytest.mark.parametrize("name", ["SPACES_SECRET_KEY", "BACKUP_SECRET_KEY"])
def test_a_key_to_sign_with_may_be_any_phrase_but_a_shortened_one(name: str, read: Read, refuse: Refuse) -> None:
    beside = {name.replace("SECRET", "ACCESS"): "key"}
    secret = getattr(read("", **beside, **{name: "any phr\u00e4se of MinIO"}).settings, name.lower())
    assert secret.reveal() == "any phr\u00e4se of MinIO"
    for text in ("Pl4nted\u2026", "Pl4nted..."):
        (fault,) = refuse("", **beside, **{name: text})
        assert fault.startswith(f"environment: {name} contains an ellipsis")
        assert "Pl4nted" not in fault


def test_a_secret_address_is_of_its_kind() -> None:
    assert set(ADDRESSES) == {name for name in SECRET_NAMES if name.endswith("_URL")}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("uk1_\u2026", "an ellipsis"),
        ("uk1_...", "an ellipsis"),
        ("uk1_Pl4nted key", "a space"),
        ("uk1_Pl4nted\u200bkey", "not ASCII"),
        ("\u201cuk1_Pl4nted\u201d", "not ASCII"),
        ("uk1_Pl4ntedé", "not ASCII"),
        ("uk1_Pl4nted\u00a0key", "not ASCII"),
    ],
)
def test_a_key_with_a_character_that_no_key_has_is_refused(name: str, text: str, words: str, refuse: Refuse) -> None:
    (fault,) = [fault for fault in refuse("", **{name: text}) if not fault.startswith("settings: ")][:1]
    assert fault.startswith(f"environment: {name} contains ")
    assert words in fault
    assert re.search(r"\. [A-Z].*\.$", fault), "it names no remedy"
    assert "Pl4nted" not in fault


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("text", ["https://hooks.example/Pl4nted\u2026", "https://hooks.example/Pl4nted..."])
def test_a_shortened_address_is_refused(name: str, text: str, refuse: Refuse) -> None:
    (fault,) = refuse("", **{name: text})
    assert fault.startswith(f"environment: {name} contains a space or an ellipsis")
    assert "Pl4nted" not in fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "https://ntfy.sh/Pl4nted",
            "is an address. Write the topic alone, and the address of its server into NTFY_URL.",
        ),
        ("ntfy.sh/Pl4nted", "is an address"),
        ("Pl4nted topic", "is not a topic of ntfy. Write 1 to 64 letters, digits, - and _."),
        ("Pl4ntedé", "is not a topic of ntfy"),
        ("Pl4nted.topic", "is not a topic of ntfy"),
        ("P" * 65, "is not a topic of ntfy"),
        *((topic, "is reserved by ntfy") for topic in sorted(secret_kinds.RESERVED_TOPICS)),
    ],
)
def test_what_is_no_topic_of_ntfy_is_refused(text: str, words: str, refuse: Refuse) -> None:
    (fault,) = refuse("", NTFY_TOPIC=text)
    assert fault.startswith(f"environment: NTFY_TOPIC {words}")
    assert "Pl4nted" not in fault


@pytest.mark.parametrize("text", ["a", "Elytra_status-7f3", "x" * 64, "Docs"])
def test_a_topic_of_ntfy_is_read(text: str, read: Read) -> None:
    assert read("", NTFY_TOPIC=text).settings.ntfy_topic == Secret(text)


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("text", ["\u2026", "..."])
def test_the_ellipsis_of_an_example_is_no_secret(name: str, text: str, refuse: Refuse) -> None:
    faults = refuse("", **{name: text})
    assert any(fault.startswith(f"environment: {name} ") and re.search(r"\. [A-Z].*\.$", fault) for fault in faults)


def test_a_password_may_hold_what_a_key_may_not(read: Read) -> None:
    values = {"PROMETHEUS_USER": "a", "PROMETHEUS_PASSWORD": "Schlüssel … 1", "PROMETHEUS_URL": "https://a.example"}
    password = read("", **values).settings.prometheus_password
    assert password is not None
    assert password.reveal() == "Schlüssel … 1"


@pytest.mark.parametrize("name", ["UPTIME_KUMA_URL", "STATUS_URL", "SPACES_ENDPOINT"])
@pytest.mark.parametrize(
    "host", ["kuma.example.com\u200b", "kuma\u2026example.com", "\u201ckuma.example.com\u201d", "k,a"]
)
def test_a_host_with_a_character_that_no_host_has_is_refused(name: str, host: str, refuse: Refuse) -> None:
    (fault,) = refuse("", **{name: f"https://{host}"})
    assert fault.startswith(f"environment: {name} ")


@given(st.from_regex(r"[A-Za-z0-9.-]{1,70}", fullmatch=True))
def test_a_region_is_what_the_library_takes(text: str) -> None:
    from botocore.exceptions import InvalidRegionError
    from botocore.utils import validate_region_name

    try:
        validate_region_name(text)
        is_valid = True
    except InvalidRegionError:
        is_valid = False
    assert bool(faults_of(Path(os.devnull), SPACES_REGION=text)) != is_valid


@pytest.mark.parametrize("name", ["UPTIME_KUMA_ULR", "UPTIMEKUMA_URL"])
def test_an_unknown_key_is_warned_of_with_the_nearest(name: str, read: Read) -> None:
    loaded = read(f"\n{name}=https://kuma.example.com\n")
    assert loaded.settings.uptime_kuma_url is None
    (warning,) = map(str, loaded.warnings)
    assert "settings.conf:2: " in warning
    assert "UPTIME_KUMA_URL is" in warning


def test_a_key_that_is_like_no_other_is_warned_of_too(read: Read) -> None:
    (warning,) = map(str, read("QUITE_ANOTHER=1\n").warnings)
    assert warning.endswith("settings.conf:1: QUITE_ANOTHER is not a setting; it is ignored. Correct or remove it.")


def test_warnings_are_there_beside_faults_as_they_may_explain_them(read: Read) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        read("UPTIME_KUMA_API_KEY=key\nUPTIME_KUMA_ULR=https://kuma.example.com\n")
    assert len(caught.value.faults) == 1
    (warning,) = map(str, caught.value.warnings)
    assert "UPTIME_KUMA_URL is" in warning


@pytest.mark.parametrize(
    "address",
    ["https://kuma.example.com/metrics", "https://kuma.example.com/metrics/", "https://kuma.example.com/"],
)
@pytest.mark.parametrize("name", ["UPTIME_KUMA_METRICS_URL", "UPTIME_KUMA_URL"])
def test_the_former_address_of_the_metrics_is_accepted(name: str, address: str, read: Read) -> None:
    loaded = read(f"{name}={address}\n")
    assert loaded.settings.uptime_kuma_url == "https://kuma.example.com"
    assert len(loaded.warnings) == (name != "UPTIME_KUMA_URL")
    assert all(
        "UPTIME_KUMA_METRICS_URL is an older name. Write UPTIME_KUMA_URL" in words
        for words in map(str, loaded.warnings)
    )


@pytest.mark.parametrize("address", ["https://example.com/kuma", "https://example.com/kuma/"])
def test_uptime_kuma_may_lie_below_a_path(address: str, read: Read) -> None:
    assert read(f"UPTIME_KUMA_URL={address}").settings.uptime_kuma_url == "https://example.com/kuma"


def test_the_former_name_of_the_bucket_is_accepted_wherever_it_stands(read: Read, tmp_path: Path) -> None:
    rest = "SPACES_ENDPOINT=nyc3.digitaloceanspaces.com\nSPACES_ACCESS_KEY=a\nSPACES_SECRET_KEY=b\n"
    for loaded in (
        read(f"{rest}SPACES_BUCKET=example-status\n"),
        read(rest, SPACES_BUCKET="example-status"),
        read(rest, CREDENTIALS_DIRECTORY=credentials(tmp_path, spaces_bucket="example-status")),
    ):
        assert loaded.settings.status_bucket == "example-status"
        (warning,) = map(str, loaded.warnings)
        assert "older name" in warning
        assert "STATUS_BUCKET" in warning


@pytest.mark.parametrize("order", [1, -1])
def test_the_new_name_counts_before_the_former_in_any_order(order: int, read: Read) -> None:
    lines = ["UPTIME_KUMA_URL=https://new.example.com\n", "UPTIME_KUMA_METRICS_URL=https://old.example.com\n"]
    loaded = read("".join(lines[::order]))
    assert loaded.settings.uptime_kuma_url == "https://new.example.com"
    assert loaded.warnings


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs"))))
def test_any_text_comes_back_from_a_quoted_line(text: str) -> None:
    (line,) = parse_lines(f"BACKUP_POLICY={quoted(text)}\n".encode())
    assert (line.key, line.value, line.fault, line.comment_cut) == ("BACKUP_POLICY", text, None, False)


@given(st.text(st.sampled_from(string.printable[:-5])), st.sampled_from(["", " ", "\t", " # a comment"]))
def test_any_text_comes_back_from_between_other_lines(text: str, tail: str) -> None:
    if text.endswith("\\") and tail.endswith("t"):
        return
    lines = list(
        parse_lines(f"LOG_LEVEL=info\nexport BACKUP_POLICY = {quoted(text)}{tail}\r\nSPACES_REGION=x".encode())
    )
    assert [line.fault for line in lines] == [None, None, None]
    assert [line.number for line in lines] == [1, 2, 3]
    assert lines[1].value == text


@given(text=st.text(st.sampled_from(string.ascii_letters + string.digits + " =#'\"\\./:,;-_()[]{}$%&é☂"), min_size=1))
def test_a_text_for_the_public_is_what_was_written(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "round-trip.conf"
    file.write_text(f"BACKUP_POLICY={quoted(text)}\n", encoding="utf-8")
    assert load(file, {}).settings.backup_policy == text.strip()


_WORDS = [*(definition.name for definition in DEFINITIONS), "=", '"', "'", "\\", "#", " ", "\n", "\r", "export ", "\0"]


@given(content=st.one_of(st.binary(), st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=3))).map("".join)))
def test_no_content_raises_anything_but_faults(content: bytes | str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "random.conf"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert all(file.name in fault or "settings: " in fault for fault in faults_of(file))


@given(st.sampled_from([definition.name for definition in DEFINITIONS]), st.text())
def test_no_value_raises_anything_but_faults_or_is_told(name: str, value: str) -> None:
    for fault in faults_of(Path(os.devnull), **{name: f"Pl4nted{value}"}):
        assert "Pl4nted" not in fault
        assert name in fault


# Faults


def test_every_fault_is_told_at_once_with_its_place(refuse: Refuse, tmp_path: Path) -> None:
    directory = credentials(tmp_path, cache_max_age_seconds="-1")
    faults = refuse(
        "LOG_LEVEL=loud\nno line\nBACKUP_MAX_AGE_HOURS=50\nSTATUS_BUCKET=s3://x\n",
        CREDENTIALS_DIRECTORY=directory,
        UPTIME_KUMA_API_KEY="key",
        OUTAGE_THRESHOLD="none",
    )
    places = [fault.partition(": ")[0] for fault in faults]
    assert sorted(places) == sorted(
        [
            "settings.conf:2",
            "environment",
            "settings.conf:4",
            "credential cache_max_age_seconds",
            "settings.conf:1",
            "environment",
            "settings.conf:3",
        ]
    )
    for fault in faults:
        assert re.search(r"\. [A-Z].*\.$", fault), f"{fault} names no remedy"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "form", ["{}", "{}=", "'{}'", "{}==", "export {}", "{} = x", '"{}', "\t{}\t", "{}=x #", ": {}"]
)
def test_a_secret_on_a_line_of_its_own_is_not_told(secret: str, form: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.conf"
    file.write_text(f"SPACES_SECRET_KEY=\n{form.format(secret)}\n", encoding="utf-8")
    file.chmod(0o600)
    told: list[str] = []
    try:
        told += map(str, load(file, {}).warnings)
    except WrongSettingsError as error:
        told += map(str, error.faults + error.warnings)
    assert told
    for words in told:
        assert "settings.conf:2: " in words
        assert secret.rstrip("=") not in words


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_as_a_wrong_value_is_not_told(secret: str, refuse: Refuse) -> None:
    may_be_anything = (
        *(kinds.TEXT, kinds.NAME, kinds.NOTICE, kinds.LIST, kinds.HEADER, kinds.REGION),
        *(secret_kinds.SECRET, secret_kinds.KEY, secret_kinds.SECRET_KEY, secret_kinds.TOPIC, kinds.HELO),
        *(kinds.LABELS, kinds.OBJECT_KEY, kinds.SLUG, kinds.HOST, kinds.ENDPOINT),
    )
    faults = refuse("".join(f'{definition.name}="{secret} "\n' for definition in DEFINITIONS))
    for definition in DEFINITIONS:
        told = any(fault.split()[1] == definition.name for fault in faults)
        assert told or definition.kind in may_be_anything, definition.name
    assert not any(secret in fault for fault in faults)


BOUNDS: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "UPTIME_KUMA_URL",
        {
            "https://kuma.example.com": "https://kuma.example.com",
            "http://10.0.0.5:3001/": "http://10.0.0.5:3001",
            "http://[::1]:3001": "http://[::1]:3001",
        },
        [
            "kuma.example.com",
            "kuma:3001",
            "ftp://kuma.example.com",
            "https://",
            "https://:80",
            "https://kuma.example.com:99999",
            "https://kuma.example.com:x",
            "https://kuma.example.com:0",
            "https://user@kuma.example.com",
            "https://@kuma.example.com",
            "https://u:p@kuma.example.com",
            "https://:p@kuma.example.com",
            "https://kuma.example.com/?a=b",
            "https://kuma.example.com/?",
            "https://kuma.example.com/#",
            "https://kuma example.com",
            "https://kuma.example.com/a b",
            "https://[::1",
            "https://kuma.example.com\u2028/",
            "https:/kuma.example.com",
        ],
    ),
    ("STATUS_URL", {"https://a.example/status/status.json": "https://a.example/status/status.json"}, ["status.json"]),
    (
        "UPTIME_KUMA_STATUS_PAGE",
        {"main": "main", "elytra-2": "elytra-2"},
        ["https://kuma.example.com/status/main", "/status/main", "a b"],
    ),
    (
        "SPACES_ENDPOINT",
        {
            "nyc3.digitaloceanspaces.com": "https://nyc3.digitaloceanspaces.com",
            "https://nyc3.digitaloceanspaces.com/": "https://nyc3.digitaloceanspaces.com",
            "localhost:9000": "https://localhost:9000",
            "http://localhost:9000": "http://localhost:9000",
        },
        ["s3://bucket", "//nyc3.digitaloceanspaces.com", "nyc3 digitaloceanspaces", "key:secret@host"],
    ),
    (
        "SMTP_HOST",
        {
            "mail.example.com": "mail.example.com",
            "Mail.Example.COM": "mail.example.com",
            "localhost": "localhost",
            "mail_1": "mail_1",
            "post.müller.example": "post.müller.example",
            "192.0.2.25": "192.0.2.25",
            "2001:DB8:0::25": "2001:db8::25",
            "[::1]": "::1",
        },
        [
            "https://mail.example.com",
            "smtp://mail.example.com",
            "mail.example.com:587",
            "[::1]:587",
            "mail.example.com/",
            "user@mail.example.com",
            "587",
            "192.0.2.256",
            "mail..example.com",
            "-mail.example.com",
            "mail-.example.com",
            "mail example",
            "a" * 64 + ".example",
        ],
    ),
    ("MONITOR_IDS", {"1": (1,), " 1, 2,,2 ,3": (1, 2, 3)}, ["a", "1;2", "-1", "1.5", ",", "1234567890", "1 2"]),
    (
        "PROMETHEUS_LABELS",
        {"instance": ("instance",), "namespace, service,,service": ("namespace", "service"), "_a1": ("_a1",)},
        ["1a", "name-space", "a b", "a;b", ",", "a{b}", "ä"],
    ),
    ("CRITICAL_MONITOR_IDS", {"7,8": (7, 8)}, ["critical", "1;2"]),
    ("FLAP_CHANGES", {"2": 2, "100": 100}, ["1", "101", "4 changes"]),
    ("FLAP_MINUTES", {"5": 5, "60": 60}, ["4", "61", "30m"]),
    ("MONITOR_STALE_MINUTES", {"1": 1, "1440": 1440}, ["0", "1441", "15m", "1.5", "１", "9" * 40]),
    ("SOURCE_DEADLINE_SECONDS", {"1": 1, "200": 200}, ["0", "201"]),
    ("STATUS_POLICY", {"monitors": "monitors", "Uptime": "uptime"}, ["both", "monitors uptime"]),
    (
        "OUTAGE_THRESHOLD",
        {
            "1": Threshold(count=1),
            "999999": Threshold(count=999999),
            "25%": Threshold(ratio=Fraction(1, 4)),
            "33.333 %": Threshold(ratio=Fraction(33333, 100000)),
            "100%": Threshold(ratio=Fraction(1)),
        },
        ["0", "0%", "101%", "-1", "25 percent", "0.25", "%", "1e2"],
    ),
    ("CONFIRM_AFTER_SECONDS", {"1": 1, "170": 170}, ["0", "171"]),
    ("UPTIME_AGGREGATE", {"mean": "mean", "minimum": "minimum"}, ["average"]),
    ("UPTIME_OPERATIONAL_PERCENT", {"100": 100.0, "99.95": 99.95}, ["100.1", "99,5", "-1", "nan", "inf", "1e1", "99%"]),
    ("UPTIME_DEGRADED_PERCENT", {"0": 0.0, "99.5": 99.5}, ["101", ".5"]),
    (
        "SPACES_REGION",
        {"nyc3": "nyc3", "eu-central-1": "eu-central-1", "RegionOne": "RegionOne"},
        [
            "nyc3.digitaloceanspaces.com",
            "https://nyc3",
            "New York 3",
            "nyc3\u2026",
            "-a",
            "a-",
            "12",
            "a" * 64,
            "nyc_3",
        ],
    ),
    (
        "SMTP_HELO",
        {
            "web1.example.com": "web1.example.com",
            "Web1.Example.COM": "web1.example.com",
            "192.0.2.25": "[192.0.2.25]",
            "2001:db8::25": "[IPv6:2001:db8::25]",
        },
        ["web1", "web1.example.com:25", "smtp://web1.example.com", "web 1.example", "m\u00fcller.example", "[web1.a]"],
    ),
    ("PROMETHEUS_TENANT", {"hosting": "hosting", "a|b (c)": "a|b (c)"}, ["t\u00e9nant", "a\u2026b", "a\x7fb"]),
    ("STATUS_BUCKET_KEY", {"a/status.json": "a/status.json"}, ["/status.json", "a/", "a//b"]),
    (
        "BACKUP_MANIFEST",
        {"/srv/manifests/": "/srv/manifests"},
        [
            "manifests",
            "s3://",
            "s3:///key",
            "s3://Backups/a",
            "s3://backups//a",
            "s3://backups/a//",
            "s3://backups/a//b",
        ],
    ),
    ("PUBLIC_DIRECTORY", {"/srv/status/": "/srv/status", "/srv/a/../b": "/srv/b"}, ["status", "~/status", "./a"]),
    (
        "CORS_ORIGINS",
        {"*": ("*",), "https://a.example, http://b.example:8080": ("https://a.example", "http://b.example:8080")},
        ["a.example", "https://a.example/", "https://a.example/x", ",", "null", "https://"],
    ),
    ("CACHE_MAX_AGE_SECONDS", {"0": 0, "3600": 3600}, ["-1", "3601"]),
    ("FRESHNESS_MAX_AGE_MINUTES", {"1": 1, "1440": 1440}, ["0", "1441"]),
    ("RUN_DEADLINE_SECONDS", {"130": 130, "3600": 3600}, ["9", "3601"]),
    ("BACKUP_MIN_BYTES", {"0": 0, "1000000000000000": 10**15}, ["-1", "1000000000000001", "1 MB", "1_000"]),
    ("BACKUP_GROUPS", {"none": "none", "prefix": "prefix"}, ["folder"]),
    ("BACKUP_LISTING", {"auto": "auto", "full": "full", "remembered": "remembered"}, ["whole"]),
    ("BACKUP_MAX_AGE_HOURS", {"0.1": 0.1, "26.5": 26.5}, ["0", "0.09", "8761"]),
    ("BACKUP_FAILED_AGE_HOURS", {"25": 25.0, "8760": 8760.0}, ["8760.1", "two"]),
    ("BACKUP_POLICY", {"Nächtlich ☂": "Nächtlich ☂"}, ["a\x85b", "a\u2028b", "a\x1b[31mb", "a\x7f"]),
    ("INFRASTRUCTURE_REGIONS", {"nyc3, ams3,": ("nyc3", "ams3")}, [",", "a\x1bb"]),
    ("PUBLIC_WORDS", {"Website,Shop": ("Website", "Shop")}, [" , "]),
    ("LOG_LEVEL", {"info": "info", "WARNING": "warning"}, ["loud", "10"]),
]


# What some settings are nothing without.
BESIDE = {
    "PROMETHEUS_LABELS": {"PROMETHEUS_URL": "https://prometheus.example.com"},
    "UPTIME_KUMA_URL": {},
    "SMTP_HOST": {"SMTP_FROM": "a@example.com", "ALERT_EMAIL_TO": "b@example.com"},
    "SMTP_HELO": {
        "SMTP_HOST": "mail.example.com",
        "SMTP_FROM": "a@example.com",
        "ALERT_EMAIL_TO": "b@example.com",
    },
    "PROMETHEUS_TENANT": {"PROMETHEUS_URL": "https://mimir.example.com"},
}


@pytest.mark.parametrize(
    ("name", "text", "value"), [(name, *pair) for name, right, _ in BOUNDS for pair in right.items()]
)
def test_what_is_right_is_read(name: str, text: str, value: Any, read: Read) -> None:
    """Out of the environment and out of the file."""
    beside = BESIDE.get(name, {"UPTIME_KUMA_URL": "https://kuma.example.com"})
    assert getattr(read("", **beside, **{name: text}).settings, name.lower()) == value
    assert getattr(read(f"{name}={quoted(text)}\n", **beside).settings, name.lower()) == value


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, _, wrong in BOUNDS for text in wrong if text])
def test_what_is_wrong_is_refused(name: str, text: str, refuse: Refuse) -> None:
    (fault,) = refuse("", **{name: text})
    place, _, words = fault.partition(": ")
    assert place == "environment"
    assert words.startswith(f"{name} ")
    assert re.search(r"\. [A-Z].*\.$", words), "it names no remedy"
    assert re.search(r"\. [A-Z].*\.$", words), "it names no remedy"


@pytest.mark.parametrize("text", ["manifests", "s3:/backups/a", "S3://backups/a", "https://backups.example/a"])
def test_what_is_neither_a_path_nor_in_a_bucket_is_told_of_both(text: str, refuse: Refuse) -> None:
    (fault,) = refuse(f"BACKUP_MANIFEST={text}")
    assert fault == (
        "settings.conf:1: BACKUP_MANIFEST is neither an absolute path nor in a bucket."
        " Write a path that begins with / or with s3://."
    )


@pytest.mark.parametrize("text", ["ab", "a" * 64, "Example", "a_b", "-ab", "s3://ab", "a b", "abc/def", "", "ab."])
def test_what_is_no_bucket_is_refused(text: str, refuse: Refuse, read: Read) -> None:
    if text:
        (fault,) = refuse("", BACKUP_BUCKET=text)
        assert fault.startswith("environment: BACKUP_BUCKET is not a bucket name. ")
    else:
        assert read("", BACKUP_BUCKET=text).settings.backup_bucket is None


@pytest.mark.parametrize("name", [definition.name for definition in DEFINITIONS])
def test_what_holds_only_spaces_is_not_set(name: str, read: Read) -> None:
    loaded = read(f'{name}="  "\n')
    assert loaded.warnings == []
    assert loaded.settings == Settings()
    assert loaded.origins[name] == "default"


def test_every_kind_reads_back_what_it_writes() -> None:
    for definition in DEFINITIONS:
        if definition.is_secret:
            continue
        for text in (definition.example, definition.kind.write(definition.default) if definition.default else ""):
            if text:
                value = definition.kind.read(text)
                assert definition.kind.read(definition.kind.write(value)) == value
    percent = kinds.number(0, 100, "percent")
    assert percent.write(99.99999) == "99.99999"
    assert percent.write(95.0) == "95"


STORAGE = {
    "SPACES_ENDPOINT": "nyc3.digitaloceanspaces.com",
    "SPACES_ACCESS_KEY": "access",
    "SPACES_SECRET_KEY": "secret",
    "STATUS_BUCKET": "example-status",
}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_STATUS_PAGE": "main"}, "UPTIME_KUMA_URL"),
        ({"MONITOR_IDS": "1"}, "UPTIME_KUMA_URL"),
        ({"CRITICAL_MONITOR_IDS": "1"}, "UPTIME_KUMA_URL"),
        ({"CONNECTIVITY_URL": "https://outside.example"}, "UPTIME_KUMA_URL"),
        (
            {"UPTIME_KUMA_URL": "https://kuma.example/", "CONNECTIVITY_URL": "https://kuma.example/"},
            "CONNECTIVITY_URL",
        ),
        (
            {"PROBE_URLS": "https://a.example/,https://b.example/", "CONNECTIVITY_URL": "https://b.example"},
            "PROBE_URLS",
        ),
        (
            {"UPTIME_KUMA_URL": "https://kuma.example", "MONITOR_IDS": "1,2", "CRITICAL_MONITOR_IDS": "2,3"},
            "MONITOR_IDS",
        ),
        ({**STORAGE, "SPACES_ENDPOINT": ""}, "SPACES_ENDPOINT"),
        ({**STORAGE, "SPACES_ACCESS_KEY": ""}, "SPACES_ACCESS_KEY"),
        ({**STORAGE, "SPACES_SECRET_KEY": ""}, "SPACES_SECRET_KEY"),
        ({**STORAGE, "SPACES_ENDPOINT": "example-status.nyc3.digitaloceanspaces.com"}, "SPACES_ENDPOINT"),
        ({**STORAGE, "SPACES_ENDPOINT": "nyc3.digitaloceanspaces.com/example-status"}, "SPACES_ENDPOINT"),
        ({**STORAGE, "SPACES_ENDPOINT": "example-status.s3.us-east-1.amazonaws.com"}, "SPACES_ENDPOINT"),
        ({"SPACES_ACCESS_KEY": "access"}, "SPACES_SECRET_KEY"),
        ({"SPACES_SECRET_KEY": "secret"}, "SPACES_ACCESS_KEY"),
        ({"BACKUP_ACCESS_KEY": "access"}, "BACKUP_SECRET_KEY"),
        ({"BACKUP_SECRET_KEY": "secret"}, "BACKUP_ACCESS_KEY"),
        ({**STORAGE, "SPACES_ENDPOINT": "", "STATUS_BUCKET": "", "BACKUP_BUCKET": "backups"}, "BACKUP_ENDPOINT"),
        ({"BACKUP_ENDPOINT": "fra1.digitaloceanspaces.com", "BACKUP_BUCKET": "backups"}, "BACKUP_ACCESS_KEY"),
        ({"BACKUP_ENDPOINT": "a.example", "BACKUP_MANIFEST": "s3://backups/latest/"}, "BACKUP_ACCESS_KEY"),
        ({**STORAGE, "SPACES_ENDPOINT": "", "STATUS_BUCKET": "", "BACKUP_MANIFEST": "s3://backups"}, "BACKUP_ENDPOINT"),
        (
            {**STORAGE, "BACKUP_BUCKET": "backups", "BACKUP_ENDPOINT": "backups.fra1.digitaloceanspaces.com"},
            "BACKUP_ENDPOINT",
        ),
        ({"BACKUP_GROUPS": "prefix", "BACKUP_PREFIX": "nightly"}, "BACKUP_PREFIX"),
        ({"BACKUP_FAILED_AGE_HOURS": "24"}, "BACKUP_FAILED_AGE_HOURS"),
        ({"UPTIME_DEGRADED_PERCENT": "99.6"}, "UPTIME_DEGRADED_PERCENT"),
        ({"RUN_DEADLINE_SECONDS": "129"}, "RUN_DEADLINE_SECONDS"),
    ],
)
def test_what_does_not_go_together_is_refused_once(values: dict[str, str], named: str, refuse: Refuse) -> None:
    content = "".join(f"{name}={value}\n" for name, value in values.items() if value)
    (fault,) = refuse(content)
    assert fault.startswith("settings.conf:")
    assert named in fault
    assert re.search(r"\. [A-Z].*\.$", fault), "it names no remedy"


@pytest.mark.parametrize(
    "values",
    [
        STORAGE,
        {**STORAGE, "STATUS_BUCKET": "nyc3"},
        {**STORAGE, "STATUS_BUCKET": "status", "SPACES_ENDPOINT": "https://status.example.com"},
        {**STORAGE, "BACKUP_BUCKET": "backups"},
        {**STORAGE, "STATUS_BUCKET": "", "BACKUP_BUCKET": "backups"},
        {**STORAGE, "BACKUP_MANIFEST": "s3://backups/latest/"},
        {
            "BACKUP_ENDPOINT": "a.example",
            "BACKUP_ACCESS_KEY": "a",
            "BACKUP_SECRET_KEY": "b",
            "BACKUP_BUCKET": "backups",
        },
        {"BACKUP_GROUPS": "prefix", "BACKUP_PREFIX": "nightly/"},
        {"BACKUP_GROUPS": "prefix"},
        {"BACKUP_FAILED_AGE_HOURS": "25"},
        {"UPTIME_DEGRADED_PERCENT": "99.5"},
        {"RUN_DEADLINE_SECONDS": "130"},
        {"CONFIRM_AFTER_SECONDS": "170", "RUN_DEADLINE_SECONDS": "230"},
    ],
)
def test_what_goes_together_is_accepted(values: dict[str, str], read: Read) -> None:
    read("".join(f"{name}={value}\n" for name, value in values.items() if value))


def test_a_value_that_is_refused_makes_no_second_fault(refuse: Refuse) -> None:
    faults = refuse("UPTIME_KUMA_URL=kuma\nUPTIME_KUMA_API_KEY=key\nBACKUP_MAX_AGE_HOURS=9999\n")
    assert [fault.split()[1] for fault in faults] == ["UPTIME_KUMA_URL", "BACKUP_MAX_AGE_HOURS"]


def test_a_line_that_cannot_be_read_makes_no_second_fault(refuse: Refuse) -> None:
    (fault,) = refuse('UPTIME_KUMA_URL="https://kuma.example.com\nUPTIME_KUMA_API_KEY=key\n')
    assert "UPTIME_KUMA_URL has an open quote" in fault


# Warnings


def test_a_file_that_all_may_read_is_warned_of_where_it_holds_a_secret(tmp_path: Path) -> None:
    for name in ("settings.conf", "elytra-status.conf"):
        file = tmp_path / name
        file.write_text("SPACES_ACCESS_KEY=a\nSPACES_SECRET_KEY=b\n", encoding="utf-8")
        file.chmod(0o644)
        (warning,) = load(file, {}).warnings
        assert str(warning) == f"{file}: contains secrets and is readable by everyone. Set its mode to 0640."
        file.chmod(0o640)
        assert load(file, {}).warnings == []
        file.write_text("SPACES_REGION=nyc3\n", encoding="utf-8")
        file.chmod(0o644)
        assert load(file, {}).warnings == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"UPTIME_KUMA_URL": "http://kuma.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "HTTP://kuma.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "http://127.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "http://localhost.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "http://kuma.example.com"}, ""),
        ({"UPTIME_KUMA_URL": "https://kuma.example.com", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"UPTIME_KUMA_URL": "http://127.0.0.1:3001", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"UPTIME_KUMA_URL": "http://localhost:3001", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"UPTIME_KUMA_URL": "http://[::1]:3001", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"PROMETHEUS_URL": "http://prometheus.example.com", "PROMETHEUS_TOKEN": "key"}, "PROMETHEUS_URL"),
        ({"PROMETHEUS_URL": "http://prometheus.example.com"}, ""),
        (
            {"GATUS_URL": "http://gatus.example.com", "GATUS_USER": "status", "GATUS_PASSWORD": "password"},
            "GATUS_URL",
        ),
        ({"HEALTHCHECKS_URL": "http://hc.example.com", "HEALTHCHECKS_API_KEY": "key"}, "HEALTHCHECKS_URL"),
        (
            {
                "SOURCES": "uptime_kuma,prometheus:office",
                "UPTIME_KUMA_URL": "http://kuma.example.com",
                "UPTIME_KUMA_API_KEY": "key",
                "OFFICE_PROMETHEUS_URL": "https://prometheus.example.com",
            },
            "UPTIME_KUMA_URL",
        ),
        ({**STORAGE, "SPACES_ENDPOINT": "http://s3.example.com"}, "SPACES_ENDPOINT"),
        ({**STORAGE, "BACKUP_ENDPOINT": "http://s3.example.com"}, "BACKUP_ENDPOINT"),
    ],
)
def test_a_key_that_would_go_in_clear_is_warned_of(values: dict[str, str], named: str, read: Read) -> None:
    warnings = [str(warning) for warning in read("", **values).warnings]
    assert len(warnings) == bool(named)
    assert all(words.startswith(f"environment: {named} begins with http://") for words in warnings)


# The sample and the table


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


# Secrets

SECRET = "Pl4ntedS3cret"


def _logged(value: object) -> str:
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("%s %r", value, {"key": value})
    return stream.getvalue()


def _in_traceback(value: object) -> str:
    def fail(key: object) -> None:
        raise ValueError(f"not this: {key}")

    try:
        fail(value)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError


SHOWN: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda value: format(value),
    "format with a width": lambda value: f"{value!s:>40}",
    "f-string": lambda value: f"{value} {value!r} {value!s} {value!a}",
    "%": lambda value: "%s %r" % (value, value),  # noqa: UP031
    "% in a mapping": lambda value: "%(key)s" % {"key": value},  # noqa: UP031
    "str.format": lambda value: "{0} {0!r}".format(value),  # noqa: UP032
    "Template": lambda value: string.Template("$key").substitute(key=value),
    "print": lambda value: print(value, file=(stream := io.StringIO())) or stream.getvalue(),
    "pprint": lambda value: pprint.pformat([value]),
    "in a list": lambda value: str([value, (value,), {value: value}, {value}]),
    "as an exception": lambda value: str(ValueError(value)) + repr(ValueError(value)),
    "KeyError": lambda value: str(KeyError(value)),
    "log": _logged,
    "traceback": _in_traceback,
    "json with default=str": lambda value: json.dumps({"key": value}, default=str),
    "json with default=vars": lambda value: json.dumps({"key": value}, default=lambda one: getattr(one, "__dict__", 0)),
    "copy": lambda value: repr(copy.copy(value)),
    "deepcopy": lambda value: repr(copy.deepcopy({"key": value})),
    "dir": lambda value: str(dir(value)),
}

REFUSED: dict[str, Callable[[Any], object]] = {
    "json": lambda value: json.dumps(value),
    "json as a key": lambda value: json.dumps({value: 1}),
    "json in a dict": lambda value: json.dumps({"key": [value]}),
    "pickle": lambda value: pickle.dumps(value),
    "old pickle": lambda value: pickle.dumps(value, 0),
    "added to": lambda value: "key: " + value,
    "added": lambda value: value + "!",
    "join": lambda value: "".join([value]),
    "times": lambda value: value * 2,
    "iteration": lambda value: list(value),
    "slice": lambda value: value[1:],
    "index": lambda value: value[0],
    "in": lambda value: "x" in value,
    "bytes": lambda value: bytes(value),
    "encode": lambda value: value.encode(),
    "upper": lambda value: value.upper(),
    "write": lambda value: io.StringIO().write(value),
    "path": lambda value: os.fspath(value),
    "vars": lambda value: vars(value),
    "order": lambda value: sorted([value, value]),
    "length": lambda value: len(value),
}


@pytest.mark.parametrize("way", SHOWN)
def test_a_secret_is_not_seen(way: str) -> None:
    for value in (Secret(SECRET), Settings(spaces_secret_key=Secret(SECRET))):
        assert SECRET not in str(SHOWN[way](value)), way


@pytest.mark.parametrize("way", REFUSED)
def test_a_secret_is_no_text_that_could_be_taken_along(way: str) -> None:
    with pytest.raises((TypeError, AttributeError)):
        REFUSED[way](Secret(SECRET))


def test_settings_do_not_carry_a_secret_out() -> None:
    settings = Settings(spaces_secret_key=Secret(SECRET))
    assert SECRET not in repr(settings)
    assert SECRET not in str(dataclasses.asdict(settings))
    assert SECRET not in str(dataclasses.astuple(settings))
    assert SECRET not in str(vars(settings))
    assert SECRET not in repr(dataclasses.replace(settings, log_level="debug"))
    with pytest.raises(TypeError):
        pickle.dumps(settings)
    with pytest.raises(TypeError):
        json.dumps(dataclasses.asdict(settings))


def test_a_secret_is_given_to_who_asks_for_it() -> None:
    secret = Secret(SECRET)
    assert secret.reveal() == SECRET
    assert type(secret.reveal()) is str
    assert copy.deepcopy(secret).reveal() == SECRET
    assert secret == Secret(SECRET)
    assert hash(secret) == hash(Secret(SECRET))
    assert secret != Secret("another")
    assert secret != SECRET
    assert secret
    assert not Secret("")
    assert f"{secret:>40}" == "***"


def test_a_secret_is_read_without_the_space_around_it(read: Read, tmp_path: Path) -> None:
    directory = credentials(tmp_path, spaces_access_key="  key\r\n")
    settings = read('SPACES_SECRET_KEY=" \\"a-b\\"=#c "\n', CREDENTIALS_DIRECTORY=directory).settings
    assert settings.spaces_access_key == Secret("key")
    assert settings.spaces_secret_key == Secret('"a-b"=#c')


def test_a_secret_of_two_lines_is_refused(refuse: Refuse, tmp_path: Path) -> None:
    directory = credentials(tmp_path, spaces_access_key="key\nanother")
    (fault,) = refuse("SPACES_SECRET_KEY=x\n", CREDENTIALS_DIRECTORY=directory)
    assert fault == (
        "credential spaces_access_key: SPACES_ACCESS_KEY contains a line break or a control character. Write one line."
    )


@pytest.mark.parametrize(
    "line", ["PAGE_TITLE=We are #1", "BACKUP_POLICY=Nightly #backups", "COMPONENTS=Web: 1 #main", "SMTP_PASSWORD=a #b"]
)
def test_words_that_a_comment_cuts_are_warned_of(line: str, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    try:
        warnings = load(file, {}).warnings
    except WrongSettingsError as error:
        warnings = [*error.warnings]
    assert any("the text after # is a comment" in warning.problem for warning in warnings)


def test_components_have_groups_and_descriptions(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(
        COMPONENTS="Websites: 1; Mail: 2",
        COMPONENT_GROUPS="Hosting: Websites, Mail",
        COMPONENT_DESCRIPTIONS="Websites: Sites of all clients: fast; Mail: IMAP",
    )
    assert settings.component_groups == (("Hosting", ("Websites", "Mail")),)
    assert settings.component_descriptions == (("Websites", "Sites of all clients: fast"), ("Mail", "IMAP"))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("COMPONENT_GROUPS", "Hosting: Web", "names a component that COMPONENTS does not name"),
        ("COMPONENT_DESCRIPTIONS", "Web: x", "names a component that COMPONENTS does not name"),
        ("COMPONENT_GROUPS", "Hosting", "is not a list of names"),
        ("COMPONENT_GROUPS", ";", "contains no name"),
        ("COMPONENT_GROUPS", "A: Websites; B: Websites", "contains a component in two groups"),
        ("COMPONENT_GROUPS", "A: Websites; A: Mail", "contains a name twice"),
        ("COMPONENT_DESCRIPTIONS", "Websites: " + "x" * 501, "has 501 characters"),
    ],
)
def test_groups_and_descriptions_that_cannot_be_used_are_refused(
    name: str, value: str, problem: str, make_settings: Callable[..., Settings]
) -> None:
    with pytest.raises(SettingsError, match=problem):
        make_settings(COMPONENTS="Websites: 1; Mail: 2", **{name: value})
