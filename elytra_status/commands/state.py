# SPDX-License-Identifier: MIT
"""Show saved state, or accept its loss."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import prepare

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group("state", SUMMARIES["state"], "elytra-status state show")
    group.add("show", "show whether saved state is missing, sound or damaged", "elytra-status state show", show)
    group.add(
        "accept",
        "accept the loss of damaged saved state, and that the clock is right",
        "elytra-status state accept",
        accept,
    )


def show(options: argparse.Namespace) -> int:
    """Show whether saved state is missing, sound or damaged."""
    from elytra_status.run import saved_state
    from elytra_status.system.clock import to_text

    recalled = saved_state.read(prepare(options).state_directory)
    print(f"saved state: {recalled.state.value}{f' ({recalled.problem})' if recalled.problem else ''}")
    if recalled.damaged_since:
        print(f"damaged since: {to_text(recalled.damaged_since)}, set aside as {recalled.set_aside or 'nothing'}")
    print(f"highest time seen: {to_text(recalled.highest) if recalled.highest else 'none'}")
    return errors.DONE


def accept(options: argparse.Namespace) -> int:
    """Accept the loss of damaged saved state, and the present time as right."""
    from elytra_status.commands.announcing import person
    from elytra_status.run import saved_state
    from elytra_status.system import files, journal

    by, given = person(), prepare(options)
    with files.lock_directory(given.state_directory):
        saved_state.set_damaged_aside(given.state_directory, saved_state.read(given.state_directory), given.clock.now())
        was_damaged = saved_state.accept_damage(given.state_directory, given.clock.now())
    what = "what the damaged saved state knew is lost, and the clock" if was_damaged else "the clock"
    journal.log_info(f"{what} is accepted as it is by {by}", event="state-accepted", by=by)
    print(f"accepted: {what}; this takes effect at the next run")
    return errors.DONE
