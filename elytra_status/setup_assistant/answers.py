# SPDX-License-Identifier: MIT
"""Answers from options or from a file: KEY=value lines with names of settings."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from elytra_status.problem import Problem, SettingsError, SettingsProblem
from elytra_status.settings import kinds
from elytra_status.settings.file import LARGEST_FILE, parse_lines
from elytra_status.settings.keys import find_key, nearest
from elytra_status.settings.lookup import FoundValue
from elytra_status.setup_assistant.options import option_of
from elytra_status.system import journal
from elytra_status.system.files import read_regular

STDIN = "-"
_ALONE = "Name a file with the secret alone"


def read_file(name: str) -> dict[str, FoundValue]:
    """Return the answers in a file, or in standard input for `-`, by current names.

    Raise SettingsError with every fault: file, line, problem and remedy, without values.
    """
    shown = "standard input" if name == STDIN else name
    content = _content(name, shown)
    answers: dict[str, FoundValue] = {}
    faults = []
    for line in parse_lines(content):
        where = f"{shown}:{line.number}"
        key = find_key(line.key.upper()) if line.key else None
        if line.fault:
            words = f"{line.key} {line.fault.problem}" if key else line.fault.problem
            faults.append(SettingsProblem(words, line.fault.remedy, where, setting=key.name if key else ""))
        elif key is None:
            words = f"the key is not a setting{nearest(line.key)}"
            faults.append(SettingsProblem(words, "See elytra-status.conf(5)", where, is_unknown=True))
        elif key.name in answers:
            words = f"{key.name} is answered twice"
            faults.append(SettingsProblem(words, "Remove one of the lines", where, setting=key.name))
        elif line.comment_cut and (key.definition.is_secret or key.definition.kind in kinds.WORDS):
            words, remedy = f"{key.name} contains a comment after #", "Put the value in quotes if it belongs to it"
            faults.append(SettingsProblem(words, remedy, where, setting=key.name))
        else:
            answers[key.name] = FoundValue(line.value.strip(), where)
    if faults:
        raise SettingsError(faults)
    return answers


def _content(name: str, shown: str) -> bytes:
    if name == STDIN:
        if sys.stdin is None:
            raise SettingsError([Problem("is closed", "Name a file, or pass the answers to the standard input", shown)])
        content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    else:
        try:
            content = read_regular(Path(name), LARGEST_FILE, follows_links=True)
            if os.stat(name).st_mode & (stat.S_IROTH | stat.S_IRGRP) and _holds_secret(content):
                journal.log_warning(
                    str(Problem("contains secrets, and others can read it", "Set its mode to 0600", shown))
                )
        except OSError as error:
            raise SettingsError([Problem(f"cannot be read ({error.strerror})", "Name a text file", shown)]) from None
    if len(content) > LARGEST_FILE:
        raise SettingsError([Problem(f"is larger than {LARGEST_FILE} bytes", "Name a file of some KB", shown)])
    return content


def _holds_secret(content: bytes) -> bool:
    keys = (find_key(line.key.upper()) for line in parse_lines(content) if line.key and line.value.strip())
    return any(key.definition.is_secret for key in keys if key)


def from_options(values: Mapping[str, str]) -> dict[str, FoundValue]:
    """Return the answers among the options of the command line."""
    return {name: FoundValue(text.strip(), option_of(name)) for name, text in values.items()}


def read_secrets(files: Mapping[str, str]) -> dict[str, FoundValue]:
    """Return the secrets in files, by the names of their settings.

    Raise SettingsError if one cannot be read.
    """
    secrets = {}
    faults = []
    for name, file in files.items():
        option = f"{option_of(name)}-file"
        try:
            text = read_regular(Path(file), LARGEST_FILE, follows_links=True).decode("utf-8-sig").strip()
        except OSError as error:
            faults.append(Problem(f"{file} cannot be read ({error.strerror})", _ALONE, option))
            continue
        except UnicodeDecodeError:
            faults.append(Problem(f"{file} is not UTF-8", "Name a file with one line of text", option))
            continue
        if not text:
            faults.append(Problem(f"{file} is empty", _ALONE, option))
        secrets[name] = FoundValue(text, f"{option} {file}")
    if faults:
        raise SettingsError(faults)
    return secrets
