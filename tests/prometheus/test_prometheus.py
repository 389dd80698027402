# SPDX-License-Identifier: MIT
"""Prometheus as a source, with a real one that has a past of a month."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status import leak_guard
from elytra_status.decision import policy
from elytra_status.errors import NoAnswerError
from elytra_status.model import Facts, Monitor, Report
from elytra_status.run import private_terms
from elytra_status.run.assess import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.prometheus import prometheus
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.polls import Polls, missing_keys
from tests.prometheus import server
from tests.prometheus.server import PASSWORD, PASSWORD_HASH, USER, Series, every

NOW = datetime(2026, 3, 31, 12, 0, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JSON = {"Content-Type": "application/json"}
Make = Callable[..., Settings]


def past(*parts: tuple[timedelta, timedelta, float], step: timedelta = 5 * MINUTE) -> Iterator[tuple[datetime, float]]:
    """Yield samples: each part with its beginning and end in the past, and one value."""
    for begin, end, value in parts:
        yield from every(step, NOW - begin, NOW - end, value)


PROBED = [
    Series({"instance": "https://client-up.example.com", "job": "blackbox"}, [*past((30 * DAY, -MINUTE, 1))]),
    # Two hours down, 100 hours ago.
    Series(
        {"instance": "https://client-was-down.example.com", "job": "blackbox"},
        [*past((30 * DAY, 100 * HOUR, 1), (100 * HOUR, 98 * HOUR, 0), (98 * HOUR, -MINUTE, 1))],
    ),
    # Down for the last six minutes, by samples of every minute.
    Series(
        {"instance": "https://client-down.example.com", "job": "blackbox"},
        [*past((2 * HOUR, 6 * MINUTE, 1), (6 * MINUTE, -MINUTE, 0), step=MINUTE)],
    ),
    # Its samples ended an hour ago.
    Series({"instance": "https://client-stopped.example.com", "job": "blackbox"}, [*past((DAY, HOUR, 1))]),
    # Removed two days ago: nobody watches it any more.
    Series({"instance": "https://client-gone.example.com", "job": "blackbox"}, [*past((9 * DAY, 2 * DAY, 1))]),
    # Came ten days ago: a third of the month.
    Series({"instance": 'new "quoted" \\ üñ', "job": "other"}, [*past((10 * DAY, -MINUTE, 1))]),
]


@dataclass(frozen=True)
class Running:
    url: str


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("prometheus") / "data"
    server.write(directory, "probe_success", PROBED)
    kuma = [
        Series({"monitor_name": "Kuma up", "monitor_type": "http"}, [*past((DAY, -MINUTE, 1))]),
        Series({"monitor_name": "Kuma pending", "monitor_type": "http"}, [*past((DAY, HOUR, 1), (HOUR, -MINUTE, 2))]),
        # Half of the day in maintenance, and six hours of the rest down.
        Series(
            {"monitor_name": "Kuma maintained", "monitor_type": "http"},
            [*past((DAY, 12 * HOUR, 3), (12 * HOUR, 6 * HOUR, 0), (6 * HOUR, -MINUTE, 1))],
        ),
    ]
    server.write(directory, "monitor_status", kuma)
    many = [
        Series({"instance": f"host-{number:05}.example.net"}, [*past((6 * MINUTE, -MINUTE, 1), step=MINUTE)])
        for number in range(10_000)
    ]
    server.write(directory, "many", many)
    slow = [
        Series(
            {"instance": "blip"}, [*past((DAY, 10 * MINUTE, 1), (10 * MINUTE, 5 * MINUTE, 0), (5 * MINUTE, -MINUTE, 1))]
        ),
        Series({"instance": "steady"}, [*past((DAY, -MINUTE, 1))]),
    ]
    server.write(directory, "slow", slow)
    # It came and stopped between two full hours.
    brief = [
        Series({"instance": "brief"}, [*past((45 * MINUTE, 15 * MINUTE, 1), step=MINUTE)]),
        Series({"instance": "steady"}, [*past((DAY, -MINUTE, 1))]),
    ]
    server.write(directory, "brief", brief)
    dead = [Series({"instance": "dead"}, [*past((DAY, 30 * MINUTE, 1), (30 * MINUTE, -MINUTE, 0))])]
    server.write(directory, "dead", dead)
    with server.prometheus(directory) as url:
        yield Running(url)


def poll(settings: Settings, saved: dict[str, Any] | None = None, now: datetime = NOW) -> Report:
    return prometheus.poll(settings, PollRequest(now, 60, saved=saved or {}, clock=SYSTEM_CLOCK))


def named(report: Report, part: str) -> Monitor:
    (found,) = (monitor for monitor in report.monitors if part in monitor.name)
    return found


@pytest.fixture
def settings(running: Running, make_settings: Make) -> Settings:
    return make_settings(PROMETHEUS_URL=running.url)


def test_each_series_is_a_monitor_and_what_stopped_is_unknown(settings: Settings) -> None:
    report = poll(settings)
    states = {monitor.name: monitor.state.value for monitor in report.monitors}
    assert sorted(states.values()) == ["down", "unknown", "up", "up", "up"]
    assert named(report, "client-stopped").state.value == "unknown"
    assert named(report, "client-down").confirmed
    assert not [name for name in states if "gone" in name]
    assert "1 monitor is missing (no value now, but one within the last day)" in map(str, report.warnings)
    assert [source.name for source in configured(settings)] == ["prometheus"]
    assert policy.decide(Facts(NOW, (report,)), policy.Rules()).status.value == "outage"


def test_a_target_that_is_removed_is_missing_until_it_is_accepted(settings: Settings) -> None:
    polls = Polls(settings)
    # The last sample of the target is five minutes older than two days.
    gone = named(polls.at(NOW - 2 * DAY - HOUR), "client-gone").key
    assert "unknown" in [one.state.value for one in polls.at(NOW - 2 * DAY + 5 * MINUTE).monitors if one.key == gone]
    # As long as Prometheus has it, and after that.
    for age in (2 * DAY - HOUR, 12 * HOUR):
        report = polls.at(NOW - age)
        assert missing_keys(report) == [gone]
        assert "client" not in str(report.problems)
        assert "See whether its target was removed" in report.problems[0].remedy
    polls.accept_all()
    report = polls.at(NOW - 11 * HOUR)
    assert missing_keys(report) == []
    assert gone not in [one.key for one in report.monitors]


def test_a_target_that_was_just_removed_can_be_accepted_too(settings: Settings) -> None:
    polls = Polls(settings)
    stopped = named(polls.at(NOW - 2 * HOUR), "client-stopped").key
    assert missing_keys(polls.at(NOW - 30 * MINUTE)) == [stopped]
    polls.accept_all()
    report = polls.at(NOW - 20 * MINUTE)
    assert missing_keys(report) == []
    assert stopped not in [one.key for one in report.monitors]
    assert policy.decide(Facts(NOW, (report,)), policy.Rules()).status.value == "operational"


def test_each_state_says_what_it_rests_on(settings: Settings) -> None:
    report = poll(settings)
    at = "at 2026-03-31T12:00:00Z"
    assert named(report, "client-up").evidence == (f"value 1 {at}",)
    down = named(report, "client-down")
    assert down.evidence == (f"value 0 {at}",)
    assert down.confirmed_by == "every sample of the last minutes, and by two at least"
    assert named(report, "client-stopped").evidence == (f"missing (no value {at}, but one within the last day)",)


def test_what_came_within_the_hour_and_stopped_is_unknown_too(running: Running, make_settings: Make) -> None:
    report = poll(make_settings(PROMETHEUS_URL=running.url, PROMETHEUS_METRIC="brief"))
    assert named(report, "brief").state.value == "unknown"
    assert named(report, "steady").state.value == "up"


def test_one_sample_down_is_not_confirmed(settings: Settings) -> None:
    at_first = NOW - 6 * MINUTE + timedelta(seconds=30)
    monitor = named(poll(settings, now=at_first), "client-down")
    assert (monitor.state.value, monitor.confirmed) == ("down", False)
    later = named(poll(settings, now=at_first + 2 * MINUTE + timedelta(seconds=45)), "client-down")
    assert (later.state.value, later.confirmed) == ("down", True)


@pytest.mark.parametrize("late", [20, 60, 110, 200])
def test_one_sample_that_two_polls_see_is_not_confirmed(late: int, running: Running, make_settings: Make) -> None:
    clock = MovableClock(NOW - 10 * MINUTE + timedelta(seconds=late))
    with server.telling(clock.now, running.url) as url:
        settings = make_settings(PROMETHEUS_URL=url, PROMETHEUS_METRIC="slow")
        decision = assess(settings, clock, SavedState(), confirming=True).decision
    assert clock.sleeps
    assert decision.status.value == "degraded"


def test_what_is_probed_seldom_is_down_after_two_samples(running: Running, make_settings: Make) -> None:
    first = NOW - 30 * MINUTE
    clock = MovableClock(first + timedelta(minutes=4, seconds=30))
    with server.telling(clock.now, running.url) as url:
        settings = make_settings(PROMETHEUS_URL=url, PROMETHEUS_METRIC="dead")
        # Between two polls a second sample came.
        assert assess(settings, clock, SavedState(), confirming=True).decision.status.value == "outage"
        assert clock.sleeps
        clock.sleeps.clear()
        # Later no confirmation poll is needed.
        clock.moment = first + timedelta(minutes=11, seconds=30)
        assert assess(settings, clock, SavedState(), confirming=True).decision.status.value == "outage"
        assert not clock.sleeps


def test_figures_are_those_of_the_samples_and_null_where_less_than_half_was_observed(settings: Settings) -> None:
    report = poll(settings)
    up, was_down = named(report, "client-up"), named(report, "client-was-down")
    assert (up.uptime.last_24h, up.uptime.last_7d, up.uptime.last_30d) == (1, 1, 1)
    assert was_down.uptime.last_24h == 1
    # 24 samples of 2016, and of 8640; a window may hold one sample more.
    assert abs(was_down.uptime.last_7d - Fraction(2016 - 24, 2016)) < Fraction(1, 10_000)
    assert abs(was_down.uptime.last_30d - Fraction(8640 - 24, 8640)) < Fraction(1, 10_000)
    new = named(report, "quoted")
    assert (new.uptime.last_24h, new.uptime.last_7d, new.uptime.last_30d) == (1, 1, None)
    down = named(report, "client-down")
    assert down.uptime.last_24h is None


def test_figures_are_queried_once_an_hour(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = json.loads(json.dumps(poll(settings).saved))
    queries: list[str] = []
    real = prometheus.instant_query
    monkeypatch.setattr(prometheus, "instant_query", lambda *given: queries.append(given[1]) or real(*given))
    later = poll(settings, saved, NOW + timedelta(minutes=1))
    of_states = len(queries)
    assert of_states <= 4, "the values of now and of the last day, those that were always bad, and their times"
    assert named(later, "client-was-down").uptime == named(poll(settings, saved), "client-was-down").uptime
    poll(settings, saved, NOW + HOUR)
    assert len(queries) == 3 * of_states + 7


def test_kuma_s_own_metric_has_four_states_and_maintenance_is_left_out(running: Running, make_settings: Make) -> None:
    report = poll(make_settings(PROMETHEUS_URL=running.url, PROMETHEUS_METRIC="monitor_status"))
    assert named(report, "Kuma up").state.value == "up"
    pending = named(report, "Kuma pending")
    assert pending.state.value == "pending"
    assert pending.uptime.last_24h == 1
    maintained = named(report, "Kuma maintained")
    assert abs(maintained.uptime.last_24h - Fraction(1, 2)) < Fraction(1, 50)


def test_a_selector_chooses_and_one_that_matches_nothing_is_unknown(running: Running, make_settings: Make) -> None:
    some = poll(make_settings(PROMETHEUS_URL=running.url, PROMETHEUS_METRIC="probe_success{job='other'}"))
    assert [monitor.state.value for monitor in some.monitors] == ["up"]
    none = poll(make_settings(PROMETHEUS_URL=running.url, PROMETHEUS_METRIC="no_such_metric"))
    assert none.monitors == ()
    assert "PROMETHEUS_METRIC matches no series" in [one.problem for one in none.warnings]
    assert policy.decide(Facts(NOW, (none,)), policy.Rules()).status.value == "unknown"


@pytest.mark.parametrize(
    "metric", ["probe_success[5m]", "probe_success{", "1", "scalar(vector(1))", "max by (instance) probe_success"]
)
def test_what_is_no_selector_is_an_error_that_says_so(running: Running, make_settings: Make, metric: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        poll(make_settings(PROMETHEUS_URL=running.url, PROMETHEUS_METRIC=metric))
    assert "PROMETHEUS_METRIC" in str(caught.value)


def test_ten_thousand_series(running: Running, make_settings: Make) -> None:
    report = poll(make_settings(PROMETHEUS_URL=running.url, PROMETHEUS_METRIC="many"))
    assert len(report.monitors) == len({monitor.key for monitor in report.monitors}) == 10_000
    assert {monitor.state.value for monitor in report.monitors} == {"up"}


def test_names_and_hosts_are_guarded(settings: Settings) -> None:
    private = private_terms.private(settings, (poll(settings),))
    for text in ("https://client-up.example.com", "client-up.example.com", 'new "quoted" \\ üñ', "127.0.0.1"):
        body = json.dumps({"notes": f"see {text} there"}, ensure_ascii=False).encode()
        assert leak_guard.search("status.json", body, "application/json", frozenset(), private), text
    body = json.dumps({"notes": "Watched by a blackbox from outside."}).encode()
    assert not leak_guard.search("status.json", body, "application/json", frozenset(), private)


def test_a_prometheus_that_goes_away_makes_all_unknown(
    tmp_path: Path, make_settings: Make, clock: MovableClock
) -> None:
    directory = tmp_path / "data"
    server.write(directory, "up", [Series({"instance": "a"}, [*past((HOUR, -HOUR, 1), step=MINUTE)])])
    clock.moment = NOW
    with server.prometheus(directory) as real, server.telling(clock.now, real) as url:
        settings = make_settings(PROMETHEUS_URL=url, PROMETHEUS_METRIC="up")
        seen = assess(settings, clock, SavedState(), confirming=True)
        assert seen.decision.status.value == "operational"
    seen = assess(settings, clock, seen.saved_state, confirming=True)
    assert seen.decision.status.value == "unknown"
    assert "is unreachable" in str(seen.reports[0].problem)


def test_basic_authentication_and_client_certificates(tmp_path: Path, make_settings: Make) -> None:
    certificate = make_certificate(tmp_path)
    directory = tmp_path / "data"
    server.write(directory, "up", [Series({"instance": "a"}, [*past((HOUR, -MINUTE, 1), step=MINUTE)])])
    web = f"""
