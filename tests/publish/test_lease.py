# SPDX-License-Identifier: MIT
"""The rules of a pair's lease, without any storage."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.publish.lease import (
    LARGEST,
    LONGEST,
    MARKS_KEPT,
    MOST_MACHINES,
    Claim,
    Claimant,
    Lease,
    LeaseShapeError,
    Standing,
    claim,
    release,
)

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
RUN, LASTS = timedelta(minutes=10), timedelta(minutes=15)


@dataclass
class Machine:
    """A machine that claims the lease in each of its runs."""

    name: str
    marks: list[str] = field(default_factory=list)

    def claims(self, lease: Lease | None, now: datetime, *, answers: bool = True) -> Claim:
        own = frozenset(self.marks)
        self.marks.append(f"{self.name.encode().hex()}{len(self.marks):014x}")
        made = claim(lease, Claimant(self.marks[-1], own, self.name, answers), now, LASTS)
        assert Lease.from_bytes(made.lease.to_bytes()) == made.lease
        return made


def test_the_first_machine_takes_the_lease_and_the_other_stands_by() -> None:
    one, other = Machine("a"), Machine("b")
    first = one.claims(None, NOW)
    assert (first.standing, first.holds, first.lease.name) == (Standing.FIRST, True, "a")
    second = other.claims(first.lease, NOW + timedelta(seconds=20))
    assert (second.standing, second.holds, second.lease.name) == (Standing.STANDS_BY, False, "a")
    assert second.lease.until == NOW + LASTS, "standing by does not renew it"
    third = one.claims(second.lease, NOW + RUN)
    assert (third.standing, third.lease.until) == (Standing.RENEWED, NOW + RUN + LASTS)
    assert third.lease.generation == first.lease.generation
    assert {machine.name for machine in third.lease.machines} == {"a", "b"}


@pytest.mark.parametrize("apart", [timedelta(seconds=1), timedelta(minutes=4), timedelta(minutes=9, seconds=59)])
def test_another_machine_takes_over_at_its_third_run_at_the_latest(apart: timedelta) -> None:
    """It is the second one after the run that the first machine misses. The runs are as far apart as the timer's."""
    one, other = Machine("a"), Machine("b")
    lease = other.claims(one.claims(None, NOW - RUN).lease, NOW - RUN + apart).lease
    lease = one.claims(lease, NOW).lease  # The last renewal.
    standings = []
    for number in range(3):
        made = other.claims(lease, NOW + apart + number * RUN)
        lease = made.lease
        standings.append(made.standing)
    takes_over = standings.index(Standing.EXPIRED)
    assert takes_over == (1 if apart >= LASTS - RUN else 2)
    assert apart + takes_over * RUN < timedelta(minutes=25)
    back = one.claims(lease, NOW + 3 * RUN)
    assert (back.standing, back.lease.name, back.lease.generation) == (Standing.STANDS_BY, "b", 2)


def test_a_machine_whose_sources_answer_takes_the_lease_of_one_whose_sources_are_silent() -> None:
    one, other = Machine("a"), Machine("b")
    lease = other.claims(one.claims(None, NOW).lease, NOW).lease
    lease = one.claims(lease, NOW + RUN, answers=False).lease
    assert lease.silent == NOW + RUN
    first = other.claims(lease, NOW + RUN)
    assert first.standing is Standing.STANDS_BY, "a has held it for less than the time of a lease"
    lease = one.claims(first.lease, NOW + 2 * RUN, answers=False).lease
    assert lease.silent == NOW + RUN, "since then"
    taken = other.claims(lease, NOW + 2 * RUN)
    assert (taken.standing, taken.lease.name, taken.lease.silent) == (Standing.SILENT, "b", None)
    # Its sources answer again: that is no reason to take it back.
    assert not one.claims(taken.lease, NOW + 3 * RUN).holds


@pytest.mark.parametrize("before", [None, False])
def test_the_sources_must_have_answered_in_the_run_before_too(before: bool | None) -> None:
    one, other = Machine("a"), Machine("b")
    lease = one.claims(None, NOW).lease
    if before is not None:
        lease = other.claims(lease, NOW, answers=before).lease
    lease = one.claims(lease, NOW + 2 * RUN, answers=False).lease
    made = other.claims(lease, NOW + 2 * RUN)
    assert made.standing is Standing.STANDS_BY
    assert other.claims(made.lease, NOW + 3 * RUN - timedelta(minutes=1)).standing is Standing.SILENT


def test_a_machine_whose_sources_are_silent_takes_an_expired_lease() -> None:
    one, other = Machine("a"), Machine("b")
    lease = one.claims(None, NOW).lease
    made = other.claims(lease, NOW + LASTS, answers=False)
    assert (made.standing, made.lease.silent) == (Standing.EXPIRED, NOW + LASTS)


def test_two_machines_with_unreliable_sources_do_not_alternate() -> None:
    """Each is silent in every other run: the lease moves at most once in each time that it lasts."""
    machines = Machine("a"), Machine("b")
    lease: Lease | None = None
    taken = []
    for number in range(100):
        now = NOW + number * RUN
        for which, machine in enumerate(machines):
            made = machine.claims(lease, now + timedelta(seconds=which), answers=number % 2 == which)
            lease = made.lease
            taken += [lease.taken] if made.standing is Standing.SILENT else []
    assert taken == [], "neither has answered in two runs"


