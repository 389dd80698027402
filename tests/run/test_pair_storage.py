# SPDX-License-Identifier: MIT
"""A pair whose storage fails, loses answers, or holds something damaged."""

from __future__ import annotations

import pytest

from elytra_status import errors
from elytra_status.announcements import incidents, override, store
from elytra_status.errors import AnnouncementsError, PublishError
from elytra_status.run import saved_pair
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, Stored, error
from tests.run.machines_of_a_pair import LEASE, RUN, STATE, STATUS, Machine, machines, outage, published

__all__ = ["machines"]

pytestmark = pytest.mark.slow


def test_without_the_storage_both_fail_as_one_alone_does_and_nothing_moves(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, waits: list[float]
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    lease = hostile.objects[LEASE].body
    hostile.always(error(503, "InternalError"))
    for machine in machines:
        clock.moment += RUN
        with pytest.raises(PublishError) as caught:
            machine.run(clock)
        assert caught.value.exit_status == errors.UNAVAILABLE
        with pytest.raises(PublishError):
            machine.announce(clock, lambda there: override.set_to(there, outage(clock)))
        assert store.read(machine.state).override is None
    hostile.answer = lambda request: None
    assert hostile.objects[LEASE].body == lease
    assert sum(machine.run(clock).published for machine in machines) == 1


@pytest.mark.parametrize("storage", ["ignored", "refused"])
def test_storage_that_does_not_enforce_conditions_is_an_error(
    storage: str, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    hostile.conditional = storage
    with pytest.raises(PublishError, match="does not enforce"):
        machines[0].run(clock)
    assert STATUS not in hostile.objects


def open_to_everybody(hostile: HostileS3, *paths: str) -> None:
    """Let everybody read these objects, as a policy of the bucket does."""

    def answer(request: Request) -> Reply | None:
        is_open = request.method in ("GET", "HEAD") and not request.is_signed and request.path in paths
        return Reply(200, hostile.objects[request.path].body) if is_open and request.path in hostile.objects else None

    hostile.answer = answer


def test_objects_that_everybody_may_read_are_never_written(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    """Backblaze B2 makes all objects of a bucket public if one is."""
    open_to_everybody(hostile, STATE, LEASE, f"{LEASE.removesuffix('lease.json')}probe.json")
    for _ in range(2):
        with pytest.raises(PublishError, match=r"everybody may read pair/probe\.json in bucket status") as caught:
            machines[0].run(clock)
    assert "PAIR_BUCKET" in caught.value.remedy
    assert hostile.objects.keys().isdisjoint({STATE, LEASE, STATUS})
    hostile.answer = lambda request: None
    assert machines[0].run(clock).published


def test_a_state_that_everybody_may_read_is_found_out_after_joining_and_once_a_week(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    assert one.run(clock).published
    open_to_everybody(hostile, STATE)
    before = hostile.objects[STATUS]
    with pytest.raises(PublishError, match=r"everybody may read pair/state\.json"):
        other.run(clock)
    assert not saved_pair.read_pair(other.state).joined
    clock.moment += 8 * 24 * 6 * RUN
    for _ in range(2):
        with pytest.raises(PublishError, match=r"everybody may read pair/state\.json"):
            one.run(clock)
    assert hostile.objects[STATUS] == before
    hostile.answer = lambda request: None
    assert one.run(clock).published


def test_if_nothing_can_be_read_without_a_key_the_run_goes_on(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, _ = machines
    hostile.answer = lambda request: (
        Reply(fault="reset") if "/pair/" in request.path and not request.is_signed else None
    )
    assert one.run(clock).published
    assert any("not known whether pair/state.json in bucket status is private" in line for line in log_lines)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": 1}', None])
def test_a_damaged_or_missing_state_is_an_error_and_never_empty(
    damage: bytes | None, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    one.announce(clock, lambda there: override.set_to(there, outage(clock)))
    other.run(clock)
    if damage is None:
        del hostile.objects[STATE]
    else:
        hostile.put(STATE, damage)
    before = hostile.objects[STATUS]
    for machine in machines:
        with pytest.raises(AnnouncementsError, match=r"pair/state\.json") as caught:
            machine.run(clock)
        assert "pair.json" in caught.value.remedy
    assert hostile.objects[STATUS] == before
    # The remedy.
    hostile.objects.pop(STATE, None)
    (one.state / saved_pair.FILE).unlink()
    one.run(clock)
    assert published(hostile)["platform_status"] == "outage"


def test_a_damaged_lease_is_an_error(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, _ = machines
    one.run(clock)
    hostile.put(LEASE, b"{}")
    with pytest.raises(PublishError, match=r"pair/lease\.json .*damaged") as caught:
        one.run(clock)
    assert "delete the object" in caught.value.remedy
    del hostile.objects[LEASE]
    assert one.run(clock).published


@pytest.fixture
def lost_answers(hostile: HostileS3) -> list[str]:
    """Each first write of an object of the pair arrives, and its answer is lost."""
    seen: list[str] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and "/pair/" in request.path and request.path not in seen:
            seen.append(request.path)
            hostile.objects[request.path] = Stored(request.body, {}, "private", hostile.now())
            return Reply(fault="reset")
        return None

    hostile.answer = answer
    return seen


def test_a_lost_answer_does_not_double_anything(
    machines: tuple[Machine, Machine], clock: MovableClock, lost_answers: list[str], waits: list[float]
) -> None:
    one, other = machines
    assert one.run(clock).published
    assert not other.run(clock).published
    lost_answers.remove(STATE)
    after = one.announce(clock, lambda there: incidents.begin(there, "A disk.", clock.now(), "ann"))
    assert len(after.incidents) == 1


def test_a_lost_answer_does_not_double_anything_even_if_the_other_machine_writes_then(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, waits: list[float]
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    seen: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == STATE and not seen:
            seen.append(request)
            hostile.objects[STATE] = Stored(request.body, {}, "private", hostile.now())
            other.announce(clock, lambda there: incidents.begin(there, "A fan.", clock.now(), "ben"))
            return Reply(fault="reset")
        return None

    hostile.answer = answer
    after = one.announce(clock, lambda there: incidents.begin(there, "A disk.", clock.now(), "ann"))
    assert [incident.updates[0].text for incident in after.incidents] == ["A disk.", "A fan."]
