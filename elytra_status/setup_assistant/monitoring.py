# SPDX-License-Identifier: MIT
"""The question about monitoring systems."""

from __future__ import annotations

from elytra_status.doctor.finding import Context
from elytra_status.model import MONITORS, Report, State, number_of
from elytra_status.settings.definitions import OF_KIND
from elytra_status.setup_assistant.as_service import try_as_service
from elytra_status.setup_assistant.found import TrialResult, merged_trials
from elytra_status.setup_assistant.polling import first_names, poll_in_parallel, seconds_of_poll
from elytra_status.system.journal import one_line

NAMES = ("SOURCES", *(definition.name for definitions in OF_KIND.values() for definition in definitions))
# At least one of these settings is required.
STARTS = tuple(definitions[0].name for definitions in OF_KIND.values())


def try_answers(context: Context) -> TrialResult:
    """Query every monitoring system once."""
    return try_as_service(context.state_directory, lambda: _poll(context), context.clock, seconds_of_poll(context))


def _poll(context: Context) -> TrialResult:
    return merged_trials(
        one if isinstance(one, TrialResult) else _found(one) for one in poll_in_parallel(context, MONITORS)
    )


def _found(report: Report) -> TrialResult:
    monitors = report.checked
    counts = ((state.value, sum(one.state is state for one in monitors)) for state in State)
    shown = ", ".join(f"{count} {word}" for word, count in counts if count) or "nothing that counts"
    line = f"{report.source}: {number_of(len(monitors), 'monitor')} ({shown})"
    return TrialResult((line,), names=first_names([f"{one_line(one.name)}: {one.state.value}" for one in monitors]))
