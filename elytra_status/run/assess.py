# SPDX-License-Identifier: MIT
"""Asks all sources, looks again where the decision would rest on one look, and decides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from elytra_status.announcements.override import in_force
from elytra_status.announcements.progress import Progress, progress
from elytra_status.decision import policy
from elytra_status.decision.clock_check import BELIEVED, ClockCheck
from elytra_status.decision.components import judge_all, keys_of
from elytra_status.decision.confirmation import confirm
from elytra_status.decision.isolation import Doubt, cut_off, doubted, without_stale_confirmation
from elytra_status.decision.missing_monitors import remember
from elytra_status.decision.notices import notices
from elytra_status.decision.rules import Rules
from elytra_status.history import History, LookBack, begin_to_look_back, complete, look_back
from elytra_status.model import (
    MONITORS,
    Announcements,
    Backups,
    BackupStatus,
    ComponentDecision,
    Decision,
    Facts,
    PlatformStatus,
    Report,
    Step,
    Uptime,
)
from elytra_status.net import http, server_dates
from elytra_status.run import connectivity, server_times
from elytra_status.run.poll import GRACE, poll_all
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.source import Source
from elytra_status.system import journal
from elytra_status.system.clock import Clock

# What is kept of a run's time for publishing and reading back, in seconds.
FOR_PUBLISHING = 45
# Where a person has said what the status is, the world must not wait for that until a hanging source is given up.
SECONDS_UNDER_OVERRIDE = 20.0


@dataclass(frozen=True)
class Assessment:
    """A decision, the reports of the last look that it rests on, and what to remember of them.

    `progress` is what has become of what was announced. It is not kept yet; None where nobody was asked.
    `past` is what the history knows. `components` are decided on the same reports, in the order of COMPONENTS.
    `clock` says whether this machine's clock is believed: where it is not, the status is unknown, and nothing that was
    seen is to be kept.
    """

    decision: Decision
    reports: tuple[Report, ...]
    memory: SavedState
    progress: Progress | None = None
    past: LookBack = field(default_factory=LookBack)
    components: tuple[ComponentDecision, ...] = ()
    clock: ClockCheck = BELIEVED

    @property
    def announcements(self) -> Announcements:
        """What is announced, as it is from now on."""
        return self.progress.announcements if self.progress else Announcements()


class _Look(NamedTuple):
    """What all sources said, when, and what is held of the connection of each since then."""

    reports: tuple[Report, ...]
    now: datetime
    doubts: Mapping[str, Doubt]
    clock: ClockCheck = BELIEVED


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
        components={name: keys_of(monitors) for name, monitors in settings.components},
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
    memory: SavedState,
    *,
    second_look: bool,
    announced: Callable[[], Announcements] = nothing_announced,
    history: History | None = None,
    longest_look: float = math.inf,
) -> Assessment:
    """Return the decision for now.

    Where the status would be another one if something unconfirmed were confirmed, or rests on a source that
    has just fallen silent, and `second_look` is set, the sources are asked again after CONFIRM_AFTER_SECONDS.
    `announced` is asked before each decision: a person may say something while the sources are asked. What
    sources do not know of the past comes from `history`. No look takes longer than `longest_look` seconds.
    """

    parts = rules(settings).components

    def gather(reports: tuple[Report, ...], doubts: Mapping[str, Doubt]) -> Facts:
        now, announcements = clock.now(), announced()
        completed = complete(history, reports, now, announcements.maintenance, cut_off(doubts), parts)
        return Facts(now, completed, announcements)

    began = clock.monotonic()
    sources = configured(settings)
    if in_force(announced(), clock.now()):
        longest_look = min(longest_look, SECONDS_UNDER_OVERRIDE)

    def look(earlier: _Look) -> _Look:
        seconds = min(longest_look, _seconds_for_look(settings, sources, clock.monotonic() - began))
        before = {report.source: report for report in earlier.reports}
        with server_dates.listening() as said:
            reports = poll_all(
                sources,
                clock.now(),
                seconds,
                before,
                memory,
                stale_after(settings),
                settings.backup_ignore_groups,
            )
            now = clock.now()
            doubts = connectivity.weigh_all(sources, reports, earlier.doubts, now, settings.ca_bundle)
        check = server_times.check(settings, clock, memory.highest, said.times(clock.now()))
        return _Look(reports, now, doubts, check)

    past_days = begin_to_look_back(history, clock.now(), parts)
    first = look(_Look((), clock.now(), memory.doubts))
    # It is over before anything is written to the history.
    whole_days = past_days()
    if not first.clock.believed:
        return _without_clock(settings, first, memory, announced(), history, parts)
    reports = _believed(_doubted(first, first.doubts), first.doubts, memory.doubts)
    facts = gather(reports, first.doubts)
    decision = policy.decide(facts, rules(settings))
    if _have_changed(first.doubts, memory.doubts) and settings.status_policy == "monitors":
        without = policy.decide(replace(facts, reports=first.reports), rules(settings))
        awaits = decision.awaits_confirmation or without.status is not decision.status
        decision = replace(decision, awaits_confirmation=awaits)
    doubts, checked = first.doubts, first.clock
    if second_look and (decision.awaits_confirmation or _rests_on_silence(decision, reports, memory)):
        wait = settings.confirm_after_seconds - (clock.monotonic() - began)
        journal.info(
            f"{decision.status.value} would rest on a single look ({decision.reason}):"
            f" looking again in {max(0, wait):.0f} s",
            event="second-look",
        )
        clock.sleep(wait)
        http.close_kept_connections()
        second = look(first)
        if not second.clock.believed:
            return _without_clock(settings, second, memory, announced(), history, parts)
        checked = second.clock
        doubts = second.doubts
        pairs = zip(_doubted(first, doubts), _doubted(second, doubts), strict=True)
        reports = tuple(confirm(earlier, later) for earlier, later in pairs)
        reports = _believed(reports, doubts, memory.doubts)
        facts = gather(reports, doubts)
        decision = replace(policy.decide(facts, rules(settings)), awaits_confirmation=False)
    after = progress(
        facts.announcements, decision, facts.now, incident_text(settings), clock_is_confirmed=checked.confirmed
    )
    decision = replace(decision, notices=notices(replace(facts, announcements=after.announcements)))
    components = judge_all(parts.items(), replace(facts, announcements=after.announcements), rules(settings))
    past = look_back(
        history,
        decision.status,
        facts.now,
        after.announcements.maintenance,
        parts=parts,
        minimum=settings.uptime_aggregate == "minimum",
        whole_days=whole_days,
        clock_is_confirmed=checked.confirmed,
    )
    remembered = _remembered(sources, reports, doubts, memory, facts.now)
    # Servers outrank saved state, which a wrong clock may have written.
    highest = facts.now if checked.confirmed or memory.highest is None else max(memory.highest, facts.now)
    return Assessment(decision, facts.reports, replace(remembered, highest=highest), after, past, components, checked)


def _without_clock(
    settings: Settings,
    poll: _Look,
    memory: SavedState,
    announcements: Announcements,
    history: History | None,
    parts: Mapping[str, frozenset[str]],
) -> Assessment:
    """Return what is known while this machine's clock is wrong: that the status is unknown ("The clock", contract).

    Nothing is remembered, ends or begins. The reports say no more than what must not leave the machine.
    """
    now = poll.clock.time or poll.now
    reason = poll.clock.problem
    reports = tuple(
        replace(report, problem=reason, monitors=(), backup_groups=(), warnings=(), remarks=(), doubt="")
        for report in poll.reports
    )
    decision = Decision(
        PlatformStatus.UNKNOWN,
        "clock",
        reason,
        Uptime(),
        Backups(BackupStatus.UNKNOWN),
        notices(Facts(now, reports, announcements)),
        measured=PlatformStatus.UNKNOWN,
        steps=(Step("clock", True, reason),),
    )
    components = judge_all(parts.items(), Facts(now, reports), rules(settings))
    past = look_back(history, None, now, announcements.maintenance, parts=parts)
    return Assessment(decision, reports, memory, Progress(now, announcements, ()), past, components, poll.clock)


def _seconds_for_look(settings: Settings, sources: list[Source], used: float) -> float:
    left = settings.run_deadline_seconds - used - min(FOR_PUBLISHING, settings.run_deadline_seconds / 3)
    if any(source.connectivity_url for source in sources):
        left -= connectivity.SECONDS
    return max(1.0, min(settings.source_deadline_seconds, left - GRACE))


def _doubted(look: _Look, doubts: Mapping[str, Doubt]) -> tuple[Report, ...]:
    """Return the reports of a look without what `doubts`, of this look or a later one, make no evidence."""
    return tuple(
        doubted(report, doubts[report.source], look.now) if report.source in doubts else report
        for report in look.reports
    )


def _believed(
    reports: tuple[Report, ...], doubts: Mapping[str, Doubt], before: Mapping[str, Doubt]
) -> tuple[Report, ...]:
    """Return reports in which no beats of a time in which their source may have been cut off confirm anything."""
    return tuple(
        without_stale_confirmation(report, before.get(report.source, Doubt()).well)
        if report.source in doubts
        else report
        for report in reports
    )


def _have_changed(doubts: Mapping[str, Doubt], before: Mapping[str, Doubt]) -> bool:
    """Whether a source is found to be cut off, or not to be so any more: that too is not told on one look."""
    return any(doubt.phase is not before.get(source, Doubt()).phase for source, doubt in doubts.items())


def _rests_on_silence(decision: Decision, reports: tuple[Report, ...], memory: SavedState) -> bool:
    """Whether nothing is known because a source gives no answer that gave one at the last run: it may be restarting."""
    silent = {report.source for report in reports if report.problem and report.source in memory.known}
    is_unknown = decision.status is PlatformStatus.UNKNOWN and decision.rule != "override"
    return is_unknown and not silent <= memory.silent


def stale_after(settings: Settings) -> timedelta:
    """Return how long a monitor that no answer names keeps its last state."""
    return timedelta(minutes=settings.monitor_stale_minutes)


def _remembered(
    asked: list[Source], reports: tuple[Report, ...], doubts: Mapping[str, Doubt], before: SavedState, now: datetime
) -> SavedState:
    """Return what to remember. Of a source that did not answer it is what was remembered before."""
    known, sources = dict(before.known), dict(before.sources)
    expected = {source.name: source.expected for source in asked}
    for report in reports:
        if report.problem:
            continue
        sources[report.source] = report.remembered
        if report.about == MONITORS:
            saved = before.of_monitors(report.source)
            known[report.source] = remember(report, expected[report.source], saved, now)
    silent = frozenset(report.source for report in reports if report.problem)
    return replace(before, known=known, sources=sources, doubts=doubts, silent=silent)
