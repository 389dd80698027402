# SPDX-License-Identifier: MIT
"""The shape of a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from elytra_status.decision.missing_monitors import Expected
from elytra_status.model import Report, StateHealth
from elytra_status.problem import Problem
from elytra_status.system.clock import Clock, Deadline


@dataclass(frozen=True)
class PollRequest:
    """The request for one poll of a source.

    `seconds` is how long the poll may take. `earlier` is the first report of this run if this is the confirmation poll,
    else None; it may have a problem, and a source may return it unchanged. `saved` is the `saved` value of the source's
    last report. It comes from a file and may be empty or malformed; `state` says whether that file was missing, sound
    or damaged. `clock` measures the seconds.
    """

    now: datetime
    seconds: float
    earlier: Report | None = None
    saved: Mapping[str, Any] = field(default_factory=dict)
    state: StateHealth = StateHealth.SOUND
    clock: Clock = field(kw_only=True)

    def deadline(self) -> Deadline:
        """Return the deadline of a source that starts now."""
        return Deadline.after(self.clock, self.seconds)


@dataclass(frozen=True)
class HeartbeatAdvice:
    """What `doctor` says about the times of a source's checks.

    It is for sources whose monitors have such times. `absent` is the problem if no monitor has a time, None if there
    need not be one. `if_old` is the remedy if the newest is too old.
    """

    if_old: str
    absent: Problem | None = None


@dataclass(frozen=True)
class Source:
    """A source of facts.

    `poll` queries it once and returns a report, or raises NoAnswerError. `expected` is what the settings say about its
    monitors. `connectivity_url` is an address that is reachable unless the source is isolated; the settings of every
    source have it, so that its module need not pass it on. `heartbeats` is None if monitors have no times of checks.
    `if_slow` is the remedy if the source does not answer in time, '' if it is the same as for others.
    """

    name: str
    about: str
    poll: Callable[[PollRequest], Report]
    connectivity_url: str | None = None
    expected: Expected = field(default_factory=Expected)
    heartbeats: HeartbeatAdvice | None = None
    if_slow: str = ""
