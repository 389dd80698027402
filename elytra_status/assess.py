# SPDX-License-Identifier: MIT
"""Asks all sources, looks again where the decision would rest on one look, and decides."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial

from elytra_status import journal, policy
from elytra_status.announcements.override import in_force
from elytra_status.announcements.progress import Progress, progress
from elytra_status.clock import Clock
from elytra_status.confirmation import confirm
from elytra_status.errors import ElytraStatusError
from elytra_status.history import History, complete
from elytra_status.known import remember, with_missing
from elytra_status.memory import Memory
from elytra_status.model import MONITORS, Announcements, Decision, Facts, Report
from elytra_status.notices import notices
from elytra_status.rules import Rules
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side
from elytra_status.sources import configured
from elytra_status.sources.source import Question, Source

# What is kept of a run's time for publishing and reading back, in seconds.
FOR_PUBLISHING = 45
# A source ends by itself within its time; this is allowed beyond that before it is left behind.
GRACE = 2.0
# Where a person has said what the status is, the world must not wait for that until a hanging source is given up.
SECONDS_UNDER_OVERRIDE = 20.0


@dataclass(frozen=True)
class Assessment:
    """A decision, the reports of the last look that it rests on, and what to remember of them.

    `progress` is what has become of what was announced. It is not kept yet; None where nobody was asked.
    """

    decision: Decision
    reports: tuple[Report, ...]
    memory: Memory
    progress: Progress | None = None


def rules(settings: Settings) -> Rules:
    """Return the settings that the policy asks about, in its own words."""
    return Rules(
        by_uptime=settings.status_policy == "uptime",
        outage_count=settings.outage_threshold.count,
        outage_share=settings.outage_threshold.share,
        minimum_of_uptimes=settings.uptime_aggregate == "minimum",
        operational_percent=Fraction(str(settings.uptime_operational_percent)),
        degraded_percent=Fraction(str(settings.uptime_degraded_percent)),
        backup_success_within=timedelta(hours=settings.backup_max_age_hours),
        backup_failed_from=timedelta(hours=settings.backup_failed_age_hours),
        flap_changes=settings.flap_changes,
        flap_within=timedelta(minutes=settings.flap_minutes),
    )


def incident_text(settings: Settings) -> str | None:
    """Return the text of an incident that the job opens by itself, None where it does not."""
    # An outage by the uptime of a day says nothing of now.
    opens = settings.incidents == "automatic" and settings.status_policy == "monitors"
    return settings.incident_text if opens else None


def nothing_announced() -> Announcements:
    """Say that nothing was announced."""
    return Announcements()


def assess(
    settings: Settings,
    clock: Clock,
    memory: Memory,
    *,
    second_look: bool,
    announced: Callable[[], Announcements] = nothing_announced,
    history: History | None = None,
    longest_look: float = math.inf,
) -> Assessment:
    """Return the decision for now.

    Where the status would be another one if something unconfirmed were confirmed, and `second_look` is
    set, the sources are asked again after CONFIRM_AFTER_SECONDS. `announced` is asked before each decision: a
    person may say something while the sources are asked. What sources do not know of the past comes from
    `history`. No look takes longer than `longest_look` seconds.
    """

    def gather(reports: tuple[Report, ...]) -> Facts:
        now, announcements = clock.now(), announced()
        return Facts(now, complete(history, reports, now, announcements.maintenance), announcements)

    began = clock.monotonic()
    sources = configured(settings)
    if in_force(announced(), clock.now()):
        longest_look = min(longest_look, SECONDS_UNDER_OVERRIDE)
    seconds = min(longest_look, _seconds_for_look(settings, clock.monotonic() - began))
    reports = _look(sources, clock.now(), seconds, {}, memory)
    facts = gather(reports)
    decision = policy.decide(facts, rules(settings))
    if second_look and decision.awaits_confirmation:
        wait = settings.confirm_after_seconds - (clock.monotonic() - began)
        journal.info(
            f"{decision.status.value} would rest on a single look ({decision.reason}):"
            f" looking again in {max(0, wait):.0f} s",
            event="second-look",
        )
        clock.sleep(wait)
        earlier = {report.source: report for report in reports}
        seconds = min(longest_look, _seconds_for_look(settings, clock.monotonic() - began))
        later = _look(sources, clock.now(), seconds, earlier, memory)
        reports = tuple(confirm(earlier[report.source], report) for report in later)
        facts = gather(reports)
        decision = replace(policy.decide(facts, rules(settings)), awaits_confirmation=False)
    after = progress(facts.announcements, decision, facts.now, incident_text(settings))
    decision = replace(decision, notices=notices(replace(facts, announcements=after.announcements)))
    return Assessment(decision, facts.reports, _remembered(reports, memory), after)


def _seconds_for_look(settings: Settings, used: float) -> float:
    left = settings.run_deadline_seconds - used - min(FOR_PUBLISHING, settings.run_deadline_seconds / 3)
    return max(1.0, min(settings.source_deadline_seconds, left - GRACE))


def _remembered(reports: tuple[Report, ...], before: Memory) -> Memory:
    """Return what to remember. Of a source that did not answer it is what was remembered before."""
    known, sources = dict(before.known), dict(before.sources)
    for report in reports:
        if report.problem:
            continue
        sources[report.source] = report.remembered
        if report.about == MONITORS:
            known[report.source] = remember(report, known.get(report.source))
    return replace(before, known=known, sources=sources)


def _look(
    sources: list[Source], now: datetime, seconds: float, earlier: Mapping[str, Report], memory: Memory
) -> tuple[Report, ...]:
    """Ask all sources side by side. One that fails gives a report that says why, and no more."""

    def question(source: Source) -> Question:
        return Question(now, seconds, earlier.get(source.name), memory.sources.get(source.name, {}))

    tasks = {source.name: (seconds + GRACE, partial(_timed, source, question(source))) for source in sources}
    results = side_by_side(tasks)
    reports = []
    for source in sources:
        result = results[source.name]
        if isinstance(result, Exception):
            result = Report(source.name, source.about, problem=_problem(result), complete=False)
        if source.about == MONITORS and source.name in memory.known:
            result = with_missing(result, memory.known[source.name])
        if result is not earlier.get(source.name):
            _leave_in_journal(result)
        reports.append(result)
    return tuple(reports)


def _timed(source: Source, question: Question) -> Report:
    import time

    began = time.monotonic()
    report = source.look(question)
    return report if report is question.earlier else replace(report, seconds=time.monotonic() - began)


def _problem(error: Exception) -> str:
    if isinstance(error, ElytraStatusError):
        return str(error)
    # A fault of this program. Its text could hold anything, so only its place is told.
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"a fault in elytra-status, {type(error).__name__}{place}; please report it"


def _leave_in_journal(report: Report) -> None:
    fields = {"event": "look", "source": report.source, "seconds": f"{report.seconds:.3f}"}
    if report.problem:
        journal.warning(f"{report.source}: no answer: {report.problem}", **fields, problem=report.problem)
        return
    if report.about == MONITORS:
        states = sorted(monitor.state.value for monitor in report.monitors)
        counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "no monitor"
    else:
        counts = f"{len(report.backup_groups)} group{'' if len(report.backup_groups) == 1 else 's'} of backups"
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.parts)
    words = f"{report.source}: {counts}, in {report.seconds:.2f} s" + (f" ({parts})" if parts else "")
    journal.info(words, **fields, counts=counts, parts=parts or None)
    for words in report.remarks:
        journal.info(f"{report.source}: {words}", **fields)
    for words in report.warnings:
        journal.warning(f"{report.source}: {words}", **fields)
    for monitor in report.monitors:
        journal.log(10, f"{monitor.key} {monitor.name!r}: {monitor.state.value}", event="monitor", source=report.source)
