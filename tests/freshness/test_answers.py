# SPDX-License-Identifier: MIT
"""What visitors may get of the status, and which faults of it are found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from elytra_status import freshness
from elytra_status.freshness import FreshnessResult
from elytra_status.settings import Settings
from elytra_status.system.clock import to_text
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.visited import FRESH, ORIGINS, STALE, Make, behind_a_cache, body_of, check, good, only

pytestmark = pytest.mark.slow


def test_what_is_fresh_is_fresh(settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    server.answer = lambda request: good(clock.now() - timedelta(minutes=9))
    findings = check(settings, clock)
    assert only(findings) == FreshnessResult(
        f"{server.url}/status.json", True, (), clock.now() - timedelta(minutes=9), "unknown"
    )
    assert freshness.exit_status(findings) == FRESH


def test_the_request_is_that_of_a_browser_and_goes_past_no_cache(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    check(behind_a_cache(make_settings, server, storage, CORS_ORIGINS=ORIGINS), clock)
    for each, path in ((server, "/status.json"), (storage, "/status/status.json")):
        assert sorted(request.headers["origin"] for request in each.requests) == sorted(ORIGINS.split(","))
        for request in each.requests:
            assert request.target == path
            assert request.method == "GET"
            assert not {"authorization", "cookie", "cache-control", "pragma"} & request.headers.keys()


@pytest.mark.parametrize(
    ("age", "fault"),
    [
        (timedelta(minutes=30), None),
        (timedelta(minutes=30, seconds=1), "is 30 minutes old"),
        (timedelta(hours=26), "is 26 hours old"),
        (timedelta(days=400), "is 400 days old"),
        (-timedelta(minutes=5), None),
        (-timedelta(minutes=5, seconds=1), "is dated 5 minutes in the future"),
        (-timedelta(hours=3), "is dated 3 hours in the future"),
    ],
)
def test_too_old_and_too_new(
    age: timedelta, fault: str | None, settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    written = clock.now() - age
    server.answer = lambda request: good(written)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == (STALE if fault else FRESH)
    if fault:
        (found,) = map(str, only(findings).faults)
        assert found.startswith(fault)
        assert to_text(written) in found


def changed(**changes: object) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({**json.loads(body), **changes}).encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"",
        lambda body: body[:-20],
        lambda body: b"<html>It works!</html>",
        lambda body: b"\xff\xfe",
        lambda body: b"[" * 100_000,
        lambda body: b"null",
        lambda body: body.replace(b"null", b"NaN", 1),
        changed(platform_status="splendid"),
        changed(updated_at="2026-02-30T00:00:00Z"),
        changed(updated_at=None),
        changed(uptime={"last_24h": 100.1, "last_7d": None, "last_30d": None}),
        changed(secret="x"),
    ],
)
def test_what_is_no_status(
    spoil: Callable[[bytes], bytes], settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    body = spoil(body_of(clock.now()))
    server.answer = lambda request: Reply(200, body, good(clock.now()).headers)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert "not a valid status" in fault
    assert "\n" not in fault


def test_a_login_page_is_called_that(settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    page = b"<title>Sign in</title><form><input type='password'></form>"
    server.answer = lambda request: Reply(200, page, {"Content-Type": "text/html; charset=utf-8"})
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert fault.startswith("shows visitors a login page. Let the proxy or CDN")


@pytest.mark.parametrize(
    ("status", "words"), [(404, "does not exist"), (403, "not public"), (500, "500"), (204, "204")]
)
def test_other_answers(status: int, words: str, settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    server.answer = lambda request: Reply(status, b"", good(clock.now()).headers)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert words in fault


@pytest.mark.parametrize(
    ("header", "value", "words"),
    [
        ("Content-Type", "text/plain", "Content-Type is text/plain, not application/json"),
        ("Content-Type", "", "Content-Type is missing"),
        ("Cache-Control", "", "Cache-Control does not limit"),
        ("Cache-Control", "public", "Cache-Control does not limit"),
        ("Cache-Control", "public, max-age=301", "301 s"),
        ("Cache-Control", "PUBLIC, MAX-AGE=86400", "86400 s"),
        ("Cache-Control", "max-age=300, s-maxage=86400", "86400 s"),
        ("Cache-Control", "s-maxage=300", "Cache-Control does not limit"),
        ("Access-Control-Allow-Origin", "", "CORS"),
        ("Access-Control-Allow-Origin", "https://other.example", "CORS"),
        ("Access-Control-Allow-Origin", "*, *", "CORS"),
        ("Access-Control-Allow-Origin", "null", "CORS"),
    ],
)
def test_wrong_headers(
    header: str, value: str, words: str, settings: Settings, server: HostileS3, clock: MovableClock
) -> None:
    headers = {name: text for name, text in {**good(clock.now()).headers, header: value}.items() if text}
    server.answer = lambda request: Reply(200, body_of(clock.now()), headers)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert words in fault


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Type", "Application/JSON; charset=utf-8"),
        ("Cache-Control", "max-age=0"),
        ("Cache-Control", "no-store"),
        ("Cache-Control", "No-Cache, private"),
        ("Cache-Control", 'public, max-age="300"'),
        ("Cache-Control", "max-age=300,s-maxage=60, stale-if-error=86400"),
        ("Access-Control-Allow-Origin", "https://www.example.com"),
    ],
)
def test_right_headers(header: str, value: str, settings: Settings, server: HostileS3, clock: MovableClock) -> None:
    headers = {**good(clock.now()).headers, header: value}
    server.answer = lambda request: Reply(200, body_of(clock.now()), headers)
    assert only(check(settings, clock)).faults == ()


def test_cors_for_one_of_two_sites_only(server: HostileS3, make_settings: Make, clock: MovableClock) -> None:
    server.answer = lambda request: good(clock.now(), Access_Control_Allow_Origin="https://www.example.com")
    settings = make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=ORIGINS)
    findings = check(settings, clock)
    assert freshness.exit_status(findings) == STALE
    (fault,) = map(str, only(findings).faults)
    assert "https://shop.example.com" in fault
    assert "www.example.com" not in fault


@pytest.mark.parametrize(
    ("configured", "asked"),
    [
        ("https://*.acme.test", "https://www.acme.test"),
        ("https://shop-*.acme.test", "https://shop-www.acme.test"),
        ("*", "https://www.example.com"),
        ("https://acme.test:8443", "https://acme.test:8443"),
    ],
)
def test_a_pattern_of_origins_is_requested_as_one_origin(
    configured: str, asked: str, server: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    server.answer = lambda request: good(clock.now(), Access_Control_Allow_Origin=asked)
    findings = check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=configured), clock)
    assert [request.headers["origin"] for request in server.requests] == [asked]
    assert freshness.exit_status(findings) == FRESH


@pytest.mark.parametrize("stale_for", [0, 1])
def test_a_cache_that_keeps_a_copy_for_each_site_is_queried_for_each(
    stale_for: int, server: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    stale = ORIGINS.split(",")[stale_for]

    def answer(request: Request) -> Reply:
        return good(clock.now() - timedelta(hours=2 if request.headers["origin"] == stale else 0))

    server.answer = answer
    finding = only(check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=ORIGINS), clock))
    (fault,) = map(str, finding.faults)
    assert fault.startswith("is 2 hours old")
    assert finding.updated_at == clock.now() - timedelta(hours=2)


def test_faults_are_shown_together_and_once(server: HostileS3, make_settings: Make, clock: MovableClock) -> None:
    server.answer = lambda request: Reply(200, body_of(clock.now() - timedelta(hours=2)), {"Content-Type": "text/html"})
    finding = only(check(make_settings(STATUS_URL=f"{server.url}/status.json", CORS_ORIGINS=ORIGINS), clock))
    assert len(finding.faults) == len(set(finding.faults)) == 5
