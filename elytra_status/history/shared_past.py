# SPDX-License-Identifier: MIT
"""The past that both machines of a pair have in common. Pure.

It is one private object. It holds rollups of each monitor, by hour and by day, and the changes of components. Of two
rollups of the same time the one that observed more counts, as a whole. A malformed object is refused, never read in
part.

Rollups that are equal and follow one another are written as a run, since most hours of most monitors are. With 100
monitors that fail once in ten days for some minutes, 400 days take 20 kB (100 kB decoded); if they fail in each hour,
450 kB (1.6 MB). With 10,000 monitors of the first kind, 100 days and four days of hours take 510 kB (3.1 MB).
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from elytra_status.history.component_changes import KEPT, RecordedChange
from elytra_status.history.rollups import HOURS_OF_A_DAY
from elytra_status.history.spans import DAY, HOUR, Tally, sum_of_tallies
from elytra_status.model import Change, PlatformStatus
from elytra_status.system import bounded_json

VERSION = 1
# Bytes. A machine with more shares fewer days.
LARGEST = 12 * 2**20
LARGEST_DECODED = 12 * 2**20
# Rollups of hours, and as many of days: 10,000 monitors have 100 days, and four days of hours.
MOST_ROLLUPS = 1_000_000
LONGEST_TEXT = 4096
# Days since 1970. Later ones have no date.
_LAST_DAY = 2_900_000
_FIELDS = {"version", "until", "monitors", "components"}
# How many rollups were missing before the run, how many it has, and the four numbers of a tally without the last zeros.
_RUN = re.compile(r"(\d{1,8}),(\d{1,8}),(\d{1,5})(?:,(\d{1,5}))?(?:,(\d{1,5}))?(?:,(\d{1,5}))?", re.ASCII)

Rollups = Mapping[int, Tally]


class PastShapeError(ValueError):
    """A shared past is malformed. The text says how, without a value."""


class NewerPastError(PastShapeError):
    """A shared past is of a version that this release does not know."""


class SharedMonitor(NamedTuple):
    """The past of one monitor: its name, and its rollups as runs.

    Rollups are by number of hour and day. A day that the hours sum up to is not among the days.
    """

    name: str
    hours: str = ""
    days: str = ""


class Kept(NamedTuple):
    """What a machine keeps: hours and days before `until`, a number of an hour.

    Days are kept from `first_day` on, and the hours of days from `first_day_of_hours` on.
    """

    first_day: int
    first_day_of_hours: int
    until: int


@dataclass(frozen=True)
class SharedPast:
    """The past of all monitors by their keys, and changes of components.

    Changes are oldest first. Hours before `until`, a number of an hour, are over.
    """

    until: int = 0
    monitors: Mapping[str, SharedMonitor] = field(default_factory=dict, repr=False)
    components: tuple[RecordedChange, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the past as the storage keeps it: the same past gives the same bytes.

        Raise PastShapeError if it is too large.
        """
        value = {
            "version": VERSION,
            "until": self.until,
            "monitors": {key: list(one) for key, one in sorted(self.monitors.items())},
            "components": [
                [int(one.time.timestamp()), name, one.status.value, int(one.in_maintenance)]
                for name, one in self.components
            ],
        }
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        if len(text) > LARGEST_DECODED:
            raise PastShapeError(f"is larger than {LARGEST_DECODED // 2**20} MB when it is decoded")
        body = gzip.compress(text, mtime=0)
        if len(body) > LARGEST:
            raise PastShapeError(f"is larger than {LARGEST // 2**20} MB")
        return body

    @staticmethod
    def from_bytes(body: bytes) -> SharedPast:
        """Return the past that `to_bytes` wrote, else raise PastShapeError."""
        try:
            value = bounded_json.loads(_decompressed(body))
        except ValueError as error:
            raise error if isinstance(error, PastShapeError) else PastShapeError("is not JSON") from None
        if isinstance(value, dict) and type(value.get("version")) is int and value["version"] > VERSION:
            raise NewerPastError("is of a version that this release does not know")
        if not isinstance(value, dict) or value.keys() != _FIELDS:
            raise PastShapeError(f"has other fields than {', '.join(sorted(_FIELDS))}")
        if type(value["version"]) is not int or value["version"] != VERSION:
            raise PastShapeError("version is not a version of this file")
        until, monitors, components = value["until"], value["monitors"], value["components"]
        if type(until) is not int or not 0 <= until <= _LAST_DAY * HOURS_OF_A_DAY:
            raise PastShapeError("until is not the number of an hour")
        if not isinstance(monitors, dict) or not isinstance(components, list) or len(components) > KEPT:
            raise PastShapeError("monitors or components is malformed")
        past = SharedPast(
            until, {_text(key): _monitor(one) for key, one in monitors.items()}, tuple(map(_component, components))
        )
        _check_rollups(past)
        return past


