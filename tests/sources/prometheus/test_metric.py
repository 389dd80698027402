# SPDX-License-Identifier: MIT
"""PROMETHEUS_METRIC, and the labels that identify a monitor. tests/prometheus queries a real Prometheus."""

from __future__ import annotations

import pytest

from elytra_status.sources.prometheus.metric import Labels, Metric, identity


@pytest.mark.parametrize(
    ("text", "is_selector"),
    [
        ("up", True),
        (" probe_success ", True),
        ("job:up:rate5m", True),
        ('up{job="a"}', True),
        ("up{job='a}b', x=~\"c{2}\"}", True),
        ('{__name__="up"}', True),
        ("up{a=`}`}", True),
        ("up offset 5m", False),
        ("up or probe_success", False),
        ("max by (instance) (up)", False),
        ('max by (instance) (up{a="b"})', False),
        ("up == 1", False),
        ("max(up)", False),
        ('up{a="b"} * up{a="c"}', False),
    ],
)
def test_what_is_a_selector(text: str, is_selector: bool) -> None:
    assert Metric(text).is_selector is is_selector


def labels(**pairs: str) -> Labels:
    return tuple(sorted(pairs.items()))


BLACKBOX = labels(instance="https://a.example", job="blackbox", pod="x")
KUMA_2 = labels(instance="kuma:3001", job="kuma", monitor_id="1", monitor_name="A", critical="null")
KUMA_1 = labels(instance="kuma:3001", job="kuma", monitor_name="A", monitor_type="http", pod="x")


@pytest.mark.parametrize(
    ("metric", "series", "expected"),
    [
        (Metric("up"), BLACKBOX, ("instance", "job")),
        (Metric("up"), labels(instance="a", pod="x"), ("instance",)),
        (Metric("up"), labels(pod="x", service="y"), ("pod", "service")),
        (Metric("up", ("service", "pod")), BLACKBOX, ("pod",)),
        (Metric("up", ("team",)), BLACKBOX, ("instance", "job", "pod")),
        (Metric("max by (instance, pod) (up)"), labels(instance="a", pod="x"), ("instance", "pod")),
        (Metric("monitor_status"), KUMA_2, ("instance", "job", "monitor_id")),
        (Metric("monitor_status{a='b'}"), KUMA_1, ("instance", "job", "monitor_name", "monitor_type")),
        (Metric("monitor_status", ("monitor_name",)), KUMA_2, ("monitor_name",)),
    ],
)
def test_the_labels_that_identify_a_monitor(metric: Metric, series: Labels, expected: tuple[str, ...]) -> None:
    found = identity(series, metric.identifying([series]))
    assert tuple(name for name, _ in found) == expected
