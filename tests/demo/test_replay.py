# SPDX-License-Identifier: MIT
"""The replay server, queried over real HTTP as a client would."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from elytra_status.demo.recording import NO_ANSWER, RECORDINGS, RecordedResponse, load_recording
from elytra_status.demo.replay import ReplayFault, ReplayServer, html_page, huge, invalid_utf8, main, redirect
from tests import synthetic

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures" / "uptime-kuma"
VERSIONS = ("v1.23.17", "v2.5.3")
KEY = "uk1_a-key-for-tests"
PAGE = "/api/status-page/elytra"
HEARTBEAT = "/api/status-page/heartbeat/elytra"
SECONDS = 5.0


def index(version: str) -> list[dict[str, Any]]:
    """Return the entries of both indexes, the demo's and the tests'."""
    files = [place / version / "index.json" for place in (FIXTURES, RECORDINGS)]
    return [entry for file in files if file.exists() for entry in json.loads(file.read_text())["answers"]]


def scenarios() -> list[tuple[str, str]]:
    return sorted({(version, entry["scenario"]) for version in VERSIONS for entry in index(version)})


@contextmanager
def serving(scenario: str = "all-up", version: str = "v2.5.3", **options: Any) -> Iterator[ReplayServer]:
    with ReplayServer(load_recording(FIXTURES, version, scenario), **{"api_key": KEY, **options}) as server:
        yield server


def ask(server: ReplayServer, path: str, **options: Any) -> requests.Response:
    return requests.get(server.url + path, **{"timeout": SECONDS, **options})


def newest_heartbeat(answer: requests.Response) -> datetime:
    times = [heartbeat["time"] for heartbeats in answer.json()["heartbeatList"].values() for heartbeat in heartbeats]
    return datetime.fromisoformat(max(times)).replace(tzinfo=UTC)


@pytest.mark.parametrize("version", VERSIONS)
def test_metrics_want_the_key_as_the_password(version: str) -> None:
    with serving(version=version) as server:
        for auth in (None, ("", "wrong"), (KEY, ""), ("admin", "admin")):
            refused = ask(server, "/metrics", auth=auth)
            assert (refused.status_code, refused.content) == (401, b"")
            assert refused.headers["WWW-Authenticate"] == "Basic"
        for headers in ({"Authorization": f"Bearer {KEY}"}, {"Authorization": "Basic !"}, {"X-API-Key": KEY}):
            assert ask(server, "/metrics", headers=headers).status_code == 401
        for user in ("", "prometheus"):
            answer = ask(server, "/metrics", auth=(user, KEY))
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert b"monitor_status{" in answer.content


def test_without_a_key_metrics_want_nothing() -> None:
    with serving(api_key=None) as server:
        assert ask(server, "/metrics").status_code == 200


def test_answers_are_those_recorded_but_for_their_times() -> None:
    recorded = load_recording(FIXTURES, "v2.5.3", "all-up")
    entry = recorded.answer("heartbeat")
    with serving(moved_to=entry.recorded_at) as server:
        answer = ask(server, HEARTBEAT)
        assert answer.content == (RECORDINGS / "v2.5.3/all-up/heartbeat.json").read_bytes()
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        assert not {"ETag", "Keep-Alive", "Connection", "Transfer-Encoding"} & set(answer.headers)
        badge = ask(server, "/api/badge/1/uptime/168")
        assert b"<title>Uptime (168h): 98.81%</title>" in badge.content
        assert badge.headers["Content-Type"].startswith("image/svg+xml")


@pytest.mark.parametrize("version", VERSIONS)
def test_times_are_moved_to_the_present(version: str) -> None:
    with serving(version=version) as server:
        answer = ask(server, HEARTBEAT)
        assert timedelta(0) <= datetime.now(UTC) - newest_heartbeat(answer) < timedelta(seconds=3)
        sent = parsedate_to_datetime(answer.headers["Date"])
        assert abs(datetime.now(UTC) - sent) < timedelta(seconds=3)
        text = ask(server, "/metrics", auth=("", KEY)).text
        (started,) = (line.split()[1] for line in text.splitlines() if line.startswith("process_start_time_seconds "))
        assert 90 < time.time() - int(started) < 110


@pytest.mark.parametrize(("version", "scenario"), scenarios())
def test_no_recorded_heartbeat_comes_from_the_future(version: str, scenario: str) -> None:
    now = datetime(2030, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
    recording = load_recording(FIXTURES, version, scenario, fallback=None)
    for path, answer in recording.answers.items():
        if "/heartbeat/" in path and answer.status == 200 and answer.body.startswith(b"{"):
            heartbeats = json.loads(answer.body_at(now))["heartbeatList"]
            times = [heartbeat["time"] for each in heartbeats.values() for heartbeat in each]
            assert all(time <= "2030-02-03 04:05:06.789" for time in times)


@pytest.mark.parametrize(("version", "scenario"), scenarios())
def test_moving_changes_nothing_but_times(version: str, scenario: str) -> None:
    recording = load_recording(FIXTURES, version, scenario, fallback=None)
    for answer in recording.named.values():
        if answer.status == NO_ANSWER or answer.recorded_at is None:
            continue
        assert answer.body_at(answer.recorded_at) == answer.body
        moved = answer.body_at(answer.recorded_at + timedelta(days=100))
        assert len(moved) == len(answer.body)
        if answer.body[:1] == b"{":
            json.loads(moved)


@pytest.mark.parametrize("version", VERSIONS)
def test_incidents_and_maintenance_move_too(version: str) -> None:
    recording = load_recording(FIXTURES, version, "timezone-tokyo")
    recorded_at = recording.answer("page").recorded_at
    assert recorded_at is not None
    with ReplayServer(recording, moved_to=recorded_at + timedelta(days=1, hours=1)) as server:
        page = ask(server, PAGE).json()
    incidents = page["incidents"] if version == "v2.5.3" else [page["incident"]]
    assert incidents[0]["createdDate"].startswith("2026-11-22 05:44:")
    assert incidents[0]["lastUpdatedDate"] is None
    # A person's text stays.
    assert incidents[0]["title"].startswith("Posted at 2026-11-21T13:44")
    single, nightly = page["maintenanceList"]
    assert single["timeslotList"] == [{"startDate": "2026-11-22 13:44", "endDate": "2026-11-22 16:44"}]
    assert nightly["timeslotList"][0] == {
        "startDate": "2026-11-22T05:00:00.000Z",
        "endDate": "2026-11-22T06:30:00.000Z",
    }


def test_a_clock_is_passed_in() -> None:
    now = datetime(2031, 7, 1, 12, 0, tzinfo=UTC)
    with serving(clock=lambda: now) as server:
        answer = ask(server, HEARTBEAT)
        assert answer.headers["Date"] == "Tue, 01 Jul 2031 12:00:00 GMT"
        assert now - newest_heartbeat(answer) < timedelta(seconds=2)


def test_heartbeats_that_were_moved_to_a_moment_grow_old() -> None:
    now = datetime(2031, 7, 1, 12, 0, tzinfo=UTC)
    clock = [now]
    with serving(clock=lambda: clock[0], moved_to=now) as server:
        first = newest_heartbeat(ask(server, HEARTBEAT))
        clock[0] += timedelta(hours=1)
        answer = ask(server, HEARTBEAT)
        assert newest_heartbeat(answer) == first
        assert answer.headers["Date"] == "Tue, 01 Jul 2031 13:00:00 GMT"


def test_what_a_scenario_lacks_comes_from_its_fallback() -> None:
    with serving("one-down") as server:
        assert b"(720h): 99.72%" in ask(server, "/api/badge/1/uptime/720").content
        assert b'monitor_name="Scheduler"' in ask(server, "/metrics", auth=("", KEY)).content
        status = load_recording(FIXTURES, "v2.5.3", "one-down", fallback=None).answer("metrics").body
        assert ask(server, "/metrics", auth=("", KEY)).content.count(b"} 0\n") == status.count(b"} 0\n")
        server.recording = load_recording(FIXTURES, "v2.5.3", "one-down", fallback=None)
        assert b"<title>N/A</title>" in ask(server, "/api/badge/1/uptime/720").content


def test_names_choose_between_answers_of_one_path() -> None:
    early = load_recording(FIXTURES, "v2.5.3", "just-restarted", names={"/metrics": "metrics-0"})
    late = load_recording(FIXTURES, "v2.5.3", "just-restarted", names={"/metrics": "metrics-30s"})
    assert early.find("/metrics") is early.answer("metrics-0")
    assert late.find("/metrics") is late.answer("metrics-30s")
    assert early.find("/metrics").body != late.find("/metrics").body
    auth = load_recording(FIXTURES, "v2.5.3", "auth")
    assert auth.answer("metrics-bearer").status == 401
    assert auth.answer("metrics-key").status == 200
    with pytest.raises(KeyError):
        auth.answer("no-such-entry")
    with pytest.raises(ValueError, match="no entry"):
        load_recording(FIXTURES, "v2.5.3", "auth", names={"/metrics": "no-such-entry"})
    with pytest.raises(ValueError, match="no scenario"):
        load_recording(FIXTURES, "v2.5.3", "no-such-scenario")


@pytest.mark.parametrize("version", VERSIONS)
def test_unknown_paths_give_the_web_app(version: str) -> None:
    with serving(version=version) as server:
        for path in ("/health", "/api/monitors", "/metrics/", HEARTBEAT + "/", "/", "/api/status-page/a/b/c"):
            answer = ask(server, path)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert b"<!DOCTYPE html>" in answer.content


@pytest.mark.parametrize("version", VERSIONS)
def test_unknown_slugs_and_badges(version: str) -> None:
    with serving(version=version) as server:
        assert ask(server, "/api/status-page/heartbeat/nobody").json() == {"heartbeatList": {}, "uptimeList": {}}
        badge = ask(server, "/api/badge/4711/uptime/720")
        assert badge.status_code == 200
        assert b"<title>N/A</title>" in badge.content
        assert b"<title>N/A</title>" in ask(server, "/api/status-page/nobody/badge").content


def test_an_unknown_page_is_404_in_version_2() -> None:
    with serving() as server:
        answer = ask(server, "/api/status-page/nobody?t=1")
        assert answer.status_code == 404
        assert answer.json() == {"status": "fail", "msg": "Status Page Not Found"}


@pytest.mark.parametrize("path", ["/api/status-page/nobody", "/api/status-page/ELYTRA"])
def test_an_unknown_page_is_never_answered_in_version_1(path: str) -> None:
    with serving(version="v1.23.17") as server:
        with pytest.raises(requests.ReadTimeout):
            ask(server, path, timeout=0.3)
        # Others are answered nevertheless.
        assert ask(server, PAGE).status_code == 200


def test_requests_are_kept_as_they_came() -> None:
    with serving() as server:
        ask(server, HEARTBEAT + "?t=7", headers={"X-Apicache-Bypass": "1"})
        requests.head(server.url + PAGE, timeout=SECONDS)
        first, second = server.requests
        assert first[:2] == ("GET", HEARTBEAT + "?t=7")
        assert first.headers["X-Apicache-Bypass"] == "1"
        assert second.method == "HEAD"


def test_one_connection_serves_many_requests() -> None:
    with serving() as server, requests.Session() as session:
        adapter = session.get_adapter(server.url)
        assert isinstance(adapter, requests.adapters.HTTPAdapter)
        for path in (PAGE, HEARTBEAT, "/metrics", "/health", "/api/badge/1/uptime/24") * 3:
            session.get(server.url + path, timeout=SECONDS)
        session.head(server.url + PAGE, timeout=SECONDS)
        pools = adapter.poolmanager.pools
        keys = list(pools.keys())
        assert [pools.get(key).num_connections for key in keys] == [1]


def test_reset_in_the_body() -> None:
    with serving(faults={HEARTBEAT: ReplayFault(reset=True)}) as server:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=SECONDS) as client:
            client.sendall(f"GET {HEARTBEAT} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            parts: list[bytes] = []
            with pytest.raises(ConnectionResetError):
                parts.extend(iter(lambda: client.recv(65536), b""))
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        whole = len(server.recording.find(HEARTBEAT).body)
        assert f"Content-Length: {whole}".encode() in head
        assert len(body) == whole // 2
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            ask(server, HEARTBEAT)


def pauses_of(server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that a server makes, in seconds, as they come. It does not really wait."""
    pauses: list[float] = []
    assert server._server is not None
    monkeypatch.setattr(server._server.stopping, "wait", pauses.append)
    return pauses


