# SPDX-License-Identifier: MIT
"""The clock, passed in wherever time matters, so that tests can move it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is, and a way to wait."""

    def now(self) -> datetime:
        """Return the present moment, with time zone UTC."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


# The clock where none is passed in.
SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True)
class CorrectedClock:
    """A clock that is `ahead` of the right time, negative where it is behind, read as the right time."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.clock.now() - self.ahead

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)


@dataclass(frozen=True)
class Deadline:
    """A moment by which something must be done, on the monotonic time of a clock."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(clock, clock.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds that are left; negative once it has passed."""
        return self.at - self.clock.monotonic()

    def earlier(self, seconds: float) -> Deadline:
        """Return a deadline that many seconds before this one, to keep them for what follows."""
        return Deadline(self.clock, self.at - seconds)

    def within(self, seconds: float) -> Deadline:
        """Return this deadline, or the one that many seconds from now where that comes first."""
        return Deadline(self.clock, min(self.at, self.clock.monotonic() + seconds))


def moment_of(seconds: float) -> datetime:
    """Return the moment so many seconds after 1970 began. Raise ValueError where no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OSError, OverflowError):
        raise ValueError("a time that no calendar has") from None


def to_text(moment: datetime) -> str:
    """Return a moment as the contract writes it: UTC, whole seconds (cut off), ending in Z."""
    # strftime writes no leading zeros in a year before 1000, such as the 1 of a program's zero time.
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """Return the moment that `to_text` wrote. Raise ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC or to_text(moment) != text:  # there are many other ways to write a time
        raise ValueError("not a time as it is published")
    return moment


def for_people(seconds: float) -> str:
    """Return a length of time in words, in the largest unit of which it has two: '26 hours', '3 minutes'."""
    whole = int(abs(seconds))
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if whole >= 2 * size or (size == 60 and whole >= 60):
            count = whole // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{whole} second{'' if whole == 1 else 's'}"
