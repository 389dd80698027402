# SPDX-License-Identifier: MIT
"""What a way to tell somebody is, and what is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from elytra_status.errors import UNAVAILABLE, ElytraStatusError
from elytra_status.settings import Settings


class Severity(str, Enum):
    """How bad what is told is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Message:
    """What is told: plain text, without a secret in it, and with a client's name only where ALERT_DETAIL=full.

    Messages with the same `incident` belong together: a failure, its reminders, and its end. `event` is a
    word for programs: failed, over, test, platform, backups or override.
    """

    subject: str
    text: str
    moment: datetime
    incident: str
    level: Severity = Severity.BAD
    event: str = "failed"


class AlertError(ElytraStatusError):
    """A message could not be sent. `permanent`: it is of no use to try again before something is mended.

    `retry_after` is the number of seconds that the service asks to wait, where it does.
    """

    exit_status = UNAVAILABLE

    def __init__(self, problem: str, remedy: str = "", *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(problem, remedy)
        self.permanent = permanent
        self.retry_after = retry_after


class Channel(Protocol):
    """A way to tell somebody."""

    NAME: str

    def send(self, settings: Settings, message: Message) -> None:
        """Send a message once, or raise AlertError."""

    def check(self, settings: Settings, seconds: float) -> str:
        """Return what shows that a message would go out, without sending one, or raise AlertError.

        Each answer may take `seconds`. The error has a `code` where the service has answered with one.
        """
