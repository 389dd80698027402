# SPDX-License-Identifier: MIT
"""One publication at a time: an older run never replaces what a newer one has published, whoever is slow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.errors import PublishError
from elytra_status.net.s3_conditions import NO_TAG, TagForm
from elytra_status.publish.stamp import Stamp
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publish.machines import (
    ENFORCING,
    Machines,
    every_storage,
    later,
    lying_there,
    set_of,
)
from tests.publishing import BADGE, STATUS, Make, warnings_in

pytestmark = pytest.mark.slow


def while_uploading(hostile: HostileS3, path: str, do: Callable[[], object]) -> None:
    """Do something once, while the first upload of `path` is under way: it arrives afterwards."""
    begun: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == path and not begun:
            begun.append(request)
            do()
        return None

    hostile.answer = answer


@every_storage
@pytest.mark.parametrize("slow", ["badge.svg", "index.html", "status.json"])
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=4), -timedelta(minutes=4)])
def test_a_slow_upload_of_an_older_run_never_replaces_what_a_newer_run_published(
    storage: str, slow: str, ahead: timedelta, hostile: HostileS3, machines: Machines
) -> None:
    """Where conditions are not enforced, that one upload is the window that remains; the set is whole after a run."""
    hostile.conditional = storage
    older, newer = machines("a"), machines("b")
    older.ahead = ahead
    for machine in (older, newer, older, newer):
        later(hostile)
        assert machine.run()

    def overtake() -> None:
        later(hostile)
        assert newer.run()

    later(hostile)
    while_uploading(hostile, f"/status/{slow}", overtake)
    result = older.run()
    if storage in ENFORCING:
        assert not result
        assert lying_there(hostile) == set_of(newer)
    elif slow != "status.json":
        assert not result, "it reads the newest document again before it writes status.json"
        assert lying_there(hostile)["status.json"] == set_of(newer)["status.json"]
    hostile.answer = lambda request: None
    later(hostile)
    assert newer.run()
    assert lying_there(hostile) == set_of(newer)


@every_storage
def test_a_run_that_polled_earlier_and_then_waited_yields(storage: str, hostile: HostileS3, machines: Machines) -> None:
    """It waited for a slow source, for example, while the newer run polled and published."""
    hostile.conditional = storage
    older, newer = machines("a"), machines("b")
    for machine in (older, newer, older):
        later(hostile)
        assert machine.run()
    later(hostile, 20)
    assert newer.run()
    later(hostile, 10)
    assert not older.run(ago=timedelta(seconds=30))
    assert lying_there(hostile) == set_of(newer)
    later(hostile)
    assert older.run()


@every_storage
def test_what_an_older_run_wrote_meanwhile_is_written_again(
    storage: str, hostile: HostileS3, machines: Machines
) -> None:
    """The older run begins first, and writes in the middle of the newer one's uploads."""
    hostile.conditional = storage
    older, newer = machines("a"), machines("b")
    for machine in (older, newer):
        later(hostile)
        machine.run()
    decided = hostile.now()
    later(hostile, 5)

    def write_in_between() -> None:
        hostile.now, ahead = (lambda: decided), hostile.now
        older.run()
        hostile.now = ahead

    while_uploading(hostile, STATUS, write_in_between)
    assert newer.run()
    assert lying_there(hostile) == set_of(newer)


@every_storage
def test_a_machine_that_has_lost_the_lease_writes_nothing_at_all(
    storage: str, hostile: HostileS3, machines: Machines
) -> None:
    hostile.conditional = storage
    machine = machines("a")
    machine.run()
    there = lying_there(hostile)
    machine.may_publish = lambda: False
    later(hostile)
    result = machine.run()
    assert (result.done, result.lost) == (False, True)
    assert lying_there(hostile) == there


@every_storage
def test_the_storage_is_found_out_in_the_second_run(storage: str, hostile: HostileS3, machines: Machines) -> None:
    hostile.conditional = storage
    machine = machines("a")
    for run in range(4):
        later(hostile)
        hostile.requests.clear()
        assert machine.run()
        assert lying_there(hostile) == set_of(machine)
        if run == 0:
            assert machine.conditions.enforced is None, "there was nothing to be tried with"
    assert machine.conditions.enforced is (storage in ENFORCING)
    assert machine.conditions.form is {"quoted": TagForm.QUOTED, "refused": TagForm.NONE}.get(storage, TagForm.BARE)
    assert len(hostile.asked("PUT")) == 3, "nothing is tried any more"
    reads_before = [
        one for one in hostile.requests[:-1] if one.method == "GET" and one.path == STATUS and one.is_signed
    ]
    assert len(reads_before) == (2 if storage in ENFORCING else 3)


def test_another_write_that_is_under_way_does_not_end_conditions(hostile: HostileS3, machines: Machines) -> None:
    machine = machines("a")
    machine.run()
    machine.run()
    refused: list[str] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and refused.count(request.path) < 3:
            refused.append(request.path)
            return error(409, "ConditionalRequestConflict")
        return None

    hostile.answer = answer
    hostile.requests.clear()
    machine.clock = MovableClock()
    assert machine.run()
    assert refused.count(STATUS) == 3
    assert all("if-match" in request.headers for request in hostile.asked("PUT"))
    assert (machine.conditions.form, machine.conditions.enforced) == (TagForm.BARE, True)


def conflicting(hostile: HostileS3, path: str) -> None:
    """Answer each upload of a path as Amazon does while another one is under way."""
    hostile.answer = lambda request: (
        error(409, "ConditionalRequestConflict") if request.method == "PUT" and request.path == path else None
    )


