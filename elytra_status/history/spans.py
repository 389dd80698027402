# SPDX-License-Identifier: MIT
"""Time-weighted uptime: from heartbeats to spans of time, and from those to seconds. Pure, no I/O.

Rules: 'How uptime is counted' in the contract. All times are whole seconds since 1970, UTC, cut off: a
change of daylight saving, or a leap day, is nothing special there.
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
# What is added to twice the usual gap between heartbeats before there is a gap in what is known: a check that times
# out.
PATIENCE = 60
# What is taken for the usual gap where so few heartbeats are known that the only gap may have been a pause.
FIRST_GAP = 60
# Uptime Kuma allows no longer interval.
LONGEST_GAP = 24 * DAY

# From a moment on, and before another.
Window = tuple[int, int]


class Span(NamedTuple):
    """A row of heartbeats of one state, from the first to the last, without a gap that is too long.

    The last one holds until the next span begins, and for `hold` seconds at most.
    """

    first: int
    last: int
    state: State
    hold: int


class Piece(NamedTuple):
    """A time, from `start` on and before `end`, in which a state was known."""

    start: int
    end: int
    state: State


class Tally(NamedTuple):
    """Seconds that were observed. Pending is not down, and counts as up.

    `excused` are those of `maintenance` in which something was down or pending in a maintenance that a
    person had announced here: a monitoring system that does not know of it counts them as down.
    """

    up: int = 0
    down: int = 0
    maintenance: int = 0
    excused: int = 0

    @property
    def observed(self) -> int:
        return self.up + self.down + self.maintenance

    @property
    def share(self) -> Fraction | None:
        """Return the share that was up of what counts, 0 to 1; None where nothing does."""
        return Fraction(self.up, self.up + self.down) if self.up + self.down else None


def add(one: Tally, other: Tally) -> Tally:
    """Return the sum of two tallies."""
    return Tally(
        one.up + other.up, one.down + other.down, one.maintenance + other.maintenance, one.excused + other.excused
    )


def figure(tally: Tally, length: int) -> Fraction | None:
    """Return the uptime of a window of so many seconds; None where less than half of it was observed."""
    return tally.share if 2 * tally.observed >= length else None


def longest_hold(times: Sequence[int]) -> int:
    """Return for how many seconds a heartbeat holds at most: twice the usual gap, and some patience."""
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    usual = gaps[(len(gaps) - 1) // 2] if len(gaps) > 1 else FIRST_GAP
    return 2 * min(usual, LONGEST_GAP) + PATIENCE


def spans_of(heartbeats: Iterable[tuple[int, State]], hold: int) -> list[Span]:
    """Return heartbeats, given by time in its order, as spans. Of several in one second the last counts."""
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


def merge(known: Iterable[Span], fresh: Sequence[Span]) -> list[Span]:
    """Return known spans with fresh ones in their place: what was listed now is all there was in that time."""
    if not fresh:
        return list(known)
    start, end = fresh[0].first, fresh[-1].last
    before, after = [], []
    for span in known:
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
    """Return what spans, in the order of time, say of a window."""
    for number, span in enumerate(spans):
        until = min(span.last + span.hold, end)
        if number + 1 < len(spans):
            until = min(until, spans[number + 1].first)
        since = max(span.first, start)
        if since < until and span.state is not State.UNKNOWN:
            yield Piece(since, until, span.state)


def tally_by(size: int, observed: Iterable[Piece], maintenance: Sequence[Window]) -> dict[int, Tally]:
    """Return what was observed in each hour or day (of `size` seconds, by number), as far as anything was.

    `maintenance` are windows that were announced here, in the order of time and apart from one another.
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
    """Return what was observed in all."""
    total = Tally()
    for part in tally_by(DAY, observed, maintenance).values():
        total = add(total, part)
    return total


def _apart(piece: Piece, maintenance: Sequence[Window]) -> Iterator[tuple[int, int, bool]]:
    """Return a piece cut where announced maintenance begins and ends, and whether each part lies in it."""
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
    """Windows of announced maintenance, in the order of time and apart from one another.

    Those of the `whole` platform concern each monitor; `parts` are, by a monitor's key, these and its own.
    """

    whole: Sequence[Window] = ()
    parts: Mapping[str, Sequence[Window]] = field(default_factory=dict)

    def of(self, key: str) -> Sequence[Window]:
        """Return the windows that concern a monitor."""
        return self.parts.get(key, self.whole)

    @property
    def every(self) -> Iterator[Window]:
        """All windows, whatever they concern. One that concerns several monitors may be there several times."""
        yield from self.whole
        for windows in self.parts.values():
            yield from windows


NOTHING_ANNOUNCED = AnnouncedSpans()


def apart_from_one_another(windows: Iterable[Window]) -> list[Window]:
    """Return windows in the order of time, those that touch as one."""
    found: list[Window] = []
    for start, end in sorted(window for window in windows if window[0] < window[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
