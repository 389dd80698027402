# SPDX-License-Identifier: MIT
"""Set up an installed package up to its first publication.

Ask for the settings, try each answer, write them, and start the job.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import state_directory
from elytra_status.commands.doctor import terminal_style
from elytra_status.commands.parser import not_empty
from elytra_status.setup_assistant.options import OPTIONS, SECRET_OPTIONS, option_of

if TYPE_CHECKING:
    from pathlib import Path

    from elytra_status.commands.parser import Commands
    from elytra_status.settings.lookup import FoundValue
    from elytra_status.setup_assistant.finish import Setup


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add(
        "setup",
        SUMMARIES["setup"],
        "elytra-status setup",
        setup,
    )
    parser.add_argument(
        "--answers",
        metavar="FILE",
        type=not_empty,
        help="ask nothing; read KEY=value lines from this file (-: standard input)",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    parser.add_argument(
        "--offline", action="store_true", help="do not try the answers: contact no source, storage or channel"
    )
    parser.add_argument("--no-start", action="store_true", help="write the settings, and do not start the service")
    parser.add_argument(
        "--container",
        action="store_true",
        help="if a container refuses the sandbox of the service, install the drop-in of the package that turns it off",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="publish nothing: check from this machine every five minutes what another machine publishes, and notify",
    )
    parser.add_argument(
        "--root", metavar="DIRECTORY", help="set up the system in this directory, such as an image; start nothing"
    )
    for name in OPTIONS:
        parser.add_argument(option_of(name), metavar="VALUE", dest=name, help=f"set {name}, see elytra-status.conf(5)")
    for name in SECRET_OPTIONS:
        parser.add_argument(
            f"{option_of(name)}-file",
            metavar="FILE",
            dest=name,
            help=f"read {name} from this file, which must contain nothing else",
        )


def setup(options: argparse.Namespace) -> int:
    """Set up with questions at a terminal, else with the given answers only."""
    from elytra_status.errors import UsageError
    from elytra_status.setup_assistant import interactive, unattended
    from elytra_status.system import files, journal

    journal.start_logging("info")
    if options.config:
        raise UsageError("setup writes to conf.d/ and credentials/ in /etc/elytra-status", "leave out --config")
    directory = _directory(options)
    given = _given(options)
    is_interactive = not options.answers and sys.stdin.isatty() and sys.stdout.isatty()
    with nullcontext() if options.dry_run else files.lock_directory(directory):
        given_to = _setup(options, directory, given)
        return interactive.set_up(given_to, terminal_style()) if is_interactive else unattended.set_up(given_to)


def _directory(options: argparse.Namespace) -> Path:
    """Return the directory of the settings. Raise UsageError if it cannot be used."""
    from pathlib import Path

    from elytra_status.errors import AsTyped, UsageError
    from elytra_status.settings import DEFAULT_FILE

    own = DEFAULT_FILE.parent
    directory = Path(options.root, *own.parts[1:]) if options.root else own
    if not options.root and os.geteuid() != 0:
        problem = f"{directory} belongs to root, who alone may set up the service"
        raise UsageError(problem, AsTyped("sudo elytra-status setup"))
    if not directory.is_dir():
        remedy = "install the package: apt install elytra-status; from a checkout edit the settings file by hand"
        raise UsageError(f"{directory} does not exist", remedy)
    return directory


def _given(options: argparse.Namespace) -> dict[str, FoundValue]:
    """Return the answers of the command line. Options outrank the file."""
    from elytra_status.setup_assistant import answers

    given = answers.read_file(options.answers) if options.answers else {}
    values = vars(options)
    given |= answers.from_options({name: values[name] for name in OPTIONS if values[name] is not None})
    return given | answers.read_secrets({name: values[name] for name in SECRET_OPTIONS if values[name] is not None})


def _setup(options: argparse.Namespace, directory: Path, given: dict[str, FoundValue]) -> Setup:
    from elytra_status.setup_assistant.draft import Draft
    from elytra_status.setup_assistant.finish import Setup
    from elytra_status.system.clock import SystemClock

    return Setup(
        Draft(
            directory,
            of_this_machine=not options.root,
            answers={name: answer.text for name, answer in given.items()},
            origins={name: answer.origin for name, answer in given.items()},
        ),
        SystemClock(),
        state_directory(options),
        root=options.root or "",
        offline=options.offline,
        dry_run=options.dry_run,
        starts=not options.no_start,
        container=options.container,
        watches=options.watch,
    )
