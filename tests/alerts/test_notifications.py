# SPDX-License-Identifier: MIT
"""Who is notified of a failure, when, and in which words, and that no secret is among them."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from elytra_status import alerts
from elytra_status.alerts import delivery, failure_messages, notify, reminder_store, reminders, unit_failures
from elytra_status.alerts.failure import Failure, failure_subject, from_environment, how, meaning
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.alerts.redact import without_secrets
from elytra_status.errors import EXIT_STATUSES, LockedError, UsageError
from elytra_status.locale import ENGLISH
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock
from tests.alert_servers import SENDGRID_KEY, Mailbox, SendGrid, free_port, mail_server, sendgrid_server
from tests.conftest import MovableClock
from tests.installed import COMMAND
from tests.markers import MARKERS, NEEDED, writings

pytestmark = pytest.mark.slow

RUN = "elytra-status.service"
FRESHNESS = "elytra-status-freshness.service"
INVOCATION = "8d3f0a5c9e6b4f0f8b4ad0b9c4e1f2aa"
START = datetime(2025, 11, 10, 3, 10, 4, tzinfo=UTC)

Make = Callable[..., Settings]


def lines_of_a_run(failure: Failure, clock: Clock) -> list[JournalLine]:
    return [
        JournalLine("03:10:01", "looking at 12 monitors", False),
        JournalLine("03:10:04", "AccessDenied, the key may not write (give it that right on bucket b)", True),
        JournalLine("03:10:04", f"{failure.unit}: Main process exited, code=exited, status=69/UNAVAILABLE", False),
    ]


def monitor(unit: str = RUN, status: str = "69", result: str = "exit-code") -> dict[str, str]:
    return {
        "MONITOR_UNIT": unit,
        "MONITOR_SERVICE_RESULT": result,
        "MONITOR_EXIT_CODE": "exited",
        "MONITOR_EXIT_STATUS": status,
        "MONITOR_INVOCATION_ID": INVOCATION,
    }


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    """The failed runs in the journal, instead of this machine's. test_alerts_journal has real ones."""
    moments: dict[str, datetime] = {}
    monkeypatch.setattr(unit_failures.failed_runs, "moments", lambda unit: dict(moments))
    return moments


class Desk:
    """The environment of a machine's alert: both channels, a clock, and a state directory."""

    def __init__(self, settings: Settings, directory: Path, mailbox: Mailbox, service: SendGrid) -> None:
        self.settings = settings
        self.directory = directory
        self.mailbox = mailbox
        self.service = service
        self.clock = MovableClock(START)
        self.state = directory / alerts.STATE_FILE

    def fail(self, unit: str = RUN, **more: str) -> bool:
        return unit_failures.notify_failure(
            self.settings, self.clock, self.directory, unit, monitor(unit, **more), lines_of_a_run
        )

    def recover(self, unit: str = RUN) -> None:
        notify.report_success(self.settings, self.clock, self.directory, unit)

    def later(self, **time: float) -> None:
        self.clock.moment += timedelta(**time)

    @property
    def mails(self) -> list[EmailMessage]:
        return self.mailbox.mails

    @property
    def subjects(self) -> list[str]:
        """The subjects of all mails, without their common beginning."""
        # If the name of this machine is longer, the line is folded, which may leave a space before the first word.
        return [re.sub(r"^ ?\[elytra-status\] \S+: ", "", str(mail["Subject"])) for mail in self.mails]


@pytest.fixture
def desk(make_settings: Make, tmp_path: Path) -> Iterator[Desk]:
    """A desk with SMTP alone."""
    with mail_server() as mailbox:
        yield Desk(make_settings(**smtp_values(mailbox.port)), tmp_path, mailbox, SendGrid())


@pytest.fixture
def full_desk(make_settings: Make, tmp_path: Path) -> Iterator[Desk]:
    """A desk with SMTP and SendGrid."""
    with mail_server() as mailbox, sendgrid_server() as service:
        values = smtp_values(mailbox.port) | {
            "SENDGRID_API_KEY": SENDGRID_KEY,
            "SENDGRID_URL": service.url,
            "SENDGRID_FROM_EMAIL": "from@example.com",
            "SENDGRID_ADMIN_EMAIL": "admin@example.com",
        }
        yield Desk(make_settings(**values), tmp_path, mailbox, service)


