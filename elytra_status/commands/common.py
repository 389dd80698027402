# SPDX-License-Identifier: MIT
"""What most commands begin with. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from elytra_status.clock import SystemClock
    from elytra_status.settings import Loaded, Settings

STATE_DIRECTORY = "/var/lib/elytra-status"


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

    from elytra_status import journal
    from elytra_status.errors import SettingsError
    from elytra_status.settings import load

    loaded = load(Path(options.config) if options.config else None, os.environ)
    if options.command != "config":  # who asks about the settings is told all
        journal.start_logging(loaded.settings.log_level)
    for words in loaded.warnings:
        journal.warning(words, event="settings")
    if loaded.lacking and options.command != "config":
        names = " and ".join(loaded.lacking)
        remedy = "systemctl start elytra-status.service is given it; see elytra-status.conf(5), CREDENTIALS"
        raise SettingsError([f"{names} cannot be seen from here, and this command would need it; {remedy}"])
    return loaded


def state_directory(options: argparse.Namespace) -> Path:
    """Return where state is kept."""
    from pathlib import Path

    return Path(options.state_directory or os.environ.get("STATE_DIRECTORY") or STATE_DIRECTORY)


def prepare(options: argparse.Namespace) -> Prepared:
    """Return settings, clock and state directory. As root, go on as the user whom that belongs to."""
    settings = load_settings(options).settings
    return with_state(options, settings)


def with_state(options: argparse.Namespace, settings: Settings) -> Prepared:
    """Return clock and state directory with settings that are loaded: root may read those, another user may not."""
    from elytra_status import files
    from elytra_status.clock import SystemClock

    directory = state_directory(options)
    files.act_as_owner(directory)
    return Prepared(settings, SystemClock(), directory)