def test_a_copy_of_a_machine_is_another_machine() -> None:
    """Both know the marks up to the copy. Whoever runs first goes on, and the other stands by."""
    original = Machine("a")
    lease = original.claims(None, NOW).lease
    copied = Machine("a", [*original.marks])
    lease = original.claims(lease, NOW + RUN).lease
    copied.marks.append("c0" * 8)
    assert copied.claims(lease, NOW + RUN).standing is Standing.STANDS_BY


def test_a_released_lease_is_free_and_only_its_holder_releases_it() -> None:
    one, other = Machine("a"), Machine("b")
    lease = one.claims(None, NOW).lease
    assert release(lease, frozenset(other.marks), NOW) == lease
    free = release(lease, frozenset(one.marks), NOW)
    assert free.has_expired(NOW)
    assert other.claims(free, NOW + timedelta(seconds=30)).standing is Standing.EXPIRED


def test_a_lease_is_held_until_it_expires_or_is_taken() -> None:
    one, other = Machine("a"), Machine("b")
    lease = one.claims(None, NOW).lease
    own = frozenset(one.marks)
    assert lease.is_held(1, own, NOW + LASTS - timedelta(seconds=1))
    assert not lease.is_held(1, own, NOW + LASTS)
    assert not lease.is_held(2, own, NOW)
    taken = other.claims(lease, NOW + LASTS).lease
    assert not taken.is_held(1, own, NOW)


def test_an_end_far_in_the_future_does_not_keep_the_lease_for_ever() -> None:
    lease = replace(Machine("a").claims(None, NOW).lease, until=NOW + LONGEST + timedelta(seconds=1))
    assert Machine("b").claims(lease, NOW).standing is Standing.EXPIRED


def test_few_machines_and_marks_are_kept_and_the_holder_is_one_of_them() -> None:
    holder = Machine("a")
    lease = holder.claims(None, NOW).lease
    for number in range(2 * MOST_MACHINES):
        lease = Machine(f"m{number}").claims(lease, NOW + timedelta(seconds=number)).lease
        assert lease.name == "a"
    assert len(lease.machines) == MOST_MACHINES
    for number in range(2 * MARKS_KEPT):
        lease = holder.claims(lease, NOW + number * RUN).lease
    assert lease.machines[0].marks == tuple(holder.marks[-MARKS_KEPT:])


def spoiled(**changes: Any) -> bytes:
    value = {**json.loads(Machine("a").claims(None, NOW).lease.to_bytes()), **changes}
    return json.dumps({name: one for name, one in value.items() if one is not ...}).encode()


def of_machine(**changes: Any) -> bytes:
    value = {"name": "a", "marks": ["a" * 16], "ran": "2026-03-01T04:00:00Z", "answers": True, "settings": ""}
    return spoiled(machines=[{**value, **changes}])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "not JSON"),
        (b"[]", "other fields"),
        (b" " * (LARGEST + 1), "larger"),
        (spoiled(holder=...), "other fields"),
        (spoiled(more=1), "other fields"),
        (spoiled(version=2), "version"),
        (spoiled(generation=True), "generation"),
        (spoiled(generation=0), "generation"),
        (spoiled(holder="../etc"), "holder"),
        (spoiled(taken="yesterday"), "taken"),
        (spoiled(until=None), "until"),
        (spoiled(silent=5), "silent"),
        (spoiled(machines={}), "machines"),
        (spoiled(machines=[{}] * (MOST_MACHINES + 1)), "machines"),
        (spoiled(machines=[5]), "other fields"),
        (of_machine(name="a\n"), "machines.name"),
        (of_machine(marks=[]), "machines.marks"),
        (of_machine(ran=5), "machines.ran"),
        (of_machine(answers=1), "machines.answers"),
        (of_machine(settings=None), "machines.settings"),
    ],
)
def test_a_malformed_lease_is_refused_with_the_field(body: bytes, fault: str) -> None:
    with pytest.raises(LeaseShapeError, match=fault):
        Lease.from_bytes(body)


STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 1500), st.booleans()), min_size=1, max_size=60)


@given(STEPS)
def test_at_most_one_machine_holds_the_lease_whoever_runs_when(steps: list[tuple[str, int, bool]]) -> None:
    machines = {name: Machine(name) for name in "ab"}
    held: dict[str, int] = {}
    lease: Lease | None = None
    now = NOW
    for name, seconds, answers in steps:
        now += timedelta(seconds=seconds)
        before = lease
        made = machines[name].claims(lease, now, answers=answers)
        lease = made.lease
        if made.holds:
            held[name] = lease.generation
        owners = [
            one for one, generation in held.items() if lease.is_held(generation, frozenset(machines[one].marks), now)
        ]
        assert owners == ([name] if made.holds else [lease.name])
        if before and before.name != lease.name:
            assert lease.generation == before.generation + 1
            # It was free, or its holder was blind and had it for long enough.
            assert before.has_expired(now) or (before.silent and now - before.taken >= LASTS)
