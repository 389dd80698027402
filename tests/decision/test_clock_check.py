# SPDX-License-Identifier: MIT
"""When this machine's clock is believed, against saved state and servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.clock_check import ServerTime, check_clock

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def says(server: str, ahead: timedelta, *, here: bool = False) -> ServerTime:
    """Return what a server says that this machine is ahead of."""
    return ServerTime(server, NOW - ahead, NOW, here)


def test_nothing_contradicts_the_clock_of_a_first_run() -> None:
    check = check_clock(NOW, None, [])
    assert check.believed
    assert not check.confirmed


@pytest.mark.parametrize("ahead", [timedelta(0), 5 * MINUTE, -5 * MINUTE])
def test_five_minutes_are_believed(ahead: timedelta) -> None:
    check = check_clock(NOW, NOW - 10 * MINUTE, [says("kuma", ahead)])
    assert (check.believed, check.confirmed, check.time) == (True, True, NOW)


@pytest.mark.parametrize("ahead", [31 * DAY, 3 * DAY, 5 * MINUTE + timedelta(seconds=1), -6 * MINUTE, -400 * DAY])
def test_a_clock_that_servers_contradict_is_not_believed_and_they_say_the_time(ahead: timedelta) -> None:
    check = check_clock(NOW, NOW - 10 * MINUTE, [says("kuma", ahead), says("storage", ahead + MINUTE)])
    assert not check.believed
    assert check.time is not None
    assert abs(check.time - (NOW - ahead)) <= MINUTE
    assert ("ahead" if ahead > timedelta(0) else "behind") in check.problem


def test_one_server_is_enough_to_doubt_a_clock_that_saved_state_agrees_with() -> None:
    check = check_clock(NOW, NOW - 10 * MINUTE, [says("kuma", 10 * MINUTE)])
    assert not check.believed
    assert check.time == NOW - 10 * MINUTE


def test_saved_state_of_a_wrong_clock_is_outranked_by_servers() -> None:
    assert check_clock(NOW, NOW + 31 * DAY, [says("kuma", MINUTE)]).believed


def test_a_clock_behind_saved_state_has_no_time_to_go_by_without_a_server() -> None:
    check = check_clock(NOW, NOW + 6 * MINUTE, [])
    assert not check.believed
    assert check.time is None
    assert check_clock(NOW, NOW + 5 * MINUTE, []).believed


def test_one_wrong_server_is_outvoted_by_the_clock_and_another() -> None:
    check = check_clock(NOW, None, [says("kuma", 40 * MINUTE), says("storage", MINUTE)])
    assert check.believed
    assert check.wrong_servers == 1


def test_two_servers_that_agree_outvote_the_clock_but_not_with_a_third() -> None:
    wrong = [says("a", DAY), says("b", DAY)]
    assert not check_clock(NOW, None, wrong).believed
    assert not check_clock(NOW, None, [*wrong, says("c", timedelta(0))]).believed
    assert check_clock(NOW, None, [*wrong, says("c", timedelta(0)), says("d", timedelta(0))]).believed


def test_servers_that_contradict_each_other_and_the_clock_leave_no_time() -> None:
    check = check_clock(NOW, NOW, [says("a", DAY), says("b", -DAY)])
    assert not check.believed
    assert check.time is None


def test_an_old_copy_of_a_cache_counts_for_nothing_beside_a_fresh_answer() -> None:
    assert check_clock(NOW, None, [says("kuma", 3 * DAY), says("kuma", timedelta(0))]).believed


def test_a_server_on_this_machine_agrees_with_its_clock_in_vain() -> None:
    here = says("127.0.0.1:3001", timedelta(0), here=True)
    assert not check_clock(NOW, None, [here, says("storage", 31 * DAY)]).believed
    assert check_clock(NOW, None, [here]).believed


offsets = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(-(10**8), 10**8), st.booleans()), min_size=1, max_size=12
)


@given(offsets, st.one_of(st.none(), st.integers(-(10**8), 10**8)))
def test_a_time_to_go_by_is_what_servers_said_or_the_clock(
    told: list[tuple[str, int, bool]], highest: int | None
) -> None:
    times = [says(server, timedelta(seconds=seconds), here=here) for server, seconds, here in told]
    check = check_clock(NOW, None if highest is None else NOW + timedelta(seconds=highest), times)
    assert check.time in (None, NOW, *(NOW - one.ahead for one in times))
    assert check.believed == (check.time == NOW and check.ahead == timedelta(0))
    if check.believed:
        assert any(abs(one.ahead) <= 5 * MINUTE for one in times)
    if all(abs(one.ahead) <= 5 * MINUTE for one in times):
        assert check.believed
