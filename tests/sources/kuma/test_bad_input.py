# SPDX-License-Identifier: MIT
"""Bad answers of Uptime Kuma, or of a proxy before it: bounded in time and memory, never "up"."""

from __future__ import annotations

import copy
import gzip
import json
import random
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from elytra_status.decision import policy
from elytra_status.demo.replay import ReplayFault, ReplayServer, html_page, huge, invalid_utf8, redirect
from elytra_status.errors import NoAnswerError
from elytra_status.model import Facts, PlatformStatus, Report, State, Uptime
from elytra_status.net import http
from elytra_status.settings import Settings
from elytra_status.sources.kuma import metrics as kuma_metrics
from elytra_status.sources.kuma import status_page
from elytra_status.sources.kuma.matching import Moment, gather
from elytra_status.sources.kuma.monitors import judge_monitors
from tests import synthetic
from tests.conftest import API_KEY
from tests.examples import most
from tests.made_kuma import (
    HEARTBEATS,
    JSON,
    METRICS,
    PAGE,
    TEXT,
    heartbeat,
    heartbeats_json,
    kuma,
    listed,
    made,
    metrics_text,
    page_json,
    poll,
    series,
    settings,
    states,
    steady,
    wrong,
)

pytestmark = pytest.mark.slow

PATHS = {METRICS: "metrics", PAGE: "page", HEARTBEATS: "page"}
MEGABYTE = 2**20
PUBLIC = {"1": "up", "3": "up", "4": "up", "5": "up"}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def refused(server: ReplayServer | str, mode: str = "metrics", seconds: float = 2, **more: Any) -> str:
    with pytest.raises(NoAnswerError) as caught:
        poll(settings(server, mode, **more), seconds=seconds)
    return str(caught.value)


def outcome(asked: Settings) -> tuple[Report | None, str]:
    """Return the report of a poll, or None, and all its problems."""
    try:
        report = poll(asked, NOW, seconds=5)
    except NoAnswerError as error:
        return None, str(error)
    return report, wrong(report)


# Connections that fail.


def test_a_connection_that_is_refused() -> None:
    with kuma() as server:
        gone = server.url
    for mode in ("metrics", "page", "both"):
        text = refused(gone, mode)
        assert "is unreachable, connection refused. Check its address, and that it runs." in text


def test_a_name_that_dns_does_not_know() -> None:
    assert "is unreachable, " in refused("http://kuma.invalid", seconds=10)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_a_connection_that_is_reset_in_mid_body(path: str, chunked: bool) -> None:
    with kuma() as server:
        server.faults[path] = server.faults[HEARTBEATS if path == PAGE else path] = ReplayFault(
            reset=True, chunked=chunked
        )
        assert "broke off. Check whether it, or a proxy before it, is restarting." in refused(server, PATHS[path])


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_is_shorter_than_announced(path: str) -> None:
    with kuma() as server:
        body = server.recording.find(path).body
        server.faults[path] = ReplayFault(body=body, headers={"Content-Length": str(len(body) + 1)})
        server.faults[HEARTBEATS if path == PAGE else path] = server.faults[path]
        assert "broke off" in refused(server, PATHS[path])


@pytest.mark.parametrize("keep", [0.0, 0.0001, 0.3, 0.5, 0.9, 1.0])
def test_metrics_that_are_truncated_without_a_trace_are_refused(keep: float) -> None:
    """An answer of HTTP/1.0 ends with the connection. Everything that counts comes before the version."""
    with kuma() as server:
        body = server.recording.find(METRICS).body
        cut = body[: int(body.index(b"app_version{") * keep) + 1]
        for text in (cut, cut[: cut.rfind(b"\n") + 1]):
            server.faults[METRICS] = ReplayFault(body=text)
            assert refused(server).startswith("/metrics ")


# Answers that come slowly, or never.


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "fault",
    [
        ReplayFault(hang=True),
        ReplayFault(trickle=0.2),
        ReplayFault(trickle=0.2, chunked=True),
        ReplayFault(trickle=0.2, trickle_headers=True),
    ],
    ids=["hangs", "trickles", "trickles in chunks", "trickles from its headers on"],
)
def test_what_does_not_end_is_bounded(path: str, fault: ReplayFault) -> None:
    with kuma() as server:
        server.faults[path] = server.faults[HEARTBEATS if path == PAGE else path] = fault
        text = refused(server, PATHS[path], seconds=0.5)
        assert "answer within 0 s" in text


