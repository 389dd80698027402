# SPDX-License-Identifier: MIT
"""Decide which channel to notify of a condition in this run. Pure.

This is the only rule for when a notification is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from elytra_status.alerts.condition import Condition
from elytra_status.model import CLOCK_SKEW
from elytra_status.system.clock import from_text, to_text

WORSE, BETTER, REMINDER, OVER = "worse", "better", "reminder", "over"
# Runs are not evenly spaced to the second, so a reminder may come this much early.
EARLY = timedelta(minutes=2)


@dataclass(frozen=True)
class Notified:
    """The last notification of a channel: level, time, and the condition's keys."""

    level: int
    moment: datetime
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Course:
    """The course of a condition since all was last well.

    `level` is the level of the last run, and `seen` the number of runs in a row that had it. `notified` is by channel.
    `missed` are the channels to which a notification could not be sent. `over` is the time since which the condition is
    certainly over, while a channel has yet to be notified. `details` belong to the condition, in JSON's types.
    """

    since: datetime
    level: int
    seen: int = 1
    notified: Mapping[str, Notified] = field(default_factory=dict)
    missed: frozenset[str] = frozenset()
    over: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def step(before: Course | None, condition: Condition, now: datetime) -> Course | None:
    """Return the course after one more run, None if there is nothing to save.

    A condition that is bad again after its end begins anew, even if a channel has yet to be notified of that end.
    """
    if before is None or before.since > now + CLOCK_SKEW or (before.over and condition.level):
        return Course(condition.since or now, condition.level) if condition.level else None
    seen = before.seen + 1 if before.level == condition.level else 1
    over = before.over or (None if condition.level or not _lasts(condition, seen) else now)
    course = replace(before, level=condition.level, seen=seen, over=over)
    if condition.level == 0 and not course.notified and not course.missed:
        return None
    return course


def _lasts(condition: Condition, seen: int) -> bool:
    return condition.is_certain or seen >= 2


def with_silent(condition: Condition, before: Course | None) -> Condition:
    """Return a condition that keeps the notified keys of sources without an answer."""
    notified = before.notified.values() if before else ()
    keys = condition.keys | {key for one in notified for key in one.keys if key.partition(":")[0] in condition.silent}
    return replace(condition, level=len(keys) if condition.counts else condition.level, keys=keys)


def without_mended(course: Course, condition: Condition) -> Course:
    """Return a course without the notified keys that are good again.

    They are news if they come again.
    """
    if not condition.level:
        return course
    notified = {channel: replace(one, keys=one.keys & condition.keys) for channel, one in course.notified.items()}
    return replace(course, notified=notified)


def lowered(course: Course, condition: Condition) -> Course:
    """Return a course whose notified levels and keys do not exceed the condition's."""
    notified = {
        channel: replace(one, level=min(one.level, condition.level), keys=one.keys & condition.keys)
        for channel, one in course.notified.items()
    }
    return replace(course, notified=notified)


def reason_due(course: Course, condition: Condition, channel: str, now: datetime, repeat: timedelta) -> str | None:
    """Return why a channel must be notified now, None if not.

    A reminder follows after `repeat`.
    """
    last = course.notified.get(channel)
    lasts = _lasts(condition, course.seen)
    if last is None:
        missed_all = channel in course.missed and not condition.level
        return (OVER if missed_all else WORSE) if lasts and (condition.level or missed_all) else None
    if lasts and not condition.keys <= last.keys:
        return WORSE
    if condition.level != last.level:
        if not lasts:
            return None
        if condition.level == 0:
            return OVER
        return WORSE if condition.level > last.level else BETTER
    is_time = last.moment > now + CLOCK_SKEW or now - last.moment >= repeat - EARLY
    return REMINDER if condition.level and is_time else None


def after_notifying(
    course: Course,
    condition: Condition,
    tried: Iterable[str],
    took: Iterable[str],
    everyone: Iterable[str],
    now: datetime,
) -> Course | None:
    """Return the course after `everyone` was tried and some were notified.

    Return None if all is well and all channels know.
    """
    everyone, took = frozenset(everyone), frozenset(took)
    notified = {channel: last for channel, last in course.notified.items() if channel in everyone}
    notified.update({channel: Notified(condition.level, now, condition.keys) for channel in took})
    missed = (course.missed.union(tried) - took) & everyone
    if condition.level == 0:
        notified = {channel: last for channel, last in notified.items() if last.level}
        if not notified and not missed and course.over:
            return None
    return replace(course, notified=notified, missed=missed)


def to_json(courses: Mapping[str, Course]) -> dict[str, Any]:
    """Return courses in the form that `from_json` reads."""
    return {
        name: {
            "since": to_text(course.since),
            "level": course.level,
            "seen": course.seen,
            "told": {
                channel: [last.level, to_text(last.moment), *sorted(last.keys)]
                for channel, last in course.notified.items()
            },
            **({"missed": sorted(course.missed)} if course.missed else {}),
            **({"over": to_text(course.over)} if course.over else {}),
            **({"details": dict(course.details)} if course.details else {}),
        }
        for name, course in courses.items()
    }


def from_json(value: Mapping[str, Any]) -> dict[str, Course]:
    """Return the courses that `to_json` wrote, also in an earlier version.

    Malformed courses are skipped, and notified anew.
    """
    found = {}
    for name, stored in value.items():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            found[name] = Course(
                from_text(stored["since"]),
                int(stored["level"]),
                int(stored["seen"]),
                {
                    channel: Notified(int(level), from_text(text), frozenset(map(str, keys)))
                    for channel, (level, text, *keys) in stored["told"].items()
                },
                frozenset(map(str, stored.get("missed", ()))),
                from_text(stored["over"]) if "over" in stored else None,
                dict(stored.get("details", {})),
            )
    return found
