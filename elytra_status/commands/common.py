# SPDX-License-Identifier: MIT
"""Shared beginnings of commands. Heavy modules are imported by functions only."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from elytra_status.settings import Loaded, Settings
    from elytra_status.system.clock import SystemClock

STATE_DIRECTORY = "/var/lib/elytra-status"
# The files of saved state that commands read.
STATE_FILES = (
    *("accepted-monitors.json", "announcements.json", "history.sqlite", "last-run.json", "retired-groups.json"),
)


class Prepared(NamedTuple):
    """The values that most commands need.

    It is no dataclass: importing those takes a third of the time of --help.
    """

    settings: Settings
    clock: SystemClock
    state_directory: Path


def load_settings(options: argparse.Namespace) -> Loaded:
    """Return the settings, and log according to them from here on.

    Raise SettingsError if only the service can read some required settings, unless the command is `config`.
    """
    from pathlib import Path

    from elytra_status.problem import Problem, SettingsError
    from elytra_status.settings import load
    from elytra_status.system import journal

    loaded = load(Path(options.config) if options.config else None, os.environ)
    if options.command != "config":  # The config command reports this itself.
        journal.start_logging(loaded.settings.log_level)
    for warning in loaded.warnings:
        journal.log_warning(str(warning), event="settings")
    if loaded.lacking and options.command != "config":
        names = " and ".join(loaded.lacking)
        remedy = "Use systemctl start elytra-status.service, which is given it. See elytra-status.conf(5), CREDENTIALS"
        raise SettingsError([Problem(f"{names} is required, but this command cannot read it", remedy)])
    return loaded


def state_directory(options: argparse.Namespace) -> Path:
    """Return the state directory."""
    from pathlib import Path

    return Path(options.state_directory or os.environ.get("STATE_DIRECTORY") or STATE_DIRECTORY)


def prepare(options: argparse.Namespace, *, reads_state: bool = True) -> Prepared:
    """Return settings, clock and state directory.

    If this is root, continue as the owner of the directory. With `reads_state`, raise UsageError if this user may not
    read it.
    """
    given = with_state(options, load_settings(options).settings)
    if reads_state:
        refuse_unreadable_state(given.state_directory)
    return given


def refuse_unreadable_state(directory: Path) -> None:
    """Raise UsageError if this user may not read saved state.

    Otherwise it would seem as if there were none.
    """
    from elytra_status.errors import UsageError

    if names := unreadable_state(directory):
        raise UsageError(
            f"{directory}: this user may not read {', '.join(names)}",
            "run this as root, or name another directory with --state-directory",
        )


def unreadable_state(directory: Path) -> list[str]:
    """Return the files of saved state that an ordinary user may not read.

    For the owner of the directory, which is the service itself, such a file is damaged saved state and no reason to
    stop.
    """
    try:
        if os.geteuid() in (0, directory.stat().st_uid):
            return []
        if not os.access(directory, os.X_OK):
            return ["the directory"]
    except OSError:
        return []
    return [name for name in STATE_FILES if (directory / name).exists() and not os.access(directory / name, os.R_OK)]


def with_state(options: argparse.Namespace, settings: Settings) -> Prepared:
    """Return clock and state directory with settings that are already loaded.

    Root can read the settings, and the owner of the directory may not.
    """
    from elytra_status.system import files
    from elytra_status.system.clock import SystemClock

    directory = state_directory(options)
    files.act_as_owner(directory)
    return Prepared(settings, SystemClock(), directory)


def chosen_components(wanted: Sequence[str], configured: Sequence[str]) -> tuple[str, ...]:
    """Return names of components in the order of COMPONENTS.

    `configured` are the names there. Raise UsageError, which names the components, for one that is not known.
    """
    from elytra_status.errors import UsageError

    names = [name.strip() for name in wanted]
    if any(name not in configured for name in names):
        raise UsageError(
            "--component is not a component of COMPONENTS",
            f"use {', '.join(configured)}" if configured else "set COMPONENTS, or leave out --component",
        )
    return tuple(name for name in configured if name in names)
