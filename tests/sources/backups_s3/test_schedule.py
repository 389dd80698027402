# SPDX-License-Identifier: MIT
"""How long knowledge of a backup group is valid, and when it is renewed. Times are in hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.sources.backups_s3.groups import Group
from elytra_status.sources.backups_s3.schedule import (
    LONG_AGO,
    NEVER,
    is_recent,
    must_be_listed,
    next_query,
    proven,
    seen_per_run,
)

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
# The default of BACKUP_MAX_AGE_HOURS.
MAX_AGE = 25 * HOUR
SECOND, MINUTE = 1 / 3600, 1 / 60


def ago(hours: float | None) -> datetime | None:
    return None if hours is None else NOW - timedelta(seconds=round(hours * 3600))


def group(newest: float | None, seen: float | None = 0, whole: float | None = None, *, ordered: bool = True) -> Group:
    """Return a group whose newest backup was made, seen, and completely listed this many hours ago."""
    return Group("key", ago(newest), ago(seen), ago(whole), ordered)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(None, False), (0, True), (6, True), (6 + SECOND, False), (-SECOND, False)],
)
def test_what_was_done_within_six_hours_is_recent(hours: float | None, expected: bool) -> None:
    assert is_recent(ago(hours), NOW) is expected


@pytest.mark.parametrize(
    ("known", "is_proven"),
    [
        (group(None), False),
        # A backup that is new enough, and existed recently, is sufficient proof.
        (group(1), True),
        (group(1, 6), True),
        (group(1, 6 + SECOND), False),
        (group(1, None), False),
        (group(25 - SECOND), True),
        # Only a complete listing after it became too old, and not long ago, proves that there is no newer one.
        (group(25), False),
        (group(25, whole=0), True),
        (group(30, whole=5), True),
        (group(30, whole=5 + SECOND), False),
        (group(40, whole=6), True),
        (group(40, whole=6 + SECOND), False),
        (group(40, 7, 5), False),
    ],
)
def test_the_newest_backup_counts_as_long_as_it_is_proven(known: Group, is_proven: bool) -> None:
    assert proven(known, NOW, MAX_AGE) == (known.time if is_proven else None)


@pytest.mark.parametrize(
    ("known", "max_age", "expected"),
    [
        (group(None, whole=1), 25, True),
        (group(1), 25, True),
        (group(1, whole=1), 25, False),
        # Without order only a listing finds a newer one, from an hour before the newest is too old.
        (group(24 - SECOND, whole=1, ordered=False), 25, False),
        (group(24, whole=1, ordered=False), 25, True),
        (group(24.5, whole=1), 25, False),
        (group(30, whole=1, ordered=False), 25, True),
        (group(1.5 - SECOND, whole=1, ordered=False), 2, False),
        (group(1.5, whole=1, ordered=False), 2, True),
        # One that is too old is listed once, and then every five and a half hours.
        (group(25 - SECOND, whole=26), 25, False),
        (group(25, whole=26), 25, True),
        (group(28, whole=3), 25, False),
        (group(28, whole=3 + SECOND), 25, True),
        (group(40, whole=5.5), 25, True),
        (group(40, whole=5.5 - SECOND), 25, False),
    ],
)
def test_a_whole_group_is_listed_if_nothing_less_is_enough(known: Group, max_age: float, expected: bool) -> None:
    assert must_be_listed(known, NOW, max_age * HOUR) is expected


@pytest.mark.parametrize(
    ("known", "hours"),
    [
        # A group without a backup is listed every hour.
        (group(None, whole=0.25), 0.75),
        (group(1, None, 0.25), 0.75),
        # A young backup is confirmed again in time, and the next one is looked for from when it is expected.
        (group(1, 0.5, 2), 5),
        (group(23, 0, 2), 1),
        (group(24.5, 5 * MINUTE, 3), 5 * MINUTE),
        (group(24.5, 3, 2 * MINUTE, ordered=False), 8 * MINUTE),
        (group(20, 5, 9), 0.5),
        # One that is too old is looked for less and less often.
        (group(25, 0, 1), 0),
        (group(25.5, 5 * MINUTE, 2 * MINUTE), 8 * MINUTE),
        (group(45, 1, 2), 1),
        (group(45, 2, 1.5), 0.5),
        (group(45, 0.5, 5), 0.5),
        (group(125, 0.5, 0.25), 5.25),
    ],
)
def test_a_group_is_queried_again_when_that_may_show_a_change(known: Group, hours: float) -> None:
    assert next_query(known, NOW, MAX_AGE) == ago(-hours)


def test_a_group_that_was_never_listed_is_due_and_a_missing_one_never() -> None:
    assert next_query(group(1), NOW, MAX_AGE) == LONG_AGO
    assert next_query(Group(missing_since=NOW), NOW, MAX_AGE) == NEVER


@pytest.mark.parametrize(("count", "runs"), [(0, 0), (1, 1), (33, 33), (34, 17), (1000, 33)])
def test_all_groups_are_seen_in_the_runs_of_five_and_a_half_hours(count: int, runs: int) -> None:
    assert seen_per_run(count) * runs >= count
    assert runs <= 5.5 * 6
    assert seen_per_run(count) <= count / 33 + 1