def smtp_values(port: int) -> dict[str, Any]:
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": port,
        "SMTP_SECURITY": "none",
        "SMTP_FROM": "from@example.com",
        "ALERT_EMAIL_TO": "admin@example.com",
    }


# Once for each incident, reminders, its end


def test_a_failure_is_notified_once(desk: Desk) -> None:
    assert desk.fail()
    for _ in range(10):
        desk.later(minutes=10)
        assert desk.fail()
    assert desk.subjects == ["publishing failed (exit 69) since 03:10 UTC"]


def test_a_reminder_follows_every_six_hours(desk: Desk) -> None:
    desk.fail()
    for _ in range(6 * 14):
        # Runs begin some seconds early or late.
        desk.later(minutes=10, seconds=-0.5)
        desk.fail()
    assert desk.subjects == [
        "publishing failed (exit 69) since 03:10 UTC",
        "publishing still fails (exit 69) since 03:10 UTC",
        "publishing still fails (exit 69) since 03:10 UTC",
    ]
    assert "5 hours ago: 37 failed runs" in desk.mails[1].get_content()


@pytest.mark.parametrize("of_this_run", [True, False], ids=["at-once", "late"])
def test_it_fails_since_the_first_try_and_not_since_the_alert(
    desk: Desk, runs: dict[str, datetime], of_this_run: bool
) -> None:
    runs.update({f"try {seconds}": START - timedelta(seconds=seconds) for seconds in (700, 500, 300)})
    # The journal may be behind, or its clock ahead.
    runs.update({INVOCATION: START + timedelta(seconds=1)} if of_this_run else {})
    desk.fail()
    assert desk.subjects == ["publishing failed (exit 69) since 02:58 UTC"]
    assert "11 minutes ago: 4 failed runs" in desk.mails[0].get_content()
    desk.later(hours=3)
    # Failures count even if the journal no longer holds them.
    runs.clear()
    desk.fail()
    desk.later(hours=1)
    desk.recover()
    assert desk.subjects[1:] == ["publishing works again after 4 hours"]
    assert ": 5 failed runs" in " ".join(desk.mails[1].get_content().split())


def test_how_often_reminders_follow_is_a_setting(desk: Desk) -> None:
    desk.settings = replace(desk.settings, alert_repeat_hours=0.5)
    for _ in range(7):
        desk.fail()
        desk.later(minutes=10)
    assert len(desk.mails) == 3


def test_after_a_day_the_subject_names_the_day(desk: Desk) -> None:
    desk.fail()
    desk.later(hours=26)
    desk.fail()
    assert desk.subjects[-1] == "publishing still fails (exit 69) since 2025-11-10 03:10 UTC"


def test_the_end_is_notified_once_with_the_duration(desk: Desk) -> None:
    desk.fail()
    desk.later(minutes=10)
    desk.fail()
    desk.later(hours=3)
    desk.recover()
    desk.recover()
    assert desk.subjects[1:] == ["publishing works again after 3 hours"]
    text = desk.mails[1].get_content()
    assert "3 hours, from 2025-11-10T03:10:04Z to 2025-11-10T06:20:04Z: 2 failed runs" in " ".join(text.split())
    assert "No notification of the failure itself" not in text
    assert not any(line.startswith((">", "From")) for line in text.splitlines()), "mail programs mark such a line"
    assert not desk.state.exists()


def test_the_mails_of_an_incident_belong_together(desk: Desk) -> None:
    desk.fail()
    desk.later(hours=7)
    desk.fail()
    desk.recover()
    desk.later(hours=1)
    desk.fail()
    first, *same, other = [mail["References"] for mail in desk.mails]
    assert set(same) == {first}
    assert other != first


def test_a_failure_after_the_end_is_a_new_incident(desk: Desk) -> None:
    desk.fail()
    desk.later(hours=1)
    desk.recover()
    desk.later(hours=1)
    desk.fail()
    assert desk.subjects[2] == "publishing failed (exit 69) since 05:10 UTC"


