# SPDX-License-Identifier: MIT
"""Decides who is to be told of what, tells them, and remembers it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from elytra_status import alerts
from elytra_status.alerts import dead_man, failed_runs, failure_messages, incidents, journal_lines
from elytra_status.alerts import failure as failures
from elytra_status.alerts.channel import Channel, Message
from elytra_status.alerts.delivery import attempt, in_words, send
from elytra_status.alerts.failure import Failure
from elytra_status.alerts.incidents import UnitFailure
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.alerts.redact import without_secrets
from elytra_status.errors import LockedError, NoAnswerError, UsageError
from elytra_status.settings import Settings
from elytra_status.system import journal
from elytra_status.system.clock import Clock, for_people

# For one message by all channels at once. The alert's unit and a good run's unit leave time for it.
SECONDS = 45.0
SECONDS_AFTER_A_RUN = 20.0
# How long to wait for another alert, which takes little more than SECONDS.
LOCK_SECONDS = 55.0
LOCK_SECONDS_AFTER_A_RUN = 2.0
# Runs are not evenly spaced to the second: a reminder may come this much early.
EARLY = timedelta(minutes=2)
# A moment further ahead than this came from a wrong clock.
FUTURE = timedelta(minutes=5)

ReadLines = Callable[[Failure, Clock], list[JournalLine]]


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
        incident = _incident(known.get(unit), failure, now)
        due = [channel for channel in alerts.configured(settings) if _is_due(incident, channel.NAME, now, settings)]
        _warn_of_silence(settings, failures.headline(failure))
        _say_who_knows(incident, due, settings, now)
        lines = _lines(read_lines, failure, settings, clock) if due else []

        def compose(channel: Channel) -> Message:
            reminder = channel.NAME in incident.told
            return failure_messages.failed(incident, lines, settings, now, socket.gethostname(), reminder=reminder)

        told = send(due, compose, settings, clock, SECONDS, tries=2)
        incident = replace(incident, told={**incident.told, **dict.fromkeys(told, now)})
        incidents.write(state_directory, {**known, unit: incident})
        return len(told) == len(due)


def _incident(before: UnitFailure | None, failure: Failure, now: datetime) -> UnitFailure:
    """Return the incident that a failure belongs to: the one of before, or a new one."""
    known = _failed_runs(failure.unit)
    if failure.invocation or not known:
        # The journal may not hold the end of this run yet.
        known.setdefault(failure.invocation, now)
    runs = sorted(min(moment, now) for moment in known.values())
    if before and before.over is None and before.since <= now + FUTURE:
        return before.fails_again(failure, sum(moment >= before.since for moment in runs))
    return UnitFailure(failure.unit, runs[0].replace(microsecond=0), len(runs), failure)


def _failed_runs(unit: str) -> dict[str, datetime]:
    try:
        return failed_runs.moments(unit)
    except Exception as error:
        journal.warning(f"the journal does not say since when {unit} fails: {type(error).__name__}", event="alert")
        return {}


def _nothing_failed(settings: Settings, clock: Clock, unit: str, *, refused: bool) -> bool:
    """Tell that no run has failed: the alert was started by hand, or a start was refused."""
    _warn_of_silence(settings, f"no run of {unit} has failed")
    words = (failure_messages.refused if refused else failure_messages.trial)(unit, clock.now(), socket.gethostname())
    everyone = alerts.configured(settings)
    return len(send(everyone, lambda _: words, settings, clock, SECONDS, tries=2)) == len(everyone)


def test(settings: Settings, clock: Clock) -> dict[str, str]:
    """See `alerts.test`."""
    trial = failure_messages.trial("elytra-status", clock.now(), socket.gethostname())
    channels = alerts.configured(settings)
    errors = attempt(channels, {channel.NAME: trial for channel in channels}, settings, clock, SECONDS, tries=1)
    results = {name: in_words(error) if error else "" for name, error in errors.items()}
    if settings.dead_man_url:
        try:
            dead_man.ask(settings)
            results["dead_man"] = ""
        except NoAnswerError as error:
            results["dead_man"] = str(error)
    return results


def _warn_of_silence(settings: Settings, what: str) -> None:
    if not alerts.configured(settings):
        journal.warning(
            f"{what}, and nobody is told: no way to send alerts is set up;"
            " set SMTP_HOST, or another way, in /etc/elytra-status/elytra-status.conf",
            event="alert",
        )


def _say_who_knows(incident: UnitFailure, due: list[Channel], settings: Settings, now: datetime) -> None:
    """Say why nobody is told at present, which else looks like an alert that got lost."""
    names = {channel.NAME for channel in alerts.configured(settings)} - {channel.NAME for channel in due}
    for name in sorted(names):
        ago = for_people((now - incident.told[name]).total_seconds())
        every = f"every {settings.alert_repeat_hours:g} hours"
        journal.info(
            f"told by {name} {ago} ago; a reminder follows {every} while this lasts", event="alert", channel=name
        )


def _lines(read_lines: ReadLines, failure: Failure, settings: Settings, clock: Clock) -> list[JournalLine]:
    """Return the lines of a run without secrets; none where that fails, as the alert is more important."""
    try:
        lines = read_lines(failure, clock)
        texts = without_secrets([line.text for line in lines], settings)
        return [replace(line, text=text) for line, text in zip(lines, texts, strict=True)]
    except Exception as error:
        journal.warning(f"the alert goes out without lines of the journal: {type(error).__name__}", event="alert")
        return []


def report_success(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    """See `alerts.report_success`."""
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
    untold = [channel for channel in alerts.configured(settings) if channel.NAME not in incident.told_over]

    def compose(channel: Channel) -> Message:
        return failure_messages.over(incident, now, socket.gethostname(), was_told=channel.NAME in incident.told)

    told = send(untold, compose, settings, clock, SECONDS_AFTER_A_RUN, tries=1)
    if len(told) < len(untold):
        known[unit] = replace(incident, told_over=incident.told_over.union(told))
    incidents.write(state_directory, known)


def _is_due(incident: UnitFailure, name: str, now: datetime, settings: Settings) -> bool:
    last = incident.told.get(name)
    if last is None or last > now + FUTURE:
        return True
    return now - last >= timedelta(hours=settings.alert_repeat_hours) - EARLY
