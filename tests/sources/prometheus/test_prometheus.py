# SPDX-License-Identifier: MIT
"""Prometheus with a stand-in that answers each query. tests/prometheus queries a real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.model import INCOMPLETE, Report, Uptime
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.prometheus.prometheus import NO_SAMPLE
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.hostile_s3 import HostileS3, Reply, Request

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Settings]
# The value of each series, by its labels.
Values = Mapping[str, Any]


@dataclass
class Prometheus:
    """The stand-in: the answer to each kind of query. `partial` are the kinds that are answered in part.

    The labels of a series are written as "instance=a job=b".
    """

    now: Values = field(default_factory=dict)
    seen: Values = field(default_factory=dict)
    always_bad: Values = field(default_factory=dict)
    times: Values | None = field(default_factory=dict)
    ratios: Mapping[str, Values] = field(default_factory=dict)
    points: Mapping[str, Values] = field(default_factory=dict)
    first: Values = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)
    queries: list[str] = field(default_factory=list)

    def kind(self, query: str) -> tuple[str, Values | None]:
        """Return the kind of a query and the answer to it."""
        window = next((one for one in ("24h", "7d", "30d") if f"[{one}" in query), "")
        if "[1d:1h]" in query:
            return "seen", self.seen
        if "max_over_time" in query:
            return "always_bad", self.always_bad
        if query.startswith("min_over_time(timestamp("):
            return "first", self.first
        if query.startswith("timestamp("):
            return "times", self.times
        if query.startswith("count_over_time(") and "/" not in query:
            return "points", self.points.get(window, {})
        return ("ratios", self.ratios.get(window, {})) if window else ("now", self.now)

    def answer(self, request: Request) -> Reply:
        query = request.query["query"]
        kind, values = self.kind(query)
        self.queries.append(query)
        if values is None:
            return Reply(422, b"{}")
        result = [
            {"metric": dict(pair.split("=", 1) for pair in labels.split()), "value": [0, str(value)]}
            for labels, value in values.items()
        ]
        body: dict[str, Any] = {"status": "success", "data": {"resultType": "vector", "result": result}}
        if kind in self.partial:
            body["warnings"] = ["store gateway b: timeout"]
        return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def prometheus(hostile: HostileS3) -> Prometheus:
    found = Prometheus()
    hostile.answer = found.answer
    return found


@pytest.fixture
def poll(prometheus: Prometheus, hostile: HostileS3, make_settings: Make) -> Callable[..., Report]:
    def of(metric: str = "up", saved: Mapping[str, Any] | None = None, now: datetime = NOW, **more: str) -> Report:
        settings = make_settings(PROMETHEUS_URL=hostile.url, PROMETHEUS_METRIC=metric, **more)
        (source,) = configured(settings)
        return source.poll(PollRequest(now, 10, saved=saved or {}, clock=SYSTEM_CLOCK))

    return of


Poll = Callable[..., Report]


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("0", "down"),
        ("1", "up"),
        ("2", "pending"),
        ("3", "maintenance"),
        ("4", "unknown"),
        ("0.5", "unknown"),
        ("2.5", "unknown"),
        ("-1", "unknown"),
    ],
)
def test_each_value_is_a_state_or_unknown(value: str, state: str, prometheus: Prometheus, poll: Poll) -> None:
    prometheus.now = {"instance=a": value}
    (found,) = poll().monitors
    assert found.state.value == state
    assert found.evidence == (f"value {value} at 2026-03-01T12:00:30Z",)


@pytest.mark.parametrize(
    ("series", "bad", "state", "confirmed"),
    [
        ({"x": 1, "y": 1}, [], "up", False),
        ({"x": 1, "y": 0}, [], "down", False),
        ({"x": 1, "y": 0}, ["y"], "down", True),
        ({"x": 0, "y": 0}, ["y"], "down", True),
        # A failure before the newest sample confirms nothing.
        ({"x": 1, "y": 0}, ["x"], "down", False),
        ({"x": 1, "y": 1}, ["x"], "up", False),
        ({"x": 1, "y": 3}, ["x", "y"], "maintenance", False),
    ],
)
def test_the_worst_series_of_a_monitor_counts_and_what_it_did_in_the_last_minutes_confirms_it(
    series: dict[str, int], bad: list[str], state: str, confirmed: bool, prometheus: Prometheus, poll: Poll
) -> None:
    prometheus.now = {f"instance=a pod={pod}": value for pod, value in series.items()}
    prometheus.always_bad = {f"instance=a pod={pod}": 0 for pod in bad}
    (found,) = poll().monitors
    assert (found.state.value, found.confirmed) == (state, confirmed)
    assert bool(found.confirmed_by) is confirmed
    assert found.evidence[0].endswith("at 2026-03-01T12:00:30Z, the worst of 2 series")


def test_a_monitor_without_a_value_now_is_missing(prometheus: Prometheus, poll: Poll) -> None:
    prometheus.seen = {"instance=a": 5, "instance=b": 5, "instance=c pod=1": 5}
    prometheus.now = {"instance=a": 1, "instance=c pod=2": 1}
    report = poll()
    found = {one.name: one for one in report.monitors}
    assert {name: one.state.value for name, one in found.items()} == {
        'instance="a"': "up",
        'instance="b"': "unknown",
        'instance="c"': "up",
    }
    missing = found['instance="b"']
    assert report.missing == {missing.key}
    assert missing.evidence == ("missing (no value at 2026-03-01T12:00:30Z, but one within the last day)",)
    assert tuple(map(str, report.warnings)) == ("1 monitor is missing (no value now, but one within the last day)",)
    assert (report.complete, report.problems) == (True, ())


def test_a_metric_that_matches_nothing_is_a_warning(prometheus: Prometheus, poll: Poll) -> None:
    assert tuple(map(str, poll().warnings)) == ("PROMETHEUS_METRIC matches no series. Correct PROMETHEUS_METRIC.",)


@pytest.mark.parametrize("part", ["now", "seen"])
def test_values_or_earlier_values_in_part_make_the_answer_incomplete(
    part: str, prometheus: Prometheus, poll: Poll
) -> None:
    prometheus.now = {"instance=a": 1}
    prometheus.partial = {part}
    report = poll()
    assert (report.complete, [one.kind for one in report.problems]) == (False, [INCOMPLETE])


# The time of a sample: while it is the same, two polls saw one check


def test_a_failure_that_is_not_confirmed_has_the_time_of_its_oldest_sample(prometheus: Prometheus, poll: Poll) -> None:
    prometheus.now = {"instance=a pod=x": 0, "instance=a pod=y": 0, "instance=b": 1}
    prometheus.times = {"instance=a pod=x": 1_800_000_005, "instance=a pod=y": 1_800_000_002, "instance=z": 5}
    a, b = poll().monitors
    assert a.check == "1800000002.0"
    assert b.check == ""
    prometheus.times = None
    assert [one.check for one in poll().monitors] == ["", ""]


@pytest.mark.parametrize(("value", "bad"), [(1, {}), (0, {"instance=a": 0}), (4, {})])
def test_nothing_else_asks_for_times(value: int, bad: Values, prometheus: Prometheus, poll: Poll) -> None:
    prometheus.now, prometheus.always_bad = {"instance=a": value}, bad
    poll()
    assert not [query for query in prometheus.queries if query.startswith("timestamp(")]


def test_an_expression_has_no_sample_of_its_own(prometheus: Prometheus, poll: Poll) -> None:
    prometheus.now = {"instance=a": 0}
    assert [one.check for one in poll("max by (instance) (up)").monitors] == [NO_SAMPLE]


# Labels


def test_series_that_the_usual_labels_do_not_distinguish_are_a_warning(prometheus: Prometheus, poll: Poll) -> None:
    prometheus.now = {"instance=a pod=x": 1, "instance=a pod=y": 1, "instance=b": 1}
    words = "3 series have only 2 different values of instance, so the worst of several counts"
    assert [one.problem for one in poll().warnings] == [words]
    assert poll(PROMETHEUS_LABELS="instance").warnings == ()
    assert poll(PROMETHEUS_LABELS="team, instance").warnings == ()
    (warning,) = poll(PROMETHEUS_LABELS="pod").warnings
    assert str(warning) == (
        "1 series have none of PROMETHEUS_LABELS, so all of their labels identify them. Correct PROMETHEUS_LABELS."
    )
    prometheus.now = {"instance=a pod=x": 1, "instance=b pod=x": 1}
    assert poll().warnings == ()


@pytest.mark.parametrize(
    ("metric", "labels", "names", "hosts"),
    [
        ("up", "instance=db.internal:9100 job=node team=acme", {"db.internal:9100"}, {"db.internal"}),
        ("up", "job=node", set(), set()),
        ("up", "service=shop code=200 flag=true none=null", {"shop"}, set()),
        ("up", "instance=localhost:80", {"localhost:80"}, {"localhost"}),
        ("up", "instance=shop", {"shop"}, set()),
        (
            "monitor_status",
            "monitor_id=1 monitor_name=Acme monitor_url=https://acme.example/x monitor_type=http team=blue",
            {"Acme", "https://acme.example/x"},
            {"acme.example"},
        ),
    ],
)
def test_names_and_hosts_in_labels_that_identify_are_private(
    metric: str, labels: str, names: set[str], hosts: set[str], prometheus: Prometheus, poll: Poll
) -> None:
    prometheus.now = {labels: 1}
    report = poll(metric)
    assert (report.private_names, report.private_hosts) == (names, hosts)


# Figures


def whole(ratio: float | str = 1, *, points: tuple[int, int, int] = (144, 168, 180)) -> dict[str, Any]:
    """Return the figures of a monitor for all windows, observed at this many points."""
    windows = ("24h", "7d", "30d")
    return {
        "ratios": {window: {"instance=a": ratio} for window in windows},
        "points": {window: {"instance=a": count} for window, count in zip(windows, points, strict=True)},
    }


def uptime(report: Report) -> Uptime:
    (monitor,) = report.monitors
    return monitor.uptime


def given(prometheus: Prometheus, **figures: Any) -> None:
    prometheus.now = {"instance=a": 1}
    for name, value in figures.items():
        setattr(prometheus, name, value)


@pytest.mark.parametrize(
    ("points", "expected"),
    [((72, 84, 90), (True, True, True)), ((71, 83, 89), (False, False, False)), ((144, 84, 0), (True, True, False))],
)
def test_a_window_has_a_figure_if_half_of_its_points_have_a_sample(
    points: tuple[int, int, int], expected: tuple[bool, ...], prometheus: Prometheus, poll: Poll
) -> None:
    given(prometheus, **whole("0.25", points=points))
    half = Fraction(1, 4)
    assert uptime(poll()) == Uptime(*(half if known else None for known in expected))
    given(prometheus, **whole("0.25") | {"points": {}})
    assert uptime(poll()) == Uptime()


@pytest.mark.parametrize(
    ("value", "ratio"), [("1.5", 1), ("-0.5", 0), ("0", 0), ("1", 1), ("0.9999999999", 1 - Fraction(1, 10**9))]
)
def test_a_ratio_lies_between_0_and_1_and_is_never_rounded_up(
    value: str, ratio: Fraction, prometheus: Prometheus, poll: Poll
) -> None:
    given(prometheus, **whole(value))
    assert uptime(poll()).last_7d == ratio


def test_figures_are_used_for_an_hour_and_kept_after_that_if_there_is_no_answer(
    prometheus: Prometheus, poll: Poll
) -> None:
    given(prometheus, **whole("0.5"), first={"instance=a": int((NOW - 20 * DAY).timestamp())})
    first = poll()
    assert first.monitors[0].kept == frozenset()
    given(prometheus, **whole("0.25"))
    soon = poll(saved=first.saved, now=NOW + HOUR - timedelta(seconds=1))
    assert uptime(soon).last_24h == Fraction(1, 2)
    assert soon.monitors[0].kept == {"last_24h", "last_7d", "last_30d"}
    prometheus.partial = {"points"}
    later = poll(saved=first.saved, now=NOW + HOUR)
    assert uptime(later).last_30d == Fraction(1, 2)
    assert [str(one) for one in later.warnings] == [
        f"a store behind Prometheus did not answer (uptime of {window}); earlier figures are used. See its own"
        " warnings."
        for window in ("24h", "7d", "30d")
    ]
    prometheus.partial = {"first"}
    later = poll(saved=first.saved, now=NOW + HOUR)
    assert uptime(later) == Uptime(Fraction(1, 4), Fraction(1, 4), Fraction(1, 4))
    assert ["(age of the monitors)" in one.problem for one in later.warnings] == [True]
    # What was queried is not queried again.
    prometheus.queries.clear()
    poll(saved=later.saved, now=NOW + HOUR)
    assert not [query for query in prometheus.queries if "[30d" in query or "[7d" in query]


def test_a_figure_that_there_is_no_longer_is_not_kept(prometheus: Prometheus, poll: Poll) -> None:
    given(prometheus, **whole())
    first = poll()
    given(prometheus, ratios={}, points={})
    assert uptime(poll(saved=first.saved, now=NOW + HOUR)) == Uptime()


@pytest.mark.parametrize(
    ("ago", "too_new"),
    [
        (12 * HOUR - timedelta(seconds=1), {"last_24h", "last_7d", "last_30d"}),
        (12 * HOUR, {"last_7d", "last_30d"}),
        (3.5 * DAY, {"last_30d"}),
        (15 * DAY, set()),
    ],
)
def test_a_monitor_is_too_new_for_windows_that_were_half_over_before_it(
    ago: timedelta, too_new: set[str], prometheus: Prometheus, poll: Poll
) -> None:
    given(prometheus, first={"instance=a": int((NOW - ago).timestamp())})
    report = poll()
    assert report.monitors[0].too_new == too_new
    # It stays known.
    given(prometheus, first={})
    assert poll(saved=report.saved, now=NOW).monitors[0].too_new == too_new


def test_a_beginning_that_is_not_known_makes_no_monitor_too_new(prometheus: Prometheus, poll: Poll) -> None:
    given(prometheus, first={"instance=a": "1e300", "instance=b": int(NOW.timestamp())})
    assert poll().monitors[0].too_new == set()


@pytest.mark.parametrize(("monitors", "step"), [(500, "5m"), (501, "30m")])
def test_many_monitors_are_evaluated_in_larger_steps(
    monitors: int, step: str, prometheus: Prometheus, poll: Poll
) -> None:
    prometheus.now = {f"instance={number} pod=x": 1 for number in range(monitors)}
    poll()
    ratios = [query for query in prometheus.queries if query.startswith("avg_over_time(")]
    assert sorted(ratios) == sorted(
        f"avg_over_time((min by (instance) (up))[{window}:{step}])" for window in ("24h", "7d", "30d")
    )
    prometheus.queries.clear()
    poll("max by (instance) (up)")
    assert f"avg_over_time((max by (instance) (up))[7d:{step}])" in prometheus.queries


def test_a_selector_whose_labels_all_identify_has_the_mean_of_its_samples(prometheus: Prometheus, poll: Poll) -> None:
    prometheus.now = {"instance=a": 1}
    poll()
    assert "avg_over_time(up[7d])" in prometheus.queries


def test_of_uptime_kumas_metric_pending_is_up_and_maintenance_does_not_count(
    prometheus: Prometheus, poll: Poll
) -> None:
    prometheus.now = {"monitor_id=1": 1}
    poll("monitor_status")
    up = "count_over_time(((monitor_status == 1) or (monitor_status == 2))[7d:5m])"
    counted = "count_over_time((monitor_status != 3)[7d:5m])"
    assert f"({up} or 0 * {counted}) / {counted}" in prometheus.queries
