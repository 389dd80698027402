# SPDX-License-Identifier: MIT
"""When this machine's clock is believed, compared with saved state and servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.clock_check import BELIEVED, ClockCheck, check_clock
from elytra_status.model import ServerTime

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def says(server: str, ahead: timedelta, *, here: bool = False) -> ServerTime:
    """Return the time of a server that this machine is ahead of."""
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


def test_one_server_is_enough_to_reject_a_clock_that_saved_state_agrees_with() -> None:
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


@pytest.mark.parametrize("ahead", [timedelta(0), 5 * MINUTE, -5 * MINUTE])
def test_a_server_on_this_machine_is_no_second_vote_as_long_as_it_agrees(ahead: timedelta) -> None:
    here = says("127.0.0.1:3001", ahead, here=True)
    check = check_clock(NOW, None, [here, says("storage", 31 * DAY)])
    assert check.ahead == 31 * DAY
    assert check.reason == "it is 31 days ahead, by the only server that answered"


def test_a_server_on_this_machine_that_contradicts_its_clock_counts() -> None:
    here = says("127.0.0.1:3001", DAY, here=True)
    assert check_clock(NOW, None, [here, says("storage", DAY)]).reason == "it is 24 hours ahead, by 2 of 2 servers"


def test_servers_five_minutes_apart_agree_and_no_further() -> None:
    agree = check_clock(NOW, None, [says("a", DAY), says("b", DAY + 5 * MINUTE)])
    assert (agree.ahead, agree.time) == (DAY + 5 * MINUTE, NOW - DAY - 5 * MINUTE)
    second = timedelta(seconds=1)
    assert check_clock(NOW, None, [says("a", DAY), says("b", DAY + 5 * MINUTE + second)]).time is None


def test_the_time_to_go_by_is_the_one_in_the_middle_of_those_that_agree() -> None:
    said = [says(name, DAY + minutes * MINUTE) for name, minutes in zip("abcde", (4, 0, 1, 3, 2), strict=True)]
    check = check_clock(NOW, None, said)
    assert check == ClockCheck(
        False, False, DAY + 2 * MINUTE, NOW - DAY - 2 * MINUTE, "it is 24 hours ahead, by 5 of 5 servers"
    )


@pytest.mark.parametrize(
    ("now", "highest", "times", "expected"),
    [
        (NOW, None, [], (True, False, timedelta(0), NOW, "nothing contradicts it", 0)),
        (NOW, NOW, [says("a", MINUTE)], (True, True, timedelta(0), NOW, "servers agree with it", 0)),
        (
            NOW,
            NOW + 2 * DAY,
            [],
            (
                False,
                False,
                -2 * DAY,
                None,
                "it is at least 2 days behind saved state, which was at 2026-03-31T01:30:00Z,"
                " and no server has sent the time",
                0,
            ),
        ),
        (
            NOW,
            NOW,
            [says("a", DAY), says("b", -DAY)],
            (False, False, timedelta(0), None, "2 servers contradict it and each other", 0),
        ),
        (
            NOW,
            NOW,
            [says("a", -6 * MINUTE)],
            (
                False,
                False,
                -6 * MINUTE,
                NOW + 6 * MINUTE,
                "it is 6 minutes behind, by the only server that answered",
                0,
            ),
        ),
    ],
)
def test_what_is_found_out_about_the_clock(
    now: datetime, highest: datetime | None, times: list[ServerTime], expected: tuple[object, ...]
) -> None:
    check = check_clock(now, highest, times)
    assert (check.believed, check.confirmed, check.ahead, check.time, check.reason, check.wrong_servers) == expected
    assert check.problem == ("" if check.believed else f"this machine's clock is wrong ({check.reason})")


def test_a_clock_that_was_not_checked_is_believed_but_not_confirmed() -> None:
    assert (BELIEVED.problem, BELIEVED.confirmed, BELIEVED.ahead) == ("", False, timedelta(0))


def test_what_a_server_says_is_of_another_machine_and_came_at_once_unless_it_is_known() -> None:
    one = ServerTime("kuma.client.example", NOW, NOW)
    assert (one.here, one.waited) == (False, timedelta(0))
    # It may be private, and a repr may be in a traceback.
    assert "client" not in repr(one)


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
