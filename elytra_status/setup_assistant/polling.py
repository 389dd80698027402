# SPDX-License-Identifier: MIT
"""Query the sources once, as the first poll of a run does."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status.doctor import answers
from elytra_status.doctor.finding import Context, Level
from elytra_status.model import UNNAMED, Report, first_entries
from elytra_status.problem import Problem
from elytra_status.run.saved_state import SavedState
from elytra_status.setup_assistant.as_service import SECONDS
from elytra_status.setup_assistant.found import TrialResult
from elytra_status.sources import configured

# The most names that are shown of a source.
MOST_NAMES = 30


def poll_in_parallel(context: Context, about: str) -> Iterator[Report | TrialResult]:
    """Query the sources of monitors, or of backups, in parallel.

    Yield the report of each with its problems, or faults instead of the report.
    """
    sources = [source for source in configured(context.settings) if source.about == about]
    limit = float(context.settings.source_deadline_seconds)
    for source, answer, took in answers.poll_each(sources, SavedState(), context, limit):
        tried = answers.tried(source, answer, took, limit, context)
        faults = [Problem(one.seen, one.remedy, one.name) for one in tried if one.level is Level.FAULT]
        warnings: tuple[Problem, ...] = ()
        if isinstance(answer, Report):
            yield answer
            faults += [Problem(one.problem, one.remedy, source.name) for one in answer.problems if one.kind == UNNAMED]
            warnings = tuple(Problem(one.seen, one.remedy, source.name) for one in answer.warnings)
        yield TrialResult(warnings=warnings, faults=tuple(faults))


def seconds_of_poll(context: Context) -> float:
    """Return within how many seconds a poll has ended, whatever hangs."""
    return context.settings.source_deadline_seconds + answers.GRACE + SECONDS


def first_names(names: list[str]) -> tuple[str, ...]:
    """Return the first of some lines, and how many more there are."""
    return tuple(first_entries(names, MOST_NAMES))
