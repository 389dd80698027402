# SPDX-License-Identifier: MIT
"""Prometheus, and what speaks its query API: Thanos, Mimir, VictoriaMetrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from urllib.parse import urlsplit

from elytra_status.clock import to_text
from elytra_status.errors import SourceError
from elytra_status.model import BAD_STATES, MONITORS, Monitor, Report, State, replace
from elytra_status.settings import Settings, parts
from elytra_status.side_by_side import side_by_side
from elytra_status.sources import prometheus_figures
from elytra_status.sources.keys import key
from elytra_status.sources.prometheus_api import Labels, Vector, ask
from elytra_status.sources.source import Question, Source

NAME = "prometheus"
# As Uptime Kuma's own metric has them; of metrics such as probe_success and up there are the first two.
STATES = {0: State.DOWN, 1: State.UP, 2: State.PENDING, 3: State.MAINTENANCE}
# A series is down for certain where that is all that was seen in one of these times, and more than once. Prometheus
# gives a sample for five minutes at most: what is probed as seldom as that has two of them in the second.
CONFIRMED_IN = ("3m", "11m")
# A series that is not there now and was at one of these hours, or within the last, has stopped, and is not forgotten.
SEEN_IN = ("1d:1h", "1h")
# Labels whose values are no names: everybody has the same.
COMMON_LABELS = frozenset({"job", "monitor_type", "monitor_port"})
# What a look's time leaves for reading answers.
READING_SECONDS = 2.0


def sources(settings: Settings) -> list[Source]:
    """Return every Prometheus that the settings name."""
    return [Source(name, MONITORS, partial(look, part, name=name)) for name, part in parts(settings, NAME)]


def look(settings: Settings, question: Question, *, name: str = NAME) -> Report:
    """Ask once. Raise SourceError where the present values, or what there was before, do not come."""
    metric, ends = settings.prometheus_metric, time.monotonic() + question.seconds - READING_SECONDS
    now, seen, always_bad = _ask_all(
        settings,
        question.now,
        ends,
        metric,
        " or ".join(f"count_over_time({metric}[{length}])" for length in SEEN_IN),
        " or ".join(
            f"((max_over_time({metric}[{length}]) == 0) and (count_over_time({metric}[{length}]) >= 2))"
            for length in CONFIRMED_IN
        ),
    )
    series = {**seen.values, **now.values}
    keys = {labels: key(name, _text(labels)) for labels in series}
    monitors = []
    for labels in sorted(series):
        value = now.values.get(labels)
        state = State.UNKNOWN if value is None else _state(value)
        confirmed = state in BAD_STATES and labels in always_bad.values
        evidence = _evidence(value, confirmed, question.now)
        monitors.append(Monitor(keys[labels], _text(labels), state, confirmed=confirmed, evidence=evidence))
    if any(one.state in BAD_STATES and not one.confirmed for one in monitors):
        monitors = _with_times(settings, monitors, keys, question.now, ends)
    figures = prometheus_figures.figures(settings, keys, question, ends)
    stopped = len(series) - len(now.values)
    warnings = list(figures.warnings)
    if not series:
        warnings.append("PROMETHEUS_METRIC matches no series")
    if stopped:
        warnings.append(f"{stopped} series were there in the last day and are not now: unknown")
    is_partial = now.is_partial or seen.is_partial
    if is_partial:
        warnings.append("a part of what lies behind Prometheus did not answer: what it knows is unknown")
    texts = {text for labels in series for text in _private(labels)}
    return Report(
        name,
        MONITORS,
        monitors=tuple(replace(one, uptime=figures.uptimes[one.key], kept=figures.kept[one.key]) for one in monitors),
        complete=not is_partial,
        warnings=tuple(warnings),
        remembered=figures.remembered,
        private_names=frozenset(texts),
        private_hosts=frozenset(host for text in texts if (host := _host(text))),
    )


def _ask_all(settings: Settings, now: datetime, ends: float, *queries: str) -> list[Vector]:
    tasks: dict[str, tuple[float, Callable[[], Vector]]] = {
        query: (ends + READING_SECONDS - time.monotonic(), partial(ask, settings, query, now, ends))
        for query in queries
    }
    results = side_by_side(tasks)
    vectors = []
    for result in results.values():
        if isinstance(result, Exception):
            raise result
        vectors.append(result)
    return vectors


def _with_times(
    settings: Settings, monitors: list[Monitor], keys: Mapping[Labels, str], now: datetime, ends: float
) -> list[Monitor]:
    """Return monitors with the times of their samples, so that two looks do not take one of them for two."""
    try:
        times = ask(settings, f"timestamp({settings.prometheus_metric})", now, ends).values
    except SourceError:
        return monitors
    found = {keys[labels]: str(time) for labels, time in times.items() if labels in keys}
    return [replace(monitor, check=found.get(monitor.key, "")) for monitor in monitors]


def _state(value: Decimal) -> State:
    return STATES.get(int(value), State.UNKNOWN) if 0 <= value <= 3 and value == int(value) else State.UNKNOWN


def _evidence(value: Decimal | None, confirmed: bool, now: datetime) -> tuple[str, ...]:
    if value is None:
        return (f"no value at {to_text(now)}, and there was one within the last day",)
    seen = f"value {value:g} at {to_text(now)}"
    return (seen, "0 in every sample of the last minutes, and in two at least") if confirmed else (seen,)


def _text(labels: Labels) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels)


def _private(labels: Labels) -> Iterable[str]:
    """Return what the leak guard must search for: every value of a label that could be a name or an address."""
    for name, value in labels:
        if name not in COMMON_LABELS and value not in ("", "null", "true", "false") and not value.isdecimal():
            yield value


def _host(text: str) -> str:
    """Return the host of a URL, or of HOST:PORT as targets are written; '' where it is neither."""
    try:
        parts_of_it = urlsplit(text if "://" in text else f"//{text}")
        is_host = "://" in text or parts_of_it.port is not None or "." in text
        return (parts_of_it.hostname or "") if is_host and " " not in text else ""
    except ValueError:
        return ""
