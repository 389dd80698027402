# SPDX-License-Identifier: MIT
"""The message about a condition: problem, beginning, evidence, remedy."""

from __future__ import annotations

from datetime import datetime

from elytra_status.alerts.channel import Message, Severity
from elytra_status.alerts.failure_messages import fact_table, fill, message_text, since_when
from elytra_status.alerts.platform_conditions import (
    ANSWERS,
    BACKUP,
    CLOCK,
    MISSING_MONITORS,
    OVERRIDE,
    PAIR,
    PLATFORM,
    PUBLISHERS,
    STATE,
    TEXTS,
    Condition,
)
from elytra_status.alerts.reminders import BETTER, OVER, REMINDER, Course
from elytra_status.system.clock import for_people, to_text

# The headline for each word of a condition. In a reminder, "is" becomes "is still".
_HEADLINES = {
    PLATFORM: {
        "outage": "there is an outage of the platform",
        "degraded": "the platform is degraded",
        "unknown": "the state of the platform is unknown",
    },
    BACKUP: {
        "failed": "a backup is missing or failed",
        "warning": "a backup is late",
        "unknown": "the state of the backups is unknown",
    },
    OVERRIDE: {"ends": "the status set by hand ends soon"},
    TEXTS: {"withheld": "a text is withheld from the public"},
    ANSWERS: {
        "incomplete": "the response of a monitoring system is incomplete",
        "unnamed": "a monitor that the settings name is missing",
    },
    MISSING_MONITORS: {"missing": "monitors are missing and no longer counted"},
    CLOCK: {"wrong": "the clock of this machine is wrong"},
    STATE: {
        "not writable": "the state directory is not writable",
        "damaged": "saved state is damaged",
    },
    PUBLISHERS: {"several": "another machine is publishing the same status"},
    PAIR: {"alone": "the other machine of the pair is not running"},
}
_OVER = {
    PLATFORM: "the platform is operational again",
    BACKUP: "the backups are in order again",
    ANSWERS: "the responses of the monitoring systems are complete again",
    CLOCK: "the clock is right again",
    STATE: "saved state is in order again",
    PUBLISHERS: "one machine publishes the status again",
    PAIR: "both machines of the pair run again",
}
_STEPS = {
    PLATFORM: (
        ("see which monitor, and by which evidence", "elytra-status summary --explain"),
        ("inform visitors", "elytra-status incident open --text '...'"),
    ),
    BACKUP: (
        ("see which group, and the age of its backup", "elytra-status backups list"),
        ("if the group was meant to end, retire it", "elytra-status backups retire GROUP"),
        ("check everything that the job needs", "elytra-status doctor"),
    ),
    ANSWERS: (
        ("see what is missing, and the remedy", "elytra-status doctor"),
        ("see which monitors are unknown because of it", "elytra-status summary --explain"),
    ),
    MISSING_MONITORS: (
        ("see which monitors, and since when", "elytra-status monitors list"),
        ("if a monitor was removed on purpose, accept that", "elytra-status monitors accept KEY"),
    ),
    CLOCK: (
        ("see the time of this machine, and whether a time service sets it", "timedatectl"),
        ("let a time service set it", "timedatectl set-ntp true"),
        ("compare it with the time of the servers", "elytra-status doctor"),
    ),
    STATE: (
        ("see what is wrong, and where", "elytra-status doctor"),
        (
            "see whether the disk has space, and the directory is writable",
            "df /var/lib/elytra-status; ls -ld /var/lib/elytra-status",
        ),
        ("if saved state is damaged, see which jobs ran, then accept the loss", "elytra-status state accept"),
    ),
    PUBLISHERS: (
        ("see who published last", "elytra-status doctor"),
        ("on the machine that is not to publish, stop it", "systemctl disable --now elytra-status.timer"),
        ("if this machine was restored or has just taken over, wait for the next run", "systemctl list-timers"),
    ),
    PAIR: (
        ("see when each machine ran, and which one publishes", "elytra-status doctor"),
        ("on the other machine, see its last run", "journalctl -u elytra-status.service -n 30"),
        ("if it will not return, let this machine publish alone", "editor /etc/elytra-status/elytra-status.conf"),
    ),
    OVERRIDE: (
        ("see the override", "elytra-status override show"),
        ("set it again, for longer", "elytra-status override set --status ... --until 4h --note '...'"),
        ("end it now", "elytra-status override clear"),
    ),
    TEXTS: (
        ("see which text contains which word", "elytra-status summary"),
        ("change the text, or allow the word in PUBLIC_WORDS", "editor /etc/elytra-status/elytra-status.conf"),
        ("check the settings again", "elytra-status config check"),
    ),
}


def notifies_end(condition: Condition) -> bool:
    """Whether the end of the condition is worth a notification."""
    return condition.name in _OVER


def compose(
    condition: Condition, course: Course, why: str, now: datetime, host: str, repeat_hours: float, *, with_names: bool
) -> Message:
    """Return the message for a channel that is notified for the reason `why`.

    `repeat_hours` is ALERT_REPEAT_HOURS. Names are private: they are in the message only with ALERT_DETAIL=full.
    """
    is_over = why == OVER
    headline = _OVER[condition.name] if is_over else _HEADLINES[condition.name][condition.word]
    if why == REMINDER:
        headline = headline.replace(" is ", " is still ")
    elif why == BETTER:
        headline = f"better than before: {headline}"
    lasted = for_people((now - course.since).total_seconds())
    subject = f"{headline} after {lasted}" if is_over else f"{headline}, since {since_when(course.since, now)}"
    facts = [
        ("What", headline),
        ("Since", f"{to_text(course.since)}, {lasted} ago" if not is_over else to_text(course.since)),
        ("Until", f"{to_text(now)}, after {lasted}" if is_over else ""),
        ("By", condition.evidence),
        ("Names", ", ".join(condition.names) if with_names and not is_over else ""),
        ("Where", host),
    ]
    paragraphs = [fact_table(facts)]
    if is_over:
        paragraphs.append("No action is needed.")
    else:
        steps = [line for purpose, command in _STEPS[condition.name] for line in (f"  # {purpose}", f"  {command}")]
        paragraphs.append("\n".join(["What to do:", "", *steps]))
        if notifies_end(condition):
            last = f"While this lasts, a reminder follows every {repeat_hours:g} hours; a message says when it is over."
            paragraphs.append(fill(last))
    level = Severity.GOOD if is_over else Severity.WARNING if why == BETTER or not _is_bad(condition) else Severity.BAD
    name = f"{condition.name}.{course.since:%Y%m%dT%H%M%SZ}"
    return Message(f"[elytra-status] {host}: {subject}", message_text(paragraphs), now, name, level, condition.name)


def _is_bad(condition: Condition) -> bool:
    return condition.word in ("outage", "failed", "incomplete", "unnamed", "missing")