def test_each_unit_has_incidents_of_its_own(desk: Desk) -> None:
    desk.fail()
    desk.later(minutes=2)
    desk.fail(FRESHNESS, status="1")
    desk.recover()
    desk.fail(FRESHNESS, status="1")
    desk.recover(FRESHNESS)
    assert desk.subjects == [
        "publishing failed (exit 69) since 03:10 UTC",
        "published status is stale or wrong (exit 1) since 03:12 UTC",
        "publishing works again after 2 minutes",
        "published status is fresh again after 0 seconds",
    ]


def test_a_good_run_without_an_incident_reads_files_alone_and_imports_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from elytra_status.alerts import notify; before = set(sys.modules)\n"
        f"notify.report_success(None, None, Path({str(tmp_path)!r}), 'elytra-status.service')\n"
        "print(*(set(sys.modules) - before), 'smtplib' in sys.modules, 'requests' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("environment", [{}, monitor(result="success", status="0")])
def test_an_alert_that_is_started_by_hand_arrives_each_time_and_is_no_incident(
    environment: dict[str, str], full_desk: Desk
) -> None:
    desk = full_desk
    for _ in range(2):
        assert unit_failures.notify_failure(desk.settings, desk.clock, desk.directory, RUN, environment, lines_of_a_run)
    assert desk.subjects == ["alerts arrive, nothing has failed"] * 2
    assert len(desk.service.accepted) == 2
    assert not desk.state.exists()
    desk.mailbox.refuses["MAIL"] = "550 5.7.1 no"
    assert not unit_failures.notify_failure(desk.settings, desk.clock, desk.directory, RUN, environment, lines_of_a_run)


def test_a_refused_start_is_not_notified_as_a_failure(desk: Desk) -> None:
    assert desk.fail(result="start-limit-hit", status="0")
    assert desk.subjects == [f"a start of {RUN} was refused"]
    assert "no run has failed" in desk.mails[0].get_content()
    assert f"systemctl reset-failed {RUN}" in desk.mails[0].get_content()
    assert not desk.state.exists()


def test_the_journal_says_why_no_notification_is_sent(desk: Desk, log_lines: list[str]) -> None:
    desk.fail()
    assert not any("a reminder follows" in line for line in log_lines)
    desk.later(minutes=10)
    desk.fail()
    assert any("notified by smtp 10 minutes ago; a reminder follows every 6 hours" in line for line in log_lines)


def test_a_clock_that_was_wrong_does_not_keep_an_alert(desk: Desk) -> None:
    desk.later(days=300)
    desk.fail()
    desk.clock.moment = START
    desk.fail()
    assert desk.subjects[-1] == "publishing failed (exit 69) since 03:10 UTC"


# What cannot be sent


def test_what_could_not_be_sent_is_tried_again_at_the_next_run(desk: Desk, log_lines: list[str]) -> None:
    desk.mailbox.refuses["RCPT"] = "550 5.1.1 User unknown"
    assert not desk.fail()
    assert any("ERROR" in line and "not notified by smtp" in line and "550" in line for line in log_lines)
    desk.later(minutes=10)
    desk.mailbox.refuses.clear()
    assert desk.fail()
    desk.later(minutes=10)
    assert desk.fail()
    assert desk.subjects == ["publishing failed (exit 69) since 03:10 UTC"]
    assert "10 minutes ago: 2 failed runs" in desk.mails[0].get_content()


def test_a_passing_fault_is_tried_twice_in_one_call_and_a_lasting_one_once(full_desk: Desk) -> None:
    full_desk.service.answer = (503, {})
    full_desk.fail()
    assert full_desk.service.requests == 2
    assert full_desk.clock.sleeps == [delivery.PAUSE_SECONDS]
    full_desk.service.answer = (403, {})
    full_desk.fail()
    assert full_desk.service.requests == 3


@pytest.mark.parametrize(("seconds", "requests", "sleeps"), [("7", 2, [7.0]), ("600", 1, [])])
def test_a_short_retry_after_is_waited_for(seconds: str, requests: int, sleeps: list[float], full_desk: Desk) -> None:
    full_desk.service.answer = (429, {"Retry-After": seconds})
    assert not full_desk.fail()
    assert full_desk.service.requests == requests
    assert full_desk.clock.sleeps == sleeps