def test_hang() -> None:
    with serving(faults={PAGE: ReplayFault(hang=True)}) as server:
        with pytest.raises(requests.ReadTimeout):
            ask(server, PAGE, timeout=0.3)
        server.faults = {}
        assert ask(server, PAGE).status_code == 200


def test_trickle_of_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(faults={PAGE: ReplayFault(trickle=0.4, body=b"{}\n{}\n")}) as server:
        pauses = pauses_of(server, monkeypatch)
        with ask(server, PAGE, stream=True) as answer:
            assert answer.status_code == 200
            assert answer.content == b"{}\n{}\n"
        assert pauses == [0.4] * 6


def test_trickle_of_the_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    # No pause between two bytes is as long as the timeout: only a limit on the whole helps a client.
    with serving(faults={PAGE: ReplayFault(trickle=0.02, trickle_headers=True, body=b"{}")}) as server:
        pauses = pauses_of(server, monkeypatch)
        assert ask(server, PAGE).json() == {}
        assert sum(pauses) > 2


def test_status_and_body() -> None:
    with serving(
        faults={"/metrics": ReplayFault(status=502, body=b"bad gateway", content_type="text/plain")}
    ) as server:
        answer = ask(server, "/metrics")
        assert (answer.status_code, answer.text) == (502, "bad gateway")
        assert answer.headers["Content-Type"] == "text/plain"
        server.faults["/metrics"] = ReplayFault(status=503)
        assert ask(server, "/metrics", auth=("", KEY)).status_code == 503


