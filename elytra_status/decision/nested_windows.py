# SPDX-License-Identifier: MIT
"""Reconcile the uptime figures of one monitor in nested windows. Pure.

A window contains every shorter one. So the monitor was down in it for at least as long, and up for at least as long, as
in the shorter window; a monitor that was never down in a month was never down in the week. Exact figures of the
monitoring system stay as they are, because the operator sees them on the dashboard. All other figures are adjusted to
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from elytra_status.model import Bounds

ANY = Bounds(Fraction(0), Fraction(1))


class WindowEvidence(NamedTuple):
    """The evidence for one window of `length` seconds.

    `exact` is the monitoring system's figure for the window that ends now. `kept` is its figure from some time ago.
    `bounds` are the bounds of a figure that the system rounds. `ours` is the figure of our own history, None if it
    observed too little; `counted` is the number of seconds that it saw up or down.
    """

    length: int
    exact: Fraction | None = None
    kept: Fraction | None = None
    bounds: Bounds | None = None
    ours: Fraction | None = None
    counted: int = 0


def nested_figures(windows: Sequence[WindowEvidence]) -> list[Fraction | None]:
    """Return the figure of each window, shortest first; None if it is not known."""
    found = [_figure(windows, index) for index in range(len(windows))]
    for inner, outer in combinations(range(len(windows)), 2):
        small, large = found[inner], found[outer]
        if small is not None and large is not None and windows[outer].exact is None:
            found[outer] = min(large, _limits_of_outer(small, windows[inner], windows[outer]).most)
    return found


def _figure(windows: Sequence[WindowEvidence], index: int) -> Fraction | None:
    own = windows[index]
    if own.exact is not None:
        return own.exact
    limits = _limits(windows, index)
    if own.bounds is not None:
        within = Bounds(_clamped(own.bounds.least, limits), _clamped(own.bounds.most, limits))
        for candidate in (_same_on_both_sides(windows, index), own.ours):
            if candidate is not None and within.least <= candidate <= within.most:
                return candidate
        return within.least
    figure = own.kept if own.kept is not None else own.ours
    return None if figure is None else _clamped(figure, limits)


def _same_on_both_sides(windows: Sequence[WindowEvidence], index: int) -> Fraction | None:
    """Return the exact figure of two nested windows if they contain the same checks.

    Figures that agree to the last digit rest on the same checks, for example because the monitor is younger than both
    windows.
    """
    inside = {one.exact for one in windows[:index]}
    around = {one.exact for one in windows[index + 1 :]}
    return next(iter((inside & around) - {None}), None)


def _limits(windows: Sequence[WindowEvidence], index: int) -> Bounds:
    """Return the bounds that the exact figures of other windows set for a window."""
    own, limits = windows[index], ANY
    inside = [_limits_of_outer(one.exact, one, own) for one in windows[:index] if one.exact is not None]
    around = [_limits_of_inner(one.exact, own, one) for one in windows[index + 1 :] if one.exact is not None]
    for limit in (*inside, *around):
        limits = Bounds(_clamped(limit.least, limits), _clamped(limit.most, limits))
    return limits


def _limits_of_inner(outer_figure: Fraction, inner: WindowEvidence, outer: WindowEvidence) -> Bounds:
    """Return the bounds of a window from the figure of one that contains it.

    It cannot contain more seconds up, or down, than the outer window.
    """
    down, up = (1 - outer_figure) * outer.length, outer_figure * outer.length
    if not inner.counted:
        # It is not known how much of both windows was observed. Only a state that never occurred in one cannot occur in
        # the other.
        return Bounds(Fraction(down == 0), Fraction(up > 0))
    return Bounds(1 - down / inner.counted, up / inner.counted)


def _limits_of_outer(inner_figure: Fraction, inner: WindowEvidence, outer: WindowEvidence) -> Bounds:
    """Return the bounds of a window from the figure of one inside it.

    It cannot contain fewer seconds up, or down, than the inner window.
    """
    seconds = min(inner.counted, inner.length)
    down, up = (1 - inner_figure) * seconds, inner_figure * seconds
    return Bounds(up / outer.length, 1 - down / outer.length)


def _clamped(figure: Fraction, limits: Bounds) -> Fraction:
    return min(max(figure, limits.least), limits.most)
