# SPDX-License-Identifier: MIT
"""What could be known at a moment of a timeline, and what therefore must, may or must not be published."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

from tests.incidents.checks import DOWN, PENDING, UP, Check, Checks
from tests.incidents.truth import Kind, Service, Span, Timeline

# MONITOR_STALE_MINUTES, in seconds.
STALE_AFTER = 15 * 60.0
# The time between two runs, plus a confirmation poll.
A_RUN = 675.0
LONGEST_FLAP = 5 * 60.0


class Evidence:
    """The evidence in one setting. All moments are seconds of the timeline."""

    def __init__(self, timeline: Timeline, checks: Checks, mode: str, threshold: str) -> None:
        self.timeline = timeline
        self._checks = checks
        self._mode = mode
        self._threshold = threshold

    def watched(self, second: float) -> list[Service]:
        """Return the services that count: visible in this mode, existing, neither paused nor a group."""
        return [service for service in self._seen(second) if not self._is(Kind.PAUSED, second, service.name)]

    def judged(self, second: float) -> list[Service]:
        """Return the services whose figures count. The page alone, or a series left behind, does not show a pause."""
        return [
            service
            for service in self._seen(second)
            if self._mode == "page"
            or self._is(Kind.LEFT_BEHIND, second, service.name)
            or not self._is(Kind.PAUSED, second, service.name)
        ]

    def confirmed(self, service: Service, second: float) -> bool:
        """Whether two heartbeats DOWN in a row are the newest, and the service was down at both.

        What Uptime Kuma saw while it was isolated does not count, even if it is true.
        """
        last = [
            check
            for check in self._checks.last_two(service.name, second)
            if not self._is(Kind.KUMA_CUT_OFF, check.time)
        ]
        return len(last) == 2 and all(check.status == DOWN and self._really(service, check) for check in last)

    def rightly_down(self, service: Service, second: float) -> bool:
        """Whether the newest heartbeats are bad, DOWN among them, and more than one, including the next one.

        To publish an outage before its confirmation is not wrong if it is then confirmed. Nor is it wrong if a monitor
        is paused while its service is down, or pending because Uptime Kuma was restarted.
        """
        run: list[Check] = []
        for check in reversed(self._checks.stored(service.name, second)):
            if not self._is_bad(service, check):
                break
            run.append(check)
        following = self._checks.following(service.name, second)
        goes_on = len(run) > 1 or (following is not None and self._is_bad(service, following))
        return any(check.status == DOWN for check in run) and goes_on

    def down_since(self, service: Service, second: float) -> Span | None:
        """Return from when to when a service was really down that is confirmed down at a moment, else None."""
        if not self.confirmed(service, second):
            return None
        spans = [span for span in self.timeline.spans(Kind.DOWN, service.name) if span.since * 60 <= second]
        return max(spans, key=lambda span: span.since)

    def said(self, second: float) -> str | None:
        """Return the status that a person has set by hand, else None."""
        before = [act for act in self.timeline.acts if act.what in ("override", "clear") and act.minute * 60 <= second]
        return before[-1].status if before and second < before[-1].until * 60 else None

    def is_at_work(self, second: float) -> bool:
        """Whether announced maintenance is in progress."""
        windows = (act for act in self.timeline.acts if act.what == "maintenance")
        return any(window.since * 60 <= second < window.until * 60 for window in windows)

    def flaps(self, service: Service, second: float) -> bool:
        """Whether a service changed more than four times in half an hour, and has not been down for five minutes."""
        stored = self._checks.stored(service.name, second)
        changes = [
            check.time for before, check in itertools.pairwise(stored) if (before.status == UP) != (check.status == UP)
        ]
        is_down_for_good = stored[-1].status != UP and second - changes[-1] > LONGEST_FLAP if changes else False
        return sum(second - change < 1800 for change in changes) > 4 and not is_down_for_good

    def is_outage(self, second: float) -> bool:
        """Whether an outage must be published."""
        if self.said(second) or self.is_at_work(second):
            return False
        return all(self._reached(self._told_down, moment, self.watched(moment)) for moment in self._moments(second))

    def may_be_outage(self, second: float) -> bool:
        """Whether an outage may be published."""
        if self.said(second):
            return self.said(second) == "outage"
        moments = [*self._moments(second), *self._before_deletion(second)]
        return any(self._reached(self.rightly_down, moment, self._seen(moment)) for moment in moments)

    def _before_deletion(self, second: float) -> list[float]:
        """Return the last moments of deleted monitors whose last state still counts (MONITOR_STALE_MINUTES)."""
        ends = (span.since * 60 for span in self.timeline.spans(Kind.DELETED))
        return [end - 1 for end in ends if 0 <= second - end <= STALE_AFTER]

    def is_dark(self, second: float) -> bool:
        """Whether nothing can be known: no answer or, if the heartbeats have times, none for too long."""
        refused = {"metrics": Kind.METRICS_REFUSED, "page": Kind.PAGE_REFUSED}.get(self._mode)
        if any(self._is(kind, second) for kind in (Kind.KUMA_OFF, Kind.KUMA_OUT_OF_REACH, refused) if kind):
            return True
        stuck = self.timeline.at(second / 60, Kind.KUMA_STUCK)
        longest = max(service.interval for service in self.timeline.services)
        patience = max(STALE_AFTER, 2 * longest) + longest
        return stuck is not None and self._mode != "metrics" and second - stuck.since * 60 > patience

    def is_dim(self, second: float) -> bool:
        """Whether what Uptime Kuma says cannot be judged: one of the clocks is wrong, or it is isolated.

        The first run after the isolation does not know since when it is over.
        """
        kinds = (Kind.CLOCK_WRONG, Kind.KUMA_CLOCK_WRONG, Kind.KUMA_CUT_OFF)
        return any(self._is(kind, second) for kind in kinds) or self._is(Kind.KUMA_CUT_OFF, second - A_RUN)

    def forbids_green(self, second: float) -> bool:
        """Whether something that counts is confirmed down, or nothing is known."""
        if self.said(second):
            return False
        return self.is_dark(second) or any(
            all(self.confirmed(service, moment) for moment in self._moments(second)) for service in self.watched(second)
        )

    def changes(self) -> list[float]:
        """Return every moment at which a true outage may begin or end."""
        spans = [*self.timeline.happens, *self.timeline.acts]
        moments = {span.since * 60 for span in spans} | {span.until * 60 for span in spans}
        end = self.timeline.minutes * 60.0
        for service in self.timeline.services:
            for before, check in itertools.pairwise(self._checks.stored(service.name, end)):
                if before.status != UP or check.status != UP:
                    moments.add(check.stored)
        return sorted(moment for moment in moments if 0 <= moment < end)

    def _told_down(self, service: Service, second: float) -> bool:
        """Whether a service is down, and some answer shows it."""
        by_page = service.public and self._mode != "metrics"
        refused = self._is(Kind.METRICS_REFUSED, second) or self._is(Kind.TAGGED, second, service.name)
        return (by_page or not refused) and self._steadily_down(service, second)

    def _steadily_down(self, service: Service, second: float) -> bool:
        return self.confirmed(service, second) and not self.flaps(service, second)

    def _is_bad(self, service: Service, check: Check) -> bool:
        return check.status in (DOWN, PENDING) and self._really(service, check)

    def _really(self, service: Service, check: Check) -> bool:
        """Whether a service was down when a check found it so. A push monitor notices it some time later."""
        since = check.time - (service.interval + 1 if service.kind == "push" else 0)
        downs = self.timeline.spans(Kind.DOWN, service.name)
        return any(span.since * 60 <= check.time and since < span.until * 60 for span in downs)

    def _is(self, kind: Kind, second: float, service: str = "") -> bool:
        return self.timeline.at(second / 60, kind, service) is not None

    def _seen(self, second: float) -> list[Service]:
        return [
            service
            for service in self.timeline.services
            if (service.public or self._mode != "page")
            and service.kind != "group"
            and not self._is(Kind.DELETED, second, service.name)
        ]

    def _reached(self, is_down: Callable[[Service, float], bool], second: float, counted: list[Service]) -> bool:
        down = [service for service in counted if is_down(service, second)]
        count = len(down)
        if any(service.critical for service in down):
            return True
        if self._threshold.endswith("%"):
            return count > 0 and count >= Fraction(self._threshold[:-1]) / 100 * len(counted)
        return count >= int(self._threshold)

    def _moments(self, second: float) -> tuple[float, ...]:
        """Return the times that an answer may have: an older one if it comes from a cache."""
        return (second, second // 60 * 60) if self.timeline.at(second / 60, Kind.ANSWERS_CACHED) else (second,)
