# SPDX-License-Identifier: MIT
"""Time-weighted uptime: heartbeats become spans, and spans become seconds. Pure.

All times are whole seconds since 1970, UTC, cut off. Daylight saving and leap days need no special treatment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from elytra_status.model import BAD_STATES, State

HOUR = 3600
DAY = 24 * HOUR
# Added to twice the usual gap between heartbeats before time counts as unobserved: a check may time out.
PATIENCE = 60
# The assumed usual gap if so few heartbeats are known that the only gap may have been a pause.
FIRST_GAP = 60
# The longest interval that Uptime Kuma allows.
LONGEST_GAP = 24 * DAY

# From a time on, and before another.
Window = tuple[int, int]


class Span(NamedTuple):
    """A row of heartbeats of one state, from first to last, without a long gap.

    The last heartbeat holds until the next span begins, and for `hold` seconds at most.
    """

    first: int
    last: int
    state: State
    hold: int


class Piece(NamedTuple):
    """A period with a known state. `start` belongs to it, and `end` does not."""

    start: int
    end: int
    state: State


class Tally(NamedTuple):
    """Seconds that were observed. Pending is not down, and counts as up.

    `excused` is the part of `maintenance` that was announced here and in which the monitor was down or pending. The
    monitoring system counts it as down unless it knows of the maintenance.
    """

    up: int = 0
    down: int = 0
    maintenance: int = 0
    excused: int = 0

    @property
    def observed(self) -> int:
        """The seconds in which the state was known."""
        return self.up + self.down + self.maintenance

    @property
    def ratio(self) -> Fraction | None:
        """Return the uptime ratio, 0 to 1, None if no second counts."""
        return Fraction(self.up, self.up + self.down) if self.up + self.down else None


def sum_of_tallies(one: Tally, other: Tally) -> Tally:
    """Return the sum of two tallies."""
    return Tally(
        one.up + other.up, one.down + other.down, one.maintenance + other.maintenance, one.excused + other.excused
    )


def figure(tally: Tally, length: int) -> Fraction | None:
    """Return the uptime of a window of this many seconds.

    Return None if less than half of it was observed.
    """
    return tally.ratio if 2 * tally.observed >= length else None


def longest_hold(times: Sequence[int]) -> int:
    """Return how many seconds a heartbeat holds: twice the usual gap and PATIENCE."""
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    usual = gaps[(len(gaps) - 1) // 2] if len(gaps) > 1 else FIRST_GAP
    return 2 * min(usual, LONGEST_GAP) + PATIENCE


def spans_of(heartbeats: Iterable[tuple[int, State]], hold: int) -> list[Span]:
    """Return heartbeats as spans.

    The heartbeats are given in the order of time. Of several in one second the last counts.
    """
    spans: list[Span] = []
    first = last = -1
    state: State | None = None
    for time, seen in dict(heartbeats).items():
        if seen is not state or time - last > hold:
            if state is not None:
                spans.append(Span(first, last, state, hold))
            first, state = time, seen
        last = time
    if state is not None:
        spans.append(Span(first, last, state, hold))
    return spans


def merge(saved: Iterable[Span], fresh: Sequence[Span]) -> list[Span]:
    """Return known spans with fresh ones in their place.

    A fresh list is complete for the period that it covers.
    """
    if not fresh:
        return list(saved)
    start, end = fresh[0].first, fresh[-1].last
    before, after = [], []
    for span in saved:
        if span.first < start:
            before.append(span._replace(last=min(span.last, start)))
        if span.last > end:
            after.append(span._replace(first=max(span.first, end + 1)))
    return _joined([*before, *fresh, *after])


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before and before.state is span.state and span.first - before.last <= before.hold:
            joined[-1] = span._replace(first=before.first)
        else:
            joined.append(span)
    return joined


def pieces(spans: Sequence[Span], start: int, end: int) -> Iterator[Piece]:
    """Return the states in a window, from spans in the order of time."""
    for number, span in enumerate(spans):
        until = min(span.last + span.hold, end)
        if number + 1 < len(spans):
            until = min(until, spans[number + 1].first)
        since = max(span.first, start)
        if since < until and span.state is not State.UNKNOWN:
            yield Piece(since, until, span.state)


def tally_by(size: int, observed: Iterable[Piece], maintenance: Sequence[Window]) -> dict[int, Tally]:
    """Return what was observed in each hour or day (of `size` seconds), by number.

    Hours or days without observation are left out. `maintenance` are announced windows, in the order of time and
    without overlap.
    """
    counts: dict[int, list[int]] = {}
    for piece in observed:
        for start, end, announced in _apart(piece, maintenance):
            for number in range(start // size, (end - 1) // size + 1):
                seconds = min(end, (number + 1) * size) - max(start, number * size)
                count = counts.setdefault(number, [0, 0, 0, 0])
                if announced or piece.state is State.MAINTENANCE:
                    count[2] += seconds
                    count[3] += seconds if piece.state in BAD_STATES else 0
                else:
                    count[1 if piece.state is State.DOWN else 0] += seconds
    return {number: Tally(*count) for number, count in counts.items()}


def tally(observed: Iterable[Piece], maintenance: Sequence[Window]) -> Tally:
    """Return the total of what was observed."""
    total = Tally()
    for part in tally_by(DAY, observed, maintenance).values():
        total = sum_of_tallies(total, part)
    return total


def _apart(piece: Piece, maintenance: Sequence[Window]) -> Iterator[tuple[int, int, bool]]:
    """Yield a piece, cut where announced maintenance begins and ends.

    Each part comes with whether it is in maintenance.
    """
    at = piece.start
    for start, end in maintenance:
        if end <= at or start >= piece.end:
            continue
        if at < start:
            yield at, start, False
        at = min(end, piece.end)
        yield max(start, piece.start), at, True
    if at < piece.end:
        yield at, piece.end, False


@dataclass(frozen=True)
class AnnouncedSpans:
    """Windows of announced maintenance, in the order of time and without overlap.

    Those of the `whole` platform concern each monitor. `parts` maps the key of a monitor to these and its own windows.
    """

    whole: Sequence[Window] = ()
    parts: Mapping[str, Sequence[Window]] = field(default_factory=dict)

    def of(self, key: str) -> Sequence[Window]:
        """Return the windows that concern a monitor."""
        return self.parts.get(key, self.whole)

    @property
    def every(self) -> Iterator[Window]:
        """All windows. One that concerns several monitors may occur several times."""
        yield from self.whole
        for windows in self.parts.values():
            yield from windows


NOTHING_ANNOUNCED = AnnouncedSpans()


def apart_from_one_another(windows: Iterable[Window]) -> list[Window]:
    """Return windows in the order of time, with overlapping ones merged."""
    found: list[Window] = []
    for start, end in sorted(window for window in windows if window[0] < window[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
