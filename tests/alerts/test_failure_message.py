# SPDX-License-Identifier: MIT
"""The text of a notification of a failed unit, the secrets that it does not hold, the command, and the settings."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from elytra_status import alerts
from elytra_status.alerts import notify, unit_failures
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.alerts.redact import without_secrets
from tests.alert_servers import SENDGRID_KEY, free_port, mail_server, sendgrid_server
from tests.conftest import MovableClock
from tests.failure_desk import FRESHNESS, INVOCATION, RUN, START, Desk, Make, desk, monitor, runs, smtp_values
from tests.installed import COMMAND
from tests.markers import MARKERS, NEEDED, writings

pytestmark = pytest.mark.slow
__all__ = ["desk", "runs"]

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
        assert result.stderr.startswith('INFO: notified by smtp: "[elytra-status] ')
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
