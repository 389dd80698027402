# SPDX-License-Identifier: MIT
"""Uptime Kuma 1.23 and 2.x, by whatever the administrator has: /metrics, a public status page, or both.

There is no /api/monitor: paths that Kuma does not know answer 200 with its web page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlsplit

from elytra_status import web
from elytra_status.errors import SourceError
from elytra_status.model import MONITORS, Monitor, Report, Uptime, replace
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side
from elytra_status.sources import kuma_answers, kuma_figures
from elytra_status.sources.kuma_answers import Heartbeats, Listed, Metrics
from elytra_status.sources.kuma_monitors import Known, gather, judge
from elytra_status.sources.source import Source

NAME = "uptime_kuma"
# Kuma keeps its public answers for one to five minutes; with this header it gives a fresh one and keeps none.
_FRESH = {"x-apicache-bypass": "1"}
# Uptime Kuma 1 never answers for a page that it does not have, so this is not waited out for longer.
PAGE_SECONDS = 20
BADGE_SECONDS = 30
BADGE_WORKERS = 4
HEARTBEATS = "heartbeats"
_HOURS = {"last_24h": 24, "last_7d": 168, "last_30d": 720}

T = TypeVar("T")


def sources(settings: Settings) -> list[Source]:
    """Return the one Uptime Kuma that the settings name, or nothing."""
    return [Source(NAME, MONITORS, partial(look, settings))] if settings.uptime_kuma_url else []


def look(settings: Settings, now: datetime, seconds: float, earlier: Report | None) -> Report:
    """Ask Uptime Kuma once.

    What can be answered is used: of /metrics, page and beats any one part may fail. Raise SourceError
    where none of it gives a state.
    """
    ends = time.monotonic() + seconds
    answers = _ask(settings, seconds, earlier)
    metrics, page, heartbeats, failures = answers.metrics, answers.page, answers.heartbeats, answers.failures
    if metrics is None and heartbeats is None:
        raise SourceError("; ".join(_in_words(failures)))

    everything = gather(NAME, metrics, page, heartbeats)
    if metrics and heartbeats is None and settings.monitor_ids and all(one.identifier is None for one in everything):
        raise SourceError(
            "MONITOR_IDS cannot be applied: Uptime Kuma 1 gives no ids in /metrics", "set UPTIME_KUMA_STATUS_PAGE too"
        )
    judged = judge(
        everything,
        wanted=settings.monitor_ids,
        metrics=metrics,
        heartbeats=heartbeats,
        now=now,
        stale_after=timedelta(minutes=settings.monitor_stale_minutes),
    )
    if earlier is None:
        monitors, slow = _with_uptime(settings, judged.monitors, heartbeats, page, now, ends)
    else:
        figures = {monitor.key: monitor.uptime for monitor in earlier.monitors}
        monitors = [replace(monitor, uptime=figures.get(monitor.key, Uptime())) for _, monitor in judged.monitors]
        slow = []
    all_series = metrics.series if metrics else ()
    urls = {one.url for one in all_series} | {one.url for one in (page or {}).values()}
    return Report(
        NAME,
        MONITORS,
        monitors=tuple(monitors),
        complete=judged.complete and not failures and not (earlier is not None and earlier.unanswered),
        unanswered=frozenset({HEARTBEATS}) if HEARTBEATS in failures else frozenset(),
        warnings=(*_in_words(failures), *judged.warnings, *slow),
        remarks=tuple(judged.remarks),
        private_names=frozenset({known.name for known in everything} | urls) - {"", "https://", "http://"},
        private_hosts=frozenset({_host(url) for url in urls} | {one.host for one in all_series}) - {""},
    )


def _in_words(failures: dict[str, Exception]) -> list[str]:
    """Return what failed, a line for each reason."""
    reasons: dict[str, list[str]] = {}
    for name, error in failures.items():
        words = str(error) if isinstance(error, SourceError) else f"a fault in elytra-status, {type(error).__name__}"
        reasons.setdefault(words, []).append(name)
    return [f"{', '.join(names)}: {words}" for words, names in reasons.items()]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class _Answers:
    """What came, None where it was not asked for or failed, and why."""

    metrics: Metrics | None
    page: dict[int, Listed] | None
    heartbeats: Heartbeats | None
    failures: dict[str, Exception]


def _ask(settings: Settings, seconds: float, earlier: Report | None) -> _Answers:
    """Ask for everything that the settings allow, side by side.

    The beats are asked for once and never again in a run where they did not come in time: a Kuma 2 that
    was just restarted takes up to 0.1 s a monitor for them, and each further request makes it slower.
    """
    base = settings.uptime_kuma_url
    slug = settings.uptime_kuma_status_page
    tasks: dict[str, tuple[float, Callable[[], Metrics | dict[int, Listed] | Heartbeats]]] = {}
    if settings.uptime_kuma_api_key or not slug:
        key = settings.uptime_kuma_api_key.reveal() if settings.uptime_kuma_api_key else None
        explain = partial(_refusal_of_metrics, has_key=key is not None)
        ask_metrics = partial(_one, settings, f"{base}/metrics", seconds, "text/plain", explain, key)
        tasks["metrics"] = (seconds, lambda: kuma_answers.read_metrics(ask_metrics()))
    if slug:
        path = quote(slug, safe="")
        page_seconds = min(seconds, PAGE_SECONDS)
        ask_page = partial(
            _one, settings, f"{base}/api/status-page/{path}", page_seconds, "application/json", _refusal_of_page
        )
        tasks["page"] = (page_seconds, lambda: kuma_answers.read_page(ask_page()))
        if earlier is None or HEARTBEATS not in earlier.unanswered:
            ask_beats = partial(
                _one,
                settings,
                f"{base}/api/status-page/heartbeat/{path}",
                seconds,
                "application/json",
                _refusal_of_page,
            )
            tasks[HEARTBEATS] = (seconds, lambda: kuma_answers.read_heartbeats(ask_beats()))
    results = side_by_side(tasks)
    failures = {name: result for name, result in results.items() if isinstance(result, Exception)}
    metrics, page, heartbeats = results.get("metrics"), results.get("page"), results.get(HEARTBEATS)
    # For a slug that does not exist the beats are an empty list, as for a page without monitors.
    if "page" in failures and isinstance(heartbeats, Heartbeats) and not heartbeats.beats:
        failures[HEARTBEATS] = SourceError(
            "no beats, and no status page: is there one of this name?", "set UPTIME_KUMA_STATUS_PAGE to its slug"
        )
        heartbeats = None
    return _Answers(
        metrics if isinstance(metrics, Metrics) else None,
        page if isinstance(page, dict) else None,
        heartbeats if isinstance(heartbeats, Heartbeats) else None,
        failures,
    )


def _one(
    settings: Settings,
    url: str,
    seconds: float,
    content_type: str,
    refusal: Callable[[int], tuple[str, str]],
    password: str | None = None,
) -> bytes:
    """Return the body of one answer that is of the right status and type. Raise SourceError else."""
    with web.open_session(settings.ca_bundle) as session:
        answer = web.get(session, url, seconds=seconds, password=password, headers=_FRESH)
    if answer.status != 200:
        raise SourceError(*refusal(answer.status))
    if answer.content_type != content_type:
        raise SourceError(
            f"a web page came instead of data ({answer.content_type or 'no content type'})",
            "UPTIME_KUMA_URL must be Uptime Kuma's own address, without a path that Kuma does not know",
        )
    return answer.body


def _refusal_of_metrics(status: int, *, has_key: bool) -> tuple[str, str]:
    if status == 401:
        if has_key:
            return (
                "401: the API key is refused",
                "is it expired, disabled, or of another Kuma? make a new one: Settings, API Keys",
            )
        return "401: a key is asked for", "set UPTIME_KUMA_API_KEY, or UPTIME_KUMA_STATUS_PAGE to do without"
    if status == 403:
        return "403: access is forbidden", "a proxy or firewall before Uptime Kuma refuses this machine; allow it"
    if status == 404:
        return "404: /metrics is not there", "Uptime Kuma 3 switches it off unless asked; set UPTIME_KUMA_STATUS_PAGE"
    return _other_status(status)


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


def _with_uptime(
    settings: Settings,
    judged: list[tuple[Known, Monitor]],
    heartbeats: Heartbeats | None,
    page: dict[int, Listed] | None,
    now: datetime,
    ends: float,
) -> tuple[list[Monitor], list[str]]:
    """Return the monitors with Kuma's own figures.

    Exact figures are taken before badges, which have four digits. A badge is there for monitors on a
    page alone, and is not asked for while the beats are slow in coming: it would wait for the same.
    """
    candidates: dict[tuple[str, str], list[Fraction | None]] = {}
    badges: dict[tuple[str, str], str] = {}
    for known, monitor in judged:
        for window in _HOURS:
            exact = _exact(known, window, heartbeats)
            candidates[monitor.key, window] = exact
            evidence = kuma_figures.seen(monitor.beats, monitor.state, kuma_figures.WINDOWS[window], now)
            if kuma_figures.first_figure(exact, evidence) is None and heartbeats and known.identifier in (page or {}):
                badges[monitor.key, window] = f"{known.identifier}/uptime/{_HOURS[window]}"
    figures, missed = _ask_badges(settings, badges, min(ends, time.monotonic() + BADGE_SECONDS))
    monitors = []
    for _, monitor in judged:
        values = {}
        for window, length in kuma_figures.WINDOWS.items():
            evidence = kuma_figures.seen(monitor.beats, monitor.state, length, now)
            both = [*candidates[monitor.key, window], figures.get((monitor.key, window))]
            values[window] = kuma_figures.first_figure(both, evidence)
        monitors.append(replace(monitor, uptime=Uptime(**values)))
    return monitors, [f"{missed} uptime badges were not answered in time"] if missed else []


def _exact(known: Known, window: str, heartbeats: Heartbeats | None) -> list[Fraction | None]:
    figures: list[Fraction | None] = []
    if window == "last_24h" and heartbeats and known.identifier is not None:
        figures.append(heartbeats.uptime_24h.get(known.identifier))
    # The ratio of a push monitor stands still at the value of its last timeout.
    if known.series is not None and known.series.kind != "push":
        ratios = {"last_24h": known.series.ratio_1d, "last_30d": known.series.ratio_30d}
        figures.append(ratios.get(window))
    return figures


def _ask_badges(
    settings: Settings, badges: dict[tuple[str, str], str], ends: float
) -> tuple[dict[tuple[str, str], Fraction | None], int]:
    """Return the share that each badge stands for, and how many were not answered."""
    waiting = list(badges.items())
    figures: dict[tuple[str, str], Fraction | None] = {}
    taking = threading.Lock()

    def work() -> None:
        with web.open_session(settings.ca_bundle) as session:
            while (left := ends - time.monotonic()) > 0:
                with taking:
                    if not waiting:
                        return
                    place, path = waiting.pop()
                answer = web.get(session, f"{settings.uptime_kuma_url}/api/badge/{path}", seconds=left, headers=_FRESH)
                is_badge = answer.status == 200 and answer.content_type == "image/svg+xml"
                figures[place] = kuma_answers.read_badge(answer.body) if is_badge else None

    workers = min(BADGE_WORKERS, len(waiting))
    side_by_side({f"badges-{number}": (max(0.0, ends - time.monotonic()), work) for number in range(workers)})
    return dict(figures), len(badges) - len(figures)