def test_a_channel_that_fails_does_not_keep_the_other_nor_repeat_it(full_desk: Desk) -> None:
    full_desk.mailbox.refuses["DATA"] = "554 5.7.1 no"
    for _ in range(3):
        assert not full_desk.fail()
        full_desk.later(minutes=10)
    assert len(full_desk.service.accepted) == 1
    full_desk.mailbox.refuses.clear()
    assert full_desk.fail()
    assert len(full_desk.service.accepted) == 1
    assert len(full_desk.mails) == 1


def test_a_channel_that_hangs_does_not_keep_the_other(
    full_desk: Desk, monkeypatch: pytest.MonkeyPatch, log_lines: list[str]
) -> None:
    """A server that sends a little every now and then is slower than any timeout for a single answer."""
    ends = threading.Event()
    monkeypatch.setattr("elytra_status.alerts.smtp.MailServer.send", lambda *_: ends.wait())
    monkeypatch.setattr(unit_failures, "SECONDS", 1.0)
    assert not full_desk.fail()
    ends.set()
    assert len(full_desk.service.accepted) == 1
    assert any("not notified by smtp" in line and "within 1 s" in line for line in log_lines)


def test_an_internal_error_in_a_channel_stops_no_other_and_its_text_is_not_logged(
    full_desk: Desk, monkeypatch: pytest.MonkeyPatch, log_lines: list[str]
) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError(f"marker {SENDGRID_KEY}")

    monkeypatch.setattr("elytra_status.alerts.smtp.MailServer.send", fault)
    assert not full_desk.fail()
    assert len(full_desk.service.accepted) == 1
    assert any("internal error (RuntimeError)" in line for line in log_lines)
    assert not any(SENDGRID_KEY in line for line in log_lines)


def test_a_failed_notification_of_the_end_is_retried_with_the_same_times(desk: Desk) -> None:
    desk.fail()
    desk.later(hours=2)
    desk.mailbox.refuses["MAIL"] = "451 4.3.0 later"
    desk.recover()
    assert desk.state.exists()
    desk.mailbox.refuses.clear()
    desk.later(minutes=10)
    desk.recover()
    desk.recover()
    assert desk.subjects[1:] == ["publishing works again after 2 hours"]
    assert "2025-11-10T05:10:04Z" in desk.mails[1].get_content()


def test_the_end_is_retried_only_on_channels_that_failed(full_desk: Desk) -> None:
    full_desk.fail()
    full_desk.mailbox.refuses["MAIL"] = "451 4.3.0 later"
    full_desk.recover()
    full_desk.mailbox.refuses.clear()
    full_desk.recover()
    assert len(full_desk.mails) == 2
    assert len(full_desk.service.accepted) == 2


def test_a_failure_after_an_end_that_was_not_notified_is_a_new_one(desk: Desk) -> None:
    desk.fail()
    desk.later(hours=1)
    desk.mailbox.refuses["MAIL"] = "451 4.3.0 later"
    desk.recover()
    desk.mailbox.refuses.clear()
    desk.later(hours=1)
    desk.fail()
    assert desk.subjects[1:] == ["publishing failed (exit 69) since 05:10 UTC"]


def test_the_end_of_a_failure_that_was_never_notified_says_so(desk: Desk) -> None:
    desk.mailbox.refuses["MAIL"] = "451 4.3.0 later"
    assert not desk.fail()
    desk.mailbox.refuses.clear()
    desk.later(hours=1)
    desk.recover()
    assert desk.subjects == ["publishing works again after 60 minutes"]
    assert "No notification of the failure itself" in " ".join(desk.mails[0].get_content().split())


def test_the_end_of_a_good_run_never_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch, log_lines: list[str]) -> None:
    desk.fail()
    monkeypatch.setattr(failure_messages, "over", lambda *_, **__: 1 / 0)
    desk.recover()
    assert any("ERROR" in line and "ZeroDivisionError" in line for line in log_lines)
    assert desk.state.exists()


