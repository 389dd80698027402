# SPDX-License-Identifier: MIT
"""How long what is known of a group of backups can be told, and when it must be asked for again. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from elytra_status.sources.backups_s3.groups import Group

# Nothing that is told rests on a look longer ago than this.
EVIDENCE = timedelta(hours=6)
# When it is looked again, so that this succeeds in time even if a run or two fail.
AGAIN = EVIDENCE - timedelta(minutes=30)
# So long before a newest backup is too old the next one is looked for, in each run until it is there.
NEXT_EXPECTED = timedelta(hours=1)
INTERVAL = timedelta(minutes=10)
# A group without backups is listed this often.
EMPTY_AGAIN = timedelta(hours=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


def is_recent(moment: datetime | None, now: datetime, within: timedelta = EVIDENCE) -> bool:
    """Tell whether something was done within some time."""
    return moment is not None and now - within <= moment <= now


def proven(group: Group, now: datetime, max_age: timedelta) -> datetime | None:
    """Return the time of a group's newest backup; None where it has none, or where that is not proven.

    A backup that is new enough and was there lately proves that the group is fresh, even if there are newer ones. That
    there are none, where it is `max_age` old or more, is proven by listing the whole group after that age was reached.
    """
    if group.time is None or not is_recent(group.seen, now):
        return None
    if now - group.time < max_age:
        return group.time
    if group.whole is None or group.whole < group.time + max_age or not is_recent(group.whole, now):
        return None
    return group.time


def must_be_listed(group: Group, now: datetime, max_age: timedelta) -> bool:
    """Tell whether it takes the whole group to find a newer backup, or to prove that there is none."""
    if group.time is None or group.whole is None:
        return True
    if not group.ordered:
        return now >= _next_expected(group.time, max_age)
    return now >= _listed_again(group.time, group.whole, max_age)


def due(group: Group, now: datetime, max_age: timedelta) -> datetime:
    """Return when the bucket must be asked for a group again."""
    if group.gone:
        return NEVER
    if group.whole is None:
        return LONG_AGO
    if group.time is None or group.seen is None:
        return group.whole + EMPTY_AGAIN
    too_old = group.time + max_age
    if now < too_old:
        looked = group.seen if group.ordered else group.whole
        return min(group.seen + AGAIN, max(_next_expected(group.time, max_age), looked + INTERVAL))
    # What has been missing for long will hardly be there in ten minutes.
    patience = max((now - too_old) / 10, INTERVAL)
    return min(max(group.seen, group.whole) + patience, _listed_again(group.time, group.whole, max_age))


def _listed_again(moment: datetime, whole: datetime, max_age: timedelta) -> datetime:
    """Return when a group whose newest backup is of a moment, and too old, is listed again."""
    too_old = moment + max_age
    return whole + AGAIN if whole >= too_old else too_old


def _next_expected(moment: datetime, max_age: timedelta) -> datetime:
    """Return from when on a backup newer than the one of a moment is looked for."""
    return moment + max_age - min(NEXT_EXPECTED, max_age / 4)