tls_server_config:
  cert_file: {certificate}
  key_file: {certificate}
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {certificate}
basic_auth_users:
  {USER}: {PASSWORD_HASH}
"""
    with server.prometheus(directory, web, "https") as url:
        right = {
            "PROMETHEUS_URL": url,
            "PROMETHEUS_METRIC": "up",
            "PROMETHEUS_USER": USER,
            "PROMETHEUS_PASSWORD": PASSWORD,
            "PROMETHEUS_CLIENT_CERTIFICATE": certificate,
            "PROMETHEUS_CLIENT_KEY": certificate,
            "CA_BUNDLE": certificate,
        }
        assert [monitor.state.value for monitor in poll(make_settings(**right)).monitors] == ["up"]
        with pytest.raises(NoAnswerError, match="401, the key is refused"):
            poll(make_settings(**{**right, "PROMETHEUS_PASSWORD": "another"}))
        without = {name: value for name, value in right.items() if "CLIENT" not in name}
        with pytest.raises(NoAnswerError):
            poll(make_settings(**without))
        with pytest.raises(NoAnswerError, match="client certificate or its key cannot be read"):
            poll(make_settings(**{**right, "PROMETHEUS_CLIENT_KEY": tmp_path / "none"}))


def vector(*values: tuple[str, str], **more: Any) -> Reply:
    result = [
        {"metric": {"__name__": "up", "instance": name}, "value": [NOW.timestamp(), value]} for name, value in values
    ]
    body: dict[str, Any] = {"status": "success", "data": {"resultType": "vector", "result": result}}
    return Reply(200, json.dumps({**body, **more}).encode(), JSON)


@pytest.mark.parametrize("said", [{"warnings": ["store gateway b: timeout"]}, {"isPartial": True}])
def test_a_partial_answer_makes_what_it_leaves_out_unknown(
    hostile: HostileS3, make_settings: Make, clock: MovableClock, said: dict[str, Any]
) -> None:
    """Thanos and Mimir say so in warnings, a cluster of VictoriaMetrics in a field of its own."""
    settings = make_settings(PROMETHEUS_URL=hostile.url, PROMETHEUS_METRIC="up", PROMETHEUS_TOKEN="planted-token")
    hostile.answer = lambda request: (
        vector() if "max_over" in request.query["query"] else vector(("a", "1"), ("b", "1"))
    )
    whole = assess(settings, clock, SavedState(), confirming=False)
    assert whole.decision.status.value == "operational"
    assert {request.headers["authorization"] for request in hostile.requests} == {"Bearer planted-token"}
    assert not [request for request in hostile.requests if "planted" in request.target]
    hostile.answer = lambda request: vector() if "max_over" in request.query["query"] else vector(("a", "1"), **said)
    partial = assess(settings, clock, whole.saved_state, confirming=False)
    assert partial.decision.status.value == "unknown"
    assert sorted(monitor.state.value for monitor in partial.reports[0].monitors) == ["unknown", "up"]
    hostile.answer = lambda request: (
        vector()
        if "max_over" in request.query["query"]
        else vector(("a", "1"), ("b", "1"), warnings=["PromQL warning: metric might not be a counter"])
    )
    assert assess(settings, clock, whole.saved_state, confirming=False).decision.status.value == "operational"


@pytest.mark.parametrize("value", ["NaN", "+Inf", "0.5", "-1", "7"])
def test_a_value_that_is_no_state_is_unknown(hostile: HostileS3, make_settings: Make, value: str) -> None:
    hostile.answer = lambda request: vector() if "max_over" in request.query["query"] else vector(("a", value))
    (monitor,) = poll(make_settings(PROMETHEUS_URL=hostile.url)).monitors if value not in ("NaN", "+Inf") else (None,)
    assert monitor is None or monitor.state.value == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"status":"error"}',
        b'{"status":"success","data":{"resultType":"matrix","result":[]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":[],"value":[1,"1"]}]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":"1"}]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}',
        # Two metrics with the same labels: one would hide the other.
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"a"},"value":[1,"0"]},'
        b'{"metric":{"__name__":"b"},"value":[1,"1"]}]}}',
    ],
)
def test_an_answer_of_another_shape_is_an_error(hostile: HostileS3, make_settings: Make, body: bytes) -> None:
    hostile.always(Reply(200, body, JSON))
    with pytest.raises(NoAnswerError, match="not an instant vector"):
        poll(make_settings(PROMETHEUS_URL=hostile.url))


def test_the_tenant_goes_along(hostile: HostileS3, make_settings: Make) -> None:
    hostile.always(vector())
    poll(make_settings(PROMETHEUS_URL=hostile.url, PROMETHEUS_TENANT="hosting"))
    assert {request.headers.get("x-scope-orgid") for request in hostile.requests} == {"hosting"}
