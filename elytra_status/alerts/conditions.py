# SPDX-License-Identifier: MIT
"""Notify of conditions at the end of a run, if a channel does not know them yet."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from elytra_status import alerts
from elytra_status.alerts import condition_messages, reminder_store, reminders
from elytra_status.alerts.channel import Channel, Message
from elytra_status.alerts.condition import Condition
from elytra_status.alerts.delivery import error_in_words, send
from elytra_status.alerts.notification_language import compose_in_language
from elytra_status.alerts.reminders import Course
from elytra_status.errors import LockedError
from elytra_status.locale import Language
from elytra_status.settings import Settings
from elytra_status.system import journal
from elytra_status.system.clock import Clock

# For all messages of a run together. The unit of a run allows for it, after RUN_DEADLINE_SECONDS.
SECONDS = 20.0
LOCK_SECONDS = 2.0


def notify_of_conditions(settings: Settings, clock: Clock, state_directory: Path, found: list[Condition]) -> None:
    """Send the notifications that are due.

    Raise nothing: the run succeeded, and the next run tries again.
    """
    channels = alerts.configured(settings)
    if not channels:
        return
    try:
        with reminder_store.lock_reminders(state_directory, clock, LOCK_SECONDS):
            before = reminder_store.read(state_directory)
            after = _notify_all(settings, channels, clock, found, before)
            # Conditions that this run did not judge stay as they were.
            courses = {**before, **after}
            reminder_store.write(state_directory, {name: course for name, course in courses.items() if course})
    except LockedError:
        journal.log_info("another notification is being sent. The next run sends what is due.", event="alert")
    except Exception as error:
        journal.log_error(f"notifications were not sent: {error_in_words(error)}", event="alert")


def _notify_all(
    settings: Settings, channels: list[Channel], clock: Clock, found: list[Condition], before: Mapping[str, Course]
) -> dict[str, Course | None]:
    """Send what is due, and return the course of each condition.

    A slow channel leaves time for the following messages.
    """
    now, repeat = clock.now(), timedelta(hours=settings.alert_repeat_hours)
    found = [reminders.with_silent(one, before.get(one.name)) for one in found]
    after = {one.name: _step(before.get(one.name), one, now) for one in found}
    reasons = {one.name: _reasons(channels, repeat, one, after[one.name], now) for one in found}
    deadline, waiting = clock.monotonic() + SECONDS, sum(map(bool, reasons.values()))
    for one in found:
        course = after[one.name]
        if course:
            seconds = (deadline - clock.monotonic()) / max(waiting, 1)
            after[one.name] = _notify(settings, channels, clock, one, course, reasons[one.name], seconds)
            waiting -= bool(reasons[one.name])
    return after


def _step(before: Course | None, condition: Condition, now: datetime) -> Course | None:
    course = reminders.step(before, condition, now)
    if course is None:
        return None
    if condition_messages.notifies_end(condition):
        return reminders.without_mended(course, condition)
    # If nobody is notified that it is better, it counts as worse again from its present level.
    return reminders.lowered(course, condition)


def _reasons(
    channels: list[Channel], repeat: timedelta, condition: Condition, course: Course | None, now: datetime
) -> dict[str, str]:
    """Return, by channel, why it must be notified."""
    if course is None:
        return {}
    reasons = {}
    for channel in channels:
        why = reminders.reason_due(course, condition, channel.name, now, repeat)
        if why and (condition_messages.notifies_end(condition) or why == reminders.WORSE):
            reasons[channel.name] = why
    return reasons


def _notify(
    settings: Settings,
    channels: list[Channel],
    clock: Clock,
    condition: Condition,
    course: Course,
    reasons: Mapping[str, str],
    seconds: float,
) -> Course | None:
    now = clock.now()

    def composed(channel: Channel, language: Language) -> Message:
        return condition_messages.compose(
            condition,
            course,
            reasons[channel.name],
            now,
            socket.gethostname(),
            settings.alert_repeat_hours,
            language,
            with_names=settings.alert_detail == "full",
        )

    def compose(channel: Channel) -> Message:
        return compose_in_language(settings.language, partial(composed, channel))

    due = [channel for channel in channels if channel.name in reasons]
    notified = send(due, compose, clock, seconds, tries=1)
    if not condition.level and not condition_messages.notifies_end(condition):
        return None
    return reminders.after_notifying(course, condition, reasons, notified, [one.name for one in channels], now)
