# SPDX-License-Identifier: MIT
"""Uptime of one monitor in windows that contain one another: what is published of each. Pure.

Rules: "How uptime is counted" in the contract. A window holds all that a window inside it holds. So it was down for
at least as long, and up for at least as long; and what was never down in a month was never down in the week. The
exact figures of the monitoring system stay as they are: the operator sees them on the dashboard. All others give
way to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from elytra_status.model import Bounds

ANY = Bounds(Fraction(0), Fraction(1))


class WindowEvidence(NamedTuple):
    """What is known of one window of `length` seconds.

    `exact` is the figure of the monitoring system for the window that ends now, `kept` one that it gave some time
    ago, `bounds` what it is known to lie within, where the system rounds it. `ours` is what our own history counts,
    None where it observed too little; `counted` are the seconds that it saw up or down.
    """

    length: int
    exact: Fraction | None = None
    kept: Fraction | None = None
    bounds: Bounds | None = None
    ours: Fraction | None = None
    counted: int = 0


def figures(windows: Sequence[WindowEvidence]) -> list[Fraction | None]:
    """Return the figure of each window, the shortest first; None where nothing is known of it."""
    found = [_figure(windows, place) for place in range(len(windows))]
    for inner, outer in combinations(range(len(windows)), 2):
        small, large = found[inner], found[outer]
        if small is not None and large is not None and windows[outer].exact is None:
            found[outer] = min(large, _limits_of_outer(small, windows[inner], windows[outer]).most)
    return found


def _figure(windows: Sequence[WindowEvidence], place: int) -> Fraction | None:
    own = windows[place]
    if own.exact is not None:
        return own.exact
    limits = _limits(windows, place)
    if own.bounds is not None:
        within = Bounds(_clamped(own.bounds.least, limits), _clamped(own.bounds.most, limits))
        for candidate in (_same_on_both_sides(windows, place), own.ours):
            if candidate is not None and within.least <= candidate <= within.most:
                return candidate
        return within.least
    figure = own.kept if own.kept is not None else own.ours
    return None if figure is None else _clamped(figure, limits)


def _same_on_both_sides(windows: Sequence[WindowEvidence], place: int) -> Fraction | None:
    """Return the exact figure of a window inside and of one around, where they are one and the same.

    To the last digit they are that where both rest on the same checks, as of a monitor that is younger than either.
    """
    inside = {one.exact for one in windows[:place]}
    around = {one.exact for one in windows[place + 1 :]}
    return next(iter((inside & around) - {None}), None)


def _limits(windows: Sequence[WindowEvidence], place: int) -> Bounds:
    """Return within what the exact figures of the other windows leave the figure of one."""
    own, limits = windows[place], ANY
    inside = [_limits_of_outer(one.exact, one, own) for one in windows[:place] if one.exact is not None]
    around = [_limits_of_inner(one.exact, own, one) for one in windows[place + 1 :] if one.exact is not None]
    for limit in (*inside, *around):
        limits = Bounds(_clamped(limit.least, limits), _clamped(limit.most, limits))
    return limits


def _limits_of_inner(outer_figure: Fraction, inner: WindowEvidence, outer: WindowEvidence) -> Bounds:
    """Return within what a window lies, by the figure of one that contains it: no second more was up, or down."""
    down, up = (1 - outer_figure) * outer.length, outer_figure * outer.length
    if not inner.counted:
        # Nobody knows how much of the two was observed. Only what never was, was not in a part of it either.
        return Bounds(Fraction(down == 0), Fraction(up > 0))
    return Bounds(1 - down / inner.counted, up / inner.counted)


def _limits_of_outer(inner_figure: Fraction, inner: WindowEvidence, outer: WindowEvidence) -> Bounds:
    """Return within what a window lies, by the figure of one inside it: no second less was up, or down."""
    seconds = min(inner.counted, inner.length)
    down, up = (1 - inner_figure) * seconds, inner_figure * seconds
    return Bounds(up / outer.length, 1 - down / outer.length)


def _clamped(figure: Fraction, limits: Bounds) -> Fraction:
    return min(max(figure, limits.least), limits.most)
