# SPDX-License-Identifier: MIT
"""The past that a pair has in common: whole or refused, and the rollup that observed more counts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.history import shared_past
from elytra_status.history.component_changes import RecordedChange
from elytra_status.history.rollups import HOURS_OF_A_DAY
from elytra_status.history.shared_past import (
    Kept,
    NewerPastError,
    PastShapeError,
    SharedMonitor,
    SharedPast,
    better,
    component_changes_of_both,
    days_of,
    rollups_in,
    runs_of,
    united,
)
from elytra_status.history.spans import DAY, HOUR, Tally, sum_of_tallies
from elytra_status.model import Change, PlatformStatus

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
# Two days of hours after three days of which only the sums are known.
FIRST, FIRST_OF_HOURS, UNTIL = 100, 103, 105 * 24 - 7
KEPT = Kept(FIRST, FIRST_OF_HOURS, UNTIL)


def tallies(size: int) -> st.SearchStrategy[Tally]:
    """Tallies with few values, so that two machines often observed the same or as much."""
    values = st.sampled_from([0, 1, size // 4, size // 2])
    return st.builds(
        lambda up, down, maintenance, excused: Tally(up, down, maintenance, min(excused, maintenance)),
        values, st.sampled_from([0, 1, size // 4]), st.sampled_from([0, size // 4]), values,
    ).filter(lambda one: 0 < one.observed <= size)  # fmt: skip


def monitors() -> st.SearchStrategy[SharedMonitor]:
    hours = st.dictionaries(st.integers(FIRST_OF_HOURS * 24, UNTIL - 1), tallies(HOUR), max_size=30)
    days = st.dictionaries(st.integers(FIRST, FIRST_OF_HOURS - 1), tallies(DAY), max_size=3)
    return st.builds(lambda one, other: SharedMonitor("Shop", runs_of(one, HOUR), runs_of(other, DAY)), hours, days)


def pasts() -> st.SearchStrategy[SharedPast]:
    return st.builds(
        SharedPast, st.just(UNTIL), st.dictionaries(st.sampled_from(["kuma:1", "kuma:~ü", "kuma:3"]), monitors())
    )


def hours_of(monitor: SharedMonitor) -> dict[int, Tally]:
    return dict(rollups_in(monitor.hours))


def more(one: Mapping[int, Tally], other: Mapping[int, Tally]) -> dict[int, Tally]:
    """Return of each rollup the one with more seconds, and the one of `one` if they have as many."""
    return {
        number: max((by[number] for by in (one, other) if number in by), key=lambda tally: tally.observed)
        for number in {*one, *other}
    }


@given(pasts())
def test_what_is_written_can_be_read(past: SharedPast) -> None:
    found = SharedPast.from_bytes(past.to_bytes())
    assert found == past
    assert found.to_bytes() == past.to_bytes()


@given(st.dictionaries(st.integers(0, 60), tallies(HOUR)))
def test_runs_keep_every_rollup(rollups: dict[int, Tally]) -> None:
    assert dict(rollups_in(runs_of(rollups, HOUR))) == rollups


def test_equal_rollups_in_a_row_are_one_run_and_impossible_ones_are_left_out() -> None:
    up = Tally(HOUR)
    assert runs_of(dict.fromkeys(range(500, 900), up), HOUR) == "500,400,3600"
    odd = {1: Tally(HOUR, 1), 2: Tally(), 3: Tally(-1, 5), 4: Tally(5, 0, 1, 2), 5: Tally(0, 5, 9, 9)}
    assert runs_of(odd, HOUR) == "5,1,0,5,9,9"


@given(pasts(), pasts())
def test_of_two_machines_the_rollup_with_more_seconds_counts_and_none_is_added_to_another(
    one: SharedPast, other: SharedPast
) -> None:
    both = united(one, other, KEPT)
    for key in {*one.monitors, *other.monitors}:
        mine, theirs = (past.monitors.get(key, SharedMonitor("")) for past in (one, other))
        if not (mine.hours or mine.days or theirs.hours or theirs.days):
            assert key not in both.monitors
            continue
        found = both.monitors[key]
        assert hours_of(found) == more(hours_of(mine), hours_of(theirs))
        # Hours and days agree: a day is the sum of its hours, or what was known of it before.
        sums: dict[int, Tally] = {}
        for hour, tally in hours_of(found).items():
            sums[hour // HOURS_OF_A_DAY] = sum_of_tallies(sums.get(hour // HOURS_OF_A_DAY, Tally()), tally)
        assert days_of(found) == sums | more(*(dict(rollups_in(part.days)) for part in (mine, theirs)))
        assert all(number * HOUR + HOUR <= UNTIL * HOUR for number in hours_of(found))


@given(pasts(), pasts())
def test_what_is_united_knows_all_that_either_machine_knows(one: SharedPast, other: SharedPast) -> None:
    both = united(one, other, KEPT)
    assert united(both, one, KEPT) == united(both, other, KEPT) == united(both, both, KEPT) == both
    for past in (one, other):
        for key, monitor in past.monitors.items():
            assert better(monitor, both.monitors.get(key, SharedMonitor("")), UNTIL) == ({}, {})
    assert {key: hours_of(monitor).keys() for key, monitor in both.monitors.items()} == {
        key: hours_of(monitor).keys() for key, monitor in united(other, one, KEPT).monitors.items()
    }


@given(monitors(), monitors(), st.integers(FIRST * 24, UNTIL))
def test_what_is_better_is_over_and_has_more_seconds(theirs: SharedMonitor, own: SharedMonitor, before: int) -> None:
    hours, days = better(theirs, own, before)
    assert all(hour < before for hour in hours)
    assert all((day + 1) * HOURS_OF_A_DAY <= before for day in days)
    assert all(tally.observed > hours_of(own).get(hour, Tally()).observed for hour, tally in hours.items())
    assert all(tally.observed > days_of(own).get(day, Tally()).observed for day, tally in days.items())


def test_hours_of_a_day_that_is_known_as_well_are_not_better() -> None:
    hours = SharedMonitor("", runs_of(dict.fromkeys(range(2400, 2424), Tally(HOUR)), HOUR))
    day = SharedMonitor("", "", runs_of({100: Tally(DAY - 60, 60)}, DAY))
    assert better(hours, day, 9999) == ({}, {})
    half = SharedMonitor("", "", runs_of({100: Tally(DAY // 2)}, DAY))
    assert len(better(hours, half, 9999)[0]) == 24
    assert better(day, hours, 9999) == better(half, hours, 9999) == ({}, {})


def test_only_what_is_kept_is_taken_and_old_hours_remain_in_their_day() -> None:
    hours = dict.fromkeys(range(100 * 24, 107 * 24), Tally(HOUR))
    days = {98: Tally(9), 99: Tally(DAY), 103: Tally(DAY)}
    there = SharedPast(107 * 24, {"kuma:1": SharedMonitor("Shop", runs_of(hours, HOUR), runs_of(days, DAY))})
    both = united(SharedPast(UNTIL), there, KEPT._replace(first_day=99))
    assert both.until == UNTIL
    found = both.monitors["kuma:1"]
    assert list(hours_of(found)) == list(range(FIRST_OF_HOURS * 24, UNTIL))
    assert dict(rollups_in(found.days)) == {
        99: Tally(DAY),
        **dict.fromkeys(range(100, 103), Tally(DAY)),
    }


def change(minutes: int, status: PlatformStatus = PlatformStatus.OUTAGE) -> RecordedChange:
    return RecordedChange("Web", Change(NOW + timedelta(minutes=minutes), status))


def test_changes_of_components_that_were_published_replace_those_of_the_time() -> None:
    theirs = (change(10), change(20, PlatformStatus.OPERATIONAL))
    own = (change(1), change(10, PlatformStatus.DEGRADED), change(15), change(30))
    assert component_changes_of_both(own, theirs) == (change(1), *theirs, change(30))
    assert component_changes_of_both(own, ()) == own
    assert component_changes_of_both((), theirs) == theirs


VALUE: dict[str, Any] = {
    "version": 1,
    "until": 490_000,
    "monitors": {"kuma:1": ["Shop", "489990,10,3600", "20000,3,86400 1,2,86000,400 0,1,0,0,600,600"]},
    "components": [[1772337600, "Web", "outage", 0]],
}


def packed(value: object) -> bytes:
    return gzip.compress(json.dumps(value).encode(), mtime=0)


def with_monitor(*parts: object) -> dict[str, Any]:
    return {**VALUE, "monitors": {"kuma:1": list(parts)}}


def test_an_object_of_the_first_version_can_be_read() -> None:
    past = SharedPast.from_bytes(packed(VALUE))
    assert past.components == (RecordedChange("Web", Change(NOW, PlatformStatus.OUTAGE)),)
    assert days_of(past.monitors["kuma:1"])[20005] == Tally(86000, 400)
    assert SharedPast.from_bytes(past.to_bytes()) == past


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, {**VALUE, "more": 1}, {**VALUE, "version": 0}, {**VALUE, "version": True},
        {**VALUE, "until": -1}, {**VALUE, "until": 10**12}, {**VALUE, "until": 1.5}, {**VALUE, "until": True},
        {**VALUE, "monitors": []}, {**VALUE, "monitors": {"k\0": ["", "", ""]}},
        {**VALUE, "monitors": {"\ud800": ["", "", ""]}}, {**VALUE, "monitors": {"k" * 5000: ["", "", ""]}},
        with_monitor("Shop", ""), with_monitor(5, "", ""), with_monitor("Shop", None, ""), with_monitor("", [], ""),
        with_monitor("", "x", ""), with_monitor("", "1,1", ""), with_monitor("", "1,1,5 ", ""),
        with_monitor("", "1,0,5", ""), with_monitor("", "1,1,3601", ""), with_monitor("", "1,1,0", ""),
        with_monitor("", "1,1,5,0,1,2", ""), with_monitor("", "489990,11,3600", ""),
        with_monitor("", "", "20416,1,86400"), with_monitor("", "", "1,1,86401"), with_monitor("", "\u0661,1,5", ""),
        {**VALUE, "components": {}}, {**VALUE, "components": [[1, "Web", "purple", 0]]},
        {**VALUE, "components": [[10**20, "Web", "outage", 0]]}, {**VALUE, "components": [[1, 2, "outage", 0]]},
        {**VALUE, "components": [[1, "Web", "outage", 2]]}, {**VALUE, "components": [["1", "Web", "outage", 0]]},
        {**VALUE, "components": [[1, "Web", "outage"]]}, {**VALUE, "components": [[1, "W", "outage", 0]] * 5001},
    ],
)  # fmt: skip
def test_an_object_with_something_malformed_is_refused_as_a_whole(value: object) -> None:
    with pytest.raises(PastShapeError):
        SharedPast.from_bytes(packed(value))


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", packed(VALUE)[:-1], packed(VALUE) + b"x", gzip.compress(b"{")],
    ids=["empty", "text", "incomplete", "longer", "half"],
)
def test_what_is_incomplete_or_not_compressed_is_refused(damage: bytes) -> None:
    with pytest.raises(PastShapeError):
        SharedPast.from_bytes(damage)


def test_what_is_too_large_is_refused_before_it_takes_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PastShapeError, match="larger than 12 MB when it is decoded"):
        SharedPast.from_bytes(gzip.compress(b" " * (shared_past.LARGEST_DECODED + 1)))
    with pytest.raises(PastShapeError, match="larger than 12 MB"):
        SharedPast.from_bytes(b"x" * (shared_past.LARGEST + 1))
    monkeypatch.setattr(shared_past, "MOST_ROLLUPS", 4)
    with pytest.raises(PastShapeError, match="more than 8 rollups"):
        SharedPast.from_bytes(packed(VALUE))
    monkeypatch.setattr(shared_past, "LARGEST_DECODED", 20)
    with pytest.raises(PastShapeError):
        SharedPast().to_bytes()


def test_a_newer_version_is_not_taken_for_damage() -> None:
    with pytest.raises(NewerPastError):
        SharedPast.from_bytes(packed({**VALUE, "version": 2, "more": []}))


def test_the_same_past_has_the_same_bytes_whatever_its_order() -> None:
    past = SharedPast.from_bytes(packed(VALUE))
    two = {"a:2": SharedMonitor("A"), "a:1": SharedMonitor("B")}
    turned = dict(reversed(two.items()))
    assert replace(past, monitors=two).to_bytes() == replace(past, monitors=turned).to_bytes()