def test_without_a_channel_it_says_so_once_and_is_content(
    make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    desk = Desk(make_settings(), tmp_path, Mailbox(), SendGrid())
    assert desk.fail()
    (warning,) = [line for line in log_lines if "WARNING" in line]
    assert "SMTP_HOST" in warning
    assert not any("ERROR" in line for line in log_lines)
    desk.recover()
    assert not desk.state.exists()


def test_a_channel_that_is_set_up_during_an_incident_shows_its_start(desk: Desk, make_settings: Make) -> None:
    with_mail, desk.settings = desk.settings, make_settings()
    desk.fail()
    desk.settings = with_mail
    desk.later(hours=1)
    desk.fail()
    assert desk.subjects == ["publishing failed (exit 69) since 03:10 UTC"]


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


def test_facts_of_another_unit_are_not_taken_for_this_one_s() -> None:
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


# The message


def test_a_mail_says_what_since_when_by_which_evidence_and_what_to_do(desk: Desk) -> None:
    desk.fail()
    text = desk.mails[0].get_content()
    flat = " ".join(text.split())
    for words in (
        "What publishing failed",
        "Why AccessDenied, the key may not write",
        "exit-code 69: publishing failed",
        "2025-11-10T03:10:04Z, just now: 1 failed run",
        f"{RUN}, run {INVOCATION}",
        "older than 30 minutes",
        "03:10:01 looking at 12 monitors",
        f"journalctl _SYSTEMD_INVOCATION_ID={INVOCATION}",
        f"systemctl start {RUN}",
        "a reminder follows every 6 hours",
    ):
        assert words in flat
    assert all(len(line) <= 100 for line in text.splitlines())
    assert len(desk.subjects[0]) <= 50


@pytest.mark.parametrize(
    ("unit", "status", "command"),
    [
        (RUN, "65", "PUBLIC_WORDS"),
        (RUN, "70", "report it"),
        (RUN, "75", "systemctl status elytra-status.service"),
        (RUN, "78", "elytra-status config check"),
        (RUN, "66", "elytra-status override show"),
        (RUN, "243", "ls -l /etc/elytra-status"),
        (FRESHNESS, "1", "systemctl list-timers"),
    ],
)
def test_what_to_do_depends_on_how_it_ended(unit: str, status: str, command: str, desk: Desk) -> None:
    desk.fail(unit, status=status)
    assert command in desk.mails[0].get_content()


def test_lines_that_cannot_be_had_keep_no_alert(desk: Desk, log_lines: list[str]) -> None:
    def fault(*_: object) -> list[JournalLine]:
        raise ImportError("systemd")

    assert unit_failures.notify_failure(desk.settings, desk.clock, desk.directory, RUN, monitor(), fault)
    assert "The journal holds no lines" in desk.mails[0].get_content()
    assert any("WARNING" in line and "ImportError" in line for line in log_lines)


def test_a_journal_that_cannot_be_read_keeps_no_alert(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, log_lines: list[str]
) -> None:
    monkeypatch.setattr(unit_failures.failed_runs, "moments", lambda unit: 1 / 0)
    assert desk.fail()
    assert "just now: 1 failed run" in desk.mails[0].get_content()
    assert any("WARNING" in line and "ZeroDivisionError" in line for line in log_lines)


def test_without_lines_the_mail_says_where_they_are(desk: Desk) -> None:
    environment = monitor()
    assert unit_failures.notify_failure(desk.settings, desk.clock, desk.directory, RUN, environment, lambda *_: [])
    text = desk.mails[0].get_content()
    assert "The journal holds no lines" in text
    assert "journalctl" in text


# Secrets


def test_every_secret_is_cut_out_of_the_lines(make_settings: Make) -> None:
    names = {
        "UPTIME_KUMA_URL": "http://127.0.0.1",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_USER": "u",
        "SMTP_FROM": "from@example.com",
        "ALERT_EMAIL_TO": "to@example.com",
        "SENDGRID_FROM_EMAIL": "from@example.com",
        "SENDGRID_ADMIN_EMAIL": "to@example.com",
        **NEEDED,
    }
    settings = make_settings(**names, **{name: marker.replace("\\", "\\\\") for name, marker in MARKERS.items()})
    for name, secret in MARKERS.items():
        for writing in writings(secret):
            lines = ["before", f"refused: key={writing} for https://host.internal/x", "after"]
            before, cut, after = without_secrets(lines, settings)
            assert (before, after) == ("before", "after")
            assert writing not in cut
            assert name in cut
            assert cut.startswith("refused: ")
            assert cut.endswith(" for https://host.internal/x")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijklmnop1234567890",
        f"key {SENDGRID_KEY}",
        "https://user:password@host.example/x",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_keys_of_others_are_cut_out_too(text: str, make_settings: Make) -> None:
    (cut,) = without_secrets([f"so it says {text}"], make_settings())
    assert text not in cut
    assert text.split()[-1] not in cut


def test_a_secret_over_two_lines_takes_them_with_it(make_settings: Make) -> None:
    settings = make_settings(UPTIME_KUMA_URL="http://127.0.0.1", UPTIME_KUMA_API_KEY="marker-of-the-key-12345")
    assert not any("marker" in line or "key-1" in line for line in without_secrets(
        ["at marker-of-the-", "key-12345"], settings
    ))  # fmt: skip


def test_addresses_stay_as_the_administrator_needs_them(make_settings: Make) -> None:
    lines = ["10.0.0.1 refuses s3://bucket at host.internal"]
    assert without_secrets(lines, make_settings()) == lines


def test_no_secret_is_in_any_mail_request_or_log(make_settings: Make, tmp_path: Path, log_lines: list[str]) -> None:
    with mail_server() as mailbox, sendgrid_server() as service:
        values = smtp_values(mailbox.port) | {
            "UPTIME_KUMA_URL": "http://127.0.0.1",
            "SMTP_USER": "user",
            "SENDGRID_URL": service.url,
            "SENDGRID_FROM_EMAIL": "from@example.com",
            "SENDGRID_ADMIN_EMAIL": "admin@example.com",
            **NEEDED,
        }
        secrets = MARKERS | {"SENDGRID_API_KEY": SENDGRID_KEY}
        settings = make_settings(**values, **{name: value.replace("\\", "\\\\") for name, value in secrets.items()})
        told = [
            JournalLine("03:10:04", f"{name} is {writing}", True)
            for name in secrets
            for writing in writings(secrets[name])
        ]
        clock = MovableClock(START)
        # The mail server offers no login, so the first mail fails.
        unit_failures.notify_failure(settings, clock, tmp_path, RUN, monitor(), lambda *_: told)
        settings = replace(settings, smtp_user=None)
        unit_failures.notify_failure(settings, clock, tmp_path, RUN, monitor(), lambda *_: told)
        notify.report_success(settings, clock, tmp_path, RUN)
        assert len(mailbox.mails) == 2
        assert len(service.accepted) == 2
        state = "".join(path.read_text() for path in tmp_path.iterdir() if path.name.startswith("alerts"))
        everything = "\n".join(
            [*log_lines, state, *(json.dumps(request, ensure_ascii=False) for request in service.accepted)]
            + [str(part) for mail in mailbox.mails for part in (*mail.values(), mail.get_content())]
        )
        assert "MARKER" not in everything
        for name, secret in secrets.items():
            for writing in writings(secret):
                assert writing not in everything, name


# The command


def call(*arguments: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "alert", *arguments, "--state-directory", str(directory)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **environment},
        timeout=60,
        check=False,
    )


