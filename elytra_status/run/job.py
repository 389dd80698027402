# SPDX-License-Identifier: MIT
"""The whole job: ask, decide, write, validate, guard, publish, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from elytra_status import leak_guard, publish, schema
from elytra_status.announcements import store
from elytra_status.announcements.progress import progress
from elytra_status.decision.clock_check import REMEDY, ClockCheck
from elytra_status.decision.conclusion import conclude
from elytra_status.decision.uptimes import coverage_in_words
from elytra_status.documents import Document, EarlierDocument, render_all, status_json
from elytra_status.documents.withheld import Redactor, Withheld
from elytra_status.errors import AnnouncementsError, LockedError, PublishError
from elytra_status.history import history_of
from elytra_status.model import Decision, Facts, PlatformStatus
from elytra_status.publish.target import publish as publish_set
from elytra_status.run import earlier_documents, private_terms, saved_state
from elytra_status.run.assess import Assessment, assess, incident_text, rules
from elytra_status.run.publication import build_publication
from elytra_status.settings import Settings
from elytra_status.system import files, journal
from elytra_status.system.clock import Clock, CorrectedClock, for_people, to_text

ACCEPT = "elytra-status state accept"
# A clock that is set by less than this, or a machine that sleeps for less, changes nothing of what was seen.
LONGEST_JUMP = timedelta(minutes=5)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run. `published` is False where a newer document was published already.

    `clock` is the clock to go by, and `state_problem` says why the state directory cannot be written to, else ''.
    `history_damaged` is the name under which a damaged history was set aside in this run, else ''.
    """

    assessment: Assessment
    documents: tuple[Document, ...]
    target: str
    published: bool
    clock: Clock
    state_problem: str = ""
    history_damaged: str = ""
    withheld: tuple[Withheld, ...] = ()

    @property
    def decision(self) -> Decision:
        """What was decided."""
        return self.assessment.decision

    @property
    def words(self) -> str:
        """What it came to, in a line for the administrator."""
        done = f"published to {self.target}" if self.published else f"yielded to a newer one in {self.target}"
        count = sum(not one.is_past for one in self.withheld)
        withheld = f"; {count} text{'' if count == 1 else 's'} withheld" if count else ""
        return f"{self.decision.status.value}: {self.decision.reason}; {done}{withheld}"


class Rendered(NamedTuple):
    """The documents of a publication, and the texts that are withheld from them."""

    documents: list[Document]
    withheld: tuple[Withheld, ...]


def render(
    settings: Settings, assessment: Assessment, now: datetime, earlier: Mapping[str, EarlierDocument] | None = None
) -> Rendered:
    """Return the documents for a decision, validated and guarded, without texts that hold something private.

    What has not changed since it was published `earlier` is returned as it was then. Raise RefusedError where something
    private, or invalid, stands anywhere else: nothing may be published then.
    """
    private = private_terms.private(settings, assessment.reports, assessment.saved_state.words)

    def render_with(redactor: Redactor) -> tuple[Rendered, list[leak_guard.Leak]]:
        value = build_publication(settings, assessment, now, private, redactor)
        documents = render_all(value, settings.publish, earlier)
        schema.validate(documents[-1].name, documents[-1].body)
        return Rendered(documents, value.withheld), _search_all(documents, value.sentences, private)

    rendered, findings = render_with(private_terms.redactor(settings, assessment.reports, private))
    if findings:
        # Texts can break a rule together that each of them keeps. The status goes out without any of them.
        together = private_terms.redactor(settings, assessment.reports, private, together=findings[0].rule)
        rendered, findings_without_texts = render_with(together)
        if findings_without_texts:
            raise private_terms.explain(findings_without_texts, shows_word=journal.is_on_terminal())
    return rendered


def _search_all(
    documents: list[Document], sentences: frozenset[str], private: leak_guard.Private
) -> list[leak_guard.Leak]:
    *others, status = documents
    findings = _search(status, sentences, private)
    # All say much the same: what status.json must not hold, a person need not read of fifteen times.
    if not findings:
        findings = [one for document in others if not document.local for one in _search(document, sentences, private)]
    return findings


def _search(document: Document, sentences: frozenset[str], private: leak_guard.Private) -> list[leak_guard.Leak]:
    own_words = document.own_words | sentences
    return leak_guard.search(document.name, document.body, document.content_type, own_words, private)


