# SPDX-License-Identifier: MIT
"""How the platform status is decided, and how uptime is counted."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.settings import kinds
from elytra_status.settings.definitions.definition import setting
from elytra_status.settings.kinds import Threshold


@dataclass(frozen=True, init=False, repr=False, eq=False)
class DecisionSettings:
    """How the platform status is decided, and how uptime is counted."""

    status_policy: str = setting(
        kinds.choice("monitors", "uptime"),
        """How the platform status is decided. monitors: by the present states of the monitors. uptime: by the uptime of
        the last 24 hours and the backups.""",
        """Set uptime if short failures should not change the status.""",
        default="monitors",
        section="Decision",
    )
    outage_threshold: Threshold = setting(
        kinds.THRESHOLD,
        """How many monitors must be down, and confirmed as down, for an outage: a count, or a percentage of all
        monitors that count, critical monitors included. With fewer monitors down, the platform is degraded, unless one
        of them is critical.""",
        """Increase it if the platform works while a single monitor is down.""",
        default=Threshold(count=1),
        example="25%",
    )
    confirm_after_seconds: int = setting(
        kinds.whole_number(1, 170, "seconds"),
        """The time until the confirmation poll, which follows if the decision would rest on a single failed check.
        Below 70 s, that poll may see a cached response of Uptime Kuma, or the same heartbeat again.""",
        """Reduce it if all your sources check more often than once a minute, and none of them is Uptime Kuma.""",
        default=70,
        per_machine=True,
    )
    flap_changes: int = setting(
        kinds.whole_number(2, 100, "changes"),
        """A monitor flaps if it changes between up and down or pending more often than this within FLAP_MINUTES. While
        it flaps, the platform is degraded, and not in outage each time that the monitor is down. A monitor that stays
        down for five minutes, or for twice as long as it did while it flapped, is down.""",
        """Increase it if monitors of yours often change without harm.""",
        default=4,
    )
    flap_minutes: int = setting(
        kinds.whole_number(5, 60, "minutes"),
        """The period in which changes are counted. A monitor that flapped counts as steady again after it has been up
        for this time.""",
        """Increase it if your monitors are checked less often than every five minutes.""",
        default=30,
    )
    uptime_aggregate: str = setting(
        kinds.choice("mean", "minimum"),
        """Which of the monitors' uptimes is published: their mean, or their minimum.""",
        """Set minimum if every monitor must work for the platform to work.""",
        default="mean",
    )
    history_days: int = setting(
        kinds.whole_number(31, 10_000, "days"),
        """How many days the history of each monitor is kept.""",
        """Reduce it to save space on the disk.""",
        default=400,
    )
    uptime_operational_percent: float = setting(
        kinds.number(0, 100, "percent"),
        """With STATUS_POLICY=uptime, the lowest 24-hour uptime at which the platform is operational, if the backups
        are successful.""",
        """Set it to what you have promised.""",
        default=99.5,
    )
    uptime_degraded_percent: float = setting(
        kinds.number(0, 100, "percent"),
        """With STATUS_POLICY=uptime, the lowest 24-hour uptime at which the platform is degraded; it is in outage
        below it.""",
        """Set it to what you have promised.""",
        default=95.0,
    )
    incidents: str = setting(
        kinds.choice("automatic", "manual"),
        """Who opens incidents. automatic: a confirmed outage opens an incident among the notices, and its end resolves
        the incident. manual: only a person does, with `elytra-status incident`.""",
        """Set manual if a person writes every text for visitors.""",
        default="automatic",
    )
