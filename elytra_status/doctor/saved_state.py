# SPDX-License-Identifier: MIT
"""Check whether saved state is sound, and each state file a regular file."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status import alerts, freshness, site_revalidation
from elytra_status.alerts import reminder_store
from elytra_status.announcements import store as announcements
from elytra_status.doctor.finding import Area, Context, Finding, fault, ok, skipped
from elytra_status.history import store as history
from elytra_status.model import StateHealth
from elytra_status.run import accepted, earlier_documents, publisher, saved_pair, saved_state
from elytra_status.system import files
from elytra_status.system.clock import to_text

STATE_FILES = (
    *(saved_state.FILE, announcements.FILE, announcements.LOCK_FILE, history.FILE),
    *(alerts.STATE_FILE, alerts.FORMER_STATE_FILE, reminder_store.LOCK_FILE, site_revalidation.FILE),
    *(freshness.STATE_FILE, publisher.FILE, saved_pair.FILE, earlier_documents.FILE),
    *(name for register in accepted.REGISTERS for name in (register.file, register.lock_file)),
)


def checks(context: Context) -> Iterator[Finding]:
    """Yield whether saved state is missing, sound or damaged, and irregular files."""
    recalled = saved_state.read(context.state_directory)
    if recalled.state is StateHealth.FIRST_RUN:
        yield skipped(saved_state.FILE, "none yet: the first run saves it")
    elif recalled.state is StateHealth.SOUND:
        yield ok(saved_state.FILE, "sound")
    elif recalled.problem:
        yield fault(
            saved_state.FILE,
            f"damaged ({recalled.problem})",
            "check the disk (dmesg, df); the next run sets the file aside",
        )
    else:
        since = to_text(recalled.damaged_since) if recalled.damaged_since else ""
        yield fault(
            saved_state.FILE,
            f"was damaged at {since}, set aside as {recalled.set_aside or 'nothing'}: what only it knew is unknown",
            "see which jobs ran and which monitors there are, then: elytra-status state accept",
        )
    for register in accepted.REGISTERS:
        if problem := register.problem(context.state_directory):
            yield fault(register.file, f"damaged ({problem}), so that {accepted.DAMAGED}", accepted.REMEDY)
    for name in STATE_FILES:
        path = context.state_directory / name
        try:
            files.check_regular(path)
        except OSError as error:
            yield fault(name, error.strerror or "cannot be read", f"see who created it (ls -l {path}), and remove it")


AREA = Area("saved state", checks, needs_settings=False)
