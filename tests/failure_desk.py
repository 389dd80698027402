# SPDX-License-Identifier: MIT
"""A desk that notifies of failed units, with stand-ins for the mail server and ntfy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from elytra_status import alerts
from elytra_status.alerts import notify, unit_failures
from elytra_status.alerts.failure import Failure
from elytra_status.alerts.journal_lines import JournalLine
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock
from tests.alert_servers import SENDGRID_KEY, Mailbox, SendGrid, mail_server, sendgrid_server
from tests.conftest import MovableClock

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
    """The failed runs in the journal, instead of this machine's. test_journal_lines has real ones."""
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
