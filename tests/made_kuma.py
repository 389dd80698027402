# SPDX-License-Identifier: MIT
"""Answers of Uptime Kuma that no recording has, and short ways to query these and the recorded ones."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from elytra_status.decision.missing_monitors import Saved, with_missing_monitors
from elytra_status.demo.recording import Recording
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.model import Report
from elytra_status.settings import Secret, Settings
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import API_KEY, recording

METRICS = "/metrics"
PAGE = "/api/status-page/elytra"
HEARTBEATS = "/api/status-page/heartbeat/elytra"
MODES = ("metrics", "page", "both")
# By default Uptime Kuma was started so long ago that every monitor has had a heartbeat since.
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
TEXT = "text/plain; version=0.0.4; charset=utf-8"
JSON = "application/json; charset=utf-8"


@functools.cache
def _recorded(version: str, scenario: str, fallback: str | None, names: tuple[tuple[str, str], ...]) -> Recording:
    return recording(version, scenario, fallback=fallback, names=dict(names))


@contextmanager
def kuma(
    version: str = "v2.5.3", scenario: str = "all-up", fallback: str | None = "all-up", **options: Any
) -> Iterator[ReplayServer]:
    """Serve a recorded scenario; `names` chooses among several answers to one path."""
    names = tuple(options.pop("names", {}).items())
    with ReplayServer(_recorded(version, scenario, fallback, names), **{"api_key": API_KEY, **options}) as server:
        yield server


@contextmanager
def made(
    metrics: bytes | None = None, page: bytes | None = None, heartbeats: bytes | None = None, **options: Any
) -> Iterator[ReplayServer]:
    """Serve bodies made for a test. A body of None is as recorded in all-up."""
    with kuma(**options) as server:
        for path, body, content_type in ((METRICS, metrics, TEXT), (PAGE, page, JSON), (HEARTBEATS, heartbeats, JSON)):
            if body is not None:
                server.faults[path] = ReplayFault(status=200, body=body, content_type=content_type)
        yield server


def settings(server: ReplayServer | str, mode: str = "both", slug: str = "elytra", **more: Any) -> Settings:
    values = {
        "uptime_kuma_url": server if isinstance(server, str) else server.url,
        "uptime_kuma_api_key": None if mode == "page" else Secret(API_KEY),
        "uptime_kuma_status_page": None if mode == "metrics" else slug,
    }
    return Settings(**{**values, **more})


def poll(asked: Settings, now: datetime | None = None, seconds: float = 5, earlier: Report | None = None) -> Report:
    """Poll as a run without saved state does."""
    now = now or datetime.now(UTC)
    (source,) = uptime_kuma.sources(asked)
    report = uptime_kuma.poll(asked, PollRequest(now, seconds, earlier, clock=SYSTEM_CLOCK))
    return with_missing_monitors(report, source.expected, Saved(), now, timedelta(minutes=asked.monitor_stale_minutes))


def wrong(report: Report) -> str:
    """Return all problems and warnings of a report."""
    return "; ".join(map(str, (*report.problems, *report.warnings)))


def states(report: Report) -> dict[str, str]:
    """Return the state of each monitor by its id, or by its name if it has none (Uptime Kuma 1)."""
    found: dict[str, str] = {}
    for monitor in report.monitors:
        label = monitor.key.partition(":")[2]
        label = monitor.name if label.startswith("~") else label
        assert label not in found, "a monitor is there twice"
        found[label] = monitor.state.value
    return found


def confirmed(report: Report) -> set[str]:
    return {monitor.key.partition(":")[2] for monitor in report.monitors if monitor.confirmed}


def quoted(text: str) -> str:
    """Return a label value in Prometheus' text format."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def series(
    status: object,
    identifier: int | str | None = None,
    name: str = "Website",
    kind: str = "http",
    url: str = "https://site.example/",
    port: str = "null",
    **more: str,
) -> str:
    """Return the monitor_status line of one monitor; without an id, that of Uptime Kuma 1."""
    labels = {} if identifier is None else {"monitor_id": str(identifier)}
    labels |= {"monitor_name": name, "monitor_type": kind, "monitor_url": url}
    labels |= {"monitor_hostname": "null", "monitor_port": port, **more}
    inside = ",".join(f'{key}="{quoted(value)}"' for key, value in labels.items())
    return f"monitor_status{{{inside}}} {status}"


def metrics_text(*lines: str, version: str = "2.5.3", started: datetime | None = None) -> bytes:
    seconds = int((started or LONG_AGO).timestamp())
    about = (f"process_start_time_seconds {seconds}", f'app_version{{version="{version}",major="{version[0]}"}} 1')
    return "\n".join(("# TYPE monitor_status gauge", *lines, *about, "")).encode()


def listed(identifier: Any, name: str | None = None, kind: str = "http") -> dict[str, Any]:
    return {"id": identifier, "name": name or f"Site {identifier}", "sendUrl": 0, "type": kind, "tags": []}


def page_json(*monitors: dict[str, Any]) -> bytes:
    groups = [{"id": 1, "name": "All", "weight": 1, "monitorList": list(monitors)}]
    return json.dumps({"config": {"slug": "elytra"}, "publicGroupList": groups, "maintenanceList": []}).encode()


def heartbeat(now: datetime, age: float, status: Any) -> dict[str, Any]:
    moment = (now - timedelta(seconds=age)).astimezone(UTC)
    return {
        "status": status,
        "time": f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}",
        "msg": "",
        "ping": 1,
    }


def steady(now: datetime, statuses: Sequence[int], newest: float = 5, gap: float = 60) -> list[dict[str, Any]]:
    """Return heartbeats at regular intervals, oldest first as Uptime Kuma lists them."""
    last = len(statuses) - 1
    return [heartbeat(now, newest + gap * (last - place), status) for place, status in enumerate(statuses)]


def heartbeats_json(heartbeats: Mapping[Any, Any], uptime: Mapping[Any, float] | None = None) -> bytes:
    figures = {f"{identifier}_24": (uptime or {}).get(identifier, 0.9) for identifier in heartbeats}
    return json.dumps(
        {"heartbeatList": {str(key): value for key, value in heartbeats.items()}, "uptimeList": figures}
    ).encode()
