# SPDX-License-Identifier: MIT
"""Better Stack, with a stand-in that answers as its vendor documents the API, page by page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status import leak_guard
from elytra_status.decision import policy
from elytra_status.errors import NoAnswerError
from elytra_status.history import History, complete
from elytra_status.model import Facts, Report, State, replace
from elytra_status.run import job, private_terms
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.better_stack import better_stack
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.polls import Polls, missing_keys

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
TOKEN = "planted-better-stack-token"
JSON = {"Content-Type": "application/json; charset=utf-8"}
Make = Callable[..., Settings]


def monitor(
    identifier: str, status: str = "up", *, checked: str | None = "2026-03-01T12:00:10.000Z", **more: Any
) -> Any:
    attributes = {
        "url": f"https://client-{identifier}.example.com/health",
        "pronounceable_name": f"Client {identifier}",
        "monitor_type": "status",
        "monitor_group_id": None,
        "last_checked_at": checked,
        "status": status,
        "check_frequency": 180,
    }
    return {"id": identifier, "type": "monitor", "attributes": {**attributes, **more}}


class Service:
    """The stand-in: `monitors` in pages of two, `availability` by id and number of days."""

    def __init__(self, server: HostileS3, monitors: list[Any]) -> None:
        self.server = server
        self.monitors = monitors
        self.availability: dict[tuple[str, int], Any] = {}
        self.refuse_figures_after = 10**9
        self.figures_given = 0
        server.answer = self.answer

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, b'{"errors":"Invalid Team API token"}', JSON)
        if request.path == "/api/v2/monitors":
            return self._page(int(request.query.get("page", "1")))
        if request.path.startswith("/api/v2/monitors/") and request.path.endswith("/sla"):
            return self._figure(request)
        return Reply(404, b'{"errors":"Resource not found"}', JSON)

    def _page(self, number: int) -> Reply:
        base = f"{self.server.url}/api/v2/monitors?page="
        last = max(1, (len(self.monitors) + 1) // 2)
        body = {
            "data": self.monitors[2 * number - 2 : 2 * number],
            "pagination": {
                "first": f"{base}1",
                "last": f"{base}{last}",
                "prev": f"{base}{number - 1}" if number > 1 else None,
                "next": f"{base}{number + 1}" if number < last else None,
            },
        }
        return Reply(200, json.dumps(body).encode(), JSON)

    def _figure(self, request: Request) -> Reply:
        self.figures_given += 1
        if self.figures_given > self.refuse_figures_after:
            return Reply(429, b'{"errors":"Too many requests"}', {**JSON, "Retry-After": "60"})
        first, last = (datetime.fromisoformat(request.query[name]) for name in ("from", "to"))
        identifier = request.path.split("/")[-2]
        availability = self.availability.get((identifier, (last - first).days + 1), 100)
        attributes = {"availability": availability, "total_downtime": 0, "number_of_incidents": 0}
        return Reply(200, json.dumps({"data": {"id": identifier, "attributes": attributes}}).encode(), JSON)


@pytest.fixture
def service(hostile: HostileS3) -> Service:
    return Service(hostile, [monitor("1"), monitor("2"), monitor("30")])


@pytest.fixture
def settings(make_settings: Make, hostile: HostileS3) -> Settings:
    return make_settings(BETTER_STACK_URL=hostile.url, BETTER_STACK_TOKEN=TOKEN)


def poll(settings: Settings, saved: dict[str, Any] | None = None, now: datetime = NOW, seconds: float = 10) -> Report:
    return better_stack.poll(settings, PollRequest(now, seconds, saved=saved or {}, clock=SYSTEM_CLOCK))


def states(report: Report) -> dict[str, str]:
    return {one.key.removeprefix("better_stack:"): one.state.value for one in report.monitors}


def test_every_page_is_read_and_the_token_goes_in_the_header_alone(service: Service, settings: Settings) -> None:
    report = poll(settings)
    assert states(report) == {"1": "up", "2": "up", "30": "up"}
    lists = [request for request in service.server.requests if request.path == "/api/v2/monitors"]
    assert [request.query.get("page") for request in lists] == [None, "2"]
    assert not [request for request in service.server.requests if TOKEN in request.target]
    assert [source.name for source in configured(settings)] == ["better_stack"]
    assert policy.decide(Facts(NOW, (report,)), policy.Rules()).status.value == "operational"


@pytest.mark.parametrize(
    ("status", "state", "confirmed", "published"),
    [
        ("up", "up", False, "operational"),
        ("down", "down", True, "outage"),
        ("validating", "pending", True, "degraded"),
        ("maintenance", "maintenance", False, "operational"),
        ("a new word", "unknown", False, "unknown"),
    ],
)
def test_each_status_needs_no_confirmation_poll(
    service: Service, settings: Settings, status: str, state: str, confirmed: bool, published: str
) -> None:
    service.monitors[1] = monitor("2", status)
    report = poll(settings)
    (found,) = (one for one in report.monitors if one.key == "better_stack:2")
    assert (found.state.value, found.confirmed) == (state, confirmed)
    decision = policy.decide(Facts(NOW, (report,)), policy.Rules())
    assert (decision.status.value, decision.awaits_confirmation) == (published, False)


@pytest.mark.parametrize(
    ("status", "words"), [("paused", "1 monitor paused"), ("pending", "1 monitor never checked yet")]
)
def test_what_is_not_watched_is_left_out_and_said(
    service: Service, settings: Settings, status: str, words: str
) -> None:
    service.monitors[2] = monitor("30", status, checked=None)
    report = poll(settings)
    assert states(report) == {"1": "up", "2": "up"}
    assert report.remarks == (words,)


@pytest.mark.parametrize("checked", [None, "2026-03-01T11:40:00.000Z", "2026-03-01T12:30:00.000Z"])
def test_a_check_that_stopped_or_lies_in_the_future_is_no_evidence(
    service: Service, settings: Settings, checked: str | None
) -> None:
    service.monitors[0] = monitor("1", checked=checked)
    assert states(poll(settings))["1"] == "unknown"


@pytest.mark.parametrize(
    ("ago", "frequency", "state"),
    [
        (timedelta(minutes=15), 180, "up"),
        (timedelta(minutes=20), 600, "up"),
        (timedelta(minutes=-5), 180, "up"),
        (timedelta(minutes=15, microseconds=1), 180, "unknown"),
        (timedelta(minutes=20, microseconds=1), 600, "unknown"),
        (timedelta(minutes=-5, microseconds=-1), 180, "unknown"),
        (timedelta(minutes=16), None, "unknown"),
    ],
)
def test_a_check_is_evidence_up_to_the_limit(
    service: Service, settings: Settings, ago: timedelta, frequency: int | None, state: str
) -> None:
    service.monitors = [monitor("1", checked=(NOW - ago).isoformat(), check_frequency=frequency)]
    assert states(poll(settings)) == {"1": state}


def test_a_time_without_a_zone_is_malformed(service: Service, settings: Settings) -> None:
    """By this machine's zone, a check of an hour ago could be one of now."""
    service.monitors[1] = monitor("2", checked="2026-03-01T12:00:10.000")
    with pytest.raises(NoAnswerError, match="entry 2 of 2 is malformed"):
        poll(settings)


