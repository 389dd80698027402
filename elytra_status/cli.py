# SPDX-License-Identifier: MIT
"""The command line. Heavy modules are imported only once the command is known."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from elytra_status import __version__
from elytra_status.commands.parser import Commands, add_common_options, add_summaries
from elytra_status.errors import USAGE

# Type checkers take this name for true. Loading typing would make the help a tenth slower.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from _typeshed import SupportsWrite

DESCRIPTION = "Publish whether a hosting platform works."


class _Parser(argparse.ArgumentParser):
    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as usual, but report unknown arguments without their values.

        A value may be a secret.
        """
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            named = [word.partition("=")[0] for word in unknown if word.startswith("-")]
            self.error(f"unrecognized arguments{': ' if named else ''}{' '.join(named)}")
        return options

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        try:
            super()._print_message(message, file)
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        except OSError:  # the reader has closed the pipe; Python would fail again when it flushes at exit
            for descriptor in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of all commands, or of what these words need.

    The manual pages and the completion are generated from that of all commands.
    """
    from elytra_status.commands import SUMMARIES, add_command

    parser = _Parser(prog="elytra-status", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"elytra-status {__version__}")
    add_common_options(parser, default=None)
    first = words[0] if words else ""
    if first in ("-h", "--help", "--version"):
        add_summaries(parser, SUMMARIES)
        return parser
    commands = Commands(parser)
    for name in [first] if first in SUMMARIES else SUMMARIES:
        add_command(commands, name)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    options = build_parser(words).parse_args(words)
    from elytra_status.system import process

    return process.run_command(options.do, options)
