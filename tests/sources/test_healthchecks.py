# SPDX-License-Identifier: MIT
"""Healthchecks, with a stand-in that answers by its Management API.

Nothing here was recorded: the program is in no package index. The answers follow Check.to_dict and the decorator
authorize_read of its source (version 3 of the API), and its documentation of the API.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from elytra_status import leak_guard
from elytra_status.decision import policy
from elytra_status.errors import NoAnswerError
from elytra_status.model import Facts, Report
from elytra_status.run import job, private_terms
from elytra_status.settings import Settings
from elytra_status.sources import configured, healthchecks, json_api
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.polls import Polls, missing_keys

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
# Healthchecks refuses a key that does not have 32 characters.
API_KEY = "planted-healthchecks-key-of-test"
JSON = {"Content-Type": "application/json"}
Make = Callable[..., Settings]


def unique_key(number: int) -> str:
    return f"{number:040x}"[::-1]


def monitor_key(number: int) -> str:
    return f"healthchecks:{unique_key(number)[:12]}"


def check(number: int, status: str = "up", *, ago: float = 600, period: int = 3600, **more: Any) -> dict[str, Any]:
    """Return a check as a read-only key sees it: pinged `ago` seconds ago, expected each `period` seconds."""
    pinged = NOW - timedelta(seconds=ago)
    is_running = status in ("up", "grace")
    return {
        "name": f"Client {number} backup",
        "slug": f"client-{number}-backup",
        "tags": "prod www",
        "desc": "",
        "grace": 900,
        "n_pings": 11,
        "status": status,
        "started": False,
        "last_ping": None if status == "new" else pinged.isoformat(),
        "next_ping": (pinged + timedelta(seconds=period)).isoformat() if is_running else None,
        "manual_resume": False,
        "methods": "",
        "subject": "",
        "subject_fail": "",
        "start_kw": "",
        "success_kw": "",
        "failure_kw": "",
        "filter_subject": False,
        "filter_body": False,
        "unique_key": unique_key(number),
        "timeout": period,
    } | more


class Service:
    """The stand-in: one project with these `checks`."""

    def __init__(self, server: HostileS3, checks: list[dict[str, Any]]) -> None:
        self.server = server
        self.checks = checks
        server.answer = self.answer

    def answer(self, request: Request) -> Reply:
        if request.path != "/api/v3/checks/":
            return Reply(404, b"<h1>Not Found</h1>", {"Content-Type": "text/html"})
        if request.headers.get("x-api-key") != API_KEY:
            return Reply(401, b'{"error": "wrong api key"}', JSON)
        return Reply(200, json.dumps({"checks": self.checks}).encode(), JSON)


@pytest.fixture
def service(hostile: HostileS3) -> Service:
    return Service(hostile, [check(1), check(2), check(3)])


@pytest.fixture
def settings(make_settings: Make, hostile: HostileS3) -> Settings:
    return make_settings(HEALTHCHECKS_URL=hostile.url, HEALTHCHECKS_API_KEY=API_KEY)


def poll(settings: Settings, now: datetime = NOW, seconds: float = 10) -> Report:
    (source,) = healthchecks.sources(settings)
    return source.poll(PollRequest(now, seconds, clock=SYSTEM_CLOCK))


def states(report: Report) -> dict[str, str]:
    return {one.key: one.state.value for one in report.monitors}


def test_all_checks_are_read_and_the_key_goes_in_the_header_alone(service: Service, settings: Settings) -> None:
    report = poll(settings)
    assert states(report) == {monitor_key(number): "up" for number in (1, 2, 3)}
    (request,) = service.server.requests
    assert request.headers["x-api-key"] == API_KEY
    assert API_KEY not in request.target
    assert [source.name for source in configured(settings)] == ["healthchecks"]
    assert policy.decide(Facts(NOW, (report,)), policy.Rules()).status.value == "operational"
    assert all(one.uptime.last_24h is None for one in report.monitors)


@pytest.mark.parametrize(
    ("status", "state", "confirmed", "published"),
    [
        ("up", "up", False, "operational"),
        ("grace", "up", False, "operational"),
        ("down", "down", True, "outage"),
        # Only version 1 of the API has "started", which hides the outcome of the job before.
        ("started", "unknown", False, "unknown"),
        ("a new word", "unknown", False, "unknown"),
    ],
)
def test_each_status_and_what_is_published_without_a_confirmation_poll(
    service: Service, settings: Settings, status: str, state: str, confirmed: bool, published: str
) -> None:
    service.checks[1] = check(2, status, ago=4000)
    report = poll(settings)
    (found,) = (one for one in report.monitors if one.key == monitor_key(2))
    expected_ping = status in ("up", "grace")
    assert (found.state.value, found.confirmed) == (state, confirmed), expected_ping
    decision = policy.decide(Facts(NOW, (report,)), policy.Rules())
    assert (decision.status.value, decision.awaits_confirmation) == (published, False)


@pytest.mark.parametrize(("status", "words"), [("paused", "1 check paused"), ("new", "1 check never pinged yet")])
def test_a_check_that_watches_nothing_is_left_out_with_a_remark(
    service: Service, settings: Settings, status: str, words: str
) -> None:
    service.checks[2] = check(3, status)
    report = poll(settings)
    assert states(report) == {monitor_key(1): "up", monitor_key(2): "up"}
    assert (report.remarks, report.left_out) == ((words,), {monitor_key(3)})


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (check(1, ago=3600 + 900 + 301), "its grace time has passed, so the response may come from a cache"),
        (check(1, ago=-400), "the last ping is in the future"),
        (check(1, last_ping=None), "no recent ping to base the status on"),
        (check(1, next_ping=None), "no recent ping to base the status on"),
    ],
)
def test_up_that_the_times_contradict_is_unknown(
    service: Service, settings: Settings, one: dict[str, Any], words: str
) -> None:
    service.checks = [one]
    (found,) = poll(settings).monitors
    assert (found.state.value, found.evidence[-1]) == ("unknown", words)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (check(1, ago=3600 + 900 + 300), "last ping 80 minutes ago (2026-03-01T10:40:30Z)"),
        (check(1, ago=0), "last ping 0 seconds ago (2026-03-01T12:00:30Z)"),
        (check(1, ago=-300), "last ping 5 minutes ahead (2026-03-01T12:05:30Z)"),
    ],
)
def test_up_counts_until_its_grace_time_has_passed_by_a_clock_that_is_five_minutes_off(
    service: Service, settings: Settings, one: dict[str, Any], words: str
) -> None:
    service.checks = [one]
    (found,) = poll(settings).monitors
    assert (found.state.value, found.evidence) == ("up", ("Healthchecks says up", words))


def test_statuses_that_are_not_known_are_counted_in_a_warning(service: Service, settings: Settings) -> None:
    assert poll(settings).warnings == ()
    service.checks[1:] = [check(2, "started"), check(3, "odd")]
    assert tuple(map(str, poll(settings).warnings)) == (
        "2 checks have a status that is not known, which counts as unknown",
    )


def test_a_check_shows_no_name(service: Service, settings: Settings) -> None:
    private = frozenset({"acme.example"})
    shown = healthchecks.Check("0" * 40, "acme", "up", frozenset({"acme"}), NOW, NOW, timedelta(0), None, private)
    assert "acme" not in repr(shown)


def test_a_job_that_runs_once_a_day_is_up_all_day(service: Service, settings: Settings) -> None:
    service.checks = [check(1, ago=23 * 3600, period=86400)]
    (found,) = poll(settings).monitors
    assert found.state.value == "up"
    assert found.evidence == ("Healthchecks says up", "last ping 23 hours ago (2026-02-28T13:00:30Z)")


def test_tags_choose_and_the_others_are_guarded_all_the_same(service: Service, make_settings: Make) -> None:
    settings = make_settings(
        HEALTHCHECKS_URL=service.server.url, HEALTHCHECKS_API_KEY=API_KEY, HEALTHCHECKS_TAGS="www, public, none"
    )
    service.checks = [check(1, tags="public db"), check(2, "down", tags="publicity"), check(3, tags="")]
    report = poll(settings)
    assert states(report) == {monitor_key(1): "up"}
    assert report.left_out == {monitor_key(2), monitor_key(3)}
    assert tuple(map(str, report.warnings)) == (
        "2 tags in HEALTHCHECKS_TAGS without a check. Correct HEALTHCHECKS_TAGS.",
    )
    assert "Client 2 backup" in report.private_names


def test_a_key_that_may_write_gives_the_same_monitors_and_its_addresses_are_guarded(
    service: Service, settings: Settings
) -> None:
    code = UUID("31365bce-8da9-4729-8ff3-aaa71d56b712")
    digest = hashlib.sha1(b"31365bce8da94729").hexdigest()
    shown = check(1)
    del shown["unique_key"]
    service.checks = [shown | {"ping_url": f"https://hc-ping.com/{code}", "channels": ""}]
    by_writing_key = poll(settings)
    service.checks = [check(1, unique_key=digest)]
    assert states(by_writing_key) == states(poll(settings)) == {f"healthchecks:{digest[:12]}": "up"}
    body = json.dumps({"notes": f"see {code}"}).encode()
    private = private_terms.private(settings, (by_writing_key,))
    assert leak_guard.search("status.json", body, "application/json", frozenset(), private)


def test_a_check_that_is_deleted_is_missing_until_it_is_accepted(service: Service, settings: Settings) -> None:
    polls = Polls(settings)
    polls.at(NOW)
    service.checks = [check(1, period=90000), check(2, period=90000)]
    kept = polls.at(NOW + timedelta(minutes=10))
    assert (states(kept)[monitor_key(3)], missing_keys(kept)) == ("up", [])
    gone = polls.at(NOW + timedelta(minutes=20))
    assert missing_keys(gone) == [monitor_key(3)]
    assert "See whether the check was deleted" in gone.problems[0].remedy
    polls.accept_all()
    assert not polls.at(NOW + timedelta(minutes=30)).problems


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, b'{"error": "wrong api key"}', JSON), "401, the API key is refused. Set HEALTHCHECKS_API_KEY"),
        (Reply(403, b"{}", JSON), "403, the API key is refused"),
        (Reply(404, b"", JSON), "404, the API has no version 3"),
        (Reply(429, b"{}", JSON), "429, too many requests"),
        (Reply(500, b"{}", JSON), "500 from Healthchecks, or from a proxy in front of it"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "a web page came instead of data"),
        (Reply(200, b"<input type=password>", {"Content-Type": "text/html"}), "a login page came instead of data"),
        (Reply(302, b"", {"Location": "/accounts/login/?next=/x"}), "a login page"),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), "redirects to https://elsewhere.example"),
        (Reply(200, b"[]", JSON), "is no JSON object"),
        (Reply(200, b'{"checks": ' + b"[" * 100_000, JSON), "is no JSON object"),
        (Reply(200, b"{}", JSON), "the list of checks cannot be read"),
        (Reply(200, b'{"checks": 5}', JSON), "the list of checks cannot be read"),
        (Reply(200, b'{"checks": [5]}', JSON), "the list of checks cannot be read"),
        (Reply(200, b'{"checks": {"a": {}}}', JSON), "the list of checks cannot be read"),
        (Reply(200, b"{}", JSON, fault="reset"), "is unreachable"),
    ],
)
def test_a_malformed_answer_is_an_error_without_the_key(
    hostile: HostileS3, settings: Settings, reply: Reply, words: str
) -> None:
    hostile.always(reply)
    with pytest.raises(NoAnswerError) as caught:
        poll(settings)
    assert words in str(caught.value)
    assert API_KEY not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unique_key": 5},
        {"unique_key": "not hexadecimal"},
        {"name": None},
        {"status": ["up"]},
        {"tags": 1},
        {"grace": None},
        {"grace": 1e300},
        {"last_ping": "yesterday"},
        {"last_ping": "2026-03-01T12:00:00"},
        {"next_ping": 1772366400},
    ],
)
def test_a_check_with_a_field_of_another_type_makes_no_list(
    service: Service, settings: Settings, wrong: dict[str, Any]
) -> None:
    service.checks[1] = check(2) | wrong
    with pytest.raises(NoAnswerError, match="the list of checks cannot be read"):
        poll(settings)


def test_one_check_twice_is_no_list(service: Service, settings: Settings) -> None:
    service.checks.append(check(1, "down"))
    with pytest.raises(NoAnswerError, match="names one check twice"):
        poll(settings)


def test_an_answer_that_is_too_large_is_an_error(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_api, "LARGEST", 10_000)
    service.checks = [check(number) for number in range(100)]
    with pytest.raises(NoAnswerError, match="has more than"):
        poll(settings)


def test_a_service_that_hangs_ends_in_time(hostile: HostileS3, settings: Settings) -> None:
    hostile.always(Reply(fault="hang"))
    with pytest.raises(NoAnswerError, match="no complete response within"):
        poll(settings, seconds=0.5)


def test_names_and_the_key_are_guarded(service: Service, settings: Settings) -> None:
    private = private_terms.private(settings, (poll(settings),))
    for text in ("Client 3 backup", "client-3-backup", API_KEY):
        body = json.dumps({"notes": f"see {text}"}).encode()
        assert leak_guard.search("status.json", body, "application/json", frozenset(), private), text


class IsolatedHealthchecks:
    """A Healthchecks whose network comes and goes, and the job that polls it every ten minutes.

    Job 1 pings every 5 minutes and may be 5 minutes late, job 2 every hour with 10 minutes, and job 3 once a day with
    an hour, on a schedule.
    """

    GIVEN = ((1, 300, 300), (2, 3600, 600), (3, 86400, 3600))

    def __init__(
        self, service: Service, make_settings: Make, clock: MovableClock, directory: Path, *, jobs: int = 3
    ) -> None:
        self.service, self.clock, self.directory = service, clock, directory
        self.given = self.GIVEN[:jobs]
        self.has_network, self.outside, self.dead = True, 200, frozenset[int]()
        self.pinged = {number: clock.now() - timedelta(seconds=60 * number) for number, _, _ in self.given}
        server = service.server
        server.now = clock.now
        healthchecks_answers = service.answer
        server.answer = lambda request: (
            Reply(self.outside) if request.path == "/outside" else healthchecks_answers(request)
        )
        self.settings = make_settings(
            HEALTHCHECKS_URL=server.url, HEALTHCHECKS_API_KEY=API_KEY, CONNECTIVITY_URL=f"{server.url}/outside"
        )

    def _list(self) -> None:
        now = self.clock.now()
        self.service.checks = []
        for number, period, grace in self.given:
            while self.has_network and number not in self.dead:
                due = self.pinged[number] + timedelta(seconds=period)
                if due > now:
                    break
                self.pinged[number] = due
            silent = (now - self.pinged[number]).total_seconds()
            status = "up" if silent < period else "grace" if silent < period + grace else "down"
            listed = check(number, status, ago=(NOW - self.pinged[number]).total_seconds(), period=period, grace=grace)
            if period == 86400:
                del listed["timeout"]
                listed |= {"schedule": "0 3 * * *", "tz": "UTC"}
            self.service.checks.append(listed)

    def run(self) -> str:
        """Run the job once, and return what it publishes."""
        self._list()
        self.clock.before_waking = self._list
        job.run(self.settings, self.clock, self.directory)
        self.clock.moment += timedelta(minutes=10)
        return str(json.loads((self.directory / "public/status.json").read_bytes())["platform_status"])

    def requests_outside(self) -> int:
        return sum(request.path == "/outside" for request in self.service.server.requests)


@pytest.fixture
def world(service: Service, make_settings: Make, clock: MovableClock, tmp_path: Path) -> IsolatedHealthchecks:
    return IsolatedHealthchecks(service, make_settings, clock, tmp_path)


def test_a_healthchecks_that_has_lost_its_network_is_isolated_until_pings_are_due_again(
    world: IsolatedHealthchecks,
) -> None:
    assert [world.run() for _ in range(3)] == ["operational"] * 3
    assert not world.requests_outside()
    world.has_network, world.outside = False, 502
    # The first check is late after ten minutes, the second after more than an hour; the third is up all the time.
    while_isolated = [world.run() for _ in range(12)]
    assert set(while_isolated) <= {"operational", "unknown"}
    assert while_isolated[2:] == ["unknown"] * 10
    world.has_network, world.outside = True, 200
    assert [world.run() for _ in range(8)][2:] == ["operational"] * 6


def test_a_job_that_dies_while_others_ping_is_an_outage(world: IsolatedHealthchecks) -> None:
    assert world.run() == "operational"
    world.dead = frozenset({2})
    assert "outage" in [world.run() for _ in range(9)]
    assert world.run() == "outage"


def test_all_jobs_dead_while_the_network_is_there_are_an_outage(world: IsolatedHealthchecks) -> None:
    assert world.run() == "operational"
    world.dead = frozenset({1, 2, 3})
    assert [world.run() for _ in range(3)][-1] == "outage"
    assert world.requests_outside()


def test_a_job_that_died_while_healthchecks_was_isolated_is_down_once_its_ping_is_overdue(
    world: IsolatedHealthchecks,
) -> None:
    assert world.run() == "operational"
    world.has_network, world.outside, world.dead = False, 502, frozenset({1})
    assert [world.run() for _ in range(4)][-1] == "unknown"
    world.has_network, world.outside = True, 200
    after = [world.run() for _ in range(5)]
    assert after[0] == "unknown"
    assert after[-1] == "outage"


def test_a_first_run_that_finds_everything_down_requests_the_address_outside(
    service: Service, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    world = IsolatedHealthchecks(service, make_settings, clock, tmp_path, jobs=2)
    world.pinged = dict.fromkeys(world.pinged, clock.now() - timedelta(hours=3))
    world.has_network, world.outside = False, 503
    assert world.run() == "unknown"
    world.outside = 200
    world.dead = frozenset({1, 2})
    world.has_network = True
    assert [world.run() for _ in range(9)][-1] == "outage"


@pytest.mark.parametrize(
    ("more", "is_read"),
    [
        ({"timeout": 10**13}, False),
        ({"grace": 10**13}, False),
        ({"grace": -1}, False),
        ({"timeout": "1e999"}, False),
        ({"timeout": None}, True),
        ({"next_ping": "9999-12-31T23:59:59+00:00"}, True),
        ({"next_ping": "0001-01-01T00:00:00+00:00"}, True),
    ],
    ids=str,
)
def test_odd_durations_and_times_end_no_poll(
    service: Service, settings: Settings, more: dict[str, Any], is_read: bool
) -> None:
    service.checks = [check(1, **more), check(2)]
    if is_read:
        assert len(states(poll(settings))) == 2
    else:
        with pytest.raises(NoAnswerError, match="cannot be read"):
            poll(settings)
