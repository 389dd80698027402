# SPDX-License-Identifier: MIT
"""Collects the time of servers from the Date header of responses.

No request is sent for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from elytra_status.model import ServerTime
from elytra_status.net.hosts import host_of, is_this_machine
from elytra_status.system.clock import Clock

# Years that the time in a header may be in. Near the ends of the calendar, calculations overflow.
_YEARS = range(1970, 2200)
_AGE = re.compile("[0-9]{1,9}", re.ASCII)


class _ServerDate(NamedTuple):
    """The Date of a server, and when it arrived, in seconds of the monotonic clock."""

    server: str
    date: datetime
    arrived: float
    here: bool


class ServerDates:
    """Collects the times of servers from all threads of a poll."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._dates: list[_ServerDate] = []

    def note(self, server: str, headers: Mapping[str, str], *, here: bool = False) -> None:
        """Note the Date of a response, if it has one.

        `here` says that the server is this machine.
        """
        date = time_of(headers)
        if date is not None:
            self._dates.append(
                _ServerDate(server, date, self._clock.monotonic(), here or is_this_machine(host_of(server)))
            )

    def times(self, now: datetime) -> list[ServerTime]:
        """Return the times that servers reported; `now` is this machine's present time."""
        moment = self._clock.monotonic()
        return [
            ServerTime(one.server, one.date, now - timedelta(seconds=moment - one.arrived), one.here)
            for one in list(self._dates)
        ]


def time_of(headers: Mapping[str, str]) -> datetime | None:
    """Return when a response arrived by its server's clock; None if not known.

    Header names are in lower case.
    """
    date = header_time(headers, "date")
    # A cache keeps the Date of its copy, and reports the age of the copy in seconds.
    age = headers.get("age", "0").strip()
    return date + timedelta(seconds=int(age)) if date and _AGE.fullmatch(age) else None


def header_time(headers: Mapping[str, str], name: str) -> datetime | None:
    """Return the time in a header such as Date or Last-Modified, in UTC.

    Return None if there is none, or if it is malformed or out of range. Header names are in lower case.
    """
    try:
        moment = parsedate_to_datetime(headers[name]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None


# The collector of this context. The threads of `run_all` inherit it.
_collector: ContextVar[ServerDates | None] = ContextVar("collector", default=None)


@contextmanager
def collect_dates(clock: Clock) -> Iterator[ServerDates]:
    """Collect the times of servers from the responses in this context."""
    dates = ServerDates(clock)
    token = _collector.set(dates)
    try:
        yield dates
    finally:
        _collector.reset(token)


def note_date(server: str, headers: Mapping[str, str], *, here: bool = False) -> None:
    """Note the Date of a response for the collector of this context, if there is one.

    Header names are in lower case.
    """
    if dates := _collector.get():
        dates.note(server, headers, here=here)