def _with_progress_kept(settings: Settings, state_directory: Path, clock: Clock, assessment: Assessment) -> Assessment:
    """Keep what has become of announcements, and return the assessment with what is kept.

    What cannot be kept is not published: an incident would be opened anew, under another date, by each run.
    """
    made = assessment.progress
    if made is None or not made.said:
        return assessment
    try:
        # Of what is there by now: a person may have said something since.
        store.change(
            state_directory,
            clock,
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
    except (AnnouncementsError, LockedError) as error:
        journal.warning(str(error), event="announcements")
        there = store.read(state_directory)
        decision = conclude(assessment.decision, Facts(made.now, assessment.reports, there), rules(settings))
        return replace(assessment, decision=decision, progress=replace(made, announcements=there, said=()))
    for one in made.said:
        journal.info(one.words, **one.fields)
    return assessment


def _check_state_directory(state_directory: Path) -> str:
    """Return why nothing can be saved for the next run, '' where it can. Say so in the journal."""
    problem = files.check_writable(state_directory)
    if problem:
        journal.error(
            f"saved state: {state_directory} cannot be written to: {problem}. Let the user elytra-status write to it,"
            " and make room on the disk.",
            event="state",
        )
    return problem


def _clock_to_go_by(check: ClockCheck, clock: Clock) -> Clock:
    """Return the clock, corrected where servers say by how much it is wrong.

    Raise PublishError where nothing tells the time: a date in the future would keep the right documents of later runs
    away.
    """
    if check.wrong_servers:
        count = f"{check.wrong_servers} server{'' if check.wrong_servers == 1 else 's'}"
        journal.warning(f"clock: {count} told another time. elytra-status doctor names them.", event="clock")
    if check.believed:
        return clock
    journal.error(f"clock: {check.problem}. {REMEDY}.", event="clock")
    if check.time is None:
        raise PublishError(f"{check.problem}: nothing is published", f"{REMEDY}; if it is right: {ACCEPT}")
    return CorrectedClock(clock, check.ahead)


def _leave_here(state_directory: Path, documents: list[Document]) -> None:
    """Leave what is for programs of this machine alone. A failure is a warning: the public has its documents."""
    for document in documents:
        if document.local:
            try:
                files.write_atomically(state_directory / document.name, document.body, 0o644)
            except OSError as error:
                journal.warning(f"{document.name} cannot be written to {state_directory}: {error.strerror}")


def _check_clock(jump: timedelta) -> None:
    """Raise PublishError where the time of day has jumped in a run: what was seen is not of the time it would bear."""
    if abs(jump) > LONGEST_JUMP:
        way = "on" if jump > timedelta(0) else "back"
        raise PublishError(
            f"the clock went {way} by {for_people(jump.total_seconds())} in the middle of the run, so that what was"
            " seen is not of now",
            "it was set, or this machine slept: nothing is published, and the next run sees how all stands then",
        )


def run(settings: Settings, clock: Clock, state_directory: Path) -> Outcome:
    """Do the whole job once.

    Raise LockedError where another run is under way, AnnouncementsError where what people announced cannot be
    read, RefusedError where the documents may not go out, and PublishError where they could not be published;
    in each case the last good document stays.
    """
    with files.lock(state_directory):
        began, since = clock.monotonic(), clock.now()
        state_problem = _check_state_directory(state_directory)
        before = saved_state.set_damaged_aside(state_directory, saved_state.recall(state_directory), since)
        history = history_of(settings, state_directory, learns=True)
        assessment = assess(
            settings,
            clock,
            before,
            confirming=True,
            announced=partial(store.read, state_directory),
            history=history,
        )
        decision = assessment.decision
        journal.info(
            f"decided: {decision.status.value}, by rule {decision.rule}: {decision.reason}",
            event="decision",
            status=decision.status.value,
            rule=decision.rule,
            backups=decision.backups.status.value,
        )
        for words in coverage_in_words(decision.coverage):
            journal.info(words, event="figures")
        right_clock = _clock_to_go_by(assessment.clock, clock)
        assessment = _with_progress_kept(settings, state_directory, clock, assessment)
        decision = assessment.decision
        if decision.status is PlatformStatus.OPERATIONAL and decision.measured is not decision.status:
            journal.warning(f"operational only because a person said so: {decision.reason}", event="override")
        now = clock.now()
        _check_clock(now - since - timedelta(seconds=clock.monotonic() - began))
        now = right_clock.now()
        earlier = earlier_documents.read(state_directory)
        documents, withheld = render(settings, assessment, now, earlier)
        for text in withheld:
            log = journal.notice if text.is_past else journal.warning
            log(text.line(shows_word=journal.is_on_terminal()), event="withheld", text=text.name, rule=text.rule)
        target = publish.configured(settings, state_directory)
        done = publish_set(target, documents, now, earlier_documents.unchanged(documents, earlier))
        seconds = clock.monotonic() - began
        if done:
            _leave_here(state_directory, documents)
            earlier_documents.keep(state_directory, documents, earlier, now.replace(microsecond=0))
            others = sum(not document.local for document in documents) - 1
            words = f"published {status_json.NAME} of {to_text(now)} and {others} others to {target.description}"
            words += f", the run took {seconds:.1f} s"
        else:
            words = f"a newer document lies in {target.description}: this run yields to it"
        journal.info(words, event="published" if done else "yielded", seconds=f"{seconds:.3f}")
        # One byte may have had room where saved state has not.
        not_kept = saved_state.keep(state_directory, replace(assessment.saved_state, yielded=not done))
        state_problem = state_problem or not_kept or next(iter(history.not_writable), "")
        return Outcome(
            assessment,
            tuple(documents),
            target.description,
            done,
            right_clock,
            state_problem,
            next(iter(history.set_aside), ""),
            withheld,
        )
