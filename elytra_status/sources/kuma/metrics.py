# SPDX-License-Identifier: MIT
"""Read /metrics of Uptime Kuma 1.23 and 2.x, in Prometheus' text format.

The library of Prometheus accepts many invalid lines, so each line is checked first: a line that is skipped could be the
one that says that a monitor is down.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.net.libraries import load_metrics_parser
from elytra_status.sources.kuma.responses import (
    NOT_KUMA,
    Metrics,
    MonitorSeries,
    is_critical,
    ratio_of,
    state_of_number,
    worst_state,
)
from elytra_status.system.clock import moment_of

# The families that matter. A line break inside a label is written as \n, so the text can be split into lines.
_FAMILIES = (b"monitor_status{", b"monitor_uptime_ratio{", b"app_version{", b"process_start_time_seconds ")
_OF_MONITORS = ("monitor_status", "monitor_uptime_ratio")
# The ratio of a year is not used. A state may have this label too: in Uptime Kuma 2 each tag is a label.
_RATIO, _OF_A_YEAR = b"monitor_uptime_ratio{", b',window="365d"}'
_LABEL = rb'[a-zA-Z_][a-zA-Z0-9_]*="[^"\\]*(?:\\.[^"\\]*)*"'
_LINE = re.compile(rb"[a-z_]+(?:\{(?:%b(?:,%b)*)?\})? +[-+]?[0-9a-zA-Z.+-]+\s*" % (_LABEL, _LABEL))
# How many lines are parsed at once: a compromise between time and memory.
_BATCH = 1000
_LONGEST_LINE = 16 * 1024
# A text with more monitors is not from Uptime Kuma, and would need much memory.
MOST_MONITORS = 50_000
_PLAIN = ("monitor_name", "monitor_type", "monitor_url", "monitor_hostname", "monitor_port")
_RATIOS = {"1d": "ratio_1d", "30d": "ratio_30d"}


def read_metrics(body: bytes) -> Metrics:
    """Return what the text of /metrics says.

    Raise SourceError if it is malformed or incomplete.
    """
    found: dict[Any, dict[str, Any]] = {}
    version: str | None = None
    started: datetime | None = None
    for name, labels, value in _samples(body):
        if name == "app_version":
            version = labels.get("version", "")
        elif name == "process_start_time_seconds":
            started = _moment(value)
        else:
            if name not in _OF_MONITORS or "monitor_name" not in labels:
                raise _unreadable()
            _take_sample(found, name, labels, value)
            if len(found) > MOST_MONITORS:
                raise SourceError(f"/metrics holds more than {MOST_MONITORS} monitors", NOT_KUMA)
    # The version comes last of what is read here, and the text ends with a line break. Without them it is incomplete.
    if version is None or not body.endswith(b"\n"):
        raise SourceError("/metrics is not from Uptime Kuma, or incomplete", NOT_KUMA)
    # A ratio without a status belongs to no current monitor.
    series = (MonitorSeries(**entry) for entry in found.values() if entry["state"] is not None)
    return Metrics(tuple(series), version, started)


def _samples(body: bytes) -> Iterator[tuple[str, dict[str, str], float]]:
    parse = load_metrics_parser().text_string_to_metric_families
    lines = (
        line
        for line in _lines(body)
        if line.startswith(_FAMILIES) and not (_OF_A_YEAR in line and line.startswith(_RATIO))
    )
    while batch := list(itertools.islice(lines, _BATCH)):
        if max(map(len, batch)) > _LONGEST_LINE or not all(map(_LINE.fullmatch, batch)):
            raise _unreadable()
        try:
            text = b"".join(batch).decode("utf-8")
            for family in parse(text):
                for sample in family.samples:
                    yield sample.name, sample.labels, sample.value
        except UnicodeDecodeError:
            raise SourceError("/metrics is not UTF-8", NOT_KUMA) from None
        except (ValueError, KeyError, IndexError, TypeError):
            raise _unreadable() from None


def _lines(body: bytes) -> Iterator[bytes]:
    """Yield each line, of a long one only its beginning.

    It may be as large as the body.
    """
    file = io.BytesIO(body)
    while line := file.readline(_LONGEST_LINE + 1):
        yield line
        while len(line) > _LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(_LONGEST_LINE + 1)


def _unreadable() -> SourceError:
    return SourceError("/metrics holds a line that cannot be read", NOT_KUMA)


def _take_sample(found: dict[Any, dict[str, Any]], name: str, labels: dict[str, str], value: float) -> None:
    def label(key: str) -> str:
        text = labels.get(key, "")
        return "" if text == "null" else text

    identifier = int(label("monitor_id")) if re.fullmatch("[0-9]{1,9}", label("monitor_id")) else None
    # A ratio also has this label, and a tag may have the same name.
    window = labels.pop("window", "")
    together = frozenset(labels.items())
    entry = found.get(together)
    if entry is None:
        plain = tuple(map(label, _PLAIN))
        fields = dict(zip(("name", "kind", "url", "host", "port"), plain, strict=True))
        new = {"identifier": identifier, "state": None, "labels": together, **fields}
        entry = found.setdefault(plain if identifier is None else together, new)
    if name == "monitor_status":
        state = state_of_number(value)
        entry["state"] = state if entry["state"] is None else worst_state(entry["state"], state)
        # Uptime Kuma 2 makes a label of each tag.
        entry["critical"] = entry.get("critical", False) or any(map(is_critical, labels))
    elif ratio := _RATIOS.get(window):
        entry[ratio] = _lower(entry[ratio], ratio_of(value)) if ratio in entry else ratio_of(value)


def _lower(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return min(one, other) if one is not None and other is not None else None


def _moment(seconds: float) -> datetime | None:
    try:
        return moment_of(seconds)
    except ValueError:
        return None
