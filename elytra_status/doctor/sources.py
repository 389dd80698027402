# SPDX-License-Identifier: MIT
"""The sources: does each answer, how old is what it says, and may the texts be published beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from elytra_status import config_check, guarded, memory, policy, refresh
from elytra_status.announcements import store
from elytra_status.assess import Assessment, rules, stale_after
from elytra_status.clock import for_people
from elytra_status.decision.ended_groups import Ended, unused_patterns
from elytra_status.decision.missing_groups import with_lost
from elytra_status.decision.missing_monitors import with_missing
from elytra_status.doctor.backup_groups import groups
from elytra_status.doctor.finding import (
    Area,
    Context,
    Finding,
    Level,
    fault,
    of_error,
    of_exception,
    ok,
    parted,
    skipped,
    warning,
)
from elytra_status.errors import AnnouncementsError, RefusedError
from elytra_status.memory import Memory
from elytra_status.model import BACKUPS, INCOMPLETE, MONITORS, Announcements, Facts, Report, SavedState, State
from elytra_status.settings import parts
from elytra_status.side_by_side import side_by_side
from elytra_status.sources import configured
from elytra_status.sources.source import Question, Source

# How long each source may take here. A run gives it SOURCE_DEADLINE_SECONDS.
SECONDS = 8.0
_GRACE = 1.0
# The clocks of two machines may differ by this much.
_FUTURE = timedelta(minutes=5)
_KUMA = "uptime_kuma"
_LONGER = f"a run has more than the {SECONDS:.0f} s of this look: elytra-status summary"
# Kuma holds up every answer while it works on the first one, so it is not asked again here.
_COLD_START = "Uptime Kuma 2 with 1,000 monitors needs up to 100 s after its start: wait two minutes, then summary"


def checks(context: Context) -> Iterator[Finding]:
    """Ask each source once, and no part of it again, and yield what its answer shows."""
    sources = configured(context.settings)
    if not any(source.about == MONITORS for source in sources):
        remedy = f"set UPTIME_KUMA_URL in {context.file}, or PROBE_URLS without any monitoring"
        yield warning("monitors", "none are watched, so the status is unknown", remedy)
    if not any(source.about == BACKUPS for source in sources):
        yield skipped("backups", "are not watched, and are published as unknown: BACKUP_BUCKET is not set")
    reports = []
    before = _recall(context)
    for source, answer, seconds in _ask(sources, before, context):
        if isinstance(answer, Exception):
            yield _no_answer(source, answer, seconds, context)
            reports.append(Report(source.name, source.about, problem="no answer", complete=False))
            continue
        reports.append(answer)
        yield from _problems(source, answer, seconds)
        yield from _warnings(source, answer)
        yield from (_monitors if source.about == MONITORS else _backups)(answer, context)
    ended = Ended(patterns=context.settings.backup_ignore_groups)
    for pattern in unused_patterns(ended, tuple(reports)):
        seen, remedy = config_check.UNUSED_PATTERN
        # The pattern is as private as the names that it is made of.
        yield replace(warning("BACKUP_IGNORE_GROUPS", seen, remedy), label=f"BACKUP_IGNORE_GROUPS: {pattern}")
    yield from _texts(tuple(reports), before, context)


def _ask(sources: list[Source], before: Memory, context: Context) -> Iterator[tuple[Source, Report | Exception, float]]:
    """Yield each source with its report, or with why there is none, and how many seconds that took."""
    now, ended = context.clock.now(), Ended(before.retired, context.settings.backup_ignore_groups)
    took: dict[str, float] = {}

    def look(source: Source) -> Report:
        began = time.monotonic()
        try:
            report = source.look(Question(now, SECONDS, None, before.sources.get(source.name, {}), before.state))
        finally:
            took[source.name] = time.monotonic() - began
        saved = before.of_monitors(source.name)
        report = ended.apply(with_missing(report, source.expected, saved, now, stale_after(context.settings)))
        is_lost = source.about == BACKUPS and before.state is SavedState.DAMAGED
        return with_lost(report) if is_lost else report

    tasks = {source.name: (SECONDS + _GRACE, partial(look, source)) for source in sources}
    answers = side_by_side(tasks)
    for source in sources:
        seconds = took.get(source.name, SECONDS)
        answer = answers[source.name]
        yield source, answer if isinstance(answer, Exception) else replace(answer, seconds=seconds), seconds


def _no_answer(source: Source, error: Exception, seconds: float, context: Context) -> Finding:
    finding = of_exception(Level.FAULT, source.name, error, "elytra-status summary says more", context)
    return replace(finding, remedy=_if_too_slow(source)) if seconds >= SECONDS else finding


def _kind(name: str) -> str:
    return name.partition(":")[0]


def _if_too_slow(source: Source) -> str:
    return _COLD_START if _kind(source.name) == _KUMA else _LONGER


def _problems(source: Source, report: Report, seconds: float) -> Iterator[Finding]:
    is_slow = seconds >= SECONDS and report.unanswered
    for one in report.problems:
        remedy = _if_too_slow(source) if is_slow and one.kind == INCOMPLETE else one.remedy
        yield fault(report.source, one.problem, remedy)
    if report.unlisted:
        yield fault(
            report.source, f"{report.unlisted}: the status is unknown", "Mend what is wrong with the answer, then wait"
        )


def _warnings(source: Source, report: Report) -> Iterator[Finding]:
    for words in report.warnings:
        seen, remedy = parted(words)
        head, _, tail = words.rpartition(": ")
        if not remedy and tail.startswith(("see ", "is ", "end ")):
            seen, remedy = head, tail
        yield warning(source.name, seen, remedy or "elytra-status summary says more; the runbook goes by symptom")


def _monitors(report: Report, context: Context) -> Iterator[Finding]:
    name, monitors = report.source, report.monitors
    if not monitors:
        yield warning(name, "answers, and has no monitor that counts", "are all paused? see MONITOR_IDS")
        return
    counts = ((state.value, sum(monitor.state is state for monitor in monitors)) for state in State)
    shown = ", ".join(f"{count} {word}" for word, count in counts if count)
    yield ok(name, f"{len(monitors)} monitors ({shown}), answered in {report.seconds:.1f} s")
    unknown = [monitor.key for monitor in monitors if monitor.state is State.UNKNOWN]
    if unknown:
        keys = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        yield warning(
            name,
            f"{len(unknown)} of {len(monitors)} monitors are unknown: {keys}",
            "have their beats stopped, or were they deleted? see them there; restart it where all look well",
        )
    if _kind(name) == _KUMA:
        yield _newest_beat(report, context)


def _newest_beat(report: Report, context: Context) -> Finding:
    name = report.source
    newest = max((monitor.beats[-1].time for monitor in report.monitors if monitor.beats), default=None)
    if newest is None and not dict(parts(context.settings, _KUMA))[name].uptime_kuma_status_page:
        return warning(
            name,
            "/metrics alone gives no times: an Uptime Kuma that stands still goes on being up",
            "set UPTIME_KUMA_STATUS_PAGE too: the page need not be linked anywhere",
        )
    if newest is None:
        return skipped(name, "newest beat: none came")
    age = context.clock.now() - newest
    seen = f"newest beat: {for_people(age.total_seconds())} {'ago' if age > timedelta(0) else 'from now'}"
    if age < -_FUTURE:
        return fault(name, seen, "set the clock: timedatectl on both machines")
    if age > timedelta(minutes=context.settings.monitor_stale_minutes):
        return fault(name, f"{seen}: no monitor beats", "restart Uptime Kuma: it shows the last that it had")
    return ok(name, seen)


def _backups(report: Report, context: Context) -> Iterator[Finding]:
    yield from groups(report, context.clock.now(), rules(context.settings))


def _texts(reports: tuple[Report, ...], before: Memory, context: Context) -> Iterator[Finding]:
    """Yield which texts a run would withhold, and whether it would publish at all."""
    settings, now = context.settings, context.clock.now()
    announcements = Announcements()
    with suppress(AnnouncementsError):  # it is told where announcements are
        announcements = store.read(context.state_directory)
    decision = policy.decide(Facts(now, reports, announcements), rules(settings))
    assessment = Assessment(decision, reports, before)
    try:
        documents, withheld = refresh.render(settings, assessment, now)
    except RefusedError as error:
        yield of_error(Level.FAULT, "texts", error, "elytra-status config check")
        return
    for name in guarded.published_secrets(settings, documents):
        yield warning(name, *guarded.PUBLISHED_SECRET)
    for text in withheld:
        seen = f"{config_check.where(text, context.origins)}{text.problem()}"
        level, remedy = (Level.OK, "") if text.is_past else (Level.FAULT, text.remedy())
        yield Finding("texts", level, seen, remedy, label=f"texts: {', '.join(text.words)}" if text.words else "")
    if any(not text.is_past for text in withheld):
        return
    unheard = [report.source for report in reports if report.problem]
    against = f"; not compared with the names in {' and '.join(unheard)}" if unheard else ""
    yield ok("texts", f"hold nothing that may not be published{against}")


def _recall(context: Context) -> Memory:
    """Return what is known from before. The history may be in use, and is not waited for here."""
    (before,) = side_by_side({"memory": (_GRACE, partial(memory.recall, context.state_directory))}).values()
    return Memory() if isinstance(before, Exception) else before


AREA = Area("sources", checks)