@pytest.mark.parametrize(
    "fault", [ReplayFault(trickle=0.1), ReplayFault(trickle=0.1, trickle_headers=True), ReplayFault(hang=True)]
)
def test_one_get_is_bounded_by_itself(fault: ReplayFault) -> None:
    with kuma() as server, http.open_session() as session:
        server.faults[PAGE] = fault
        with pytest.raises(
            NoAnswerError, match=r"no complete answer within 1 s\. Check whether it is overloaded or stuck\."
        ):
            http.get(session, server.url + PAGE, seconds=0.6)


def test_one_that_hangs_does_not_hold_up_the_others() -> None:
    with kuma() as server:
        server.faults[METRICS] = ReplayFault(trickle=0.5)
        report = poll(settings(server), seconds=1)
    assert states(report) == PUBLIC
    assert not report.complete


# Answers of the wrong kind.


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "fault",
    [
        *(ReplayFault(status=status) for status in (201, 204, 206, 400, 429, 500, 502, 503, 504, 599)),
        html_page(),
        ReplayFault(body=b""),
        ReplayFault(body=b"\0\0\0\0"),
        ReplayFault(body=b"upstream connect error"),
        invalid_utf8(),
        ReplayFault(content_type="application/octet-stream"),
        ReplayFault(content_type="text/html"),
    ],
)
def test_an_invalid_answer(path: str, fault: ReplayFault) -> None:
    with kuma() as server:
        server.faults[path] = server.faults[HEARTBEATS if path == PAGE else path] = fault
        assert refused(server, PATHS[path])
        report = poll(settings(server))
        assert set(states(report).values()) == {"up"}
        assert not report.complete
        assert report.problems


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_key_does_not_follow_a_redirect(status: int) -> None:
    with kuma() as server, kuma() as other:
        for path in PATHS:
            server.faults[path] = redirect(f"{other.url}{path}", status)
        for mode in ("metrics", "page"):
            text = refused(server, mode)
            assert f"redirects to {other.url}. Set the address it redirects to; keys are not sent on" in text
        assert other.requests == []


def test_redirects_that_lead_nowhere() -> None:
    with kuma() as server:
        for location, words in (
            ("/elsewhere", "redirects to another path"),
            ("/login", "redirects to a login page. "),
            ("https://[", "redirects to what is no address"),
            ("javascript:alert(1)", "redirects to what is no address"),
            ("", "redirects to another path"),
            ("https://user:word@other.example/x", "redirects to https://other.example. "),
        ):
            server.faults[METRICS] = redirect(location)
            assert words in refused(server)


def test_visitors_follow_redirects_but_not_for_ever_and_without_reading_their_bodies() -> None:
    with kuma() as server, http.open_session() as session:
        server.faults["/a"] = ReplayFault(status=302, headers={"Location": PAGE}, size=80 * MEGABYTE, content_type=TEXT)
        assert http.get(session, f"{server.url}/a", seconds=5, redirects=http.Redirects()).status == 200
        server.faults["/b"] = redirect("/b")
        with pytest.raises(NoAnswerError, match="redirects more than 5 times"):
            http.get(session, f"{server.url}/b", seconds=5, redirects=http.Redirects())
        assert sum(request.path == "/b" for request in server.requests) == 6


def test_a_key_from_netrc_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with kuma() as server:
        assert requests.get(server.url, timeout=5).request.headers["Authorization"]
        server.requests.clear()
        poll(settings(server))
        sent = [request.headers.get("Authorization") for request in server.requests if request.path != METRICS]
    assert set(sent) == {None}


# Certificates.


@contextmanager
def over_tls(server: ReplayServer, certificate: Path) -> Iterator[str]:
    """Serve the metrics of a Kuma over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = requests.get(server.url + self.path, headers=dict(self.headers), timeout=5)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    listener.server_close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with self-signed certificates, each with its key: own.pem and other.pem."""
    directory = tmp_path_factory.mktemp("certificates")
    for name, subject in (("own", "IP:127.0.0.1"), ("other", "DNS:kuma.example")):
        key, public = directory / f"{name}.key", directory / f"{name}.crt"
        request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        about = ["-subj", "/CN=kuma", "-addext", f"subjectAltName={subject}", "-days", "2"]
        subprocess.run([*request, *about, "-keyout", key, "-out", public], check=True, capture_output=True)
        (directory / f"{name}.pem").write_bytes(key.read_bytes() + public.read_bytes())
    return directory


