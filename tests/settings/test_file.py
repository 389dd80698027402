# SPDX-License-Identifier: MIT
"""What a settings file may look like, and that any text comes back from one."""

from __future__ import annotations

import os
import re
import string
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.problem import SettingsError
from elytra_status.settings import DEFINITIONS, Secret, Settings, WrongSettingsError, load, secret_kinds
from elytra_status.settings.file import LARGEST_FILE, parse_lines, quoted
from tests.settings.reading import Read, Refuse, credentials, faults_of


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


@pytest.mark.slow
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
def test_no_value_raises_anything_but_faults_or_is_shown(name: str, value: str) -> None:
    for fault in faults_of(Path(os.devnull), **{name: f"Pl4nted{value}"}):
        assert "Pl4nted" not in fault
        assert name in fault
