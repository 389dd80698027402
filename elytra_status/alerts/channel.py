# SPDX-License-Identifier: MIT
"""The shape of a channel, and of a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from elytra_status.errors import UNAVAILABLE, ElytraStatusError


class Severity(str, Enum):
    """The severity of a message."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Message:
    """A message in plain text, without secrets.

    It has a client's name only with ALERT_DETAIL=full. Messages with the same `incident` belong together: a failure,
    its reminders, and its end. `event` is for programs: failed, over, test, platform, backups or override.
    """

    subject: str
    text: str
    moment: datetime
    incident: str
    level: Severity = Severity.BAD
    event: str = "failed"


class AlertError(ElytraStatusError):
    """A message could not be sent.

    `permanent` says that trying again is useless until something is fixed. `retry_after` is how many seconds the
    service asks to wait, if it does.
    """

    exit_status = UNAVAILABLE

    def __init__(self, problem: str, remedy: str = "", *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(problem, remedy)
        self.permanent = permanent
        self.retry_after = retry_after


class Channel(Protocol):
    """A channel for notifications, with all that it needs."""

    @property
    def name(self) -> str:
        """The name of its module."""

    def send(self, message: Message) -> None:
        """Send a message once, or raise AlertError."""

    def check(self, seconds: float) -> str:
        """Return proof that a message would be accepted, or raise AlertError.

        No message is sent. Each answer may take `seconds`. The error has a `code` if the service answered with one.
        """
