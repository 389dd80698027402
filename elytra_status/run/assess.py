# SPDX-License-Identifier: MIT
"""Poll all sources, confirm a failure by a second poll, and decide."""

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
from elytra_status.decision.clock_check import BELIEVED, REMEDY, ClockCheck
from elytra_status.decision.components import judge_all, keys_of
from elytra_status.decision.conclusion import conclude
from elytra_status.decision.confirmation import confirm
from elytra_status.decision.isolation import Isolation, isolated_times, without_isolated, without_stale_confirmation
from elytra_status.decision.missing_monitors import monitors_to_save
from elytra_status.decision.notices import notices
from elytra_status.decision.rules import Rules
from elytra_status.history import History, PublicHistory, begin_reading_days, build_public_history, complete
from elytra_status.history.whole_days import WholeDays
from elytra_status.model import (
    MONITORS,
    Announcements,
    Backups,
    BackupStatus,
    Decision,
    Facts,
    PlatformStatus,
    Report,
    Step,
    Uptime,
)
from elytra_status.net import http, server_dates
from elytra_status.problem import Problem
from elytra_status.run import connectivity, server_times
from elytra_status.run.poll import GRACE, poll_all
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.system import journal
from elytra_status.system.clock import Clock

# Seconds of a run that are reserved for publishing and reading back.
FOR_PUBLISHING = 45
# An override must be published soon, even if a source hangs.
SECONDS_UNDER_OVERRIDE = 20.0


@dataclass(frozen=True)
class Assessment:
    """A decision, the reports of the last poll, and the state to save.

    `progress` holds the announcements after this decision, not saved yet; it is None if they were not read. `past`
    comes from the history. `clock` says whether this machine's clock is believed. If it is not, the status is unknown
    and nothing that was seen may be saved. `polled` is when the last poll began, by the monotonic clock.
    """

    decision: Decision
    reports: tuple[Report, ...]
    saved_state: SavedState
    progress: Progress | None = None
    past: PublicHistory = field(default_factory=PublicHistory)
    clock: ClockCheck = BELIEVED
    polled: float | None = None

    @property
    def announcements(self) -> Announcements:
        """The announcements as they are from now on."""
        return self.progress.announcements if self.progress else Announcements()


class _Poll(NamedTuple):
    """The reports of all sources, their time, and whether each source is isolated.

    `began` is when the poll began, by the monotonic clock.
    """

    reports: tuple[Report, ...]
    now: datetime
    isolations: Mapping[str, Isolation]
    clock: ClockCheck = BELIEVED
    began: float | None = None


class _Judged(NamedTuple):
    """The decision on one or two polls, its facts, and the last poll."""

    decision: Decision
    facts: Facts
    poll: _Poll


