# SPDX-License-Identifier: MIT
"""Decide whether this machine's clock is believed. Pure.

It is compared with saved state and with the servers that answered. Servers that agree outrank saved state, which a
wrong clock may have written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from elytra_status.model import CLOCK_SKEW, ServerTime
from elytra_status.system.clock import for_people, to_text

REMEDY = "Set this machine's clock: timedatectl set-ntp true"


@dataclass(frozen=True)
class ClockCheck:
    """Whether this machine's clock is believed.

    `confirmed` says that a server agrees with it. `ahead` is how far the clock is ahead of the right time: negative if
    it is behind, zero if it is believed. `time` is the time to use, None if the clock is wrong and the servers disagree
    or are silent. `wrong_servers` is the number of servers with a wrong time while the clock is believed.
    """

    believed: bool
    confirmed: bool
    ahead: timedelta
    time: datetime | None
    reason: str
    wrong_servers: int = 0

    @property
    def problem(self) -> str:
        """What is wrong with the clock, '' if it is believed."""
        return "" if self.believed else f"this machine's clock is wrong ({self.reason})"


# For decisions that query no server.
BELIEVED = ClockCheck(True, False, timedelta(0), None, "no server was queried")


def check_clock(now: datetime, highest: datetime | None, times: Iterable[ServerTime]) -> ClockCheck:
    """Return whether this machine's clock is believed.

    `now` is its time, `highest` the highest time in saved state, and `times` are the servers' times. A single server
    that contradicts the clock is enough to distrust it, even if saved state agrees: this clock wrote saved state, so
    nothing says which of the two is right.
    """
    offsets = _by_server(times)
    if not offsets:
        return _by_saved_state(now, highest)
    agreeing = _largest_agreement(offsets)
    with_clock = [offset for offset in offsets if abs(offset) <= CLOCK_SKEW]
    # The clock itself counts: if two servers contradict each other, it agrees with one of them.
    if with_clock and len(with_clock) + 1 > len(agreeing):
        wrong = len(offsets) - len(with_clock)
        return ClockCheck(True, True, timedelta(0), now, "servers agree with it", wrong)
    if len(agreeing) * 2 <= len(offsets):
        reason = f"{len(offsets)} servers contradict it and each other"
        return ClockCheck(False, False, timedelta(0), None, reason)
    ahead = sorted(agreeing)[len(agreeing) // 2]
    direction = "ahead" if ahead > timedelta(0) else "behind"
    count = "the only server that answered" if len(offsets) == 1 else f"{len(agreeing)} of {len(offsets)} servers"
    reason = f"it is {for_people(ahead.total_seconds())} {direction}, by {count}"
    return ClockCheck(False, False, ahead, now - ahead, reason)


def _by_saved_state(now: datetime, highest: datetime | None) -> ClockCheck:
    if highest is None or now >= highest - CLOCK_SKEW:
        return ClockCheck(True, False, timedelta(0), now, "nothing contradicts it")
    behind = highest - now
    reason = (
        f"it is at least {for_people(behind.total_seconds())} behind saved state, which was at {to_text(highest)},"
        " and no server has sent the time"
    )
    return ClockCheck(False, False, -behind, None, reason)


def _by_server(times: Iterable[ServerTime]) -> list[timedelta]:
    """Return how far this machine is ahead of each server.

    A slow answer, or one from a cache, makes a server appear to be behind. So the smallest offset of each server
    counts. A server on this machine counts only if no other server answered.
    """
    found: dict[str, tuple[timedelta, bool]] = {}
    for one in times:
        earlier = found.get(one.server)
        if earlier is None or one.ahead < earlier[0]:
            found[one.server] = one.ahead, one.here
    elsewhere = any(not here for _, here in found.values())
    return [ahead for ahead, here in found.values() if not (elsewhere and here and abs(ahead) <= CLOCK_SKEW)]


def _largest_agreement(offsets: list[timedelta]) -> list[timedelta]:
    """Return the largest set of offsets that lie within CLOCK_SKEW of each other."""
    ordered = sorted(offsets)
    groups = ([one for one in ordered if first <= one <= first + CLOCK_SKEW] for first in ordered)
    return max(groups, key=len)