def test_a_certificate_that_does_not_verify(certificates: Path) -> None:
    with kuma() as server, over_tls(server, certificates / "own.pem") as url:
        text = refused(url)
        assert "is self-signed. Name its file, or that of the authority, in CA_BUNDLE" in text
        assert server.requests == []


def test_a_certificate_of_an_authority_of_ones_own(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment must not outrank the settings.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "other.crt"))
    with kuma() as server, over_tls(server, certificates / "own.pem") as url:
        report = poll(settings(url, "metrics", ca_bundle=str(certificates / "own.crt")))
        assert states(report) == PUBLIC | {"7": "up", "8": "up"}


def test_a_certificate_of_another_host(certificates: Path) -> None:
    with kuma() as server, over_tls(server, certificates / "other.pem") as url:
        assert "is for another name" in refused(url, ca_bundle=str(certificates / "other.crt"))
        assert server.requests == []


def test_https_to_a_port_that_speaks_http(certificates: Path) -> None:
    with kuma() as server:
        text = refused(server.url.replace("http:", "https:"))
        assert "does not speak TLS. Check its port, and whether it needs https." in text


def test_a_ca_bundle_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "empty.pem", tmp_path / "missing.pem", tmp_path):
        with kuma() as server:
            assert "CA_BUNDLE contains no valid certificate" in refused(server, ca_bundle=str(path))


# Answers that are too large.

PROGRAM = """
import sys
from datetime import datetime, UTC
from elytra_status.settings import Secret, Settings
from elytra_status.sources.source import PollRequest
from elytra_status.sources.kuma.uptime_kuma import poll
from elytra_status.errors import NoAnswerError
url, mode, key = sys.argv[1:]
page, key = (None, Secret(key)) if mode == "metrics" else ("elytra", None)
asked = Settings(uptime_kuma_url=url, uptime_kuma_api_key=key, uptime_kuma_status_page=page)
try:
    print(len(poll(asked, PollRequest(datetime.now(UTC), 30)).monitors), "monitors")
except NoAnswerError as error:
    print(error)
(peak,) = (int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak)
"""


def peak_of_look(server: ReplayServer, mode: str) -> tuple[str, int]:
    """Return the result of a poll in a process of its own, and its peak memory in MB."""
    command = [sys.executable, "-c", PROGRAM, server.url, mode, API_KEY]
    words, peak = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    return words, int(peak)


@pytest.mark.parametrize("chunked", [False, True])
def test_200_mb_of_metrics_are_refused_in_bounded_memory(chunked: bool) -> None:
    with kuma() as server:
        server.faults[METRICS] = huge(200 * MEGABYTE, chunked)
        words, peak = peak_of_look(server, "metrics")
    assert "has more than 64 MB" in words
    assert peak < 150


def test_metrics_that_just_fit_are_read_in_bounded_memory() -> None:
    with kuma() as server:
        server.faults[METRICS] = huge(60 * MEGABYTE)
        words, peak = peak_of_look(server, "metrics")
    assert "holds more than 50000 monitors" in words
    assert peak < 200