def test_html_with_200() -> None:
    with serving(faults={HEARTBEAT: html_page()}) as server:
        answer = ask(server, HEARTBEAT)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.content.startswith(b"<!DOCTYPE html>")


def test_redirect() -> None:
    with serving() as target, serving(faults={PAGE: redirect(target.url + "/elsewhere")}) as server:
        answer = ask(server, PAGE, allow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["Location"] == target.url + "/elsewhere"
        assert ask(server, PAGE).url == target.url + "/elsewhere"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [0, 1, 65536, 1_000_003])
def test_huge_body(size: int, chunked: bool) -> None:
    with serving(faults={"/metrics": huge(size, chunked)}) as server, requests.Session() as session:
        answer = session.get(server.url + "/metrics", timeout=SECONDS)
        assert len(answer.content) == size
        assert ("Content-Length" in answer.headers) is not chunked
        families = list(text_string_to_metric_families(answer.text))
        assert sum(len(family.samples) for family in families) == answer.content.count(b"} 1\n")
        assert session.get(server.url + PAGE, timeout=SECONDS).status_code == 200


def test_invalid_utf8() -> None:
    with serving(faults={"/metrics": invalid_utf8()}) as server:
        answer = ask(server, "/metrics", auth=("", KEY))
        assert answer.headers["Content-Type"].startswith("text/plain")
        with pytest.raises(UnicodeDecodeError):
            answer.content.decode("utf-8")


