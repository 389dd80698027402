# SPDX-License-Identifier: MIT
"""Help, the command elytra, streams, and what a person reads: the commands as real processes."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from elytra_status import __version__, documents, sources
from elytra_status.cli import build_parser, main
from elytra_status.settings.definitions import OF_KIND
from elytra_status.sources import backup_evidence
from tests.conftest import API_KEY
from tests.installation import Installation, Result, Start, environment
from tests.installed import BESIDE, COMMAND

pytestmark = pytest.mark.slow

# Every monitor name in the recordings.
NAMES = ("Elytra API", "Scheduler", "Storage: /scratch", "Internal only", "Line one", "billing", "Süd")

# What is asked for with --help


def below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the subcommands of a parser, by name."""
    found = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return found[0] if found else {}


def commands() -> list[str]:
    return list(below(build_parser()))


def callable_commands() -> list[str]:
    """Return the commands that do something; those in groups have the group's name before them."""
    every = [
        (f"{name} {inner}".strip(), parser)
        for name, first in below(build_parser()).items()
        for inner, parser in {"": first, **below(first)}.items()
    ]
    return [name for name, parser in every if parser.get_default("do")]


@pytest.mark.parametrize("command", commands())
def test_the_parser_of_one_command_has_no_other_and_the_same_help(command: str) -> None:
    alone, full = build_parser([command]), build_parser()
    assert list(below(alone)) == [command]
    assert alone.format_usage() == full.format_usage()
    ours, theirs = below(alone)[command], below(full)[command]
    assert ours.format_help() == theirs.format_help()
    assert {name: inner.format_help() for name, inner in below(ours).items()} == {
        name: inner.format_help() for name, inner in below(theirs).items()
    }


def test_a_command_is_parsed_without_adding_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[list[str]] = []

    def noted(words: Sequence[str] = ()) -> argparse.ArgumentParser:
        built.append(list(below(parser := build_parser(words))))
        return parser

    monkeypatch.setattr("elytra_status.cli.build_parser", noted)
    for words in (["run", "--help"], ["--config", "/etc/own.conf", "run", "--help"], ["ruin"], ["--help"], []):
        with pytest.raises(SystemExit):
            main(words)
    assert built == [["run"], commands(), commands(), commands(), commands()]


@pytest.mark.parametrize("command", sorted({*commands(), *callable_commands()}))
def test_every_command_explains_itself_with_an_example_that_is_right(command: str) -> None:
    result = subprocess.run([COMMAND, *command.split(), "--help"], capture_output=True, text=True, check=True)
    example = result.stdout.partition("example: ")[2].strip()
    words = shlex.split(re.split(r"[|>&]", example)[0])
    if words[0] == "elytra-status":
        parsed = build_parser().parse_args(words[1:])
        assert f"{parsed.command} {getattr(parsed, 'action', '')} ".startswith(f"{command} ")
    else:
        assert words[0] == "systemctl"
    assert "--state-directory" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    "words", [["summary"], ["config", "show"], ["override", "show"], ["history"], ["cors", "show"]]
)
def test_the_options_of_all_commands_may_stand_anywhere(words: list[str], tmp_path: Path) -> None:
    own = ["--config", "/etc/own.conf", "--state-directory", "/srv/state"]
    for installation in range(len(words) + 1):
        options = build_parser().parse_args([*words[:installation], *own, *words[installation:]])
        assert (options.config, options.state_directory) == ("/etc/own.conf", "/srv/state")
    options = build_parser().parse_args(["--config", "/etc/first.conf", *words, "--config", "/etc/second.conf"])
    assert (options.config, options.state_directory) == ("/etc/second.conf", None)
    assert build_parser().parse_args(words).config is None


def test_a_settings_file_that_is_named_before_the_command_is_read(installation: Installation) -> None:
    installation.set(LOG_LEVEL="loud")
    for words in ([*installation.options(), "summary"], [*installation.options(), "config", "check"]):
        result = subprocess.run(
            [COMMAND, *words], capture_output=True, text=True, env=environment(), timeout=60, check=False, cwd="/"
        )
        assert result.returncode == 78
        assert f"{installation.file}:1: LOG_LEVEL" in result.stderr


def test_help_names_every_command_and_version_is_the_version() -> None:
    text = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    for command in commands():
        assert re.search(rf"^ +{command}\b", text, re.MULTILINE)
    assert subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout == (
        f"elytra-status {__version__}\n"
    )


def test_the_help_is_that_of_the_full_parser() -> None:
    assert build_parser(["--help"]).format_help() == build_parser().format_help()


