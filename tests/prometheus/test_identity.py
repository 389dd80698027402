# SPDX-License-Identifier: MIT
"""Which series of Prometheus are one monitor, and expressions in place of a metric, with a real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from elytra_status import leak_guard
from elytra_status.model import State
from elytra_status.run import job, private_terms
from elytra_status.run.assess import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from elytra_status.settings.definitions import DEFAULT_INCIDENT_TEXT
from tests.conftest import MovableClock
from tests.in_process import run_command
from tests.prometheus import server
from tests.prometheus.server import Series
from tests.prometheus.test_prometheus import DAY, HOUR, MINUTE, NOW, Running, named, past, poll

Make = Callable[..., Settings]
TWO_OF_SEVEN = Fraction(2, 7)


def pod(name: str, *parts: tuple[timedelta, timedelta, float], **labels: str) -> Series:
    return Series({"job": "shop", "pod": f"shop-{name}", **labels}, [*past(*parts)])


DEPLOYED = [
    # There was a redeploy two days ago, and one six hours ago; the first of the three was down for its last two days.
    pod("1", (7 * DAY, 4 * DAY, 1), (4 * DAY, 2 * DAY, 0), instance="shop:80"),
    pod("2", (2 * DAY, 6 * HOUR, 1), instance="shop:80"),
    pod("3", (6 * HOUR, -MINUTE, 1), instance="shop:80"),
    pod("b", (7 * DAY, -MINUTE, 1), instance="blog:80"),
]
REPLICAS = [
    pod("1", (DAY, -MINUTE, 1), instance="shop:80"),
    pod("2", (DAY, 20 * MINUTE, 1), (20 * MINUTE, -MINUTE, 0), instance="shop:80"),
]
SERVICES = [
    Series({"namespace": "customer-a", "service": "web", "instance": "10.0.0.1:80"}, [*past((DAY, 6 * HOUR, 1))]),
    Series({"namespace": "customer-a", "service": "web", "instance": "10.0.0.2:80"}, [*past((6 * HOUR, -MINUTE, 1))]),
    Series({"namespace": "customer-b", "service": "web", "instance": "10.0.0.3:80"}, [*past((DAY, -MINUTE, 1))]),
]
KUMA = [
    Series(
        {"monitor_id": str(number), "monitor_name": f"Customer {number}", "monitor_type": "http", "critical": tag,
         "instance": "kuma:3001", "job": "kuma"},
        [*past((begin, end, 1))],
    )
    for number, tag, begin, end in ((1, "", DAY, HOUR), (1, "null", HOUR, -MINUTE), (2, "", DAY, -MINUTE))
]  # fmt: skip
# One that is checked every five minutes has failed its newest check; another has failed its last three.
FAILING = [
    Series({"instance": "once"}, [*past((DAY, 4 * MINUTE, 1), (4 * MINUTE, -MINUTE, 0))]),
    Series({"instance": "thrice"}, [*past((DAY, 10 * MINUTE, 1), (10 * MINUTE, -MINUTE, 0))]),
]
# Labels that are words of the documents.
WORDS = [
    Series(
        {"instance": "status:9100", "job": "maintenance", "team": "platform", "host": "platform", "env": "outage"},
        [*past((DAY, 10 * MINUTE, 1), (10 * MINUTE, -MINUTE, 0))],
    ),
    Series({"instance": "elytra-status:9100", "job": "website", "team": "status"}, [*past((DAY, -MINUTE, 1))]),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("prometheus") / "data"
    metrics = {"deployed": DEPLOYED, "replicas": REPLICAS, "services": SERVICES, "monitor_status": KUMA}
    for metric, series in {**metrics, "failing": FAILING, "words": WORDS}.items():
        server.write(directory, metric, series)
    with server.prometheus(directory) as url:
        yield Running(url)


@pytest.fixture
def of(running: Running, make_settings: Make) -> Make:
    return lambda metric, **more: make_settings(**{"PROMETHEUS_URL": running.url, "PROMETHEUS_METRIC": metric, **more})


def test_a_label_that_changes_at_a_redeploy_makes_no_new_monitor(of: Make) -> None:
    before = poll(of("deployed"), now=NOW - 8 * HOUR)
    report = poll(of("deployed"))
    assert {one.name: one.state for one in report.monitors} == {
        'instance="blog:80",job="shop"': State.UP,
        'instance="shop:80",job="shop"': State.UP,
    }
    assert {one.key for one in before.monitors} == {one.key for one in report.monitors}
    assert report.warnings == ()


def test_only_a_monitor_without_any_series_is_missing(of: Make) -> None:
    assert poll(of("deployed")).missing == frozenset()
    report = poll(of("deployed", PROMETHEUS_LABELS="pod"))
    assert report.missing == {named(report, "shop-2").key}


def test_the_figures_of_a_monitor_are_those_of_all_its_series(of: Make) -> None:
    shop = named(poll(of("deployed")), "shop:80")
    assert shop.uptime.last_24h == 1
    assert abs(shop.uptime.last_7d - (1 - TWO_OF_SEVEN)) < Fraction(1, 500)
    assert shop.uptime.last_30d is None
    assert shop.too_new == {"last_30d"}


def test_the_windows_of_one_monitor_agree(of: Make) -> None:
    for now in (NOW, NOW - 2 * DAY + HOUR, NOW - 3 * DAY):
        uptime = named(poll(of("deployed"), now=now), "shop:80").uptime
        if uptime.last_24h is not None and uptime.last_7d is not None:
            assert (1 - uptime.last_7d) * 7 >= (1 - uptime.last_24h) - Fraction(1, 10**6)


def test_of_two_series_of_one_monitor_the_worst_counts(of: Make) -> None:
    report = poll(of("replicas"))
    (shop,) = report.monitors
    assert (shop.state, shop.confirmed) == (State.DOWN, True)
    assert "the worst of 2 series" in shop.evidence[0]
    assert abs(shop.uptime.last_24h - Fraction(1440 - 20, 1440)) < Fraction(1, 200)
    (warning,) = map(str, report.warnings)
    assert "Set PROMETHEUS_LABELS" in warning
    # Whoever has set them knows.
    assert poll(of("replicas", PROMETHEUS_LABELS="instance")).warnings == ()
    apart = poll(of("replicas", PROMETHEUS_LABELS="instance,pod"))
    assert sorted(one.state.value for one in apart.monitors) == ["down", "up"]


def test_the_setting_names_the_labels_that_identify_a_monitor(of: Make) -> None:
    assert sorted(one.state.value for one in poll(of("services")).monitors) == ["unknown", "up", "up"]
    report = poll(of("services", PROMETHEUS_LABELS="namespace, service"))
    assert {one.name: one.state.value for one in report.monitors} == {
        'namespace="customer-a",service="web"': "up",
        'namespace="customer-b",service="web"': "up",
    }
    assert [one.uptime.last_24h for one in report.monitors] == [1, 1]


def test_labels_that_no_series_has_are_a_warning(of: Make) -> None:
    report = poll(of("services", PROMETHEUS_LABELS="team"))
    assert "3 series have none of PROMETHEUS_LABELS" in str(report.warnings[0])
    assert len(report.monitors) == 3


def test_a_tag_that_a_monitor_of_uptime_kuma_is_given_makes_no_new_monitor(of: Make) -> None:
    report = poll(of("monitor_status"))
    assert [one.state for one in report.monitors] == [State.UP, State.UP]
    assert [one.uptime.last_24h for one in report.monitors] == [1, 1]
    private = private_terms.private(of("monitor_status"), (report,))
    for text, refused in (("Customer 1", True), ("kuma", True), ("Customers", False)):
        body = json.dumps({"notes": f"see {text} there"}).encode()
        assert bool(leak_guard.search("status.json", body, "application/json", frozenset(), private)) is refused, text


def test_only_identifying_labels_are_private_names(of: Make) -> None:
    report = poll(of("services", PROMETHEUS_LABELS="namespace,service"))
    assert report.private_names == {"customer-a", "customer-b", "web"}
    assert poll(of("deployed")).private_names == {"shop:80", "blog:80"}
    assert poll(of("deployed")).private_hosts == {"shop", "blog"}


def test_a_target_that_was_removed_is_unknown_until_a_person_accepts_that(
    of: Make, running: Running, tmp_path: Path
) -> None:
    clock = MovableClock(NOW - 6 * HOUR - MINUTE)
    with server.telling(clock.now, running.url) as url:
        settings = of("deployed", PROMETHEUS_URL=url, PROMETHEUS_LABELS="pod")

        def published() -> str:
            return job.run(settings, clock, tmp_path).decision.status.value

        assert published() == "operational"
        clock.moment = NOW
        assert published() == "unknown"
        (gone,) = poll(settings).missing
        assert run_command(tmp_path, "monitors", "accept", gone) == 0
        clock.moment += timedelta(seconds=30)
        assert published() == "operational"


def test_labels_that_are_words_of_the_documents_keep_no_outage_from_the_public(
    of: Make, running: Running, tmp_path: Path
) -> None:
    clock = MovableClock(NOW)
    with server.telling(clock.now, running.url) as url:
        more = {
            "STATUS_URL": "https://status.example.com/status.json",
            "PROMETHEUS_LABELS": "instance,job,team,host,env",
        }
        outcome = job.run(of("words", PROMETHEUS_URL=url, **more), clock, tmp_path)
    assert outcome.withheld == ()
    status = json.loads((tmp_path / "public/status.json").read_bytes())
    assert (status["platform_status"], status["headline"]["text"]) == ("outage", "Service outage")
    assert [one["text"] for one in status["notices"]] == [DEFAULT_INCIDENT_TEXT]


# Expressions


@pytest.mark.parametrize("expression", ["max by (namespace) (services)", "min(services) by (namespace)"])
def test_an_expression_is_a_metric_too(of: Make, expression: str) -> None:
    report = poll(of(expression))
    assert {one.name: one.state.value for one in report.monitors} == {
        'namespace="customer-a"': "up",
        'namespace="customer-b"': "up",
    }
    assert [one.uptime.last_24h for one in report.monitors] == [1, 1]
    assert {one.key for one in report.monitors} == {
        one.key for one in poll(of(expression), now=NOW - 8 * HOUR).monitors
    }


def test_an_expression_that_gives_no_value_any_more_is_unknown(of: Make) -> None:
    report = poll(of("max by (pod) (deployed{pod=~'shop-[23]'})"))
    assert {one.name: one.state.value for one in report.monitors} == {'pod="shop-2"': "unknown", 'pod="shop-3"': "up"}


def test_one_sample_confirms_nothing_however_often_an_expression_is_evaluated(of: Make, running: Running) -> None:
    expression = "max by (instance) (failing)"
    for seconds in range(0, 240, 30):
        assert not named(poll(of(expression), now=NOW + timedelta(seconds=seconds) - 4 * MINUTE), "once").confirmed
    clock = MovableClock(NOW - 3 * MINUTE)
    with server.telling(clock.now, running.url) as url:
        once = of(expression.replace("failing", "failing{instance='once'}"), PROMETHEUS_URL=url)
        assert assess(once, clock, SavedState(), confirming=True).decision.status.value == "degraded"
    thrice = named(poll(of(expression)), "thrice")
    assert (thrice.state, thrice.confirmed) == (State.DOWN, True)
