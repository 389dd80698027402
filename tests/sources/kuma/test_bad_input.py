# SPDX-License-Identifier: MIT
"""Answers of Uptime Kuma that are too large or malformed, by hand and made up: none gives an up out of nothing."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer, huge
from elytra_status.model import State, Uptime
from elytra_status.sources.kuma import status_page
from elytra_status.system.bounded_json import values_in_memory
from tests import synthetic
from tests.conftest import API_KEY
from tests.made_kuma import (
    HEARTBEATS,
    METRICS,
    PAGE,
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
from tests.recorded_kuma import NOW, PUBLIC, outcome, refused

pytestmark = pytest.mark.slow

MEGABYTE = 2**20


# Answers that are too large.

PROGRAM = """
import sys
from datetime import datetime, UTC
from elytra_status.settings import Secret, Settings
from elytra_status.sources.source import PollRequest
from elytra_status.sources.kuma.uptime_kuma import poll
from elytra_status.errors import NoAnswerError
from elytra_status.system.clock import SYSTEM_CLOCK
url, mode, key = sys.argv[1:]
page, key = (None, Secret(key)) if mode == "metrics" else ("elytra", None)
asked = Settings(uptime_kuma_url=url, uptime_kuma_api_key=key, uptime_kuma_status_page=page)
try:
    print(len(poll(asked, PollRequest(datetime.now(UTC), 30, clock=SYSTEM_CLOCK)).monitors), "monitors")
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
    assert f"holds more than {values_in_memory()} values" in words
    assert "raise MemoryMax= of elytra-status.service" in words
    assert "does not have the format of Uptime Kuma" in words
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
    assert "is compressed, which is not accepted" in words
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
    assert wrong(report).startswith("the status page does not have the format ")
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
        assert refused(server, "page").startswith("the heartbeat response does not have ")
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