HEAVY = ("requests", "urllib3", "boto3", "botocore", "jsonschema", "systemd", "dataclasses", "logging", "http", "ssl")


@pytest.mark.parametrize("argument", ["--help", "--version", "nonsense"])
def test_what_needs_nothing_imports_nothing(argument: str) -> None:
    program = (
        "import sys; from elytra_status.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print('imported', *sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program, argument], capture_output=True, text=True, check=True)
    imported = result.stdout.rpartition("imported")[2].split()
    assert "elytra_status.cli" in imported
    assert not set(imported) & set(HEAVY)
    of_commands = {name for name in imported if name.startswith("elytra_status.commands.")}
    assert argument == "nonsense" or of_commands == {"elytra_status.commands.parser"}


def imported_by_run(installation: Installation) -> set[str]:
    program = (
        "import sys; from elytra_status.cli import main\n"
        "assert main(sys.argv[1:]) == 0; print('imported', *sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "run", *installation.options()], capture_output=True, text=True, check=True
    )
    return set(result.stdout.rpartition("imported")[2].split())


def test_a_run_that_queries_nothing_imports_no_client(installation: Installation) -> None:
    imported = imported_by_run(installation)
    assert "elytra_status.documents.page" in imported
    assert not imported & {"requests", "boto3", "botocore", "smtplib", "babel", "PIL", "zoneinfo", "elytra_status.demo"}
    of_monitors = {f"elytra_status.sources.{path}" for kind, path in sources.MODULES.items() if kind in OF_KIND}
    of_backups = {f"elytra_status.sources.backup_evidence.{name}" for name in backup_evidence.KINDS}
    assert not imported & (of_monitors | of_backups)


def test_a_run_imports_only_the_documents_that_it_publishes(installation: Installation) -> None:
    installation.set(PUBLISH="status, badge")
    of_kinds = {f"elytra_status.documents.{module}" for module in documents.MODULES.values()}
    assert imported_by_run(installation) & of_kinds == {"elytra_status.documents.badge"}


def test_a_run_of_a_single_machine_imports_nothing_of_a_pair(installation: Installation) -> None:
    imported = imported_by_run(installation)
    of_pairs = ("run.pair", "run.shared_state", "publish.lease", "publish.shared_objects")
    assert not imported & {f"elytra_status.{name}" for name in of_pairs}


# elytra


def call_elytra(*arguments: str, **more: str) -> Result:
    return subprocess.run(
        [str(BESIDE / "elytra"), *arguments], capture_output=True, text=True, env=environment(**more), check=False
    )


def test_elytra_hands_on_to_the_command_beside_it(installation: Installation) -> None:
    result = call_elytra("status", "summary", "--json", *installation.options(), PATH="/usr/bin:/bin")
    assert result.returncode == 0
    assert json.loads(result.stdout)["platform_status"] == "unknown"
    assert call_elytra("status", "config", "chek", *installation.options()).returncode == 64


@pytest.mark.parametrize("name", ["nonsense", "", "../bin/sh", "-x", "Status", "status/../status"])
def test_elytra_knows_no_other_command(name: str) -> None:
    result = call_elytra(name)
    assert result.returncode == 64
    assert "usage: elytra NAME" in result.stderr
    assert result.stdout == ""


def test_elytra_says_how_it_is_used() -> None:
    assert "elytra status summary" in call_elytra("--help").stdout
    assert call_elytra("--version").stdout == f"elytra {__version__}\n"
    result = call_elytra()
    assert (result.returncode, result.stdout) == (64, "")
    assert "usage: elytra NAME" in result.stderr


def test_elytra_says_what_cannot_be_started(tmp_path: Path) -> None:
    broken = tmp_path / "elytra-broken"
    broken.write_bytes(b"\x00no program")
    broken.chmod(0o755)
    result = call_elytra("broken", PATH=str(tmp_path))
    assert result.returncode == 69
    assert result.stderr == "elytra: elytra-broken cannot be started (Exec format error)\n"


# Streams


def through_shell(script: str) -> Result:
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(E=COMMAND), timeout=60, check=False
    )


