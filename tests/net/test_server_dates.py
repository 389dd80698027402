# SPDX-License-Identifier: MIT
"""The time that a server reports, and malformed and absurd times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.net.server_dates import time_of

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_age_of_a_copy_counts() -> None:
    assert time_of({"date": DATE}) == NOON
    assert time_of({"date": DATE, "age": "90"}) == NOON + timedelta(seconds=90)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Sun, 99 Mar 2026 12:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1400",
        "Sat, 01 Jan 2200 00:00:00 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
    ],
)
def test_an_absurd_time_is_ignored(date: str) -> None:
    """Otherwise a status would be decided for the year 9999, and the calendar ends there."""
    assert time_of({"date": date}) is None


@pytest.mark.parametrize("age", ["-1", "1e9", "9" * 10, ""])
def test_a_malformed_age_leaves_no_time(age: str) -> None:
    assert time_of({"date": DATE, "age": age}) is None
