# SPDX-License-Identifier: MIT
"""What was found, and what is looked at to find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from elytra_status.errors import ElytraStatusError
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock


class Level(str, Enum):
    """How bad it is. SKIPPED says that there is nothing to look at here, which is neither good nor bad."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """What was seen of one thing, and for a warning or fault what to do about it.

    `name`, `seen` and `remedy` hold no secret and no name of a monitor or backup group. `label` stands in
    place of `name` where only the administrator at the terminal reads it: it may hold such a name.
    """

    name: str
    level: Level
    seen: str
    remedy: str = ""
    label: str = field(default="", repr=False)
    area: str = ""


def ok(name: str, seen: str) -> Finding:
    """Return a finding of something that is right."""
    return Finding(name, Level.OK, seen)


def skipped(name: str, seen: str) -> Finding:
    """Return a finding of something that there is nothing to say about."""
    return Finding(name, Level.SKIPPED, seen)


def warning(name: str, seen: str, remedy: str) -> Finding:
    """Return a finding of something that can wait until morning."""
    return Finding(name, Level.WARNING, seen, remedy)


def fault(name: str, seen: str, remedy: str) -> Finding:
    """Return a finding of something that must be mended."""
    return Finding(name, Level.FAULT, seen, remedy)


def of_error(level: Level, name: str, error: ElytraStatusError, otherwise: str) -> Finding:
    """Return a finding of an error; `otherwise` is the remedy where the error has none of its own."""
    return Finding(name, level, error.problem, error.remedy or otherwise)


@dataclass(frozen=True)
class Context:
    """What an area looks at.

    `faults` and `warnings` are those of the settings, which hold what could be read. `is_whole` is False
    where a place of the settings could not be read, so that nothing can be said of what is not set.
    `origins` says where each setting came from. `file` is the settings file, there or not.
    """

    settings: Settings
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    is_whole: bool
    origins: dict[str, str]
    file: Path
    clock: Clock
    state_directory: Path


def of_exception(level: Level, name: str, error: Exception, otherwise: str, context: Context) -> Finding:
    """Return a finding of whatever kept something from being looked at."""
    if isinstance(error, ElytraStatusError):
        return of_error(level, name, error, otherwise)
    if context.faults:
        # It rests on what the check of the settings would have made sure of.
        return skipped(name, "not checked: the settings are invalid")
    # A fault of this program. Its text could hold anything, so only its kind is told.
    return Finding(name, Level.FAULT, f"internal error ({type(error).__name__})", "please report it")


@dataclass(frozen=True)
class Area:
    """A part of what is looked at: `checks` yields what it finds, as soon as it is found.

    Where it does not end in time, what it has yielded until then counts. `needs_settings`: without them
    there is nothing to look at. `as_caller`: it looks at what root may read and the service's user may not.
    """

    name: str
    checks: Callable[[Context], Iterator[Finding]]
    needs_settings: bool = True
    as_caller: bool = False
