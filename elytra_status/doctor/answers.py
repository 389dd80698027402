# SPDX-License-Identifier: MIT
"""Check the answers of sources: which part answered, its age, and its problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from elytra_status.decision.ended_groups import Ended
from elytra_status.decision.missing_groups import with_lost
from elytra_status.decision.missing_monitors import with_missing_monitors
from elytra_status.doctor.backup_groups import groups
from elytra_status.doctor.finding import Context, Finding, Level, fault, of_exception, ok, skipped, warning
from elytra_status.errors import NoAnswerError
from elytra_status.model import (
    BACKUPS,
    CLOCK_SKEW,
    INCOMPLETE,
    MONITORS,
    Decision,
    Report,
    State,
    StateHealth,
    abbreviate,
    number_of,
    out_of,
)
from elytra_status.net.concurrency import run_all
from elytra_status.problem import Problem
from elytra_status.run.assess import policy_rules
from elytra_status.run.saved_state import SavedState
from elytra_status.sources.source import HeartbeatAdvice, PollRequest, Source
from elytra_status.system.clock import for_people

# Seconds by which a source may exceed its deadline.
GRACE = 1.0
_SUMMARY = "run elytra-status summary, and see the runbook"


def poll_each(
    sources: list[Source], before: SavedState, context: Context, seconds: float
) -> Iterator[tuple[Source, Report | Exception, float]]:
    """Yield each source with its report or error, and how many seconds it took.

    All are queried once, in parallel, each within `seconds`.
    """
    now, ended = context.clock.now(), Ended(before.retired, context.settings.backup_ignore_groups)
    took: dict[str, float] = {}

    def poll(source: Source) -> Report:
        began = context.clock.monotonic()
        try:
            report = source.poll(
                PollRequest(
                    now, seconds, saved=before.sources.get(source.name, {}), state=before.state, clock=context.clock
                )
            )
        finally:
            took[source.name] = context.clock.monotonic() - began
        saved = before.of_monitors(source.name)
        report = ended.apply(
            with_missing_monitors(
                report, source.expected, saved, now, timedelta(minutes=context.settings.monitor_stale_minutes)
            )
        )
        is_lost = source.about == BACKUPS and before.state is StateHealth.DAMAGED
        return with_lost(report) if is_lost else report

    answers = run_all({source.name: (seconds + GRACE, partial(poll, source)) for source in sources}, context.clock)
    for source in sources:
        answer, took_seconds = answers[source.name], took.get(source.name, seconds)
        yield source, answer if isinstance(answer, Exception) else replace(answer, seconds=took_seconds), took_seconds


def report_of_answer(source: Source, answer: Report | Exception) -> Report:
    """Return the report of a source, one without facts if it failed."""
    if isinstance(answer, Report):
        return answer
    return Report(source.name, source.about, problem=Problem("no answer"), complete=False)


def findings(
    source: Source, answer: Report | Exception, took: float, limit: float, context: Context, decision: Decision
) -> Iterator[Finding]:
    """Yield the findings about one answer.

    `took` is how many seconds of `limit` it took. `decision` is the decision on all answers.
    """
    if isinstance(answer, Exception):
        yield from _no_answer(source, answer, took, limit, context)
        return
    yield from _problems(source, answer, took, limit)
    yield from _warnings(source, answer)
    if source.about == MONITORS:
        yield from _monitors(source, answer, context)
    else:
        yield from groups(answer, decision, context.clock.now(), policy_rules(context.settings))


def tried(source: Source, answer: Report | Exception, took: float, limit: float, context: Context) -> Iterator[Finding]:
    """Yield whether each part of a source (its metrics, its page) answers.

    The content does not matter here.
    """
    if isinstance(answer, Exception):
        yield from _no_answer(source, answer, took, limit, context)
        return
    incomplete = [one for one in answer.problems if one.kind == INCOMPLETE]
    failed = {part for problem in incomplete for part in problem.keys}
    for part, seconds in answer.parts:
        if part not in failed:
            yield ok(f"{source.name} {part}", f"answered in {seconds:.1f} s")
    yield from _problems(source, replace(answer, problems=tuple(incomplete), unlisted=""), took, limit)
    if source.about == MONITORS:
        counted = number_of(len(answer.monitors), "monitor")
    else:
        count = len(answer.backup_groups)
        counted = number_of(count, "backup group")
    yield ok(source.name, f"{counted}, answered in {answer.seconds:.1f} s")


def _no_answer(source: Source, error: Exception, took: float, limit: float, context: Context) -> Iterator[Finding]:
    if isinstance(error, NoAnswerError) and error.parts and took < limit:
        for problem, remedy in error.parts:
            yield fault(source.name, problem, remedy)
        return
    finding = of_exception(Level.FAULT, source.name, error, "run elytra-status summary", context)
    yield replace(finding, remedy=_if_too_slow(source, limit)) if took >= limit else finding


def _if_too_slow(source: Source, limit: float) -> str:
    return source.if_slow or f"run elytra-status summary, which waits longer than {limit:.0f} s"


def _problems(source: Source, report: Report, took: float, limit: float) -> Iterator[Finding]:
    is_slow = took >= limit and report.unanswered
    for one in report.problems:
        remedy = _if_too_slow(source, limit) if is_slow and one.kind == INCOMPLETE else one.remedy
        yield fault(report.source, one.seen, remedy)
    if report.unlisted:
        yield fault(
            report.source,
            f"{report.unlisted}: the status is unknown",
            "Correct the problem above, then wait for the next run",
        )


def _warnings(source: Source, report: Report) -> Iterator[Finding]:
    for one in report.warnings:
        yield warning(source.name, one.seen, one.remedy or _SUMMARY)


def _monitors(source: Source, report: Report, context: Context) -> Iterator[Finding]:
    name, monitors = report.source, report.monitors
    if not monitors:
        yield warning(
            name, "has no monitor that counts", "check that not all monitors are paused, or left out by the settings"
        )
        return
    counts = ((state.value, sum(monitor.state is state for monitor in monitors)) for state in State)
    shown = ", ".join(f"{count} {word}" for word, count in counts if count)
    yield ok(name, f"{number_of(len(monitors), 'monitor')} ({shown}), answered in {report.seconds:.1f} s")
    unknown = [monitor.key for monitor in monitors if monitor.state is State.UNKNOWN]
    if unknown:
        keys = abbreviate(unknown)
        yield warning(
            name,
            f"{out_of(len(unknown), len(monitors), 'monitor', 'is', 'are')} unknown: {keys}",
            "see in the monitoring system whether they were deleted or are no longer checked; if not, restart it",
        )
    if source.heartbeats is not None:
        yield _newest_heartbeat(source.heartbeats, report, context)


def _newest_heartbeat(heartbeats: HeartbeatAdvice, report: Report, context: Context) -> Finding:
    name = report.source
    newest = max((monitor.heartbeats[-1].time for monitor in report.monitors if monitor.heartbeats), default=None)
    if newest is None and heartbeats.absent is not None:
        return warning(name, heartbeats.absent.problem, heartbeats.absent.remedy)
    if newest is None:
        return skipped(name, "newest heartbeat: none")
    age = context.clock.now() - newest
    seen = f"newest heartbeat: {for_people(age.total_seconds())} {'ago' if age > timedelta(0) else 'from now'}"
    if age < -CLOCK_SKEW:
        return fault(name, seen, "set the clock: timedatectl on both machines")
    if age > timedelta(minutes=context.settings.monitor_stale_minutes):
        return fault(name, f"{seen}: no monitor is checked", heartbeats.if_old)
    return ok(name, seen)
