# SPDX-License-Identifier: MIT
"""The whole job: poll, decide, render, guard, publish, read back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from elytra_status import publish
from elytra_status.announcements import store
from elytra_status.announcements.progress import progress
from elytra_status.decision.clock_check import REMEDY, ClockCheck
from elytra_status.decision.conclusion import conclude
from elytra_status.decision.uptimes import coverage_in_words
from elytra_status.documents import Document
from elytra_status.documents.withheld import Withheld
from elytra_status.errors import AnnouncementsError, LockedError, PublishError
from elytra_status.history import history_of
from elytra_status.model import MONITORS, Announcements, Decision, Facts, PlatformStatus, number_of
from elytra_status.publish.upload import PublishResult
from elytra_status.run import earlier_documents, publisher, publishing, saved_pair, saved_state
from elytra_status.run.assess import Assessment, assess, incident_text, policy_rules
from elytra_status.run.rendering import render_publication
from elytra_status.settings import Settings
from elytra_status.system import files, journal
from elytra_status.system.clock import Clock, CorrectedClock, for_people

if TYPE_CHECKING:
    from elytra_status.run.pair import Pair

ACCEPT = "elytra-status state accept"
# What a run has seen stays valid if the clock is set by less than this, or the machine sleeps for less.
LONGEST_JUMP = timedelta(minutes=5)


class _Announced(NamedTuple):
    """The announcements of this machine or of its pair: what reads and changes them."""

    read: Callable[[], Announcements]
    change: Callable[[Callable[[Announcements], Announcements]], object]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    `result` is that of the publication. `clock` is the clock to use, corrected if it is wrong.
    `state_problem` says why the state directory cannot be written to, else ''. `history_damaged` is the name under
    which this run set aside a damaged history, else ''. `standing_by` says which machine of a pair publishes and since
    when, and is '' if this one does. `other_stopped` says when the other machine ran last, '' if that was lately.
    """

    assessment: Assessment
    documents: tuple[Document, ...]
    target: str
    result: PublishResult
    clock: Clock
    state_problem: str = ""
    history_damaged: str = ""
    withheld: tuple[Withheld, ...] = ()
    standing_by: str = ""
    other_stopped: str = ""

    @property
    def decision(self) -> Decision:
        """The decision that was published."""
        return self.assessment.decision

    @property
    def published(self) -> bool:
        """Whether it was published, and did not yield to a newer document."""
        return self.result.done

    @property
    def yielded(self) -> bool:
        """Whether it published nothing, because somebody else does.

        That is neither this machine nor the other one of its pair.
        """
        result = self.result
        return not (result.done or result.lost or result.to_partner or self.standing_by)

    @property
    def other_publisher(self) -> str:
        """That another machine publishes too, '' if none was noticed."""
        return publishing.other_publisher(self.target, self.result)

    @property
    def summary(self) -> str:
        """The outcome in a line for the administrator."""
        newer = "another machine's status" if self.result.kept_good else "a newer document"
        done = f"published to {self.target}" if self.published else f"yielded to {newer} in {self.target}"
        if self.result.lost:
            done = "published nothing, as the lease of the pair was lost"
        if self.standing_by:
            done = f"standing by: {self.standing_by}"
        count = sum(not one.is_past for one in self.withheld)
        withheld = f"; {number_of(count, 'text')} withheld" if count else ""
        return f"{self.decision.status.value}: {self.decision.reason}; {done}{withheld}"


def _with_progress_kept(settings: Settings, announced: _Announced, assessment: Assessment) -> Assessment:
    """Save the progress of announcements, and return the assessment with it.

    Do not publish progress that cannot be saved: each run would open the incident again, with another date.
    """
    made = assessment.progress
    if made is None or not made.events:
        return assessment
    try:
        # A person may have announced something since the announcements were read.
        announced.change(
            lambda there: (
                progress(
                    there,
                    assessment.decision,
                    made.now,
                    incident_text(settings),
                    clock_is_confirmed=assessment.clock.confirmed,
                ).announcements
            ),
        )
    except (AnnouncementsError, LockedError, PublishError) as error:
        journal.log_warning(str(error), event="announcements")
        there = announced.read()
        decision = conclude(assessment.decision, Facts(made.now, assessment.reports, there), policy_rules(settings))
        return replace(assessment, decision=decision, progress=replace(made, announcements=there, events=()))
    for one in made.events:
        journal.log_info(one.message, **one.fields)
    return assessment


