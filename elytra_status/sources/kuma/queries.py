# SPDX-License-Identifier: MIT
"""Query Uptime Kuma for everything that the settings allow, in parallel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from elytra_status.errors import SourceError
from elytra_status.net import http
from elytra_status.net.concurrency import DeadlineExceededError, run_all
from elytra_status.settings import Settings
from elytra_status.sources.kuma.metrics import read_metrics
from elytra_status.sources.kuma.request import base_url, query, refusal_of_metrics, refusal_of_page
from elytra_status.sources.kuma.responses import Metrics, PageHeartbeats, PageMonitor
from elytra_status.sources.kuma.status_page import read_heartbeats, read_maintenance, read_page
from elytra_status.system import memory
from elytra_status.system.clock import Clock

METRICS, PAGE, HEARTBEATS = "metrics", "page", "heartbeats"
# Uptime Kuma 1 never answers for a page that does not exist, so the wait is limited.
PAGE_SECONDS = 20
# A page of 10,000 monitors has 3 MB.
LARGEST_PAGE = 16 * 2**20
# How long reading an answer may take once it has arrived.
READING_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Answers:
    """The answers, None if they were not queried or failed, and the failures.

    `maintenance` is the number of maintenance windows under way on the page.
    """

    metrics: Metrics | None
    page: dict[int, PageMonitor] | None
    heartbeats: PageHeartbeats | None
    failures: dict[str, Exception]
    seconds: dict[str, float]
    maintenance: int = 0


def query_all(settings: Settings, seconds: float, clock: Clock, *, without_heartbeats: bool) -> Answers:
    """Query everything that the settings allow, in parallel.

    If the heartbeats do not come in time, they must not be queried again in the same run: an Uptime Kuma 2 that has
    just been restarted takes up to 0.1 s a monitor for them, and each further request makes it slower.
    """
    base, slug, key = base_url(settings.uptime_kuma_url), settings.uptime_kuma_status_page, settings.uptime_kuma_api_key
    page_path = f"{base}/api/status-page/{quote(slug or '', safe='')}"
    heartbeats_path = f"{base}/api/status-page/heartbeat/{quote(slug or '', safe='')}"
    page_seconds = min(seconds, PAGE_SECONDS)
    tasks: dict[str, tuple[float, Callable[[], Any]]] = {}
    if key or not slug:
        text = partial(query, settings, f"{base}/metrics", seconds, "text/plain", refusal_of_metrics(key is not None))
        password = key.reveal() if key else None
        tasks[METRICS] = (seconds + READING_SECONDS, lambda: _read(read_metrics, text(password)))
    if slug:
        page = partial(
            query, settings, page_path, page_seconds, "application/json", refusal_of_page, largest=LARGEST_PAGE
        )
        tasks[PAGE] = (page_seconds + READING_SECONDS, lambda: _read(_read_page, page()))
        if not without_heartbeats:
            heartbeats = partial(query, settings, heartbeats_path, seconds, "application/json", refusal_of_page)
            tasks[HEARTBEATS] = (seconds + READING_SECONDS, lambda: _read(read_heartbeats, heartbeats()))
    seconds_taken: dict[str, float] = {}
    timed = {name: (limit, partial(_timed, clock, seconds_taken, name, task)) for name, (limit, task) in tasks.items()}
    results = run_all(timed, clock)
    failures = {name: result for name, result in results.items() if isinstance(result, Exception)}
    came: dict[str, Any] = {name: result for name, result in results.items() if name not in failures}
    is_late = isinstance(failures.get(PAGE), DeadlineExceededError)
    may_be_unknown = PAGE in failures and (not is_late or _may_be_unknown(came, failures))
    if is_late and may_be_unknown:
        failures[PAGE] = DeadlineExceededError(
            f"timed out after {page_seconds:.0f} s",
            "check that a status page of this name exists: Uptime Kuma 1 sends no response if it does not;"
            " set UPTIME_KUMA_STATUS_PAGE to its slug, as it is written in its address",
        )
    # For a slug that does not exist the heartbeats are an empty list, as for a page without monitors.
    if may_be_unknown and HEARTBEATS in came and not came[HEARTBEATS].by_monitor:
        failures[HEARTBEATS] = SourceError(
            "no heartbeats, and no status page of this name", "set UPTIME_KUMA_STATUS_PAGE to its slug"
        )
        del came[HEARTBEATS]
    in_order = {name: seconds_taken[name] for name in tasks if name in seconds_taken}
    listed, maintenance = came.get(PAGE, (None, 0))
    return Answers(came.get(METRICS), listed, came.get(HEARTBEATS), failures, in_order, maintenance)


def _read(read: Callable[[bytes], T], response: http.Response) -> T:
    with memory.ONE_ANSWER:
        return read(response.body)


def _read_page(answer: bytes) -> tuple[dict[int, PageMonitor], int]:
    return read_page(answer), read_maintenance(answer)


def _timed(clock: Clock, seconds_taken: dict[str, float], name: str, task: Callable[[], Any]) -> Any:
    began = clock.monotonic()
    try:
        return task()
    finally:
        seconds_taken[name] = clock.monotonic() - began


def _may_be_unknown(came: dict[str, Any], failures: dict[str, Exception]) -> bool:
    """Whether a page that timed out may not exist in an Uptime Kuma 1.

    Its heartbeats are then an immediate empty answer. Uptime Kuma 2 answers for a page that does not exist.
    """
    version = came[METRICS].version if METRICS in came else None
    if (version is not None and not version.startswith("1.")) or HEARTBEATS in failures:
        return False
    return HEARTBEATS not in came or not came[HEARTBEATS].by_monitor
