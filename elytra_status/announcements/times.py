# SPDX-License-Identifier: MIT
"""Times on the command line: a duration or a moment.

A time without a zone is refused and not read as local time. An administrator who sets an override at 3 a.m. may be in
another zone than the machine, whose clock usually shows UTC. A wrong guess would publish a wrong status for hours; a
refusal costs typing a Z. Its message shows what to type.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from elytra_status.errors import UsageError
from elytra_status.system.clock import for_people, to_text

_LENGTH = re.compile(r"(?=\d)(?:(\d{1,4})d)? ?(?:(\d{1,5})h)? ?(?:(\d{1,6})m(?:in)?)?", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})? ?(Z|[+-]\d{2}:?\d{2})?", re.ASCII | re.IGNORECASE)
FORMS = "give a duration, such as 2h, 90m or 1d, or a time with its zone, such as 2025-11-10T18:00Z"


def read_moment(text: str, option: str, since: datetime) -> datetime:
    """Return a moment in UTC and whole seconds; a duration is added to `since`.

    Raise UsageError if the text is neither a duration nor a time with its zone.
    """
    given = text.strip()
    try:
        if length := _LENGTH.fullmatch(given):
            days, hours, minutes = (int(part or 0) for part in length.groups())
            return since.replace(microsecond=0) + timedelta(days=days, hours=hours, minutes=minutes)
        if time := _TIME.fullmatch(given):
            day, minute, second, zone = time.groups()
            moment = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}")
            if zone is None:
                raise _without_zone(moment, option)
            return moment.replace(tzinfo=UTC) - _offset(zone)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} is not a valid time", FORMS) from None
    raise UsageError(f"{option} cannot be read as a time", FORMS)


def _offset(zone: str) -> timedelta:
    if zone in "zZ":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("no such offset")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone.startswith("-") else offset


def _without_zone(moment: datetime, option: str) -> UsageError:
    in_utc = f"{moment:%Y-%m-%dT%H:%M}Z"
    here = moment.astimezone()
    if here.utcoffset() == timedelta(0):
        remedy = f"{in_utc} if UTC is meant"
    else:
        remedy = f"{in_utc} if UTC is meant, {here.isoformat(timespec='minutes')} if this machine's time is"
    return UsageError(f"{option} has no time zone", f"{remedy}; or say how long: 2h")


def within(option: str, moment: datetime, since: datetime, longest: timedelta, *, after: str = "now") -> datetime:
    """Return `moment` if it is after `since`, and by at most `longest`.

    Messages call `since` by the name `after`. Raise UsageError if `moment` is outside these limits.
    """
    if moment <= since:
        raise UsageError(
            f"{option} is {to_text(moment)}, which is not later than {after}, {to_text(since)}",
            "give a later time",
        )
    if moment > since + longest:
        raise UsageError(
            f"{option} is {to_text(moment)}, which is {for_people((moment - since).total_seconds())} after {after}",
            f"give at most {for_people(longest.total_seconds())}",
        )
    return moment
