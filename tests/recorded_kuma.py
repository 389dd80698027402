# SPDX-License-Identifier: MIT
"""The monitors of the recorded answers of Uptime Kuma, and what tests of several parts do with them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from elytra_status.errors import NoAnswerError
from elytra_status.model import Report
from elytra_status.settings import Settings
from tests.made_kuma import poll, settings, wrong

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PUBLIC = {"1": "up", "3": "up", "4": "up", "5": "up"}
PRIVATE = {"7": "up", "8": "up"}
GROUP_LEFT_OUT = "1 (uptime_kuma:2) left out, as a group repeats what its monitors say"


def about_monitors(report: Report) -> tuple[str, ...]:
    """Return the remarks on monitors; other remarks are about a restart or maintenance."""
    return tuple(one for one in report.remarks if "(uptime_kuma:" in one)


def long_started(text: bytes) -> bytes:
    """Return metrics of an Uptime Kuma that was started long ago."""
    return re.sub(rb"(?m)^process_start_time_seconds .*$", b"process_start_time_seconds 1700000000", text)


def headers_sent(server: Any, path: str) -> list[dict[str, str]]:
    """Return the headers of each request for a path."""
    return [request.headers for request in server.requests if request.path == path]


def refused(server: Any, mode: str = "metrics", seconds: float = 2, **more: Any) -> str:
    """Return why a poll fails, which it must."""
    with pytest.raises(NoAnswerError) as caught:
        poll(settings(server, mode, **more), seconds=seconds)
    return str(caught.value)


def outcome(configured: Settings) -> tuple[Report | None, str]:
    """Return the report of a poll, or None, and all its problems."""
    try:
        report = poll(configured, NOW, seconds=5)
    except NoAnswerError as error:
        return None, str(error)
    return report, wrong(report)