def test_each_state_says_what_it_rests_on(service: Service, settings: Settings) -> None:
    service.monitors = [
        monitor("1", "down", checked="2026-03-01T11:57:00.000Z"),
        monitor("2", "a \x1b[31mred word"),
        monitor("3", checked="2026-03-01T11:00:00.000Z"),
        monitor("4", checked=None),
        monitor("5", checked="2026-03-01T13:00:00.000Z"),
    ]
    stopped = "no recent check to base the status on"
    assert [one.evidence for one in poll(settings, now=datetime(2026, 3, 1, 12, tzinfo=UTC)).monitors] == [
        ("Better Stack says down", "last checked 3 minutes ago (2026-03-01T11:57:00Z)"),
        ("Better Stack says an unknown status", "last checked 10 seconds ahead (2026-03-01T12:00:10Z)"),
        ("Better Stack says up", "last checked 60 minutes ago (2026-03-01T11:00:00Z)", stopped),
        ("Better Stack says up", "never checked", stopped),
        ("Better Stack says up", "last checked 60 minutes ahead (2026-03-01T13:00:00Z)", stopped),
    ]


def test_a_monitor_that_is_checked_seldom_is_given_its_time(service: Service, settings: Settings) -> None:
    service.monitors[0] = monitor("1", checked="2026-03-01T11:40:00.000Z", check_frequency=1800)
    assert states(poll(settings))["1"] == "up"


