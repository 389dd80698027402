# SPDX-License-Identifier: MIT
"""The message about a condition: problem, beginning, evidence, remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from elytra_status.alerts.channel import Message, Severity
from elytra_status.alerts.condition import (
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
from elytra_status.alerts.message_parts import (
    fact_table,
    message_text,
    since_when,
    steps_paragraph,
    subject_line,
    while_this_lasts,
)
from elytra_status.alerts.reminders import BETTER, OVER, REMINDER, Course
from elytra_status.locale import Language, to_translate
from elytra_status.system.clock import to_text

# The headline for each word of a condition.
_HEADLINES = {
    PLATFORM: {
        "outage": to_translate("there is an outage of the platform"),
        "degraded": to_translate("the platform is degraded"),
        "unknown": to_translate("the status of the platform is unknown"),
    },
    BACKUP: {
        "failed": to_translate("a backup is missing or failed"),
        "warning": to_translate("a backup is late"),
        "unknown": to_translate("the status of the backups is unknown"),
    },
    OVERRIDE: {"ends": to_translate("the status set by hand ends soon")},
    TEXTS: {"withheld": to_translate("a text is withheld from the public")},
    ANSWERS: {
        "incomplete": to_translate("the response of a monitoring system is incomplete"),
        "unnamed": to_translate("a monitor that the settings name is missing"),
    },
    MISSING_MONITORS: {"missing": to_translate("monitors are missing and no longer counted")},
    CLOCK: {"wrong": to_translate("the clock of this machine is wrong")},
    STATE: {
        "not writable": to_translate("the state directory is not writable"),
        "damaged": to_translate("saved state is damaged"),
    },
    PUBLISHERS: {"several": to_translate("another machine is publishing the same status")},
    PAIR: {"alone": to_translate("the other machine of the pair is not running")},
}
# The same in a reminder. Conditions whose end is not notified have none.
_STILL = {
    PLATFORM: {
        "outage": to_translate("there is still an outage of the platform"),
        "degraded": to_translate("the platform is still degraded"),
        "unknown": to_translate("the status of the platform is still unknown"),
    },
    BACKUP: {
        "failed": to_translate("a backup is still missing or failed"),
        "warning": to_translate("a backup is still late"),
        "unknown": to_translate("the status of the backups is still unknown"),
    },
    ANSWERS: {
        "incomplete": to_translate("the response of a monitoring system is still incomplete"),
        "unnamed": to_translate("a monitor that the settings name is still missing"),
    },
    CLOCK: {"wrong": to_translate("the clock of this machine is still wrong")},
    STATE: {
        "not writable": to_translate("the state directory is still not writable"),
        "damaged": to_translate("saved state is still damaged"),
    },
    PUBLISHERS: {"several": to_translate("another machine is still publishing the same status")},
    PAIR: {"alone": to_translate("the other machine of the pair is still not running")},
}
_OVER = {
    PLATFORM: to_translate("the platform is operational again"),
    BACKUP: to_translate("the backups are in order again"),
    ANSWERS: to_translate("the responses of the monitoring systems are complete again"),
    CLOCK: to_translate("the clock is right again"),
    STATE: to_translate("saved state is in order again"),
    PUBLISHERS: to_translate("one machine publishes the status again"),
    PAIR: to_translate("both machines of the pair run again"),
}
_STEPS = {
    PLATFORM: (
        (to_translate("see which monitor is affected, and the evidence"), "elytra-status summary --explain"),
        (to_translate("inform visitors"), "elytra-status incident open --text '...'"),
    ),
    BACKUP: (
        (to_translate("see which group, and the age of its backup"), "elytra-status backups list"),
        (to_translate("if the group was meant to end, retire it"), "elytra-status backups retire GROUP"),
        (to_translate("check everything that the job needs"), "elytra-status doctor"),
    ),
    ANSWERS: (
        (to_translate("see what is missing, and the remedy"), "elytra-status doctor"),
        (to_translate("see which monitors are unknown because of it"), "elytra-status summary --explain"),
    ),
    MISSING_MONITORS: (
        (to_translate("see which monitors, and since when"), "elytra-status monitors list"),
        (to_translate("if a monitor was removed on purpose, accept that"), "elytra-status monitors accept KEY"),
    ),
    CLOCK: (
        (to_translate("see the time of this machine, and whether a time service sets it"), "timedatectl"),
        (to_translate("let a time service set it"), "timedatectl set-ntp true"),
        (to_translate("compare it with the time of the servers"), "elytra-status doctor"),
    ),
    STATE: (
        (to_translate("see what is wrong, and where"), "elytra-status doctor"),
        (
            to_translate("see whether the disk has space, and the directory is writable"),
            "df /var/lib/elytra-status; ls -ld /var/lib/elytra-status",
        ),
        (
            to_translate("if saved state is damaged, see which jobs ran, then accept the loss"),
            "elytra-status state accept",
        ),
    ),
    PUBLISHERS: (
        (to_translate("see who published last"), "elytra-status doctor"),
        (
            to_translate("on the machine that must not publish, stop the timer"),
            "systemctl disable --now elytra-status.timer",
        ),
        (
            to_translate("if this machine was restored or has just taken over, wait for the next run"),
            "systemctl list-timers",
        ),
    ),
    PAIR: (
        (to_translate("see when each machine ran, and which one publishes"), "elytra-status doctor"),
        (to_translate("on the other machine, see its last run"), "journalctl -u elytra-status.service -n 30"),
        (
            to_translate("if it will not return, let this machine publish alone"),
            "editor /etc/elytra-status/elytra-status.conf",
        ),
    ),
    OVERRIDE: (
        (to_translate("see the override"), "elytra-status override show"),
        (to_translate("set it again, for longer"), "elytra-status override set --status ... --until 4h --note '...'"),
        (to_translate("end it now"), "elytra-status override clear"),
    ),
    TEXTS: (
        (to_translate("see which text contains which word"), "elytra-status summary"),
        (
            to_translate("change the text, or allow the word in PUBLIC_WORDS"),
            "editor /etc/elytra-status/elytra-status.conf",
        ),
        (to_translate("check the settings again"), "elytra-status config check"),
    ),
}


def notifies_end(condition: Condition) -> bool:
    """Whether the end of the condition is worth a notification."""
    return condition.name in _OVER


def compose(
    condition: Condition,
    course: Course,
    why: str,
    now: datetime,
    host: str,
    repeat_hours: float,
    language: Language,
    *,
    with_names: bool,
) -> Message:
    """Return the message for a channel that is notified for the reason `why`.

    `repeat_hours` is ALERT_REPEAT_HOURS. Names are private: they are in the message only with ALERT_DETAIL=full.
    """
    is_over = why == OVER
    headline = language.text(_headline(condition, why))
    if why == BETTER:
        headline = language.text("better than before: {headline}", headline=headline)
    lasted = language.rough_length((now - course.since).total_seconds())
    shown_since = language.isolated(since_when(course.since, now))
    subject = (
        language.text("{headline} after {duration}", headline=headline, duration=lasted)
        if is_over
        else language.text("{headline}, since {moment}", headline=headline, moment=shown_since)
    )
    facts = [
        (to_translate("What"), headline),
        *_times(course, now, lasted, language, is_over=is_over),
        (to_translate("By"), language.isolated(condition.evidence) if condition.evidence else ""),
        (to_translate("Names"), language.listed(condition.names) if with_names and not is_over else ""),
        (to_translate("Where"), language.isolated(host)),
    ]
    paragraphs = [fact_table(facts, language)]
    if is_over:
        paragraphs.append(language.text("No action is needed."))
    else:
        paragraphs.append(steps_paragraph(_STEPS[condition.name], language))
        if notifies_end(condition):
            paragraphs.append(while_this_lasts(repeat_hours, language))
    level = Severity.GOOD if is_over else Severity.WARNING if why == BETTER or not _is_bad(condition) else Severity.BAD
    name = f"{condition.name}.{course.since:%Y%m%dT%H%M%SZ}"
    return Message(subject_line(host, subject, language), message_text(paragraphs), now, name, level, condition.name)


def _headline(condition: Condition, why: str) -> str:
    if why == OVER:
        return _OVER[condition.name]
    return (_STILL if why == REMINDER else _HEADLINES)[condition.name][condition.word]


def _times(
    course: Course, now: datetime, lasted: str, language: Language, *, is_over: bool
) -> Iterator[tuple[str, str]]:
    """Yield since when a condition lasts, or from when until when it lasted."""
    since, until = language.isolated(to_text(course.since)), language.isolated(to_text(now))
    if not is_over:
        yield to_translate("Since"), language.text("{moment}, {duration} ago", moment=since, duration=lasted)
        return
    yield to_translate("Since"), since
    yield to_translate("Until"), language.text("{moment}, after {duration}", moment=until, duration=lasted)


def _is_bad(condition: Condition) -> bool:
    return condition.word in ("outage", "failed", "incomplete", "unnamed", "missing")
