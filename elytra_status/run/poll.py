# SPDX-License-Identifier: MIT
"""Poll all sources once, in parallel, and log what they report."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from elytra_status.decision.ended_groups import Ended, ended_in_words
from elytra_status.decision.missing_groups import with_lost
from elytra_status.decision.missing_monitors import Saved, monitors_to_save, with_missing_monitors
from elytra_status.errors import ElytraStatusError, NoAnswerError
from elytra_status.model import BACKUPS, MONITORS, Report, StateHealth, number_of
from elytra_status.net.concurrency import run_all
from elytra_status.problem import Problem
from elytra_status.run.saved_state import SavedState
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system import journal
from elytra_status.system.clock import Clock

# Each source keeps its own deadline. If it does not, it is abandoned this many seconds later.
GRACE = 2.0


def poll_all(
    sources: list[Source],
    clock: Clock,
    seconds: float,
    earlier: Mapping[str, Report],
    saved_state: SavedState,
    stale_after: timedelta,
    ignored: tuple[str, ...] = (),
) -> tuple[Report, ...]:
    """Poll all sources in parallel, each within `seconds`.

    The report of a source that fails says only why.

    A missing monitor keeps its last state for `stale_after`. Backup groups that match a pattern in `ignored` do not
    count.
    """
    now = clock.now()

    def request(source: Source) -> PollRequest:
        saved = saved_state.sources.get(source.name, {})
        return PollRequest(now, seconds, earlier.get(source.name), saved, saved_state.state, clock=clock)

    tasks = {source.name: (seconds + GRACE, partial(_timed, source, request(source), clock)) for source in sources}
    results = run_all(tasks, clock)
    reports = []
    for source in sources:
        result = results[source.name]
        if isinstance(result, Exception):
            at_once = isinstance(result, NoAnswerError) and result.at_once
            result = Report(source.name, source.about, problem=_problem(result), at_once=at_once, complete=False)
        if result is not earlier.get(source.name):
            saved = _saved(source, earlier.get(source.name), now, saved_state)
            result = Ended(saved_state.retired, ignored).apply(
                with_missing_monitors(result, source.expected, saved, now, stale_after)
            )
        if source.about == BACKUPS and saved_state.state is StateHealth.DAMAGED:
            result = with_lost(result)
        if result is not earlier.get(source.name):
            _log_report(result)
        reports.append(result)
    return tuple(reports)


def _saved(source: Source, earlier: Report | None, now: datetime, saved_state: SavedState) -> Saved:
    """Return the saved monitors of a source.

    If an earlier poll of this run was complete, its monitors are included.
    """
    saved = saved_state.of_monitors(source.name)
    if earlier is None or earlier.problem or not earlier.complete:
        return saved
    return replace(saved, known=monitors_to_save(earlier, source.expected, saved, now))


def _timed(source: Source, request: PollRequest, clock: Clock) -> Report:
    began = clock.monotonic()
    report = source.poll(request)
    return report if report is request.earlier else replace(report, seconds=clock.monotonic() - began)


def _problem(error: Exception) -> Problem:
    if isinstance(error, ElytraStatusError):
        return Problem(error.problem, error.remedy)
    # The text of an internal error could hold anything, so only its position is reported.
    frames = traceback.extract_tb(error.__traceback__)
    position = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return Problem(f"internal error, {type(error).__name__}{position}", "Please report it")


def _log_report(report: Report) -> None:
    fields = {"event": "poll", "source": report.source, "seconds": f"{report.seconds:.3f}"}
    if report.problem:
        journal.log_warning(report.why_unavailable, **fields, problem=str(report.problem))
        return
    if report.about == MONITORS:
        states = sorted(monitor.state.value for monitor in report.monitors)
        counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "no monitor"
    else:
        counts = number_of(len(report.backup_groups), "backup group")
        counts += "".join(f", {words}" for words in [ended_in_words(report)] if words)
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.parts)
    words = f"{report.source}: {counts}, in {report.seconds:.2f} s" + (f" ({parts})" if parts else "")
    journal.log_info(words, **fields, counts=counts, parts=parts or None)
    for words in report.remarks:
        journal.log_info(f"{report.source}: {words}", **fields)
    for problem in report.problems:
        journal.log_error(f"{report.source}: {problem}", **fields, problem=problem.kind)
    if report.unlisted:
        journal.log_error(f"{report.source} {report.unlisted}: unknown", **fields)
    for warning in report.warnings:
        journal.log_warning(f"{report.source}: {warning}", **fields)
    for monitor in report.monitors:
        journal.log(10, f"{monitor.key} {monitor.name!r}: {monitor.state.value}", event="monitor", source=report.source)
