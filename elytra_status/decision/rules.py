# SPDX-License-Identifier: MIT
"""The settings of the rules, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction


@dataclass(frozen=True)
class Rules:
    """The settings of the rules. Exactly one of the two thresholds is not None.

    `outage_ratio` is 0 to 1, the percentages are 0 to 100. A monitor that changed more than `flap_changes` times within
    `flap_within` flaps. `components` maps the name of each component to the keys of its monitors.
    """

    by_uptime: bool = False
    outage_count: int | None = 1
    outage_ratio: Fraction | None = None
    minimum_of_uptimes: bool = False
    operational_percent: Fraction = Fraction("99.5")
    degraded_percent: Fraction = Fraction(95)
    backup_success_within: timedelta = timedelta(hours=25)
    backup_failed_from: timedelta = timedelta(hours=48)
    flap_changes: int = 4
    flap_within: timedelta = timedelta(minutes=30)
    components: Mapping[str, frozenset[str]] = field(default_factory=dict)
