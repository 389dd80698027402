# SPDX-License-Identifier: MIT
"""Gatus: the results of its endpoints and its own uptime figures, by its API.

Gatus has no state for maintenance and no paused endpoints: it goes on checking during its maintenance windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise, takewhile
from statistics import median_low
from typing import Any
from urllib.parse import quote

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.errors import SourceError
from elytra_status.model import CLOCK_SKEW, MONITORS, Heartbeat, Monitor, Report, State, number_of, replace
from elytra_status.net import http
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.sources import json_api, queried_figures
from elytra_status.sources.keys import key
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Deadline, for_people, to_text

NAME = "gatus"
SERVICE = "Gatus"
API_PATH = "/api/v1/endpoints"
# The number of newest results that the answer holds for each endpoint. Gatus' own dashboard queries the same number, so
# Gatus caches that answer.
RESULTS = 20
WINDOWS = {"last_24h": ("24h", timedelta(days=1)), "last_7d": ("7d", timedelta(days=7))}
WINDOWS["last_30d"] = ("30d", timedelta(days=30))
# The type of the event with which Gatus begins to watch an endpoint. Gatus keeps the last 50 events.
START = "START"
_UNREADABLE = ("the list of endpoints cannot be read", "check that GATUS_URL is the address of Gatus")


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of the list: its key in Gatus, and its results, oldest first."""

    own_key: str = field(repr=False)
    name: str = field(repr=False)
    group: str = field(repr=False)
    heartbeats: tuple[Heartbeat, ...]
    hosts: frozenset[str] = field(repr=False)


@dataclass(frozen=True)
class _Server:
    """Where a Gatus is, and the headers of each request to it."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    ca_bundle: str | None

    def address(self, path: str) -> str:
        """Return the address of a part of the API."""
        return f"{self.url.rstrip('/')}{API_PATH}{path}"


def sources(settings: Settings) -> list[Source]:
    """Return every Gatus in the settings."""
    return [
        Source(name, MONITORS, partial(poll, part, name=name), expected=_expected(part, name))
        for name, part in parts(settings, NAME)
    ]


def _expected(settings: Settings, name: str) -> Expected:
    """Return what the settings expect of the endpoints of a Gatus."""
    wanted = {key(name, one): "GATUS_ENDPOINTS" for one in settings.gatus_endpoints}
    only = frozenset(wanted) if wanted and not settings.gatus_groups else None
    scope = scope_of(settings.gatus_url, *settings.gatus_groups)
    return Expected(
        wanted, only=only, scope=scope, remedy="See whether it was removed from the configuration of Gatus, or disabled"
    )


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Query Gatus once. Raise NoAnswerError if it does not list its endpoints."""
    deadline = request.deadline()
    server = _Server(
        settings.gatus_url or "",
        json_api.authorization(settings.gatus_token, settings.gatus_user, settings.gatus_password),
        settings.ca_bundle,
    )
    endpoints = _list(server, deadline)
    keys = {one.own_key: key(name, one.own_key) for one in endpoints}
    counted = [
        one for one in endpoints if _counts(one, endpoints=settings.gatus_endpoints, groups=settings.gatus_groups)
    ]
    watched = [one for one in counted if one.heartbeats]
    stale_after = timedelta(minutes=settings.monitor_stale_minutes)
    monitors = [_monitor(one, keys[one.own_key], request.now, stale_after) for one in watched]
    figures = queried_figures.query_figures(
        [one.key for one in monitors],
        WINDOWS,
        partial(_figure, server, {keys[one.own_key]: one for one in watched}, request.now),
        request,
        deadline,
    )
    never = len(counted) - len(watched)
    return Report(
        name,
        MONITORS,
        monitors=tuple(replace(one, uptime=figures.uptimes[one.key], kept=figures.kept[one.key]) for one in monitors),
        left_out=frozenset(keys.values()) - {one.key for one in monitors},
        warnings=(*_warnings(settings.gatus_groups, endpoints), *figures.warnings),
        remarks=(f"{number_of(never, 'endpoint')} without a result yet",) if never else (),
        saved=figures.saved,
        private_names=frozenset(text for one in endpoints for text in (one.name, one.group, one.own_key) if text),
        private_hosts=frozenset(host for one in endpoints for host in one.hosts),
    )


def _counts(endpoint: Endpoint, *, endpoints: Sequence[str], groups: Sequence[str]) -> bool:
    """Whether the settings choose an endpoint, by its key or its group."""
    if not endpoints and not groups:
        return True
    return endpoint.own_key in endpoints or endpoint.group in groups


def _list(server: _Server, deadline: Deadline) -> list[Endpoint]:
    """Return every endpoint, by the deadline. Raise NoAnswerError on failure."""
    endpoints = _get(server, f"/statuses?page=1&pageSize={RESULTS}", list, _read, deadline)
    if len({one.own_key for one in endpoints}) < len(endpoints):
        raise SourceError("the list of endpoints names one endpoint twice", _UNREADABLE[1])
    return endpoints


def _read(statuses: list[Any]) -> list[Endpoint]:
    return json_api.read_entries(statuses, _endpoint, _UNREADABLE)


def _get(
    server: _Server,
    path: str,
    shape: type[json_api.Shape],
    read: Callable[[json_api.Shape], json_api.ReadValue],
    deadline: Deadline,
) -> json_api.ReadValue:
    return json_api.get_json(
        server.address(path),
        shape,
        read,
        service=SERVICE,
        seconds=json_api.seconds_until(deadline),
        headers=server.headers,
        ca_bundle=server.ca_bundle,
        refusal=_refusal,
    )


