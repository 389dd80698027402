# SPDX-License-Identifier: MIT
"""The findings of checks, and what checks work on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from elytra_status.errors import ElytraStatusError
from elytra_status.problem import SettingsProblem
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock


class Level(str, Enum):
    """The severity of a finding.

    SKIPPED says that there is nothing to check here, which is neither good nor bad.
    """

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """What was seen of one thing, with a remedy for a warning or fault.

    `name`, `seen` and `remedy` contain no secret and no name of a monitor or backup group. `label` replaces `name` for
    the administrator at the terminal, and may contain such a name.
    """

    name: str
    level: Level
    seen: str
    remedy: str = ""
    label: str = field(default="", repr=False)
    area: str = ""


def ok(name: str, seen: str) -> Finding:
    """Return a finding about something that is in order."""
    return Finding(name, Level.OK, seen)


def skipped(name: str, seen: str) -> Finding:
    """Return a finding that there is nothing to check."""
    return Finding(name, Level.SKIPPED, seen)


def warning(name: str, seen: str, remedy: str) -> Finding:
    """Return a finding about something that can wait until morning."""
    return Finding(name, Level.WARNING, seen, remedy)


def fault(name: str, seen: str, remedy: str) -> Finding:
    """Return a finding about something that must be fixed."""
    return Finding(name, Level.FAULT, seen, remedy)


def of_error(level: Level, name: str, error: ElytraStatusError, otherwise: str) -> Finding:
    """Return a finding about an error.

    `otherwise` is the remedy if the error has none of its own.
    """
    return Finding(name, level, error.problem, error.remedy or otherwise)


@dataclass(frozen=True)
class Context:
    """What an area checks.

    `faults` and `warnings` are those of the settings, which hold what could be read. `is_whole` is False if a part of
    the settings could not be read, so that unset settings are not known. `origins` says where each setting comes from.
    `file` is the settings file, which may not exist.
    """

    settings: Settings
    faults: tuple[SettingsProblem, ...]
    warnings: tuple[SettingsProblem, ...]
    is_whole: bool
    origins: dict[str, str]
    file: Path
    clock: Clock
    state_directory: Path


def of_exception(level: Level, name: str, error: Exception, otherwise: str, context: Context) -> Finding:
    """Return a finding about an exception that prevented a check."""
    if isinstance(error, ElytraStatusError):
        return of_error(level, name, error, otherwise)
    if context.faults:
        # The check of the settings would have prevented it.
        return skipped(name, "not checked: the settings are invalid")
    # The text of an internal error could contain anything, so only its type is named.
    return Finding(name, Level.FAULT, f"internal error ({type(error).__name__})", "please report it")


@dataclass(frozen=True)
class Area:
    """One area of checks. `checks` yields each finding as soon as it has it.

    If it does not end in time, the findings so far count. `needs_settings` says that without settings there is nothing
    to check. `as_caller` says that it checks what root may read and the service's user may not.
    """

    name: str
    checks: Callable[[Context], Iterator[Finding]]
    needs_settings: bool = True
    as_caller: bool = False
