# SPDX-License-Identifier: MIT
"""Saved state: is it sound, and is each state file a regular file."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status import accepted, alerts, files, freshness, memory
from elytra_status.alerts import following
from elytra_status.announcements import store as announcements
from elytra_status.clock import to_text
from elytra_status.doctor.finding import Area, Context, Finding, fault, ok, skipped
from elytra_status.history import store as history
from elytra_status.model import SavedState

STATE_FILES = (
    *(memory.FILE, announcements.FILE, announcements.LOCK_FILE, history.FILE),
    *(following.FILE, alerts.STATE_FILE, freshness.STATE_FILE),
    *(register.file for register in accepted.REGISTERS),
)


def checks(context: Context) -> Iterator[Finding]:
    """Yield whether saved state is missing, sound or damaged, and what is no regular file."""
    recalled = memory.recall(context.state_directory)
    if recalled.state is SavedState.FIRST_RUN:
        yield skipped(memory.FILE, "nothing is saved yet: the first run does that")
    elif recalled.state is SavedState.SOUND:
        yield ok(memory.FILE, "sound")
    elif recalled.problem:
        yield fault(memory.FILE, f"damaged: {recalled.problem}", "the next run sets it aside; see why: dmesg, df")
    else:
        since = to_text(recalled.damaged_since) if recalled.damaged_since else ""
        yield fault(
            memory.FILE,
            f"was damaged at {since}, set aside as {recalled.set_aside or 'nothing'}: what only it knew is unknown",
            "see which jobs ran and which monitors there are, then: elytra-status state accept",
        )
    for register in accepted.REGISTERS:
        if problem := register.problem(context.state_directory):
            yield fault(register.file, f"damaged: {problem}: {accepted.DAMAGED}", accepted.REMEDY)
    for name in STATE_FILES:
        path = context.state_directory / name
        try:
            files.check_regular(path)
        except OSError as error:
            yield fault(name, error.strerror or "cannot be read", f"see who made it, and remove it: ls -l {path}")


AREA = Area("saved state", checks, needs_settings=False)
