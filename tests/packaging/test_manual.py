# SPDX-License-Identifier: MIT
"""The manual pages and the completion describe everything, and are well-formed."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.cli import build_parser
from elytra_status.errors import EXIT_STATUSES
from elytra_status.settings import DEFINITIONS
from tests.needs import need
from tests.packaging import workshop

DATE = "2026-11-21"
PAGES: dict[str, Callable[[str], str]] = {
    "elytra-status.8": workshop.manual.program_page,
    "elytra-status.conf.5": workshop.manual.settings_page,
    "elytra.1": workshop.manual.elytra_page,
}


def plain(name: str) -> str:
    """Return a page without its markup, all on one line."""
    text = re.sub(r"\\f[BIR]|\\&", "", PAGES[name](DATE)).replace("\\-", "-").replace("\\e", "\\")
    return " ".join(re.sub(r"^\.[A-Z]+ ?", "", text, flags=re.MULTILINE).split())


def test_every_command_is_there_with_its_options_and_an_example() -> None:
    page = plain("elytra-status.8")
    commands = list(workshop.manual.subcommands(build_parser()))
    assert len(commands) >= 7
    for command, purpose in commands:
        assert f"{command.prog} " in page
        assert purpose[1:] in page
        assert command.epilog
        assert command.epilog.removeprefix("example: ") in page
        for action in workshop.manual.own_actions(command):
            assert all(option in page for option in action.option_strings)


def test_the_synopsis_of_setup_does_not_list_its_options() -> None:
    synopsis = plain("elytra-status.8").partition(" SYNOPSIS ")[2].partition(" DESCRIPTION ")[0]
    assert '"elytra-status setup" [OPTION...] "elytra-status summary" [--json\\ |\\ --explain]' in synopsis
    assert "[--from\\ WHEN] --until\\ WHEN" in synopsis


def test_every_exit_status_is_there() -> None:
    page = PAGES["elytra-status.8"](DATE)
    for status, meaning in EXIT_STATUSES.items():
        assert f"\\fB{status}\\fR\n" in page
        assert meaning[1:] in plain("elytra-status.8")


def test_every_unit_is_there() -> None:
    page = plain("elytra-status.8")
    units = [path.name for path in (workshop.TREE / "systemd").iterdir() if path.suffix in (".service", ".timer")]
    assert len(units) >= 5
    for unit in units:
        assert f"{unit} " in page


def test_every_setting_is_there_with_meaning_default_and_example() -> None:
    page = plain("elytra-status.conf.5")
    for definition in DEFINITIONS:
        assert f" {definition.name}= " in page
        assert definition.meaning.replace("`", "") in page
        assert definition.example in page
        assert all(name in page for name in definition.former_names)


@pytest.mark.parametrize("name", PAGES)
def test_the_date_is_the_one_that_was_asked_for_and_nothing_else_changes(name: str) -> None:
    page = PAGES[name]
    assert page(DATE).count(DATE) == 1
    assert page(DATE) == page("1999-09-09").replace("1999-09-09", DATE)


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_and_man_have_nothing_to_say_against_it(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(PAGES[name](DATE), encoding="utf-8")
    checks = {
        "mandoc": ["mandoc", "-T", "lint", "-W", "warning", file],
        "man": ["man", "--warnings", "--local-file", "-Tutf8", "-Z", file],
    }
    found = [program for program in checks if shutil.which(program)]
    if not found:
        need("neither mandoc nor man is here")
    for program in found:
        result = subprocess.run(checks[program], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
        said = result.stderr + (result.stdout if program == "mandoc" else "")
        assert (result.returncode, said) == (0, "")


COMPLETE = """
compopt() { :; }  # bash has it only while it completes
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
spec=$(complete -p elytra-status); spec=${spec#*-F }; "${spec%% *}" elytra-status "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["che"], {"check-freshness"}),
        (["config", "s"], {"show", "sample"}),
        (["summary", "--j"], {"--json"}),
        (["demo", "--scenario", "one"], {"one-down"}),
        (["run", "--config", "setti"], {"settings.conf"}),
        (["run", "--state-directory", ""], {"state"}),
        (["--v"], {"--version"}),
        (["schema", ""], set()),
        (["--config", "summary", "sum"], {"summary"}),
        (["--config", "=", "setti"], {"settings.conf"}),
        (["run", "--config", "="], {"settings.conf", "completion", "state"}),
        (["--state-directory", "=", "x", "override", "se"], {"set"}),
        (["override", "--config", "settings.conf", "sh"], {"show"}),
        (["history", "import", "setti"], {"settings.conf"}),
        (["alert", "te"], {"test"}),
        (["override", "set", "--status", "o"], {"operational", "outage"}),
    ],
)
def test_the_completion_offers_what_there_is(words: list[str], offered: set[str], tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(workshop.manual.completion(build_parser()), encoding="utf-8")
    (tmp_path / "settings.conf").touch()
    (tmp_path / "state").mkdir()
    command = ["bash", "-c", COMPLETE, "bash", tmp_path / "completion", "elytra-status", *words]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert set(result.stdout.split()) == offered, result.stderr


def test_the_completion_knows_every_command_and_every_option(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(workshop.manual.completion(build_parser()), encoding="utf-8")
    for command, _purpose in workshop.manual.subcommands(build_parser()):
        *before, last = command.prog.split()[1:]
        words = {(*before, last): {last}, (*before, last, "--"): set()}
        for action in workshop.manual.own_actions(command):
            words[*before, last, "--"].update(action.option_strings)
        words[*before, last, "--"].update(("--help", "--config", "--state-directory"))
        for typed, expected in words.items():
            asked = ["bash", "-c", COMPLETE, "bash", tmp_path / "completion", "elytra-status", *typed]
            result = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path)
            assert expected <= set(result.stdout.split()), (typed, result.stderr)


LOADER = Path("/usr/share/bash-completion/bash_completion")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("elytra-status check-f", "elytra-status check-freshness "),
        ("elytra-status --config settings.conf summary --js", "elytra-status --config settings.conf summary --json "),
        ("elytra-status run --config=setti", "elytra-status run --config=settings.conf "),
        ("elytra stat", "elytra status "),
        ("elytra status check-f", "elytra status check-freshness "),
        ("elytra status over", "elytra status override "),
        ("elytra status override sh", "elytra status override show "),
        ("elytra status --config setti", "elytra status --config settings.conf "),
    ],
)
def test_a_shell_with_bash_completion_completes(typed: str, completed: str, tmp_path: Path) -> None:
    """In a real bash, at a terminal, with the loader of bash-completion and the files where the package has them."""
    if not LOADER.exists():
        need("bash-completion is not here")
    completions = tmp_path / "share" / "bash-completion" / "completions"
    completions.mkdir(parents=True)
    (completions / "elytra-status").write_text(workshop.manual.completion(build_parser()), encoding="utf-8")
    (completions / "elytra").symlink_to("elytra-status")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("elytra-status", "elytra"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (tmp_path / "settings.conf").touch()
    shell = Shell(tmp_path, {"BASH_COMPLETION_USER_DIR": str(completions.parent), "PATH": f"{programs}:/usr/bin:/bin"})
    try:
        shell.type(f". {LOADER}\n")
        assert shell.line_after(f"{typed}\t") == completed
    finally:
        shell.end()


class Shell:
    """A bash at a terminal of its own."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(directory)
            os.execve(
                "/bin/bash", ["bash", "--norc", "--noprofile", "-i"], {"TERM": "dumb", "LC_ALL": "C", **environment}
            )
        self.type("PS1=; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'\n")

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def line_after(self, typed: str) -> str:
        """Return the command line after what was typed is processed."""
        # Readline handles one key after another: what is bound to the last of them sees the effect of those before.
        self.type("show() { printf '<%s>' \"$READLINE_LINE\"; }; bind -x '\"\\C-o\": show'\n")
        self.type(f"{typed}\x0f")
        seen = b""
        while not (found := re.search(rb"<([^<>%]*)>", seen)):
            ready, _, _ = select.select([self._terminal], [], [], 60)
            assert ready, f"the shell says no more than {seen!r}"
            seen += os.read(self._terminal, 4096)
        return found[1].decode()

    def end(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._terminal)
