# SPDX-License-Identifier: MIT
"""Saved state about publishing that is wrong: dated by a wrong clock, damaged, or true of the storage no longer.

An older run replaces no newer document all the same, and what is wrong is found out anew once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.doctor.finding import Context, Level
from elytra_status.doctor.pairs import PUBLISHER
from elytra_status.doctor.publishers import publisher_checks
from elytra_status.errors import PublishError
from elytra_status.net.s3_conditions import NO_TAG
from elytra_status.run import job, publisher, saved_pair
from elytra_status.settings import Settings
from elytra_status.system.clock import from_text, to_text
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import STATUS, bucket_settings

pytestmark = pytest.mark.slow

RUN, DAY = timedelta(minutes=10), timedelta(days=1)


@dataclass
class Machine:
    """A machine without monitors, which publishes a badge too."""

    settings: Settings
    state: Path
    clock: MovableClock
    hostile: HostileS3

    def run(self) -> job.Outcome:
        self.clock.moment += RUN
        # A clock of its own, which stands still while another machine runs.
        return job.run(self.settings, MovableClock(self.clock.moment), self.state)

    @property
    def saved(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / publisher.FILE).read_bytes())
        return found

    def edit(self, **values: object) -> None:
        """Change saved state by hand."""
        (self.state / publisher.FILE).write_text(json.dumps({**self.saved, **values}))

    @property
    def conditions(self) -> list[str]:
        """The conditions under which status.json was written since the last call."""
        written = [request.headers for request in self.hostile.asked("PUT") if request.path == STATUS]
        self.hostile.requests.clear()
        return [headers.get("if-match", headers.get("if-none-match", "none")) for headers in written]


Machines = Callable[[str], Machine]


@pytest.fixture
def machines(
    hostile: HostileS3, make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> Machines:
    """Return a function that makes a machine. All publish to one bucket, and have the storage's clock."""
    hostile.now = clock.now

    def make(name: str, **values: object) -> Machine:
        state = tmp_path / name
        state.mkdir()
        return Machine(bucket_settings(make_settings, hostile, PUBLISH="badge", **values), state, clock, hostile)

    return make


@pytest.fixture
def settled(machines: Machines) -> Machine:
    """A machine whose last run found out that the storage enforces conditions."""
    machine = machines("settled")
    machine.run()
    machine.run()
    assert machine.saved["enforced"] is True
    assert NO_TAG in machine.conditions
    machine.run()
    assert len(machine.conditions) == 1, "nothing is tried any more"
    return machine


def fail_runs(machine: Machine, runs: int) -> None:
    """Do what runs do that end before they reach the storage."""
    for _ in range(runs):
        publisher.begin_publishing(machine.state, publisher.read(machine.state))


def overtaken(machine: Machine, by: Machine) -> job.Outcome:
    """Do a run in which another machine publishes after the first request to the bucket, and before any upload."""
    began: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "HEAD" and request.path.endswith("badge.svg") and not began:
            began.append(request)
            by.run()
        return None

    machine.hostile.answer = answer
    outcome = machine.run()
    assert began
    machine.hostile.answer = lambda request: None
    return outcome


def dated(hostile: HostileS3) -> datetime:
    return from_text(json.loads(hostile.objects[STATUS].body)["updated_at"])


@pytest.mark.parametrize("ahead", [timedelta(minutes=16), 3 * DAY, 400 * DAY, 7900 * 365 * DAY], ids=str)
def test_a_trial_that_is_dated_in_the_future_is_repeated_once(settled: Machine, ahead: timedelta) -> None:
    settled.edit(tried=to_text(settled.clock.moment + ahead))
    settled.run()
    assert NO_TAG in settled.conditions
    assert settled.saved["enforced"] is True
    assert from_text(settled.saved["tried"]) == settled.clock.moment.replace(microsecond=0)
    settled.run()
    assert len(settled.conditions) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"enforced": True, "tried": "in three days"},
        {"enforced": True, "form": "none"},
        {"enforced": None, "tried": None},
        {"enforced": 1, "form": []},
        {"marks": 5},
        {"target": "another"},
    ],
    ids=str,
)
def test_an_older_run_replaces_no_newer_document_with_wrong_saved_state(
    machines: Machines, hostile: HostileS3, wrong: dict[str, object]
) -> None:
    hostile.conditional = "ignored"
    older, newer = machines("older"), machines("newer")
    for machine in (older, newer, older):
        machine.run()
    assert older.saved["enforced"] is False
    in_three_days = to_text(older.clock.moment + 3 * DAY)
    older.edit(**{name: in_three_days if value == "in three days" else value for name, value in wrong.items()})
    assert not overtaken(older, newer).published
    assert dated(hostile) == newer.clock.moment.replace(microsecond=0)


