# SPDX-License-Identifier: MIT
"""Two machines that publish to one directory by mistake: each notices the other, although a lock keeps out neither."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.documents import Document
from elytra_status.errors import PublishError
from elytra_status.publish.directory import STAMP, Directory
from elytra_status.publish.stamp import Publisher
from elytra_status.publish.upload import PublishResult
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.system import files
from tests.conftest import MovableClock
from tests.publishing import Make, documents_of

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


@dataclass
class Machine:
    """A machine with a clock of its own, and a state directory of its own."""

    name: str
    settings: Settings
    clock: MovableClock
    marks: list[str] = field(default_factory=list)
    last: tuple[Document, ...] = ()

    def run(self, leaves_good_for: timedelta = timedelta(0)) -> PublishResult:
        """Publish once, decided now."""
        mark, own = f"{self.name}{len(self.marks):07x}", frozenset(self.marks)
        self.marks.append(mark)
        target = publish.configured(self.settings, Path("/nonexistent"), self.clock)
        now = self.clock.now()
        self.last = tuple(documents_of(now))
        publisher = Publisher(mark, own)
        return publish_set(
            target, [*self.last], now, publisher=publisher, leaves_good_for=leaves_good_for, clock=self.clock
        )


Machines = Callable[..., Machine]


@pytest.fixture
def storage_clock(monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    """The clock of the file system."""
    clock = MovableClock(datetime(2026, 3, 1, 4, 0, tzinfo=UTC))
    monkeypatch.setattr(files, "touch", lambda descriptor: clock.now())
    return clock


@pytest.fixture
def machines(make_settings: Make, tmp_path: Path, storage_clock: MovableClock) -> Machines:
    settings = make_settings(PUBLIC_DIRECTORY=tmp_path / "srv")
    return lambda name, ahead=timedelta(0): Machine(name, settings, MovableClock(storage_clock.now() + ahead))


def status(directory: Path) -> bytes:
    return (directory / "srv" / "status.json").read_bytes()


@pytest.mark.parametrize("age", [1, 59, 61])
def test_another_publisher_is_found_by_both_within_one_run(
    age: int, machines: Machines, storage_clock: MovableClock
) -> None:
    one, other = machines("a"), machines("b", ahead=4 * MINUTE)
    assert one.run().other is None
    storage_clock.moment += MINUTE
    assert one.run().other is None
    storage_clock.moment += age * MINUTE
    found = other.run().other
    assert (found is not None) is (age < 60), "the clock of the file system counts"
    assert found is None or found.mark in one.marks
    storage_clock.moment += MINUTE
    answer = one.run().other
    assert answer
    assert answer.mark in other.marks


def test_a_newer_document_of_another_machine_stays(
    machines: Machines, storage_clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of the older run does not keep out the newer one, which publishes before it writes."""
    older, newer = machines("a"), machines("b")
    monkeypatch.setattr(Directory, "alone", lambda self: nullcontext())
    older.run()
    read, reads = Directory.read, []

    def overtaken(self: Directory, name: str) -> object:
        found = read(self, name)
        reads.append(name)
        if len(reads) == 1:
            newer.clock.moment += MINUTE
            assert newer.run()
        return found

    monkeypatch.setattr(Directory, "read", overtaken)
    assert not older.run()
    assert status(tmp_path) == newer.last[-1].body


