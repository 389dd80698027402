# SPDX-License-Identifier: MIT
"""Run the job."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import Prepared, prepare

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands
    from elytra_status.run.job import Outcome


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    commands.add("run", SUMMARIES["run"], "elytra-status run", run)


def run(options: argparse.Namespace) -> int:
    """Run the job once."""
    from elytra_status import sources
    from elytra_status.model import MONITORS
    from elytra_status.run import job
    from elytra_status.settings import DEFAULT_FILE
    from elytra_status.system import journal

    given = prepare(options, reads_state=False)
    outcome = job.run(given.settings, given.clock, given.state_directory)
    words = outcome.summary
    if not any(source.about == MONITORS for source in sources.configured(given.settings)):
        file = options.config or DEFAULT_FILE
        next_step = f"set UPTIME_KUMA_URL in {file} next, or PROBE_URLS if you have no monitoring system"
        journal.log_info(f"no monitors are watched yet: {next_step}", event="next")
        words += f"; {next_step}"
    journal.show_status(words)
    notify_after_run(given, outcome)
    return errors.DONE


def _revalidate(given: Prepared, outcome: Outcome) -> Callable[[], None]:
    """Begin to notify the website of a changed status.

    Return a function that waits for the end of that.
    """
    if not given.settings.revalidate_url or not outcome.published:
        return lambda: None
    from elytra_status import site_revalidation
    from elytra_status.net.concurrency import run_in_background

    return run_in_background(
        lambda: site_revalidation.revalidate(given.settings, outcome.clock, given.state_directory, outcome.documents)
    )


def notify_after_run(given: Prepared, outcome: Outcome) -> None:
    """Notify after a good run.

    Notify that the unit works again, of changed conditions, and the website of a changed status. Report to the dead
    man's switch, unless visitors get what somebody else has published.
    """
    from elytra_status.alerts import dead_man, notify

    revalidated = _revalidate(given, outcome)
    notify.report_success(given.settings, outcome.clock, given.state_directory, "elytra-status.service")
    notify.notify_conditions(
        given.settings,
        outcome.clock,
        given.state_directory,
        outcome.assessment,
        outcome.withheld,
        state_problem=outcome.state_problem,
        history_damaged=outcome.history_damaged,
        other_publisher=outcome.other_publisher,
        standing_by=bool(outcome.standing_by),
        other_stopped=outcome.other_stopped,
    )
    revalidated()
    if not outcome.yielded:
        dead_man.say_alive(given.settings.dead_man_url, given.settings.ca_bundle)
