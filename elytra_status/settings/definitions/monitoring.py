# SPDX-License-Identifier: MIT
"""Which monitoring systems are queried."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.settings import kinds
from elytra_status.settings.definitions.definition import NETWORK_KINDS, setting


@dataclass(frozen=True, init=False, repr=False, eq=False)
class MonitoringSettings:
    """Which monitoring systems are queried."""

    sources: tuple[str, ...] = setting(
        kinds.SOURCES,
        """The monitoring systems to query.""",
        """Set it to query several systems of one kind. Each further system has a name, as in
        uptime_kuma,uptime_kuma:office, and its settings begin with that name: OFFICE_UPTIME_KUMA_URL.""",
        default=(),
        unset="every kind that has settings",
        example="uptime_kuma,prometheus",
        section="Sources",
    )
    monitor_stale_minutes: int = setting(
        kinds.whole_number(1, 1440, "minutes"),
        """A monitor is unknown if its newest check is older than this, and older than twice its usual interval. A
        monitor that is missing from a complete response keeps its last state for the same time. With
        UPTIME_KUMA_API_KEY, the first run publishes unknown until Uptime Kuma has been running for this time.""",
        """Increase it if your monitors are checked less often than every 15 minutes.""",
        default=15,
    )
    source_deadline_seconds: int = setting(
        kinds.whole_number(1, 200, "seconds"),
        """How long one poll of a source may take. After a restart, Uptime Kuma 2 with 1,000 monitors needs up to 100 s
        for its first response; with a shorter deadline, that poll uses /metrics alone.""",
        """Reduce it if all your sources respond quickly.""",
        default=110,
    )
    connectivity_url: str | None = setting(
        kinds.URL,
        """An address outside the platform. It shows whether a source has lost its own network, which is no outage. It
        is requested only if no check of the source has succeeded since a monitor failed. If it is unreachable, or
        responds with status 500 or above, the source is isolated: the monitors that failed are unknown, not down. It
        applies to every source except SYSTEMD_UNITS.""",
        """Set it if you run the monitoring system yourself, or use PROBE_URLS. The address must respond only while the
        machine that makes the checks can reach the Internet. If that is this machine, use any dependable address on the
        Internet. If it is another machine, let its web server forward a path to an address on the Internet, and use
        that path. A source with a name has its own setting: OFFICE_CONNECTIVITY_URL.""",
        example="https://kuma.example.com/outside",
        of=NETWORK_KINDS,
    )
