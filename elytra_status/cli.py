# SPDX-License-Identifier: MIT
"""The command line. Nothing heavy is imported before it is known which command runs."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from elytra_status import __version__
from elytra_status.errors import USAGE

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

DESCRIPTION = "Tell the public, truthfully and without anyone's hand, whether a platform works."


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        try:
            super()._print_message(message, file)
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        except OSError:  # who asked has gone; Python would try again at the end, and fail
            for descriptor in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _not_empty(text: str) -> str:
    # "$FILE" of a variable that is not set would silently mean the default.
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return text


def build_parser() -> argparse.ArgumentParser:
    """Return the parser. Manual pages and completion are made from it too."""
    parser = _Parser(prog="elytra-status", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"elytra-status {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str, summary: str, example: str, *, of: argparse._SubParsersAction[_Parser] | None = None
    ) -> _Parser:
        added: _Parser = (of or commands).add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example: {example}",
            allow_abbrev=False,
        )
        added.add_argument("--config", metavar="FILE", type=_not_empty, help="read this settings file")
        added.add_argument("--state-directory", metavar="DIRECTORY", type=_not_empty, help="keep state here")
        return added

    command("run", "do the job once: ask, decide, publish, read back", "elytra-status run")
    summary = command(
        "summary", "ask and decide, print it, publish nothing", "elytra-status summary --json | jq .platform_status"
    )
    summary.add_argument("--json", action="store_true", help="print the status.json that would be published")
    command(
        "check-freshness",
        "see what visitors get: is it there, valid, fresh, readable from a browser",
        "elytra-status check-freshness && echo fresh",
    )
    alert = command(
        "alert",
        "tell that a unit has failed; systemd starts this when it has",
        "systemctl start elytra-status-alert@elytra-status.service.service",
    )
    alert.add_argument("unit", metavar="UNIT", help="the unit that has failed, with its .service")
    cors = command("cors", "show or set which web sites' pages may read the status", "elytra-status cors apply")
    cors.add_argument(
        "action", choices=("show", "apply"), help="show the bucket's rules, or set them from CORS_ORIGINS"
    )
    config = command("config", "check, show or explain the settings", "elytra-status config check")
    config.add_argument(
        "action",
        choices=("check", "show", "sample"),
        help="check them all; show each value and where it came from; print a file with every setting explained",
    )
    config.add_argument(
        "--offline", action="store_true", help="check: do not ask the sources for names that texts must not hold"
    )
    command("schema", "print the JSON Schema of status.json", "elytra-status schema > status.schema.json")
    demo = command(
        "demo", "do the job against recorded answers on this machine", "elytra-status demo --scenario one-down"
    )
    demo.add_argument(
        "--scenario", default="all-up", metavar="NAME", help="what the recorded platform is like; list names them"
    )
    demo.add_argument("--serve", action="store_true", help="keep it up to be looked at, until Ctrl-C")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = build_parser().parse_args(arguments)
    from elytra_status import commands, process

    return process.run(commands.COMMANDS[options.command], options)
