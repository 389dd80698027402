# SPDX-License-Identifier: MIT
"""Which monitors are too new for a window, and since when they are watched."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import pytest

from elytra_status.history.ages import Ages, read_ages, source_in_key
from elytra_status.history.spans import DAY
from tests.remembering import in_memory

WINDOW = (100, 200)
TODAY = 1000
NOON = TODAY * DAY + DAY // 2


@pytest.mark.parametrize(
    ("monitor", "source", "expected"),
    [
        (150, 0, False),
        (151, 0, True),
        (151, 150, True),
        # If the source itself came later, nobody knows how old its monitors are.
        (151, 151, False),
        (inf, 150, True),
        (inf, inf, False),
        (140, 0, False),
    ],
)
def test_a_monitor_first_seen_after_half_of_the_window_is_too_new(
    monitor: float, source: float, expected: bool
) -> None:
    ages = Ages(
        {} if monitor == inf else {7: int(monitor)}, {} if source == inf else {"uptime_kuma:office": int(source)}
    )
    assert ages.is_too_new(7, "uptime_kuma:office:3", WINDOW) is expected
    assert source_in_key("uptime_kuma:office:3") == "uptime_kuma:office"


def test_of_several_those_that_are_too_new_are_counted() -> None:
    ages = Ages({1: 0, 2: 151, 3: 199}, {"a": 0, "b": 151})
    count = ages.too_new_of([(1, "a:1"), (2, "a:2"), (3, "b:3"), (4, "a:4")])
    assert count(WINDOW) == 2
    assert count((200, 400)) == 1


def history(monitors: dict[int, str], days: Sequence[tuple[int, ...]], spans: Sequence[tuple[int, ...]]) -> Ages:
    """Read the ages of a history with these rollups of days (day, monitor, up) and spans (monitor, first)."""
    tables = {
        "monitors": [(identifier, key, "", 0) for identifier, key in monitors.items()],
        "days": [(*one, 0, 0, 0) for one in days],
        "spans": [(*one, one[1], 0, 60) for one in spans],
    }
    with in_memory(**tables) as connection:
        return read_ages(connection, NOON)


def test_a_monitor_is_as_old_as_the_first_that_was_seen_of_it() -> None:
    monitors = {1: "a:1", 2: "a:2", 3: "b:3", 4: "c:4"}
    days = [(990, 1, 3600), (991, 1, DAY), (995, 3, 2 * DAY)]
    found = history(monitors, days, [(1, 995 * DAY), (2, 998 * DAY + 5), (2, 999 * DAY), (3, 994 * DAY)])
    # The hour that was observed of its first day was the last of that day.
    assert found.monitors == {1: 991 * DAY - 3600, 2: 998 * DAY + 5, 3: 994 * DAY}
    assert found.sources == {"a": 991 * DAY - 3600, "b": 994 * DAY}
    assert history(monitors, [(995, 3, 2 * DAY)], []).monitors == {3: 995 * DAY}


def test_a_source_is_as_old_as_the_oldest_of_its_monitors() -> None:
    monitors = {1: "a:1", 2: "a:2", 3: "a:3"}
    assert history(monitors, [], [(1, 50), (2, 40), (3, 60)]).sources == {"a": 40}


@pytest.mark.parametrize(("day", "is_known"), [(TODAY - 119, True), (TODAY - 120, False)])
def test_what_was_not_seen_for_120_days_is_new_again(day: int, is_known: bool) -> None:
    assert bool(history({1: "a:1"}, [(day, 1, DAY)], []).monitors) is is_known
