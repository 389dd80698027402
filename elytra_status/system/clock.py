# SPDX-License-Identifier: MIT
"""The clock, which is passed in wherever time matters, so that tests can move it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The time of day, monotonic time, and a way to wait."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, which never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds since the machine was started."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds, not at all if it is negative."""
        time.sleep(max(0.0, seconds))


# The default clock.
SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True)
class CorrectedClock:
    """A clock corrected by how far it is `ahead` of the right time.

    `ahead` is negative if the clock is behind.
    """

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        """Return the current time by the right clock, in UTC."""
        return self.clock.now() - self.ahead

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, which never go back."""
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""
        self.clock.sleep(seconds)


@dataclass(frozen=True)
class Deadline:
    """A time by which something must be done, in the monotonic time of a clock."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """Return the deadline this many seconds from now."""
        return cls(clock, clock.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds that are left, negative once the deadline has passed."""
        return self.at - self.clock.monotonic()

    def earlier(self, seconds: float) -> Deadline:
        """Return a deadline this many seconds earlier.

        The difference is reserved for later steps.
        """
        return Deadline(self.clock, self.at - seconds)

    def within(self, seconds: float) -> Deadline:
        """Return this deadline, or the one this many seconds from now if that is earlier."""
        return Deadline(self.clock, min(self.at, self.clock.monotonic() + seconds))


def moment_of(seconds: float) -> datetime:
    """Return the time this many seconds after 1970 began.

    Raise ValueError if it is out of range.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OSError, OverflowError):
        raise ValueError("a time out of range") from None


def to_text(moment: datetime) -> str:
    """Return a time in the format of the contract: UTC, whole seconds, ending in Z.

    Fractions are cut off.
    """
    # strftime omits leading zeros in a year before 1000, such as year 1 in a program's zero time.
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """Return the time that `to_text` wrote. Raise ValueError for any other text."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC or to_text(moment) != text:  # There are many other ways to write a time.
        raise ValueError("not a time in the published format")
    return moment


def for_people(seconds: float) -> str:
    """Return a duration in words, such as '26 hours' or '3 minutes'.

    The unit is the largest one of which there are two.
    """
    count, unit = in_largest_unit(seconds)
    return f"{count} {unit}{'' if count == 1 else 's'}"


def in_largest_unit(seconds: float) -> tuple[int, str]:
    """Return a duration as a count and its unit: day, hour, minute or second.

    The unit is the largest one of which there are two, or one minute.
    """
    whole = int(abs(seconds))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if whole >= 2 * size or (size == 60 and whole >= 60):
            return whole // size, unit
    return whole, "second"
