# SPDX-License-Identifier: MIT
"""Tells at the end of a run how platform, backups and override stand, where somebody does not know yet."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from elytra_status import alerts, files, journal
from elytra_status.alerts import condition_words, incidents, progress
from elytra_status.alerts.channel import Channel, Message
from elytra_status.alerts.conditions import Condition
from elytra_status.alerts.progress import Course
from elytra_status.alerts.sending import send
from elytra_status.clock import Clock
from elytra_status.errors import LockedError
from elytra_status.settings import Settings

FILE = "conditions.json"
SECONDS = 20.0
LOCK_SECONDS = 2.0


def follow(settings: Settings, clock: Clock, state_directory: Path, found: list[Condition]) -> None:
    """Tell what is due. Raises nothing: the run was good, and what could not be told is tried again at the next."""
    if not alerts.configured(settings):
        return
    try:
        with incidents.lock(state_directory, clock, LOCK_SECONDS):
            path = state_directory / FILE
            before = progress.from_json(files.read_json(path))
            after = {one.name: _tell(settings, clock, one, before.get(one.name)) for one in found}
            # What nobody looked at in this run is as it was.
            courses = {**before, **after}
            _keep(path, {name: course for name, course in courses.items() if course})
    except LockedError:
        journal.info("an alert is just being sent; how things stand is told after the next run", event="alert")
    except Exception as error:
        journal.error(f"a fault while telling how things stand: {type(error).__name__}", event="alert")


def _tell(settings: Settings, clock: Clock, condition: Condition, before: Course | None) -> Course | None:
    now = clock.now()
    course = progress.step(before, condition, now)
    if course is None:
        return None
    repeat = timedelta(hours=settings.alert_repeat_hours)
    channels = alerts.configured(settings)
    reasons: dict[str, str] = {}
    for channel in channels:
        why = progress.due(course, condition, channel.NAME, now, repeat)
        if why and (condition_words.tells_when_over(condition) or why == progress.WORSE):
            reasons[channel.NAME] = why

    def compose(channel: Channel) -> Message:
        return condition_words.compose(condition, course, reasons[channel.NAME], settings, now, socket.gethostname())

    due = [channel for channel in channels if channel.NAME in reasons]
    told = send(due, compose, settings, clock, SECONDS, tries=1)
    if not condition.level and not condition_words.tells_when_over(condition):
        return None
    return progress.after_telling(course, condition, told, [channel.NAME for channel in channels], now)


def _keep(path: Path, courses: Mapping[str, Course]) -> None:
    try:
        files.write_atomically(path, json.dumps(progress.to_json(courses), indent=1).encode(), 0o600)
        files.give_to_owner(path)
    except OSError as error:
        journal.error(f"{path} cannot be written: {error.strerror}; what was told is told again", event="alert")
