# SPDX-License-Identifier: MIT
"""Uptime Kuma's badges, which alone give the public the uptime of 7 and 30 days.

Badges of earlier runs are reused: a thousand badges need not be queried every ten minutes. While a monitor has only
been up since its badge was made, its true ratio is that of the badge or better, since uptime enters the window and none
leaves it. How much better is not known: for a monitor that has doubled its age, the downtime ratio may have halved. So
a saved badge is valid only if it may stand for 100%, or if nothing was down in the last day.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from fractions import Fraction

from elytra_status.errors import NoAnswerError
from elytra_status.model import Bounds, Monitor, State
from elytra_status.net import http
from elytra_status.net.concurrency import run_all
from elytra_status.settings import Settings
from elytra_status.sources.kuma.request import base_url, request_headers
from elytra_status.sources.kuma.status_page import read_badge
from elytra_status.sources.saved_figures import Figure, FigureKey
from elytra_status.system.clock import Deadline

BADGE_SECONDS = 30
# A badge that hangs must not delay the others.
ONE_BADGE_SECONDS = 8
BADGE_WORKERS = 4
# A badge has 2 KB.
_LARGEST = 256 * 1024
# A badge is valid for this long to twice as long, so that not all are queried in one run.
LEAST = timedelta(minutes=40)
# Uptime Kuma caches a badge for this long, which matters if a proxy drops the header that requests a fresh one.
KEPT_BY_KUMA = timedelta(minutes=5)
# A badge with at least this ratio may stand for 100%.
ALL_UP = Fraction("0.9995")


def query_badges(
    settings: Settings, badges: Mapping[FigureKey, str], deadline: Deadline
) -> tuple[dict[FigureKey, Bounds | None], int]:
    """Return the bounds that each badge gives for a ratio, and how many failed.

    The bounds are None if a badge has no figure. No badge is awaited beyond the deadline.
    """
    deadline = deadline.within(BADGE_SECONDS)
    waiting = iter(badges.items())
    figures: dict[FigureKey, Bounds | None] = {}
    taking = threading.Lock()
    base = base_url(settings.uptime_kuma_url)

    def work() -> None:
        with http.open_session(settings.ca_bundle) as session:
            while (left := deadline.left()) > 0:
                with taking:
                    key, path = next(waiting, (None, ""))
                if key is None:
                    return
                url, seconds = f"{base}/api/badge/{path}", min(left, ONE_BADGE_SECONDS)
                # A RuntimeError means that no more threads can be started.
                with suppress(NoAnswerError, RuntimeError):
                    response = http.get(
                        session, url, seconds=seconds, headers=request_headers(settings), largest=_LARGEST
                    )
                    if response.status == 200 and response.content_type == "image/svg+xml":
                        figures[key] = read_badge(response.body)

    workers = min(BADGE_WORKERS, len(badges))
    run_all({f"badges-{number}": (max(0.0, deadline.left()), work) for number in range(workers)}, deadline.clock)
    return dict(figures), len(badges) - len(figures)


def still_hold(
    before: Mapping[FigureKey, Figure], monitors: Mapping[str, Monitor], up_all_day: Collection[str], now: datetime
) -> dict[FigureKey, Figure]:
    """Return the badges of earlier runs that are still valid.

    `up_all_day` are the keys of the monitors that were never down in 24 hours, by exact figures. The badge of a monitor
    that had never been up is not valid once it is up.
    """
    return {
        key: badge
        for key, badge in before.items()
        if key[0] in monitors
        and timedelta(0) <= now - badge.moment < _lifetime(key)
        and badge.ratio > 0
        and (badge.ratio >= ALL_UP or key[0] in up_all_day)
        and _only_up(monitors[key[0]], badge.moment - KEPT_BY_KUMA)
    }


def _lifetime(key: FigureKey) -> timedelta:
    return LEAST * (1 + zlib.crc32("\0".join(key).encode()) / 2**32)


def _only_up(monitor: Monitor, since: datetime) -> bool:
    """Whether the listed heartbeats go back to a time and show only up since."""
    heartbeats = monitor.heartbeats
    if monitor.state is not State.UP or not heartbeats or heartbeats[0].time > since:
        return False
    return all(heartbeat.state is State.UP for heartbeat in heartbeats if heartbeat.time > since)
