# SPDX-License-Identifier: MIT
"""What the answers of Uptime Kuma say, once they are parsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from elytra_status.model import Heartbeat, State

STATES = {0: State.DOWN, 1: State.UP, 2: State.PENDING, 3: State.MAINTENANCE}
NOT_KUMA = "check that UPTIME_KUMA_URL is the address of Uptime Kuma itself"
# The tag of a monitor that alone makes an outage, whatever value the tag has.
CRITICAL = "critical"
# The longest interval that Uptime Kuma allows. A longer gap between heartbeats was a pause.
LONGEST_INTERVAL = timedelta(days=24)
WORST_FIRST = (State.DOWN, State.PENDING, State.UNKNOWN, State.MAINTENANCE, State.UP)


@dataclass(frozen=True, slots=True)
class MonitorSeries:
    """What /metrics says under one set of labels.

    `identifier` is None in Uptime Kuma 1, which has no ids there. A monitor that was edited or paused during a check
    may have several series.
    """

    identifier: int | None
    name: str = field(repr=False)
    kind: str
    url: str = field(repr=False)
    host: str = field(repr=False)
    port: str
    state: State
    ratio_1d: Fraction | None = None
    ratio_30d: Fraction | None = None
    critical: bool = False
    labels: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)


@dataclass(frozen=True)
class Metrics:
    """What /metrics says. `started` is when Uptime Kuma was started."""

    series: tuple[MonitorSeries, ...]
    version: str | None
    started: datetime | None


@dataclass(frozen=True)
class PageMonitor:
    """A monitor as the public page lists it."""

    identifier: int
    name: str = field(repr=False)
    kind: str
    url: str = field(repr=False)
    critical: bool = False


@dataclass(frozen=True)
class PageHeartbeats:
    """The heartbeats and uptime ratios of 24 hours on the page, by monitor id.

    Heartbeats are oldest first. A monitor that was never checked has none; None stands for malformed heartbeats.
    """

    by_monitor: dict[int, tuple[Heartbeat, ...] | None]
    uptime_24h: dict[int, Fraction]


def is_critical(tag: str) -> bool:
    """Whether the name of a tag says that its monitor alone makes an outage."""
    return tag.strip().lower() == CRITICAL


def worst_state(*states: State) -> State:
    """Return the worst of some states."""
    return min(states, key=WORST_FIRST.index)


def state_of_number(value: Any) -> State:
    """Return the state that a number stands for, UNKNOWN if it is not one of Kuma's."""
    if type(value) is not int and type(value) is not float:
        return State.UNKNOWN
    return STATES.get(value, State.UNKNOWN)  # type: ignore[arg-type]


def ratio_of(value: Any) -> Fraction | None:
    """Return a number from 0 to 1 exactly as it is written, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return Fraction(str(value))
