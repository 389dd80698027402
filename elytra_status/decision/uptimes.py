# SPDX-License-Identifier: MIT
"""Aggregate the uptime figures of all monitors. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from elytra_status.model import Coverage, Monitor, Uptime, out_of

WINDOWS = ("last_24h", "last_7d", "last_30d")
NAMES = {"last_24h": "last 24 hours", "last_7d": "last 7 days", "last_30d": "last 30 days"}


# The ratio of the monitors old enough for a window that must have a figure, so that an overall figure is published.
LEAST_COVERED = Fraction(9, 10)


def coverage(monitors: Iterable[Monitor]) -> dict[str, Coverage]:
    """Return, by window, how many monitors have a figure, need one, and are watched.

    A monitor needs a figure if it is old enough for the window. One that has a figure is old enough.
    """
    watched = list(monitors)
    found = {}
    for window in WINDOWS:
        without = [one for one in watched if getattr(one.uptime, window) is None]
        too_new = sum(window in one.too_new for one in without)
        found[window] = Coverage(len(watched) - len(without), len(watched) - too_new, len(watched))
    return found


def is_covered(known: int, old_enough: int) -> bool:
    """Whether enough monitors have a figure for an overall figure."""
    return known > 0 and known >= LEAST_COVERED * old_enough


def aggregate(monitors: Iterable[Monitor], *, minimum: bool) -> Uptime:
    """Return the mean or minimum of the monitors' figures for each window.

    It is None if too few monitors have a figure.
    """
    watched = list(monitors)
    values: dict[str, Fraction | None] = {}
    for window, covered in coverage(watched).items():
        figures = [figure for one in watched if (figure := getattr(one.uptime, window)) is not None]
        if not is_covered(covered.known, covered.old_enough):
            values[window] = None
        else:
            values[window] = min(figures) if minimum else total(figures) / len(figures)
    return Uptime(**values)


def coverage_in_words(covered: Mapping[str, Coverage]) -> list[str]:
    """Return a line for each window for which some watched monitors have no figure."""
    lines = []
    for window, one in covered.items():
        if one.known == one.watched:
            continue
        counts = f"{out_of(one.known, one.watched, 'monitor', 'has', 'have')} a figure"
        newer = one.watched - one.old_enough
        too_new = f", {newer} {'is' if newer == 1 else 'are'} too new" if newer else ""
        if is_covered(one.known, one.old_enough):
            lines.append(f"uptime of the {NAMES[window]}: {counts}{too_new}")
        else:
            why = f"only {counts}" if one.known else "no monitor has a figure"
            lines.append(f"uptime of the {NAMES[window]}: not published, because {why}{too_new}")
    return lines


def total(ratios: Sequence[Fraction]) -> Fraction:
    """Return the exact sum of ratios.

    Sum them by halves. If a thousand denominators have nothing in common, their sum has thousands of digits. Adding
    ratios one by one would take time by the square of their number.
    """
    numerators: dict[int, int] = defaultdict(int)
    for ratio in ratios:
        numerators[ratio.denominator] += ratio.numerator
    return _by_halves([Fraction(numerator, denominator) for denominator, numerator in numerators.items()])


def _by_halves(ratios: Sequence[Fraction]) -> Fraction:
    if len(ratios) < 3:
        return sum(ratios, Fraction(0))
    half = len(ratios) // 2
    return _by_halves(ratios[:half]) + _by_halves(ratios[half:])


def percentage(ratio: Fraction) -> float:
    """Return a ratio (0 to 1) as a percentage with at most three decimals.

    It is cut off and never rounded up.
    """
    return float(Fraction(int(ratio * 100_000), 1000))
