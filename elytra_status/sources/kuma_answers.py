# SPDX-License-Identifier: MIT
"""Reads the answers of Uptime Kuma 1.23 and 2.x. Nothing in them is trusted: what is no value is None."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.model import Beat, State

STATES = {0: State.DOWN, 1: State.UP, 2: State.PENDING, 3: State.MAINTENANCE}
_WORST_FIRST = (State.DOWN, State.PENDING, State.UNKNOWN, State.MAINTENANCE, State.UP)
# The families that matter. A line break inside a label is written as \n, so lines can be told apart.
_FAMILIES = (b"monitor_status{", b"monitor_uptime_ratio{", b"app_version{", b"process_start_time_seconds ")
_NOT_KUMA = "does the address lead to Uptime Kuma, and to nothing before it?"


def worst(*states: State) -> State:
    """Return the state that matters most."""
    return min(states, key=_WORST_FIRST.index)


@dataclass(frozen=True)
class Series:
    """What /metrics says of one monitor; `identifier` is None in Uptime Kuma 1, which gives none."""

    identifier: int | None
    name: str = field(repr=False)
    kind: str
    url: str = field(repr=False)
    host: str = field(repr=False)
    state: State
    ratio_1d: Fraction | None = None
    ratio_30d: Fraction | None = None


@dataclass(frozen=True)
class Metrics:
    """What /metrics says. `started` is when Uptime Kuma was last started."""

    series: tuple[Series, ...]
    version: str | None
    started: datetime | None


@dataclass(frozen=True)
class Listed:
    """A monitor as the public page lists it."""

    identifier: int
    name: str = field(repr=False)
    kind: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class Heartbeats:
    """The last beats of each monitor on the page, oldest first, and its share of uptime in 24 hours."""

    beats: dict[int, tuple[Beat, ...]]
    uptime_24h: dict[int, Fraction]


def share(value: Any) -> Fraction | None:
    """Return a number from 0 to 1 exactly as it is written, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Fraction(str(value)) if 0 <= value <= 1 else None


def read_metrics(body: bytes) -> Metrics:
    """Return what the text of /metrics says. Raise SourceError where it is none."""
    from prometheus_client.parser import text_string_to_metric_families

    lines = [line for line in body.split(b"\n") if line.startswith(_FAMILIES)]
    found: dict[Any, dict[str, Any]] = {}
    version: str | None = None
    started: datetime | None = None
    try:
        text = b"\n".join(lines).decode("utf-8") + "\n"
        for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
            for sample in family.samples:
                labels, value = sample.labels, sample.value
                if sample.name == "app_version":
                    version = labels.get("version")
                elif sample.name == "process_start_time_seconds":
                    started = _moment(value)
                else:
                    _take_sample(found, sample.name, labels, value)
    except UnicodeDecodeError:
        raise SourceError("/metrics is not UTF-8", _NOT_KUMA) from None
    except (ValueError, KeyError, IndexError, TypeError):
        raise SourceError("/metrics holds a line that is not in Prometheus' text format", _NOT_KUMA) from None
    # A ratio without a status is no monitor of now.
    series = tuple(Series(**entry) for entry in found.values() if entry["state"] is not None)
    return Metrics(series, version, started)


def _take_sample(found: dict[Any, dict[str, Any]], name: str, labels: dict[str, str], value: float) -> None:
    def label(key: str) -> str:
        text = labels.get(key, "")
        return "" if text == "null" else text

    identifier = int(label("monitor_id")) if re.fullmatch("[0-9]{1,9}", label("monitor_id")) else None
    plain = tuple(label(f"monitor_{key}") for key in ("name", "type", "url", "hostname", "port"))
    entry = found.setdefault(
        plain if identifier is None else identifier,
        {
            "identifier": identifier,
            "name": plain[0],
            "kind": plain[1],
            "url": plain[2],
            "host": plain[3],
            "state": None,
        },
    )
    if name == "monitor_status":
        state = STATES.get(int(value), State.UNKNOWN) if math.isfinite(value) and value == int(value) else State.UNKNOWN
        entry["state"] = state if entry["state"] is None else worst(entry["state"], state)
    elif labels.get("window") in ("1d", "30d"):
        entry[f"ratio_{labels['window']}"] = share(value)


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise SourceError(f"{what} is not JSON", _NOT_KUMA) from None
    if not isinstance(value, dict):
        raise SourceError(f"{what} is not what Uptime Kuma gives", _NOT_KUMA)
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def read_page(body: bytes) -> dict[int, Listed]:
    """Return the monitors that a public page lists, by id. Raise SourceError where it is no page."""
    page = _object(body, "the status page")
    if not isinstance(page.get("publicGroupList"), list):
        raise SourceError("the status page has no list of monitors", _NOT_KUMA)
    listed: dict[int, Listed] = {}
    for group in page["publicGroupList"]:
        for monitor in _list(group.get("monitorList")) if isinstance(group, dict) else []:
            identifier = monitor.get("id") if isinstance(monitor, dict) else None
            if isinstance(identifier, int) and not isinstance(identifier, bool):
                texts = (str(monitor.get(key) or "") for key in ("name", "type", "url"))
                listed[identifier] = Listed(identifier, *texts)
    return listed


def read_heartbeats(body: bytes) -> Heartbeats:
    """Return the beats of a public page. Raise SourceError where there are none to read."""
    answer = _object(body, "the heartbeat answer")
    lists, figures = answer.get("heartbeatList"), answer.get("uptimeList")
    if not isinstance(lists, dict) or not isinstance(figures, dict):
        raise SourceError("the heartbeat answer has no list of beats", _NOT_KUMA)
    beats: dict[int, tuple[Beat, ...]] = {}
    uptime: dict[int, Fraction] = {}
    for key, entries in lists.items():
        if not re.fullmatch("[0-9]{1,9}", key):
            continue
        read = (_beat(entry) for entry in _list(entries))
        beats[int(key)] = tuple(sorted((beat for beat in read if beat), key=lambda beat: beat.time))
        figure = share(figures.get(f"{key}_24"))
        if figure is not None:
            uptime[int(key)] = figure
    return Heartbeats(beats, uptime)


def _beat(entry: Any) -> Beat | None:
    """Return a beat, or None where its time cannot be read. Times are UTC without saying so."""
    try:
        moment = datetime.fromisoformat(entry["time"])
        state = STATES.get(entry["status"], State.UNKNOWN)
    except (ValueError, TypeError, KeyError):
        return None
    return Beat(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment, state)


def read_badge(body: bytes) -> Fraction | None:
    """Return the least share that an uptime badge can stand for, or None where it gives no figure.

    A badge has four digits, rounded: 100.0 stands for 99.95 and above, so 99.95 is what is known.
    """
    match = re.search(rb"<title>[^<]*: ([0-9]{1,3}(?:\.([0-9]{1,6}))?)%</title>", body)
    if not match or float(match[1]) > 100:
        return None
    half_a_digit = Fraction(1, 2 * 10 ** len(match[2] or b""))
    return max(Fraction(match[1].decode()) - half_a_digit, Fraction(0)) / 100
