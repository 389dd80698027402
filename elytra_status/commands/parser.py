# SPDX-License-Identifier: MIT
"""The parser that commands add themselves to, and their common options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping


def not_empty(text: str) -> str:
    """Return the value of an option. Raise ArgumentTypeError if it is empty."""
    # If the variable FILE is not set, "$FILE" would silently mean the default.
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return text


COMMON_OPTIONS = (
    ("--config", "FILE", "read this settings file"),
    ("--state-directory", "DIRECTORY", "keep state here"),
)

Do = Callable[[argparse.Namespace], int]


class _Summary:
    """Stands in for a parser where help has only a line for each command.

    A parser takes long to make.
    """

    def __init__(self, **of_parser: object) -> None:
        pass


def add_summaries(parser: argparse.ArgumentParser, summaries: Mapping[str, str]) -> None:
    """Add commands for their help only."""
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Summary)  # type: ignore[type-var]
    for name, summary in summaries.items():
        commands.add_parser(name, help=summary)


class Commands:
    """The commands of a parser.

    Manual pages and completion are generated from them.
    """

    def __init__(self, parser: argparse.ArgumentParser, name: str = "command", *, required: bool = True) -> None:
        self._parsers = parser.add_subparsers(dest=name, metavar="COMMAND", required=required)

    def add(self, name: str, summary: str, example: str, do: Do) -> argparse.ArgumentParser:
        """Add a command and return its parser. `do` runs it and returns the exit status."""
        parser = self._add(name, summary, example)
        parser.set_defaults(do=do)
        return parser

    def add_group(self, name: str, summary: str, example: str) -> Commands:
        """Add a command that has subcommands, and return those."""
        return Commands(self._add(name, summary, example), "action")

    def below(self, parser: argparse.ArgumentParser) -> Commands:
        """Return the subcommands of a command that can also run without one."""
        return Commands(parser, "action", required=False)

    def _add(self, name: str, summary: str, example: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = self._parsers.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example: {example}",
            allow_abbrev=False,
        )
        # An option before the command counts unless it is repeated after the command.
        add_common_options(parser, default=argparse.SUPPRESS)
        return parser


def add_common_options(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options of every command."""
    for option, metavar, meaning in COMMON_OPTIONS:
        parser.add_argument(option, metavar=metavar, type=not_empty, default=default, help=meaning)