@pytest.mark.parametrize(("before", "now"), [("any", "refused"), ("quoted", "bare")])
def test_an_older_run_replaces_no_newer_document_when_the_storage_takes_conditions_no_longer(
    machines: Machines, hostile: HostileS3, before: str, now: str
) -> None:
    hostile.conditional = before
    older, newer = machines("older"), machines("newer")
    for machine in (older, newer, older, newer, older, newer):
        machine.run()
    assert older.saved["enforced"] is newer.saved["enforced"] is True
    hostile.conditional = now
    assert not overtaken(older, newer).published
    assert dated(hostile) == newer.clock.moment.replace(microsecond=0)
    newer.run()
    assert newer.run().published
    assert newer.saved["enforced"] is (now == "bare")


def test_a_pair_writes_on_condition_whatever_its_saved_form_is(machines: Machines, hostile: HostileS3) -> None:
    machine = machines("one", PUBLISHERS="pair")
    machine.run()
    path = machine.state / saved_pair.FILE
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "form": "none"}))
    hostile.requests.clear()
    assert machine.run().published
    written = [request for request in hostile.asked("PUT", "/pair/") if "probe" not in request.path]
    assert written
    assert all("if-match" in request.headers for request in written)
    assert json.loads(path.read_bytes())["form"] == "bare"


def test_a_machine_knows_its_own_document_however_many_runs_have_failed_since(settled: Machine) -> None:
    """systemd repeats a failed run: an outage of the storage has four in ten minutes."""
    fail_runs(settled, 200)
    context = Context(settled.settings, (), (), True, {}, Path("/none"), settled.clock, settled.state)
    target = publish.configured(settled.settings, settled.state, settled.clock)
    assert publisher_checks(context, target)[PUBLISHER]().level is Level.OK
    outcome = settled.run()
    assert outcome.published
    assert outcome.other_publisher == ""


def test_a_machine_knows_its_own_document_after_the_answer_to_its_upload_was_lost(
    settled: Machine, waits: list[float]
) -> None:
    """All runs of the hour after it fail, and none of them learns whether the upload has arrived."""
    hostile = settled.hostile
    lost: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if lost:
            return error(503, "ServiceUnavailable")
        if request.method == "PUT" and request.path == STATUS:
            lost.append(request)
            return hostile.lose_answer(request)
        return None

    before = hostile.objects[STATUS].body
    hostile.answer = answer
    with pytest.raises(PublishError):
        settled.run()
    assert hostile.objects[STATUS].body != before
    hostile.answer = lambda request: None
    fail_runs(settled, 24)
    outcome = settled.run()
    assert outcome.published
    assert outcome.other_publisher == ""


@pytest.mark.parametrize("publishes", [True, False])
def test_a_machine_of_a_pair_knows_its_entry_however_many_runs_have_failed_since(
    machines: Machines, hostile: HostileS3, publishes: bool
) -> None:
    one, other = machines("one", PUBLISHERS="pair"), machines("other", PUBLISHERS="pair")
    one.run()
    one.clock.moment -= RUN - timedelta(seconds=2)
    other.run()
    failing = one if publishes else other
    fail_runs(failing, 200)
    assert failing.run().published is publishes
    assert len(json.loads(hostile.objects["/status/pair/lease.json"].body)["machines"]) == 2
