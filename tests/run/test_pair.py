# SPDX-License-Identifier: MIT
"""Two machines of a pair: one publishes, the other stands by, and both know the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from elytra_status.announcements import incidents, override, store
from elytra_status.run import accepted, announced, job, pair, saved_pair, saved_state
from elytra_status.run.accepted import new_records
from elytra_status.settings import Settings
from tests.conftest import MovableClock, recording
from tests.hostile_s3 import HostileS3
from tests.publishing import bucket_settings
from tests.run.machines_of_a_pair import LEASE, RUN, STATE, STATUS, Machine, machines, outage, published, stored

__all__ = ["machines"]

pytestmark = pytest.mark.slow


def test_one_publishes_and_the_other_stands_by_without_a_word_of_another_publisher(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, other = machines
    for _ in range(3):
        assert one.run(clock).published
        before = hostile.objects[STATUS]
        clock.moment += timedelta(seconds=30)
        stands_by = other.run(clock)
        assert hostile.objects[STATUS] == before
        assert not stands_by.published
        assert "standing by: one publishes since" in stands_by.summary
        assert stands_by.other_publisher == ""
        clock.moment += RUN
    assert [line for line in log_lines if line.startswith("ERROR")] == []
    assert any("standing by: one publishes since" in line for line in log_lines)
    assert hostile.objects[LEASE].acl == hostile.objects[STATE].acl == "private"
    assert saved_pair.read_pair(other.state).standing_by.startswith("one publishes")
    assert saved_pair.read_pair(one.state).standing_by == ""


def test_the_other_takes_over_at_its_second_run_after_a_missed_one_and_the_first_stands_by_when_it_is_back(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    clock.moment += RUN  # The first run that it misses.
    assert not other.run(clock).published
    clock.moment += RUN
    assert other.run(clock).published
    assert any("takes the lease" in line for line in log_lines)
    stands_by = one.run(clock)
    assert "standing by: other publishes since" in stands_by.summary
    assert stands_by.other_publisher == other.outcomes[-1].other_publisher == ""
    assert [line for line in log_lines if line.startswith("ERROR")] == []


def test_an_override_of_the_one_that_stands_by_is_published_and_survives_a_takeover(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    other.announce(clock, lambda there: override.set_to(there, outage(clock)))
    one.run(clock)
    assert published(hostile)["platform_status"] == "outage"
    clock.moment += 2 * RUN
    assert other.run(clock).published
    assert published(hostile)["platform_status"] == "outage"
    assert store.read(one.state).override is not None, "both keep a copy"
    one.announce(clock, lambda there: override.clear(there, clock.now(), "ann"))
    other.run(clock)
    assert published(hostile)["platform_status"] == "operational"


def test_no_identifier_is_used_twice(machines: tuple[Machine, Machine], clock: MovableClock) -> None:
    for machine in machines:
        machine.run(clock)
    identifiers = []
    for machine in (*machines, *machines):
        after = machine.announce(clock, lambda there: incidents.begin(there, "A disk.", clock.now(), "ann"))
        identifiers.append(after.incidents[-1].identifier)
    assert len(set(identifiers)) == 4


def test_both_publish_the_same_changes_of_the_status(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    clock.moment += RUN
    other.announce(clock, lambda there: override.set_to(there, outage(clock)))
    one.run(clock)
    told = stored(hostile, STATE)["changes"]
    assert [status for _, status in told] == ["operational", "outage"]
    clock.moment += 2 * RUN
    assert other.run(clock).published
    assert [
        [one.time.strftime("%Y-%m-%dT%H:%M:%SZ"), one.status.value]
        for one in other.outcomes[-1].assessment.past.changes
    ] == told


def test_what_the_one_that_stands_by_sees_is_no_change_of_the_status(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    other.goes_down()
    for _ in range(3):
        assert not other.run(clock).published
        assert one.run(clock).published
        assert published(hostile)["platform_status"] == "operational"
        clock.moment += RUN
    assert [status for _, status in stored(hostile, STATE)["changes"]] == ["operational"]
    assert store.read(other.state).incidents == (), "it opens no incident"


def test_a_machine_that_joins_takes_over_what_the_pair_knows_and_keeps_its_own_aside(
    machines: tuple[Machine, Machine], clock: MovableClock, log_lines: list[str]
) -> None:
    one, other = machines
    store.change(one.state, clock, lambda there: incidents.begin(there, "A disk.", clock.now(), "ann"))
    store.change(other.state, clock, lambda there: incidents.begin(there, "A fan.", clock.now(), "ben"))
    one.run(clock)
    other.run(clock)
    assert store.read(other.state) == store.read(one.state)
    assert b"A fan." in (other.state / pair.OWN_BEFORE).read_bytes()
    assert any("announce again what still applies" in line for line in log_lines)


def test_an_override_holds_although_a_machine_with_nothing_to_announce_joins_first(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    fresh, old = machines
    store.change(old.state, clock, lambda there: replace(there, override=outage(clock)))
    fresh.run(clock)
    old.run(clock)
    assert not (old.state / pair.OWN_BEFORE).exists()
    fresh.run(clock)
    assert published(hostile)["platform_status"] == "outage"
    assert store.read(fresh.state).override == store.read(old.state).override is not None


def test_a_machine_that_joins_adds_no_change_that_the_pair_did_not_publish(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    before = stored(hostile, STATE)["changes"]
    other.goes_down()
    job.run(replace(other.settings, publishers="one", status_bucket=None), MovableClock(clock.moment), other.state)
    store.change(other.state, clock, lambda there: incidents.begin(there, "A fan.", clock.now(), "ben"))
    other.run(clock)
    assert stored(hostile, STATE)["changes"] == before


def test_a_machine_that_leaves_the_pair_keeps_what_it_knows(
    machines: tuple[Machine, Machine],
    make_settings: Callable[..., Settings],
    hostile: HostileS3,
    clock: MovableClock,
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    one.announce(clock, lambda there: override.set_to(there, outage(clock)))
    other.run(clock)
    clock.moment += timedelta(hours=1)
    other.settings = bucket_settings(make_settings, hostile, PUBLISH="badge")
    assert other.run(clock).published
    assert published(hostile)["platform_status"] == "outage"
    assert not (other.state / saved_pair.FILE).exists()


def test_the_administrator_is_notified_once_the_other_machine_has_stopped(
    machines: tuple[Machine, Machine], clock: MovableClock
) -> None:
    one, other = machines
    for _ in range(2):
        assert one.run(clock).other_stopped == ""
        assert other.run(clock).other_stopped == ""
        clock.moment += RUN
    for _ in range(6):
        other.run(clock)
        clock.moment += RUN
    last = other.run(clock)
    assert last.published
    assert "one ran last at" in last.other_stopped
    assert one.run(clock).other_stopped == ""
    assert other.run(clock).other_stopped == ""


def test_a_third_machine_is_another_publisher(
    machines: tuple[Machine, Machine], make_settings: Callable[..., Settings], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    other.settings = bucket_settings(make_settings, hostile, PUBLISH="badge")
    one.run(clock)
    assert other.run(clock).other_publisher
    assert one.run(clock).other_publisher


def test_a_missing_monitor_and_what_was_accepted_are_known_to_both(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    other.kuma.recording = recording("v2.5.3", "empty-page")
    one.run(clock)
    other.run(clock)
    assert saved_state.read(other.state).known["uptime_kuma"].monitors.keys() >= (
        saved_state.read(one.state).known["uptime_kuma"].monitors.keys()
    )
    key = next(iter(saved_state.read(one.state).known["uptime_kuma"].monitors))
    record = new_records(clock, {key: clock.now()}, "ann")
    announced.add_records(other.settings, clock, other.state, accepted.MONITORS, record)
    one.run(clock)
    assert accepted.MONITORS.read(one.state).keys() == {key}
    announced.remove_record(one.settings, clock, one.state, accepted.MONITORS, key)
    other.run(clock)
    assert accepted.MONITORS.read(other.state) == {}