def test_the_command_notifies_and_ends_with_0(tmp_path: Path) -> None:
    with mail_server() as mailbox:
        environment = {name: str(value) for name, value in smtp_values(mailbox.port).items()}
        result = call(RUN, directory=tmp_path, **environment, **monitor())
        assert result.returncode == 0
        assert result.stderr.startswith("INFO: notified by smtp: [elytra-status] ")
        assert "publishing failed (exit 69)" in mailbox.mails[0]["Subject"]


def test_invalid_settings_are_notified_by_the_settings_that_are_valid(tmp_path: Path) -> None:
    with mail_server() as mailbox:
        environment = {name: str(value) for name, value in smtp_values(mailbox.port).items()}
        result = call(RUN, directory=tmp_path, **environment, OUTAGE_THRESHOLD="many", **monitor())
        assert result.returncode == 0
        assert "WARNING: environment: OUTAGE_THRESHOLD " in result.stderr
        assert "The settings that can be read are used." in result.stderr
        assert len(mailbox.mails) == 1


def test_the_command_ends_with_69_if_no_notification_was_sent(tmp_path: Path) -> None:
    environment = {name: str(value) for name, value in smtp_values(free_port()).items()}
    environment |= {"SMTP_USER": "user", "SMTP_PASSWORD": MARKERS["SMTP_PASSWORD"]}
    result = call(RUN, directory=tmp_path, **environment, **monitor())
    assert result.returncode == 69
    assert "ERROR: not notified by smtp: 127.0.0.1:" in result.stderr
    assert "next run" in result.stderr
    assert "MARKER" not in result.stderr


