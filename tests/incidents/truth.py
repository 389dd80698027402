# SPDX-License-Identifier: MIT
"""The language of the timelines: what is really true, from when to when, and what visitors should see of it.

All times are minutes from the beginning of a timeline. A moment before 0 is in the quiet time before it, in which
everything has been watched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

FOR_EVER = 10.0**6
# How long Uptime Kuma has been watching when a timeline begins.
WATCHED_BEFORE = 120.0
MODES = ("metrics", "page", "both")


class Kind(Enum):
    """What can go wrong."""

    DOWN = auto()  # A service does not work.
    PAUSED = auto()  # A monitor is paused in Uptime Kuma.
    LEFT_BEHIND = auto()  # /metrics still shows 0 for a monitor that was paused during a check.
    TAGGED = auto()  # A monitor was given a new tag, and is not in /metrics until Uptime Kuma is restarted.
    IN_MAINTENANCE = auto()  # A monitor is in one of Uptime Kuma's maintenance windows.
    DELETED = auto()  # A monitor does not exist (yet, or any more).
    KUMA_OFF = auto()  # Uptime Kuma does not run: it checks nothing, and a proxy before it answers 502.
    KUMA_STUCK = auto()  # Uptime Kuma answers, and checks nothing.
    KUMA_CUT_OFF = auto()  # Uptime Kuma reaches none of the services, and answers this machine.
    KUMA_OUT_OF_REACH = auto()  # Uptime Kuma works, and this machine does not reach it.
    KUMA_CLOCK_WRONG = auto()  # By this many minutes.
    METRICS_REFUSED = auto()  # The key is not valid.
    PAGE_REFUSED = auto()  # The page is not published.
    ANSWERS_CACHED = auto()  # A proxy drops the header that requests a fresh answer.
    MACHINE_OFF = auto()  # This machine is off, and there is no run.
    CLOCK_WRONG = auto()  # This machine's clock, by this many minutes.
    STORAGE_OUT_OF_REACH = auto()  # Nothing can be published, but visitors can still read the old documents.


@dataclass(frozen=True)
class Span:
    """A condition from one minute on and before another; of some services, if it is about services."""

    kind: Kind
    since: float
    until: float
    services: tuple[str, ...] = ()
    amount: float = 0.0

    def covers(self, minute: float) -> bool:
        """Whether it holds at a moment."""
        return self.since <= minute < self.until


@dataclass(frozen=True)
class Service:
    """A service that Uptime Kuma watches, and how. Intervals are in seconds.

    `takes` is how long a failing check waits for a timeout. A group stands for its `children`. A service that is not
    `public` is not on Kuma's status page. A `critical` one has the tag of that name.
    """

    name: str
    interval: int = 60
    retries: int = 0
    retry_interval: int = 60
    kind: str = "http"
    children: tuple[str, ...] = ()
    public: bool = True
    takes: float = 0.0
    critical: bool = False
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class Act:
    """What a person does at a minute: `what` is an announcement, or a change of saved state."""

    minute: float
    what: str
    status: str = ""
    since: float = 0.0
    until: float = 0.0


FIVE = tuple(map(Service, ("shop", "mail", "files", "login", "api")))


@dataclass(frozen=True)
class Expectation:
    """That visitors see one of some statuses, at every minute from one on and before another."""

    since: float
    until: float
    words: frozenset[str]


@dataclass(frozen=True)
class Timeline:
    """One incident: what happens, and what visitors should see.

    `visitors_see` is read by `expectations`. If less can be known from /metrics or from the page alone,
    `by_metrics_alone` or `by_page_alone` replaces it, and `because` says why. `acts` are what people do, and with
    `asks_outside` CONNECTIVITY_URL is set.
    """

    name: str
    story: str
    happens: tuple[Span, ...]
    visitors_see: str
    minutes: int = 60
    services: tuple[Service, ...] = FIVE
    by_metrics_alone: str = ""
    by_page_alone: str = ""
    because: str = ""
    modes: tuple[str, ...] = MODES
    versions: tuple[str, ...] = ("v2.5.3", "v1.23.17")
    acts: tuple[Act, ...] = ()
    asks_outside: bool = False
    began: datetime = datetime(2025, 11, 10, 8, tzinfo=UTC)

    def moment(self, minute: float) -> datetime:
        """Return the time at a minute, by correct clocks."""
        return self.began + timedelta(minutes=minute)

    def spans(self, kind: Kind, service: str = "") -> list[Span]:
        """Return when a condition holds, for a service if one is named."""
        return [span for span in self.happens if span.kind is kind and (not service or service in span.services)]

    def at(self, minute: float, kind: Kind, service: str = "") -> Span | None:
        """Return the condition that holds at a moment, else None."""
        return next((span for span in self.spans(kind, service) if span.covers(minute)), None)

    def expectations(self, mode: str, threshold: str) -> list[Expectation]:
        """Return what visitors should see."""
        text = {"metrics": self.by_metrics_alone, "page": self.by_page_alone}.get(mode) or self.visitors_see
        return read_expectations(text, self.minutes, threshold)


_WORDS = "[a-z]+(?: or [a-z]+)*"


def read_expectations(text: str, minutes: int, threshold: str) -> list[Expectation]:
    """Read a text such as `0-30 operational; 44-70 outage/degraded; 82- operational`.

    Before a slash is the status for OUTAGE_THRESHOLD=1, after it that for a percentage; `unknown or degraded` allows
    both. Between the spans a run may or may not have come yet.
    """
    found = []
    for part in text.split(";"):
        match = re.fullmatch(rf"\s*(\d+)-(\d*) ({_WORDS})(?:/({_WORDS}))?\s*", part)
        if not match:
            raise ValueError(f"not an expectation: {part!r}")
        words = match[4] if match[4] and threshold != "1" else match[3]
        found.append(Expectation(int(match[1]), int(match[2] or minutes), frozenset(words.split(" or "))))
    return found


def down(service: str, since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.DOWN, since, until, (service,))


def fails_once(service: str, minute: float) -> Span:
    """One check fails: the one at the beginning of a minute."""
    return Span(Kind.DOWN, minute - 0.25, minute + 0.25, (service,))


def all_down(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.DOWN, since, until, tuple(service.name for service in FIVE))


def paused(service: str, since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.PAUSED, since, until, (service,))


def in_maintenance(services: tuple[str, ...], since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.IN_MAINTENANCE, since, until, services)


def paused_in_check(service: str, since: float, until: float = FOR_EVER) -> tuple[Span, Span]:
    """A monitor is paused during a check, which then ends with a failure."""
    return Span(Kind.PAUSED, since, until, (service,)), Span(Kind.LEFT_BEHIND, since, until, (service,))


def tagged(service: str, since: float, until: float) -> Span:
    return Span(Kind.TAGGED, since, until, (service,))


def deleted(service: str, since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.DELETED, since, until, (service,))


def kuma_off(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.KUMA_OFF, since, until)


def kuma_stuck(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.KUMA_STUCK, since, until)


def kuma_cut_off(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.KUMA_CUT_OFF, since, until)


def kuma_out_of_reach(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.KUMA_OUT_OF_REACH, since, until)


def kuma_clock_wrong(by: float, since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.KUMA_CLOCK_WRONG, since, until, amount=by)


def metrics_refused(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.METRICS_REFUSED, since, until)


def page_refused(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.PAGE_REFUSED, since, until)


def flaps(service: str, since: float, until: float, *, down_for: float, every: float) -> tuple[Span, ...]:
    """A service is down for some minutes, repeatedly, at regular intervals."""
    count = int((until - since) / every)
    return tuple(down(service, since + number * every, since + number * every + down_for) for number in range(count))


def override(minute: float, status: str, until: float) -> Act:
    return Act(minute, "override", status, minute, until)


def override_cleared(minute: float) -> Act:
    return Act(minute, "clear")


def maintenance_announced(minute: float, since: float, until: float) -> Act:
    return Act(minute, "maintenance", "", since, until)


def state_lost(minute: float) -> Act:
    return Act(minute, "lose state")


def state_damaged(minute: float) -> Act:
    return Act(minute, "damage state")


def answers_cached(since: float = -WATCHED_BEFORE, until: float = FOR_EVER) -> Span:
    return Span(Kind.ANSWERS_CACHED, since, until)


def machine_off(since: float, until: float) -> Span:
    return Span(Kind.MACHINE_OFF, since, until)


def clock_wrong(by: float, since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.CLOCK_WRONG, since, until, amount=by)


def storage_out_of_reach(since: float, until: float = FOR_EVER) -> Span:
    return Span(Kind.STORAGE_OUT_OF_REACH, since, until)
