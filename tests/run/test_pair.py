# SPDX-License-Identifier: MIT
"""Two machines of a pair: one publishes, the other stands by, and both know the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.announcements import incidents, override, store
from elytra_status.demo.replay import ReplayServer
from elytra_status.errors import AnnouncementsError, PublishError
from elytra_status.model import Announcements, Override, PlatformStatus
from elytra_status.run import accepted, announced, job, pair, saved_pair, saved_state
from elytra_status.run.accepted import new_records
from elytra_status.settings import DEFINITIONS, Settings
from tests.conftest import API_KEY, MovableClock, recording
from tests.hostile_s3 import HostileS3, Reply, Request, Stored, error
from tests.publishing import bucket_settings

pytestmark = pytest.mark.slow

RUN = timedelta(minutes=10)
LEASE, STATE = "/status/pair/lease.json", "/status/pair/state.json"
STATUS = "/status/status.json"


@dataclass
class Machine:
    """One of the two, with its own Uptime Kuma."""

    name: str
    settings: Settings
    state: Path
    kuma: ReplayServer
    hostile: HostileS3
    patch: pytest.MonkeyPatch
    ahead: timedelta = timedelta(0)
    outcomes: list[job.Outcome] = field(default_factory=list)

    def run(self, clock: MovableClock) -> job.Outcome:
        self.patch.setattr("socket.gethostname", lambda: self.name)
        # Two runs of the same second are equally new.
        clock.moment += timedelta(seconds=2)
        outcome = job.run(self.settings, MovableClock(clock.moment + self.ahead), self.state)
        self.outcomes.append(outcome)
        return outcome

    def announce(self, clock: MovableClock, how: Callable[[Announcements], Announcements]) -> Announcements:
        mine = pair.open_pair(self.settings, clock, self.state)
        return mine.change_announcements(how)[1]

    def goes_down(self) -> None:
        self.kuma.recording = recording("v2.5.3", "one-down")


@pytest.fixture
def machines(
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Machine, Machine]:
    hostile.now = clock.now

    def make(name: str) -> Machine:
        kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
        settings = bucket_settings(
            make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra", PUBLISH="badge", PUBLISHERS="pair",
        )  # fmt: skip
        state = tmp_path / name
        state.mkdir()
        return Machine(name, settings, state, kuma, hostile, monkeypatch)

    return make("one"), make("other")


def published(hostile: HostileS3) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hostile.objects[STATUS].body)
    return found


def stored(hostile: HostileS3, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hostile.objects[path].body)
    return found


def outage(clock: MovableClock) -> Override:
    return Override(PlatformStatus.OUTAGE, "A disk has failed.", clock.now(), clock.now() + timedelta(hours=4), "ann")


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


def test_a_machine_whose_sources_are_silent_hands_the_lease_over_and_does_not_take_it_back(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    for _ in range(3):
        one.run(clock)
        other.run(clock)
        clock.moment += RUN
    one.kuma.__exit__(None, None, None)
    assert one.run(clock).published
    assert published(hostile)["platform_status"] == "unknown"
    assert other.run(clock).published
    assert published(hostile)["platform_status"] == "operational"
    for _ in range(3):
        clock.moment += RUN
        assert not one.run(clock).published
        assert other.run(clock).published


def test_a_machine_with_a_wrong_clock_hands_the_lease_over(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    for _ in range(3):
        one.run(clock)
        other.run(clock)
        clock.moment += RUN
    one.ahead = timedelta(hours=5)
    one.run(clock)
    assert other.run(clock).published
    assert published(hostile)["platform_status"] == "operational"
    clock.moment += RUN
    assert not one.run(clock).published
    assert published(hostile)["platform_status"] == "operational"


@pytest.mark.parametrize("ahead", [timedelta(minutes=4), -timedelta(minutes=4)])
def test_a_clock_that_is_a_little_off_does_not_move_the_lease(
    ahead: timedelta, machines: tuple[Machine, Machine], clock: MovableClock
) -> None:
    one, other = machines
    other.ahead = ahead
    for _ in range(4):
        assert one.run(clock).published
        assert not other.run(clock).published
        clock.moment += RUN


@pytest.mark.parametrize("during", ["badge.svg", "status.json"])
def test_a_machine_that_loses_the_lease_during_its_upload_does_not_write_its_status(
    during: str, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, other = machines
    other.run(clock)
    clock.moment += RUN
    other.run(clock)
    clock.moment += 2 * RUN
    one.run(clock)
    clock.moment += RUN
    taken: list[bytes] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == f"/status/{during}" and not taken:
            taken.append(b"")
            clock.moment += 2 * RUN
            assert other.run(clock).published
            one.patch.setattr("socket.gethostname", lambda: "one")
            taken.append(hostile.objects[STATUS].body)
        return None

    hostile.objects.pop("/status/badge.svg")
    hostile.answer = answer
    outcome = one.run(clock)
    assert not outcome.published
    assert hostile.objects[STATUS].body == taken[1]
    assert outcome.other_publisher == ""
    assert [line for line in log_lines if line.startswith("ERROR")] == []
    assert "other publishes since" in saved_pair.read_pair(one.state).standing_by or "yielded" in outcome.summary


def test_a_lease_that_is_lost_before_the_status_is_written_stops_the_publication(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    """Even if the other machine has not published yet."""
    one, other = machines
    for _ in range(3):
        one.run(clock)
        other.run(clock)
        clock.moment += RUN
    before = hostile.objects[STATUS]
    taken: list[bool] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.path == "/status/badge.svg" and not taken:
            clock.moment += 2 * RUN
            mine = pair.open_pair(other.settings, clock, other.state)
            mine.read_state()
            mine.claim(answers=True)
            taken.append(mine.holds)
        return None

    hostile.objects.pop("/status/badge.svg")
    hostile.answer = answer
    outcome = one.run(clock)
    assert taken == [True]
    assert (outcome.published, outcome.result.lost) == (False, True)
    assert hostile.objects[STATUS] == before
    assert any("the lease was lost during this run" in line for line in log_lines)
    assert "publishes since" in outcome.summary


def test_a_failed_publication_gives_the_lease_up(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, waits: list[float]
) -> None:
    one, other = machines
    one.run(clock)
    other.run(clock)
    clock.moment += RUN
    hostile.answer = lambda request: (
        error(403, "AccessDenied") if request.method == "PUT" and "/pair/" not in request.path else None
    )
    with pytest.raises(PublishError):
        one.run(clock)
    hostile.answer = lambda request: None
    assert other.run(clock).published


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


def test_settings_that_may_differ_between_machines_exist() -> None:
    assert {definition.name for definition in DEFINITIONS} >= set(pair._OWN_SETTINGS)


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
