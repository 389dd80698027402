# SPDX-License-Identifier: MIT
"""Decides who is to be told of what, tells them, and remembers it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from elytra_status import alerts, journal
from elytra_status.alerts import failure as failures
from elytra_status.alerts import incidents, journal_lines, message
from elytra_status.alerts.channel import AlertError, Channel, Message
from elytra_status.alerts.cut import without_secrets
from elytra_status.alerts.failure import Failure
from elytra_status.alerts.incidents import Incident
from elytra_status.alerts.journal_lines import Line
from elytra_status.clock import Clock, for_people
from elytra_status.errors import ElytraStatusError, LockedError, UsageError
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side

# For one message by all channels at once. The alert's unit and a good run's unit leave time for it.
SECONDS = 45.0
SECONDS_AFTER_A_RUN = 20.0
# How long to wait for another alert, which takes little more than SECONDS.
LOCK_SECONDS = 55.0
LOCK_SECONDS_AFTER_A_RUN = 2.0
# A passing fault is tried once more after this time, or after what the service asks for if it is not more
# than the second.
PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 20.0
# Runs are not evenly spaced to the second: a reminder may come this much early.
EARLY = timedelta(minutes=2)
# A moment further ahead than this came from a wrong clock.
FUTURE = timedelta(minutes=5)

ReadLines = Callable[[Failure, Clock], list[Line]]


def report_failure(
    settings: Settings,
    clock: Clock,
    state_directory: Path,
    unit: str,
    environment: Mapping[str, str],
    read_lines: ReadLines = journal_lines.read,
) -> bool:
    """See `alerts.report_failure`."""
    if not re.fullmatch(r"[A-Za-z0-9:_.\\@-]{1,200}\.service", unit):
        raise UsageError("the alert is for no service", "name one, such as elytra-status.service")
    failure = failures.from_environment(unit, environment)
    if failure.result in ("", "success", failures.START_REFUSED):
        return _nothing_failed(settings, clock, unit, refused=failure.result == failures.START_REFUSED)
    with incidents.lock(state_directory, clock, LOCK_SECONDS):
        now = clock.now()
        known = incidents.read(state_directory)
        before = known.get(unit)
        if before and before.over is None and before.since <= now + FUTURE:
            incident = before.fails_again(failure)
        else:
            incident = Incident(unit, now, 1, failure)
        due = [channel for channel in _configured(settings) if _is_due(incident, channel.NAME, now, settings)]
        _warn_of_silence(settings, failures.headline(failure))
        _say_who_knows(incident, due, settings, now)
        lines = _lines(read_lines, failure, settings, clock) if due else []

        def compose(channel: Channel) -> Message:
            reminder = channel.NAME in incident.told
            return message.failed(incident, lines, settings, now, socket.gethostname(), reminder=reminder)

        told = _send(due, compose, settings, clock, SECONDS, tries=2)
        incident = replace(incident, told={**incident.told, **dict.fromkeys(told, now)})
        incidents.write(state_directory, {**known, unit: incident})
        return len(told) == len(due)


def _nothing_failed(settings: Settings, clock: Clock, unit: str, *, refused: bool) -> bool:
    """Tell that no run has failed: the alert was started by hand, or a start was refused."""
    _warn_of_silence(settings, f"no run of {unit} has failed")
    words = (message.refused if refused else message.trial)(unit, clock.now(), socket.gethostname())
    everyone = _configured(settings)
    return len(_send(everyone, lambda _: words, settings, clock, SECONDS, tries=2)) == len(everyone)


def _warn_of_silence(settings: Settings, what: str) -> None:
    if not _configured(settings):
        journal.warning(
            f"{what}, and nobody is told: no way to send alerts is set up;"
            " set SMTP_HOST or SENDGRID_API_KEY in /etc/elytra-status/elytra-status.conf",
            event="alert",
        )


def _say_who_knows(incident: Incident, due: list[Channel], settings: Settings, now: datetime) -> None:
    """Say why nobody is told at present, which else looks like an alert that got lost."""
    names = {channel.NAME for channel in _configured(settings)} - {channel.NAME for channel in due}
    for name in sorted(names):
        ago = for_people((now - incident.told[name]).total_seconds())
        every = f"every {settings.alert_repeat_hours:g} hours"
        journal.info(
            f"told by {name} {ago} ago; a reminder follows {every} while this lasts", event="alert", channel=name
        )


def _lines(read_lines: ReadLines, failure: Failure, settings: Settings, clock: Clock) -> list[Line]:
    """Return the lines of a run without secrets; none where that fails, as the alert is more important."""
    try:
        lines = read_lines(failure, clock)
        texts = without_secrets([line.text for line in lines], settings)
        return [replace(line, text=text) for line, text in zip(lines, texts, strict=True)]
    except Exception as error:
        journal.warning(f"the alert goes out without lines of the journal: {type(error).__name__}", event="alert")
        return []


def incident_is_over(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    """See `alerts.incident_is_over`."""
    try:
        if unit in incidents.read(state_directory):
            with incidents.lock(state_directory, clock, LOCK_SECONDS_AFTER_A_RUN):
                _tell_over(settings, clock, state_directory, unit)
    except LockedError:
        journal.info(f"an alert is just being sent; that {unit} works again is told after its next run")
    except Exception as error:
        journal.error(f"a fault while telling that {unit} works again: {type(error).__name__}", event="alert")


def _tell_over(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    known = incidents.read(state_directory)
    incident = known.pop(unit, None)
    if incident is None:
        return
    now = clock.now()
    incident = replace(incident, over=incident.over or now)
    untold = [channel for channel in _configured(settings) if channel.NAME not in incident.told_over]

    def compose(channel: Channel) -> Message:
        return message.over(incident, now, socket.gethostname(), was_told=channel.NAME in incident.told)

    told = _send(untold, compose, settings, clock, SECONDS_AFTER_A_RUN, tries=1)
    if len(told) < len(untold):
        known[unit] = replace(incident, told_over=incident.told_over.union(told))
    incidents.write(state_directory, known)


def _configured(settings: Settings) -> list[Channel]:
    return [channel for channel in alerts.channels() if channel.is_configured(settings)]


def _is_due(incident: Incident, name: str, now: datetime, settings: Settings) -> bool:
    last = incident.told.get(name)
    if last is None or last > now + FUTURE:
        return True
    return now - last >= timedelta(hours=settings.alert_repeat_hours) - EARLY


def _send(
    due: list[Channel],
    compose: Callable[[Channel], Message],
    settings: Settings,
    clock: Clock,
    seconds: float,
    tries: int,
) -> list[str]:
    """Send by several channels at once, and return the names of those that took the message."""
    messages = {channel.NAME: compose(channel) for channel in due}
    tasks = {
        channel.NAME: (seconds, partial(_send_by, channel, messages[channel.NAME], settings, clock, tries))
        for channel in due
    }
    told = []
    for name, error in side_by_side(tasks).items():
        if error is None:
            journal.info(f"told by {name}: {messages[name].subject}", event="alert", channel=name)
            told.append(name)
            continue
        # The text of an error that is not ours could hold anything.
        words = str(error) if isinstance(error, ElytraStatusError) else f"a fault ({type(error).__name__})"
        journal.error(
            f"not told by {name}: {words}; it is tried again at the next run",
            event="alert",
            channel=name,
            permanent=isinstance(error, AlertError) and error.permanent,
        )
    return told


def _send_by(channel: Channel, text: Message, settings: Settings, clock: Clock, tries: int) -> None:
    for _ in range(tries - 1):
        try:
            return channel.send(settings, text)
        except AlertError as error:
            pause = PAUSE_SECONDS if error.retry_after is None else error.retry_after
            if error.permanent or pause > LONGEST_PAUSE_SECONDS:
                raise
        clock.sleep(pause)
    return channel.send(settings, text)
