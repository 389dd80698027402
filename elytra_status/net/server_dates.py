# SPDX-License-Identifier: MIT
"""Collects what time servers say it is, by the Date of answers that come anyway."""

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

_AGE = re.compile("[0-9]{1,9}", re.ASCII)


class _Heard(NamedTuple):
    """A time that a server told, and when it arrived, in seconds of the monotonic clock."""

    server: str
    told: datetime
    arrived: float
    here: bool


class Heard:
    """Collects, from all threads of a poll, what servers said the time is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: list[_Heard] = []

    def note(self, server: str, headers: Mapping[str, str], *, here: bool = False) -> None:
        """Note an answer of a server; one without a Date says nothing."""
        told = time_of(headers)
        if told is not None:
            self._heard.append(_Heard(server, told, self._clock.monotonic(), here or is_this_machine(host_of(server))))

    def times(self, now: datetime) -> list[ServerTime]:
        """Return what was heard; `now` is this machine's time at this moment."""
        moment = self._clock.monotonic()
        return [
            ServerTime(one.server, one.told, now - timedelta(seconds=moment - one.arrived), one.here)
            for one in list(self._heard)
        ]


def time_of(headers: Mapping[str, str]) -> datetime | None:
    """Return the time that an answer tells, None where it tells none. Header names are in lower case."""
    try:
        told = parsedate_to_datetime(headers["date"]).astimezone(UTC)
        # A cache tells when it took in its copy, and for how long it has had it.
        age = headers.get("age", "0").strip()
        return told + timedelta(seconds=int(age)) if _AGE.fullmatch(age) else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


# Whoever listens in this context; threads of `side_by_side` begin in that of their caller.
_listening: ContextVar[Heard | None] = ContextVar("listening", default=None)


@contextmanager
def listening(clock: Clock) -> Iterator[Heard]:
    """Collect what servers say in answers that come while this lasts."""
    heard = Heard(clock)
    token = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(token)


def note(server: str, headers: Mapping[str, str], *, here: bool = False) -> None:
    """Note an answer of a server for whoever is listening. Header names are in lower case."""
    if heard := _listening.get():
        heard.note(server, headers, here=here)
