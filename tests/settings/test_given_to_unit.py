# SPDX-License-Identifier: MIT
"""Secrets that a drop-in hands to the service alone: by hand they are not seen, and not taken for missing."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from elytra_status.settings import WrongSettingsError, given_to_unit, load
from tests.in_process import run_words

FILE = "SPACES_ENDPOINT=https://s.example\nSPACES_ACCESS_KEY=DO00\nSTATUS_BUCKET=status\nUPTIME_KUMA_URL=https://k.example\n"
# As elytra-status.conf(5) has it.
DROP_IN = "[Service]\nLoadCredentialEncrypted=spaces_secret_key:/etc/elytra-status/encrypted/spaces_secret_key\n"
ORIGIN = "credential of elytra-status.service"


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with settings, with nothing in the places of systemd."""
    file = tmp_path / "elytra-status.conf"
    file.write_text(FILE)
    file.chmod(0o600)
    monkeypatch.setattr(import_module("elytra_status.settings.load"), "DEFAULT_FILE", file)
    monkeypatch.setattr(given_to_unit, "DIRECTORIES", (tmp_path / "etc", tmp_path / "lib"))
    return tmp_path


def drop_in(conf: Path, text: str = DROP_IN, name: str = "elytra-status.service.d/encrypted.conf") -> None:
    file = conf / "etc" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def command(conf: Path, *words: str) -> int:
    return run_words(*words, "--state-directory", str(conf / "state"))


def test_without_a_drop_in_it_is_missing(conf: Path) -> None:
    drop_in(conf, name="elytra-status-freshness.service.d/encrypted.conf")
    with pytest.raises(WrongSettingsError, match="without SPACES_SECRET_KEY"):
        load(None, {})


@pytest.mark.parametrize(
    "text",
    [
        DROP_IN,
        "[Service]\n# a comment\n LoadCredential = spaces_secret_key:/run/secrets/x\n",
        "[Service]\nSetCredentialEncrypted=spaces_secret_key: \\\n  k6iUCUh0RJCQyvL8k8q1UyAAAAABAAAADAAAABAAAAC1\n",
        "[Service]\nLoadCredentialEncrypted=credentials_spaces_secret_key:/x\nLoadCredential=unheard_of:/x\n",
    ],
)
@pytest.mark.parametrize(
    "name", ["elytra-status.service.d/a.conf", "elytra-.service.d/a.conf", "elytra-status.service"]
)
def test_what_a_drop_in_names_is_not_seen_and_not_missing(conf: Path, text: str, name: str) -> None:
    drop_in(conf, text, name)
    loaded = load(None, {})
    assert (loaded.unseen, loaded.lacking) == (("SPACES_SECRET_KEY",), ("SPACES_SECRET_KEY",))
    assert loaded.origins["SPACES_SECRET_KEY"] == ORIGIN
    (words,) = map(str, loaded.warnings)
    assert words.startswith(
        f"{ORIGIN}: SPACES_SECRET_KEY is given only to the service, and this command cannot read it. "
    )


def test_the_service_itself_and_another_file_see_what_they_are_given(conf: Path) -> None:
    drop_in(conf)
    with pytest.raises(WrongSettingsError, match="without SPACES_SECRET_KEY"):
        load(conf / "elytra-status.conf", {})
    (conf / "credentials").mkdir()
    (conf / "credentials/spaces_secret_key").write_text("a-secret")
    assert load(None, {}).unseen == ()
    assert load(None, {"CREDENTIALS_DIRECTORY": str(conf / "credentials")}).unseen == ()


def test_other_faults_are_shown_all_the_same(conf: Path) -> None:
    drop_in(conf)
    (conf / "elytra-status.conf").write_text(FILE + "LOG_LEVEL=loud\n")
    with pytest.raises(WrongSettingsError) as raised:
        load(None, {})
    (fault,) = map(str, raised.value.faults)
    assert "LOG_LEVEL" in fault
    assert not raised.value.is_whole


