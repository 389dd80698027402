# SPDX-License-Identifier: MIT
"""Failures, who is notified, and what happens after they are fixed. The mail server is a real one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import ALERT_OF_RUN, FRESHNESS, FRESHNESS_TIMER, RUN, RUN_TIMER
from tests.booted.conftest import Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Outside

# The limit of the package's units: three restarts.
TRIES = 4
RESTART_SECONDS = 15
# Within this time a unit that fails has used up its restarts, even on a slow host.
LASTING = 2.5 * TRIES * RESTART_SECONDS
WRONG_SECRET = "this-is-not-the-secret-key-of-anybody"


@pytest.fixture
def machine(configured: Machine, settings: dict[str, object], outside: Outside) -> Machine:
    """The machine after a good run."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    admin.start(configured)
    return configured


def published_status(outside: Outside, buckets: Buckets) -> str:
    return str(json.loads(outside.visit(f"{buckets.status}/status.json").body)["platform_status"])


def text_of(mail: EmailMessage) -> str:
    """Return the text of a mail without its line breaks."""
    body = mail.get_body(("plain",))
    assert body
    return " ".join(body.get_content().split())


def wait_for_mail(outside: Outside, count: int, seconds: float) -> EmailMessage:
    """Wait for this many mails in all, and return the last one."""
    mails = outside.mailbox.mails
    admin.wait_until(lambda: len(mails) >= count, seconds, f"mail number {count}")
    return mails[count - 1]


def alerts_are_done(machine: Machine) -> bool:
    """Whether no alert is under way or about to start."""
    # In this order: a job that has ended when units are listed has been started by then.
    listed = machine.run(
        "systemctl list-jobs --no-legend 'elytra-status*';"
        " systemctl list-units --plain --no-legend --state=activating 'elytra-status*'"
    ).stdout
    return listed.strip() == ""


@contextmanager
def storage_out_of_reach(machine: Machine, outside: Outside) -> Iterator[None]:
    """Make the object storage unreachable for this machine: every connection to it is refused."""
    port = str(outside.gateway.https_port)
    rule = ["nsenter", f"--target={machine.leader}", "--net", "ip", "rule"]
    what = ["to", outside.network.address, "ipproto", "tcp", "dport", port, "prohibit"]
    subprocess.run([*rule, "add", *what], check=True)
    try:
        yield
    finally:
        subprocess.run([*rule, "delete", *what], check=True)


def test_without_uptime_kuma_unknown_is_published(machine: Machine, outside: Outside, buckets: Buckets) -> None:
    assert published_status(outside, buckets) == "operational"
    with outside.kuma_is_off():
        assert admin.start(machine)
        assert published_status(outside, buckets) == "unknown"
    assert admin.start(machine)
    assert published_status(outside, buckets) == "operational"
    assert outside.mailbox.mails == []


def test_a_passing_fault_is_over_within_a_minute_and_not_notified(machine: Machine, outside: Outside) -> None:
    began = admin.uptime(machine)
    with storage_out_of_reach(machine, outside):
        admin.begin(machine)
        admin.wait_until(
            lambda: machine.show(RUN, "SubState")["SubState"] == "auto-restart", admin.SECONDS, "a first run that fails"
        )
    good = {"ActiveState": "inactive", "Result": "success", "NRestarts": "1"}
    admin.wait_until(lambda: machine.show(RUN, *good) == good, RESTART_SECONDS + admin.SECONDS, "a good run")
    assert len(admin.starts(machine, after=began)) == 2
    assert outside.mailbox.mails == []
    assert admin.failed_units(machine) == ""


