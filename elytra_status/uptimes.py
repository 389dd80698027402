# SPDX-License-Identifier: MIT
"""What is made of the monitors' uptime figures. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
            values[window] = min(figures) if minimum else total(figures) / len(figures)
    return Uptime(**values)


def total(shares: Sequence[Fraction]) -> Fraction:
    """Return the exact sum of shares.

    By halves: of a thousand that have nothing in common the denominator has thousands of digits, and to add each
    to all that were before would cost the square of their count.
    """
    numerators: dict[int, int] = defaultdict(int)
    for share in shares:
        numerators[share.denominator] += share.numerator
    return _by_halves([Fraction(numerator, denominator) for denominator, numerator in numerators.items()])


def _by_halves(shares: Sequence[Fraction]) -> Fraction:
    if len(shares) < 3:
        return sum(shares, Fraction(0))
    half = len(shares) // 2
    return _by_halves(shares[:half]) + _by_halves(shares[half:])


def percentage(share: Fraction) -> float:
    """Return a share (0 to 1) in percent with at most three decimals, cut off and never rounded up."""
    return float(Fraction(int(share * 100_000), 1000))