class RunWriter:
    """Writes rollups as runs, one after another in the order of time.

    They are of hours or days, of `size` seconds. Rollups that cannot be are left out, as are empty ones.
    """

    def __init__(self, size: int) -> None:
        self._size, self._runs = size, list[str]()
        # The last run is kept until it ends. `_end` is where the one before ended.
        self._first = self._count = self._end = 0
        self._tally = (0, 0, 0, 0)

    def add(self, number: int, tally: tuple[int, int, int, int]) -> None:
        """Add the rollup of an hour or day."""
        if tally == self._tally and number == self._first + self._count:
            self._count += 1
        elif _can_be(tally, self._size):
            self._write()
            self._first, self._count, self._tally = number, 1, tally

    def runs(self) -> str:
        """Return what was added."""
        self._write()
        self._count = 0
        return " ".join(self._runs)

    def _write(self) -> None:
        if self._count:
            values = ",".join(map(str, self._tally)).removesuffix(",0").removesuffix(",0").removesuffix(",0")
            self._runs.append(f"{self._first - self._end},{self._count},{values}")
            self._end = self._first + self._count


def runs_of(rollups: Rollups, size: int) -> str:
    """Return rollups of hours or days (of `size` seconds), by their numbers, as runs."""
    writer = RunWriter(size)
    for number, tally in sorted(rollups.items()):
        writer.add(number, tally)
    return writer.runs()


def rollups_in(runs: str) -> Iterator[tuple[int, Tally]]:
    """Yield the rollups in runs, in the order of time."""
    for first, count, tally in _parsed(runs):
        for number in range(first, first + count):
            yield number, tally


def days_of(monitor: SharedMonitor) -> dict[int, Tally]:
    """Return the rollups of all days of a monitor.

    Of the sum of the hours and the day, the one that observed more counts.
    """
    return _with_days(_sums(dict(rollups_in(monitor.hours))), dict(rollups_in(monitor.days)))


def united(base: SharedPast, added: SharedPast, kept: Kept) -> SharedPast:
    """Return a past with what is `kept` of another one.

    The changes of components are those of `base`. If both observed the same time, `base` counts.
    """
    monitors = dict(base.monitors)
    for key, more in added.monitors.items():
        one = monitors.get(key)
        if one is None:
            monitors[key] = _trimmed(more, kept)
        elif one[1:] != more[1:]:
            # To parse rollups that are equal would take most of the time.
            monitors[key] = _of_both(one, _trimmed(more, kept))
    present = {key: one for key, one in monitors.items() if one.hours or one.days}
    return SharedPast(max(base.until, min(added.until, kept.until)), present, base.components)


