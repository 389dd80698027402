# SPDX-License-Identifier: MIT
"""How long knowledge of a backup group is valid, and when it must be renewed.

Pure.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from elytra_status.sources.backups_s3.groups import Group

# Nothing that is reported rests on a request older than this.
EVIDENCE = timedelta(hours=6)
# When to request it again, so that this succeeds in time even if one or two runs fail.
AGAIN = EVIDENCE - timedelta(minutes=30)
# How long before the newest backup is too old the next one is looked for, in each run until it exists.
NEXT_EXPECTED = timedelta(hours=1)
INTERVAL = timedelta(minutes=10)
# How often a group without backups is listed.
EMPTY_AGAIN = timedelta(hours=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


def is_recent(moment: datetime | None, now: datetime, within: timedelta = EVIDENCE) -> bool:
    """Whether something was done within a length of time."""
    return moment is not None and now - within <= moment <= now


def proven(group: Group, now: datetime, max_age: timedelta) -> datetime | None:
    """Return the time of a group's newest backup, None if that is not proven.

    A backup that is new enough and existed recently proves that the group is fresh, even if there are newer ones. If it
    is `max_age` old or more, only a listing of the whole group after it reached that age proves that there is none
    newer.
    """
    if group.time is None or not is_recent(group.seen, now):
        return None
    if now - group.time < max_age:
        return group.time
    if group.whole is None or group.whole < group.time + max_age or not is_recent(group.whole, now):
        return None
    return group.time


def must_be_listed(group: Group, now: datetime, max_age: timedelta) -> bool:
    """Whether only a full listing can find a newer backup, or exclude one."""
    if group.time is None or group.whole is None:
        return True
    if not group.ordered:
        return now >= _next_expected(group.time, max_age)
    return now >= _listed_again(group.time, group.whole, max_age)


def next_query(group: Group, now: datetime, max_age: timedelta) -> datetime:
    """Return when the bucket must be queried for a group again."""
    if group.missing_since:
        return NEVER
    if group.whole is None:
        return LONG_AGO
    if group.time is None or group.seen is None:
        return group.whole + EMPTY_AGAIN
    too_old = group.time + max_age
    if now < too_old:
        listed = group.seen if group.ordered else group.whole
        return min(group.seen + AGAIN, max(_next_expected(group.time, max_age), listed + INTERVAL))
    # A backup that has been missing for long will hardly appear within ten minutes.
    patience = max((now - too_old) / 10, INTERVAL)
    return min(max(group.seen, group.whole) + patience, _listed_again(group.time, group.whole, max_age))


def seen_per_run(count: int) -> int:
    """Return how many of `count` groups a run must see.

    All are then seen before they are due.
    """
    return math.ceil(count * (INTERVAL / AGAIN))


def _listed_again(moment: datetime, whole: datetime, max_age: timedelta) -> datetime:
    """Return when a group whose newest backup is too old is listed again."""
    too_old = moment + max_age
    return whole + AGAIN if whole >= too_old else too_old


def _next_expected(moment: datetime, max_age: timedelta) -> datetime:
    """Return when to begin to look for the backup after one of this time."""
    return moment + max_age - min(NEXT_EXPECTED, max_age / 4)
