# SPDX-License-Identifier: MIT
"""Notifications of failed units: once for each incident, reminders, its end, and what cannot be sent."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.alerts import delivery, failure_messages, unit_failures
from tests.alert_servers import SENDGRID_KEY, Mailbox, SendGrid
from tests.failure_desk import (
    FRESHNESS,
    INVOCATION,
    RUN,
    START,
    Desk,
    Make,
    desk,
    full_desk,
    lines_of_a_run,
    monitor,
    runs,
)

pytestmark = pytest.mark.slow
__all__ = ["desk", "full_desk", "runs"]

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

    def hang(*_: object) -> None:
        # The deadline passes once the other channel is done.
        while not full_desk.service.accepted or any(one.name == "sendgrid" for one in threading.enumerate()):
            ends.wait(0.01)
        full_desk.clock.sleep(1.0)
        ends.wait()

    monkeypatch.setattr("elytra_status.alerts.smtp.MailServer.send", hang)
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