def test_a_run_that_waits_for_the_lock_is_older_than_the_one_that_holds_it(
    machines: Machines, storage_clock: MovableClock, tmp_path: Path
) -> None:
    older, newer = machines("a"), machines("b")
    older.run()

    def publish_meanwhile() -> None:
        storage_clock.moment += MINUTE
        older.clock.moment += MINUTE
        fcntl.flock(handle, fcntl.LOCK_UN)
        newer.clock.moment += MINUTE
        assert newer.run()
        older.clock.before_waking = lambda: None

    older.clock.before_waking = publish_meanwhile
    handle = os.open(tmp_path / "srv", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert not older.run()
    finally:
        os.close(handle)
    assert status(tmp_path) == newer.last[-1].body


def test_a_lock_that_is_never_released_ends_the_run_with_a_remedy(machines: Machines, tmp_path: Path) -> None:
    """By then the timer has not started the next run yet."""
    machine = machines("a")
    machine.run()
    handle = os.open(tmp_path / "srv", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        began = machine.clock.monotonic()
        with pytest.raises(PublishError) as caught:
            machine.run()
    finally:
        os.close(handle)
    assert str(tmp_path / "srv") in caught.value.problem
    assert "lslocks" in caught.value.remedy
    assert 30 <= machine.clock.monotonic() - began < 60
    assert machine.run()


def test_with_a_wrong_clock_the_good_status_of_another_stays(
    machines: Machines, storage_clock: MovableClock, tmp_path: Path
) -> None:
    good, wrong = machines("a"), machines("b", ahead=300 * MINUTE)
    good.run()
    body = status(tmp_path).replace(b'"platform_status": "unknown"', b'"platform_status": "operational"')
    assert body != status(tmp_path)
    target = publish.configured(good.settings, tmp_path, good.clock)
    published = Document("status.json", body, "", "", frozenset())
    assert isinstance(target, Directory)
    with target.alone():
        found = target.read("status.json")
        assert found.stamp
        target.write(published, found.stamp)
    storage_clock.moment += 10 * MINUTE
    result = wrong.run(leaves_good_for=30 * MINUTE)
    assert (bool(result), result.kept_good) == (False, True)
    assert status(tmp_path) == body
    storage_clock.moment += 21 * MINUTE
    assert wrong.run(leaves_good_for=30 * MINUTE)


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"publisher": 5, "decided": null, "sha256": []}'])
def test_without_its_stamp_a_status_is_nobodys(damage: bytes | None, machines: Machines, tmp_path: Path) -> None:
    machines("a").run()
    stamp = tmp_path / "srv" / STAMP
    stamp.unlink()
    if damage is not None:
        stamp.write_bytes(damage)
    result = machines("b").run()
    assert result
    assert result.other is None
    assert json.loads(stamp.read_bytes())["publisher"].startswith("b")


def test_a_status_keeps_its_stamp_while_the_next_one_cannot_be_written(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up between the two, or the run is killed."""
    machine = machines("a")
    machine.run()
    there = status(tmp_path)

    def full(path: Path, *rest: Any) -> None:
        if path.name == "status.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        files.write_atomically(path, *rest)

    for _ in range(2):
        machine.clock.moment += MINUTE
        with monkeypatch.context() as patch:
            patch.setattr("elytra_status.publish.directory.write_atomically", full)
            with pytest.raises(PublishError):
                machine.run()
        assert status(tmp_path) == there
        found = publish.configured(machine.settings, tmp_path, machine.clock).read("status.json")
        assert found.stamp
        assert found.stamp.mark == machine.marks[0]
    machine.run()
    assert json.loads((tmp_path / "srv" / STAMP).read_bytes())["publisher"] == machine.marks[-1]


def test_the_stamp_of_another_document_does_not_count(machines: Machines, tmp_path: Path) -> None:
    """Another program has written it, such as an early version of this one."""
    one, other = machines("a"), machines("b")
    one.run()
    (tmp_path / "srv" / "status.json").write_bytes(documents_of(one.clock.now() - MINUTE)[-1].body)
    result = other.run()
    assert result
    assert result.other is None


def test_the_time_is_that_of_the_file_system(make_settings: Make, tmp_path: Path) -> None:
    clock = MovableClock(datetime(2026, 3, 1, 4, 0, tzinfo=UTC))
    target = publish.configured(make_settings(PUBLIC_DIRECTORY=tmp_path / "srv"), tmp_path, clock)
    (tmp_path / "file").write_bytes(b"")
    before = (tmp_path / "file").stat().st_mtime
    with target.alone():
        now = target.read("status.json").now
    assert before <= now.timestamp() == pytest.approx((tmp_path / "srv").stat().st_mtime, abs=0.001)
