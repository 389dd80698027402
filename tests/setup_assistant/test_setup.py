# SPDX-License-Identifier: MIT
"""`elytra-status setup` without a terminal: answers are tried, written all or none, and never shown."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.settings import DEFINITIONS
from elytra_status.setup_assistant import commit, staging
from elytra_status.setup_assistant.options import OPTIONS, SECRET_OPTIONS
from elytra_status.setup_assistant.questions import QUESTIONS
from tests.conftest import API_KEY
from tests.in_process import run_words
from tests.setup_root import Root

pytestmark = pytest.mark.slow


def of_kuma(kuma: ReplayServer, **more: str) -> dict[str, str]:
    return {
        "UPTIME_KUMA_URL": kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        **more,
    }


def test_options_for_secrets_take_files_and_others_take_values() -> None:
    secret = {definition.name for definition in DEFINITIONS if definition.is_secret}
    every = {definition.name for definition in DEFINITIONS}
    assert set(SECRET_OPTIONS) <= secret
    assert set(OPTIONS) <= every - secret
    fields = (field for question in QUESTIONS for choice in question.choices for field in choice.fields)
    assert {field.name for field in fields} <= {*OPTIONS, *SECRET_OPTIONS}, "all that is asked can be an option"


def test_answers_are_tried_and_written(root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.setup(**of_kuma(kuma)) == 0
    settings = root.load().settings
    assert (settings.uptime_kuma_url, settings.uptime_kuma_status_page) == (kuma.url, "elytra")
    assert settings.uptime_kuma_api_key
    assert settings.uptime_kuma_api_key.reveal() == API_KEY
    assert root.own.stat().st_mode & 0o777 == 0o640
    assert root.credential("UPTIME_KUMA_API_KEY").stat().st_mode & 0o777 == 0o600
    assert API_KEY.encode() not in root.own.read_bytes()
    shown = capsys.readouterr()
    assert API_KEY not in shown.out + shown.err
    lines = shown.out.splitlines()
    assert any(line.startswith("uptime_kuma: ") and "(6 up)" in line for line in lines)
    assert lines[-1] == f"changed: {root.credential('UPTIME_KUMA_API_KEY')}, {root.own}"
    assert {request.path for request in kuma.requests} >= {"/metrics"}


def test_the_second_time_nothing_changes_and_nothing_is_tried(
    root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    root.setup(**of_kuma(kuma))
    before = root.files()
    stamps = {path: path.stat().st_mtime_ns for path in root.etc.rglob("*") if path.is_file()}
    kuma.requests.clear()
    capsys.readouterr()
    assert root.setup(**of_kuma(kuma)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "nothing changed"
    assert root.files() == before
    assert {path: path.stat().st_mtime_ns for path in root.etc.rglob("*") if path.is_file()} == stamps
    assert kuma.requests == []


def test_a_wrong_key_is_refused_with_cause_and_remedy_and_nothing_is_written(
    root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = root.files()
    assert root.setup(**of_kuma(kuma, UPTIME_KUMA_API_KEY="uk1_wrong")) == 78
    shown = capsys.readouterr().err
    assert "the API key is refused" in shown
    assert "reate an API key under Settings" in shown
    assert "uk1_wrong" not in shown
    assert root.files() == before


def test_every_wrong_line_is_shown_with_its_number(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    file = root.directory / "answers"
    file.write_text("UPTIME_KUMA_ADDRESS=x\nno line\nLOG_LEVEL=info\nLOG_LEVEL=debug\n")
    assert run_words("setup", "--root", str(root.directory), "--answers", str(file)) == 78
    shown = capsys.readouterr().err
    for number, words in ((1, "is not a setting"), (2, "KEY=value"), (4, "LOG_LEVEL is answered twice")):
        assert any(f"answers:{number}: " in line and words in line for line in shown.splitlines()), shown


def test_a_wrong_value_names_its_setting(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.setup(UPTIME_KUMA_URL="kuma.example.com", LOG_LEVEL="loud") == 78
    shown = capsys.readouterr().err
    assert f"{root.directory}/answers:1: UPTIME_KUMA_URL is not a web address" in shown
    assert f"{root.directory}/answers:2: LOG_LEVEL is invalid" in shown
    words = ["--root", str(root.directory), "--uptime-kuma-url", "kuma.example.com"]
    assert run_words("setup", *words) == 78
    assert "--uptime-kuma-url: UPTIME_KUMA_URL is not a web address" in capsys.readouterr().err


def test_what_is_missing_is_an_error_that_names_the_answer(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.setup() == 78
    assert "UPTIME_KUMA_URL" in capsys.readouterr().err
    assert root.setup("--offline", PROBE_URLS="tcp://127.0.0.1:9", STATUS_BUCKET="example-status") == 78
    assert "STATUS_BUCKET is set without SPACES_ENDPOINT. Set SPACES_ENDPOINT." in capsys.readouterr().err


def test_standard_input_and_options_are_taken_and_options_count_first(
    root: Root, kuma: ReplayServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "key"
    secret.write_text(f"{API_KEY}\n")
    text = "UPTIME_KUMA_URL=http://127.0.0.1:9\nUPTIME_KUMA_STATUS_PAGE=elytra\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()), isatty=lambda: False))
    words = ["--answers", "-", "--uptime-kuma-url", kuma.url, "--uptime-kuma-api-key-file", str(secret)]
    assert run_words("setup", "--root", str(root.directory), *words) == 0
    settings = root.load().settings
    assert settings.uptime_kuma_url == kuma.url
    assert settings.uptime_kuma_api_key
    assert settings.uptime_kuma_api_key.reveal() == API_KEY


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_a_secret_file_that_cannot_be_used_is_named(
    content: bytes | None, root: Root, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "key"
    if content is not None:
        secret.write_bytes(content)
    words = ["--uptime-kuma-url", "http://127.0.0.1:9", "--uptime-kuma-api-key-file", str(secret)]
    assert run_words("setup", "--root", str(root.directory), *words) == 78
    shown = capsys.readouterr().err
    assert "--uptime-kuma-api-key-file" in shown
    assert str(secret) in shown


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(
    root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = root.files()
    assert root.setup("--dry-run", **of_kuma(kuma)) == 0
    shown = capsys.readouterr().out
    assert f"    UPTIME_KUMA_URL={kuma.url}" in shown
    assert f"write {root.credential('UPTIME_KUMA_API_KEY')}" in shown
    assert API_KEY not in shown
    assert root.files() == before


def test_lines_of_others_stay(root: Root) -> None:
    root.own.write_text("# mine\nLOG_LEVEL=warning\nPROBE_URLS=tcp://a.example:1\n")
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 0
    assert root.own.read_text() == '# mine\nLOG_LEVEL=warning\nPROBE_URLS="tcp://b.example:1"\n'


@pytest.mark.parametrize("value", ['quo"te', "back\\slash", "a # b", " 'x' $HOME ${X} `x` ", "äöü"])
def test_any_text_is_read_back_as_it_was_answered(value: str, root: Root) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1", SMTP_USER=escaped, SMTP_PASSWORD=escaped) == 0
    settings = root.load().settings
    assert settings.smtp_user == value.strip()
    assert settings.smtp_password
    assert settings.smtp_password.reveal() == value.strip()


def test_a_value_of_the_settings_file_is_overridden(root: Root) -> None:
    (root.etc / "elytra-status.conf").write_text("PROBE_URLS=tcp://a.example:1\nSMTP_PASSWORD=old\nSMTP_USER=me\n")
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1", SMTP_PASSWORD="new") == 0
    settings = root.load().settings
    assert settings.probe_urls == ("tcp://b.example:1",)
    assert settings.smtp_password
    assert settings.smtp_password.reveal() == "new"


def test_a_file_that_is_not_utf8_keeps_its_bytes_and_is_named(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    content = b"# caf\xe9\r\nLOG_LEVEL=info\r\n"
    root.own.write_bytes(content)
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 78
    assert f"{root.own}:1: is not UTF-8" in capsys.readouterr().err
    assert root.own.read_bytes() == content
    root.own.write_bytes(content.replace(b"\xe9", "é".encode()))
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 0
    assert root.own.read_bytes() == '# café\r\nLOG_LEVEL=info\r\nPROBE_URLS="tcp://b.example:1"\n'.encode()


def test_settings_of_a_source_with_a_name_of_its_own_are_taken(root: Root) -> None:
    answers = {"SOURCES": "uptime_kuma:office,probes", "PROBE_URLS": "tcp://b.example:1"}
    answers |= {"OFFICE_UPTIME_KUMA_URL": "https://kuma.example", "OFFICE_UPTIME_KUMA_API_KEY": API_KEY}
    assert root.setup("--offline", **answers) == 0
    ((name, office),) = root.load().settings.named
    assert (name, office.uptime_kuma_url) == ("uptime_kuma:office", "https://kuma.example")
    assert root.credential("OFFICE_UPTIME_KUMA_API_KEY").read_text() == f"{API_KEY}\n"
    before = root.files()
    assert root.setup("--offline", **answers) == 0
    assert root.files() == before


def test_a_value_that_counts_before_its_own_file_is_named_and_nothing_is_written(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    later = root.etc / "conf.d" / "60-mine.conf"
    later.write_text("\nPROBE_URLS=tcp://a.example:1\n")
    before = root.files()
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 78
    assert f"{later}:2: PROBE_URLS is set there, which overrides conf.d/50-setup.conf" in capsys.readouterr().err
    assert root.files() == before
    # The same value is no conflict.
    assert root.setup("--offline", PROBE_URLS="tcp://a.example:1") == 0
    assert root.files() == before


def test_an_empty_answer_takes_a_value_back_wherever_it_is_set(root: Root) -> None:
    (root.etc / "elytra-status.conf").write_text("PROBE_URLS=tcp://a.example:1\nSMTP_USER=me\nSMTP_PASSWORD=old\n")
    root.credential("SMTP_PASSWORD").write_text("older")
    root.own.write_text("LOG_LEVEL=debug\n")
    assert root.setup("--offline", SMTP_USER="", SMTP_PASSWORD="", LOG_LEVEL="") == 0
    settings = root.load().settings
    assert (settings.smtp_user, settings.smtp_password, settings.log_level) == (None, None, "info")
    assert not root.credential("SMTP_PASSWORD").exists()
    assert "LOG_LEVEL" not in root.own.read_text()


def test_a_fault_in_existing_settings_is_shown_and_nothing_is_written(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    (root.etc / "elytra-status.conf").write_text("\nRUN_DEADLINE_SECONDS=soon\n")
    before = root.files()
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 78
    assert f"{root.etc}/elytra-status.conf:2: RUN_DEADLINE_SECONDS is not a whole number" in capsys.readouterr().err
    assert root.files() == before
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1", RUN_DEADLINE_SECONDS="240") == 0


@pytest.mark.parametrize("answer", ["587", "25"])
@pytest.mark.parametrize("file", ["elytra-status.conf", "conf.d/50-setup.conf"])
def test_an_answer_replaces_a_value_that_cannot_be_used(root: Root, file: str, answer: str) -> None:
    (root.etc / file).write_text("SMTP_PORT=none\n")
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1", SMTP_PORT=answer) == 0
    assert root.load().settings.smtp_port == int(answer)


def test_a_link_is_not_replaced(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    target = root.directory / "managed.conf"
    target.write_text("LOG_LEVEL=info\n")
    root.own.symlink_to(target)
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 78
    assert f"{root.own}: is a symbolic link" in capsys.readouterr().err
    assert root.own.is_symlink()
    assert target.read_text() == "LOG_LEVEL=info\n"


def test_missing_directories_are_made(root: Root) -> None:
    (root.etc / "conf.d").rmdir()
    (root.etc / "credentials").rmdir()
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1", SMTP_USER="a", SMTP_PASSWORD="b") == 0
    assert (root.etc / "conf.d").stat().st_mode & 0o777 == 0o755
    assert (root.etc / "credentials").stat().st_mode & 0o777 == 0o700


def test_another_setup_at_the_same_time_is_refused(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    from elytra_status.system.files import lock_directory

    with lock_directory(root.etc):
        assert root.setup("--offline", PROBE_URLS="tcp://b.example:1") == 75
    assert not root.own.exists()


def test_a_root_without_the_package_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words("setup", "--root", str(tmp_path), "--probe-urls", "tcp://b.example:1") == 64
    assert "apt install elytra-status" in capsys.readouterr().err
    assert run_words("setup", "--config", "x") == 64


def test_an_ordinary_user_gets_the_command_with_sudo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run_words("setup") == 64
    assert "sudo elytra-status setup" in capsys.readouterr().err


CALLS = {
    commit.os: ("link", "replace", "open"),
    staging.shutil: ("copyfile",),
    staging.tempfile: ("mkdtemp",),
}


def failures() -> Iterator[tuple[object, str, int]]:
    for module, names in CALLS.items():
        for name in names:
            for number in range(8):
                yield module, name, number


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"])
def test_a_failure_at_any_write_leaves_nothing_half_written(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that writes fails in turn: afterwards all files are the old ones, or all the new ones."""
    failed = 0
    for module, name, number in failures():
        root = Root(tmp_path / f"{name}-{number}")
        root.own.write_text('PROBE_URLS="tcp://a.example:1"\n')
        root.credential("SMTP_PASSWORD").write_text("old\n")
        root.credential("SMTP_PASSWORD").chmod(0o600)
        (root.etc / "elytra-status.conf").write_text("SMTP_USER=me\n")
        before = root.files()
        calls = 0
        real = getattr(module, name)

        def fail(*arguments: object, real: Callable[..., object] = real, at: int = number, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == at + 1:
                raise error
            return real(*arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(module, name, fail)
            patch.setattr("elytra_status.system.process._end_by", lambda number: 128 + number)
            status = root.setup("--offline", PROBE_URLS="tcp://b.example:1", SMTP_PASSWORD="new")
        after = root.files()
        if calls <= number:
            assert status == 0
            assert after != before
            continue
        failed += 1
        assert status != 0, (name, number)
        assert after == before, (name, number)
        assert not list(root.etc.glob(".setup-*")), (name, number)
    assert failed >= 8


def test_a_signal_while_files_are_put_in_place_waits_until_all_are(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def interrupted(*arguments: object, **named: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", interrupted)
    monkeypatch.setattr("elytra_status.system.process._end_by", lambda number: 128 + number)
    assert root.setup("--offline", PROBE_URLS="tcp://b.example:1", SMTP_USER="me", SMTP_PASSWORD="new") == 130
    settings = root.load().settings
    assert settings.probe_urls == ("tcp://b.example:1",)
    assert settings.smtp_password
    assert not list(root.etc.glob(".setup-*"))


@pytest.mark.parametrize("line", ["SMTP_PASSWORD=pass #word", "PAGE_TITLE=We are #1"])
def test_an_answer_that_a_comment_would_cut_is_refused(
    line: str, root: Root, kuma: ReplayServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answers"
    file.write_text(f"UPTIME_KUMA_URL={kuma.url}\nUPTIME_KUMA_STATUS_PAGE=elytra\n{line}\n")
    assert run_words("setup", "--root", str(root.directory), "--answers", str(file)) == 78
    shown = capsys.readouterr().err
    assert f"{file}:3: {line.partition('=')[0]} contains a comment after #" in shown
    assert "word" not in shown.replace("password", "").replace("PASSWORD", "")
    assert not root.own.exists()


def test_an_answer_for_a_source_that_is_not_named_is_refused(
    root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    second = {"SECOND_UPTIME_KUMA_URL": kuma.url, "SECOND_UPTIME_KUMA_API_KEY": API_KEY}
    assert root.setup(**of_kuma(kuma), **second) == 78
    shown = capsys.readouterr().err
    assert "SECOND_UPTIME_KUMA_URL is for uptime_kuma:second, which SOURCES does not name. Add it." in shown
    assert API_KEY not in shown
    assert not root.own.exists()


@pytest.mark.parametrize("words", [("--spaces-secret-key", "MARKER-secret"), ("--smtp-password=MARKER-secret",)])
def test_a_secret_behind_an_option_that_does_not_exist_is_not_shown(
    words: tuple[str, ...], root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run_words("setup", "--root", str(root.directory), *words)
    assert caught.value.code == 64
    shown = "".join(capsys.readouterr())
    assert f"unrecognized arguments: {words[0].partition('=')[0]};" in shown
    assert "MARKER" not in shown


def test_an_empty_name_of_the_answers_is_refused(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run_words("setup", "--root", str(root.directory), "--answers", "")
    assert caught.value.code == 64
    assert "--answers: is empty" in capsys.readouterr().err


def test_a_closed_standard_input_is_said_to_be_closed(
    root: Root, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run_words("setup", "--root", str(root.directory), "--answers", "-") == 78
    assert "standard input: is closed" in capsys.readouterr().err


def test_a_secret_in_lower_case_leaves_the_file_for_the_credentials(root: Root, kuma: ReplayServer) -> None:
    root.own.write_text("uptime_kuma_api_key=uk9_oldsecret\n# mine\n")
    assert root.setup(**of_kuma(kuma)) == 0
    text = root.own.read_text()
    assert "oldsecret" not in text
    assert "# mine" in text
    assert root.credential("UPTIME_KUMA_API_KEY").read_text().strip() == API_KEY


def test_a_fifo_in_the_place_of_a_credential_is_named(
    root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(root.credential("UPTIME_KUMA_API_KEY"))
    assert root.setup("--offline", **of_kuma(kuma)) == 78
    assert "uptime_kuma_api_key" in capsys.readouterr().err
    assert not root.own.exists()