@pytest.mark.parametrize("element", [b"[],", b'{"a":0},'])
def test_json_of_too_many_values_is_refused_in_bounded_memory(element: bytes) -> None:
    with kuma() as server:
        body = b'{"publicGroupList":[' + element * (60 * MEGABYTE // len(element)) + b"0]}"
        server.faults[HEARTBEATS] = ReplayFault(body=body)
        server.faults[PAGE] = ReplayFault(body=body[: 15 * MEGABYTE])
        words, peak = peak_of_look(server, "page")
    assert "holds more than 1000000 values" in words
    assert "is not what Uptime Kuma gives" in words
    assert peak < 250


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_the_body_of_a_redirect_is_not_read(headers: dict[str, str]) -> None:
    with kuma() as server:
        body = gzip.compress(b"0" * 300 * MEGABYTE, 1) if headers else b"0" * 300 * MEGABYTE
        server.faults[METRICS] = ReplayFault(status=302, headers={"Location": "/elsewhere", **headers}, body=body)
        words, peak = peak_of_look(server, "metrics")
    assert "redirects to another path" in words
    assert peak < 100


@pytest.mark.parametrize("times", [1, 2])
def test_a_gzip_bomb_is_not_opened(times: int) -> None:
    body = b"0" * 300 * MEGABYTE
    for _ in range(times):
        body = gzip.compress(body, 1)
    with kuma() as server:
        encoding = ", ".join(["gzip"] * times)
        server.faults[METRICS] = ReplayFault(body=body, headers={"Content-Encoding": encoding})
        words, peak = peak_of_look(server, "metrics")
        assert server.requests[0].headers["Accept-Encoding"] == "identity"
    assert "is compressed, unasked" in words
    assert peak < 100


def test_ten_thousand_monitors_need_little_memory() -> None:
    with made(synthetic.metrics_text(10_000)) as server:
        words, peak = peak_of_look(server, "metrics")
    assert words == "10000 monitors"
    assert peak <= 150


# Values that are none.


@pytest.mark.parametrize("status", ["NaN", "+Inf", "-Inf", "-1", "4", "1e308", "0.5", "99999999999999999999"])
def test_an_invalid_status_is_unknown(status: str) -> None:
    with made(metrics_text(series(status, 1))) as server:
        assert states(poll(settings(server, "metrics"))) == {"1": "unknown"}


@pytest.mark.parametrize("ratio", ["NaN", "+Inf", "-Inf", "-0.1", "1.0001", "99.5", "1e308"])
def test_an_invalid_ratio_is_no_figure(ratio: str) -> None:
    line = series(1, 1).replace("monitor_status", "monitor_uptime_ratio")
    ratios = (line[:-3] + f',window="{window}"}} {ratio}' for window in ("1d", "30d"))
    with made(metrics_text(series(1, 1), *ratios)) as server:
        (monitor,) = poll(settings(server, "metrics")).monitors
    assert (monitor.state, monitor.uptime) == (State.UP, Uptime())


@pytest.mark.parametrize("started", ["NaN", "+Inf", "-1e300", "253402300800", "99999999999999", "-1"])
def test_an_invalid_start_does_no_harm(started: str) -> None:
    text = metrics_text(series(1, 1)).splitlines()
    text = [f"process_start_time_seconds {started}".encode() if line.startswith(b"process") else line for line in text]
    now = datetime.now(UTC)
    with made(b"\n".join([*text, b""]), page_json(listed(1)), heartbeats_json({1: steady(now, [1, 1])})) as server:
        assert states(poll(settings(server), now)) == {"1": "up"}


@pytest.mark.parametrize(
    "line",
    [
        'monitor_status{monitor_id="2",monitor_name="x" 0',
        'monitor_status{monitor_id="2",monitor_name="x"}',
        'monitor_status{monitor_id="2",monitor_name="x"} down',
        'monitor_status{monitor_id="2",monitor_name="x} 0',
        'monitor_status{monitor_id=2,monitor_name="x"} 0',
        'monitor_status{monitor_id="2",,monitor_name="x"} 0',
        'monitor_status{monitor_id="2";monitor_name="x"} 0',
        'monitor_status{="2",monitor_name="x"} 0',
        'monitor_status{monitor_id="2"} 0 0 0',
        'monitor_status{monitor_id="2"} 1',
        "monitor_status{} 0",
        "monitor_status{",
    ],
)
def test_a_line_that_cannot_be_read_is_not_passed_over(line: str) -> None:
    """It could be the one that says that a monitor is down."""
    with made(metrics_text(series(1, 1), line)) as server:
        assert "holds a line that cannot be read" in refused(server)


NO_MONITORS: tuple[Any, ...] = (None, 1, "x", [], {})
NO_IDS: tuple[Any, ...] = ("1", True, False, None, -1, 1.0, 1.5, 10**9, 10**300, [1], {})


@pytest.mark.parametrize(
    "page",
    [
        [], None, 1, "x", {}, {"publicGroupList": None}, {"publicGroupList": {}}, {"publicGroupList": [None]},
        {"publicGroupList": [[]]}, {"publicGroupList": [{}]}, {"publicGroupList": [{"monitorList": None}]},
        {"publicGroupList": [{"monitorList": {}}]}, {"publicGroupList": [{"monitorList": [None]}]},
        *({"publicGroupList": [{"monitorList": [listed(99), value]}]} for value in NO_MONITORS),
        *({"publicGroupList": [{"monitorList": [listed(99), listed(value)]}]} for value in NO_IDS),
    ],
)  # fmt: skip
def test_a_page_of_the_wrong_shape_is_refused(page: Any) -> None:
    with kuma() as server:
        server.faults[PAGE] = ReplayFault(body=json.dumps(page).encode())
        report = poll(settings(server))
    assert wrong(report).startswith("the status page is not ")
    assert not report.complete
    assert {"1", "3", "4", "5", "7", "8"} <= states(report).keys()


@pytest.mark.parametrize(
    "heartbeats",
    [
        [], None, 1, "x", {}, {"heartbeatList": {}}, {"uptimeList": {}}, {"heartbeatList": [], "uptimeList": {}},
        {"heartbeatList": {}, "uptimeList": []}, {"heartbeatList": None, "uptimeList": None},
        *({"heartbeatList": {key: []}, "uptimeList": {}} for key in ("", "x", "-1", "01", "1.0", "9" * 10, "١", " 1")),
    ],
)  # fmt: skip
def test_heartbeats_of_the_wrong_shape_are_refused(heartbeats: Any) -> None:
    with kuma() as server:
        server.faults[HEARTBEATS] = ReplayFault(body=json.dumps(heartbeats).encode())
        assert refused(server, "page").startswith("the heartbeat answer is not ")
        report = poll(settings(server))
    assert states(report) == PUBLIC | {"7": "up", "8": "up"}
    assert not report.complete


GOOD = heartbeat(NOW, 60, 1)


@pytest.mark.parametrize(
    "heartbeats",
    [
        None, {}, 1, "x", [None], [[]], [{}], ["x"], [{"status": 1}], [{"status": 1, "time": None}],
        [GOOD, {"time": GOOD["time"]}], [GOOD, {"status": 1, "time": 5}], [GOOD, {"status": 1, "time": "now"}],
        [GOOD, {"status": 1, "time": "0001-01-01T00:00:00+23:59"}], [GOOD, None],
    ],
)  # fmt: skip
def test_a_monitor_whose_heartbeats_cannot_be_read_is_unknown_and_not_left_out(heartbeats: Any) -> None:
    now = NOW
    with made(
        page=page_json(listed(1), listed(2)), heartbeats=heartbeats_json({1: steady(now, [1, 1]), 2: heartbeats})
    ) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": "up", "2": "unknown"}
    assert tuple(map(str, report.warnings)) == ("1 (uptime_kuma:2) whose heartbeats are missing, or cannot be read",)


def test_a_monitor_that_the_heartbeats_do_not_name_is_unknown() -> None:
    with made(page=page_json(listed(1), listed(2)), heartbeats=heartbeats_json({1: steady(NOW, [1, 1])})) as server:
        assert states(poll(settings(server, "page"), NOW)) == {"1": "up", "2": "unknown"}


@pytest.mark.parametrize("status", [None, True, False, "1", 1.5, -1, 4, [1], {}, 10**300, float("nan"), float("inf")])
def test_a_heartbeat_of_an_unknown_status_is_unknown(status: Any) -> None:
    entries = [heartbeat(NOW, 90, 1), heartbeat(NOW, 30, status)]
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: entries})) as server:
        expected = "up" if status == 1 and status is not True else "unknown"
        assert states(poll(settings(server, "page"), NOW)) == {"1": expected}


