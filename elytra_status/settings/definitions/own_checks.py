# SPDX-License-Identifier: MIT
"""What this machine checks by itself."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.settings import kinds
from elytra_status.settings.definitions.definition import setting


@dataclass(frozen=True, init=False, repr=False, eq=False)
class OwnCheckSettings:
    """What this machine checks by itself."""

    systemd_units: tuple[str, ...] = setting(
        kinds.LIST,
        """Units of this machine that must be active. A name without a suffix is a service.""",
        """Set it to monitor services of this machine.""",
        default=(),
        example="nginx.service,postgresql",
        section="Units of this machine",
        of="systemd_units",
    )
    probe_urls: tuple[str, ...] = setting(
        kinds.ADDRESSES,
        """Addresses that this machine checks by itself: a page, which must respond with a status below 400, or
        tcp://host:port, which must accept a connection.""",
        """Set it if you have no monitoring system.""",
        default=(),
        example="https://www.example.com/,tcp://database.example.com:5432",
        section="Probes",
        of="probes",
    )
    probe_timeout_seconds: int = setting(
        kinds.whole_number(1, 60, "seconds"),
        """The timeout of a probe. A probe that fails is repeated once after 2 seconds.""",
        """Increase it if a page is slow but not down.""",
        default=10,
        of="probes",
    )