def test_only_the_named_ones_count(service: Service, make_settings: Make) -> None:
    settings = make_settings(
        BETTER_STACK_URL=service.server.url, BETTER_STACK_TOKEN=TOKEN, BETTER_STACK_MONITOR_IDS="30,77"
    )
    service.monitors[0] = monitor("1", "down")
    report = poll(settings)
    assert states(report) == {"30": "up"}


def test_a_monitor_that_is_deleted_is_missing_until_it_is_accepted_or_back(
    service: Service, settings: Settings
) -> None:
    polls = Polls(settings)

    def poll(minutes: float, *there: str) -> Report:
        now = NOW + timedelta(minutes=minutes)
        service.monitors = [monitor(one, checked=now.isoformat()) for one in there]
        return polls.at(now)

    poll(0, "1", "2", "30")
    kept = poll(10, "1", "2")
    assert (states(kept)["30"], missing_keys(kept)) == ("up", [])
    for minutes in (20, 600):
        gone = poll(minutes, "1", "2")
        assert (states(gone), missing_keys(gone)) == ({"1": "up", "2": "up"}, ["better_stack:30"])
        assert gone.problems[0].remedy.startswith(
            "See whether it was deleted in Better Stack, or hidden from the token. If it was removed on purpose: "
        )
    polls.accept_all()
    assert not poll(610, "1", "2").problems
    assert not poll(620, "1", "2", "30").problems
    assert missing_keys(poll(640, "1", "2")) == ["better_stack:30"]


def test_an_id_that_the_settings_name_and_better_stack_does_not_is_unknown(
    service: Service, settings: Settings
) -> None:
    polls = Polls(replace(settings, better_stack_monitor_ids=(30, 77)))
    report = polls.at(NOW)
    assert states(report) == {"30": "up", "77": "unknown"}
    assert "BETTER_STACK_MONITOR_IDS lists better_stack:77, but better_stack does not report it" in str(
        report.problems[0]
    )
    assert policy.decide(Facts(NOW, (report,)), policy.Rules()).status.value == "unknown"
    # A paused one is named.
    service.monitors.append(monitor("77", "paused", checked=None))
    report = polls.at(NOW)
    assert (states(report), report.problems) == ({"30": "up"}, ())


def test_figures_are_the_service_s_own_and_exact(service: Service, settings: Settings) -> None:
    service.availability = {("1", 7): 99.98, ("1", 30): 99.954321, ("2", 7): 0}
    figures = {one.key: one.uptime for one in poll(settings).monitors}
    assert figures["better_stack:1"].last_24h is None
    assert figures["better_stack:1"].last_7d == Fraction("0.9998")
    assert figures["better_stack:1"].last_30d == Fraction("0.99954321")
    assert figures["better_stack:2"].last_7d == 0


def test_figures_are_queried_once_an_hour(service: Service, settings: Settings) -> None:
    first = poll(settings)
    assert service.figures_given == 6
    saved = json.loads(json.dumps(first.saved))
    service.availability = {("1", 7): 50}
    later = poll(settings, saved, NOW + timedelta(minutes=10))
    assert service.figures_given == 6
    assert later.monitors[0].uptime == first.monitors[0].uptime
    an_hour_later = NOW + timedelta(minutes=70)
    service.monitors = [monitor(one["id"], checked="2026-03-01T13:10:00.000Z") for one in service.monitors]
    assert poll(settings, saved, an_hour_later).monitors[0].uptime.last_7d == Fraction(1, 2)


