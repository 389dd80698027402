# SPDX-License-Identifier: MIT
"""Read the public answers of Uptime Kuma 1.23 and 2.x: page, heartbeats, badges.

A malformed answer is refused as a whole: a monitor that is skipped could be the one that is down. Invalid values inside
become None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from operator import itemgetter
from typing import Any, TypeVar

from elytra_status.errors import SourceError
from elytra_status.model import Bounds, Heartbeat
from elytra_status.sources.kuma.large_heartbeats import heartbeat_lists
from elytra_status.sources.kuma.responses import (
    NOT_KUMA,
    PageHeartbeats,
    PageMonitor,
    is_critical,
    ratio_of,
    state_of_number,
)
from elytra_status.system import bounded_json

T = TypeVar("T")

_TIME = itemgetter(0)

LARGEST_ID = 10**9 - 1
UNDER_WAY = "under-maintenance"
# Badges have four significant digits, so values just below these have one decimal more.
_ONE_DIGIT_MORE_BELOW = (b"100.0", b"10.00", b"1.000")


def read_page(body: bytes) -> dict[int, PageMonitor]:
    """Return the monitors on a public page, by id. Raise SourceError if malformed."""
    what = "the status page"
    listed: dict[int, PageMonitor] = {}
    for group in _typed(list, _object(body, what).get("publicGroupList"), what):
        for monitor in _typed(list, _typed(dict, group, what).get("monitorList"), what):
            identifier = _typed(dict, monitor, what).get("id")
            if type(identifier) is not int or not 0 <= identifier <= LARGEST_ID:
                raise _unlike(what)
            texts = (monitor.get(key) for key in ("name", "type", "url"))
            name, kind, url = (text if isinstance(text, str) else "" for text in texts)
            listed[identifier] = PageMonitor(identifier, name, kind, url, _has_critical(monitor.get("tags")))
    return listed


def read_maintenance(body: bytes) -> int:
    """Return the number of maintenance windows under way on a public page.

    Malformed ones are skipped. The page does not say which monitors a window covers. A push monitor keeps its state
    until its next push.
    """
    windows = _object(body, "the status page").get("maintenanceList")
    listed = windows if isinstance(windows, list) else []
    return sum(isinstance(window, dict) and window.get("status") == UNDER_WAY for window in listed)


def _has_critical(tags: Any) -> bool:
    """Whether one of the tags is "critical". A page may show tags or not."""
    names = (tag.get("name") for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, dict))
    return any(isinstance(name, str) and is_critical(name) for name in names)


def read_heartbeats(body: bytes) -> PageHeartbeats:
    """Return the heartbeats of a public page. Raise SourceError if malformed."""
    what = "the heartbeat response"
    heartbeats: dict[int, tuple[Heartbeat, ...] | None] = {}
    figures: dict[str, Any] = {}
    for key, entries in _heartbeat_entries(body, what, figures):
        if not re.fullmatch("0|[1-9][0-9]{0,8}", key):
            raise _unlike(what)
        heartbeats[int(key)] = _heartbeats(entries)
    uptime = {identifier: ratio_of(figures.get(f"{identifier}_24")) for identifier in heartbeats}
    return PageHeartbeats(heartbeats, {one: figure for one, figure in uptime.items() if figure is not None})


def _heartbeat_entries(body: bytes, what: str, figures: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the heartbeats of each monitor by its id; put figures into `figures`."""
    if not _is_large(body):
        # Converting each object while parsing halves the memory.
        response = _object(body, what, _heartbeat)
        figures |= _typed(dict, response.get("uptimeList"), what)
        yield from _typed(dict, response.get("heartbeatList"), what).items()
        return
    try:
        for key, text in heartbeat_lists(body):
            value = bounded_json.loads(text, of_object=_heartbeat)
            if key:
                yield key, value
            else:
                figures |= _typed(dict, value, what)
    except ValueError:
        raise _unlike(what) from None


def _is_large(body: bytes) -> bool:
    try:
        bounded_json.check_size(body)
    except bounded_json.UnboundedJSONError:
        return True
    return False


def read_badge(body: bytes) -> Bounds | None:
    """Return the bounds of the ratio on an uptime badge, None if it has no figure.

    A badge has four significant digits, rounded: 99.98 stands for 99.975 to 99.985. Values up to 99.994 have two
    decimals, so that 100.0 stands for 99.995 and above.
    """
    match = re.search(rb"<title>[^<]*: ([0-9]{1,3}(?:\.([0-9]{1,6}))?)%</title>", body)
    if not match or float(match[1]) > 100:
        return None
    percent = Fraction(match[1].decode())
    half_a_digit = Fraction(1, 2 * 10 ** len(match[2] or b""))
    below = half_a_digit / 10 if match[1] in _ONE_DIGIT_MORE_BELOW else half_a_digit
    return Bounds(max(percent - below, Fraction(0)) / 100, min(percent + half_a_digit, Fraction(100)) / 100)


def _object(body: bytes, what: str, of_object: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
    try:
        value = bounded_json.loads(body, of_object=of_object)
    except bounded_json.UnboundedJSONError as error:
        raise SourceError(f"{what} cannot be used ({error})", error.remedy_after(NOT_KUMA)) from None
    except ValueError:
        raise SourceError(f"{what} is not JSON", NOT_KUMA) from None
    return _typed(dict, value, what)


def _typed(wanted: type[T], value: Any, what: str) -> T:
    if not isinstance(value, wanted):
        raise _unlike(what)
    return value


def _unlike(what: str) -> SourceError:
    return SourceError(f"{what} does not have the format of Uptime Kuma", NOT_KUMA)


def _heartbeats(entries: Any) -> tuple[Heartbeat, ...] | None:
    if not isinstance(entries, list) or not set(map(type, entries)) <= {Heartbeat}:
        return None
    return tuple(sorted(entries, key=_TIME))


def _heartbeat(entry: dict[str, Any]) -> Heartbeat | dict[str, Any]:
    """Return an object of the answer as a heartbeat.

    An object that is no heartbeat, or whose time is invalid, is returned unchanged.
    """
    try:
        text, state = entry["time"], state_of_number(entry["status"])
        try:
            # Times are in UTC without a zone. Adding the zone afterwards takes ten times as long.
            return Heartbeat(datetime.fromisoformat(text + "Z"), state)
        except ValueError:
            moment = datetime.fromisoformat(text)
            return Heartbeat(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC), state)
    except (ValueError, TypeError, KeyError, OverflowError):
        return entry
