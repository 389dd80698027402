# SPDX-License-Identifier: MIT
"""Which series of /metrics still change, and which counts if there are several: reading by reading."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.model import Heartbeat, State, replace
from elytra_status.sources.kuma.matching import MergedMonitor
from elytra_status.sources.kuma.readings import Reading, figures_of, from_json, mark_of, next_reading, to_json
from elytra_status.sources.kuma.responses import Metrics, MonitorSeries
from elytra_status.sources.kuma.series import take_readings

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STEP = 7 * MINUTE
UP, DOWN, PENDING = State.UP, State.DOWN, State.PENDING
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def series(
    state: State = DOWN,
    ratios: Sequence[Fraction | int | None] = (HALF, THIRD),
    name: str = "Site",
    kind: str = "http",
    *,
    critical: bool = False,
) -> MonitorSeries:
    first, second = (None if ratio is None else Fraction(ratio) for ratio in ratios)
    labels = frozenset({("monitor_name", name), ("monitor_type", kind)})
    return MonitorSeries(1, name, kind, "", "", "", state, first, second, critical, labels)


def reading(state: State = DOWN, minutes: float = -5, **more: Any) -> Reading:
    """Return the values of the usual series some minutes from now."""
    return Reading(**{"state": state, "figures": (HALF, THIRD), "at": NOW + minutes * MINUTE, **more})


# What moves.


@pytest.mark.parametrize(
    ("ratios", "moves"),
    [
        ((HALF, THIRD), True),
        ((0, THIRD), True),
        ((1, THIRD), True),
        ((None, THIRD), True),
        ((HALF, None), True),
        ((0, 0), False),
        ((1, 1), False),
        ((0, 1), False),
        ((None, None), False),
    ],
)
def test_ratios_move_with_every_check_unless_all_of_them_are_0_or_1(
    ratios: tuple[Fraction | int | None, ...], moves: bool
) -> None:
    assert figures_of(series(ratios=ratios)) == (tuple(one for one in ratios if one is not None) if moves else ())
    assert figures_of(series(ratios=ratios, kind="push")) == ()


def test_what_is_read_first_has_not_moved_yet() -> None:
    heartbeat = NOW - MINUTE
    expected = Reading(DOWN, (HALF, THIRD), NOW, heartbeat, False, timedelta(0), timedelta(0), False)
    assert next_reading(series(), None, NOW, heartbeat, STEP) == expected
    made = Reading(DOWN, (), NOW)
    assert (made.moves, made.still, made.gap, made.left) == (False, timedelta(0), timedelta(0), False)


@pytest.mark.parametrize(("minutes", "still"), [(-5, 9), (-7, 11), (-8, 11), (-600, 11), (0, 4), (3, 4)])
def test_the_time_in_which_nothing_moved_grows_by_no_more_than_a_step(minutes: float, still: int) -> None:
    before = reading(minutes=minutes, still=4 * MINUTE, gap=3 * MINUTE, moves=True, left=True)
    found = next_reading(series(), before, NOW, None, STEP)
    assert found == replace(before, at=NOW, still=still * MINUTE)


def test_it_grows_to_the_longest_interval_there_is() -> None:
    before = reading(still=24 * DAY - MINUTE)
    assert next_reading(series(), before, NOW, None, STEP).still == 24 * DAY


@pytest.mark.parametrize(("gap", "still", "longest"), [(3, 4, 4), (5, 4, 5)])
@pytest.mark.parametrize("changed", [series(PENDING), series(ratios=(HALF, HALF))])
def test_what_changes_moves_and_how_long_it_stood_still_is_its_gap(
    changed: MonitorSeries, gap: int, still: int, longest: int
) -> None:
    before = reading(still=still * MINUTE, gap=gap * MINUTE, left=True)
    found = next_reading(changed, before, NOW, None, STEP)
    assert found == Reading(changed.state, figures_of(changed), NOW, moves=True, gap=longest * MINUTE)


@pytest.mark.parametrize(
    ("before", "now", "failed"),
    [
        (reading(), reading(minutes=0, figures=(HALF, Fraction(1, 4))), True),
        (reading(), reading(minutes=0, figures=(THIRD, THIRD)), False),
        (reading(), reading(minutes=0, figures=(THIRD, HALF)), False),
        (reading(figures=(HALF,)), reading(minutes=0, figures=(THIRD,)), True),
        (reading(), reading(PENDING, minutes=0, figures=(HALF, Fraction(1, 4))), True),
        (reading(UP), reading(minutes=0, figures=(HALF, Fraction(1, 4))), False),
        (reading(), reading(UP, minutes=0, figures=(HALF, Fraction(1, 4))), False),
        (reading(figures=()), reading(minutes=0), False),
        (reading(), reading(minutes=0, figures=()), False),
        # Not long ago, and not at the same moment.
        (reading(minutes=-15), reading(minutes=0, figures=(HALF, Fraction(1, 4))), True),
        (reading(minutes=-15.1), reading(minutes=0, figures=(HALF, Fraction(1, 4))), False),
        (reading(minutes=0), reading(minutes=0, figures=(HALF, Fraction(1, 4))), False),
        (reading(minutes=1), reading(minutes=0, figures=(HALF, Fraction(1, 4))), False),
    ],
)
def test_another_failed_check_lowers_the_longest_ratio(before: Reading, now: Reading, failed: bool) -> None:
    assert now.has_failed_since(before, 15 * MINUTE) is failed


# Saved state.

STARTED = Metrics((), "2.5.3", NOW - DAY)
NOT_TOLD = Metrics((), "2.5.3", None)


@pytest.mark.parametrize("metrics", [STARTED, NOT_TOLD])
def test_what_is_saved_is_read_again_while_uptime_kuma_is_not_restarted(metrics: Metrics) -> None:
    readings = {
        "a": reading(heartbeat=NOW, moves=True, still=MINUTE, gap=DAY, left=True),
        "b": reading(PENDING, figures=(), still=24 * DAY, gap=24 * DAY),
    }
    value = json.loads(json.dumps(to_json(readings, metrics)))
    assert from_json(value, metrics) == readings
    assert from_json(value, replace(metrics, started=NOW)) == {}
    assert from_json(value, None) == {}
    assert to_json({}, None) == {"started": "", "series": {}}


@pytest.mark.parametrize("value", [None, [], {}, {"series": []}, {"started": "", "series": None}])
def test_saved_state_without_readings_is_ignored(value: object) -> None:
    assert from_json(value, NOT_TOLD) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-03-10T12:00:00"},
        {"heartbeat": "2026-03-10T12:00:00"},
        {"still": -1},
        {"gap": -1},
        {"gap": 24 * 86400 + 1},
        {"still": 24 * 86400 + 1},
        {"state": "else"},
        {"figures": ["x"]},
        {"figures": ["1/0"]},
        {"at": 5},
    ],
)
def test_a_malformed_reading_is_skipped_and_takes_no_other_with_it(change: dict[str, Any]) -> None:
    value = to_json({"a": reading(heartbeat=NOW), "b": reading()}, NOT_TOLD)
    value["series"]["a"].update(change)
    assert from_json(value, NOT_TOLD) == {"b": reading()}


def test_only_true_is_true() -> None:
    value = to_json({"a": reading()}, NOT_TOLD)
    value["series"]["a"].update(moves=1, left="yes")
    assert from_json(value, NOT_TOLD) == {"a": reading()}


def test_a_series_that_an_earlier_version_saved_is_recognised() -> None:
    assert mark_of(series()) == "8cdeed769090a019"


# Which series counts.


def take(
    *same: MonitorSeries,
    checks: str = "",
    page: str | None = None,
    before: dict[str, Reading] | None = None,
    **more: Any,
) -> tuple[MergedMonitor, dict[str, Reading]]:
    """Take the readings of one monitor with these series, and heartbeats such as 'u120 d60' by seconds ago."""
    heartbeats = tuple(heartbeat(check) for check in checks.split()) if checks else None
    known = MergedMonitor(
        **{"key": "kuma:1", "identifier": 1, "name": "Site", "kind": "http", "heartbeats": heartbeats, **more}
    )
    known.all_series, known.series = same, same[0] if same else None
    names = {} if page is None else {1: page}
    taken = take_readings([known], names, before or {}, NOW, STEP)
    return known, taken


def heartbeat(check: str) -> Heartbeat:
    return Heartbeat(NOW - timedelta(seconds=float(check[1:])), {"u": UP, "d": DOWN, "p": PENDING}[check[0]])


def test_a_series_is_read_where_it_is_bad_or_one_of_several() -> None:
    for state in (DOWN, PENDING):
        known, taken = take(series(state), checks="u120 u60 d5")
        assert taken == {mark_of(series()): reading(state, 0, heartbeat=NOW - timedelta(seconds=5))}
        assert known.reading == taken[mark_of(series())]
        assert known.reading_before is None
    known, taken = take(series(UP))
    assert (known.reading, taken) == (None, {})
    assert take()[1] == {}
    two = (series(UP), series(UP, name="Old"))
    assert take(*two)[1].keys() == {mark_of(one) for one in two}


def test_of_several_the_one_with_the_name_on_the_page_counts() -> None:
    same = (series(DOWN, name="Old"), series(UP, name="New", critical=True), series(PENDING, name="New"))
    assert take(*same, page="New")[0].series == replace(same[2], critical=True)
    assert take(*same, page="Other")[0].series == replace(same[0], critical=True)
    assert take(*same)[0].series == replace(same[0], critical=True)
    assert take(*same, page="New", identifier=None)[0].series == replace(same[0], critical=True)
    assert take(series(DOWN), page="New")[0].series == series(DOWN)


def test_of_several_the_one_that_moved_last_counts() -> None:
    old, new = series(DOWN, name="Old"), series(UP, name="New")
    still = {mark_of(old): reading(still=MINUTE), mark_of(new): reading(UP, figures=(HALF, HALF))}
    assert take(old, new, before=still)[0].series == new
    both_moved = {
        mark_of(old): reading(still=MINUTE, moves=True),
        mark_of(new): reading(UP, still=timedelta(0), moves=True),
    }
    assert take(old, new, before=both_moved)[0].series == new
    # A series that has not changed yet, for a shorter time than another: it may be new.
    young = {mark_of(old): reading(still=timedelta(0)), mark_of(new): reading(UP, still=MINUTE, moves=True)}
    assert take(old, new, before=young)[0].series == old
    none_moved = {mark_of(old): reading(still=MINUTE), mark_of(new): reading(UP)}
    assert take(old, new, before=none_moved)[0].series == old


# What heartbeats show to be left behind.


def is_left(checks: str, before: Reading | None, now: MonitorSeries | None = None) -> bool:
    one = now or series()
    known, taken = take(one, checks=checks, before={mark_of(one): before} if before else {})
    assert known.reading == taken[mark_of(one)]
    assert known.reading_before == before
    assert known.reading is not None
    assert (known.series is None) is known.reading.left
    return known.reading.left


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ("u300 u240 u180", True),
        ("d360 u300 u240 u180", True),
        ("u360 d300 u240 u180", False),
        ("u360 u300 d240 u180", False),
        ("u300 d240 u180", False),
        ("d240 u180", False),
        ("u300 u240 d180", False),
        ("u300 u240 u180 d120 u60", False),
        ("u300 u240 u180 p120 u60", False),
        ("u300 u240", False),
        ("", False),
    ],
)
def test_a_series_that_stays_bad_while_no_heartbeat_is_was_left_behind(checks: str, expected: bool) -> None:
    """The poll before knew of the heartbeat 240 seconds ago."""
    assert is_left(checks, reading(heartbeat=NOW - timedelta(seconds=240))) is expected


@pytest.mark.parametrize(
    ("change", "now", "expected"),
    [
        ({"state": PENDING}, series(), True),
        ({"state": UP}, series(), False),
        ({"figures": (HALF, HALF)}, series(), False),
        ({"heartbeat": None}, series(), False),
    ],
)
def test_it_was_bad_and_the_same_at_the_poll_before(change: dict[str, Any], now: MonitorSeries, expected: bool) -> None:
    before = replace(reading(heartbeat=NOW - timedelta(seconds=240)), **change)
    assert is_left("u300 u240 u180", before, now) is expected
    assert not is_left("u300 u240 u180", None, now)


def test_one_of_several_that_is_up_was_not_left_behind() -> None:
    same = (series(UP), series(UP, name="Old"))
    before = {mark_of(one): reading(UP, heartbeat=NOW - timedelta(seconds=240)) for one in same}
    assert take(*same, checks="u300 u240 u180", before=before)[0].series == same[0]


def test_what_was_left_behind_stays_so_until_it_moves() -> None:
    left = reading(left=True)
    assert is_left("u300 d60", left)
    assert not is_left("u300 d60", replace(left, figures=(HALF, HALF)))