def test_a_write_waits_longer_and_longer_for_another_one_that_is_under_way(
    hostile: HostileS3, machines: Machines
) -> None:
    machine = machines("a")
    machine.run()
    machine.run()
    clock = machine.clock = MovableClock()
    conflicting(hostile, STATUS)
    clock.before_waking = lambda: setattr(hostile, "answer", lambda request: None) if len(clock.sleeps) == 3 else None
    assert machine.run()
    assert clock.sleeps == sorted(set(clock.sleeps)), "each pause is longer"
    assert len(clock.sleeps) == 3


def test_a_conflict_that_does_not_end_has_a_remedy_of_its_own(hostile: HostileS3, machines: Machines) -> None:
    machine = machines("a")
    machine.run()
    machine.run()
    clock = machine.clock = MovableClock()
    conflicting(hostile, "/status/badge.svg")
    with pytest.raises(PublishError) as caught:
        machine.run()
    assert "badge.svg" in caught.value.problem
    assert "409" in caught.value.problem
    assert "the next run tries again" in caught.value.remedy
    assert 5 <= sum(clock.sleeps) < 45


def test_another_write_that_is_under_way_proves_no_condition(hostile: HostileS3, machines: Machines) -> None:
    hostile.conditional = "ignored"
    machine = machines("a")
    machine.run()

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.headers.get("if-match", "") == NO_TAG:
            return error(409, "ConditionalRequestConflict")
        return None

    hostile.answer = answer
    assert machine.run()
    assert machine.conditions.enforced is None
    hostile.answer = lambda request: None
    assert machine.run()
    assert machine.conditions.enforced is False


def test_somebody_who_changes_a_document_at_every_try_is_named(hostile: HostileS3, machines: Machines) -> None:
    machine = machines("a")
    machine.run()
    machine.run()

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == "/status/badge.svg":
            hostile.put("/status/badge.svg", f"<svg>{len(hostile.requests)}</svg>".encode())
        return None

    hostile.answer = answer
    with pytest.raises(PublishError, match=r"badge\.svg was changed by somebody else") as caught:
        machine.run()
    assert caught.value.remedy


def once_visited(hostile: HostileS3, do: Callable[[], object]) -> None:
    """Do something once, when badge.svg is first read as a visitor does."""
    done: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if request.path == "/status/badge.svg" and not request.is_signed and not done:
            done.append(request)
            do()
        return None

    hostile.answer = answer


def put_stamped(hostile: HostileS3, mark: str, after: timedelta) -> None:
    """Put a badge of another run there, which decided so long after the present."""
    stored = hostile.objects["/status/badge.svg"]
    stamp = Stamp(mark, hostile.now() + after)
    metadata = {f"x-amz-meta-{name}": text for name, text in stamp.to_metadata().items()}
    hostile.objects["/status/badge.svg"] = replace(
        stored, body=b"<svg>other</svg>", headers={**stored.headers, **metadata}
    )


def test_a_newer_run_that_begins_while_an_older_one_reads_back_is_no_error(
    hostile: HostileS3, machines: Machines
) -> None:
    """It has written a document, and not status.json yet."""
    machine = machines("a")
    machine.run()
    once_visited(hostile, lambda: put_stamped(hostile, "b" * 8, timedelta(seconds=3)))
    assert not machine.run()
    assert hostile.objects["/status/badge.svg"].body == b"<svg>other</svg>"


def test_a_late_upload_of_an_older_run_is_found_while_reading_back(hostile: HostileS3, machines: Machines) -> None:
    hostile.conditional = "ignored"
    machine = machines("a")
    machine.run()
    once_visited(hostile, lambda: put_stamped(hostile, "b" * 8, -timedelta(seconds=3)))
    assert machine.run()
    assert lying_there(hostile) == set_of(machine)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=2)])
def test_runs_of_one_machine_never_yield_to_each_other(back: timedelta, hostile: HostileS3, machines: Machines) -> None:
    """In the same second, or while the clocks of the storage's servers differ."""
    moment = hostile.now()
    hostile.now = lambda: moment
    machine = machines("a")
    for _ in range(20):
        assert machine.run(BADGE)
        hostile.now = lambda: moment - back
        assert machine.run(BADGE)
        hostile.now = lambda: moment


def test_of_two_runs_in_the_same_second_one_yields(hostile: HostileS3, machines: Machines) -> None:
    moment = hostile.now()
    hostile.now = lambda: moment
    one, other = machines("a"), machines("b")
    assert one.run()
    assert other.run()
    assert not one.run()
    assert lying_there(hostile) == set_of(other)


def test_two_runs_with_other_state_directories_wait_for_each_other(make_settings: Make, tmp_path: Path) -> None:
    settings = make_settings(PUBLIC_DIRECTORY=tmp_path / "public")
    one, other = (publish.configured(settings, tmp_path / name, SYSTEM_CLOCK) for name in ("a", "b"))
    entered = threading.Event()

    def enter() -> None:
        with other.alone():
            entered.set()

    with one.alone():
        thread = threading.Thread(target=enter, daemon=True)
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(10)


@pytest.mark.parametrize("storage", ["any", "ignored"])
def test_storage_that_sends_no_time_is_named_once_in_each_run(
    storage: str, hostile: HostileS3, machines: Machines, log_lines: list[str]
) -> None:
    hostile.conditional = storage
    machine = machines("a")
    for sends_date, warned in ((True, 0), (False, 1), (False, 1)):
        hostile.sends_date = sends_date
        log_lines.clear()
        assert machine.run()
        assert sum("bucket status sends no time (Date)" in line for line in warnings_in(log_lines)) == warned
