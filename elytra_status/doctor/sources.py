# SPDX-License-Identifier: MIT
"""Check the sources: whether they answer, how old the data is, and public texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from elytra_status.announcements import store
from elytra_status.decision import policy
from elytra_status.decision.conclusion import conclude
from elytra_status.decision.ended_groups import UNUSED_PATTERN, Ended, unused_patterns
from elytra_status.doctor import answers
from elytra_status.doctor.finding import Area, Context, Finding, Level, of_error, ok, skipped, warning
from elytra_status.errors import AnnouncementsError, RefusedError
from elytra_status.model import BACKUPS, MONITORS, Announcements, Decision, Facts, Report
from elytra_status.net.concurrency import run_all
from elytra_status.run import private_terms, rendering, saved_state
from elytra_status.run.assess import Assessment, policy_rules
from elytra_status.run.saved_state import SavedState
from elytra_status.sources import configured, only_watches

# How long each source may take here. A run allows SOURCE_DEADLINE_SECONDS.
SECONDS = 8.0


def checks(context: Context) -> Iterator[Finding]:
    """Query each source once, and no part of it again, and yield the findings."""
    sources = configured(context.settings)
    if only_watches(context.settings):
        words = "nothing is polled: with STATUS_URL alone this machine only checks what another machine publishes"
        yield skipped("monitors", words)
        return
    if not any(source.about == MONITORS for source in sources):
        remedy = f"set UPTIME_KUMA_URL in {context.file}, or PROBE_URLS if you have no monitoring system"
        yield warning("monitors", "none are watched, so the status is unknown", remedy)
    if not any(source.about == BACKUPS for source in sources):
        yield skipped(
            "backups", "are not watched, and are published as unknown: no backup evidence is set, such as BACKUP_BUCKET"
        )
    before = _recall(context)
    answered = list(answers.poll_each(sources, before, context, SECONDS))
    reports = tuple(answers.report_of_answer(source, answer) for source, answer, _ in answered)
    decision = _decide(reports, context)
    for source, answer, seconds in answered:
        yield from answers.findings(source, answer, seconds, SECONDS, context, decision)
    ended = Ended(patterns=context.settings.backup_ignore_groups)
    for pattern in unused_patterns(ended, reports):
        # The pattern is as private as the names from which it is made.
        yield replace(warning("BACKUP_IGNORE_GROUPS", *UNUSED_PATTERN), label=f"BACKUP_IGNORE_GROUPS: {pattern}")
    yield from _texts(Assessment(decision, reports, before), context)


def _decide(reports: tuple[Report, ...], context: Context) -> Decision:
    """Return what a run would decide on these reports."""
    announcements = Announcements()
    with suppress(AnnouncementsError):  # The area of announcements reports it.
        announcements = store.read(context.state_directory)
    facts, chosen = Facts(context.clock.now(), reports, announcements), policy_rules(context.settings)
    return conclude(policy.decide(facts, chosen), facts, chosen)


def _texts(assessment: Assessment, context: Context) -> Iterator[Finding]:
    """Yield which texts a run would withhold, and whether it would publish at all."""
    settings, now, reports = context.settings, context.clock.now(), assessment.reports
    try:
        documents, withheld, _ = rendering.render_publication(settings, assessment, now)
    except RefusedError as error:
        yield of_error(Level.FAULT, "texts", error, "elytra-status config check")
        return
    for name in private_terms.published_secrets(settings, documents):
        yield warning(name, *private_terms.PUBLISHED_SECRET)
    for text in withheld:
        seen = text.as_problem(context.origins).seen
        level, remedy = (Level.OK, "") if text.is_past else (Level.FAULT, text.remedy())
        yield Finding("texts", level, seen, remedy, label=f"texts: {', '.join(text.words)}" if text.words else "")
    if any(not text.is_past for text in withheld):
        return
    unheard = [report.source for report in reports if report.problem]
    against = f"; not compared with the names in {' and '.join(unheard)}" if unheard else ""
    yield ok("texts", f"contain nothing private{against}")


def _recall(context: Context) -> SavedState:
    """Return saved state. If the history is in use, do not wait for it."""
    (before,) = run_all(
        {"saved state": (answers.GRACE, partial(saved_state.read, context.state_directory))}, context.clock
    ).values()
    return SavedState() if isinstance(before, Exception) else before


AREA = Area("sources", checks)