def _endpoint(item: Mapping[str, Any]) -> Endpoint:
    """Return an endpoint of the list.

    Raise KeyError, TypeError, ValueError or OverflowError if it is malformed.
    """
    own_key, name, group = item["key"], item.get("name", ""), item.get("group", "")
    if not own_key or not all(isinstance(text, str) for text in (own_key, name, group)):
        raise ValueError
    results = item["results"]
    heartbeats = {heartbeat.time: heartbeat for heartbeat in map(_heartbeat, results)}
    hosts = frozenset(host for one in results if isinstance(host := one.get("hostname"), str) and host)
    return Endpoint(own_key, name, group, tuple(heartbeats[moment] for moment in sorted(heartbeats)), hosts)


def _heartbeat(result: Mapping[str, Any]) -> Heartbeat:
    if not isinstance(result["success"], bool):
        raise TypeError
    return Heartbeat(_moment(result["timestamp"]), State.UP if result["success"] else State.DOWN)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _monitor(endpoint: Endpoint, own: str, now: datetime, stale_after: timedelta) -> Monitor:
    """Return a monitor with the state of its newest result.

    Two failed results in a row confirm each other.
    """
    heartbeats = endpoint.heartbeats
    newest = heartbeats[-1]
    age = now - newest.time
    seconds = abs(age).total_seconds()
    checked = f"last checked {for_people(seconds)} {'ago' if age >= timedelta(0) else 'ahead'} ({to_text(newest.time)})"
    gaps = [(later.time - earlier.time).total_seconds() for earlier, later in pairwise(heartbeats)]
    # One gap alone, or the longer of two, may have been a pause.
    usual_gap = timedelta(seconds=median_low(gaps)) if len(gaps) > 1 else timedelta(0)
    evidence = [f"Gatus says {newest.state.value}", checked]
    if not -CLOCK_SKEW <= age <= max(stale_after, 2 * usual_gap):
        evidence.append("no recent result to base the state on")
        return Monitor(own, endpoint.name, State.UNKNOWN, heartbeats=heartbeats, evidence=tuple(evidence))
    run = list(takewhile(lambda heartbeat: heartbeat.state is newest.state, reversed(heartbeats)))
    confirmed = newest.state is State.DOWN and len(run) > 1
    return Monitor(
        own,
        endpoint.name,
        newest.state,
        confirmed=confirmed,
        confirmed_by="two results" if confirmed else "",
        since=run[-1].time,
        heartbeats=heartbeats,
        evidence=tuple(evidence),
    )


def _figure(
    server: _Server, endpoints: Mapping[str, Endpoint], now: datetime, own: str, window: str, deadline: Deadline
) -> Fraction | None:
    """Return Gatus' own figure for a window, None if there is none.

    Gatus computes the ratio from the results that it still has, however few: with storage in memory, its default, it
    has none from before its last start. It returns 0 if it has no results. So a figure counts only if Gatus has watched
    for at least half of the window.
    """
    endpoint, (duration, length) = endpoints[own], WINDOWS[window]
    path = f"/{quote(endpoint.own_key, safe='')}"
    begun = _get(server, f"{path}/statuses?page=1&pageSize=1", dict, _watched_since, deadline)
    if begun > now - length / 2 or endpoint.heartbeats[-1].time < now - length:
        return None
    with http.open_session(server.ca_bundle) as session:
        seconds = json_api.seconds_until(deadline)
        url = server.address(f"{path}/uptimes/{duration}")
        response = http.get(session, url, seconds=seconds, headers=server.headers, largest=json_api.LARGEST)
    if response.status == 400:  # Gatus before August 2024 has no figure for 30 days
        return None
    if response.status != 200:
        raise SourceError(*_refusal(response))
    return _ratio(response.body)


def _watched_since(status: Mapping[str, Any]) -> datetime:
    """Return since when Gatus has watched an endpoint, by its events.

    Raise NoAnswerError if the events do not show it.
    """
    try:
        first = status["events"][0]
        # If there were more events than Gatus keeps, the start event is missing: the start was long ago.
        return _moment(first["timestamp"]) if first["type"] == START else datetime.min.replace(tzinfo=UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        raise SourceError("the events of an endpoint cannot be read", _UNREADABLE[1]) from None


def _ratio(body: bytes) -> Fraction:
    """Return the ratio in a body such as 0.999500.

    Raise NoAnswerError if the body is malformed.
    """
    text = body[:20].strip()
    try:
        ratio = Decimal(text.decode("ascii"))
    except (ArithmeticError, UnicodeDecodeError):
        ratio = Decimal("NaN")
    if len(body) > 20 or b"e" in text.lower() or not ratio.is_finite() or not 0 <= ratio <= 1:
        raise SourceError("an uptime figure cannot be read", _UNREADABLE[1])
    return Fraction(ratio)


def _warnings(wanted: Sequence[str], endpoints: list[Endpoint]) -> Iterator[Problem]:
    groups = {one.group for one in endpoints}
    if unused := [group for group in wanted if group not in groups]:
        words = f"{number_of(len(unused), 'name')} in GATUS_GROUPS without an endpoint"
        yield Problem(words, "Correct GATUS_GROUPS")


def _refusal(response: http.Response) -> tuple[str, str]:
    if response.status in (401, 403):
        return f"{response.status}, the login is refused", "see GATUS_USER and GATUS_PASSWORD, or GATUS_TOKEN"
    if response.status == 429:
        raise json_api.TooManyRequestsError(
            "429, too many requests", "check whether the proxy in front of Gatus limits requests"
        )
    return json_api.other_status(response.status, SERVICE)
