# SPDX-License-Identifier: MIT
"""Visitors see the same past when the other machine of a pair takes over, however long that one was off."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elytra_status.history.importing import EarlierMonitor, ImportedBefore, take_in_earlier
from elytra_status.history.shared_past import SharedMonitor, SharedPast, rollups_in
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, Tally
from elytra_status.history.store import FILE
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import warnings_in
from tests.run.machines_of_a_pair import RUN, Machine, both_run, machines, published

__all__ = ["machines"]

pytestmark = pytest.mark.slow

HISTORY = "/status/pair/history.json.gz"
DOWN = 3700


@pytest.fixture(autouse=True)
def publishes_history(machines: tuple[Machine, Machine]) -> None:
    for machine in machines:
        machine.settings = replace(machine.settings, publish=(*machine.settings.publish, "history"))


def keys(machine: Machine) -> list[str]:
    with closing(sqlite3.connect(machine.state / FILE)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM monitors ORDER BY key")]


def give_past(machine: Machine, clock: MovableClock, days: int, down: int = DOWN) -> None:
    """Give each monitor of a machine a past that ends three days ago: a failure in the ninth hour of each day."""
    today = int(clock.now().timestamp()) // DAY
    hours = {hour: Tally(HOUR) for hour in range((today - min(days, 30)) * 24, (today - 3) * 24)}
    failing = {hour: Tally(HOUR - down // 2, down - down // 2) for hour in hours if hour % 24 in (9, 10)}
    earlier = {day: Tally(DAY - down, down) for day in range(today - days, today - 30)}
    monitors = [EarlierMonitor((key,), key, True, {**hours, **failing}, earlier, []) for key in keys(machine)]
    settings: Settings = machine.settings
    path = machine.state / FILE
    take_in_earlier(path, ImportedBefore(monitors, 0), clock.now(), NOTHING_ANNOUNCED, settings.history_days)


def shown(hostile: HostileS3) -> dict[str, Any]:
    """Return the public past."""
    found: dict[str, Any] = json.loads(hostile.objects["/status/history.json"].body)["platform"]
    return found


def rows(machine: Machine, table: str) -> dict[tuple[str, int], Tally]:
    with closing(sqlite3.connect(machine.state / FILE)) as connection:
        names = dict(connection.execute("SELECT id, key FROM monitors"))
        return {
            (names[monitor], number): Tally(*sums)
            for number, monitor, *sums in connection.execute(f"SELECT * FROM {table}")
        }


def check_days(machine: Machine) -> None:
    """A day is the sum of its hours as long as these are kept."""
    sums: dict[tuple[str, int], list[Tally]] = {}
    for (key, hour), tally in rows(machine, "hours").items():
        sums.setdefault((key, hour // 24), []).append(tally)
    days = rows(machine, "days")
    for at, some in sums.items():
        assert days[at] == Tally(*map(sum, zip(*some, strict=True))), at


def object_of(hostile: HostileS3) -> SharedPast:
    return SharedPast.from_bytes(hostile.objects[HISTORY].body)


def put_private(hostile: HostileS3, body: bytes) -> None:
    hostile.put(HISTORY, body)
    hostile.objects[HISTORY] = replace(hostile.objects[HISTORY], acl="private")


def past_days(hostile: HostileS3) -> list[Any]:
    """Return the days of the past up to yesterday."""
    days: list[Any] = shown(hostile)["days"]
    return days[:-1]


@pytest.mark.parametrize("joins_later", [False, True])
def test_a_new_machine_takes_over_the_90_days_of_an_old_one(
    joins_later: bool, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    old, new = machines
    old.settings = replace(old.settings, publishers="one")
    old.run(clock)
    give_past(old, clock, 80)
    old.run(clock)
    before = past_days(hostile)
    assert sum(day["down_seconds"] for day in before) == 77 * DOWN
    old.settings = replace(old.settings, publishers="pair")
    # Whether the old machine or the new one is set up first.
    for machine in (new, old, new) if joins_later else (old, new):
        clock.moment += RUN
        machine.run(clock)
    clock.moment += 2 * RUN
    assert new.run(clock).published
    assert past_days(hostile) == before
    check_days(new)
    assert hostile.objects[HISTORY].acl == "private"
    assert hostile.objects[HISTORY].headers["content-type"] == "application/gzip"


def test_the_uptime_of_each_window_is_the_same_on_both_machines(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    give_past(one, clock, 80)
    clock.moment += RUN
    both_run(machines, clock, 1)
    figures = shown(hostile)["uptime"]
    assert figures["last_30d"] < 100
    clock.moment += RUN
    assert other.run(clock).published
    assert shown(hostile)["uptime"] == pytest.approx(figures, abs=0.01)
    assert rows(other, "hours").items() >= {at: tally for at, tally in rows(one, "hours").items() if tally.down}.items()


def test_a_machine_that_was_off_for_a_week_shows_the_week(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    both_run(machines, clock, 1)
    one.goes_down()
    for _ in range(7 * 12):
        clock.moment += timedelta(hours=2)
        one.run(clock)
    before = past_days(hostile)
    assert sum(day["down_seconds"] > 0 for day in before[-7:]) >= 6
    clock.moment += 2 * RUN
    assert other.run(clock).published
    after = past_days(hostile)
    for day, expected in zip(after, before, strict=True):
        assert day["down_seconds"] == pytest.approx(expected["down_seconds"], abs=HOUR)
    check_days(other)


def test_what_observed_less_replaces_nothing_on_either_machine(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    both_run(machines, clock, 1)
    give_past(one, clock, 60)
    give_past(other, clock, 80, down=DOWN // 2)
    with closing(sqlite3.connect(other.state / FILE)) as connection, connection:
        # It was off for an hour of each day.
        connection.execute("DELETE FROM hours WHERE hour % 24 = 9")
        connection.execute("UPDATE days SET up = up - 3600 WHERE day IN (SELECT hour / 24 FROM hours)")
    expected, own = rows(one, "days"), rows(other, "days")
    today = int(clock.now().timestamp()) // DAY
    alone = {at: tally for at, tally in own.items() if at not in expected and at[1] < today - 3}
    assert alone
    for _ in range(3):
        clock.moment += timedelta(hours=1)
        both_run(machines, clock, 1)
    found = rows(one, "days")
    assert {at: found[at] for at in expected} == expected
    assert {at: found[at] for at in alone} == alone, "what only one machine knew, both know"
    found = rows(other, "days")
    assert all(found[at] == (tally if tally.observed == DAY else found[at]) for at, tally in own.items())
    # The hour that it missed is the other machine's, and the hour after that its own.
    missed = [found[at] for at, tally in own.items() if at[1] < today - 3 and tally.observed < DAY]
    assert missed == [Tally(DAY - 2775, 2775)] * len(missed)
    assert missed
    check_days(other)


def test_a_run_in_which_nothing_is_over_costs_one_small_request(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    clock.moment = clock.moment.replace(minute=5)
    both_run(machines, clock, 2)
    clock.moment += timedelta(hours=1)
    both_run(machines, clock, 1)
    hostile.requests.clear()
    both_run(machines, clock, 2)
    assert [request.method for request in hostile.asked("GET", HISTORY) + hostile.asked("PUT", HISTORY)] == []
    assert len(hostile.asked("HEAD", HISTORY)) == 4
    clock.moment += timedelta(hours=1)
    both_run(machines, clock, 1)
    assert len(hostile.asked("PUT", HISTORY)) == 1
    assert object_of(hostile).until == int(clock.now().timestamp() - RUN.total_seconds()) // HOUR


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", gzip.compress(b"{}"), gzip.compress(b"[" * 100_000)],
    ids=["empty", "text", "no fields", "deep"],
)
def test_a_damaged_object_is_a_warning_and_the_takeover_goes_on(
    damage: bytes, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, other = machines
    one.run(clock)
    give_past(one, clock, 80)
    both_run(machines, clock, 1)
    expected = rows(one, "days")
    put_private(hostile, damage)
    log_lines.clear()
    clock.moment += 2 * RUN
    assert other.run(clock).published
    (line,) = (line for line in warnings_in(log_lines) if "history.json.gz" in line)
    assert "pair/history.json.gz in bucket status is damaged" in line
    assert "writes a new object" in line
    assert expected.items() <= rows(other, "days").items()
    # It is written anew, by the machine that publishes.
    assert one.run(clock).result.done is False
    assert {key for key, _ in expected} <= object_of(hostile).monitors.keys()


def test_a_missing_object_is_written_again(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    one, _ = machines
    both_run(machines, clock, 1)
    del hostile.objects[HISTORY]
    assert one.run(clock).published
    assert any("pair/history.json.gz in bucket status is missing" in line for line in warnings_in(log_lines))
    assert HISTORY in hostile.objects


def test_an_object_of_a_newer_release_stays(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, log_lines: list[str]
) -> None:
    newer = gzip.compress(b'{"version": 2, "more": 1}')
    both_run(machines, clock, 1)
    put_private(hostile, newer)
    assert machines[0].run(clock).published
    assert hostile.objects[HISTORY].body == newer
    assert any("install the same version" in line for line in warnings_in(log_lines))


@pytest.mark.parametrize("answer", [error(503, "InternalError"), error(403, "AccessDenied"), Reply(fault="reset")])
def test_without_the_object_the_run_publishes(
    answer: Reply, machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock, waits: list[float]
) -> None:
    def fails(request: Request) -> Reply | None:
        return answer if request.path == HISTORY and request.is_signed else None

    hostile.answer = fails
    assert machines[0].run(clock).published
    assert not machines[1].run(clock).published
    assert published(hostile)["platform_status"] == "operational"


def test_the_future_does_not_count(machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock) -> None:
    one, other = machines
    clock.moment = clock.moment.replace(minute=30)
    one.run(clock)
    clock.moment += timedelta(hours=1)
    one.run(clock)
    key, now = keys(one)[0], int(clock.now().timestamp()) // HOUR
    there = SharedPast(now + 100, {key: SharedMonitor("Shop", f"{now - 24},60,0,3600")})
    put_private(hostile, there.to_bytes())
    other.run(clock)
    taken = [hour for (of, hour), tally in rows(other, "hours").items() if of == key and tally.down == HOUR]
    assert max(taken) <= now
    assert len(taken) == 24
    clock.moment += timedelta(hours=1)
    one.run(clock)
    assert max(hour for hour, _ in rollups_in(object_of(hostile).monitors[key].hours)) <= now + 1


def test_a_machine_whose_clock_is_wrong_merges_and_writes_nothing(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    one.run(clock)
    give_past(one, clock, 80)
    one.run(clock)
    before = hostile.objects[HISTORY]
    other.ahead = timedelta(minutes=10)
    other.run(clock)
    assert rows(other, "days") == {}
    assert hostile.objects[HISTORY] == before
    other.ahead = timedelta(0)
    other.run(clock)
    assert len(rows(other, "days")) >= 70


def test_a_lost_history_is_taken_from_the_object_again(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, _ = machines
    one.run(clock)
    give_past(one, clock, 80)
    one.run(clock)
    before = rows(one, "days")
    (one.state / FILE).unlink()
    one.run(clock)
    assert rows(one, "days").items() >= before.items()


def test_components_have_the_changes_that_were_published(
    machines: tuple[Machine, Machine], hostile: HostileS3, clock: MovableClock
) -> None:
    one, other = machines
    for machine in machines:
        identifiers = [key.partition(":")[2] for key in _keys_after_run(machine, clock)]
        machine.settings = replace(machine.settings, components=(("Web", (f"uptime_kuma:{identifiers[0]}",)),))
    both_run(machines, clock, 2)
    other.goes_down()
    both_run(machines, clock, 3)
    one.goes_down()
    clock.moment += timedelta(hours=1)
    both_run(machines, clock, 2)
    told = object_of(hostile).components
    assert told == tuple(
        (name, change) for name, some in one.outcomes[-1].assessment.past.changes_of_parts.items() for change in some
    )
    clock.moment += 2 * RUN
    assert other.run(clock).published
    assert other.outcomes[-1].assessment.past.changes_of_parts["Web"][: len(told)] == tuple(one for _, one in told)


def _keys_after_run(machine: Machine, clock: MovableClock) -> list[str]:
    machine.run(clock)
    return keys(machine)
