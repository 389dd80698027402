# SPDX-License-Identifier: MIT
"""Prometheus and compatible servers: Thanos, Mimir, VictoriaMetrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.errors import NoAnswerError
from elytra_status.model import BAD_STATES, MONITORS, Monitor, Report, ReportProblem, State, number_of, replace
from elytra_status.net.concurrency import run_all
from elytra_status.net.hosts import host_of
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.sources.keys import key
from elytra_status.sources.kuma.responses import worst_state
from elytra_status.sources.prometheus import figures as prometheus_figures
from elytra_status.sources.prometheus.api import InstantQuery, Vector, instant_query
from elytra_status.sources.prometheus.metric import KUMA_NAMES, Labels, Metric, identity
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Deadline, to_text

NAME = "prometheus"
# The values of Uptime Kuma's own metric. Metrics such as probe_success and up have the first two.
STATES = {0: State.DOWN, 1: State.UP, 2: State.PENDING, 3: State.MAINTENANCE}
# Labels whose values are not names: they are the same everywhere.
COMMON_LABELS = frozenset({"job", "monitor_type", "monitor_port"})
# Stands for the time of a sample if there is none: two polls may have seen the same sample.
NO_SAMPLE = "no sample of its own"
# How many seconds of a poll are reserved for reading answers.
READING_SECONDS = 2.0

_PARTIAL = ReportProblem(
    "a store behind Prometheus did not answer, so the monitors in it are unknown",
    "See which store or query backend is down",
)


def sources(settings: Settings) -> list[Source]:
    """Return every Prometheus in the settings."""
    return [
        Source(name, MONITORS, partial(poll, part, name=name), expected=_expected(part))
        for name, part in parts(settings, NAME)
    ]


def _expected(settings: Settings) -> Expected:
    """Return what the settings expect of the monitors of a Prometheus."""
    # Other labels make other monitors.
    scope = scope_of(settings.prometheus_url, settings.prometheus_metric, *settings.prometheus_labels)
    return Expected(
        scope=scope, absent="no value any more", remedy="See whether its target was removed, or its exporter is down"
    )


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Query Prometheus once.

    Raise NoAnswerError if the present values, or those of the last day, are not available.
    """
    metric, query = Metric(settings.prometheus_metric, settings.prometheus_labels), partial(instant_query, settings)
    deadline = request.deadline().earlier(READING_SECONDS)
    now, seen, always_bad = _query_all(
        query, request.now, deadline, metric.text, metric.seen_lately(), metric.always_bad()
    )
    series = {**seen.values, **now.values}
    names = metric.identifying(series)
    identities = {labels: identity(labels, names) for labels in series}
    keys = {one: key(name, _text(one)) for one in identities.values()}
    present: dict[Labels, dict[Labels, Decimal]] = {}
    for labels, value in now.values.items():
        present.setdefault(identities[labels], {})[labels] = value
    titles = {identities[labels]: _text(_private_labels(labels, identities[labels], metric)) for labels in series}
    monitors = [_monitor(keys[one], titles[one], present.get(one, {}), always_bad, request.now) for one in sorted(keys)]
    if any(one.state in BAD_STATES and not one.confirmed for one in monitors):
        keys_now = {labels: keys[identities[labels]] for labels in now.values}
        monitors = _with_times(query, metric, monitors, keys_now, request.now, deadline)
    is_grouped = any(labels != one for labels, one in identities.items())
    watched = prometheus_figures.Watched(metric, names if is_grouped else (), keys)
    figures = prometheus_figures.figures(query, watched, request, deadline)
    stopped = len(keys) - len(present)
    warnings = [
        *figures.warnings,
        *_about_identities(settings.prometheus_labels, metric, now, present, names, identities),
    ]
    if not series:
        warnings.append(Problem("PROMETHEUS_METRIC matches no series", "Correct PROMETHEUS_METRIC"))
    if stopped:
        count = number_of(stopped, "monitor", "is", "are")
        warnings.append(Problem(f"{count} missing (no value now, but one within the last day)"))
    is_partial = now.is_partial or seen.is_partial
    texts = {text for labels, one in identities.items() for text in _private(_private_labels(labels, one, metric))}
    return Report(
        name,
        MONITORS,
        monitors=tuple(_with_figures(one, figures) for one in monitors),
        complete=not is_partial,
        missing=frozenset(keys[one] for one in keys if one not in present),
        problems=(_PARTIAL,) if is_partial else (),
        warnings=tuple(warnings),
        saved=figures.saved,
        private_names=frozenset(texts),
        private_hosts=frozenset(host for text in texts if (host := _host(text))),
    )