def better(theirs: SharedMonitor, own: SharedMonitor, before: int) -> tuple[dict[int, Tally], dict[int, Tally]]:
    """Return the hours and days of which `theirs` observed more than `own`.

    Those of hours and days are left out that are not over `before` a number of an hour, and hours of a day of which
    `own` has only the sum, unless the day observed less.
    """
    if not own.hours and not own.days:
        # A machine that is new takes all, which is much quicker without a comparison.
        days = ((day, tally) for day, tally in rollups_in(theirs.days) if (day + 1) * HOURS_OF_A_DAY <= before)
        return {number: tally for number, tally in rollups_in(theirs.hours) if number < before}, dict(days)
    mine, own_days = dict(rollups_in(own.hours)), days_of(own)
    hourly = {number // HOURS_OF_A_DAY for number in mine}
    hours = {number: tally for number, tally in rollups_in(theirs.hours) if number < before}
    sums = _sums(hours)
    more = {day for day, tally in sums.items() if tally.observed > own_days.get(day, Tally()).observed}
    hours = {
        number: tally
        for number, tally in hours.items()
        if tally.observed > mine.get(number, Tally()).observed
        and (number // HOURS_OF_A_DAY in hourly or number // HOURS_OF_A_DAY in more)
    }
    more_days = {
        day: tally
        for day, tally in rollups_in(theirs.days)
        if (day + 1) * HOURS_OF_A_DAY <= before and tally.observed > own_days.get(day, Tally()).observed
    }
    return hours, more_days


def component_changes_of_both(
    own: Iterable[RecordedChange], there: Iterable[RecordedChange]
) -> tuple[RecordedChange, ...]:
    """Return the changes of components of both.

    Between the first and the newest of those `there`, these alone count: they were published. Earlier ones of a machine
    are from before it joined the pair.
    """
    theirs = tuple(there)
    if not theirs:
        return tuple(own)
    first, newest = (edge(one.change.time for one in theirs) for edge in (min, max))
    mine = tuple(own)
    before = (one for one in mine if one.change.time < first)
    after = (one for one in mine if one.change.time > newest)
    return (*before, *theirs, *after)[-KEPT:]


def _of_both(base: SharedMonitor, added: SharedMonitor) -> SharedMonitor:
    hours, days = dict(rollups_in(base.hours)), dict(rollups_in(base.days))
    for found, others in ((hours, added.hours), (days, added.days)):
        for number, tally in rollups_in(others):
            if tally.observed > found.get(number, Tally()).observed:
                found[number] = tally
    return _as_runs(base.name or added.name, hours, days)


def _trimmed(monitor: SharedMonitor, kept: Kept) -> SharedMonitor:
    """Return what is kept of a monitor.

    Hours that are too old remain in the sums of their days.
    """
    hours, days = dict(rollups_in(monitor.hours)), dict(rollups_in(monitor.days))
    old = {number: tally for number, tally in hours.items() if number < kept.first_day_of_hours * HOURS_OF_A_DAY}
    last_day = kept.until // HOURS_OF_A_DAY
    return _as_runs(
        monitor.name,
        {number: tally for number, tally in hours.items() if number not in old and number < kept.until},
        {day: one for day, one in _with_days(_sums(old), days).items() if kept.first_day <= day < last_day},
    )


def _as_runs(name: str, hours: Rollups, days: Rollups) -> SharedMonitor:
    sums = _sums(hours)
    more = {day: tally for day, tally in days.items() if tally.observed > sums.get(day, Tally()).observed}
    return SharedMonitor(name, runs_of(hours, HOUR), runs_of(more, DAY))


def _sums(hours: Rollups) -> dict[int, Tally]:
    sums: dict[int, Tally] = {}
    for number, tally in hours.items():
        day = number // HOURS_OF_A_DAY
        sums[day] = sum_of_tallies(sums[day], tally) if day in sums else tally
    return sums


def _with_days(sums: dict[int, Tally], days: Rollups) -> dict[int, Tally]:
    for day, tally in days.items():
        if tally.observed > sums.get(day, Tally()).observed:
            sums[day] = tally
    return sums


def _can_be(tally: tuple[int, int, int, int], size: int) -> bool:
    up, down, maintenance, excused = tally
    return min(tally) >= 0 and 0 < up + down + maintenance <= size and excused <= maintenance


def _decompressed(body: bytes) -> bytes:
    if len(body) > LARGEST:
        raise PastShapeError(f"is larger than {LARGEST // 2**20} MB")
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = reader.decompress(body, LARGEST_DECODED + 1)
    except zlib.error:
        raise PastShapeError("is not compressed by gzip") from None
    if len(text) > LARGEST_DECODED:
        raise PastShapeError(f"is larger than {LARGEST_DECODED // 2**20} MB when it is decoded")
    if not reader.eof or reader.unused_data:
        raise PastShapeError("is incomplete, or followed by more")
    return text


def _parsed(runs: str) -> Iterator[tuple[int, int, Tally]]:
    """Yield the first number of each run, how many rollups it has, and their tally."""
    end = 0
    for run in runs.split(" ") if runs else ():
        gap, count, tally = _run(run)
        yield end + gap, count, tally
        end += gap + count


@lru_cache(maxsize=4096)
def _run(text: str) -> tuple[int, int, Tally]:
    found = _RUN.fullmatch(text)
    if not found:
        raise PastShapeError("a run is malformed")
    gap, count, *sums = (int(one or 0) for one in found.groups())
    return gap, count, Tally(*sums)


def _check_rollups(past: SharedPast) -> None:
    """Raise PastShapeError if there are too many rollups, or one of them cannot be."""
    for part, size in (("hours", HOUR), ("days", DAY)):
        total, last = 0, past.until * HOUR // size
        for monitor in past.monitors.values():
            for first, count, tally in _parsed(getattr(monitor, part)):
                total += count
                if count < 1 or first + count > last or not _can_be(tally, size):
                    raise PastShapeError(f"{part} holds an invalid rollup")
        if total > 2 * MOST_ROLLUPS:
            raise PastShapeError(f"{part} holds more than {2 * MOST_ROLLUPS} rollups")


def _text(value: Any) -> str:
    if not is_shared(value):
        raise PastShapeError("a name is malformed")
    assert isinstance(value, str)
    return value


def is_shared(value: Any) -> bool:
    """Whether a value is a text that a shared past may contain as a key or name."""
    try:
        return isinstance(value, str) and len(value.encode()) <= LONGEST_TEXT and "\0" not in value
    except UnicodeEncodeError:
        return False


def _monitor(value: Any) -> SharedMonitor:
    if not isinstance(value, list) or len(value) != len(SharedMonitor._fields):
        raise PastShapeError("a monitor is malformed")
    name, hours, days = value
    if not isinstance(hours, str) or not isinstance(days, str):
        raise PastShapeError("a monitor is malformed")
    return SharedMonitor(_text(name), hours, days)


def _component(value: Any) -> RecordedChange:
    try:
        time, name, status, in_maintenance = value
        if type(time) is not int or type(in_maintenance) is not int or in_maintenance not in (0, 1):
            raise ValueError
        change = Change(datetime.fromtimestamp(time, UTC), PlatformStatus(status), bool(in_maintenance))
    except (TypeError, ValueError, OverflowError, OSError):
        raise PastShapeError("a change of a component is malformed") from None
    return RecordedChange(_text(name), change)
