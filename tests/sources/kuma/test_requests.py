# SPDX-License-Identifier: MIT
"""What is requested from Uptime Kuma, how often, and what its refusals mean."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from elytra_status.decision.missing_monitors import Expected, Saved, monitors_to_save
from elytra_status.demo.replay import ReplayFault, html_page
from elytra_status.errors import NoAnswerError
from elytra_status.model import PlatformStatus
from elytra_status.run import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.sources.kuma import queries
from tests.conftest import API_KEY, VERSIONS, MovableClock
from tests.made_kuma import HEARTBEATS, METRICS, PAGE, kuma, poll, settings, states, wrong
from tests.recorded_kuma import GROUP_LEFT_OUT, PRIVATE, PUBLIC, about_monitors, headers_sent, long_started, refused

pytestmark = pytest.mark.slow

# What is requested, and how often.


def test_fresh_answers_are_requested_and_the_key_goes_to_metrics_alone() -> None:
    with kuma() as server:
        poll(settings(server))
        public = [request for request in server.requests if request.path != METRICS]
        assert {PAGE, HEARTBEATS, "/api/badge/1/uptime/168"} <= {request.path for request in public}
        for request in public:
            headers = {name.lower(): value for name, value in request.headers.items()}
            assert headers["x-apicache-bypass"] == "1"
            assert "authorization" not in headers
            assert "?" not in request.path
        (metrics,) = headers_sent(server, METRICS)
        assert metrics["Authorization"].startswith("Basic ")
        assert all(request.headers["User-Agent"].startswith("elytra-status/") for request in server.requests)


def test_only_what_the_settings_allow_is_queried() -> None:
    with kuma() as server:
        poll(settings(server, "metrics"))
        assert [request.path for request in server.requests] == [METRICS]
        server.requests.clear()
        poll(settings(server, "page"))
        assert METRICS not in [request.path for request in server.requests]
        assert len(headers_sent(server, HEARTBEATS)) == len(headers_sent(server, PAGE)) == 1


@pytest.mark.parametrize("address", ["{}/kuma/", "{}/kuma", "{}/kuma/metrics", "{}/kuma/metrics/"])
def test_an_address_below_a_path_or_of_the_metrics_themselves(address: str) -> None:
    with kuma() as server:
        with pytest.raises(NoAnswerError, match="web page came instead of data"):
            poll(settings(address.format(server.url)))
        assert {request.path for request in server.requests} == {f"/kuma{path}" for path in (METRICS, PAGE, HEARTBEATS)}


def test_a_slug_is_quoted() -> None:
    with kuma() as server:
        with pytest.raises(NoAnswerError):
            poll(settings(server, "page", slug="a/b?c#d ü"))
        assert "/api/status-page/a%2Fb%3Fc%23d%20%C3%BC" in [request.path for request in server.requests]


# Heartbeats that are slow in coming.


@pytest.mark.parametrize("version", VERSIONS)
def test_slow_heartbeats_are_queried_once_and_metrics_are_used(version: str) -> None:
    now = datetime.now(UTC)
    with kuma(version, "one-down", clock=lambda: now) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        whole = poll(settings(server), now)
        assert whole.complete
        known = monitors_to_save(whole, Expected(), Saved(), now)
        server.requests.clear()
        server.faults[HEARTBEATS] = ReplayFault(delay=20)
        server.faults[METRICS] = ReplayFault(
            body=re.sub(rb'(?m)^monitor_status\{.*"Scheduler".*\n', b"", server.faults[METRICS].body or b"")
        )
        clock = MovableClock(now)
        seen = assess.assess(
            settings(server, source_deadline_seconds=1),
            clock,
            SavedState({"uptime_kuma": known}),
            confirming=True,
        )
        assert len(clock.sleeps) == 1
        assert len(headers_sent(server, HEARTBEATS)) == 1
        assert len(headers_sent(server, METRICS)) == len(headers_sent(server, PAGE)) == 2
        assert not [request for request in server.requests if "/badge/" in request.path]
    (report,) = seen.reports
    found = states(report)
    assert found.pop("4") == "unknown"
    assert found.pop("5") == "down"
    assert set(found.values()) == {"up"}
    assert not report.complete
    assert seen.decision.status is PlatformStatus.OUTAGE
    assert seen.saved_state.known["uptime_kuma"].monitors.keys() == known.monitors.keys()


def test_slow_heartbeats_with_the_page_alone_are_no_answer() -> None:
    with kuma() as server:
        server.faults[HEARTBEATS] = ReplayFault(delay=20)
        with pytest.raises(NoAnswerError, match=r"within 1 s \(heartbeats\)"):
            poll(settings(server, "page"), seconds=1)
        assert len(headers_sent(server, HEARTBEATS)) == 1


def test_what_the_page_lists_and_nothing_gives_a_state_for_is_left_out_and_said() -> None:
    with kuma() as server:
        server.faults[HEARTBEATS] = ReplayFault(status=502)
        report = poll(settings(server))
    assert states(report) == PUBLIC | PRIVATE
    assert not report.complete
    assert about_monitors(report) == (
        "1 (uptime_kuma:6) not in /metrics, and its heartbeats are not known",
        GROUP_LEFT_OUT,
    )


def test_heartbeats_without_the_page_still_count() -> None:
    now = datetime.now(UTC)
    with kuma("v2.5.3", "one-down") as server:
        server.faults[PAGE] = ReplayFault(status=500)
        report = poll(settings(server, "page"), now)
    assert {"1": "up", "3": "up", "4": "up", "5": "down"}.items() <= states(report).items()
    assert not report.complete
    assert wrong(report).startswith("500 ")


# Refusals, each with what to do.


def test_a_key_that_is_refused() -> None:
    with kuma(api_key="another") as server:
        assert "401, the API key is refused (metrics). Create an API key under" in refused(server)


def test_a_key_that_is_missing() -> None:
    with kuma() as server:
        text = refused(server, uptime_kuma_api_key=None)
    assert (
        "401, an API key is required (metrics). Set UPTIME_KUMA_API_KEY, or UPTIME_KUMA_STATUS_PAGE to do without"
        in text
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            ReplayFault(status=403),
            "403, access is forbidden. A proxy or firewall in front of Uptime Kuma refuses this machine",
        ),
        (ReplayFault(status=404), "404, /metrics does not exist. Check whether a proxy blocks it"),
        (ReplayFault(status=502), "502 from Uptime Kuma, or from a proxy in front of it. See its log"),
        (ReplayFault(status=418), "418, not the answer of Uptime Kuma. Check UPTIME_KUMA_URL."),
        (html_page(), "a web page came instead of data (text/html). UPTIME_KUMA_URL must be Uptime Kuma's own"),
        (ReplayFault(headers={"Content-Type": ""}), "a web page came instead of data (no content type)"),
    ],
)
def test_metrics_that_are_refused(fault: ReplayFault, words: str) -> None:
    with kuma() as server:
        server.faults[METRICS] = fault
        assert words.replace(". ", " (metrics). ", 1) in refused(server)
        report = poll(settings(server, "both"))
        assert states(report) == PUBLIC
        assert wrong(report).startswith(words.partition(". ")[0])
        assert not report.complete


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ReplayFault(status=401), "401, the page is not public. A proxy in front of Uptime Kuma refuses this machine"),
        (ReplayFault(status=403), "403, the page is not public"),
        (ReplayFault(status=503), "503 from Uptime Kuma, or from a proxy in front of it"),
        (html_page(), "a web page came instead of data"),
    ],
)
def test_a_page_that_is_refused(fault: ReplayFault, words: str) -> None:
    with kuma() as server:
        server.faults[PAGE] = server.faults[HEARTBEATS] = fault
        assert words.replace(". ", " (page, heartbeats). ", 1) in refused(server, "page")
        report = poll(settings(server, "both"))
        assert states(report) == PUBLIC | PRIVATE
        assert words.partition(". ")[0] in wrong(report)


def test_a_slug_that_uptime_kuma_2_does_not_know() -> None:
    with kuma("v2.5.3") as server:
        text = refused(server, "page", slug="no-such-page")
        assert text.startswith("404, the status page does not exist (page); ")
        assert ". Set UPTIME_KUMA_STATUS_PAGE to the slug of one that is" in text
        report = poll(settings(server, "both", slug="no-such-page"))
    assert states(report) == PUBLIC | PRIVATE
    assert not report.complete


def test_a_slug_that_uptime_kuma_1_does_not_know_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE_SECONDS", 1)
    with kuma("v1.23.17") as server:
        text = refused(server, "page", seconds=60, slug="no-such-page")
        assert text.startswith("timed out after 1 s (page)")
        assert ". Check that a status page of this name exists: Uptime Kuma 1 sends no response" in text


def test_an_answer_that_never_comes() -> None:
    with kuma() as server:
        server.faults[METRICS] = ReplayFault(hang=True)
        text = refused(server, seconds=1)
    assert re.match(r"127\.0\.0\.1:[0-9]+ timed out, no complete response within 1 s \(metrics\)\. ", text)
    assert text.endswith(". Check whether it is overloaded or stuck.")


def test_no_refusal_holds_the_key() -> None:
    with kuma(api_key="another") as server:
        for mode in ("metrics", "both"):
            try:
                text = wrong(poll(settings(server, mode)))
            except NoAnswerError as error:
                text = str(error)
            assert API_KEY not in text