@pytest.mark.parametrize("command", ["config sample", "schema", "config show --config /dev/null", "--help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_is_no_fault(command: str, unbuffered: str) -> None:
    export = f"export PYTHONUNBUFFERED={unbuffered};"
    result = through_shell(f'{export} "$E" {command} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}')
    assert (result.stdout, result.stderr) == ("0\n", "")
    result = through_shell(f'{export} {{ sleep 0.3; "$E" {command}; echo $? >&2; }} | true')
    assert result.stderr == "0\n"


@pytest.mark.parametrize("command", ["config sample", "schema", "summary --json --config /dev/null"])
def test_output_that_cannot_be_written_is_an_error(command: str) -> None:
    result = through_shell(f'"$E" {command} > /dev/full')
    assert result.returncode == 69
    assert result.stderr.splitlines()[-1] == "ERROR: the output cannot be written (No space left on device)"
    assert "fault" not in result.stderr


@pytest.mark.parametrize("streams", ["2>&-", ">&-", "<&- >&- 2>&-", "2>/dev/full", "2> >(true)"])
def test_a_run_does_its_job_though_nobody_reads_its_words(streams: str, installation: Installation) -> None:
    result = through_shell(f'"$E" run {shlex.join(installation.options())} {streams}')
    assert result.returncode == 0
    assert installation.published()


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C"}])
def test_json_is_utf_8_whatever_the_locale(
    locale: dict[str, str], installation: Installation, start_kuma: Start
) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    installation.set(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra", INFRASTRUCTURE_NOTES="Über alles ☂")
    words = [COMMAND, "summary", "--json", *installation.options()]
    result = subprocess.run(words, capture_output=True, env=environment(**locale), check=True)
    assert json.loads(result.stdout)["infrastructure"]["notes"] == "Über alles ☂"
    assert installation.call("summary", **locale).returncode == 0
    assert installation.call("config", "show", **locale).returncode == 0


# What a person reads


def test_with_nothing_configured_a_run_does_its_job_and_says_what_to_set(installation: Installation) -> None:
    result = installation.call("run")
    assert installation.published()["platform_status"] == "unknown"
    (next_step,) = (line for line in result.stderr.splitlines() if "UPTIME_KUMA_URL" in line)
    assert str(installation.file) in next_step
    assert installation.state.stat().st_mode & 0o777 == 0o755
    assert installation.document.stat().st_mode & 0o777 == 0o644
    assert (installation.state / "last-run.json").stat().st_mode & 0o777 == 0o600


def test_with_invalid_settings_all_faults_are_shown_with_what_may_explain_them(installation: Installation) -> None:
    installation.file.write_text('UPTIME_KUMA_ULR=http://kuma\nUPTIME_KUMA_API_KEY=Pl4nted\nLOG_LEVEL="loud\nx\n')
    result = installation.call("run")
    assert result.returncode == 78
    lines = result.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["WARNING", "ERROR", "ERROR", "ERROR", "ERROR"]
    assert lines[0].endswith(
        f"{installation.file}:1: UPTIME_KUMA_ULR is not a setting, but UPTIME_KUMA_URL is; it is ignored."
        " Correct or remove it."
    )
    assert f"{installation.file}:3: LOG_LEVEL has an open quote" in lines[1]
    assert f"{installation.file}:4: has no =. " in lines[2]
    assert f"{installation.file}:2: UPTIME_KUMA_API_KEY is set without UPTIME_KUMA_URL" in lines[3]
    assert lines[4] == "ERROR: 3 faults in the settings; nothing was done"
    assert "Pl4nted" not in result.stderr


def test_without_a_network_the_status_is_unknown_and_the_reason_is_logged(installation: Installation) -> None:
    installation.set(UPTIME_KUMA_URL="http://127.0.0.1:9", UPTIME_KUMA_STATUS_PAGE="main")
    result = installation.call("run")
    assert result.returncode == 0
    assert installation.published()["platform_status"] == "unknown"
    assert "127.0.0.1:9 is unreachable, connection refused" in result.stderr


def test_words_to_be_read_hold_no_name_of_a_monitor_but_at_debug(installation: Installation, start_kuma: Start) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    settings = {"UPTIME_KUMA_URL": kuma.url, "UPTIME_KUMA_API_KEY": API_KEY, "UPTIME_KUMA_STATUS_PAGE": "elytra"}
    installation.set(**settings, CONFIRM_AFTER_SECONDS="1")
    for command in (["run"], ["config", "check"], ["check-freshness"], ["summary", "--json"]):
        result = installation.call(*command)
        assert result.stderr + result.stdout
        assert not any(name in result.stderr + result.stdout for name in NAMES), command
    assert installation.published()["platform_status"] == "outage"
    installation.set(**settings, CONFIRM_AFTER_SECONDS="1", LOG_LEVEL="debug")
    assert "Scheduler" in installation.call("run").stderr


def test_the_journals_level_is_kept(installation: Installation) -> None:
    installation.set(LOG_LEVEL="error")
    assert installation.call("run").stderr == ""
    installation.set(LOG_LEVEL="error", SPACES_REGOIN="nyc3")
    assert "SPACES_REGION is" in installation.call("config", "check").stderr
