# SPDX-License-Identifier: MIT
"""The question about backups: where their evidence is, and the groups in it."""

from __future__ import annotations

from datetime import datetime

from elytra_status.decision.backup_policy import status_of_group
from elytra_status.doctor.finding import Context
from elytra_status.model import BACKUPS, Report, number_of
from elytra_status.problem import Problem
from elytra_status.run.assess import policy_rules
from elytra_status.settings import DEFINITIONS, Settings
from elytra_status.setup_assistant.as_service import try_as_service
from elytra_status.setup_assistant.found import TrialResult, merged_trials
from elytra_status.setup_assistant.polling import first_names, poll_in_parallel, seconds_of_poll
from elytra_status.system.clock import for_people
from elytra_status.system.journal import one_line

# The policy is a text for the public and cannot be tried.
NAMES = tuple(one.name for one in DEFINITIONS if one.name.startswith("BACKUP_") and one.name != "BACKUP_POLICY")


def try_answers(context: Context) -> TrialResult:
    """List the backup groups once."""
    return try_as_service(context.state_directory, lambda: _poll(context), context.clock, seconds_of_poll(context))


def _poll(context: Context) -> TrialResult:
    now, settings = context.clock.now(), context.settings
    answers = poll_in_parallel(context, BACKUPS)
    return merged_trials(one if isinstance(one, TrialResult) else _found(one, now, settings) for one in answers)


def _found(report: Report, now: datetime, settings: Settings) -> TrialResult:
    groups = [group for group in report.backup_groups if group.newest]
    if not groups:
        words = "no backup found, so the status of the backups is unknown"
        remedy = "Correct BACKUP_PREFIX, BACKUP_PATTERN or BACKUP_MIN_BYTES"
        return TrialResult(warnings=(Problem(words, remedy, report.source),))
    lines = []
    for group in groups:
        assert group.newest
        age = for_people((now - group.newest).total_seconds())
        lines.append(
            f"{one_line(group.name)}: {status_of_group(group, now, policy_rules(settings)).value}, newest {age} ago"
        )
    line = f"{report.source}: {number_of(len(groups), 'backup group')}"
    return TrialResult((line,), names=first_names(lines))