@pytest.mark.parametrize("year", ["0001", "9999"])
@pytest.mark.parametrize("kind", ["http", "group"])
def test_heartbeats_of_absurd_years(year: str, kind: str) -> None:
    absurd = {"status": 0, "time": f"{year}-01-01 00:00:00.000"}
    cases = {1: steady(NOW, [1, 1]), 2: [absurd, heartbeat(NOW, 5, 0)], 3: [absurd]}
    page = page_json(listed(1), listed(2, kind=kind), listed(3, kind=kind))
    for text in (None, metrics_text(series(1, 1), series(0, 2, kind=kind), series(0, 3, kind=kind))):
        with made(text, page, heartbeats_json(cases)) as server:
            found = states(poll(settings(server, "both" if text else "page"), NOW))
        assert found["1"] == "up"
        assert found.get("2") == ("unknown" if year == "9999" else "down") or kind == "group"
        assert found.get("3", "unknown") == "unknown"


@pytest.mark.parametrize("depth", [500, 5_000, 500_000])
@pytest.mark.parametrize("path", [PAGE, HEARTBEATS])
def test_json_that_is_deeply_nested(path: str, depth: int) -> None:
    for body in (
        b"[" * depth,
        b'{"publicGroupList":[{"monitorList":[{"id":99,"name":' + b"[" * depth + b"]" * depth + b"}]}]}",
        b'{"heartbeatList":{"99":' + b"[" * depth + b"]" * depth + b'},"uptimeList":{}}',
        b'{"heartbeatList":{},"uptimeList":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}",
    ):
        with kuma() as server:
            server.faults[path] = ReplayFault(body=body)
            assert "up" not in {states(poll(settings(server, "both"))).get("99")}
            assert "internal error" not in outcome(settings(server, "page"))[1]


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "1e400", "-1e400", "1E+999999", "NaN", "Infinity"])
def test_numbers_of_absurd_size(number: str) -> None:
    heartbeats = json.dumps({"heartbeatList": {"99": steady(NOW, [1, 1])}, "uptimeList": {"99_24": "@"}})
    with made(page=page_json(listed(99)), heartbeats=heartbeats.replace('"@"', number).encode()) as server:
        report, problem = outcome(settings(server, "page"))
    assert report is None or [monitor.uptime for monitor in report.monitors] == [Uptime()]
    assert report is not None or "is not JSON" in problem