def test_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(faults={PAGE: ReplayFault(delay=0.3)}) as server:
        pauses = pauses_of(server, monkeypatch)
        assert ask(server, PAGE).json()["config"]["slug"] == "elytra"
        assert pauses == [0.3]


def test_a_length_that_is_a_lie() -> None:
    with serving(faults={PAGE: ReplayFault(headers={"content-length": "100", "date": "now"}, body=b"short")}) as server:
        # Older versions of requests do not notice: urllib3 1 counts only on request.
        with ask(server, PAGE, stream=True) as answer:
            assert answer.headers["Date"] == "now"
            answer.raw.enforce_content_length = True
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                list(answer.iter_content(100))


def test_an_answer_of_ones_own() -> None:
    now = datetime.now(UTC)
    body = synthetic.heartbeat_json(200, now)
    with serving() as server:
        own = RecordedResponse(200, (("Content-Type", "application/json; charset=utf-8"),), body, now)
        server.recording = replace(server.recording, answers={**server.recording.answers, HEARTBEAT: own})
        server.moved_to = now + timedelta(days=1)
        heartbeats = ask(server, HEARTBEAT).json()["heartbeatList"]
        assert len(heartbeats) == 200
        assert heartbeats["60"][-1]["time"].startswith(f"{now + timedelta(days=1):%Y-%m-%d %H:%M:%S}")


