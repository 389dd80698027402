# SPDX-License-Identifier: MIT
"""A server that says that it is another time, where no other server can contradict it, does no lasting harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.announcements import store
from elytra_status.demo.replay import ReplayServer
from elytra_status.model import Announcements, Incident, IncidentUpdate, Maintenance, StateHealth
from elytra_status.publish.directory import STAMP
from elytra_status.run import saved_state
from elytra_status.settings import Settings
from elytra_status.system.clock import from_text
from tests.run.test_wrong_clock import DAY, HOUR, NOW, Machine, assert_nothing_is_dated_after

pytestmark = pytest.mark.slow

AHEAD = {
    "6 min": timedelta(minutes=6),
    "5 h": 5 * HOUR,
    "31 d": 31 * DAY,
    "to 2199": datetime(2199, 12, 31, tzinfo=UTC) - NOW,
}
Start = Callable[..., ReplayServer]


@pytest.fixture
def machine(start_kuma: Start, make_settings: Callable[..., Settings], tmp_path: Path) -> Machine:
    """A machine whose clock is right, and whose only server is Uptime Kuma."""
    return Machine(
        start_kuma, make_settings, tmp_path, PUBLISH="status,feed,statuspage,calendar,history,incidents,page,badge"
    )


def sound(state: Path) -> None:
    pass


def damaged(state: Path) -> None:
    path = state / saved_state.FILE
    path.write_bytes(path.read_bytes()[:-40])


def missing(state: Path) -> None:
    """Delete everything but what is published and announced, as on a new machine, and whose publication it is."""
    (state / "public" / STAMP).unlink()
    for path in state.iterdir():
        if path.is_file() and path.name != store.FILE:
            path.unlink()


def announced(at: datetime) -> Announcements:
    return Announcements(
        None,
        (Maintenance("m1", "We move.", at + 2 * HOUR, at + 3 * HOUR, "jane"),),
        (Incident("i1", at, (IncidentUpdate(at, "We see errors.", "jane"),)),),
        last_identifier="m1",
    )


@pytest.mark.parametrize("spoil", [sound, damaged, missing])
@pytest.mark.parametrize("ahead", AHEAD.values(), ids=AHEAD)
@pytest.mark.parametrize("own", [timedelta(0), -DAY, DAY], ids=["right", "behind", "ahead"])
def test_a_date_far_ahead_makes_unknown_and_blocks_no_later_run(
    machine: Machine, ahead: timedelta, own: timedelta, spoil: Callable[[Path], None]
) -> None:
    machine.run()
    here = announced(machine.right.moment)
    store.change(machine.state, machine.right, lambda _: here)
    assert machine.published()["platform_status"] == "operational"
    spoil(machine.state)
    machine.kuma.clock = lambda: machine.right.moment + ahead
    for _ in range(2):
        assert machine.run(own).published
        assert machine.published()["platform_status"] == "unknown"
    assert store.read(machine.state) == here
    machine.kuma.clock = machine.right.now
    outcome = machine.run()
    assert outcome.published
    assert outcome.assessment.clock.believed
    if spoil is not damaged:
        assert machine.published()["platform_status"] == "operational"
    assert from_text(machine.published()["updated_at"]) == machine.right.moment.replace(microsecond=0)
    assert store.read(machine.state) == here
    # What is announced for later is dated later, of course.
    store.change(machine.state, machine.right, lambda there: Announcements(last_identifier="m1"))
    machine.run()
    assert_nothing_is_dated_after(machine, machine.right.moment)


@pytest.mark.parametrize("ahead", AHEAD.values(), ids=AHEAD)
def test_it_does_so_from_the_first_run_on(machine: Machine, ahead: timedelta) -> None:
    machine.kuma.clock = lambda: machine.right.moment + ahead
    for _ in range(2):
        machine.run()
        assert machine.published()["platform_status"] == "unknown"
    assert saved_state.read(machine.state).state is not StateHealth.DAMAGED
    machine.kuma.clock = machine.right.now
    machine.run()
    assert machine.published()["platform_status"] == "operational"
    assert_nothing_is_dated_after(machine, machine.right.moment)


def test_a_date_that_agrees_with_a_wrong_clock_does_no_lasting_harm(machine: Machine) -> None:
    """Nothing shows that both are wrong: the harm ends with the first right answer."""
    machine.run()
    machine.kuma.clock = lambda: machine.right.moment + 31 * DAY
    machine.run(31 * DAY)
    machine.kuma.clock = machine.right.now
    machine.run()
    assert machine.published()["platform_status"] == "operational"
    assert_nothing_is_dated_after(machine, machine.right.moment)
    assert json.dumps(machine.published("history.json")).count(f"{NOW + 31 * DAY:%Y-%m-%d}") == 0