@pytest.mark.parametrize(
    "title", ["101%", "-5%", "NaN%", "1e2%", "99.9", "99,9%", "999%", "１００%", "100.0000001%", "%", ""]
)
def test_a_badge_of_another_text_is_no_figure(title: str) -> None:
    assert status_page.read_badge(f"<svg><title>Uptime (24h): {title}</title></svg>".encode()) is None


# Anything at all.

# The words of the answers, so that made-up texts pass the first checks.
WORDS = st.sampled_from(
    ["publicGroupList", "monitorList", "id", "name", "type", "url", "heartbeatList", "uptimeList", "status", "time",
     "1", "2", "1_24", "2_24", "group", "push", "http", "config", "tags"]
)  # fmt: skip
TIMES = st.integers(-100, 2000).map(lambda age: heartbeat(NOW, age, 0)["time"])
# No number that stands for "up".
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers().filter(lambda number: number != 1),
    st.floats().filter(lambda number: number != 1), st.text(max_size=5), TIMES, WORDS, st.sampled_from([0, 2, 3, 99]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=4)
)
HEARTBEAT_ENTRIES = st.one_of(
    ANYTHING, st.lists(st.fixed_dictionaries({"status": LEAVES, "time": TIMES | LEAVES}), max_size=4)
)
HEARTBEAT_LISTS = st.dictionaries(st.sampled_from(["1", "2", "3"]) | st.text(max_size=2), HEARTBEAT_ENTRIES, max_size=4)
HEARTBEAT_ANSWERS = ANYTHING | st.fixed_dictionaries(
    {"heartbeatList": HEARTBEAT_LISTS | ANYTHING, "uptimeList": st.dictionaries(WORDS, LEAVES) | ANYTHING}
)
LISTED = st.fixed_dictionaries({"id": st.integers(0, 3) | LEAVES, "name": LEAVES, "type": WORDS | LEAVES})
GROUPS = st.lists(
    st.fixed_dictionaries({"monitorList": st.lists(LISTED | ANYTHING, max_size=4) | ANYTHING}), max_size=3
)
PAGES = ANYTHING | st.fixed_dictionaries({"publicGroupList": GROUPS | ANYTHING})


def is_one(text: str) -> bool:
    try:
        return float(text.split()[0]) == 1
    except (ValueError, IndexError):
        return False


