# SPDX-License-Identifier: MIT
"""When two polls confirm a failure, and when they saw one and the same check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.decision.confirmation import confirm
from elytra_status.model import MONITORS, Heartbeat, Monitor, Report, State

START = datetime(2025, 11, 10, 12, tzinfo=UTC)
STATES = {"U": State.UP, "D": State.DOWN, "P": State.PENDING}


def seen(pattern: str = "", since: int = 0, state: State = State.DOWN, check: str = "") -> Report:
    """Return the report of a poll: a heartbeat each minute from `since` on."""
    heartbeats = tuple(
        Heartbeat(START + timedelta(minutes=since + place), STATES[one]) for place, one in enumerate(pattern)
    )
    state = heartbeats[-1].state if heartbeats else state
    return Report("kuma", MONITORS, monitors=(Monitor("kuma:1", "", state, heartbeats=heartbeats, check=check),))


def is_confirmed(earlier: Report, later: Report) -> bool:
    return confirm(earlier, later).monitors[0].confirmed


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", True),  # Nothing distinguishes the checks.
        ("a", "a", False),
        ("a", "b", True),
        ("", "a", True),
        ("a", "", True),
    ],
)
def test_one_check_that_is_read_twice_is_one(first: str, second: str, expected: bool) -> None:
    assert is_confirmed(seen(check=first), seen(check=second)) is expected


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (("UD", 0), ("UD", 0), False),  # No check since.
        (("UD", 0), ("UDD", 0), True),
        (("UD", 0), ("UDUD", 0), False),  # It was up in between.
        (("UD", 0), ("DUD", 1), False),  # The same, in a list that goes back no further.
        (("UD", 0), ("D", 1), False),
        (("UD", 0), ("PP", 3), True),  # The heartbeats do not go back to the first poll.
        (("UD", 0), ("D", 9), True),
    ],
)
def test_two_failed_checks_in_a_row_bear_a_failure_out(
    earlier: tuple[str, int], later: tuple[str, int], expected: bool
) -> None:
    assert is_confirmed(seen(*earlier), seen(*later)) is expected


def test_what_was_well_or_not_there_at_the_first_poll_is_not_borne_out() -> None:
    assert not is_confirmed(seen("UU"), seen("UUD"))
    assert not is_confirmed(Report("kuma", MONITORS), seen())


def test_what_is_well_at_the_second_poll_needs_no_confirmation() -> None:
    assert not is_confirmed(seen("UD"), seen("UDU"))
    assert not is_confirmed(seen(), seen(state=State.UNKNOWN))
