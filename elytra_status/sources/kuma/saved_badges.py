# SPDX-License-Identifier: MIT
"""Badges of an earlier run that still hold, so that a thousand need not be asked for every ten minutes.

While a monitor has been up and nothing else since its badge was made, the true figure is that of the
badge or better: time that was up comes in, and no more of it goes out. How much better, nobody knows: of a
monitor that is as old as the badge twice, by half of what it lacks. So a badge holds only where it may stand
for all of the time, or where nothing was down in the last day.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from elytra_status.model import Monitor, State
from elytra_status.sources.kuma.badges import BadgeKey
from elytra_status.sources.saved_figures import read_share
from elytra_status.system.clock import from_text, to_text

# A badge holds for as long, and for up to as long again: so that not all are asked for in one run.
LEAST = timedelta(minutes=40)
# Uptime Kuma keeps a badge for this long, and gives it again where a proxy drops the header that asks for a fresh one.
KEPT_BY_KUMA = timedelta(minutes=5)


# The least that a badge stands for which may stand for all of the time.
ALL_UP = Fraction("0.9995")


class Badge(NamedTuple):
    """The least that a badge stood for, and when it was asked for."""

    asked: datetime
    figure: Fraction


def still_hold(
    before: Mapping[BadgeKey, Badge], monitors: Mapping[str, Monitor], up_all_day: Collection[str], now: datetime
) -> dict[BadgeKey, Badge]:
    """Return the badges that still stand for the least that is so.

    `up_all_day` are the keys of the monitors that were never down in 24 hours, by exact figures. The badge of a
    monitor which had never been up is no figure of one that is.
    """
    return {
        place: badge
        for place, badge in before.items()
        if place[0] in monitors
        and timedelta(0) <= now - badge.asked < _lifetime(place)
        and badge.figure > 0
        and (badge.figure >= ALL_UP or place[0] in up_all_day)
        and _only_up(monitors[place[0]], badge.asked - KEPT_BY_KUMA)
    }


def _lifetime(place: BadgeKey) -> timedelta:
    return LEAST * (1 + zlib.crc32("\0".join(place).encode()) / 2**32)


def _only_up(monitor: Monitor, since: datetime) -> bool:
    """Whether the listed heartbeats reach back to a moment and show nothing but up since."""
    heartbeats = monitor.heartbeats
    if monitor.state is not State.UP or not heartbeats or heartbeats[0].time > since:
        return False
    return all(heartbeat.state is State.UP for heartbeat in heartbeats if heartbeat.time > since)


def to_json(badges: Mapping[BadgeKey, Badge]) -> list[list[str]]:
    """Return what `from_json` reads."""
    return [[*place, to_text(badge.asked), str(badge.figure)] for place, badge in badges.items()]


def from_json(value: Any) -> dict[BadgeKey, Badge]:
    """Return what `to_json` wrote; what is not of its shape is left out."""
    found = {}
    for entry in value if isinstance(value, list) else ():
        try:
            key, window, asked, figure = entry
            badge = Badge(from_text(asked), read_share(figure))
        except (ValueError, TypeError, ZeroDivisionError):
            continue
        if isinstance(key, str) and isinstance(window, str):
            found[key, window] = badge
    return found
