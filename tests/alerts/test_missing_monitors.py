# SPDX-License-Identifier: MIT
"""Notifications about missing monitors and incomplete answers, run by run, as a webhook receives them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.alerts import conditions, notify
from elytra_status.alerts.condition import ANSWERS, MISSING_MONITORS
from elytra_status.alerts.platform_conditions import of_texts
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.documents.withheld import Withheld
from elytra_status.leak_guard import NAME
from elytra_status.run import job
from elytra_status.run.saved_monitors import missing
from elytra_status.run.saved_state import read
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.in_process import run_command
from tests.made_kuma import METRICS, TEXT, kuma, metrics_text, series

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]


class Machine:
    """A machine with a run every ten minutes that queries one Uptime Kuma, and the webhook that it notifies."""

    def __init__(self, make: Make, directory: Path, server: ReplayServer, clock: MovableClock, hook: HostileS3) -> None:
        self.server, self.clock, self.hook, self.directory = server, clock, hook, directory
        hook.always(Reply(200, b"ok"))
        self.settings = make(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY, WEBHOOK_URL=hook.url)

    def run(self, *there: int, times: int = 1, status: int = 200) -> list[dict[str, Any]]:
        """Do some runs while Uptime Kuma names these monitors; return what the webhook received."""
        before = len(self.hook.requests)
        body = metrics_text(*(series(1, number, f"Client {number}") for number in there))
        self.server.faults[METRICS] = ReplayFault(status=status, body=body, content_type=TEXT)
        for _ in range(times):
            outcome = job.run(self.settings, self.clock, self.directory)
            notify.notify_conditions(self.settings, self.clock, self.directory, outcome.assessment, outcome.withheld)
            self.clock.moment += timedelta(minutes=10)
        return [json.loads(request.body) for request in self.hook.requests[before:]]

    def accept(self, number: int) -> None:
        assert run_command(self.directory, "monitors", "accept", f"uptime_kuma:{number}") == 0


@pytest.fixture
def machine(
    make_settings: Make, tmp_path: Path, hostile: HostileS3, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    monkeypatch.setenv("SUDO_USER", "anna")
    with kuma(clock=clock.now) as server:
        yield Machine(make_settings, tmp_path, server, clock, hostile)


def only(notified: list[dict[str, Any]], event: str = MISSING_MONITORS) -> str:
    """Return the text of the only notification."""
    (one,) = notified
    assert (one["event"], one["level"]) == (event, "bad")
    assert "Client" not in json.dumps(one)
    return str(one["text"])


def test_a_missing_monitor_is_notified_once(machine: Machine) -> None:
    assert machine.run(1, 2, 3) == []
    # It keeps its last state for MONITOR_STALE_MINUTES.
    assert machine.run(1, 2) == []
    assert "uptime_kuma:3" in only(machine.run(1, 2))
    assert machine.run(1, 2, times=3) == []
    # Nor is there a reminder after ALERT_REPEAT_HOURS.
    machine.clock.moment += timedelta(hours=machine.settings.alert_repeat_hours)
    assert machine.run(1, 2, times=2) == []
    machine.accept(3)
    assert machine.run(1, 2, times=3) == []


def test_another_missing_monitor_is_notified(machine: Machine) -> None:
    machine.run(1, 2, 3)
    assert "uptime_kuma:3" in only(machine.run(1, 2, times=3))
    text = only(machine.run(1, times=3))
    assert "2 monitors are missing" in " ".join(text.split())
    assert machine.run(1, times=3) == []
    machine.accept(3)
    assert machine.run(1, times=3) == []


def test_another_is_notified_though_one_is_back_in_the_same_run(machine: Machine) -> None:
    machine.run(1, 2, 3)
    machine.run(1, 2, times=3)
    # Monitor 2 keeps its state for this run. In the next one it is missing, and 3 is back.
    machine.run(1)
    assert "uptime_kuma:2" in only(machine.run(1, 3))
    assert machine.run(1, 3, times=3) == []


def test_a_monitor_that_returns_and_is_missing_again_is_notified_again(machine: Machine) -> None:
    machine.run(1, 2, 3)
    only(machine.run(1, 2, times=3))
    assert machine.run(1, 2, 3) == []
    only(machine.run(1, 2, times=3))


def test_an_accepted_monitor_that_returns_and_is_missing_again_is_an_error_again(machine: Machine) -> None:
    machine.run(1, 2, 3)
    only(machine.run(1, 2, times=3))
    machine.accept(3)
    assert machine.run(1, 2) == []
    assert machine.run(1, 2, 3, times=2) == []
    assert "uptime_kuma:3" in only(machine.run(1, 2, times=3))
    assert machine.run(1, 2, times=3) == []


def test_while_the_source_is_silent_nothing_is_notified_of_its_missing_monitors(machine: Machine) -> None:
    machine.run(1, 2, 3)
    only(machine.run(1, 2, times=3))
    silent = machine.run(status=500, times=3)
    assert MISSING_MONITORS not in [one["event"] for one in silent]
    back = machine.run(1, 2, times=3)
    assert MISSING_MONITORS not in [one["event"] for one in back]


def test_what_could_not_be_notified_is_notified_at_the_next_run(machine: Machine) -> None:
    machine.run(1, 2, 3)
    machine.hook.always(Reply(500, b""))
    machine.run(1, 2, times=6)
    machine.hook.always(Reply(200, b"ok"))
    only(machine.run(1, 2, times=3))


@pytest.mark.parametrize("days", [3, -3])
@pytest.mark.parametrize("there", [(1, 2), (1, 2, 3)])
def test_a_run_with_a_wrong_clock_makes_nobody_forget_a_missing_monitor(
    machine: Machine, days: int, there: tuple[int, ...]
) -> None:
    machine.run(1, 2, 3)
    only(machine.run(1, 2, times=3))
    right = machine.clock.moment
    machine.server.clock = lambda: right
    machine.clock.moment += timedelta(days=days)
    before = read(machine.directory).known
    machine.run(*there)
    assert read(machine.directory).known == before
    machine.clock.moment = right + timedelta(minutes=10)
    machine.server.clock = machine.clock.now
    machine.run(1, 2, times=3)
    known = read(machine.directory).known.values()
    assert list(missing(known)) == ["uptime_kuma:3"]
    assert all(one.seen <= machine.clock.now() for of in known for key, one in of.monitors.items() if key[-1] != "3")


def test_an_incomplete_answer_is_notified_as_an_error_and_once(
    make_settings: Make, tmp_path: Path, hostile: HostileS3, clock: MovableClock
) -> None:
    with kuma(clock=clock.now) as server:
        machine = Machine(make_settings, tmp_path, server, clock, hostile)
        machine.settings = make_settings(
            UPTIME_KUMA_URL=server.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra",
            WEBHOOK_URL=hostile.url,
        )
        found = machine.run(status=401, times=3)
        text = only([one for one in found if one["event"] == ANSWERS], ANSWERS)
        assert "the API key is refused" in " ".join(text.split())
        assert ANSWERS not in [one["event"] for one in machine.run(status=401, times=3)]


def test_another_fault_of_an_answer_is_notified_though_the_first_is_over(machine: Machine) -> None:
    machine.settings = replace(machine.settings, uptime_kuma_status_page="elytra", critical_monitor_ids=(4711,))
    named = [one for one in machine.run(1, 2, times=3) if one["event"] == ANSWERS]
    text = only(named, ANSWERS)
    assert "a monitor that the settings name is missing" in text
    assert "uptime_kuma:4711" in text
    refused = [one for one in machine.run(status=401, times=3) if one["event"] == ANSWERS]
    assert "is incomplete" in only(refused, ANSWERS)


def test_another_withheld_text_is_notified_though_one_was_mended(machine: Machine) -> None:
    """The number of texts alone does not say which they are."""
    for setting in ("INCIDENT_TEXT", "BACKUP_POLICY", "BACKUP_POLICY"):
        text = Withheld(setting, NAME, "the name of monitor uptime_kuma:1", ("Client",))
        conditions.notify_of_conditions(machine.settings, machine.clock, machine.directory, [of_texts((text,))])
    first, second = (json.loads(request.body)["text"] for request in machine.hook.requests)
    assert "INCIDENT_TEXT" in first
    assert "BACKUP_POLICY" in second
