# SPDX-License-Identifier: MIT
"""Flapping neither makes the page blink nor hides an outage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.flapping import LONGEST_FLAP, Spell, changes, is_flapping, spells
from elytra_status.decision.policy import decide
from elytra_status.decision.rules import Rules
from elytra_status.model import BAD_STATES, MONITORS, Decision, Facts, Heartbeat, Monitor, PlatformStatus, Report, State

START = datetime(2025, 11, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = 10 * MINUTE
RULES = Rules()
STATES = {"U": State.UP, "D": State.DOWN, "P": State.PENDING, "M": State.MAINTENANCE, "?": State.UNKNOWN}


def heartbeats(pattern: str, gap: timedelta = MINUTE) -> tuple[Heartbeat, ...]:
    """Return heartbeats from letters, one each minute from START on."""
    return tuple(Heartbeat(START + place * gap, STATES[letter]) for place, letter in enumerate(pattern))


def seen_at(now: datetime, every: tuple[Heartbeat, ...], **more: bool) -> Monitor:
    """Return the monitor as a poll at that time sees it: the last 100 heartbeats, confirmed by two bad ones."""
    listed = tuple(heartbeat for heartbeat in every if heartbeat.time <= now)[-100:]
    last_two = {heartbeat.state for heartbeat in listed[-2:]}
    confirmed = len(listed) > 1 and last_two <= BAD_STATES
    return Monitor("kuma:1", "", listed[-1].state, confirmed=confirmed, heartbeats=listed, **more)


def status_at(now: datetime, every: tuple[Heartbeat, ...], rules: Rules = RULES) -> Decision:
    others = tuple(Monitor(f"kuma:{number}", "", State.UP) for number in range(2, 5))
    return decide(Facts(now, (Report("kuma", MONITORS, monitors=(seen_at(now, every), *others)),)), rules)


@pytest.mark.parametrize(
    ("pattern", "count", "flaps"),
    [
        ("UUUUUUUUUU", 0, False),
        ("UUDUUDUU", 4, False),  # Two failed checks.
        ("UUDUUDUUDU", 6, True),
        ("UUDUUDUUD", 5, True),
        ("UUPUUDUUPU", 6, True),  # A failed check that is retried is one too.
        ("UDPDPDPDPD", 1, False),  # Never up in between: that is an outage.
        ("UMUMUMUMUM", 0, False),  # Maintenance is no change.
        ("DMDMUMUMDMDM", 2, False),
        ("U?U?U?U?D?D?", 1, False),
        ("DUUUUUUUUU", 1, False),
        ("", 0, False),
        ("UDUDUDUD" + "U" * 25, 5, True),
        ("UDUDUDUD" + "U" * 26, 4, False),  # Half an hour later it is over.
    ],
)
def test_what_flaps(pattern: str, count: int, flaps: bool) -> None:
    every = heartbeats(pattern)
    now = START + len(pattern) * MINUTE
    monitor = seen_at(now, every) if every else Monitor("kuma:1", "", State.UP)
    assert changes(monitor, now, RULES) == count
    assert is_flapping(monitor, now, RULES) is flaps


def test_the_administrator_says_how_many_changes_are_too_many_and_within_what_time() -> None:
    every = heartbeats("UDUDUDUD")
    now = START + 8 * MINUTE
    assert not is_flapping(seen_at(now, every), now, Rules(flap_changes=7))
    assert is_flapping(seen_at(now, every), now, Rules(flap_changes=6))
    assert not is_flapping(seen_at(now, every), now, Rules(flap_within=5 * MINUTE))


def test_a_monitor_that_flaps_is_degraded_while_it_is_up_and_while_it_is_down() -> None:
    every = heartbeats("UUUUU" + "DU" * 20)
    told = [status_at(START + minute * MINUTE, every) for minute in range(11, 45)]
    assert {(one.status, one.rule) for one in told} == {(PlatformStatus.DEGRADED, "some-flapping")}
    # A state that changes all the time is not confirmed.
    assert not any(one.awaits_confirmation for one in told)


def test_a_state_that_a_source_reports_without_a_heartbeat_is_the_latest_change() -> None:
    """/metrics shows the present state; the heartbeats of the page may be a moment older."""
    every = heartbeats("UDUDU")
    monitor = Monitor("kuma:1", "", State.DOWN, confirmed=True, heartbeats=every)
    now = START + 5 * MINUTE
    assert changes(monitor, now, RULES) == 5
    assert is_flapping(monitor, now, RULES)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.MAINTENANCE])
def test_what_is_unknown_or_in_maintenance_does_not_flap(state: State) -> None:
    now = START + 10 * MINUTE
    assert not is_flapping(Monitor("kuma:1", "", state, heartbeats=heartbeats("UDUDUDUDUD")), now, RULES)


def test_flapping_ends_sooner_if_the_flaps_were_short() -> None:
    for flap, minutes in (("D", 2), ("DD", 4), ("DDD", 5), ("DDDDDDDD", 5)):
        past = (flap + "U") * 4
        every = heartbeats(past + "D" * 20)
        fell = START + len(past) * MINUTE
        rules = Rules(flap_within=timedelta(hours=1))
        assert status_at(fell + minutes * MINUTE, every, rules).status is PlatformStatus.DEGRADED, flap
        later = fell + minutes * MINUTE + timedelta(seconds=1)
        assert status_at(later, every, rules).status is PlatformStatus.OUTAGE, flap


gaps = st.integers(20, 60).map(lambda seconds: timedelta(seconds=seconds))
pasts = st.text("UDPM", max_size=60)
limits = st.builds(
    Rules, flap_changes=st.integers(2, 20), flap_within=st.integers(5, 60).map(lambda minutes: minutes * MINUTE)
)


@pytest.mark.slow
@given(pasts, gaps, limits, st.integers(0, 3600))
def test_what_has_been_down_for_five_minutes_is_never_called_a_flap(
    past: str, gap: timedelta, rules: Rules, later: int
) -> None:
    every = heartbeats(past + "D" * 300, gap)
    now = START + len(past) * gap + LONGEST_FLAP + timedelta(seconds=1 + later)
    assert not is_flapping(seen_at(now, every), now, rules)
    assert status_at(now, every, rules).status is PlatformStatus.OUTAGE


@given(pasts, gaps, limits, st.integers(0, 599))
def test_an_outage_that_begins_with_flapping_is_shown_one_run_after_confirmation_at_the_latest(
    past: str, gap: timedelta, rules: Rules, phase: int
) -> None:
    every = heartbeats(past + "D" * 300, gap)
    confirmed_at = START + (len(past) + 1) * gap
    run = START + timedelta(seconds=phase)
    while run < confirmed_at:
        run += RUN
    first, second = (status_at(moment, every, rules).status for moment in (run, run + RUN))
    assert first in (PlatformStatus.OUTAGE, PlatformStatus.DEGRADED)
    assert second is PlatformStatus.OUTAGE


@given(pasts, gaps, limits, st.integers(0, 3600))
def test_what_changed_no_more_often_than_allowed_does_not_flap(
    past: str, gap: timedelta, rules: Rules, later: int
) -> None:
    every = heartbeats("U" + past, gap)
    now = every[-1].time + timedelta(seconds=later)
    monitor = seen_at(now, every)
    if is_flapping(monitor, now, rules):
        assert changes(monitor, now, rules) > rules.flap_changes
        assert later < rules.flap_within.total_seconds()


@given(st.integers(1, 4), st.integers(1, 4), gaps, st.integers(0, 1800))
def test_what_flaps_evenly_is_neither_an_outage_nor_operational(down: int, up: int, gap: timedelta, later: int) -> None:
    every = heartbeats("U" + ("D" * down + "U" * up) * 100, gap)
    # By now it has changed five times, all within half an hour.
    now = START + (1 + 3 * (down + up)) * gap + timedelta(seconds=later)
    assert status_at(now, every).status is PlatformStatus.DEGRADED


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("pattern", "flaps"),
    [
        ("UDDDDUDUDUDDDDDDD", True),  # Its longest flap lasted 40 s: 60 s are less than twice that.
        ("UDDDDUDUDUDDDDDDDDDD", False),  # 90 s are more.
        ("UUUUUUDUUUUUUDUUUUUUDDDDD", False),  # 50 s after flaps of 10 s: how long it was up does not count.
    ],
)
def test_a_bad_state_is_no_flap_once_it_lasts_twice_as_long_as_the_longest_flap(pattern: str, flaps: bool) -> None:
    every = heartbeats(pattern, 10 * SECOND)
    assert is_flapping(seen_at(every[-1].time, every), every[-1].time, Rules(flap_changes=4)) is flaps


def test_a_long_outage_of_before_is_no_flap() -> None:
    """After four minutes of downtime an hour ago, a flap of 20 s does not make the next four minutes a flap."""
    before = heartbeats("UDDDDUUUUU" + "U" * 40)
    start = before[-1].time
    later = tuple(Heartbeat(start + (place + 1) * 20 * SECOND, STATES[one]) for place, one in enumerate("DUDUDUDDDDD"))
    now = later[-1].time
    assert not is_flapping(seen_at(now, (*before, *later)), now, RULES)


def test_what_another_answer_says_after_the_last_heartbeat_is_a_spell_of_now() -> None:
    every, now = heartbeats("UUU"), START + 3 * MINUTE
    assert spells(Monitor("kuma:1", "", State.DOWN, heartbeats=every), now) == [Spell(START, False), Spell(now, True)]
    every = heartbeats("DDD")
    assert spells(Monitor("kuma:1", "", State.UP, heartbeats=every), now) == [Spell(START, True), Spell(now, False)]
