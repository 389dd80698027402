# SPDX-License-Identifier: MIT
"""Badges of Uptime Kuma from an earlier run, and when they are no longer valid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.model import Report
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.made_kuma import HEARTBEATS, heartbeats_json, kuma, listed, made, page_json, settings, steady

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
SEVEN_DAYS = "/uptime/168"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """An Uptime Kuma with twenty monitors on its page."""
    numbers = range(1, 21)
    with made(b"none", page_json(*map(listed, numbers))) as server:
        for number in numbers:
            for hours in (24, 168, 720):
                body = f"<svg><title>Uptime ({hours}h): 99.{number:02}%</title></svg>".encode()
                server.faults[f"/api/badge/{number}/uptime/{hours}"] = ReplayFault(
                    status=200, body=body, content_type="image/svg+xml"
                )
        yield server


def of_all_day(heartbeats: dict[int, list[dict[str, Any]]]) -> bytes:
    """Return heartbeats of monitors that Uptime Kuma reports as up for 24 hours."""
    return heartbeats_json(heartbeats, dict.fromkeys(heartbeats, 1))


def in_no_hurry(now: datetime, saved: Mapping[str, Any]) -> PollRequest:
    """Return a request whose deadline does not pass, however slow the machine is."""
    return PollRequest(now, 600, saved=saved, clock=MovableClock(now))


def run(server: ReplayServer, after: timedelta, before: Report | None = None, down: int = 0) -> Report:
    """Return the report of a run some time after the first one; `down` may have been down for a minute."""
    now = NOW + after
    heartbeats = {number: steady(now, [1] * 100) for number in range(1, 21)}
    if down:
        heartbeats[down][-3]["status"] = 0
    server.faults[HEARTBEATS] = ReplayFault(status=200, body=of_all_day(heartbeats), content_type="application/json")
    server.requests.clear()
    saved: Any = before.saved if before else {}
    return uptime_kuma.poll(settings(server, "page"), in_no_hurry(now, saved))


def asked(server: ReplayServer) -> set[int]:
    """Return the monitors whose badge for seven days was requested."""
    paths = [request.path for request in server.requests if request.path.endswith(SEVEN_DAYS)]
    found = {int(match[1]) for path in paths if (match := re.search(r"/badge/(\d+)/", path))}
    assert len(found) == len(paths)
    return found


def figures(report: Report) -> dict[str, Fraction | None]:
    return {monitor.key: monitor.uptime.last_7d for monitor in report.monitors}


def test_badges_hold_for_a_while_and_are_not_all_queried_in_one_run(server: ReplayServer) -> None:
    report = run(server, 0 * MINUTE)
    expected = figures(report)
    assert asked(server) == set(range(1, 21))
    assert None not in expected.values()
    times = []
    for number in range(1, 13):
        report = run(server, number * 10 * MINUTE, report)
        times.append(len(asked(server)))
        assert figures(report) == expected
    assert times[:3] == [0, 0, 0]
    assert 20 <= sum(times) <= 60
    assert max(times) < 15


def test_a_monitor_that_was_down_since_is_queried_again(server: ReplayServer) -> None:
    report = run(server, 0 * MINUTE)
    report = run(server, 10 * MINUTE, report, down=7)
    assert asked(server) == {7}
    # The new one was made after that.
    run(server, 20 * MINUTE, report)
    assert asked(server) == set()


def test_one_that_is_down_now_is_queried_in_every_run(server: ReplayServer) -> None:
    report = run(server, 0 * MINUTE)
    for number in (1, 2):
        now = NOW + number * MINUTE
        heartbeats = {one: steady(now, [1] * 99 + [0 if one == 3 else 1]) for one in range(1, 21)}
        server.faults[HEARTBEATS] = ReplayFault(
            status=200, body=of_all_day(heartbeats), content_type="application/json"
        )
        server.requests.clear()
        report = uptime_kuma.poll(settings(server, "page"), in_no_hurry(now, report.saved))
        assert asked(server) == {3}


def test_while_something_was_down_within_a_day_a_badge_that_is_not_full_is_queried_in_every_run(
    server: ReplayServer,
) -> None:
    """A monitor whose age has doubled has half of the downtime ratio, with nothing but up in between."""
    full = f"/api/badge/2{SEVEN_DAYS}"
    server.faults[full] = replace(server.faults[full], body=b"<svg><title>Uptime (168h): 100.0%</title></svg>")
    report = run(server, 0 * MINUTE)
    now = NOW + 10 * MINUTE
    heartbeats = {number: steady(now, [1] * 100) for number in range(1, 21)}
    body = heartbeats_json(heartbeats, {number: 0.95 if number in (2, 5) else 1 for number in heartbeats})
    server.faults[HEARTBEATS] = ReplayFault(status=200, body=body, content_type="application/json")
    server.requests.clear()
    uptime_kuma.poll(settings(server, "page"), in_no_hurry(now, report.saved))
    assert asked(server) == {5}


def look_at(server: ReplayServer, after: timedelta, statuses: list[int], before: Report | None = None) -> Report:
    """Return the report of a run some time after the first one, with these heartbeats of monitor 6."""
    now = NOW + after
    heartbeats = {one: steady(now, statuses if one == 6 else [1] * 100) for one in range(1, 21)}
    server.faults[HEARTBEATS] = ReplayFault(status=200, body=of_all_day(heartbeats), content_type="application/json")
    server.requests.clear()
    saved: Any = before.saved if before else {}
    return uptime_kuma.poll(settings(server, "page"), in_no_hurry(now, saved))


def test_a_badge_of_one_that_was_never_up_does_not_hold_when_it_is(server: ReplayServer) -> None:
    badge = f"/api/badge/6{SEVEN_DAYS}"
    real = server.faults[badge]
    server.faults[badge] = replace(real, body=b"<svg><title>Uptime (168h): 0.000%</title></svg>")
    report = look_at(server, 0 * MINUTE, [0] * 20)
    assert figures(report)["uptime_kuma:6"] == 0
    server.faults[badge] = real
    report = look_at(server, 10 * MINUTE, [0] * 20 + [1] * 10, report)
    assert figures(report)["uptime_kuma:6"] == Fraction("0.99055")


def test_a_badge_may_be_of_some_minutes_before_it_was_queried(server: ReplayServer) -> None:
    """A proxy that drops the header that requests a fresh one returns a cached one."""
    report = look_at(server, 0 * MINUTE, [1] * 96 + [0, 1, 1, 1])
    look_at(server, 10 * MINUTE, [1] * 86 + [0] + [1] * 13, report)
    assert asked(server) == {6}
    report = look_at(server, 0 * MINUTE, [1] * 90 + [0] + [1] * 9)
    look_at(server, 10 * MINUTE, [1] * 80 + [0] + [1] * 19, report)
    assert asked(server) == set()


def test_heartbeats_that_do_not_reach_back_prove_nothing(server: ReplayServer) -> None:
    report = run(server, 0 * MINUTE)
    now = NOW + 30 * MINUTE
    short = {one: steady(now, [1] * (10 if one == 4 else 100)) for one in range(1, 21)}
    server.faults[HEARTBEATS] = ReplayFault(status=200, body=of_all_day(short), content_type="application/json")
    server.requests.clear()
    uptime_kuma.poll(settings(server, "page"), in_no_hurry(now, report.saved))
    assert asked(server) == {4}


def test_a_badge_from_the_future_or_of_long_ago_does_not_hold(server: ReplayServer) -> None:
    report = run(server, 0 * MINUTE)
    for wrong in (-10 * MINUTE, 100 * MINUTE, timedelta(days=3)):
        run(server, wrong, report)
        assert asked(server) == set(range(1, 21))


def test_a_confirmation_poll_hands_on_saved_state() -> None:
    with kuma() as server:
        first = uptime_kuma.poll(settings(server), PollRequest(NOW, 600, clock=SYSTEM_CLOCK))
        second = uptime_kuma.poll(settings(server), PollRequest(NOW + MINUTE, 600, first, clock=SYSTEM_CLOCK))
    assert first.saved["badges"]
    assert second.saved["badges"] == first.saved["badges"]