def test_a_figure_of_an_hour_ago_gives_way_to_what_was_down_since(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    service.availability = {("1", 7): 100, ("1", 30): 100}
    report = poll(settings)
    history = History(tmp_path / "history.sqlite", True, 400, timedelta(minutes=30))
    for minutes in range(-780, 50, 10):
        now = NOW + timedelta(minutes=minutes)
        seen = replace(report.monitors[0], state=State.DOWN if minutes > 10 else State.UP)
        complete(history, (replace(report, monitors=(seen,)),), now)
    kept = poll(settings, json.loads(json.dumps(report.saved)), now)
    (completed,) = complete(history, (replace(kept, monitors=(replace(kept.monitors[0], state=State.DOWN),)),), now)
    found = completed.monitors[0].uptime
    assert found.last_24h is not None
    assert found.last_24h < 1
    assert found.last_7d is not None
    assert found.last_30d is not None
    # The day was observed for 13 hours and 50 minutes, with at least 20 minutes of downtime.
    assert 0.997 < found.last_7d <= 1 - Fraction(20, 7 * 1440)
    assert found.last_30d <= 1 - Fraction(20, 30 * 1440)


def test_too_many_requests_stop_the_figures_and_leave_states_and_older_figures(
    service: Service, settings: Settings
) -> None:
    saved = json.loads(json.dumps(poll(settings).saved))
    service.figures_given, service.refuse_figures_after = 0, 0
    later = NOW + timedelta(hours=2)
    service.monitors = [monitor(one["id"], checked="2026-03-01T14:00:00.000Z") for one in service.monitors]
    report = poll(settings, saved, later)
    assert states(report) == {"1": "up", "2": "up", "30": "up"}
    assert report.monitors[0].uptime.last_7d == 1
    assert service.figures_given <= 6
    assert any("429" in words for words in map(str, report.warnings))
    much_later = poll(settings, saved, NOW + timedelta(hours=7))
    assert much_later.monitors[0].uptime.last_7d is None


def test_a_thousand_monitors_get_their_figures_over_some_runs(service: Service, settings: Settings) -> None:
    service.monitors = [monitor(str(number)) for number in range(1, 101)]
    report = poll(settings)
    assert service.figures_given == 60
    saved = json.loads(json.dumps(report.saved))
    for _ in range(3):
        saved = json.loads(json.dumps(poll(settings, saved).saved))
    assert service.figures_given == 200
    assert all(one.uptime.last_30d == 1 for one in poll(settings, saved).monitors)


@pytest.mark.parametrize(
    "saved",
    [
        {"figures": 5},
        {"figures": [5, ["1"], ["1", "last_7d", "x", "y"], ["1", "last_7d", "2", "2026-03-01T12:00:00Z"]]},
        # A figure with a large exponent would take hours to become a fraction, so only its own format is read.
        {"figures": [["1", "last_7d", "1e-2", "2026-03-01T12:00:00Z"]]},
        {"figures": [["1", "last_7d", 1, "2026-03-01T12:00:00Z"]]},
    ],
)
def test_a_memory_of_any_shape_is_no_evidence(service: Service, settings: Settings, saved: dict[str, Any]) -> None:
    service.refuse_figures_after = 0
    assert poll(settings, saved).monitors[0].uptime.last_7d is None


@pytest.mark.parametrize("availability", [None, "x", "99", 101, -1, True, [1], 1e999])
def test_an_invalid_figure_does_not_count(service: Service, settings: Settings, availability: Any) -> None:
    service.availability = {("1", 7): availability}
    report = poll(settings)
    assert report.monitors[0].uptime.last_7d is None
    assert "1 uptime figure could not be read" in map(str, report.warnings)


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "0." + "9" * 100_000, "9" * 5000])
def test_a_number_of_any_size_takes_no_time(
    hostile: HostileS3, service: Service, settings: Settings, number: str
) -> None:
    given = service.answer
    figure = Reply(200, b'{"data":{"attributes":{"availability":' + number.encode() + b"}}}", JSON)
    hostile.answer = lambda request: figure if request.path.endswith("/sla") else given(request)
    began = time.monotonic()
    assert poll(settings).monitors[0].uptime.last_7d in (None, 0, Fraction("0.00999999"))
    assert time.monotonic() - began < 60  # and not minutes


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, b"{}", JSON), "401, the token is refused. Create an Uptime API token"),
        (Reply(429, b"{}", JSON), "429, too many requests"),
        (Reply(500, b"{}", JSON), "500 from Better Stack, or from a proxy in front of it"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "a web page came instead of data"),
        (Reply(200, b"[]", JSON), "is no JSON object"),
        (Reply(200, b"{", JSON), "is no JSON object"),
        (Reply(200, b'{"data":[]}', JSON), "the list of monitors cannot be read"),
        (Reply(200, b'{"data":[{}],"pagination":{"next":null}}', JSON), "the list of monitors cannot be read"),
        (Reply(200, b'{"data":[],"pagination":{"next":"https://elsewhere.example/x"}}', JSON), "on another host"),
        (Reply(200, b'{"data":[],"pagination":{"next":5}}', JSON), "on another host"),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), "redirects to https://elsewhere.example"),
        (Reply(200, b"{}", JSON, fault="reset"), "is unreachable"),
    ],
)
def test_a_malformed_answer_is_an_error_without_the_token(
    hostile: HostileS3, settings: Settings, reply: Reply, words: str
) -> None:
    hostile.always(reply)
    with pytest.raises(NoAnswerError) as caught:
        poll(settings)
    told = str(caught.value)
    assert words in told
    assert TOKEN not in told


