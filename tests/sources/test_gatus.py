# SPDX-License-Identifier: MIT
"""Gatus, with a stand-in that answers by its API.

Nothing here was recorded: the program is in no package index. The answers follow api/endpoint_status.go, api/raw.go,
config/endpoint/result.go and api/endpoint_status_test.go of its source.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status import leak_guard
from elytra_status.decision import policy
from elytra_status.errors import NoAnswerError
from elytra_status.model import Facts, Report, replace
from elytra_status.run import job, private_terms
from elytra_status.settings import Settings
from elytra_status.sources import configured, gatus, json_api
from elytra_status.sources.keys import key
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.polls import Polls, missing_keys

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}
PLAIN = {"Content-Type": "text/plain"}
PASSWORD = "planted-gatus-password"
BASIC = "Basic " + base64.b64encode(f"status:{PASSWORD}".encode()).decode()
LIST = "/api/v1/endpoints/statuses"
Make = Callable[..., Settings]


def results(states: Iterable[int], *, newest: datetime = NOW - timedelta(seconds=20), every: int = 60) -> list[Any]:
    """Return results as Gatus lists them, oldest first: 1 for a success, 0 for a failure."""
    marks = list(states)
    moments = [newest - timedelta(seconds=every * place) for place in range(len(marks) - 1, -1, -1)]
    return [
        {
            "status": 200 if mark else 503,
            "hostname": "client-7.internal.example",
            "duration": 150_000_000,
            "conditionResults": [{"condition": "[STATUS] == 200", "success": bool(mark)}],
            "success": bool(mark),
            # Go prints nanoseconds.
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
        }
        for mark, moment in zip(marks, moments, strict=True)
    ]


def endpoint(name: str, states: Iterable[int] = (1, 1, 1), *, group: str = "core", **how: Any) -> dict[str, Any]:
    listed = {"name": name, "group": group, "key": f"{group}_{name}", "results": results(states, **how)}
    return {field: value for field, value in listed.items() if value != ""}


class Service:
    """The stand-in: `endpoints`, `figures` by key and window, and since when each is watched."""

    def __init__(self, server: HostileS3, endpoints: list[Any]) -> None:
        self.server = server
        self.endpoints = endpoints
        self.figures: dict[tuple[str, str], str] = {}
        self.watched_since = NOW - timedelta(days=200)
        self.events: list[Any] | None = None
        self.durations = ("24h", "7d", "30d")
        self.given = 0
        self.authorization: str | None = None
        server.answer = self.answer

    def answer(self, request: Request) -> Reply:
        if request.path.endswith("/statuses") and request.headers.get("authorization") != self.authorization:
            return Reply(401, b"Unauthorized", {"Content-Type": "text/plain", "WWW-Authenticate": "Basic"})
        if request.path == LIST:
            return Reply(200, json.dumps(self.endpoints).encode(), JSON)
        known = request.path.removeprefix("/api/v1/endpoints/").split("/")[0]
        found = next((one for one in self.endpoints if one["key"] == known), None)
        if found is None:
            return Reply(404, b"endpoint not found", PLAIN)
        if request.path.endswith("/statuses"):
            start = {"type": "START", "timestamp": self.watched_since.isoformat()}
            events = [start, {"type": "HEALTHY", "timestamp": NOW.isoformat()}] if self.events is None else self.events
            return Reply(200, json.dumps(found | {"events": events}).encode(), JSON)
        duration = request.path.rpartition("/")[2]
        if duration not in self.durations:
            return Reply(400, b"Durations supported: 7d, 24h, 1h", PLAIN)
        self.given += 1
        return Reply(200, self.figures.get((known, duration), "1.000000").encode(), PLAIN)


@pytest.fixture
def service(hostile: HostileS3) -> Service:
    return Service(hostile, [endpoint("one"), endpoint("two"), endpoint("three", group="")])


@pytest.fixture
def settings(make_settings: Make, hostile: HostileS3) -> Settings:
    return make_settings(GATUS_URL=hostile.url)


def poll(settings: Settings, now: datetime = NOW, seconds: float = 10, saved: dict[str, Any] | None = None) -> Report:
    return gatus.poll(
        settings, PollRequest(now, seconds, saved=json.loads(json.dumps(saved or {})), clock=SYSTEM_CLOCK)
    )


def states(report: Report) -> dict[str, str]:
    return {one.key: one.state.value for one in report.monitors}


def of(*names: str) -> list[str]:
    return [key("gatus", name) for name in names]


def test_every_endpoint_of_the_array_is_read_from_one_request(service: Service, settings: Settings) -> None:
    report = poll(settings)
    assert states(report) == dict.fromkeys(of("core_one", "core_two", "_three"), "up")
    (listed,) = [request for request in service.server.requests if request.path == LIST]
    assert listed.query == {"page": "1", "pageSize": "20"}
    assert [source.name for source in configured(settings)] == ["gatus"]
    assert policy.decide(Facts(NOW, (report,)), policy.Rules()).status.value == "operational"


@pytest.mark.parametrize(
    ("marks", "state", "confirmed", "evidence"),
    [
        ([0, 0, 1], "up", False, "up"),
        ([1, 1, 0], "down", False, "down"),
        ([1, 0, 0], "down", True, "down"),
        ([0], "down", False, "down"),
    ],
)
def test_the_newest_result_counts_and_two_failures_are_confirmed(
    service: Service, settings: Settings, marks: list[int], state: str, confirmed: bool, evidence: str
) -> None:
    service.endpoints = [endpoint("one", marks)]
    (found,) = poll(settings).monitors
    assert (found.state.value, found.confirmed) == (state, confirmed)
    assert found.evidence[:2] == (f"Gatus says {evidence}", "last checked 19 seconds ago (2026-03-01T12:00:10Z)")
    assert len(found.heartbeats) == len(marks)


def test_results_in_another_order_are_put_in_order(service: Service, settings: Settings) -> None:
    service.endpoints[0]["results"].reverse()
    service.endpoints[0]["results"][0]["success"] = False
    assert states(poll(settings))[of("core_one")[0]] == "down"


@pytest.mark.parametrize(
    ("ago", "every", "state"),
    [
        (14 * 60, 60, "up"),
        (16 * 60, 60, "unknown"),
        (16 * 60, 600, "up"),
        (21 * 60, 600, "unknown"),
        (-4 * 60, 60, "up"),
        (-6 * 60, 60, "unknown"),
    ],
)
def test_results_that_stopped_or_lie_in_the_future_are_no_evidence(
    service: Service, settings: Settings, ago: int, every: int, state: str
) -> None:
    service.endpoints = [endpoint("one", newest=NOW - timedelta(seconds=ago), every=every)]
    (found,) = poll(settings).monitors
    assert found.state.value == state
    assert not found.confirmed


# The fraction of a second in the timestamps of `results`.
FRACTION = timedelta(microseconds=123456)


@pytest.mark.parametrize(
    ("ago", "every", "state"),
    [
        (timedelta(minutes=15), 60, "up"),
        (timedelta(minutes=20), 600, "up"),
        (timedelta(minutes=-5), 60, "up"),
        (timedelta(minutes=15, microseconds=1), 60, "unknown"),
        (timedelta(minutes=20, microseconds=1), 600, "unknown"),
        (timedelta(minutes=-5, microseconds=-1), 60, "unknown"),
    ],
)
def test_a_result_is_evidence_up_to_the_limit(
    service: Service, settings: Settings, ago: timedelta, every: int, state: str
) -> None:
    service.endpoints = [endpoint("one", newest=NOW, every=every)]
    (found,) = poll(settings, NOW + FRACTION + ago).monitors
    assert found.state.value == state


@pytest.mark.parametrize("minutes", [(0,), (0, 10), (0, 1, 14_400)])
def test_the_longest_gap_between_results_may_have_been_a_pause(
    service: Service, settings: Settings, minutes: tuple[int, ...]
) -> None:
    """A gap says how often an endpoint is checked only if there are others, or a pause would keep it up for days."""
    newest = NOW - timedelta(minutes=16)
    service.endpoints = [endpoint("one")]
    service.endpoints[0]["results"] = [
        one for ago in minutes for one in results([1], newest=newest - timedelta(minutes=ago))
    ]
    assert states(poll(settings)) == {of("core_one")[0]: "unknown"}


def test_a_state_began_with_the_first_result_of_its_row(service: Service, settings: Settings) -> None:
    service.endpoints = [endpoint("one", [0, 1, 0, 0, 0]), endpoint("two", [1, 1, 0], newest=NOW)]
    one, two = poll(settings, NOW + FRACTION).monitors
    assert (one.since, one.confirmed_by) == (NOW - timedelta(seconds=140) + FRACTION, "two results")
    assert (two.since, two.confirmed_by) == (NOW + FRACTION, "")
    assert two.evidence[1] == "last checked 0 seconds ago (2026-03-01T12:00:30Z)"


def test_an_endpoint_without_a_result_is_left_out_with_a_remark(service: Service, settings: Settings) -> None:
    service.endpoints[1]["results"] = []
    report = poll(settings)
    assert set(states(report)) == set(of("core_one", "_three"))
    assert (report.remarks, report.left_out) == (("1 endpoint without a result yet",), set(of("core_two")))


def test_keys_and_groups_choose_together(service: Service, settings: Settings) -> None:
    service.endpoints.append(endpoint("four", [0, 0], group="lab"))
    chosen = poll(replace(settings, gatus_endpoints=("_three",), gatus_groups=("core", "gone")))
    assert set(states(chosen)) == set(of("core_one", "core_two", "_three"))
    assert chosen.left_out == set(of("lab_four"))
    assert "1 name in GATUS_GROUPS without an endpoint. Correct GATUS_GROUPS." in map(str, chosen.warnings)
    polls = Polls(replace(settings, gatus_endpoints=("core_one", "core_gone")))
    report = polls.at(NOW)
    assert states(report) == {of("core_one")[0]: "up", of("core_gone")[0]: "unknown"}
    assert f"GATUS_ENDPOINTS lists {of('core_gone')[0]}, but gatus does not report it" in str(report.problems[0])


@pytest.mark.parametrize(
    ("endpoints", "groups", "only"),
    [((), (), None), (("core_one",), (), {"core_one"}), ((), ("core",), None), (("core_one",), ("core",), None)],
)
def test_named_endpoints_alone_count_unless_groups_are_chosen_too(
    endpoints: tuple[str, ...], groups: tuple[str, ...], only: set[str] | None, settings: Settings
) -> None:
    (source,) = gatus.sources(replace(settings, gatus_endpoints=endpoints, gatus_groups=groups))
    assert source.expected.only == (None if only is None else set(of(*only)))
    assert list(source.expected.named) == of(*endpoints)


def test_an_endpoint_that_is_removed_is_missing_until_it_is_accepted(service: Service, settings: Settings) -> None:
    polls = Polls(settings)

    def poll(minutes: int, *names: str) -> Report:
        now = NOW + timedelta(minutes=minutes)
        service.endpoints = [endpoint(name, newest=now) for name in names]
        return polls.at(now)

    poll(0, "one", "two")
    assert not missing_keys(poll(10, "one"))
    assert missing_keys(poll(20, "one")) == of("core_two")
    polls.accept_all()
    assert not poll(30, "one").problems


def test_figures_are_gatus_own(service: Service, settings: Settings) -> None:
    service.figures = {
        ("core_one", "24h"): "0.995833",
        ("core_one", "30d"): "0.999000\n",
        ("core_two", "7d"): "0.000000",
    }
    figures = {one.key: one.uptime for one in poll(settings).monitors}
    assert figures[of("core_one")[0]].last_24h == Fraction("0.995833")
    assert figures[of("core_one")[0]].last_7d == 1
    assert figures[of("core_one")[0]].last_30d == Fraction("0.999")
    assert figures[of("core_two")[0]].last_7d == 0


def test_figures_are_queried_once_an_hour(service: Service, settings: Settings) -> None:
    first = poll(settings)
    assert service.given == 9
    later = poll(settings, NOW + timedelta(minutes=5), saved=dict(first.saved))
    assert (service.given, later.monitors[0].uptime) == (9, first.monitors[0].uptime)


def test_a_window_that_gatus_has_not_watched_for_half_has_no_figure(service: Service, settings: Settings) -> None:
    """With storage in memory, Gatus forgets everything at a restart, and returns the ratio since then."""
    service.watched_since = NOW - timedelta(days=4)
    report = poll(settings)
    for one in report.monitors:
        assert (one.uptime.last_24h, one.uptime.last_7d, one.uptime.last_30d) == (1, 1, None)
    # The absence of a figure is saved too.
    requests = len(service.server.requests)
    poll(settings, NOW + timedelta(minutes=5), saved=dict(report.saved))
    assert len(service.server.requests) == requests + 1
    service.watched_since = NOW - timedelta(days=40)
    moment = NOW + timedelta(minutes=61)
    service.endpoints = [endpoint("one", newest=moment)]
    assert poll(settings, moment, saved=dict(report.saved)).monitors[0].uptime.last_30d == 1


@pytest.mark.parametrize(
    ("watched", "newest", "expected"),
    [
        (timedelta(hours=12), timedelta(0), 1),
        (timedelta(hours=12, microseconds=-1), timedelta(0), None),
        (timedelta(days=9), timedelta(days=1), 1),
        (timedelta(days=9), timedelta(days=1, microseconds=1), None),
    ],
)
def test_a_figure_of_a_day_needs_half_a_day_of_watching_and_a_result_of_that_day(
    service: Service, settings: Settings, watched: timedelta, newest: timedelta, expected: int | None
) -> None:
    now = NOW + FRACTION + newest
    service.endpoints = [endpoint("one", newest=NOW)]
    service.watched_since = now - watched
    assert poll(settings, now).monitors[0].uptime.last_24h == expected


def test_a_start_that_other_events_pushed_out_was_long_ago(service: Service, settings: Settings) -> None:
    service.events = [{"type": "UNHEALTHY", "timestamp": (NOW - timedelta(hours=1)).isoformat()}]
    assert poll(settings).monitors[0].uptime.last_30d == 1


def test_a_gatus_without_a_figure_for_30_days_gives_the_others(service: Service, settings: Settings) -> None:
    service.durations = ("24h", "7d")
    report = poll(settings)
    assert (report.monitors[0].uptime.last_7d, report.monitors[0].uptime.last_30d) == (1, None)
    assert not report.warnings


def test_a_figure_may_have_18_digits(service: Service, settings: Settings) -> None:
    service.figures = {("core_one", "24h"): "0." + "9" * 18}
    assert poll(settings).monitors[0].uptime.last_24h == 1 - Fraction(1, 10**18)


@pytest.mark.parametrize(
    "figure", ["", "NaN", "1.000001", "-0.1", "1e-3", "0." + "9" * 19, "0." + "9" * 10_000, "<html>", "\xe9"]
)
def test_a_figure_that_cannot_be_read_is_left_out(service: Service, settings: Settings, figure: str) -> None:
    service.figures = {("core_one", "24h"): figure}
    report = poll(settings)
    assert report.monitors[0].uptime.last_24h is None
    assert tuple(map(str, report.warnings)) == ("1 uptime figure could not be read",)


@pytest.mark.parametrize("events", [[], [5], [{"type": "START"}], [{"type": "START", "timestamp": "then"}], {}])
def test_without_events_there_are_states_and_no_figures(service: Service, settings: Settings, events: Any) -> None:
    service.events = events
    report = poll(settings)
    assert set(states(report).values()) == {"up"}
    assert report.monitors[0].uptime.last_24h is None


def test_a_login_goes_with_every_request_and_a_token_before_it(
    service: Service, make_settings: Make, hostile: HostileS3
) -> None:
    service.authorization = BASIC
    settings = make_settings(GATUS_URL=hostile.url, GATUS_USER="status", GATUS_PASSWORD=PASSWORD)
    assert set(states(poll(settings)).values()) == {"up"}
    assert {request.headers["authorization"] for request in hostile.requests} == {BASIC}
    service.authorization = "Bearer planted-token"
    with_token = make_settings(GATUS_URL=hostile.url, GATUS_TOKEN="planted-token")
    assert set(states(poll(with_token)).values()) == {"up"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, b"Unauthorized", PLAIN), "401, the login is refused. See GATUS_USER and GATUS_PASSWORD"),
        (Reply(403, b"", PLAIN), "403, the login is refused"),
        (Reply(404, b"", PLAIN), "404, not an answer of Gatus"),
        (Reply(429, b"", PLAIN), "429, too many requests"),
        (Reply(500, b"", PLAIN), "500 from Gatus, or from a proxy in front of it"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "a web page came instead of data"),
        (Reply(200, b"<input type=password>", {"Content-Type": "text/html"}), "a login page came instead of data"),
        (Reply(302, b"", {"Location": "/oidc/login"}), "redirects to"),
        (Reply(200, b"{}", JSON), "is no JSON array"),
        (Reply(200, b"[" * 100_000, JSON), "is no JSON array"),
        (Reply(200, b"[5]", JSON), "the list of endpoints cannot be read"),
        (Reply(200, b'[{"key": "a_b"}]', JSON), "the list of endpoints cannot be read"),
        (Reply(200, b'[{"key": "", "results": []}]', JSON), "the list of endpoints cannot be read"),
        (Reply(200, b'[{"key": "a_b", "name": 5, "results": []}]', JSON), "the list of endpoints cannot be read"),
        (Reply(200, b'[{"key": "a_b", "results": [{}]}]', JSON), "the list of endpoints cannot be read"),
        (Reply(200, b'[{"key": "a_b", "results": null}]', JSON), "the list of endpoints cannot be read"),
        (Reply(200, b'[{"key": "a_b", "results": []}, {"key": "a_b", "results": []}]', JSON), "one endpoint twice"),
        (Reply(200, b"[]", {**JSON, "Content-Encoding": "gzip"}), "is compressed, which is not accepted"),
        (Reply(200, b"[]", JSON, fault="reset"), "is unreachable"),
    ],
)
def test_a_malformed_answer_is_an_error_without_the_password(
    hostile: HostileS3, make_settings: Make, reply: Reply, words: str
) -> None:
    hostile.always(reply)
    with pytest.raises(NoAnswerError) as caught:
        poll(make_settings(GATUS_URL=hostile.url, GATUS_USER="status", GATUS_PASSWORD=PASSWORD))
    assert words in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"success": "true"},
        {"success": None},
        {"timestamp": 5},
        {"timestamp": "2026-03-01T12:00:00"},
        {"timestamp": "x"},
    ],
)
def test_a_result_with_a_field_of_another_type_makes_no_list(
    service: Service, settings: Settings, wrong: dict[str, Any]
) -> None:
    service.endpoints[0]["results"][1] |= wrong
    with pytest.raises(NoAnswerError, match="the list of endpoints cannot be read"):
        poll(settings)


def test_an_answer_that_is_too_large_is_an_error(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_api, "LARGEST", 10_000)
    service.endpoints = [endpoint(str(number)) for number in range(100)]
    with pytest.raises(NoAnswerError, match="has more than"):
        poll(settings)


def test_a_service_that_hangs_ends_in_time(hostile: HostileS3, settings: Settings) -> None:
    hostile.always(Reply(fault="hang"))
    with pytest.raises(NoAnswerError, match="no complete response within"):
        poll(settings, seconds=0.5)


def test_names_hosts_and_secrets_are_guarded(service: Service, make_settings: Make, hostile: HostileS3) -> None:
    service.endpoints = [endpoint("acme-shop", group="acme-group"), endpoint("hidden-client")]
    service.authorization = BASIC
    settings = make_settings(
        GATUS_URL=hostile.url, GATUS_USER="status", GATUS_PASSWORD=PASSWORD, GATUS_ENDPOINTS="acme-group_acme-shop"
    )
    private = private_terms.private(settings, (poll(settings),))
    for text in ("acme-shop", "acme-group", "hidden-client", "client-7.internal.example", PASSWORD):
        body = json.dumps({"notes": f"see {text}"}).encode()
        assert leak_guard.search("status.json", body, "application/json", frozenset(), private), text


def test_an_endpoint_shows_no_name_and_hosts_are_texts(service: Service, settings: Settings) -> None:
    for one, host in zip(service.endpoints[0]["results"], (5, "", "a.internal"), strict=True):
        one["hostname"] = host
    report = poll(settings)
    assert report.private_hosts == {"a.internal", "client-7.internal.example"}
    shown = repr(gatus.Endpoint("acme_shop", "acme-shop", "acme-group", (), frozenset({"acme.internal"})))
    assert "acme" not in shown


@pytest.mark.parametrize(("outside", "published"), [(200, "outage"), (502, "unknown")])
def test_a_gatus_that_has_lost_its_network_is_isolated(
    service: Service, make_settings: Make, clock: MovableClock, tmp_path: Path, outside: int, published: str
) -> None:
    gatus_answers = service.answer
    hostile = service.server
    hostile.now = clock.now
    hostile.answer = lambda request: Reply(outside) if request.path == "/outside" else gatus_answers(request)
    settings = make_settings(GATUS_URL=hostile.url, CONNECTIVITY_URL=f"{hostile.url}/outside")

    def run(*states: int) -> str:
        def answer() -> None:
            newest = clock.now() - timedelta(seconds=5)
            service.endpoints = [endpoint(name, states, newest=newest) for name in ("one", "two")]

        answer()
        clock.before_waking = answer
        job.run(settings, clock, tmp_path)
        clock.moment += timedelta(minutes=10)
        return str(json.loads((tmp_path / "public/status.json").read_bytes())["platform_status"])

    assert run(1, 1, 1) == "operational"
    assert not [request for request in hostile.requests if request.path == "/outside"]
    assert run(*[1] * 12, 0, 0, 0) == published