def _monitor(key: str, title: str, series: Mapping[Labels, Decimal], always_bad: Vector, now: datetime) -> Monitor:
    state, confirmed, evidence = _judge(series, always_bad, now)
    by = "every sample of the last minutes, and by two at least" if confirmed else ""
    return Monitor(key, title, state, confirmed=confirmed, confirmed_by=by, evidence=(evidence,))


def _with_figures(monitor: Monitor, figures: prometheus_figures.PrometheusFigures) -> Monitor:
    key = monitor.key
    return replace(monitor, uptime=figures.uptimes[key], kept=figures.kept[key], too_new=figures.too_new[key])


def _judge(series: Mapping[Labels, Decimal], always_bad: Vector, now: datetime) -> tuple[State, bool, str]:
    """Return the state of a monitor, whether it is confirmed, and its evidence.

    The worst of its series counts.
    """
    if not series:
        return State.UNKNOWN, False, f"missing (no value at {to_text(now)}, but one within the last day)"
    states = {labels: _state(value) for labels, value in series.items()}
    state = worst_state(*states.values())
    worst_series = sorted(labels for labels, one in states.items() if one is state)
    confirmed = state in BAD_STATES and any(labels in always_bad.values for labels in worst_series)
    among = f", the worst of {len(series)} series" if len(series) > 1 else ""
    return state, confirmed, f"value {float(series[worst_series[0]]):g} at {to_text(now)}{among}"


def _about_identities(
    labels_set: tuple[str, ...],
    metric: Metric,
    now: Vector,
    present: Mapping[Labels, Mapping[Labels, Decimal]],
    names: tuple[str, ...],
    identities: Mapping[Labels, Labels],
) -> list[Problem]:
    """Return warnings about labels that do not distinguish monitors."""
    warnings = []
    if len(present) < len(now.values) and not labels_set:
        warnings.append(
            Problem(
                f"{len(now.values)} series have only {len(present)} different values of {', '.join(names)}, so the"
                " worst of several counts",
                "Set PROMETHEUS_LABELS to the labels that identify a monitor",
            )
        )
    without = [labels for labels, one in identities.items() if not {label for label, _ in one} & set(names)]
    if labels_set and without:
        warnings.append(
            Problem(
                f"{len(without)} series have none of PROMETHEUS_LABELS, so all of their labels identify them",
                "Correct PROMETHEUS_LABELS",
            )
        )
    return warnings


def _query_all(query: InstantQuery, now: datetime, deadline: Deadline, *texts: str) -> list[Vector]:
    tasks: dict[str, tuple[float, Callable[[], Vector]]] = {
        text: (deadline.left() + READING_SECONDS, partial(query, text, now, deadline)) for text in texts
    }
    results = run_all(tasks, deadline.clock)
    vectors = []
    for result in results.values():
        if isinstance(result, Exception):
            raise result
        vectors.append(result)
    return vectors


def _with_times(
    query: InstantQuery,
    metric: Metric,
    monitors: list[Monitor],
    keys: Mapping[Labels, str],
    now: datetime,
    deadline: Deadline,
) -> list[Monitor]:
    """Return monitors with the times of their samples.

    Two polls then do not count one sample twice. `keys` are the keys of the monitors, by series.
    """
    if not metric.is_selector:
        return [replace(monitor, check=NO_SAMPLE) for monitor in monitors]
    try:
        times = query(f"timestamp({metric.text})", now, deadline).values
    except NoAnswerError:
        return monitors
    found: dict[str, list[str]] = {}
    for labels, moment in times.items():
        if labels in keys:
            found.setdefault(keys[labels], []).append(str(moment))
    # The oldest sample of several series: while it is the same, not all series have been checked again.
    return [replace(monitor, check=min(found.get(monitor.key, [""]))) for monitor in monitors]


def _state(value: Decimal) -> State:
    return STATES.get(int(value), State.UNKNOWN) if 0 <= value <= 3 and value == int(value) else State.UNKNOWN


def _text(labels: Labels) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels)


def _private_labels(labels: Labels, identifying: Labels, metric: Metric) -> Labels:
    """Return the labels of a series that may hold a name or an address.

    They are those that identify it, and Uptime Kuma's.
    """
    return tuple(pair for pair in labels if pair in identifying or (metric.is_kuma and pair[0] in KUMA_NAMES))


def _private(labels: Labels) -> Iterable[str]:
    """Return every value that could be a name or an address, for the leak guard."""
    for name, value in labels:
        if name not in COMMON_LABELS and value not in ("", "null", "true", "false") and not value.isdecimal():
            yield value


def _host(text: str) -> str:
    """Return the host in a label's value, a URL or a target such as HOST:PORT.

    Return '' for any other value, such as a service.
    """
    return host_of(text) if ":" in text or "." in text else ""
