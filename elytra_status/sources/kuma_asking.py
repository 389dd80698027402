# SPDX-License-Identifier: MIT
"""Asks Uptime Kuma for what the settings allow, side by side, and says of a refusal what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from elytra_status import web
from elytra_status.errors import SourceError
from elytra_status.settings import Settings
from elytra_status.side_by_side import TooLateError, side_by_side
from elytra_status.sources.kuma_answers import Heartbeats, Listed, Metrics
from elytra_status.sources.kuma_metrics import read_metrics
from elytra_status.sources.kuma_page import read_heartbeats, read_maintenance, read_page

METRICS, PAGE, HEARTBEATS = "metrics", "page", "heartbeats"
# Kuma keeps its public answers for one to five minutes; with this header it gives a fresh one and keeps none.
FRESH = {"x-apicache-bypass": "1"}
# Uptime Kuma 1 never answers for a page that it does not have, so this is not waited out for longer.
PAGE_SECONDS = 20
# What reading an answer may take, once it is there.
READING_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Answers:
    """What came, None where it was not asked for or failed, and why.

    `maintenance` is how many maintenance windows of the page are under way.
    """

    metrics: Metrics | None
    page: dict[int, Listed] | None
    heartbeats: Heartbeats | None
    failures: dict[str, Exception]
    seconds: dict[str, float]
    maintenance: int = 0


def address(settings: Settings) -> str:
    """Return the address of Uptime Kuma, to which paths are added: any slash too many gives its web page."""
    url = (settings.uptime_kuma_url or "").rstrip("/")
    # The address of the metrics themselves is what a setting of an older name held.
    return url.removesuffix("/metrics").rstrip("/")


def ask(settings: Settings, seconds: float, *, without_beats: bool) -> Answers:
    """Ask for everything that the settings allow, side by side.

    The beats must be asked for once and never again in a run where they did not come in time: a Kuma 2
    that was just restarted takes up to 0.1 s a monitor for them, and each further request makes it slower.
    """
    base, slug, key = address(settings), settings.uptime_kuma_status_page, settings.uptime_kuma_api_key
    page_path = f"{base}/api/status-page/{quote(slug or '', safe='')}"
    beats_path = f"{base}/api/status-page/heartbeat/{quote(slug or '', safe='')}"
    page_seconds = min(seconds, PAGE_SECONDS)
    tasks: dict[str, tuple[float, Callable[[], Any]]] = {}
    if key or not slug:
        text = partial(_body, settings, f"{base}/metrics", seconds, "text/plain", _refusal_of_metrics(key is not None))
        password = key.reveal() if key else None
        tasks[METRICS] = (seconds + READING_SECONDS, lambda: read_metrics(text(password)))
    if slug:
        page = partial(_body, settings, page_path, page_seconds, "application/json", _refusal_of_page)
        tasks[PAGE] = (page_seconds + READING_SECONDS, lambda: _read_page(page()))
        if not without_beats:
            beats = partial(_body, settings, beats_path, seconds, "application/json", _refusal_of_page)
            tasks[HEARTBEATS] = (seconds + READING_SECONDS, lambda: read_heartbeats(beats()))
    seconds_taken: dict[str, float] = {}
    timed = {name: (limit, partial(_timed, seconds_taken, name, task)) for name, (limit, task) in tasks.items()}
    results = side_by_side(timed)
    failures = {name: result for name, result in results.items() if isinstance(result, Exception)}
    came: dict[str, Any] = {name: result for name, result in results.items() if name not in failures}
    is_late = isinstance(failures.get(PAGE), TooLateError)
    may_be_unknown = PAGE in failures and (not is_late or _may_be_unknown(came, failures))
    if is_late and may_be_unknown:
        failures[PAGE] = TooLateError(
            f"no answer within {page_seconds:.0f} s",
            "is there a status page of this name? Uptime Kuma 1 never answers for one that there is not;"
            " set UPTIME_KUMA_STATUS_PAGE to its slug, as it is written in its address",
        )
    # For a slug that does not exist the beats are an empty list, as for a page without monitors.
    if may_be_unknown and HEARTBEATS in came and not came[HEARTBEATS].beats:
        failures[HEARTBEATS] = SourceError(
            "no beats, and no status page: is there one of this name?", "set UPTIME_KUMA_STATUS_PAGE to its slug"
        )
        del came[HEARTBEATS]
    in_order = {name: seconds_taken[name] for name in tasks if name in seconds_taken}
    listed, maintenance = came.get(PAGE, (None, 0))
    return Answers(came.get(METRICS), listed, came.get(HEARTBEATS), failures, in_order, maintenance)


def _read_page(body: bytes) -> tuple[dict[int, Listed], int]:
    return read_page(body), read_maintenance(body)


def _timed(seconds_taken: dict[str, float], name: str, task: Callable[[], Any]) -> Any:
    began = time.monotonic()
    try:
        return task()
    finally:
        seconds_taken[name] = time.monotonic() - began


def _may_be_unknown(came: dict[str, Any], failures: dict[str, Exception]) -> bool:
    """Whether a page that did not come in time may be one that Uptime Kuma 1 does not have.

    Its beats then come at once, and are none. Uptime Kuma 2 answers for a page that it does not have.
    """
    version = came[METRICS].version if METRICS in came else None
    if (version is not None and not version.startswith("1.")) or HEARTBEATS in failures:
        return False
    return HEARTBEATS not in came or not came[HEARTBEATS].beats


def _body(
    settings: Settings,
    url: str,
    seconds: float,
    content_type: str,
    refusal: Callable[[int], tuple[str, str]],
    password: str | None = None,
) -> bytes:
    """Return the body of one answer that is of the right status and type. Raise SourceError else."""
    with web.open_session(settings.ca_bundle) as session:
        answer = web.get(session, url, seconds=seconds, password=password, headers=FRESH)
    if answer.status != 200:
        raise SourceError(*refusal(answer.status))
    if answer.content_type != content_type:
        raise SourceError(
            f"a web page came instead of data ({answer.content_type or 'no content type'})",
            "UPTIME_KUMA_URL must be Uptime Kuma's own address, without a path that Kuma does not know",
        )
    return answer.body


def _refusal_of_metrics(has_key: bool) -> Callable[[int], tuple[str, str]]:
    refused = (
        ("401: the API key is refused", "is it expired, disabled, or of another Kuma? make one: Settings, API Keys")
        if has_key
        else ("401: a key is asked for", "set UPTIME_KUMA_API_KEY, or UPTIME_KUMA_STATUS_PAGE to do without")
    )
    words = {
        401: refused,
        403: (
            "403: access is forbidden",
            "a proxy or firewall before Uptime Kuma refuses this machine; allow it",
        ),
        404: (
            "404: /metrics is not there",
            "is it switched off, or kept back by a proxy? set UPTIME_KUMA_STATUS_PAGE to do without",
        ),
    }
    return lambda status: words.get(status) or _other_status(status)


def _refusal_of_page(status: int) -> tuple[str, str]:
    if status in (401, 403):
        return (
            f"{status}: the page is not public",
            "a proxy before Uptime Kuma refuses this machine; allow /api/status-page",
        )
    if status == 404:
        return "404: there is no such status page", "set UPTIME_KUMA_STATUS_PAGE to the slug of one that is published"
    return _other_status(status)


def _other_status(status: int) -> tuple[str, str]:
    if status >= 500:
        return f"{status}: Uptime Kuma, or a proxy before it, has a fault", "see its log"
    return f"{status}: not the answer of Uptime Kuma", "does UPTIME_KUMA_URL lead to it?"