def policy_rules(settings: Settings) -> Rules:
    """Return the settings that the policy needs, as its own value."""
    return Rules(
        by_uptime=settings.status_policy == "uptime",
        outage_count=settings.outage_threshold.count,
        outage_ratio=settings.outage_threshold.ratio,
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
    """Return the text of an automatic incident, None if the job opens none by itself."""
    # A low uptime over the last day is no evidence of an outage now.
    opens = settings.incidents == "automatic" and settings.status_policy == "monitors"
    return settings.incident_text if opens else None


def nothing_announced() -> Announcements:
    """Return no announcements."""
    return Announcements()


def assess(
    settings: Settings,
    clock: Clock,
    saved_state: SavedState,
    *,
    confirming: bool,
    announced: Callable[[], Announcements] = nothing_announced,
    history: History | None = None,
    longest_poll: float = math.inf,
) -> Assessment:
    """Return the decision for now.

    With `confirming`, poll the sources again after CONFIRM_AFTER_SECONDS if the status depends on an unconfirmed
    failure or on a source that has just become silent. `announced` reads the announcements before each decision, since
    a person may announce something during a poll. `history` supplies the uptime that sources do not know. No poll takes
    longer than `longest_poll` seconds.
    """
    work = _Work(settings, clock, saved_state, announced, history, longest_poll)
    past_days = begin_reading_days(history, clock.now(), work.rules.components)
    first = work.poll(_Poll((), clock.now(), saved_state.isolations))
    # This read must be over before anything is written to the history.
    whole_days = past_days()
    if not first.clock.believed:
        return work.without_clock(first)
    judged = work.judge(first)
    if confirming and work.needs_confirmation(judged):
        work.wait_for_confirmation(judged.decision)
        second = work.poll(first)
        if not second.clock.believed:
            return work.without_clock(second)
        judged = work.judge(first, second)
    return work.assessment(judged, whole_days)


class _Work:
    """The steps of one assessment, with the values that all of them use."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        saved_state: SavedState,
        announced: Callable[[], Announcements],
        history: History | None,
        longest_poll: float,
    ) -> None:
        self.settings, self.clock, self.saved_state = settings, clock, saved_state
        self.announced, self.history = announced, history
        self.rules = policy_rules(settings)
        self.sources = configured(settings)
        self.began = clock.monotonic()
        is_overridden = in_force(announced(), clock.now())
        self.longest_poll = min(longest_poll, SECONDS_UNDER_OVERRIDE) if is_overridden else longest_poll

    def poll(self, earlier: _Poll) -> _Poll:
        """Poll all sources side by side."""
        settings, clock = self.settings, self.clock
        began = clock.monotonic()
        before = {report.source: report for report in earlier.reports}
        with server_dates.collect_dates(clock) as dates:
            reports = poll_all(
                self.sources,
                clock,
                min(self.longest_poll, self._seconds_for_poll()),
                before,
                self.saved_state,
                timedelta(minutes=settings.monitor_stale_minutes),
                settings.backup_ignore_groups,
            )
            now = clock.now()
            isolations = connectivity.all_isolations(
                self.sources, reports, earlier.isolations, clock, settings.ca_bundle
            )
        check = server_times.judge_clock(settings, clock, self.saved_state.highest, dates.times(clock.now()))
        return _Poll(reports, now, isolations, check, began)

    def _seconds_for_poll(self) -> float:
        deadline, used = self.settings.run_deadline_seconds, self.clock.monotonic() - self.began
        left = deadline - used - min(FOR_PUBLISHING, deadline / 3)
        if any(source.connectivity_url for source in self.sources):
            left -= connectivity.SECONDS
        return max(1.0, min(self.settings.source_deadline_seconds, left - GRACE))

    def judge(self, first: _Poll, second: _Poll | None = None) -> _Judged:
        """Return the decision on one poll, or on two if the second confirms the first."""
        last = second or first
        reports = _without_isolated(first, last.isolations)
        if second:
            pairs = zip(reports, _without_isolated(second, last.isolations), strict=True)
            reports = tuple(confirm(earlier, later) for earlier, later in pairs)
        facts = self._facts(_believed(reports, last.isolations, self.saved_state.isolations), last.isolations)
        decision = policy.decide(facts, self.rules)
        if second:
            decision = replace(decision, awaits_confirmation=False)
        elif _have_changed(last.isolations, self.saved_state.isolations) and not self.rules.by_uptime:
            without = policy.decide(replace(facts, reports=first.reports), self.rules)
            awaits = decision.awaits_confirmation or without.status is not decision.status
            decision = replace(decision, awaits_confirmation=awaits)
        return _Judged(decision, facts, last)

    def _facts(self, reports: tuple[Report, ...], isolations: Mapping[str, Isolation]) -> Facts:
        now, announcements = self.clock.now(), self.announced()
        maintenance, parts = announcements.maintenance, self.rules.components
        completed = complete(self.history, reports, now, maintenance, isolated_times(isolations), parts)
        return Facts(now, completed, announcements)

    def needs_confirmation(self, judged: _Judged) -> bool:
        """Whether the decision rests on a failure that a single poll does not confirm."""
        return judged.decision.awaits_confirmation or self._rests_on_silence(judged)

    def _rests_on_silence(self, judged: _Judged) -> bool:
        """Whether the status is unknown because a source has just become silent.

        It may be restarting. Only a source with saved monitors counts.
        """
        decision, known = judged.decision, self.saved_state.known
        silent = {report.source for report in judged.facts.reports if report.problem and report.source in known}
        is_unknown = decision.status is PlatformStatus.UNKNOWN and decision.rule != "override"
        return is_unknown and not silent <= self.saved_state.silent

    def wait_for_confirmation(self, decision: Decision) -> None:
        """Wait until CONFIRM_AFTER_SECONDS have passed since the first poll began."""
        wait = self.settings.confirm_after_seconds - (self.clock.monotonic() - self.began)
        journal.log_info(
            f"{decision.status.value} would rest on one poll ({decision.reason}): confirmation poll in"
            f" {max(0, wait):.0f} s",
            event="confirmation-poll",
        )
        self.clock.sleep(wait)
        http.close_kept_connections()

    def assessment(self, judged: _Judged, whole_days: WholeDays | None) -> Assessment:
        """Return the assessment of a decision, with its announcements and the past."""
        decision, facts, last = judged
        confirmed = last.clock.confirmed
        text = incident_text(self.settings)
        # An incident that the job opens names the components that are in outage.
        components = judge_all(self.rules.components.items(), facts, self.rules)
        decision = replace(decision, components=components)
        after = progress(facts.announcements, decision, facts.now, text, clock_is_confirmed=confirmed)
        decision = conclude(decision, replace(facts, announcements=after.announcements), self.rules)
        past = build_public_history(
            self.history,
            decision.status,
            facts.now,
            after.announcements.maintenance,
            parts=self.rules.components,
            components=decision.components,
            in_maintenance=decision.in_maintenance,
            minimum=self.rules.minimum_of_uptimes,
            whole_days=whole_days,
            clock_is_confirmed=confirmed,
        )
        # The servers' time outranks saved state, which a wrong clock may have written.
        highest = self.saved_state.highest
        highest = facts.now if confirmed or highest is None else max(highest, facts.now)
        saved_state = replace(self._state_to_save(facts, last.isolations), highest=highest)
        return Assessment(decision, facts.reports, saved_state, after, past, last.clock, last.began)

    def without_clock(self, poll: _Poll) -> Assessment:
        """Return the assessment while this machine's clock is wrong: unknown.

        Nothing is saved, and no announcement begins or ends. The reports keep only what the leak guard searches for.
        """
        now, reason, announcements = poll.clock.time or poll.now, poll.clock.problem, self.announced()
        reports = tuple(
            replace(
                report,
                problem=Problem(reason, REMEDY),
                monitors=(),
                backup_groups=(),
                warnings=(),
                remarks=(),
                isolation="",
            )
            for report in poll.reports
        )
        decision = Decision(
            PlatformStatus.UNKNOWN,
            "clock",
            reason,
            Uptime(),
            Backups(BackupStatus.UNKNOWN),
            measured=PlatformStatus.UNKNOWN,
            steps=(Step("clock", True, reason),),
        )
        # Components are unknown too, even if maintenance or an override is announced for them.
        decision = conclude(decision, Facts(now, reports), self.rules)
        decision = replace(decision, notices=notices(Facts(now, reports, announcements)))
        past = build_public_history(self.history, None, now, announcements.maintenance, parts=self.rules.components)
        after = Progress(now, announcements, ())
        return Assessment(decision, reports, self.saved_state, after, past, poll.clock, poll.began)

    def _state_to_save(self, facts: Facts, isolations: Mapping[str, Isolation]) -> SavedState:
        """Return the state to save.

        The saved state of a source that did not answer stays as it was.
        """
        known, sources = dict(self.saved_state.known), dict(self.saved_state.sources)
        expected = {source.name: source.expected for source in self.sources}
        for report in facts.reports:
            if report.problem:
                continue
            sources[report.source] = report.saved
            if report.about == MONITORS:
                saved = self.saved_state.of_monitors(report.source)
                known[report.source] = monitors_to_save(report, expected[report.source], saved, facts.now)
        silent = frozenset(report.source for report in facts.reports if report.problem)
        return replace(self.saved_state, known=known, sources=sources, isolations=isolations, silent=silent)


def _without_isolated(poll: _Poll, isolations: Mapping[str, Isolation]) -> tuple[Report, ...]:
    """Return reports in which the failures seen by isolated sources are unknown."""
    return tuple(
        without_isolated(report, isolations[report.source], poll.now) if report.source in isolations else report
        for report in poll.reports
    )


def _believed(
    reports: tuple[Report, ...], isolations: Mapping[str, Isolation], before: Mapping[str, Isolation]
) -> tuple[Report, ...]:
    """Return reports without confirmations that isolated sources may have given."""
    return tuple(
        without_stale_confirmation(report, before.get(report.source, Isolation()).well)
        if report.source in isolations
        else report
        for report in reports
    )


def _have_changed(isolations: Mapping[str, Isolation], before: Mapping[str, Isolation]) -> bool:
    """Whether the phase of any source has changed, which a second poll must confirm."""
    return any(isolation.phase is not before.get(source, Isolation()).phase for source, isolation in isolations.items())
