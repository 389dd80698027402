# SPDX-License-Identifier: MIT
"""Large answers of Uptime Kuma in the format of the recorded ones, for benchmarks.

Every function numbers its monitors 1 to `monitors`, under the same names, so that their answers match.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

_STARTED = datetime(2026, 11, 21, 4, 33, 6, tzinfo=UTC)
_RELEASES = {"1": "1.23.17", "2": "2.5.3"}
_HELP = {
    "monitor_cert_days_remaining": "The number of days remaining until the certificate expires",
    "monitor_cert_is_valid": "Is the certificate still valid? (1 = Yes, 0= No)",
    "monitor_uptime_ratio": "Uptime ratio calculated over sliding window specified by the 'window' label. (0.0 - 1.0)",
    "monitor_response_time_seconds": "Average response time in seconds calculated over sliding window specified by "
    "the 'window' label",
    "monitor_response_time": "Monitor Response Time (ms)",
    "monitor_status": "Monitor Status (1 = UP, 0= DOWN, 2= PENDING, 3= MAINTENANCE)",
    "process_start_time_seconds": "Start time of the process since unix epoch in seconds.",
    "app_version": "The service version by package.json",
}


def _name(identifier: int) -> str:
    return f"Customer site {identifier:05}"


def metrics_text(
    monitors: int, version: str = "2", *, kind: str = "http", status: int = 1, started: datetime = _STARTED
) -> bytes:
    """Return /metrics of Uptime Kuma 1 or 2 with this many monitors.

    As in real ones, monitors of type `push` have no uptime and no average response time there.
    """
    labels: list[str] = []
    for identifier in range(1, monitors + 1):
        address = "null" if kind == "push" else f"https://site-{identifier:05}.customers.example/health"
        number = f'monitor_id="{identifier}",' if version == "2" else ""
        labels.append(
            f'{number}monitor_name="{_name(identifier)}",monitor_type="{kind}",monitor_url="{address}",'
            'monitor_hostname="null",monitor_port="null"'
        )
    checked = kind != "push"
    windows = [f'{each},window="{window}"' for each in labels for window in ("1d", "30d", "365d")] if checked else []
    certified = labels if checked else []
    series: dict[str, list[str]] = {
        "monitor_cert_days_remaining": [f"{{{each}}} 63" for each in certified],
        "monitor_cert_is_valid": [f"{{{each}}} 1" for each in certified],
    }
    if version == "2":
        series["monitor_uptime_ratio"] = [f"{{{each}}} 0.9971453719342483" for each in windows]
        series["monitor_response_time_seconds"] = [f"{{{each}}} 0.01994729542302358" for each in windows]
    series["monitor_response_time"] = [f"{{{each}}} 20" for each in labels]
    series["monitor_status"] = [f"{{{each}}} {status}" for each in labels]
    series["process_start_time_seconds"] = [f" {int(started.timestamp())}"]
    release = _RELEASES[version]
    major, minor, patch = release.split(".")
    series["app_version"] = [f'{{version="{release}",major="{major}",minor="{minor}",patch="{patch}"}} 1']
    families = (
        "\n".join((f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge", *(name + line for line in lines)))
        for name, lines in series.items()
    )
    return ("\n\n".join(families) + "\n").encode()


def page_json(monitors: int, *, group_size: int = 50, slug: str = "elytra") -> bytes:
    """Return the data of a public page with this many monitors."""
    listed = [
        {"id": identifier, "name": _name(identifier), "sendUrl": 0, "type": "http", "tags": []}
        for identifier in range(1, monitors + 1)
    ]
    groups = [
        {"id": number, "name": f"Group {number}", "weight": number, "monitorList": listed[start : start + group_size]}
        for number, start in enumerate(range(0, monitors, group_size), 1)
    ]
    return _compact(
        {
            "config": {"slug": slug, "title": "Elytra Status", "description": None, "published": True},
            "incidents": [],
            "publicGroupList": groups,
            "maintenanceList": [],
        }
    )


def heartbeat_json(
    monitors: int, now: datetime, heartbeats: int = 100, status: int = 1, *, interval: int = 60
) -> bytes:
    """Return the heartbeats of this many monitors, oldest first; the newest are 0 to `interval` seconds old at `now`.

    Every heartbeat has `status`, and there is one every `interval` seconds.
    """
    # Monitors have heartbeats at different seconds. More than a few different lists would only take time.
    lists: list[str] = []
    for delay in range(min(interval, monitors)):
        times = (now.astimezone(UTC) - timedelta(seconds=delay + interval * age) for age in reversed(range(heartbeats)))
        entries = [
            {"status": status, "time": f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}", "msg": "", "ping": 20}
            for time in times
        ]
        lists.append(_compact(entries).decode())
    numbers = range(1, monitors + 1)
    all_heartbeats = ",".join(f'"{number}":{lists[number % len(lists)]}' for number in numbers)
    uptime = ",".join(f'"{number}_24":{1 if status == 1 else 0}' for number in numbers)
    return f'{{"heartbeatList":{{{all_heartbeats}}},"uptimeList":{{{uptime}}}}}'.encode()


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
