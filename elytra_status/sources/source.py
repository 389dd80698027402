# SPDX-License-Identifier: MIT
"""What a source is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from elytra_status.decision.missing_monitors import Expected
from elytra_status.model import Report, StateHealth
from elytra_status.system.clock import SYSTEM_CLOCK, Clock, Deadline


@dataclass(frozen=True)
class PollRequest:
    """What a source is asked with.

    `seconds` is how long it may take. `earlier` is this run's first report where this is the second
    look, else None; it may have a problem, and a source may return it as it is. `saved` is what the
    report of an earlier run wanted to be `saved`; it comes from a file, and may be empty or of any shape:
    `state` says whether that file was missing, sound or damaged. `clock` is what the seconds are counted by.
    """

    now: datetime
    seconds: float
    earlier: Report | None = None
    saved: Mapping[str, Any] = field(default_factory=dict)
    state: StateHealth = StateHealth.SOUND
    clock: Clock = SYSTEM_CLOCK

    def deadline(self) -> Deadline:
        """Return the deadline of a source that begins now."""
        return Deadline.after(self.clock, self.seconds)


@dataclass(frozen=True)
class Source:
    """Something that can be asked for facts: `poll` asks it once and returns a report, or raises NoAnswerError.

    `connectivity_url` is an address that answers while the source is not cut off from the network. `expected` is
    what the settings say about its monitors.
    """

    name: str
    about: str
    poll: Callable[[PollRequest], Report]
    connectivity_url: str | None = None
    expected: Expected = field(default_factory=Expected)
