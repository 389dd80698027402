# SPDX-License-Identifier: MIT
"""That the manual pages and the completion tell of everything there is, and read as they should."""

from __future__ import annotations

import re
import shutil
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
    ],
)
def test_the_completion_offers_what_there_is(words: list[str], offered: set[str], tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(workshop.manual.completion(), encoding="utf-8")
    (tmp_path / "settings.conf").touch()
    (tmp_path / "state").mkdir()
    command = ["bash", "-c", COMPLETE, "bash", tmp_path / "completion", "elytra-status", *words]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert set(result.stdout.split()) == offered, result.stderr
