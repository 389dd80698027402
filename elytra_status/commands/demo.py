# SPDX-License-Identifier: MIT
"""Run the job with recorded answers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status.commands import SUMMARIES

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add(
        "demo",
        SUMMARIES["demo"],
        "elytra-status demo --scenario one-down",
        demo,
    )
    parser.add_argument(
        "--scenario", default="all-up", metavar="NAME", help="the recorded scenario; list shows all scenarios"
    )
    parser.add_argument("--serve", action="store_true", help="serve the published documents until Ctrl-C")


def demo(options: argparse.Namespace) -> int:
    """Run the job with recorded answers."""
    from elytra_status.demo.demo import run_scenario as run_demo
    from elytra_status.system.clock import SYSTEM_CLOCK

    return run_demo(options.scenario, SYSTEM_CLOCK, serve=options.serve)