LINES = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda name, labels, value: f"{name}{{{labels}}} {value}",
        st.sampled_from(["monitor_status", "monitor_uptime_ratio", "app_version", "process_start_time_seconds"]),
        st.text(max_size=20)
        | st.lists(
            st.builds(
                lambda key, value: f'{key}="{value}"',
                st.sampled_from(["monitor_id", "monitor_name", "monitor_type", "window", "version", ""]),
                st.text(max_size=5) | st.sampled_from(["1", "2", "group", "1d"]),
            ),
            max_size=4,
        ).map(",".join),
        st.text(max_size=6).filter(lambda text: not is_one(text))
        | st.floats().filter(lambda number: number != 1).map(str)
        | st.integers(2, 5).map(str),
    ),
)
TEXTS = st.lists(LINES, max_size=5).map(lambda lines: metrics_text(*lines, started=NOW - timedelta(hours=1)))


def judged(metrics: bytes | None, page: bytes | None, heartbeats: bytes | None, now: datetime = NOW) -> Report:
    """Return the result of a poll from three bodies, without a network. Raise SourceError as a poll does."""
    seen = kuma_metrics.read_metrics(metrics) if metrics is not None else None
    on_page = status_page.read_page(page) if page is not None else None
    heartbeats = status_page.read_heartbeats(heartbeats) if heartbeats is not None else None
    moment = Moment(now, timedelta(minutes=15))
    everything = gather("uptime_kuma", seen, on_page, heartbeats, moment)
    result = judge_monitors(everything, (), seen, heartbeats, moment)
    monitors = tuple(monitor for _, monitor in result.monitors)
    return Report("uptime_kuma", "monitors", monitors, warnings=tuple(result.warnings), remarks=tuple(result.remarks))


def no_up_out_of_nothing(metrics: bytes | None, page: bytes | None, heartbeats: bytes | None) -> None:
    try:
        report = judged(metrics, page, heartbeats)
    except NoAnswerError:
        return
    assert not any(monitor.state is State.UP for monitor in report.monitors)


@examples(max_examples=most(30), deadline=None)
@given(PAGES, HEARTBEAT_ANSWERS)
def test_no_json_gives_an_up_out_of_nothing(page: Any, heartbeats: Any) -> None:
    no_up_out_of_nothing(None, json.dumps(page).encode(), json.dumps(heartbeats).encode())
    no_up_out_of_nothing(None, None, json.dumps(heartbeats).encode())


@examples(max_examples=most(30), deadline=None)
@given(TEXTS)
def test_no_metrics_give_an_up_out_of_nothing(text: bytes) -> None:
    no_up_out_of_nothing(text, None, None)


