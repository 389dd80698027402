# SPDX-License-Identifier: MIT
"""Decide which channels to notify of a failed unit, and notify them."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from elytra_status import alerts
from elytra_status.alerts import failed_runs, failure_messages, journal_lines, reminder_store, reminders
from elytra_status.alerts import failure as failures
from elytra_status.alerts.channel import Channel, Message
from elytra_status.alerts.condition import WORKS, Condition
from elytra_status.alerts.delivery import error_in_words, send
from elytra_status.alerts.failure import Failure, UnitFailure
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.alerts.notification_language import compose_in_language
from elytra_status.alerts.redact import without_secrets
from elytra_status.alerts.reminders import Course
from elytra_status.errors import LockedError, UsageError
from elytra_status.locale import ENGLISH
from elytra_status.settings import Settings
from elytra_status.system import journal
from elytra_status.system.clock import Clock, for_people

# For one message by all channels in parallel. The units of the alert and of a good run allow for it.
SECONDS = 45.0
SECONDS_AFTER_A_RUN = 20.0
# How long to wait for another alert, which takes little more than SECONDS.
LOCK_SECONDS = 55.0
LOCK_SECONDS_AFTER_A_RUN = 2.0
ReadLines = Callable[[Failure, Clock], list[JournalLine]]


def notify_failure(
    settings: Settings,
    clock: Clock,
    state_directory: Path,
    unit: str,
    environment: Mapping[str, str],
    read_lines: ReadLines = journal_lines.last_lines,
) -> bool:
    """See `notify.report_failure`."""
    if not re.fullmatch(r"[A-Za-z0-9:_.\\@-]{1,200}\.service", unit):
        raise UsageError("the unit is not a service", "Name a service, such as elytra-status.service")
    failure = failures.from_environment(unit, environment)
    if failure.result in ("", "success", failures.START_REFUSED):
        refused = failure.result == failures.START_REFUSED
        return _nothing_failed(alerts.configured(settings), settings.language, clock, unit, refused=refused)
    with reminder_store.lock_reminders(state_directory, clock, LOCK_SECONDS):
        now = clock.now()
        courses = reminder_store.read(state_directory)
        runs = _failed_runs(failure, now)
        condition = Condition(unit, 1, "failed", since=runs[0])
        course = _failed_again(courses.get(unit), condition, failure, runs, now)
        repeat = timedelta(hours=settings.alert_repeat_hours)
        everyone = alerts.configured(settings)
        reasons = {one.name: reminders.reason_due(course, condition, one.name, now, repeat) for one in everyone}
        due = [channel for channel in everyone if reasons[channel.name]]
        _warn_of_silence(everyone, failures.failure_subject(failure, ENGLISH))
        _log_last_notifications(course, [one for one in everyone if one not in due], settings.alert_repeat_hours, now)
        lines = _lines(read_lines, failure, settings, clock) if due else []

        def compose(channel: Channel) -> Message:
            reminder = reasons[channel.name] == reminders.REMINDER
            failed = _unit_failure(unit, course, failure)
            return compose_in_language(
                settings.language,
                lambda language: failure_messages.failed(
                    failed, lines, settings, now, socket.gethostname(), language, reminder=reminder
                ),
            )

        took = send(due, compose, clock, SECONDS, tries=2)
        after = reminders.after_notifying(course, condition, _names(due), took, _names(everyone), now)
        reminder_store.write(state_directory, {**courses, unit: after or course})
        return len(took) == len(due)


def _names(channels: list[Channel]) -> list[str]:
    return [channel.name for channel in channels]


def _failed_again(
    before: Course | None, condition: Condition, failure: Failure, runs: list[datetime], now: datetime
) -> Course:
    """Return the course of a unit after one more failed run.

    `runs` are the failed runs in the journal.
    """
    course = reminders.step(before, condition, now)
    assert course is not None, "a failure is a condition that is not well"
    count = max(_count(course) + 1, sum(moment.replace(microsecond=0) >= course.since for moment in runs))
    return replace(course, details={"failures": count, "result": failure.result, "status": failure.status})


def _count(course: Course) -> int:
    count = course.details.get("failures")
    return count if isinstance(count, int) else 0


def _unit_failure(unit: str, course: Course, last: Failure | None = None) -> UnitFailure:
    details = course.details
    last = last or Failure(unit, str(details.get("result", "")), str(details.get("status", "")))
    return UnitFailure(unit, course.since, max(1, _count(course)), last, course.over)


def _failed_runs(failure: Failure, now: datetime) -> list[datetime]:
    """Return when runs of the unit failed since its last good one, oldest first.

    This run is one of them.
    """
    try:
        moments = failed_runs.moments(failure.unit)
    except Exception as error:
        words = f"the journal does not say since when {failure.unit} fails: {type(error).__name__}"
        journal.log_warning(words, event="alert")
        moments = {}
    if failure.invocation or not moments:
        # The journal may not hold the end of this run yet.
        moments.setdefault(failure.invocation, now)
    return sorted(min(moment, now).replace(microsecond=0) for moment in moments.values())


def _nothing_failed(everyone: list[Channel], language: str, clock: Clock, unit: str, *, refused: bool) -> bool:
    """Notify that no run has failed.

    The alert was started by hand, or a start was refused.
    """
    _warn_of_silence(everyone, f"no run of {unit} has failed")
    compose = failure_messages.refused if refused else failure_messages.trial
    words = compose_in_language(language, lambda its: compose(unit, clock.now(), socket.gethostname(), its))
    return len(send(everyone, lambda _: words, clock, SECONDS, tries=2)) == len(everyone)


def _warn_of_silence(channels: list[Channel], what: str) -> None:
    if not channels:
        journal.log_warning(
            f"{what}, and nobody is notified: no channel for notifications is set up."
            " Set SMTP_HOST, or another channel, in /etc/elytra-status/elytra-status.conf.",
            event="alert",
        )


def _log_last_notifications(course: Course, not_due: list[Channel], repeat_hours: float, now: datetime) -> None:
    """Log why nobody is notified now.

    Without this line it would look like a lost notification.
    """
    for name in sorted(channel.name for channel in not_due):
        ago = for_people((now - course.notified[name].moment).total_seconds())
        every = f"every {repeat_hours:g} hours"
        journal.log_info(
            f"notified by {name} {ago} ago; a reminder follows {every} while this lasts", event="alert", channel=name
        )


def _lines(read_lines: ReadLines, failure: Failure, settings: Settings, clock: Clock) -> list[JournalLine]:
    """Return the lines of a run without secrets, none if that fails.

    The alert is more important than the lines.
    """
    try:
        lines = read_lines(failure, clock)
        texts = without_secrets([line.text for line in lines], settings)
        return [replace(line, text=text) for line, text in zip(lines, texts, strict=True)]
    except Exception as error:
        journal.log_warning(f"the alert goes out without lines of the journal: {type(error).__name__}", event="alert")
        return []


def notify_success(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    """See `notify.report_success`."""
    try:
        if unit in reminder_store.read(state_directory):
            with reminder_store.lock_reminders(state_directory, clock, LOCK_SECONDS_AFTER_A_RUN):
                _notify_of_end(settings, clock, state_directory, unit)
    except LockedError:
        journal.log_info(f"another notification is being sent. The next run of {unit} notifies that it works again.")
    except Exception as error:
        journal.log_error(
            f"the notification that {unit} works again was not sent: {error_in_words(error)}",
            event="alert",
        )


def _notify_of_end(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    now, condition = clock.now(), Condition(unit, 0, WORKS)
    courses = reminder_store.read(state_directory)
    course = reminders.step(courses.pop(unit, None), condition, now)
    if course is not None:
        repeat = timedelta(hours=settings.alert_repeat_hours)
        everyone = alerts.configured(settings)
        due = [one for one in everyone if reminders.reason_due(course, condition, one.name, now, repeat)]
        ended = _unit_failure(unit, course)

        def compose(channel: Channel) -> Message:
            was_notified = channel.name in course.notified
            return compose_in_language(
                settings.language,
                lambda language: failure_messages.over(
                    ended, now, socket.gethostname(), language, was_notified=was_notified
                ),
            )

        took = send(due, compose, clock, SECONDS_AFTER_A_RUN, tries=1)
        if after := reminders.after_notifying(course, condition, _names(due), took, _names(everyone), now):
            courses[unit] = after
    reminder_store.write(state_directory, courses)
