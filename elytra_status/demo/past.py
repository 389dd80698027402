# SPDX-License-Identifier: MIT
"""A past for the demo: ninety days of heartbeats, and a resolved incident."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from elytra_status.announcements import incidents, store
from elytra_status.history import history_of, importing
from elytra_status.history.importing import EarlierMonitor, Imported, ImportedBefore
from elytra_status.history.spans import DAY, HOUR, NOTHING_ANNOUNCED, Span, longest_hold, pieces, tally_by
from elytra_status.history.uptime import date_of
from elytra_status.history.whole_days import DAYS
from elytra_status.model import Announcements, State
from elytra_status.settings import Settings
from elytra_status.sources.kuma.uptime_kuma import NAME as SOURCE
from elytra_status.system.clock import Clock

MINUTE = 60
# The watched monitors of the recorded answers, by their ids, and their components.
MONITORS = (1, 3, 4, 5, 7, 8)
COMPONENTS = "Websites: 1, 3; Databases: 4; File store: 5; Mail: 7, 8"
_ADMINISTRATOR = "demo"


class Event(NamedTuple):
    """A failure on a day before today.

    `hour` is the time of day in hours, UTC, and `minutes` the duration.
    """

    days_ago: int
    hour: float
    minutes: int
    monitors: Sequence[int]
    state: State


_DOWN, _MAINTENANCE, _NOT_OBSERVED = State.DOWN, State.MAINTENANCE, State.UNKNOWN
_OUTAGE = Event(12, 13.75, 74, (1, 3, 4), _DOWN)
EVENTS = (
    Event(3, 2.5, 9, (8,), _DOWN),
    Event(8, 21.2, 45, (4,), _MAINTENANCE),
    _OUTAGE,
    Event(19, 7.4, 26, (7,), _DOWN),
    Event(26, 16.9, 4, (1,), _DOWN),
    Event(33, 22.0, 90, (4, 5), _MAINTENANCE),
    Event(41, 0.0, 24 * 60, MONITORS, _NOT_OBSERVED),
    Event(47, 11.1, 190, (5,), _DOWN),
    Event(48, 4.0, 35, (5,), _DOWN),
    Event(58, 18.3, 12, (1, 3), _DOWN),
    Event(66, 9.6, 55, (7, 8), _DOWN),
    Event(79, 3.2, 410, (3,), _DOWN),
    Event(85, 14.0, 7, (4,), _DOWN),
)


@dataclass(frozen=True)
class DemoPast:
    """The past of a scenario: the days in the history, and the failures."""

    days: int
    mixed_days: int


def seed(settings: Settings, state_directory: Path, clock: Clock) -> DemoPast:
    """Write ninety days to the history, as an import from Uptime Kuma does.

    Add an incident in that time. Raise HistoryError and AnnouncementsError.
    """
    now = clock.now()
    history = history_of(settings, state_directory, learns=True)
    taken: Imported = importing.take_in_earlier(
        history.path, _earlier(now), now, NOTHING_ANNOUNCED, settings.history_days
    )
    assert taken.since is not None
    store.change(state_directory, clock, lambda before: _with_incident(before, _begins(_OUTAGE, now)))
    days = date_of(int(now.timestamp()) // DAY) - taken.since
    return DemoPast(days.days, len({event.days_ago for event in EVENTS}))


def _begins(event: Event, now: datetime) -> datetime:
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=event.days_ago)
    return day + timedelta(hours=event.hour)


def _earlier(now: datetime) -> ImportedBefore:
    """Return the past of a system that checked every minute for ninety days."""
    moment = int(now.timestamp())
    wanted = importing.importable(now)
    found = []
    for identifier in MONITORS:
        spans = list(_spans(identifier, now, moment // DAY * DAY - DAYS * DAY, moment))
        observed = list(pieces(spans, 0, moment))
        hours = tally_by(HOUR, observed, ())
        recent = {hour: tally for hour, tally in hours.items() if hour * HOUR >= wanted.first_day * DAY}
        late = [span._replace(first=max(span.first, wanted.spans_from)) for span in spans]
        late = [span for span in late if span.first <= span.last]
        key = f"{SOURCE}:{identifier}"
        # The first run writes the monitor's name.
        found.append(EarlierMonitor((key,), key, True, recent, tally_by(DAY, observed, ()), late))
    return ImportedBefore(found, 0)


def _spans(identifier: int, now: datetime, start: int, end: int) -> Iterator[Span]:
    """Yield the spans of a monitor from `start` to `end`: up except for its events."""
    hold = longest_hold(range(0, 10 * MINUTE, MINUTE))
    at = start
    for event in sorted(EVENTS, key=lambda event: _begins(event, now)):
        if identifier in event.monitors:
            begins = int(_begins(event, now).timestamp())
            ends = begins + event.minutes * MINUTE
            yield Span(at, begins - MINUTE, State.UP, hold)
            yield Span(begins, ends - MINUTE, event.state, hold)
            at = ends
    yield Span(at, end - MINUTE, State.UP, hold)


def _with_incident(announcements: Announcements, begins: datetime) -> Announcements:
    """Return the announcements with an incident that was open during an outage."""
    opened, cause_found, over = (begins + timedelta(minutes=minutes) for minutes in (6, 31, 78))
    text = "Sites in nyc3 are slow or unreachable. We are looking into it."
    announcements = incidents.begin(announcements, text, opened, _ADMINISTRATOR)
    identifier = announcements.incidents[-1].identifier
    text = "A disk of the database cluster has failed. The standby takes over."
    announcements = incidents.update(announcements, identifier, text, cause_found, _ADMINISTRATOR)
    text = "All sites work again. No data was lost."
    return incidents.resolve(announcements, identifier, text, over, _ADMINISTRATOR)
