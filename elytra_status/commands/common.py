# SPDX-License-Identifier: MIT
"""What most commands begin with. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from elytra_status.settings import Loaded, Settings
    from elytra_status.system.clock import SystemClock

STATE_DIRECTORY = "/var/lib/elytra-status"
# What commands read of saved state.
STATE_FILES = (
    *("accepted-monitors.json", "announcements.json", "history.sqlite", "last-run.json", "retired-groups.json"),
)


class Prepared(NamedTuple):
    """What most commands work on. No dataclass: those take a third of the time in which --help is done."""

    settings: Settings
    clock: SystemClock
    state_directory: Path


def load_settings(options: argparse.Namespace) -> Loaded:
    """Return the settings, and log from here on as they say.

    Raise SettingsError where the service alone is given some that are needed, unless they are only to be shown.
    """
    from pathlib import Path

    from elytra_status.errors import SettingsError
    from elytra_status.settings import load
    from elytra_status.system import journal

    loaded = load(Path(options.config) if options.config else None, os.environ)
    if options.command != "config":  # who asks about the settings is told all
        journal.start_logging(loaded.settings.log_level)
    for words in loaded.warnings:
        journal.warning(words, event="settings")
    if loaded.lacking and options.command != "config":
        names = " and ".join(loaded.lacking)
        remedy = "Use systemctl start elytra-status.service, which is given it. See elytra-status.conf(5), CREDENTIALS"
        raise SettingsError([f"{names} is required, but this command cannot read it. {remedy}."])
    return loaded


def state_directory(options: argparse.Namespace) -> Path:
    """Return where state is kept."""
    from pathlib import Path

    return Path(options.state_directory or os.environ.get("STATE_DIRECTORY") or STATE_DIRECTORY)


def prepare(options: argparse.Namespace, *, reads_state: bool = True) -> Prepared:
    """Return settings, clock and state directory. As root, go on as the user whom that belongs to.

    Raise UsageError where `reads_state` and this user may not.
    """
    given = with_state(options, load_settings(options).settings)
    if reads_state:
        refuse_unreadable_state(given.state_directory)
    return given


def refuse_unreadable_state(directory: Path) -> None:
    """Raise UsageError where this user may not read saved state: it would look as if there were none."""
    from elytra_status.errors import UsageError

    if names := unreadable_state(directory):
        raise UsageError(
            f"{directory}: this user may not read {', '.join(names)}",
            "run this as root, or name another directory with --state-directory",
        )


def unreadable_state(directory: Path) -> list[str]:
    """Return the files of saved state that an ordinary user may not read.

    To the directory's owner, the service itself, such a file is damaged saved state, and no reason to stop.
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
    """Return clock and state directory with settings that are loaded: root may read those, another user may not."""
    from elytra_status.system import files
    from elytra_status.system.clock import SystemClock

    directory = state_directory(options)
    files.act_as_owner(directory)
    return Prepared(settings, SystemClock(), directory)