def test_pages_that_go_round_end(service: Service, settings: Settings) -> None:
    url = f"{service.server.url}/api/v2/monitors"
    body = json.dumps({"data": [], "pagination": {"next": url}}).encode()
    service.server.always(Reply(200, body, JSON))
    with pytest.raises(NoAnswerError, match="repeats itself"):
        poll(settings)
    assert len(service.server.requests) == 1


def test_a_service_that_hangs_ends_in_time(hostile: HostileS3, settings: Settings) -> None:
    hostile.always(Reply(fault="hang"))
    with pytest.raises(NoAnswerError, match="no complete response within"):
        poll(settings, seconds=0.5)


def test_names_addresses_and_the_token_are_guarded(service: Service, settings: Settings) -> None:
    private = private_terms.private(settings, (poll(settings),))
    for text in ("Client 30", "client-30.example.com", TOKEN):
        body = json.dumps({"notes": f"see {text}"}).encode()
        assert leak_guard.search("status.json", body, "application/json", frozenset(), private), text
    assert State.UNKNOWN.value not in states(poll(settings)).values()


@pytest.mark.parametrize(("outside", "published"), [(200, "outage"), (503, "unknown")])
def test_everything_down_is_an_outage_only_if_the_address_outside_answers(
    service: Service, make_settings: Make, clock: MovableClock, tmp_path: Path, outside: int, published: str
) -> None:
    better_stack_answers = service.answer
    server = service.server
    server.now = clock.now
    server.answer = lambda request: Reply(outside) if request.path == "/outside" else better_stack_answers(request)
    settings = make_settings(
        BETTER_STACK_URL=server.url, BETTER_STACK_TOKEN=TOKEN, CONNECTIVITY_URL=f"{server.url}/outside"
    )

    def run(*statuses: str) -> str:
        def answer() -> None:
            checked = clock.now().isoformat()
            service.monitors = [monitor(str(one), status, checked=checked) for one, status in enumerate(statuses, 1)]

        answer()
        clock.before_waking = answer
        job.run(settings, clock, tmp_path)
        clock.moment += timedelta(minutes=10)
        return str(json.loads((tmp_path / "public/status.json").read_bytes())["platform_status"])

    assert run("up", "up", "up") == "operational"
    assert not [request for request in server.requests if request.path == "/outside"]
    assert run("down", "down", "down") == published
    assert run("down", "down", "down") == published
    assert run("up", "up", "up") == "operational"
    # While one monitor is up, the others are really down.
    assert run("up", "up", "down") == "outage"
