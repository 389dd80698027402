# SPDX-License-Identifier: MIT
"""The settings in which the timelines are replayed."""

from __future__ import annotations

from tests.incidents.runner import Setting
from tests.incidents.timelines import TIMELINES
from tests.incidents.truth import Timeline

THRESHOLDS = ("1", "25%")
# A run just after the minute in which something happens, one in the middle, one just before it.
PHASES = (0.125, 4.625, 9.875)


def many(timeline: Timeline) -> list[Setting]:
    """Return each version, mode and phase, with alternating thresholds: each mode of a timeline has all pairs."""
    return [
        Setting(version, mode, THRESHOLDS[(number + step) % 2], phase)
        for number, version in enumerate(timeline.versions)
        for mode in timeline.modes
        for step, phase in enumerate(PHASES)
    ]


def some(timeline: Timeline) -> list[Setting]:
    """Return a few settings, different for each timeline: two of its modes, or all if they do not see the same."""
    number = TIMELINES.index(timeline)
    modes = [*timeline.modes]
    if len(modes) == 3 and not timeline.because:
        del modes[number % 2]
    found = []
    for step, mode in enumerate(modes, start=number):
        version = timeline.versions[step % len(timeline.versions)]
        found.append(Setting(version, mode, THRESHOLDS[step // 2 % 2], PHASES[step % 3]))
    return found
