# SPDX-License-Identifier: MIT
"""What is made of the monitors' uptime figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from elytra_status.model import Uptime

WINDOWS = ("last_24h", "last_7d", "last_30d")


def aggregate(uptimes: Iterable[Uptime], *, minimum: bool) -> Uptime:
    """Return mean or minimum of the figures that there are, for each window; None where there are none."""
    collected = list(uptimes)
    values: dict[str, Fraction | None] = {}
    for window in WINDOWS:
        figures = [figure for uptime in collected if (figure := getattr(uptime, window)) is not None]
        if not figures:
            values[window] = None
        else:
            values[window] = min(figures) if minimum else sum(figures, Fraction(0)) / len(figures)
    return Uptime(**values)


def percentage(share: Fraction) -> float:
    """Return a share (0 to 1) in percent with at most three decimals, cut off and never rounded up."""
    return float(Fraction(int(share * 100_000), 1000))
