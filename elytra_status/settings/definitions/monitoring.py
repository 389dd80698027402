# SPDX-License-Identifier: MIT
"""Which monitoring systems are queried."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.settings import kinds
from elytra_status.settings.definitions.definition import setting


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
        """An address that responds only while the machine that makes the checks (of Uptime Kuma, Prometheus or Gatus;
        this machine for probes) can reach the network, and that is not part of the platform. If everything that a
        source checks goes down at the same moment, this machine requests the address. If it is unreachable, or responds
        with status 500 or above, the source is isolated: its monitors are unknown and not down.""",
        """Set it to any dependable address on the Internet if the source runs on this machine. If it runs elsewhere,
        use a path of the web server in front of it that forwards requests to an address on the Internet. A source with
        a name has its own setting: OFFICE_CONNECTIVITY_URL.""",
        example="https://kuma.example.com/outside",
        of=("uptime_kuma", "prometheus", "gatus", "probes"),
    )
