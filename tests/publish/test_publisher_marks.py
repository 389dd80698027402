# SPDX-License-Identifier: MIT
"""The mark of a publisher: who else publishes is found, and nobody else is suspected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from elytra_status import publish
from elytra_status.publish.stamp import Publisher, Stamp
from elytra_status.publish.upload import publish as publish_set
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.publish.machines import (
    RUN,
    Machines,
    every_storage,
    later,
    lying_there,
    set_of,
)
from tests.publishing import NOW, STATUS, documents_of

pytestmark = pytest.mark.slow


def test_the_answer_to_an_upload_that_was_lost_is_no_other_publisher(hostile: HostileS3, machines: Machines) -> None:
    """botocore sends it again, and the storage refuses what it has already."""
    machine = machines("a")
    machine.run()
    machine.run()
    lost: set[str] = set()

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path not in lost:
            lost.add(request.path)
            return hostile.lose_answer(request)
        return None

    hostile.answer = answer
    assert machine.run()
    assert lost == {STATUS, "/status/badge.svg", "/status/index.html"}
    assert lying_there(hostile) == set_of(machine)


@pytest.mark.parametrize("age", [timedelta(minutes=1), timedelta(minutes=59), timedelta(minutes=61)])
def test_another_publisher_is_found_by_both_within_one_run(
    age: timedelta, hostile: HostileS3, machines: Machines
) -> None:
    one, other = machines("a"), machines("b")
    assert one.run().other is None
    assert one.run().other is None
    later(hostile, age.total_seconds())
    found = other.run().other
    assert (found is not None) is (age < timedelta(hours=1))
    assert found is None or found.mark in one.marks
    later(hostile)
    answer = one.run().other
    assert answer
    assert answer.mark in other.marks


def test_a_machine_that_was_restored_from_a_copy_is_another_publisher(hostile: HostileS3, machines: Machines) -> None:
    one = machines("a")
    one.run()
    copy = replace(one, name="b", marks=list(one.marks), tags=dict(one.tags))
    for machine in (one, copy, one, copy):
        later(hostile)
        found = machine.run().other
        assert bool(found) is (len(machine.marks) > 2 or machine is copy)


@every_storage
@pytest.mark.parametrize("ahead", [timedelta(minutes=4), timedelta(minutes=-4)])
def test_a_status_without_a_mark_is_replaced_whatever_its_date_is(
    storage: str, ahead: timedelta, hostile: HostileS3, machines: Machines
) -> None:
    """Whoever can write to the bucket could otherwise keep this machine silent."""
    hostile.conditional = storage
    machine = machines("a")
    for _ in range(2):
        machine.run()
        later(hostile)
    for _ in range(2):
        hostile.put(STATUS, documents_of(hostile.now() + ahead)[-1].body, content_type="application/json")
        result = machine.run()
        assert result
        assert result.other == Stamp("", result.other.decided if result.other else NOW)
        assert lying_there(hostile) == set_of(machine)
        later(hostile)
    assert machine.run().other is None


def test_its_own_status_without_a_mark_is_nobody_elses(hostile: HostileS3, machines: Machines) -> None:
    """An early version has published it, or the storage drops the marks."""
    machine = machines("a")
    hostile.put(STATUS, documents_of(hostile.now() - RUN)[-1].body)
    assert machine.run().other is None
    hostile.objects[STATUS] = replace(hostile.objects[STATUS], headers={})
    later(hostile)
    result = machine.run()
    assert (result.done, result.other, result.left_mark) == (True, None, True)


def test_storage_that_drops_marks_is_noticed(hostile: HostileS3, machines: Machines) -> None:
    def drop(request: Request) -> Reply | None:
        if request.method == "PUT":
            for name in [one for one in request.headers if one.startswith("x-amz-meta-")]:
                del request.headers[name]
        return None

    hostile.answer = drop
    result = machines("a").run()
    assert (result.done, result.left_mark) == (True, False)


def test_a_mark_that_could_not_be_saved_makes_no_machine_another(hostile: HostileS3, machines: Machines) -> None:
    machine = machines("a")
    machine.run()
    target = publish.configured(machine.settings, machine.state, SYSTEM_CLOCK)
    assert (
        publish_set(target, documents_of(), NOW, publisher=Publisher("c" * 8, None), clock=SYSTEM_CLOCK).other is None
    )


def test_with_a_wrong_clock_another_machines_good_status_stays(hostile: HostileS3, machines: Machines) -> None:
    good, wrong = machines("a"), machines("b")
    operational = documents_of()[-1]
    assert b'"unknown"' in operational.body
    wrong.run()
    good.run()
    later(hostile)
    result = wrong.run(leaves_good_for=timedelta(minutes=30))
    assert result, "what lies there is unknown as well"
    body = good.last[-1].body.replace(b'"platform_status": "unknown"', b'"platform_status": "operational"')
    stored = hostile.objects[STATUS]
    stamp = Stamp("a" * 8, hostile.now().replace(microsecond=0) - timedelta(minutes=10))
    headers = {**stored.headers, **{f"x-amz-meta-{name}": value for name, value in stamp.to_metadata().items()}}
    hostile.objects[STATUS] = replace(stored, body=body, headers=headers)
    result = wrong.run(leaves_good_for=timedelta(minutes=30))
    assert (bool(result), result.kept_good) == (False, True)
    assert hostile.objects[STATUS].body == body
    later(hostile, 21 * 60)
    result = wrong.run(leaves_good_for=timedelta(minutes=30))
    assert (bool(result), result.kept_good) == (True, False)


def test_a_stamp_of_the_future_stops_nobody(hostile: HostileS3, machines: Machines) -> None:
    machine = machines("a")
    machine.run()
    stored = hostile.objects[STATUS]
    stamp = Stamp("b" * 8, hostile.now() + timedelta(minutes=6))
    hostile.objects[STATUS] = replace(
        stored, headers={**stored.headers, **{f"x-amz-meta-{name}": text for name, text in stamp.to_metadata().items()}}
    )
    assert machine.run()


@pytest.mark.parametrize(
    "metadata",
    [
        {"publisher": "x" * 10_000, "decided": "2026-01-01T00:00:00Z"},
        {"publisher": "ab12ab12", "decided": "2026-02-30T00:00:00Z"},
        {"publisher": "ab12ab12"},
        {"decided": "2026-01-01T00:00:00Z"},
        {"publisher": "ab12ab1", "decided": "2026-01-01T00:00:00Z"},
        {"publisher": "AB12AB12\n", "decided": "2026-01-01T00:00:00Z"},
    ],
)
def test_malformed_metadata_is_no_stamp(metadata: dict[str, str]) -> None:
    assert Stamp.from_metadata(metadata) is None