def test_the_command_without_a_channel_warns_and_ends_with_0(tmp_path: Path) -> None:
    result = call(RUN, directory=tmp_path, **monitor())
    assert result.returncode == 0
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("WARNING: publishing failed, and nobody is notified")


def test_the_command_is_for_services(tmp_path: Path) -> None:
    assert call("elytra-status.timer", directory=tmp_path).returncode == 64
    assert call(directory=tmp_path).returncode == 64


def test_run_and_check_freshness_notify_of_the_end(tmp_path: Path) -> None:
    """The end of an incident of each is notified by the commands as systemd starts them."""
    with mail_server() as mailbox:
        environment = {name: str(value) for name, value in smtp_values(mailbox.port).items()}
        for unit in (RUN, FRESHNESS):
            call(unit, directory=tmp_path, **environment, **monitor(unit))
        for command in ("run", "check-freshness"):
            result = subprocess.run(
                [COMMAND, command, "--state-directory", str(tmp_path)],
                capture_output=True,
                text=True,
                env={"PATH": os.environ["PATH"], **environment},
                timeout=60,
                check=False,
            )
            assert result.returncode == 0, result.stderr
        subjects = [str(mail["Subject"]) for mail in mailbox.mails]
        assert "publishing works again after" in subjects[2]
        assert "published status is fresh again after" in subjects[3]
        assert not (tmp_path / alerts.STATE_FILE).exists()


# The settings


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"SMTP_FROM": None}, "SMTP_FROM"),
        ({"ALERT_EMAIL_TO": None}, "ALERT_EMAIL_TO"),
        ({"SMTP_HOST": None}, "SMTP_HOST"),
        ({"SMTP_USER": "user"}, "SMTP_PASSWORD"),
        ({"SMTP_PASSWORD": "x"}, "SMTP_USER"),
        ({"ALERT_EMAIL_TO": "admin@example.com,Admin <a@example.com>"}, "ALERT_EMAIL_TO"),
        ({"SMTP_FROM": "müller@example.com"}, "SMTP_FROM"),
        ({"SMTP_HOST": "mail.example.com:25"}, "the port has a setting of its own"),
        ({"SMTP_HOST": "mail.example.com", "SMTP_USER": "u", "SMTP_PASSWORD": "p"}, "SMTP_SECURITY"),
        ({"SENDGRID_API_KEY": "x"}, "SENDGRID_FROM_EMAIL"),
        ({"SENDGRID_FROM_EMAIL": "a@example.com", "SENDGRID_ADMIN_EMAIL": "a@example.com"}, "SENDGRID_API_KEY"),
        ({"SMTP_SECURITY": "ssl"}, "SMTP_SECURITY"),
        ({"ALERT_REPEAT_HOURS": "0"}, "ALERT_REPEAT_HOURS"),
    ],
)
def test_settings_that_could_not_alert_are_faults(
    values: dict[str, str | None], told: str, make_settings: Make
) -> None:
    from elytra_status.problem import SettingsError

    merged = {name: value for name, value in (smtp_values(25) | values).items() if value is not None}
    with pytest.raises(SettingsError) as caught:
        make_settings(**merged)
    assert told in str(caught.value)


def test_the_key_for_sendgrid_does_not_cross_in_clear(make_settings: Make) -> None:
    from elytra_status.problem import SettingsError

    values = {"SENDGRID_FROM_EMAIL": "a@example.com", "SENDGRID_ADMIN_EMAIL": "a@example.com"}
    with pytest.raises(SettingsError, match="SENDGRID_URL"):
        make_settings(**values, SENDGRID_API_KEY="x", SENDGRID_URL="http://api.sendgrid.com")