def _check_state_directory(state_directory: Path) -> str:
    """Return why the state directory cannot be written to, '' if it can.

    Log a failure.
    """
    problem = files.check_writable(state_directory)
    if problem:
        journal.log_error(
            f"saved state: {state_directory} cannot be written to ({problem}). Let the user elytra-status write to it,"
            " and check that the disk is not full.",
            event="state",
        )
    return problem


def _corrected_clock(check: ClockCheck, clock: Clock) -> Clock:
    """Return the clock, corrected by the servers' time if they agree on it.

    Raise PublishError if the time is not known: a document dated in the future would block later runs.
    """
    if check.wrong_servers:
        differs = number_of(check.wrong_servers, "server", "differs", "differ")
        journal.log_warning(f"clock: the time of {differs}. elytra-status doctor names them.", event="clock")
    if check.believed:
        return clock
    journal.log_error(f"{check.problem}. {REMEDY}.", event="clock")
    if check.time is None:
        raise PublishError(f"{check.problem}; nothing is published", f"{REMEDY}; if it is right: {ACCEPT}")
    return CorrectedClock(clock, check.ahead)


def _write_local_documents(state_directory: Path, documents: list[Document]) -> None:
    """Write the documents for local programs.

    A failure is only a warning, since the public has its documents.
    """
    for document in documents:
        if document.local:
            try:
                files.write_atomically(state_directory / document.name, document.body, 0o644)
            except OSError as error:
                journal.log_warning(f"{document.name} cannot be written to {state_directory} ({error.strerror})")


def _check_time_of_day(clock: Clock, started: datetime, began: float) -> None:
    """Raise PublishError if the time of day has jumped since the run `started`.

    What the run has seen would be dated wrongly. `began` is the same moment by the monotonic clock.
    """
    jump = clock.now() - started - timedelta(seconds=clock.monotonic() - began)
    if abs(jump) > LONGEST_JUMP:
        direction = "forward" if jump > timedelta(0) else "back"
        raise PublishError(
            f"the clock went {direction} by {for_people(jump.total_seconds())} during the run: nothing is published",
            "no action is needed if the clock was set or the machine slept: the next run publishes",
        )


def _log_decision(decision: Decision) -> None:
    journal.log_info(
        f"decided {decision.status.value} by rule {decision.rule}: {decision.reason}",
        event="decision",
        status=decision.status.value,
        rule=decision.rule,
        backups=decision.backups.status.value,
    )
    for words in coverage_in_words(decision.coverage):
        journal.log_info(words, event="figures")


def _log_override(decision: Decision) -> None:
    """Log a warning if an override alone makes the status operational."""
    if decision.status is PlatformStatus.OPERATIONAL and decision.measured is not decision.status:
        journal.log_warning(f"operational only because of an override: {decision.reason}", event="override")


def _log_withheld(withheld: tuple[Withheld, ...]) -> None:
    for text in withheld:
        log = journal.log_notice if text.is_past else journal.log_warning
        log(str(text.as_problem(shows_word=journal.is_on_terminal())), event="withheld", text=text.name, rule=text.rule)


def _answers(assessment: Assessment) -> bool:
    """Whether any monitoring system answers this machine, so that it may judge."""
    about = [report for report in assessment.reports if report.about == MONITORS]
    has_answer = not about or any(not report.problem and not report.isolation for report in about)
    return assessment.clock.believed and has_answer


