# SPDX-License-Identifier: MIT
"""Asks for Uptime Kuma's badges, which alone tell the uptime of 7 and of 30 days to the public."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress

from elytra_status.errors import NoAnswerError
from elytra_status.model import Bounds
from elytra_status.net import http
from elytra_status.net.concurrency import run_all
from elytra_status.settings import Settings
from elytra_status.sources.kuma.request import address, headers
from elytra_status.sources.kuma.status_page import read_badge

BADGE_SECONDS = 30
# A badge that hangs must not cost those that wait behind it.
ONE_BADGE_SECONDS = 8
BADGE_WORKERS = 4

# A monitor's key and a window's name.
BadgeKey = tuple[str, str]


def ask_badges(
    settings: Settings, badges: Mapping[BadgeKey, str], ends: float
) -> tuple[dict[BadgeKey, Bounds | None], int]:
    """Return within what each badge says that the ratio lies, None where it gives none, and how many were not answered.

    `ends` is the latest moment of time.monotonic() to wait for. A badge that fails costs no other.
    """
    ends = min(ends, time.monotonic() + BADGE_SECONDS)
    waiting = list(badges.items())
    figures: dict[BadgeKey, Bounds | None] = {}
    taking = threading.Lock()

    def work() -> None:
        with http.open_session(settings.ca_bundle) as session:
            while (left := ends - time.monotonic()) > 0:
                with taking:
                    if not waiting:
                        return
                    place, path = waiting.pop(0)
                url, seconds = f"{address(settings)}/api/badge/{path}", min(left, ONE_BADGE_SECONDS)
                # A RuntimeError says that there are as many threads as there may be.
                with suppress(NoAnswerError, RuntimeError):
                    answer = http.get(session, url, seconds=seconds, headers=headers(settings))
                    if answer.status == 200 and answer.content_type == "image/svg+xml":
                        figures[place] = read_badge(answer.body)

    workers = min(BADGE_WORKERS, len(waiting))
    run_all({f"badges-{number}": (max(0.0, ends - time.monotonic()), work) for number in range(workers)})
    return dict(figures), len(badges) - len(figures)
