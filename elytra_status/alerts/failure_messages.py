# SPDX-License-Identifier: MIT
"""The message about a failed unit: problem, beginning, evidence, remedy."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import datetime, timedelta

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
from elytra_status.errors import INTERNAL, LOCKED, REFUSED, SETTINGS, UNREADABLE
from elytra_status.model import number_of
from elytra_status.settings import Settings
from elytra_status.sources import only_watches
from elytra_status.system.clock import for_people, to_text

_LABEL = 9
_WIDTH = 76
# After this time an hour alone does not say which day is meant.
_SAME_DAY = timedelta(hours=20)
_NO_LINES = "The journal holds no lines of that run, or the user elytra-status may not read it."
# The remedy for each exit status: a command, and what it is for.
_STEPS = {
    REFUSED: ("elytra-status config check", "remove what is named above, or add its name to PUBLIC_WORDS"),
    UNREADABLE: (
        "elytra-status override show",
        "see the file, the problem and the remedy; nothing is published until then",
    ),
    INTERNAL: (f"journalctl -u {RUN} -n 100", "read the lines of the internal error, and report it with them"),
    LOCKED: (f"systemctl status {RUN}", "see whether a run hangs, or was started by hand"),
    SETTINGS: ("elytra-status config check", "list every error in the settings, with its remedy"),
    NO_USER: (f"head -n 12 {CONTAINER_DROP_IN}", "if this is a container, show the commands that turn the sandbox off"),
    NO_SANDBOX: (
        f"head -n 12 {CONTAINER_DROP_IN}",
        "if this is a container, show the commands that turn the sandbox off",
    ),
    CREDENTIALS: ("ls -l /etc/elytra-status /etc/elytra-status/credentials", "see whether a file is missing"),
}


def failed(
    incident: UnitFailure, lines: list[JournalLine], settings: Settings, now: datetime, host: str, *, reminder: bool
) -> Message:
    """Return the message that a unit has failed, or a reminder that it still does.

    `lines` are the last lines of the last run, without secrets.
    """
    failure = incident.last
    how = failures.how(failure)
    headline = failures.failure_subject(failure, still=reminder)
    reasons = [line.text for line in lines if line.is_reason]
    # The last line gives the reason. If the settings are wrong, that line has only the number of faults.
    reason = reasons[0 if failure.exit_status == SETTINGS else -1] if reasons else ""
    run = f", run {failure.invocation}" if failure.invocation else ""
    age = (now - incident.since).total_seconds()
    facts = [
        ("What", headline),
        ("Why", reason),
        ("Result", _result(failure)),
        (
            "Since",
            f"{to_text(incident.since)}, {f'{for_people(age)} ago' if age >= 60 else 'just now'}: {_count(incident)}",
        ),
        ("Where", f"{host}, {failure.unit}{run}"),
        ("Effect", _effect(failure, settings.freshness_max_age_minutes)),
    ]
    shown = "\n".join(f"  {line.time:8}  {line.text}" for line in lines)
    paragraphs = [
        fact_table(facts),
        f"Last lines of that run (UTC):\n\n{shown}" if lines else fill(_NO_LINES),
        "\n".join(["What to do:", "", *_steps(failure, settings)]),
        fill(
            f"While this lasts, a reminder follows every {settings.alert_repeat_hours:g} hours; when it is over,"
            " a message says so."
        ),
    ]
    subject = f"{headline}{f' ({how})' if how else ''} since {since_when(incident.since, now)}"
    return _message(subject, paragraphs, incident, now, host)


def over(incident: UnitFailure, now: datetime, host: str, *, was_notified: bool) -> Message:
    """Return the message that a unit works again.

    `was_notified` says that this channel was notified of the failure.
    """
    until = incident.over or now
    lasted = for_people((until - incident.since).total_seconds())
    works = failures.works(incident.unit)
    facts = [
        ("What", works),
        ("Lasted", f"{lasted}, from {to_text(incident.since)} to {to_text(until)}: {_count(incident)}"),
        ("Was", _result(incident.last)),
        ("Where", f"{host}, {incident.unit}"),
    ]
    end = "No action is needed."
    if not was_notified:
        end += " No notification of the failure itself reached this channel; journalctl -t elytra-status says why."
    message = _message(f"{works} after {lasted}", [fact_table(facts), fill(end)], incident, now, host)
    return replace(message, level=Severity.GOOD, event="over")


def trial(unit: str, now: datetime, host: str) -> Message:
    """Return the message for an alert that was started by hand: nothing has failed."""
    facts = [
        ("What", "nothing has failed"),
        ("Why", "This alert was started by hand to test whether it arrives."),
        ("Where", f"{host}, {unit}"),
    ]
    words = message_text([fact_table(facts), "No action is needed."])
    subject = f"[elytra-status] {host}: alerts arrive, nothing has failed"
    return Message(subject, words, now, unit, Severity.GOOD, "test")


def refused(unit: str, now: datetime, host: str) -> Message:
    """Return the message that systemd refused to start a unit.

    Its last run succeeded.
    """
    facts = [
        ("What", "systemd refused to start the unit; no run has failed"),
        ("Why", f"A drop-in on this machine limits how often {unit} may start (StartLimitBurst=)."),
        ("Where", f"{host}, {unit}"),
    ]
    steps = [
        "  # see whether the drop-in is there on purpose",
        f"  systemctl cat {unit}",
        "  # start the unit nevertheless",
    ]
    steps += [f"  systemctl reset-failed {unit}", f"  systemctl start {unit}"]
    paragraphs = [fact_table(facts), "\n".join(["What to do:", "", *steps])]
    return Message(f"[elytra-status] {host}: a start of {unit} was refused", message_text(paragraphs), now, unit)


def _message(subject: str, paragraphs: list[str], incident: UnitFailure, now: datetime, host: str) -> Message:
    name = f"{incident.unit}.{incident.since:%Y%m%dT%H%M%SZ}"
    return Message(f"[elytra-status] {host}: {subject}", message_text(paragraphs), now, name)


def message_text(paragraphs: list[str]) -> str:
    """Return the text of a message."""
    return "\n\n".join(paragraphs) + "\n"


def since_when(since: datetime, now: datetime) -> str:
    """Return a time as a subject shows it."""
    return f"{since:%H:%M} UTC" if now - since < _SAME_DAY else f"{since:%Y-%m-%d %H:%M} UTC"


def _count(incident: UnitFailure) -> str:
    return number_of(incident.failures, "failed run")


def _result(failure: Failure) -> str:
    status = failure.exit_status
    ended = failures.how(failure) if status is None else f"{failure.result} {status}"
    meaning = failures.meaning(failure)
    return f"{ended}: {meaning}" if meaning else ended


def _effect(failure: Failure, max_age_minutes: int) -> str:
    if failure.unit == FRESHNESS:
        return "Visitors do not see the current status."
    if failure.unit == RUN:
        return (
            "Nothing new is published. Visitors see the last good status, and treat it as unknown once it is"
            f" older than {max_age_minutes} minutes."
        )
    return ""


def _steps(failure: Failure, settings: Settings) -> list[str]:
    """Return the remedies: commands, each below its purpose."""
    whole = f"journalctl -u {failure.unit} -n 100"
    if failure.invocation:
        whole = f"journalctl _SYSTEMD_INVOCATION_ID={failure.invocation}"
    steps = []
    if failure.exit_status in _STEPS:
        steps.append(_STEPS[failure.exit_status])
    if failure.unit == FRESHNESS and only_watches(settings):
        steps.append(
            ("elytra-status doctor", "on the machine that publishes, see why it does not, or whether it is off")
        )
    elif failure.unit == FRESHNESS:
        steps.append((f"systemctl status {RUN}", "see whether the last run published"))
        steps.append(("systemctl list-timers 'elytra-status*'", "see when the next run is due"))
    steps.append((whole, "read the whole log of the run"))
    steps.append((f"systemctl start {failure.unit}", "when the cause is fixed, try again"))
    return [line for words, purpose in steps for line in (f"  # {purpose}", f"  {words}")]


def fact_table(facts: list[tuple[str, str]]) -> str:
    """Return facts after their labels. Empty ones are left out."""
    return "\n".join(
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent=label.ljust(_LABEL),
            subsequent_indent=" " * _LABEL,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for label, text in facts
        if text
    )


def fill(text: str) -> str:
    """Return a paragraph in lines that every mail program shows unbroken."""
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
