# SPDX-License-Identifier: MIT
"""The saved state of notifications of failed units, and what systemd says of a unit."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import alerts
from elytra_status.alerts import reminder_store, reminders, unit_failures
from elytra_status.alerts.failure import Failure, failure_subject, from_environment, how, meaning
from elytra_status.errors import EXIT_STATUSES, LockedError, UsageError
from elytra_status.locale import ENGLISH
from tests.conftest import MovableClock
from tests.failure_desk import FRESHNESS, RUN, START, Desk, desk, full_desk, lines_of_a_run, monitor, runs

pytestmark = pytest.mark.slow
__all__ = ["desk", "full_desk", "runs"]

# The state


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"incidents": []}',
        b'{"elytra-status.service": {"since": "2025-11-10T03:10:04Z", "level": 1, "seen": 1, "told": 5}}',
        b'{"elytra-status.service": {"since": "2025-11-10T03:10:04Z", "level": 1, "seen": 1, "told": {},'
        b' "details": 5}}',
        b'{"elytra-status.service": {"since": "2025-11-10T03:10:04Z", "level": 1, "seen": 1, "told": {},'
        b' "details": {"failures": "many"}}}',
        b'{"incidents": {"elytra-status.service": null}}',
        b'{"incidents": {"elytra-status.service": {"since": "yesterday"}}}',
        b'{"incidents": {"elytra-status.service": {"since": "2025-11-10T03:10:04Z", "failures": "many"}}}',
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("name", [alerts.STATE_FILE, alerts.FORMER_STATE_FILE])
def test_a_state_that_cannot_be_read_makes_the_alert_anew(name: str, content: bytes, desk: Desk) -> None:
    (desk.directory / name).write_bytes(content)
    desk.recover()
    assert desk.mails == []
    assert desk.fail()
    assert len(desk.mails) == 1


def test_the_state_reads_back_as_it_was_written(tmp_path: Path) -> None:
    course = reminders.Course(
        START,
        0,
        3,
        notified={"smtp": reminders.Notified(1, START, frozenset({"a", "b"}))},
        missed=frozenset({"sendgrid"}),
        over=START + timedelta(hours=1),
        details={"failures": 3, "result": "exit-code", "status": "69"},
    )
    reminder_store.write(tmp_path, {RUN: course})
    assert reminder_store.read(tmp_path) == {RUN: course}
    assert (tmp_path / alerts.STATE_FILE).stat().st_mode & 0o777 == 0o600


FORMER = {"since": "2025-11-10T01:10:04Z", "failures": 12, "last": {"result": "exit-code", "status": "69"}}


@pytest.mark.parametrize("others", [{}, {"platform": {"since": "2025-11-10T01:10:04Z", "level": 3, "seen": 2, "told": {
    "smtp": [3, "2025-11-10T01:10:04Z"]}}}])  # fmt: skip
def test_an_upgrade_during_a_failure_neither_loses_nor_repeats_a_notification(
    full_desk: Desk, others: dict[str, Any]
) -> None:
    """The files are in the format of earlier versions: units in alerts.json, all else in conditions.json."""
    former = full_desk.directory / alerts.FORMER_STATE_FILE
    told = {"smtp": "2025-11-10T01:10:04Z"}
    former.write_text(json.dumps({"incidents": {RUN: {**FORMER, "over": None, "told": told, "told_over": []}}}))
    if others:
        full_desk.state.write_text(json.dumps(others))
    full_desk.fail()
    assert (full_desk.mails, len(full_desk.service.accepted)) == ([], 1)  # Only SendGrid had not been notified.
    assert not former.exists()
    full_desk.later(hours=5)
    full_desk.fail()
    assert full_desk.subjects == ["publishing still fails (exit 69) since 01:10 UTC"]
    assert "14 failed runs" in full_desk.mails[0].get_content()
    full_desk.recover()
    full_desk.recover()
    assert full_desk.subjects[1:] == ["publishing works again after 7 hours"]
    assert len(full_desk.service.accepted) == 2
    assert set(reminder_store.read(full_desk.directory)) == set(others)


def test_an_upgrade_while_an_end_is_not_notified_yet_notifies_that_end_once(full_desk: Desk) -> None:
    former = full_desk.directory / alerts.FORMER_STATE_FILE
    told = {"smtp": "2025-11-10T01:10:04Z", "sendgrid": "2025-11-10T01:10:04Z"}
    ended = {**FORMER, "over": "2025-11-10T03:00:04Z", "told": told, "told_over": ["smtp"]}
    former.write_text(json.dumps({"incidents": {RUN: ended}}))
    full_desk.recover()
    full_desk.recover()
    assert (full_desk.mails, len(full_desk.service.accepted)) == ([], 1)
    assert not former.exists()
    assert not full_desk.state.exists()


def test_a_state_that_cannot_be_written_keeps_no_alert(desk: Desk, log_lines: list[str]) -> None:
    desk.directory = desk.directory / "missing"
    assert desk.fail()
    assert len(desk.mails) == 1
    assert any("ERROR" in line and "cannot be written" in line for line in log_lines)


def test_two_alerts_at_once_lose_nothing(full_desk: Desk) -> None:
    """As much contention as by real processes: threads with their own descriptors, and many units at once."""
    units = [f"unit-{number}.service" for number in range(8)]
    full_desk.clock = MovableClock(START)
    results: list[bool] = []

    def fail(unit: str) -> None:
        from elytra_status.system.clock import SystemClock

        told = unit_failures.notify_failure(
            full_desk.settings, SystemClock(), full_desk.directory, unit, monitor(unit), lines_of_a_run
        )
        results.append(told)

    threads = [threading.Thread(target=fail, args=(unit,)) for unit in units]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * len(units)
    known = reminder_store.read(full_desk.directory)
    assert sorted(known) == units
    assert all(set(course.notified) == {"smtp", "sendgrid"} for course in known.values())
    assert len(full_desk.mails) == len(units)


def test_an_alert_waits_for_another_and_a_good_run_does_not(desk: Desk, log_lines: list[str]) -> None:
    desk.fail()
    with (desk.directory / reminder_store.LOCK_FILE).open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(LockedError):
            desk.fail()
        assert sum(desk.clock.sleeps) == pytest.approx(unit_failures.LOCK_SECONDS, abs=1)
        desk.clock.sleeps.clear()
        desk.recover()
        assert sum(desk.clock.sleeps) <= unit_failures.LOCK_SECONDS_AFTER_A_RUN + 1
    assert len(desk.mails) == 1
    desk.recover()
    assert desk.subjects[1].startswith("publishing works again")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_what_root_writes_by_hand_belongs_to_the_service_s_user(desk: Desk) -> None:
    os.chown(desk.directory, 4711, 4712)
    desk.fail()
    for name in (alerts.STATE_FILE, reminder_store.LOCK_FILE):
        status = (desk.directory / name).stat()
        assert (status.st_uid, status.st_gid) == (4711, 4712)


# What systemd says


def test_facts_of_another_unit_are_ignored() -> None:
    assert from_environment(RUN, monitor(FRESHNESS)) == Failure(RUN)
    assert from_environment(RUN, {}) == Failure(RUN)
    odd = monitor() | {"MONITOR_EXIT_STATUS": "6\n9", "MONITOR_INVOCATION_ID": "x; rm"}
    assert from_environment(RUN, odd) == Failure(RUN, "exit-code")


@pytest.mark.parametrize("unit", ["", "x", "a b.service", "../x.service", "x.timer", "x.service\n", "--help.service/"])
def test_what_is_no_service_is_refused(unit: str, desk: Desk) -> None:
    with pytest.raises(UsageError):
        desk.fail(unit)


@pytest.mark.parametrize(
    ("failure", "words", "ended", "means"),
    [
        (Failure(RUN, "exit-code", "69"), "publishing failed", "exit 69", "publishing failed"),
        (Failure(RUN, "exit-code", "1"), "publishing failed", "exit 1", ""),
        (Failure(RUN, "exit-code", "75"), "publishing failed", "exit 75", "another run is under way"),
        (Failure(RUN, "exit-code", "203"), "publishing failed", "exit 203", "the program could not be started"),
        (Failure(RUN, "timeout", "TERM"), "publishing failed", "timeout", "it took too long"),
        (Failure(RUN, "signal", "KILL"), "publishing failed", "signal KILL", "it was killed by a signal from outside"),
        (Failure(RUN, "oom-kill", "KILL"), "publishing failed", "oom-kill", "out of memory"),
        (Failure(RUN), "publishing failed", "", ""),
        (Failure(FRESHNESS, "exit-code", "1"), "published status is stale or wrong", "exit 1", "is stale or wrong"),
        (Failure(FRESHNESS, "exit-code", "69"), "published status is unreachable", "exit 69", "unreachable"),
        (Failure(FRESHNESS, "exit-code", "78"), "freshness check failed", "exit 78", "the settings are wrong"),
        (Failure("nginx.service", "exit-code", "3"), "nginx.service failed", "exit 3", ""),
    ],
)
def test_a_failure_in_words(failure: Failure, words: str, ended: str, means: str) -> None:
    assert failure_subject(failure, ENGLISH) == words
    assert how(failure) == ended
    assert means in meaning(failure)
    assert bool(meaning(failure)) is bool(means)


@pytest.mark.parametrize("status", [status for status in EXIT_STATUSES if status not in (0, 1, 2)])
def test_every_exit_status_has_a_meaning_in_an_alert(status: int) -> None:
    for unit in (RUN, FRESHNESS):
        assert meaning(Failure(unit, "exit-code", str(status)))
