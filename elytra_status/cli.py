# SPDX-License-Identifier: MIT
"""The command line. Heavy modules are imported only once the command is known."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from elytra_status import __version__
from elytra_status.commands.parser import Commands, add_common_options
from elytra_status.errors import USAGE

if TYPE_CHECKING:
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


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all commands, or of one if `command` is its name.

    The manual pages and the completion are generated from that of all commands.
    """
    from elytra_status.commands import MODULES, command_of

    parser = _Parser(prog="elytra-status", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"elytra-status {__version__}")
    add_common_options(parser, default=None)
    commands = Commands(parser)
    named = [module for module in MODULES if command_of(module) == command]
    for module in named or MODULES:
        module.register(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    # To add the other commands too would cost a freshness check a thirtieth of its time.
    options = build_parser(words[0] if words else None).parse_args(words)
    from elytra_status.system import process

    return process.run_command(options.do, options)