@examples(max_examples=most(50), deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_harm(body: bytes) -> None:
    for case in (
        (body, None, None),
        (None, body, None),
        (None, None, body),
        (metrics_text(body.decode("latin-1")), None, None),
    ):
        no_up_out_of_nothing(*case)
    assert status_page.read_badge(body) is None


@examples(max_examples=most(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, PAGES, HEARTBEAT_ANSWERS)
def test_over_http_nothing_but_source_errors_are_raised(
    served: ReplayServer, text: bytes, page: Any, heartbeats: Any
) -> None:
    for path, body, kind in (
        (METRICS, text, TEXT), (PAGE, json.dumps(page).encode(), JSON), (HEARTBEATS, json.dumps(heartbeats).encode(),
        JSON)
    ):  # fmt: skip
        served.faults[path] = ReplayFault(status=200, body=body, content_type=kind)
    report, problem = outcome(settings(served))
    assert "internal error" not in problem
    assert report is None or not any(monitor.state is State.UP for monitor in report.monitors)


@pytest.fixture(scope="module")
def served() -> Iterator[ReplayServer]:
    with kuma() as server:
        yield server


# What must hold of every merging.

STATUSES = st.sampled_from([0, 1, 2, 3])
IDS = st.integers(1, 5)
WORLDS = st.fixed_dictionaries(
    {
        "metrics": st.none() | st.dictionaries(IDS, STATUSES, max_size=5),
        "heartbeats": st.dictionaries(
            IDS, st.tuples(st.lists(STATUSES, max_size=4), st.sampled_from([5, 300, 1200, 90000, 200000])), max_size=5
        ),
        "kinds": st.dictionaries(IDS, st.sampled_from(["http", "push"]), max_size=5),
        "names": st.dictionaries(IDS, st.sampled_from(["a", "b", "c"]), max_size=5),
        "version": st.sampled_from(["1.23.17", "2.5.3"]),
    }
)


def bodies(world: dict[str, Any]) -> tuple[bytes | None, bytes, bytes]:
    def name(key: int) -> str:
        return str(world["names"].get(key, f"own {key}"))

    def kind(key: int) -> str:
        return str(world["kinds"].get(key, "http"))

    text = None
    if world["metrics"] is not None:
        second = world["version"] > "2"
        # Uptime Kuma 1 gives one series for monitors with the same labels: that of the last one.
        merged = {key if second else (name(key), kind(key)): (key, status) for key, status in world["metrics"].items()}
        lines = (series(status, key if second else None, name(key), kind(key)) for key, status in merged.values())
        text = metrics_text(*lines, version=world["version"])
    page = page_json(*(listed(key, name(key), kind(key)) for key in world["heartbeats"]))
    heartbeats = {key: steady(NOW, statuses, newest) for key, (statuses, newest) in world["heartbeats"].items()}
    return text, page, heartbeats_json(heartbeats)


def status_of(report: Report) -> PlatformStatus:
    return policy.decide(Facts(NOW, (report,)), policy.Rules()).status


@examples(max_examples=most(50), deadline=None)
@given(WORLDS)
def test_merging_never_turns_a_down_into_an_up(world: dict[str, Any]) -> None:
    text, page, heartbeats = bodies(world)
    both = judged(text, page, heartbeats)
    fresh = {key: statuses[-1] for key, (statuses, newest) in world["heartbeats"].items() if statuses and newest == 5}
    in_metrics = [line for line in (text or b"").decode().splitlines() if line.startswith("monitor_status{")]
    if 0 in fresh.values() or any(line.endswith(" 0") for line in in_metrics):
        assert status_of(both) is not PlatformStatus.OPERATIONAL
    by_key = {monitor.key.partition(":")[2]: monitor for monitor in both.monitors}
    for key, status in fresh.items():
        if status == 0:
            assert by_key[str(key)].state is State.DOWN
    if text is not None and world["version"] > "2":
        for key, status in world["metrics"].items():
            if status == 0:
                assert by_key[str(key)].state in (State.DOWN, State.UNKNOWN)


@examples(max_examples=most(50), deadline=None)
@given(WORLDS, st.integers())
def test_the_order_of_what_is_answered_does_not_matter(world: dict[str, Any], seed: int) -> None:
    mixed = random.Random(seed)
    text, page, heartbeats = bodies(world)
    answer = copy.deepcopy(json.loads(heartbeats))
    lists = list(answer["heartbeatList"].items())
    mixed.shuffle(lists)
    for _, entries in lists:
        mixed.shuffle(entries)
    groups = [{"monitorList": [monitor]} for monitor in json.loads(page)["publicGroupList"][0]["monitorList"]]
    mixed.shuffle(groups)
    lines = (text or b"").decode().splitlines()
    for place, line in enumerate(lines):
        if line.startswith("monitor_status{"):
            labels = line[len("monitor_status{") : -3].split(",")
            mixed.shuffle(labels)
            lines[place] = f"monitor_status{{{','.join(labels)}}}{line[-2:]}"
    mixed.shuffle(lines)
    turned = (
        None if text is None else "\n".join([*lines, ""]).encode(),
        json.dumps({"publicGroupList": groups}).encode(),
        json.dumps({"heartbeatList": dict(lists), "uptimeList": answer["uptimeList"]}).encode(),
    )
    assert judged(*turned) == judged(text, page, heartbeats)


@examples(max_examples=most(50), deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), STATUSES)
def test_any_name_is_read_as_it_is(name: str, url: str, status: int) -> None:
    text = metrics_text(series(status, 1, name, url=url), series(1, 2))
    (first, second) = kuma_metrics.read_metrics(text).series
    assert (first.name, first.url) == tuple("" if one == "null" else one for one in (name, url))
    assert second.identifier == 2
