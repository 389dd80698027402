# SPDX-License-Identifier: MIT
"""Shared parts of the commands with which a person announces something."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from elytra_status import errors
from elytra_status.commands.common import (
    STATE_DIRECTORY,
    Prepared,
    load_settings,
    refuse_unreadable_state,
    state_directory,
    with_state,
)

if TYPE_CHECKING:
    from datetime import datetime

    from elytra_status.model import Announcements
    from elytra_status.publish.target import Unseen
    from elytra_status.publish.upload import PublishResult
    from elytra_status.run.assess import Assessment
    from elytra_status.run.publisher import SavedPublisher
    from elytra_status.settings import Settings
    from elytra_status.system.systemd import Starter

# How long sources are queried at the prompt. The names of a source that does not answer in time are the saved ones.
SECONDS_AT_THE_PROMPT = 10.0
# A run that was started by hand ends within this time.
LONGEST_RUN_SECONDS = 300.0
KEPT = "the announcement is saved: the next run tries again to publish it"


class Announcing(NamedTuple):
    """The values that these commands need.

    `by` is the person, and `now` the time in whole seconds. `starter` starts the service if this process may.
    """

    given: Prepared
    by: str
    now: datetime
    starter: Starter | None


@contextmanager
def announcing(options: argparse.Namespace, settings: Settings | None = None) -> Iterator[Announcing]:
    """Yield what is needed to announce something.

    If this is root, continue as the owner of the state directory. The settings are loaded if they are not given.
    """
    from contextlib import ExitStack

    from elytra_status.settings import DEFAULT_FILE
    from elytra_status.system import systemd

    settings = settings or load_settings(options).settings
    by = person()
    # The service has its own settings and state, and would not publish with others.
    has_others = options.config not in (None, str(DEFAULT_FILE)) or str(state_directory(options)) != STATE_DIRECTORY
    with ExitStack() as stack:
        may_start = not has_others and systemd.can_be_started()
        starter = stack.enter_context(systemd.Starter()) if may_start else None
        given = with_state(options, settings)
        refuse_unreadable_state(given.state_directory)
        refuse_wrong_clock(given)
        yield Announcing(given, by, given.clock.now().replace(microsecond=0), starter)


def refuse_wrong_clock(given: Prepared) -> None:
    """Raise PublishError while this machine's clock is wrong.

    An announcement would begin and end at the wrong times.
    """
    from elytra_status.decision.clock_check import REMEDY, check_clock
    from elytra_status.run import saved_state, server_times
    from elytra_status.settings.servers import servers

    said = server_times.query_times(servers(given.settings), given.clock)
    check = check_clock(given.clock.now(), saved_state.read(given.state_directory).highest, said)
    if not check.believed:
        runs = "publish unknown" if check.time else "publish nothing"
        seen = f"{_what_visitors_see(given)}; runs {runs} until the clock is right"
        raise errors.PublishError(f"{check.problem}; nothing was changed. {seen}", REMEDY)


def _what_visitors_see(given: Prepared) -> str:
    """Return the published status and its time, as a sentence."""
    from elytra_status import publish, schema
    from elytra_status.documents.status_json import NAME

    target = publish.configured(given.settings, given.state_directory, given.clock)
    try:
        there = target.read(NAME).document
    except errors.PublishError:
        return "What visitors see cannot be read"
    document = schema.parse_status(there.body)[0] if there else None
    if document is None:
        return "Visitors see no status: none is published" if there is None else "Visitors see an invalid status"
    return f"Visitors see {document['platform_status']}, published at {document['updated_at']}"


def person() -> str:
    """Return who calls this command, even if they have become root."""
    import pwd

    from elytra_status.system.journal import one_line

    name = os.environ.get("SUDO_USER") or os.environ.get("DOAS_USER")
    if not name:
        try:
            with open("/proc/self/loginuid", encoding="ascii") as file:
                number = int(file.read())
            name = pwd.getpwuid(number).pw_name
        except (
            OSError,
            ValueError,
            KeyError,
            OverflowError,
        ):  # It is not set if nobody has logged in, as for cron or in a container.
            number = os.getuid()
            try:
                name = pwd.getpwuid(number).pw_name
            except KeyError:
                name = f"user {number}"
    return one_line(name)[:64]


def assess_proposed(given: Prepared, proposed: Announcements, texts: Mapping[str, str]) -> Assessment:
    """Return what a run would decide with the proposed announcements.

    Nothing is saved. Raise RefusedError if one of the `texts`, by the options that give them, contains something
    private, or if a run could not publish at all. Other texts do not matter, since a run withholds them.
    """
    from elytra_status.history import history_of
    from elytra_status.run import private_terms, rendering, saved_state
    from elytra_status.run.assess import assess
    from elytra_status.system import journal

    assessment = assess(
        given.settings,
        given.clock,
        saved_state.read(given.state_directory),
        confirming=False,
        announced=lambda: proposed,
        history=history_of(given.settings, given.state_directory, learns=False),
        longest_poll=SECONDS_AT_THE_PROMPT,
    )
    if silent := [report.source for report in assessment.reports if report.problem]:
        journal.log_warning(
            f"{', '.join(silent)}: unreachable, or the request was refused. The text was compared only with names"
            " known before."
        )
    private = private_terms.private(given.settings, assessment.reports, assessment.saved_state.private_names)
    redactor = private_terms.redactor(given.settings, assessment.reports, private)
    for option, text in texts.items():
        redactor.clean(option, text)
    shows_word = journal.is_on_terminal()
    for own in redactor.withheld:
        raise errors.RefusedError(
            f"{own.name}: nothing was changed, because it contains {own.cause(shows_word=shows_word)}",
            own.remedy(shows_word=shows_word),
        )
    try:
        rendering.render_publication(given.settings, assessment, given.clock.now())
    except errors.RefusedError as error:
        raise errors.RefusedError(f"nothing was changed: {error.problem}", error.remedy) from None
    return assessment


def publish_announcement(announcing: Announcing) -> int:
    """Run the job, so that the announcement takes effect at once.

    Print the result, and return the exit status.
    """
    if announcing.starter:
        return _by_service(announcing.starter, announcing.given)
    return _here(announcing.given)


def _yielded(given: Prepared) -> int:
    """Report that a newer document without the announcement is published.

    Return the exit status.
    """
    from elytra_status.system import journal

    journal.log_error(
        "not published: a newer document is published, by another machine or while a clock was ahead."
        f" {_what_visitors_see(given)}, until a run after that time. The announcement is saved for that run:"
        " systemctl start elytra-status.service"
    )
    return errors.UNAVAILABLE


def _not_known(given: Prepared) -> int:
    """Report that the run could not save whether it published.

    Return the exit status.
    """
    from elytra_status.system import journal

    journal.log_error(
        f"it is not known whether this is published: the run could not save its outcome in {given.state_directory}."
        f" {_what_visitors_see(given)}. See what is wrong: elytra-status doctor"
    )
    return errors.UNAVAILABLE


def _stands_by(standing_by: str) -> int:
    """Report that the other machine of the pair publishes the announcement.

    Return the exit status.
    """
    from elytra_status.system import journal

    journal.log_error(
        f"saved for both machines, and not published yet: {standing_by}. Visitors get this at its next run, within ten"
        " minutes. To publish it at once, run there: systemctl start elytra-status.service"
    )
    return errors.UNAVAILABLE


def _say_when(given: Prepared, other: datetime | None, result: PublishResult | SavedPublisher) -> int:
    """Print when visitors get the publication, unless they get it now.

    Return the exit status. `other` is when another machine has published.
    """
    from elytra_status.publish import directory
    from elytra_status.run.publisher import REMEDY
    from elytra_status.system import journal
    from elytra_status.system.clock import to_text

    if other:
        journal.log_error(
            f"visitors get this only until the next run of another machine, which published at {to_text(other)} and"
            f" knows nothing of it. {REMEDY}."
        )
        return errors.UNAVAILABLE
    copy_expires, unseen_page = result.copy_expires, result.unseen_page
    if given.settings.status_url and not given.settings.status_bucket:
        # The run itself has only written the files.
        try:
            check = directory.read_as_visitor(given.settings, given.state_directory, given.clock)
        except errors.PublishError as error:
            journal.log_error(f"published, but {error}")
            return errors.UNAVAILABLE
        copy_expires, unseen_page = max(check.expiries.values(), default=None), next(iter(check.unseen.values()), None)
    if copy_expires:
        journal.log_error(
            "published, but a cache still gives visitors an older copy. By its Cache-Control, they get this at"
            f" {to_text(copy_expires)}; to publish it sooner, purge the copy at the proxy or CDN."
        )
    if unseen_page:
        journal.log_error(_about_page(unseen_page))
    return errors.UNAVAILABLE if copy_expires or unseen_page else errors.DONE


def _about_page(unseen: Unseen) -> str:
    """Return why it is not known that visitors get the page, and what to do."""
    from elytra_status.publish.target import Unseen

    if unseen is Unseen.LATE:
        return (
            "published, but it is not known whether visitors get this on the page: their address was too slow to read"
            " the page back. Find out why, then let a run read it again: systemctl start elytra-status.service"
        )
    if unseen is Unseen.PROXY:
        return (
            "published, but it is not known whether visitors get this on the page: the proxy of this machine gave no"
            " connection to their address. Check the proxy that the environment names, then let a run read it again:"
            " systemctl start elytra-status.service"
        )
    return (
        "published, but visitors do not get this on the page: the public address returns another page, or none. Purge"
        " the copy at the proxy or CDN and lower its TTL, let it pass on the page, or take page out of PUBLISH."
    )


def _by_service(starter: Starter, given: Prepared) -> int:
    from elytra_status.run import publisher, saved_pair, saved_state
    from elytra_status.system import journal
    from elytra_status.system.systemd import UNIT

    before = saved_state.version(given.state_directory)
    ended = starter.run_service()
    if ended.well:
        print(f"{UNIT}: {ended.status_text or 'done'}")
        if saved_state.version(given.state_directory) == before:
            return _not_known(given)
        if standing_by := saved_pair.read_pair(given.state_directory).standing_by:
            return _stands_by(standing_by)
        if not saved_state.has_published(given.state_directory):
            return _yielded(given)
        saved = publisher.read(given.state_directory)
        return _say_when(given, saved.other, saved)
    outcome = "was not started"  # Unless systemd reports a failure, this is the result of the run before.
    if ended.exit_status:
        reason = ended.status_text.removeprefix("failed: ")
        outcome = f"has failed ({reason or f'{ended.result}, status {ended.exit_status}'})"
    journal.log_error(f"{UNIT} {outcome}. See journalctl -u {UNIT} -n 30; {KEPT}.")
    is_ours = ended.exit_status and ended.exit_status in errors.EXIT_STATUSES
    return ended.exit_status if is_ours else errors.UNAVAILABLE


def _here(given: Prepared) -> int:
    from elytra_status.commands.run import notify_after_run
    from elytra_status.run import job
    from elytra_status.system import journal

    clock = given.clock
    deadline = clock.monotonic() + LONGEST_RUN_SECONDS
    said = False
    while True:
        try:
            outcome = job.run(given.settings, clock, given.state_directory)
        except errors.LockedError:
            # It may already have decided what to publish.
            if clock.monotonic() >= deadline:
                raise
            if not said:
                journal.log_info("another run is under way: waiting for it to end")
                said = True
            clock.sleep(0.5)
        except errors.ElytraStatusError:
            journal.log_warning(KEPT)
            raise
        else:
            print(outcome.summary)
            notify_after_run(given, outcome)
            if outcome.standing_by:
                return _stands_by(outcome.standing_by)
            if not outcome.published:
                return _yielded(given)
            other = outcome.result.other
            return _say_when(given, other.decided if other else None, outcome.result)