def test_a_lasting_fault_is_notified_once_then_a_reminder_follows_and_its_end_once(
    machine: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    mails = outside.mailbox.mails
    before = outside.visit(f"{buckets.status}/status.json").body
    began = admin.uptime(machine)
    admin.write_settings(machine, {**settings, "SPACES_SECRET_KEY": WRONG_SECRET})
    admin.begin(machine)
    admin.wait_until(lambda: admin.is_failed(machine, RUN), LASTING, "the unit fails for good")
    tries = [entry.seconds for entry in admin.starts(machine, after=began)]
    assert len(tries) == TRIES
    # Within a minute, plus the time that the runs themselves take.
    ends = [entry.seconds for entry in admin.entries(machine, f"UNIT={RUN}", "UNIT_RESULT=exit-code")][-TRIES:]
    waits = [start - end for end, start in zip(ends, tries[1:], strict=False)]
    assert all(RESTART_SECONDS - 1 < wait < RESTART_SECONDS + 5 for wait in waits), waits
    assert machine.show(RUN, "Result") == {"Result": "exit-code"}
    assert outside.visit(f"{buckets.status}/status.json").body == before

    told = wait_for_mail(outside, 1, admin.SECONDS)
    assert told["To"] == "admin@example.com"
    assert "status-host: publishing failed (exit 69) since " in told["Subject"]
    text = text_of(told)
    assert "SignatureDoesNotMatch, the secret key is wrong, or a proxy has changed the request" in text
    assert f"status-host, {RUN}, run {machine.show(RUN, 'InvocationID')['InvocationID']}" in text
    assert f"{TRIES} failed runs" in text
    assert "Last lines of that run (UTC):" in text
    assert f"journalctl _SYSTEMD_INVOCATION_ID={machine.show(RUN, 'InvocationID')['InvocationID']}" in text
    assert WRONG_SECRET not in text

    # It continues to fail for one more activation: no second mail.
    admin.drop_in(machine, RUN, "[Service]\nRestartSec=1\n")
    fail_for_good(machine)
    assert len(mails) == 1

    admin.let_time_pass(machine, f"{admin.STATE}/conditions.json", timedelta(hours=6))
    fail_for_good(machine)
    reminder = wait_for_mail(outside, 2, admin.SECONDS)
    assert "status-host: publishing still fails (exit 69) since " in reminder["Subject"]
    assert f"6 hours ago: {3 * TRIES} failed runs" in text_of(reminder)

    # After all these, no start is refused.
    admin.write_settings(machine, settings)
    assert admin.start(machine)
    over = wait_for_mail(outside, 3, admin.SECONDS)
    assert "status-host: publishing works again after 6 hours" in over["Subject"]
    assert f"{3 * TRIES} failed runs" in text_of(over)
    assert over["References"] == reminder["References"]
    assert admin.start(machine)
    assert len(mails) == 3
    assert admin.failed_units(machine) == ""


def fail_for_good(machine: Machine) -> None:
    """Start the job, and wait until it has used up its restarts and the alert has ended."""
    began = admin.uptime(machine)
    admin.begin(machine)
    admin.wait_until(
        lambda: len(admin.starts(machine, after=began)) == TRIES and admin.is_failed(machine, RUN),
        LASTING,
        "the unit fails for good once more",
    )
    admin.wait_until(lambda: alerts_are_done(machine), admin.SECONDS, "the alert has come to its end")


def test_a_stale_published_file_is_notified_while_the_publisher_seems_healthy(
    machine: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    period = 10
    mails = outside.mailbox.mails
    admin.write_settings(machine, {**settings, "FRESHNESS_MAX_AGE_MINUTES": 1})
    admin.drop_in(machine, FRESHNESS_TIMER, f"[Timer]\nOnCalendar=\nOnCalendar=*:*:0/{period}\nRandomizedDelaySec=0\n")
    assert admin.start(machine)
    too_old = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
    outside.let_status_be_older(buckets.status, too_old)
    assert admin.start(machine, FRESHNESS)
    began = admin.uptime(machine)
    machine.run(["systemctl", "start", FRESHNESS_TIMER])
    failures = (f"UNIT={FRESHNESS}", "UNIT_RESULT=exit-code")
    failed = admin.wait_until(
        lambda: [entry for entry in admin.entries(machine, *failures) if entry.seconds > began],
        30 + admin.SECONDS,
        "the check fails",
    )[0]
    # Not before it is too old, and at the next check after that, or the one after a check under way.
    assert too_old <= failed.moment
    later = [check for check in admin.starts(machine, FRESHNESS) if too_old < check.moment < failed.moment]
    assert len(later) <= 1
    told = wait_for_mail(outside, 1, admin.SECONDS)
    assert "status-host: published status is stale or wrong (exit 1) since " in told["Subject"]
    assert "old, of " in text_of(told)
    assert FRESHNESS in text_of(told)
    assert machine.show(RUN, "ActiveState", "Result") == {"ActiveState": "inactive", "Result": "success"}
    assert machine.show(RUN_TIMER, "Result") == {"Result": "success"}

    began = admin.uptime(machine)
    admin.wait_until(
        lambda: len(admin.starts(machine, FRESHNESS, after=began)) >= 2, 2 * period + admin.SECONDS, "two more checks"
    )
    machine.run(["systemctl", "stop", FRESHNESS_TIMER])
    admin.wait_until(lambda: alerts_are_done(machine), admin.SECONDS, "the alert has come to its end")
    assert len(mails) == 1

    assert admin.start(machine)
    assert admin.start(machine, FRESHNESS)
    over = wait_for_mail(outside, 2, admin.SECONDS)
    assert "status-host: published status is fresh again after " in over["Subject"]
    assert len(mails) == 2
    assert admin.failed_units(machine) == ""


def test_an_alert_that_cannot_be_sent_fails_loudly_and_is_sent_at_the_next_failure(
    machine: Machine, outside: Outside, settings: dict[str, object]
) -> None:
    admin.drop_in(machine, RUN, "[Service]\nRestart=no\n")
    admin.write_settings(
        machine, {**settings, "SPACES_SECRET_KEY": WRONG_SECRET, "SMTP_PASSWORD": "not-the-password-of-anybody"}
    )
    assert not admin.start(machine, check=False)
    admin.wait_until(lambda: admin.is_failed(machine, ALERT_OF_RUN), admin.SECONDS, "the alert fails")
    loud = admin.entries(machine, f"_SYSTEMD_UNIT={ALERT_OF_RUN}", "PRIORITY=3")[-1]
    assert "not notified by smtp: " in loud.message
    assert "Check SMTP_USER and SMTP_PASSWORD. The next run tries again." in loud.message
    assert outside.mailbox.mails == []

    admin.write_settings(machine, {**settings, "SPACES_SECRET_KEY": WRONG_SECRET})
    assert not admin.start(machine, check=False)
    told = wait_for_mail(outside, 1, admin.SECONDS)
    assert "2 failed runs" in text_of(told)


def test_invalid_settings_are_notified_at_once_without_a_retry(
    machine: Machine, outside: Outside, settings: dict[str, object]
) -> None:
    admin.write_settings(machine, {**settings, "STATUS_POLICY": "mood"})
    began = admin.uptime(machine)
    assert not admin.start(machine, check=False)
    admin.wait_until(lambda: admin.is_failed(machine, RUN), admin.SECONDS, "the unit fails")
    assert machine.show(RUN, "ExecMainStatus", "NRestarts") == {"ExecMainStatus": "78", "NRestarts": "0"}
    assert len(admin.starts(machine, after=began)) == 1
    told = wait_for_mail(outside, 1, admin.SECONDS)
    assert "(exit 78)" in told["Subject"]
    assert "STATUS_POLICY" in text_of(told)


@pytest.fixture
def without_secrets(machine: Machine) -> Iterator[Machine]:
    """The machine without a directory of secrets; after the test it exists again, empty."""
    machine.run(["rm", "-r", admin.CREDENTIALS])
    try:
        yield machine
    finally:
        machine.run(f"rm -rf {admin.CREDENTIALS} && mkdir -m 0700 {admin.CREDENTIALS}")


def fail_for_want_of_credentials(machine: Machine) -> None:
    """Start the job without credentials, which systemd does not retry."""
    assert not admin.start(machine, check=False)
    assert machine.show(RUN, "ExecMainStatus", "NRestarts") == {"ExecMainStatus": "243", "NRestarts": "0"}


def test_a_missing_credentials_directory_is_notified(without_secrets: Machine, outside: Outside) -> None:
    machine = without_secrets
    fail_for_want_of_credentials(machine)
    told = wait_for_mail(outside, 1, admin.SECONDS)
    assert "(exit 243)" in told["Subject"]
    assert "a file in /etc/elytra-status may be missing" in text_of(told)
    admin.wait_until(lambda: alerts_are_done(machine), admin.SECONDS, "the alert has come to its end")
    assert not admin.is_failed(machine, ALERT_OF_RUN)

    machine.run(["mkdir", "-m", "0700", admin.CREDENTIALS])
    assert admin.start(machine)
    assert "works again" in wait_for_mail(outside, 2, admin.SECONDS)["Subject"]


def test_a_missing_settings_file_is_notified_with_what_the_credentials_allow(
    without_secrets: Machine, outside: Outside, settings: dict[str, object]
) -> None:
    machine = without_secrets
    machine.run(["mkdir", "-m", "0700", admin.CREDENTIALS])
    for name in ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM", "ALERT_EMAIL_TO"):
        machine.run(f"umask 077; cat > {admin.CREDENTIALS}/{name.lower()}", input=str(settings[name]))
    machine.run(["rm", admin.CONFIGURATION])
    fail_for_want_of_credentials(machine)
    assert "(exit 243)" in wait_for_mail(outside, 1, admin.SECONDS)["Subject"]


def test_without_settings_and_secrets_the_journal_says_that_no_channel_is_set(without_secrets: Machine) -> None:
    machine = without_secrets
    machine.run(["rm", admin.CONFIGURATION])
    fail_for_want_of_credentials(machine)
    admin.wait_until(
        lambda: [
            entry
            for entry in admin.entries(machine, f"_SYSTEMD_UNIT={ALERT_OF_RUN}")
            if "nobody is notified: no channel for notifications is set up" in entry.message
        ],
        admin.SECONDS,
        "the journal says that nobody is told",
    )
