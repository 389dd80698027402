# SPDX-License-Identifier: MIT
"""The settings: check, show, explain."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands.common import load_settings, with_state

if TYPE_CHECKING:
    from elytra_status.cli import Commands


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add("config", "check, show or explain the settings", "elytra-status config check", config)
    parser.add_argument(
        "action",
        choices=("check", "show", "sample"),
        help="check them all; show each value and where it came from; print a file with every setting explained",
    )
    parser.add_argument(
        "--offline", action="store_true", help="check: do not ask the sources for names that texts must not hold"
    )


def config(options: argparse.Namespace) -> int:
    """Check the settings, show them, or print a sample file."""
    from elytra_status.settings import show

    if options.action == "sample":
        print(show.sample(), end="")
        return errors.DONE
    loaded = load_settings(options)
    if options.action == "show":
        print(show.table(loaded), end="")
        return errors.DONE
    from elytra_status import config_check
    from elytra_status.history import remembered_words

    given = with_state(options, loaded.settings)
    words = remembered_words(given.state_directory)
    unheard = config_check.check(loaded, given.clock, words, offline=options.offline or bool(loaded.unseen))
    count = len(loaded.warnings)
    seen = ", as far as they can be seen from here" if loaded.unseen else ""
    print(f"the settings are right{seen}{f', with {count} warning' if count else ''}{'s' if count > 1 else ''}")
    if loaded.unseen and not options.offline:
        print("no source was asked: texts were not compared with the names there")
    if unheard:
        print(f"{' and '.join(unheard)} gave no answer: texts were not compared with the names there")
    return errors.DONE