@pytest.mark.parametrize(
    "fault",
    [
        ReplayFault(hang=True),
        ReplayFault(delay=60),
        ReplayFault(trickle=60),
        ReplayFault(trickle=60, trickle_headers=True),
        huge(10**10),
        None,
    ],
    ids=["hang", "delay", "trickle", "trickle-headers", "huge", "idle"],
)
def test_it_stops_at_once_with_a_held_connection(fault: ReplayFault | None) -> None:
    with serving(faults={PAGE: fault} if fault else {}) as server:
        client = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=SECONDS)
        client.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        deadline = time.monotonic() + SECONDS
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        threads = threading.active_count()
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 10
    # Neither the client nor a thread of the server is left waiting.
    with client:
        try:
            while client.recv(2**20):
                pass
        except ConnectionResetError:
            pass
    deadline = time.monotonic() + SECONDS
    while threading.active_count() > threads - 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == threads - 2
    assert time.monotonic() - stopping < 20


def test_a_run_of_sixty_badges_is_quick() -> None:
    with serving() as server, requests.Session() as session:
        session.get(server.url + PAGE, timeout=SECONDS)

        def seconds() -> float:
            started = time.monotonic()
            for monitor in range(1, 21):
                for hours in (24, 168, 720):
                    session.get(f"{server.url}/api/badge/{monitor}/uptime/{hours}", timeout=SECONDS)
            return time.monotonic() - started

        # An answer that waits to be acknowledged costs 40 ms each time, whatever the load of the machine.
        assert any(seconds() < 2 for _attempt in range(5))


def test_each_recorded_body_is_stored_once_and_named_by_an_index() -> None:
    bodies = {
        file.relative_to(place).as_posix(): file.read_bytes()
        for place in (FIXTURES, RECORDINGS)
        for file in place.glob("*/*/*")
        if file.name != "expected-uptime.json" and file.parent.name != "database"
    }
    assert set(bodies) == {entry["body"] for version in VERSIONS for entry in index(version) if "body" in entry}
    assert len(set(bodies.values())) == len(bodies)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal_stops_it(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "elytra_status.demo.replay", "--directory", str(FIXTURES)]
    command += ["--version", "v1.23.17", "--scenario", "one-down", "--port", "0", "--key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert requests.get(url + "/metrics", timeout=SECONDS).status_code == 401
            assert requests.get(url + "/metrics", auth=("", KEY), timeout=SECONDS).status_code == 200
        finally:
            process.send_signal(number)
        assert process.wait(SECONDS) == 0


def test_the_command_refuses_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--scenario", "no-such-scenario"])
    assert "all-up" in capsys.readouterr().err


@pytest.mark.parametrize(("version", "release"), [("1", "1.23.17"), ("2", "2.5.3")])
def test_synthetic_answers_have_the_recorded_shapes(version: str, release: str) -> None:
    recorded = load_recording(FIXTURES, f"v{release}", "all-up")
    families = {
        name: list(text_string_to_metric_families(text.decode()))
        for name, text in (
            ("synthetic", synthetic.metrics_text(3, version)),
            ("recorded", recorded.answer("metrics").body),
        )
    }
    tags = {"env", "kritisch", "tier", "stclass"}
    labels = {
        name: {
            (family.name, family.documentation, tuple(sorted({*sample.labels} - tags)))
            for family in all_families
            for sample in family.samples
            if family.name.startswith(("monitor_", "app_", "process_start"))
            and not family.name.startswith("monitor_cert")
        }
        for name, all_families in families.items()
    }
    assert labels["synthetic"] == labels["recorded"]
    now = datetime.now(UTC)
    heartbeats = json.loads(synthetic.heartbeat_json(3, now, heartbeats=5))
    recorded_heartbeats = json.loads(recorded.answer("heartbeat").body)
    assert heartbeats.keys() == recorded_heartbeats.keys()
    assert heartbeats["heartbeatList"]["1"][0].keys() == recorded_heartbeats["heartbeatList"]["1"][0].keys()
    assert [len(each) for each in heartbeats["heartbeatList"].values()] == [5, 5, 5]
    page = json.loads(synthetic.page_json(120))
    listed = [monitor["id"] for group in page["publicGroupList"] for monitor in group["monitorList"]]
    assert listed == list(range(1, 121))
