# SPDX-License-Identifier: MIT
"""One publication at a time: an older run never replaces what a newer one has published, whoever is slow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.documents import Document, body_digest
from elytra_status.errors import PublishError
from elytra_status.net.s3_conditions import NO_TAG, TagForm
from elytra_status.publish.stamp import Publisher, Stamp
from elytra_status.publish.target import ConditionalWrites
from elytra_status.publish.upload import PublishResult, always
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK, Clock
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import BADGE, NOW, STATUS, bucket_settings, documents_of, warnings_in

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
RUN = timedelta(minutes=10)
PAGE = replace(BADGE, name="index.html", content_type="text/html; charset=utf-8")
ENFORCING, NOT_ENFORCING = ("any", "bare", "quoted"), ("ignored", "refused")
every_storage = pytest.mark.parametrize("storage", [*ENFORCING, *NOT_ENFORCING])


@dataclass
class Machine:
    """A machine that publishes: each run has a mark, and what it publishes says whose it is and of which run.

    `ahead` is by how much its clock is ahead of the storage's.
    """

    name: str
    hostile: HostileS3
    settings: Settings
    state: Path
    ahead: timedelta = timedelta(0)
    conditions: ConditionalWrites = field(default_factory=ConditionalWrites)
    marks: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    last: tuple[Document, ...] = ()
    published: str = ""
    clock: Clock = SYSTEM_CLOCK
    may_publish: Callable[[], bool] = always

    def run(
        self, *others: Document, leaves_good_for: timedelta = timedelta(0), ago: timedelta = timedelta(0)
    ) -> PublishResult:
        """Publish once. What is published was decided so long `ago`."""
        own = frozenset(self.marks)
        number = len(self.marks)
        mark = f"{self.name}{9 * number % 16:x}{number:06x}"
        self.marks.append(mark)
        now = self.hostile.now() + self.ahead - ago
        named = [replace(one, body=one.body + mark.encode()) for one in others or (BADGE, PAGE)]
        documents = [*named, *documents_of(now)]
        known = ConditionalWrites(self.conditions.form, self.conditions.enforced)
        target = publish.configured(self.settings, self.state, conditions=known, clock=SYSTEM_CLOCK)
        result = publish_set(
            target,
            documents,
            now,
            publisher=Publisher(mark, own, last=self.published),
            tags=self.tags,
            leaves_good_for=leaves_good_for,
            may_publish=self.may_publish,
            clock=self.clock,
            decided=self.clock.monotonic() - ago.total_seconds(),
        )
        self.tags = dict(result.tags)
        self.conditions = target.conditions
        self.last = tuple(one for one in documents if not one.local)
        self.published = body_digest(self.last[-1]) if result.done else self.published
        return result


Machines = Callable[[str], Machine]


@pytest.fixture
def machines(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> Machines:
    """Make a machine that publishes to the bucket of all."""
    settings = bucket_settings(make_settings, hostile)
    return lambda name: Machine(name, hostile, settings, tmp_path)


def lying_there(hostile: HostileS3) -> dict[str, bytes]:
    return {path.removeprefix("/status/"): stored.body for path, stored in hostile.objects.items()}


def set_of(machine: Machine) -> dict[str, bytes]:
    return {document.name: document.body for document in machine.last}


def while_uploading(hostile: HostileS3, path: str, do: Callable[[], object]) -> None:
    """Do something once, while the first upload of `path` is under way: it arrives afterwards."""
    begun: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == path and not begun:
            begun.append(request)
            do()
        return None

    hostile.answer = answer


def later(hostile: HostileS3, seconds: float = 2.0) -> None:
    """Let the storage's clock go on: two runs of the same second are equally new."""
    before = hostile.now
    hostile.now = lambda: before() + timedelta(seconds=seconds)


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
