# SPDX-License-Identifier: MIT
"""The message about a failed unit: problem, beginning, evidence, remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from elytra_status.alerts import failure as failures
from elytra_status.alerts.channel import Message, Severity
from elytra_status.alerts.failure import (
    CONTAINER_DROP_IN,
    CREDENTIALS,
    FRESHNESS,
    NO_SANDBOX,
    NO_USER,
    RUN,
    Failure,
    UnitFailure,
)
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.alerts.message_parts import (
    fact_table,
    fill,
    message_text,
    since_when,
    steps_paragraph,
    subject_line,
    while_this_lasts,
)
from elytra_status.errors import INTERNAL, LOCKED, REFUSED, SETTINGS, UNREADABLE
from elytra_status.locale import Language, to_translate
from elytra_status.settings import Settings
from elytra_status.sources import only_watches
from elytra_status.system.clock import to_text

# The remedy for each exit status: what a command is for, and the command.
_SANDBOX = (
    to_translate("if this is a container, show the commands that turn the sandbox off"),
    f"head -n 12 {CONTAINER_DROP_IN}",
)
_STEPS = {
    REFUSED: (
        to_translate("remove what is named above, or add its name to PUBLIC_WORDS"),
        "elytra-status config check",
    ),
    UNREADABLE: (
        to_translate("see the file, the problem and the remedy; nothing is published until the file is repaired"),
        "elytra-status override show",
    ),
    INTERNAL: (
        to_translate("read the lines of the internal error, and report it with them"),
        f"journalctl -u {RUN} -n 100",
    ),
    LOCKED: (to_translate("see whether a run hangs, or was started by hand"), f"systemctl status {RUN}"),
    SETTINGS: (to_translate("list every error in the settings, with its remedy"), "elytra-status config check"),
    NO_USER: _SANDBOX,
    NO_SANDBOX: _SANDBOX,
    CREDENTIALS: (
        to_translate("see whether a file is missing"),
        "ls -l /etc/elytra-status /etc/elytra-status/credentials",
    ),
}


def failed(
    unit_failure: UnitFailure,
    lines: list[JournalLine],
    settings: Settings,
    now: datetime,
    host: str,
    language: Language,
    *,
    reminder: bool,
) -> Message:
    """Return the message that a unit has failed, or a reminder that it still does.

    `lines` are the last lines of the last run, without secrets.
    """
    failure = unit_failure.last
    headline = failures.failure_subject(failure, language, still=reminder)
    facts = [
        (to_translate("What"), headline),
        (to_translate("Why"), language.isolated(_reason(failure, lines))),
        (to_translate("Result"), language.isolated(_result(failure))),
        (to_translate("Since"), _since(unit_failure, now, language)),
        (to_translate("Where"), _where(failure, host, language)),
        (to_translate("Effect"), _effect(failure, settings.freshness_max_age_minutes, language)),
    ]
    paragraphs = [
        fact_table(facts, language),
        _journal_lines(lines, language),
        steps_paragraph(_steps(failure, settings), language),
        while_this_lasts(settings.alert_repeat_hours, language),
    ]
    how, moment = failures.how(failure), language.isolated(since_when(unit_failure.since, now))
    subject = (
        language.text(
            "{headline} ({result}) since {moment}", headline=headline, result=language.isolated(how), moment=moment
        )
        if how
        else language.text("{headline} since {moment}", headline=headline, moment=moment)
    )
    return _message(subject, paragraphs, unit_failure, now, host, language)


def over(unit_failure: UnitFailure, now: datetime, host: str, language: Language, *, was_notified: bool) -> Message:
    """Return the message that a unit works again.

    `was_notified` says that this channel was notified of the failure.
    """
    until = unit_failure.over or now
    lasted = language.rough_length((until - unit_failure.since).total_seconds())
    works = failures.works(unit_failure.unit, language)
    span = language.text(
        "{duration}, from {start} to {end}: {runs}",
        duration=lasted,
        start=language.isolated(to_text(unit_failure.since)),
        end=language.isolated(to_text(until)),
        runs=_count(unit_failure, language),
    )
    facts = [
        (to_translate("What"), works),
        (to_translate("Lasted"), span),
        (to_translate("Was"), language.isolated(_result(unit_failure.last))),
        (to_translate("Where"), _where(Failure(unit_failure.unit), host, language)),
    ]
    end = (
        language.text("No action is needed.")
        if was_notified
        else language.text(
            "No action is needed. No notification of the failure itself reached this channel;"
            " journalctl -t elytra-status says why."
        )
    )
    subject = language.text("{headline} after {duration}", headline=works, duration=lasted)
    message = _message(subject, [fact_table(facts, language), fill(end)], unit_failure, now, host, language)
    return replace(message, level=Severity.GOOD, event="over")


def trial(unit: str, now: datetime, host: str, language: Language) -> Message:
    """Return the message for an alert that was started by hand: nothing has failed."""
    facts = [
        (to_translate("What"), language.text("nothing has failed")),
        (to_translate("Why"), language.text("This alert was started by hand to test whether it arrives.")),
        (to_translate("Where"), _where(Failure(unit), host, language)),
    ]
    words = message_text([fact_table(facts, language), language.text("No action is needed.")])
    subject = subject_line(host, language.text("alerts arrive, nothing has failed"), language)
    return Message(subject, words, now, unit, Severity.GOOD, "test")


def refused(unit: str, now: datetime, host: str, language: Language) -> Message:
    """Return the message that systemd refused to start a unit.

    Its last run succeeded.
    """
    shown = language.isolated(unit)
    why = language.text(
        "A drop-in on this machine limits how often {unit} may start (StartLimitBurst=).",
        unit=shown,
    )
    facts = [
        (to_translate("What"), language.text("systemd refused to start the unit; no run has failed")),
        (to_translate("Why"), why),
        (to_translate("Where"), _where(Failure(unit), host, language)),
    ]
    steps = [
        (to_translate("see whether the drop-in is there on purpose"), f"systemctl cat {unit}"),
        (to_translate("start the unit nevertheless"), f"systemctl reset-failed {unit}\n  systemctl start {unit}"),
    ]
    paragraphs = [fact_table(facts, language), steps_paragraph(steps, language)]
    subject = subject_line(host, language.text("a start of {unit} was refused", unit=shown), language)
    return Message(subject, message_text(paragraphs), now, unit)


def _message(
    subject: str, paragraphs: list[str], unit_failure: UnitFailure, now: datetime, host: str, language: Language
) -> Message:
    name = f"{unit_failure.unit}.{unit_failure.since:%Y%m%dT%H%M%SZ}"
    return Message(subject_line(host, subject, language), message_text(paragraphs), now, name)


def _reason(failure: Failure, lines: list[JournalLine]) -> str:
    """Return the line of the journal that says why a run failed, '' if there is none."""
    reasons = [line.text for line in lines if line.is_reason]
    # The last line gives the reason. If the settings are wrong, that line has only the number of faults.
    return reasons[0 if failure.exit_status == SETTINGS else -1] if reasons else ""


def _since(unit_failure: UnitFailure, now: datetime, language: Language) -> str:
    moment, runs = language.isolated(to_text(unit_failure.since)), _count(unit_failure, language)
    age = (now - unit_failure.since).total_seconds()
    if age < 60:
        return language.text("{moment}, just now: {runs}", moment=moment, runs=runs)
    duration = language.rough_length(age)
    return language.text("{moment}, {duration} ago: {runs}", moment=moment, duration=duration, runs=runs)


def _where(failure: Failure, host: str, language: Language) -> str:
    host, unit = language.isolated(host), language.isolated(failure.unit)
    if not failure.invocation:
        return language.listed([host, unit])
    invocation = language.isolated(failure.invocation)
    return language.text("{host}, {unit}, run {invocation}", host=host, unit=unit, invocation=invocation)


def _journal_lines(lines: list[JournalLine], language: Language) -> str:
    if not lines:
        return fill(language.text("The journal holds no lines of that run, or the user elytra-status may not read it."))
    heading = language.text("Last lines of that run (UTC):")
    return "\n".join([heading, "", *(f"  {line.time:8}  {line.text}" for line in lines)])


def _count(unit_failure: UnitFailure, language: Language) -> str:
    return language.count("{number} failed run", "{number} failed runs", unit_failure.failures)


def _result(failure: Failure) -> str:
    """Return the result of systemd with its meaning, in the words of the manual page."""
    status = failure.exit_status
    ended = failures.how(failure) if status is None else f"{failure.result} {status}"
    meaning = failures.meaning(failure)
    return f"{ended}: {meaning}" if meaning else ended


def _effect(failure: Failure, max_age_minutes: int, language: Language) -> str:
    if failure.unit == FRESHNESS:
        return language.text("Visitors do not see the current status.")
    if failure.unit == RUN:
        return language.count(
            "Nothing new is published. Visitors see the last good status, and treat it as unknown once it is older"
            " than {number} minute.",
            "Nothing new is published. Visitors see the last good status, and treat it as unknown once it is older"
            " than {number} minutes.",
            max_age_minutes,
        )
    return ""


def _steps(failure: Failure, settings: Settings) -> list[tuple[str, str]]:
    """Return the remedies: what each command is for, and the command."""
    whole = f"journalctl -u {failure.unit} -n 100"
    if failure.invocation:
        whole = f"journalctl _SYSTEMD_INVOCATION_ID={failure.invocation}"
    steps = []
    if failure.exit_status in _STEPS:
        steps.append(_STEPS[failure.exit_status])
    if failure.unit == FRESHNESS and only_watches(settings):
        purpose = to_translate("on the machine that publishes, see why it does not, or whether it is off")
        steps.append((purpose, "elytra-status doctor"))
    elif failure.unit == FRESHNESS:
        steps.append((to_translate("see whether the last run published"), f"systemctl status {RUN}"))
        steps.append((to_translate("see when the next run is due"), "systemctl list-timers 'elytra-status*'"))
    steps.append((to_translate("read the whole log of the run"), whole))
    steps.append((to_translate("when the cause is fixed, try again"), f"systemctl start {failure.unit}"))
    return steps
