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
from elytra_status.system import files
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3
from tests.run.test_pair import RUN, Machine, machines, published

pytestmark = pytest.mark.slow

__all__ = ["machines"]


def both_run(machines: tuple[Machine, Machine], clock: MovableClock, runs: int) -> None:
    """Let both machines run several times, ten minutes apart."""
    for _ in range(runs):
        for machine in machines:
            machine.run(clock)
        clock.moment += RUN


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
    (day,) = [day for day, measured in of_one.days.items() if measured.seconds.observed]
    assert of_one.days[day].seconds.down > 0
    assert tuple(of_other.days[day].seconds) == pytest.approx(tuple(of_one.days[day].seconds), abs=10)
    assert taken_over.days[day].seconds.up > of_one.days[day].seconds.up


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
