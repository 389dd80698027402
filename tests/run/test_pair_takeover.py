# SPDX-License-Identifier: MIT
"""What visitors get when one machine of a pair takes over from the other, as docs/two-machines.md says."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from elytra_status.announcements import incidents
from elytra_status.errors import RefusedError
from elytra_status.history import PublicHistory
from elytra_status.model import Change, PlatformStatus
from elytra_status.run import pair, saved_state
from elytra_status.system import files
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3
from tests.run.machines_of_a_pair import RUN, STATE, Machine, both_run, machines, published, stored

pytestmark = pytest.mark.slow

__all__ = ["machines"]


def test_incidents_and_maintenance_stay_with_their_identifiers_and_addresses(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    both_run(machines, clock, 2)
    one.announce(clock, lambda there: incidents.begin(there, "A disk has failed.", clock.now(), "ann"))
    one.run(clock)
    before = published(hostile)["notices"]
    assert [notice["text"] for notice in before] == ["A disk has failed."]
    clock.moment += 2 * RUN
    assert other.run(clock).published
    assert published(hostile)["notices"] == before


def test_the_past_is_that_of_the_polls_while_it_stood_by(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    _, other = machines
    both_run(machines, clock, 2)
    for machine in machines:
        machine.goes_down()
    both_run(machines, clock, 5)
    clock.moment += RUN
    assert other.run(clock).published
    (of_one, of_other) = (machine.outcomes[6].assessment.past.together for machine in machines)
    taken_over = other.outcomes[-1].assessment.past.together
    assert of_one
    assert of_other
    assert taken_over
    assert sum(day.seconds.down for day in of_one.days.values()) > 0
    assert of_other.days.keys() == of_one.days.keys()
    for day, measured in of_one.days.items():
        assert tuple(of_other.days[day].seconds) == pytest.approx(tuple(measured.seconds), abs=10)
    ups = [sum(day.seconds.up for day in past.days.values()) for past in (of_one, taken_over)]
    assert ups[0] < ups[1]


def test_if_no_source_answers_either_machine_it_is_unknown(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    both_run(machines, clock, 3)
    for machine in machines:
        machine.kuma.__exit__(None, None, None)
    for _ in range(3):
        assert sum(machine.run(clock).published for machine in machines) == 1
        assert published(hostile)["platform_status"] == "unknown"
        clock.moment += RUN


def test_a_machine_whose_run_is_refused_gives_the_lease_up(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machines
    both_run(machines, clock, 2)

    def refused(*arguments: Any) -> None:
        raise RefusedError("status.json contains a private name", "see the leak guard")

    with monkeypatch.context() as patch:
        patch.setattr("elytra_status.run.job.render_publication", refused)
        with pytest.raises(RefusedError):
            one.run(clock)
    assert other.run(clock).published


def test_a_full_disk_does_not_stop_the_machine_that_publishes(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machines
    both_run(machines, clock, 2)
    write_atomically = files.write_atomically

    def full(path: Path, *rest: Any, **options: Any) -> None:
        if path.is_relative_to(one.state):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomically(path, *rest, **options)

    monkeypatch.setattr(files, "write_atomically", full)
    for _ in range(3):
        outcome = one.run(clock)
        assert outcome.published
        assert not other.run(clock).published
        clock.moment += RUN
    clock.moment += RUN
    assert other.run(clock).published
    assert not one.run(clock).published
    assert one.outcomes[-1].other_publisher == ""


def test_what_the_other_machine_recorded_during_a_run_is_kept(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    """Both have read what both know, and each of them records a change: one has lost the lease to the other."""
    both_run(machines, clock, 1)
    runs = [pair.open_pair(machine.settings, clock, machine.state) for machine in machines]
    known = [mine.begin(saved_state.read(machine.state)).known for mine, machine in zip(runs, machines, strict=True)]
    before = runs[0].announced() and runs[0].state
    assert before is not None
    for mine, own, status in zip(runs, known, (PlatformStatus.UNKNOWN, PlatformStatus.OUTAGE), strict=True):
        clock.moment += RUN
        changes = (*before.changes, Change(clock.moment.replace(microsecond=0), status))
        mine.record(PublicHistory(changes=changes), own)
    assert [status for _, status in stored(hostile, STATE)["changes"]] == ["operational", "unknown", "outage"]
