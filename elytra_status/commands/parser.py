# SPDX-License-Identifier: MIT
"""What commands add themselves to: a parser with subcommands, and the options that all of them have."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def not_empty(text: str) -> str:
    """Return the value of an option. Raise ArgumentTypeError if it is empty."""
    # If FILE is not set, "$FILE" would silently mean the default.
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return text


COMMON_OPTIONS = (
    ("--config", "FILE", "read this settings file"),
    ("--state-directory", "DIRECTORY", "keep state here"),
)

Do = Callable[[argparse.Namespace], int]


class Commands:
    """The commands of a parser, to which more are added. Manual pages and completion are made from it too."""

    def __init__(self, parser: argparse.ArgumentParser, name: str = "command", *, required: bool = True) -> None:
        self._parsers = parser.add_subparsers(dest=name, metavar="COMMAND", required=required)

    def add(self, name: str, summary: str, example: str, do: Do) -> argparse.ArgumentParser:
        """Add a command and return its parser. `do` does it and returns the exit status."""
        parser = self._add(name, summary, example)
        parser.set_defaults(do=do)
        return parser

    def add_group(self, name: str, summary: str, example: str) -> Commands:
        """Add a command that has commands of its own, and return those."""
        return Commands(self._add(name, summary, example), "action")

    def below(self, parser: argparse.ArgumentParser) -> Commands:
        """Return the commands of a command that `add` has added, which is done also without one of them."""
        return Commands(parser, "action", required=False)

    def _add(self, name: str, summary: str, example: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = self._parsers.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example: {example}",
            allow_abbrev=False,
        )
        # What stands before the command counts where nothing stands behind it.
        add_common_options(parser, default=argparse.SUPPRESS)
        return parser


def add_common_options(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options of every command."""
    for option, metavar, meaning in COMMON_OPTIONS:
        parser.add_argument(option, metavar=metavar, type=not_empty, default=default, help=meaning)