def _open_pair(settings: Settings, clock: Clock, state_directory: Path) -> Pair | None:
    """Return this machine as one of its pair, None if it is alone."""
    if settings.publishers != "pair":
        saved_pair.leave_pair(state_directory)
        return None
    from elytra_status.run.pair import open_pair

    by = publisher.begin_publishing(state_directory, publisher.read(state_directory))
    return open_pair(settings, clock, state_directory, by)


class _Published(NamedTuple):
    """The documents of a run, where they went, and the texts that were withheld."""

    documents: tuple[Document, ...]
    target: str
    result: PublishResult
    withheld: tuple[Withheld, ...]


def _publish(
    settings: Settings,
    state_directory: Path,
    clock: Clock,
    assessment: Assessment,
    now: datetime,
    began: float,
    pair: Pair | None,
) -> _Published:
    """Render and guard the documents, and publish them if this machine may."""
    earlier = earlier_documents.read(state_directory)
    if earlier_documents.read_target(state_directory) != publishing.target_of(settings, state_directory):
        # The archive begins anew there: nothing may link to a page that was published elsewhere.
        earlier = {name: one for name, one in earlier.items() if not one.made_from}
    documents, withheld, left_out = render_publication(settings, assessment, now, earlier)
    _log_withheld(withheld)
    if pair and not pair.holds:
        _write_local_documents(state_directory, documents)
        target = publish.configured(settings, state_directory, clock).description
        return _Published(tuple(documents), target, PublishResult(done=False), withheld)
    target, result = publishing.publish_documents(
        settings,
        state_directory,
        clock,
        documents,
        now,
        earlier,
        left_out=left_out,
        polled=assessment.polled,
        clock_is_right=assessment.clock.believed,
        pair=pair,
    )
    if result.done:
        _write_local_documents(state_directory, documents)
        if pair:
            pair.record(assessment.past, assessment.saved_state.known)
    publishing.log_result(target, documents, now, clock.monotonic() - began, result)
    return _Published(tuple(documents), target, result, withheld)


def run(settings: Settings, clock: Clock, state_directory: Path) -> Outcome:
    """Do the whole job once: poll, decide, render, guard, publish, save state.

    Raise LockedError if another run is under way, AnnouncementsError if announcements cannot be read, RefusedError if
    the documents must not be published, and PublishError if they cannot be. The last good document then stays. A
    machine of a pair that does not hold the lease does all but publish.
    """
    with files.lock_directory(state_directory):
        began, started = clock.monotonic(), clock.now()
        state_problem = _check_state_directory(state_directory)
        before = saved_state.set_damaged_aside(state_directory, saved_state.read(state_directory), started)
        pair = _open_pair(settings, clock, state_directory)
        if pair:
            before = pair.begin(before)
            announced = _Announced(pair.announced, pair.change_announcements)
        else:
            announced = _Announced(partial(store.read, state_directory), partial(store.change, state_directory, clock))
        history = history_of(settings, state_directory, learns=True)

        assessment = assess(settings, clock, before, confirming=True, announced=announced.read, history=history)
        _log_decision(assessment.decision)
        right_clock = _corrected_clock(assessment.clock, clock)
        if pair:
            pair.claim(answers=_answers(assessment))
        with pair.releasing() if pair else nullcontext():
            publishes = pair is None or pair.holds
            if publishes:
                assessment = _with_progress_kept(settings, announced, assessment)
            _log_override(assessment.decision)
            _check_time_of_day(clock, started, began)
            published = _publish(settings, state_directory, clock, assessment, right_clock.now(), began, pair)

        not_saved = saved_state.write(
            state_directory, replace(assessment.saved_state, yielded=not published.result.done)
        )
        return Outcome(
            assessment,
            published.documents,
            published.target,
            published.result,
            right_clock,
            # The check may have found room for one byte, and saving state none for more.
            state_problem or not_saved or next(iter(history.not_writable), ""),
            next(iter(history.set_aside), ""),
            published.withheld,
            pair.standing_by if pair else "",
            pair.other_stopped if pair else "",
        )
