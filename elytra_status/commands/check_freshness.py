# SPDX-License-Identifier: MIT
"""Check what visitors get."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import prepare

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    commands.add(
        "check-freshness",
        SUMMARIES["check-freshness"],
        "elytra-status check-freshness && echo fresh",
        check_freshness,
    )


def check_freshness(options: argparse.Namespace) -> int:
    """Print for each address, in one line, whether visitors get a fresh status."""
    from elytra_status import freshness
    from elytra_status.alerts import notify
    from elytra_status.system import journal
    from elytra_status.system.clock import for_people, to_text

    given = prepare(options, reads_state=False)
    settings, clock, state_directory = given.settings, given.clock, given.state_directory
    findings = freshness.check(settings, clock, state_directory)
    now = clock.now()
    since = freshness.wrong_since(findings, now, state_directory)
    if freshness.waits_for_first_run(settings, findings, since, now, state_directory):
        journal.log_info("nothing is published yet: the first run is due", event="freshness")
        return errors.DONE
    exit_status = freshness.exit_status(findings)
    lines = []
    for finding in findings:
        if finding.faults:
            line = f"{finding.where}: {' '.join(map(str, finding.faults))}"
            seconds = (now - since).total_seconds()
            lines.append(f"{line} Wrong for {for_people(seconds)}, since {to_text(since)}." if seconds >= 60 else line)
        else:
            assert finding.updated_at
            age = for_people((now - finding.updated_at).total_seconds())
            lines.append(f"{finding.where}: fresh, {age} old, {finding.platform_status}")
    for finding, line in zip(findings, lines, strict=True):
        (journal.log_error if finding.faults else journal.log_info)(line, event="freshness", exit_status=exit_status)
    journal.show_status("; ".join(lines))
    if exit_status == errors.DONE:
        notify.report_success(settings, clock, state_directory, "elytra-status-freshness.service")
    return exit_status