def test_config_check_calls_them_right_as_far_as_they_can_be_seen(
    conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_in(conf)
    assert command(conf, "config", "check") == 0
    told = capsys.readouterr()
    seen = "valid, as far as this command can read them, with 1 warning"
    assert told.out == f"settings: {seen}; sources and storage were not queried\n"
    assert command(conf, "config", "show") == 0
    assert re.search(rf"^SPACES_SECRET_KEY +not seen +{ORIGIN}$", capsys.readouterr().out, re.MULTILINE)


def test_doctor_warns_of_them_and_of_what_it_could_not_read(conf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_in(conf)
    command(conf, "doctor")
    lines = capsys.readouterr().out.splitlines()
    (line,) = (number for number, text in enumerate(lines) if "SPACES_SECRET_KEY" in text)
    assert lines[line].split()[0] in ("⚠", "!")
    # The table is as narrow as the terminal.
    assert "this command cannot read it" in " ".join(" ".join(lines[line : line + 4]).split())
    assert any("not checked" in text and "targets" in text for text in lines)
    assert not any(text.split()[:1] in (["✗"], ["x"]) and "SECRET" in text for text in lines)


@pytest.mark.parametrize("words", [("run",), ("summary",), ("alert", "test"), ("cors", "show"), ("check-freshness",)])
def test_what_would_need_them_says_so_and_does_nothing(
    conf: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    drop_in(conf)
    assert command(conf, *words) == 78
    told = capsys.readouterr().err
    assert "SPACES_SECRET_KEY is required, but this command cannot read it" in told
    assert "systemctl start elytra-status.service" in told
    assert not (conf / "state").exists()


def test_what_can_do_without_goes_on_with_a_warning(conf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_in(conf, "[Service]\nLoadCredentialEncrypted=better_stack_token:/etc/elytra-status/encrypted/x\n")
    (conf / "elytra-status.conf").write_text("")
    assert load(None, {}).lacking == ()
    assert command(conf, "summary") == 0
    told = capsys.readouterr()
    assert "no source" in told.out
    assert "BETTER_STACK_TOKEN is given only to the service, and this command cannot read it" in told.err
    assert command(conf, "config", "check") == 0
    assert "as far as this command can read them" in capsys.readouterr().out


# What root can decrypt


def program(conf: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Put a script in the place of systemd-creds, which a real system is needed for (see tests/booted)."""
    script = conf / "systemd-creds"
    script.write_text(f'#!/bin/sh\necho "$@" > {conf}/arguments\n{words}\n')
    script.chmod(0o755)
    monkeypatch.setattr(given_to_unit, "PROGRAM", str(script))
    monkeypatch.setattr(given_to_unit.os, "geteuid", lambda: 0)


def test_root_decrypts_what_the_service_is_given_and_it_counts_as_there(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_in(conf)
    (conf / "elytra-status.conf").write_text(f"{FILE}SPACES_SECRET_KEY=of-before\n")
    program(conf, monkeypatch, "printf 's3cret/of+now'")
    loaded = load(None, {"SPACES_SECRET_KEY": "of-the-environment"})
    assert loaded.settings.spaces_secret_key is not None
    assert loaded.settings.spaces_secret_key.reveal() == "s3cret/of+now"
    assert (loaded.unseen, loaded.lacking) == ((), ())
    assert loaded.origins["SPACES_SECRET_KEY"] == ORIGIN
    assert not any("cannot be seen" in words for words in map(str, loaded.warnings))
    asked = (conf / "arguments").read_text().split()
    assert asked == ["decrypt", "--name=spaces_secret_key", "/etc/elytra-status/encrypted/spaces_secret_key", "-"]


def test_nobody_but_root_tries_to(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_in(conf)
    program(conf, monkeypatch, "printf s3cret")
    monkeypatch.setattr(given_to_unit.os, "geteuid", lambda: 1000)
    assert load(None, {}).unseen == ("SPACES_SECRET_KEY",)
    assert not (conf / "arguments").exists()


@pytest.mark.parametrize(
    "words", ["printf s3cret; exit 1", "echo s3cret >&2; kill -9 $$", "printf s3cret; exec sleep 60", None]
)
def test_what_cannot_be_decrypted_is_not_seen_and_no_fault(
    words: str | None, conf: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    drop_in(conf)
    program(conf, monkeypatch, words or "")
    monkeypatch.setattr(given_to_unit, "SECONDS", 0.5)
    if words is None:
        (conf / "systemd-creds").unlink()
    loaded = load(None, {})
    assert (loaded.unseen, loaded.lacking) == (("SPACES_SECRET_KEY",), ("SPACES_SECRET_KEY",))
    assert "s3cret" not in "".join([*map(str, loaded.warnings), *capfd.readouterr()])


@pytest.mark.parametrize(
    "line",
    [
        "LoadCredential=spaces_secret_key:/run/secrets/x",
        "LoadCredentialEncrypted=spaces_secret_key:in-a-store",
        "LoadCredentialEncrypted=spaces_secret_key",
        "SetCredentialEncrypted=spaces_secret_key:/k6iUCUh0RJCQyvL8k8q1UyAAAAABAAAADAAAABAAAAC1",
    ],
)
def test_what_is_given_by_other_means_is_not_decrypted(line: str, conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_in(conf, f"[Service]\n{line}\n")
    program(conf, monkeypatch, "printf s3cret")
    assert load(None, {}).unseen == ("SPACES_SECRET_KEY",)
    assert not (conf / "arguments").exists()


def test_invalid_text_is_a_fault_that_does_not_show_it(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_in(conf)
    program(conf, monkeypatch, r"printf 's3cret\377'")
    with pytest.raises(WrongSettingsError) as raised:
        load(None, {})
    assert [*map(str, raised.value.faults)] == [f"{ORIGIN}: SPACES_SECRET_KEY cannot be read. Write one line of UTF-8."]
