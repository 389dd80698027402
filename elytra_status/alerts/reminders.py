# SPDX-License-Identifier: MIT
"""Who is to be told what of a condition, run by run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from elytra_status.alerts.platform_conditions import Condition
from elytra_status.system.clock import from_text, to_text

WORSE, BETTER, REMINDER, OVER = "worse", "better", "reminder", "over"
# A moment further ahead than this came from a wrong clock.
FUTURE = timedelta(minutes=5)
# Runs are not evenly spaced to the second: a reminder may come this much early.
EARLY = timedelta(minutes=2)


@dataclass(frozen=True)
class Notified:
    """What somebody was told last: how bad it was, when that was, and by which keys, if the condition has any."""

    level: int
    moment: datetime
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Course:
    """How a condition went since it was last well.

    `level` is that of the last run, and `seen` in how many runs in a row it was that. `told` is by channel.
    """

    since: datetime
    level: int
    seen: int = 1
    told: Mapping[str, Notified] = field(default_factory=dict)


def step(before: Course | None, condition: Condition, now: datetime) -> Course | None:
    """Return the course after one more run, None where there is nothing to remember."""
    if before is None or before.since > now + FUTURE:
        return Course(now, condition.level) if condition.level else None
    seen = before.seen + 1 if before.level == condition.level else 1
    course = replace(before, level=condition.level, seen=seen)
    if condition.level == 0 and not course.told:
        return None
    return course


def with_silent(condition: Condition, before: Course | None) -> Condition:
    """Return a condition with the keys of silent sources that somebody was told of: they are as they were."""
    told = before.told.values() if before else ()
    keys = condition.keys | {key for one in told for key in one.keys if key.partition(":")[0] in condition.silent}
    return replace(condition, level=len(keys) if condition.counts else condition.level, keys=keys)


def without_mended(course: Course, condition: Condition) -> Course:
    """Return a course in which nobody was told of keys that are mended while others are not: they may be news again."""
    if not condition.level:
        return course
    told = {channel: replace(one, keys=one.keys & condition.keys) for channel, one in course.told.items()}
    return replace(course, told=told)


def lowered(course: Course, condition: Condition) -> Course:
    """Return a course in which nobody was told of anything worse than the condition is now, or of other keys."""
    told = {
        channel: replace(one, level=min(one.level, condition.level), keys=one.keys & condition.keys)
        for channel, one in course.told.items()
    }
    return replace(course, told=told)


def due(course: Course, condition: Condition, channel: str, now: datetime, repeat: timedelta) -> str | None:
    """Return why a channel is to be told now, None where it is not."""
    told = course.told.get(channel)
    lasts = condition.is_certain or course.seen >= 2
    if told is None:
        return WORSE if condition.level and lasts else None
    if lasts and not condition.keys <= told.keys:
        return WORSE
    if condition.level != told.level:
        if not lasts:
            return None
        if condition.level == 0:
            return OVER
        return WORSE if condition.level > told.level else BETTER
    is_time = told.moment > now + FUTURE or now - told.moment >= repeat - EARLY
    return REMINDER if condition.level and is_time else None


def after_notifying(
    course: Course, condition: Condition, channels: list[str], everyone: list[str], now: datetime
) -> Course | None:
    """Return the course after some channels of `everyone` were told, None where all is well and all know."""
    told = {channel: one for channel, one in course.told.items() if channel in everyone}
    told.update({channel: Notified(condition.level, now, condition.keys) for channel in channels})
    if condition.level == 0:
        told = {channel: one for channel, one in told.items() if one.level}
        if not told and course.seen >= 2:
            return None
    return replace(course, told=told)


def to_json(courses: Mapping[str, Course]) -> dict[str, Any]:
    """Return what `from_json` reads."""
    return {
        name: {
            "since": to_text(course.since),
            "level": course.level,
            "seen": course.seen,
            "told": {
                channel: [one.level, to_text(one.moment), *sorted(one.keys)] for channel, one in course.told.items()
            },
        }
        for name, course in courses.items()
    }


def from_json(value: Mapping[str, Any]) -> dict[str, Course]:
    """Return what `to_json` wrote; what is not of its shape is left out, and told anew."""
    found = {}
    for name, stored in value.items():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            told = {
                channel: Notified(int(level), from_text(text), frozenset(map(str, keys)))
                for channel, (level, text, *keys) in stored["told"].items()
            }
            found[name] = Course(from_text(stored["since"]), int(stored["level"]), int(stored["seen"]), told)
    return found
