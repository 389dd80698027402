# SPDX-License-Identifier: MIT
"""The checks of Uptime Kuma in a timeline: every heartbeat that it stores.

The rules are those of Uptime Kuma: a failing check is PENDING until the retries are used up, a restart resets the
count, a group follows its children at its own interval, and a push monitor fails if nothing was pushed for longer than
its interval and a second.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from tests.incidents.truth import WATCHED_BEFORE, Kind, Service, Timeline

DOWN, UP, PENDING, MAINTENANCE = 0, 1, 2, 3
# Uptime Kuma does not start all monitors at once, but this many seconds apart.
STAGGER = 0.5
_FIRST = -WATCHED_BEFORE * 60


@dataclass(frozen=True)
class Check:
    """One heartbeat. `time` is when the check began, `stored` when it became visible, in seconds of the timeline."""

    time: float
    stored: float
    status: int


class Checks:
    """All heartbeats of a timeline, by service, oldest first."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._end = timeline.minutes * 60.0
        self._all: dict[str, list[Check]] = {}
        self._stored: dict[str, list[float]] = {}
        # Groups come last: their states follow from their children's heartbeats.
        for service in sorted(timeline.services, key=lambda service: service.kind == "group"):
            found = self._all[service.name] = []
            for start, end in self._active(service):
                self._check(service, start, end, found)
            self._stored[service.name] = [check.stored for check in found]

    def stored(self, service: str, second: float) -> list[Check]:
        """Return all heartbeats of a service that are stored at a moment."""
        return self._all[service][: bisect.bisect_right(self._stored[service], second)]

    def last_two(self, service: str, second: float) -> list[Check]:
        """Return the newest two heartbeats of a service at a moment, or fewer if there are not two."""
        position = bisect.bisect_right(self._stored[service], second)
        return self._all[service][max(0, position - 2) : position]

    def following(self, service: str, second: float) -> Check | None:
        """Return the next heartbeat of a service after a moment."""
        position = bisect.bisect_right(self._stored[service], second)
        return self._all[service][position] if position < len(self._all[service]) else None

    def newest(self, service: str, second: float) -> Check | None:
        """Return the newest heartbeat of a service at a moment."""
        last = self.last_two(service, second)
        return last[-1] if last else None

    def running_since(self, second: float) -> float | None:
        """Return when the Uptime Kuma that runs at a moment was started, None if none runs."""
        return next((start for start, end in self._without(Kind.KUMA_OFF) if start <= second < end), None)

    def shown_since(self, service: Service, second: float) -> float | None:
        """Return since when Uptime Kuma has been checking a service, stuck or not; None if it does not."""
        spans = self._without(Kind.KUMA_OFF, Kind.PAUSED, Kind.DELETED, service=service.name)
        return next((start for start, end in spans if start <= second < end), None)

    def _without(self, *kinds: Kind, service: str = "") -> Iterator[tuple[float, float]]:
        """Yield the spans, in seconds, in which none of some conditions holds."""
        of_services = (Kind.PAUSED, Kind.DELETED)
        breaks = sorted(
            (span.since * 60, span.until * 60)
            for kind in kinds
            for span in self.timeline.spans(kind, service if kind in of_services else "")
        )
        start = _FIRST
        for since, until in breaks:
            if since > start:
                yield start, since
            start = max(start, until)
        if start < self._end:
            yield start, self._end

    def _active(self, service: Service) -> Iterator[tuple[float, float]]:
        offset = self.timeline.services.index(service) * STAGGER
        for start, end in self._without(
            Kind.KUMA_OFF, Kind.PAUSED, Kind.DELETED, Kind.KUMA_STUCK, service=service.name
        ):
            yield start + offset, end

    def _check(self, service: Service, start: float, end: float, found: list[Check]) -> None:
        if service.kind == "push":
            self._wait_for_pushes(service, start, end, found)
            return
        time, retries = start, 0
        while time < end:
            status = self._outcome(service, time)
            if status == UP:
                retries = 0
            elif status == DOWN and retries < service.retries:
                status, retries = PENDING, retries + 1
            stored = time + (service.takes if status in (DOWN, PENDING) else 0)
            if stored < end:
                found.append(Check(time, stored, status))
            time = max(stored, time + (service.retry_interval if status == PENDING else service.interval))

    def _outcome(self, service: Service, second: float) -> int:
        """Return the result of a check, before retries."""
        minute = second / 60
        if self.timeline.at(minute, Kind.IN_MAINTENANCE, service.name):
            return MAINTENANCE
        if service.kind == "group":
            return self._of_children(service, second)
        if self.timeline.at(minute, Kind.DOWN, service.name) or self.timeline.at(minute, Kind.KUMA_CUT_OFF):
            return DOWN
        return UP

    def _of_children(self, group: Service, second: float) -> int:
        statuses = []
        for child in group.children:
            minute = second / 60
            if self.timeline.at(minute, Kind.PAUSED, child) or self.timeline.at(minute, Kind.DELETED, child):
                continue
            newest = self.newest(child, second)
            statuses.append(newest.status if newest else PENDING)
        if DOWN in statuses:
            return DOWN
        return PENDING if PENDING in statuses else UP

    def _wait_for_pushes(self, service: Service, start: float, end: float, found: list[Check]) -> None:
        first = _FIRST + self.timeline.services.index(service) * STAGGER
        number = max(0, -int((first - start) // service.interval))
        timer, retries = start + service.interval, 0
        while True:
            push = first + number * service.interval
            if min(push, timer) >= end:
                return
            if push <= timer:
                number += 1
                status = self._outcome(service, push)
                if status == DOWN:  # Nobody pushes.
                    continue
                found.append(Check(push, push, status))
                timer, retries = push + service.interval + 1, 0
                continue
            status = MAINTENANCE
            if not self.timeline.at(timer / 60, Kind.IN_MAINTENANCE, service.name):
                status = DOWN if retries >= service.retries else PENDING
                retries += 1
            found.append(Check(timer, timer, status))
            timer += service.retry_interval if status == PENDING else service.interval
