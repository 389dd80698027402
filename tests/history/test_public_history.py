# SPDX-License-Identifier: MIT
"""The past of many monitors together, compared with that of each."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.uptimes import total
from elytra_status.history import PublicHistory, begin_reading_days, build_public_history, complete
from elytra_status.history.importing import EarlierMonitor, ImportedBefore, take_in_earlier
from elytra_status.history.overview import overview
from elytra_status.history.spans import NOTHING_ANNOUNCED, Tally
from elytra_status.history.store import FILE
from elytra_status.history.uptime import Measured, Past
from elytra_status.model import PlatformStatus, State
from tests.counted_calls import calls
from tests.remembering import NOON, SOURCE, history, report, show, steady

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LENGTH = 86400
TODAY = int(NOON.timestamp()) // LENGTH
GONE = "90"
PARTS = {"web": frozenset({f"{SOURCE}:1", f"{SOURCE}:3"}), "none": frozenset({"nobody:1"})}


def a_day(dice: random.Random) -> Tally | None:
    """Return what may be known of a day: nothing, little, some of it, all of it."""
    observed = dice.choice([0, 100, LENGTH // 2 - 1, LENGTH // 2, LENGTH - 60, LENGTH, LENGTH, LENGTH])
    maintenance = dice.choice([0, 0, 0, min(7000, observed), observed])
    down = dice.choice([0, 0, 0, (observed - maintenance) // 7, observed - maintenance])
    return Tally(observed - maintenance - down, down, maintenance) if observed else None


def filled(directory: Path, seed: int) -> None:
    """Add some monitors for very different times, and one that is not watched any more."""
    dice = random.Random(seed)
    made = []
    for label in ("1", "2", "3", "4", GONE):
        days = {day: tally for day in range(TODAY - 95, TODAY - 2) if (tally := a_day(dice))}
        made.append(EarlierMonitor((f"{SOURCE}:{label}",), f"Customer {label}", True, {}, days, []))
    take_in_earlier(directory / FILE, ImportedBefore(made, 0), NOON - 2 * DAY, NOTHING_ANNOUNCED, 400)
    show(directory, NOON - 2 * DAY, {GONE: steady(NOON - 3 * DAY, NOON - 2 * DAY, gap=300)})
    show_of_late(directory, NOON)


def show_of_late(directory: Path, now: datetime) -> None:
    late = {
        label: [*steady(now - hours * HOUR, now - HOUR), *steady(now - HOUR, now, State.DOWN)]
        for label, hours in (("1", 60), ("2", 20), ("3", 3))
    }
    show(directory, now, {**late, "4": steady(now - timedelta(minutes=5), now)})


def expected(pasts: list[Past], measured: list[Measured], minimum: bool) -> tuple[Fraction | None, Fraction, int, int]:
    """Return ratio and observed ratio of several monitors, and their mean seconds up and down, computed naively."""
    ratios = [one.ratio for one in measured if one.ratio is not None]
    ratio = None
    if ratios and 10 * len(ratios) >= 9 * len(pasts):
        ratio = min(ratios) if minimum else sum(ratios, Fraction(0)) / len(ratios)
    observed = sum((min(one.observed, Fraction(1)) for one in measured), Fraction(0)) / len(pasts)
    up, down = (sum(getattr(one.seconds, word) for one in measured) // len(pasts) for word in ("up", "down"))
    return ratio, observed, up, down


def is_mean_of(whole: Past, pasts: list[Past], minimum: bool) -> None:
    assert pasts
    assert list(whole.days) == list(pasts[0].days)
    pairs = [(whole.days[day], [past.days[day] for past in pasts]) for day in whole.days]
    pairs += [(whole.windows[name], [past.windows[name] for past in pasts]) for name in whole.windows]
    for found, measured in pairs:
        ratio, observed, up, down = expected(pasts, measured, minimum)
        assert (found.ratio, min(found.observed, Fraction(1)), found.seconds.up, found.seconds.down) == (
            ratio,
            observed,
            up,
            down,
        )


def built(directory: Path, now: datetime = NOON, minimum: bool = False, beforehand: bool = False) -> PublicHistory:
    whole_days = begin_reading_days(history(directory), now, PARTS)() if beforehand else None
    assert beforehand is (whole_days is not None)
    used = history(directory, learns=False)
    return build_public_history(
        used, PlatformStatus.OPERATIONAL, now, parts=PARTS, minimum=minimum, whole_days=whole_days
    )


@pytest.mark.parametrize("minimum", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_several_together_are_the_mean_of_each_or_the_minimum(seed: int, minimum: bool, tmp_path: Path) -> None:
    filled(tmp_path, seed)
    known = overview(tmp_path / FILE, NOON, minimum=minimum)
    each: Mapping[str, Past] = {past.key: past for past in known.monitors}
    watched = [past for past in known.monitors if past.watched]
    assert len(watched) == 4
    assert not each[f"{SOURCE}:{GONE}"].watched
    assert any(day.ratio is not None for day in known.together.days.values())
    is_mean_of(known.together, watched, minimum)
    found = built(tmp_path, minimum=minimum)
    assert found.together is not None
    is_mean_of(found.together, watched, minimum)
    is_mean_of(found.parts["web"], [each[key] for key in PARTS["web"]], minimum)
    assert found.parts["none"].days == {}
    assert found.parts["none"].windows["last_90d"].ratio is None


def days_of(directory: Path, **first: int) -> dict[int, Fraction | None]:
    """Return what is published of each of the last 90 days, by age, for monitors up since this many days."""
    made = [
        EarlierMonitor(
            (f"{source}:{number}",), "", True, {}, {TODAY - ago: Tally(LENGTH) for ago in range(3, since + 1)}, []
        )
        for number, (source, since) in enumerate((name.partition("_")[0], since) for name, since in first.items())
    ]
    take_in_earlier(directory / FILE, ImportedBefore(made, 0), NOON, NOTHING_ANNOUNCED, 400)
    for source in {name.partition("_")[0] for name in first}:
        keys = [one.keys[0] for one in made if one.keys[0].startswith(f"{source}:")]
        listed = {key.partition(":")[2]: steady(NOON - HOUR, NOON, gap=600) for key in keys}
        complete(history(directory), (report(listed, source=source),), NOON)
    together = build_public_history(history(directory), PlatformStatus.OPERATIONAL, NOON).together
    assert together is not None
    return {(NOON.date() - day).days: seen.ratio for day, seen in together.days.items()}


def test_days_before_a_monitor_came_are_those_of_the_others(tmp_path: Path) -> None:
    known = days_of(tmp_path, kuma_a=80, kuma_b=80, kuma_c=20)
    assert known[50] == known[10] == 1
    assert known[85] is None


def test_a_source_that_is_watched_for_less_time_leaves_earlier_days_unknown(tmp_path: Path) -> None:
    known = days_of(tmp_path, kuma_a=80, kuma_b=80, prometheus_c=20)
    assert known[50] is None
    assert known[10] == 1


def test_a_day_of_which_most_of_the_monitors_were_not_observed_is_not_known(tmp_path: Path) -> None:
    made = [
        EarlierMonitor(
            (f"{SOURCE}:{number}",),
            "",
            True,
            {},
            {TODAY - ago: Tally(LENGTH) for ago in (30, 20)[: 1 + (number < 4)]},
            [],
        )
        for number in range(20)
    ]
    take_in_earlier(tmp_path / FILE, ImportedBefore(made, 0), NOON, NOTHING_ANNOUNCED, 400)
    show(tmp_path, NOON, {str(number): steady(NOON - HOUR, NOON, gap=600) for number in range(20)})
    together = build_public_history(history(tmp_path), PlatformStatus.OPERATIONAL, NOON).together
    assert together is not None
    ratios = {(NOON.date() - day).days: seen.ratio for day, seen in together.days.items()}
    assert (ratios[30], ratios[20]) == (1, None)


def test_days_before_the_history_cost_nothing_for_each_monitor(tmp_path: Path) -> None:
    def work(monitors: int) -> int:
        directory = tmp_path / str(monitors)
        directory.mkdir()
        show(directory, NOON, {str(number): steady(NOON - HOUR, NOON, gap=600) for number in range(monitors)})
        return calls(lambda: build_public_history(history(directory, learns=False), PlatformStatus.OPERATIONAL, NOON))

    work(1)
    # Two functions for each monitor on each of 90 days would be more.
    assert work(60) - work(10) < 50 * 90


def test_what_is_read_beforehand_makes_no_difference(tmp_path: Path) -> None:
    filled(tmp_path, 7)
    assert built(tmp_path, beforehand=True) == built(tmp_path)


def test_what_was_read_before_midnight_is_read_again_after_it(tmp_path: Path) -> None:
    filled(tmp_path, 8)
    midnight = datetime.fromtimestamp((TODAY + 1) * LENGTH, UTC)
    before = begin_reading_days(history(tmp_path), midnight - timedelta(minutes=1), PARTS)()
    assert before is not None
    # After this more days are completely summed.
    show_of_late(tmp_path, midnight + HOUR)
    used = history(tmp_path, learns=False)
    after = midnight + HOUR
    found = build_public_history(used, PlatformStatus.OPERATIONAL, after, parts=PARTS, whole_days=before)
    assert found == build_public_history(used, PlatformStatus.OPERATIONAL, after, parts=PARTS)
    assert found.together is not None
    assert list(found.together.days)[-1] == after.date()


def test_a_monitor_that_is_new_since_then_counts_as_not_observed_before(tmp_path: Path) -> None:
    filled(tmp_path, 9)
    before = begin_reading_days(history(tmp_path), NOON, PARTS)()
    show(tmp_path, NOON, {label: [] for label in "1234"} | {"5": steady(NOON - HOUR, NOON)})
    used = history(tmp_path, learns=False)
    found = build_public_history(used, PlatformStatus.OPERATIONAL, NOON, parts=PARTS, whole_days=before)
    assert found == build_public_history(used, PlatformStatus.OPERATIONAL, NOON, parts=PARTS)


def test_an_early_read_that_fails_logs_nothing(tmp_path: Path, log_lines: list[str]) -> None:
    (tmp_path / FILE).write_bytes(b"no history at all, but of some length " * 100)
    assert begin_reading_days(history(tmp_path), NOON, PARTS)() is None
    assert begin_reading_days(None, NOON, PARTS)() is None
    assert log_lines == []


@pytest.mark.parametrize("change", ["up = -1", "down = -5", "excused = 90000", "maintenance = -1, up = up + 1"])
def test_impossible_rollups_are_not_published(change: str, tmp_path: Path, log_lines: list[str]) -> None:
    filled(tmp_path, 3)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        # Of one day alone: the sum of all days does not give it away.
        day = "SELECT max(day) FROM days WHERE monitor = 1 AND day < ?"
        connection.execute(f"UPDATE days SET {change} WHERE monitor = 1 AND day = ({day})", (TODAY - 3,))
    assert built(tmp_path).together is None
    assert any("invalid rollups" in line for line in log_lines)


@given(st.lists(st.fractions(min_value=0, max_value=1)))
def test_a_total_is_exact(ratios: list[Fraction]) -> None:
    assert total(ratios) == sum(ratios, Fraction(0))


def test_a_thousand_ratios_with_nothing_in_common_add_up_exactly() -> None:
    ratios = [Fraction(7_000_000 - number, 7_776_000 - number) for number in range(1000)]
    assert total(ratios) == sum(ratios, Fraction(0))
