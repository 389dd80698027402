# SPDX-License-Identifier: MIT
"""The simulated Uptime Kuma is like the real ones: its rules, its figures, the format of its answers."""

from __future__ import annotations

import json
import lzma
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from tests.conftest import API_KEY, RECORDINGS, VERSIONS, recording
from tests.incidents import kuma_figures
from tests.incidents.checks import Check, Checks
from tests.incidents.kuma_figures import BADGES, LIST_24H, Window
from tests.incidents.simulated_kuma import OUTSIDE, SimulatedKuma
from tests.incidents.truth import (
    Service,
    Span,
    Timeline,
    answers_cached,
    down,
    in_maintenance,
    kuma_cut_off,
    kuma_off,
    kuma_stuck,
    paused,
)
from tests.made_kuma import HEARTBEATS, METRICS, PAGE


def watched(*services: Service, happens: tuple[Span, ...] = (), minutes: int = 20) -> Timeline:
    return Timeline("a test", "", happens, "0- operational", minutes=minutes, services=services)


def signs(timeline: Timeline, service: str) -> str:
    """Return a letter for each heartbeat from minute 0 on: u(p), d(own), p(ending), m(aintenance)."""
    stored = Checks(timeline).stored(service, timeline.minutes * 60.0)
    return "".join("dupm"[check.status] for check in stored if check.time >= 0)


@pytest.mark.parametrize(
    ("service", "happens", "expected"),
    [
        (Service("shop"), down("shop", 2, 5), "uudddu"),
        (Service("shop", retries=2), down("shop", 1, 5), "uppddu"),
        (Service("shop", retries=2, retry_interval=20), down("shop", 1, 5), "uppddddu"),
        (Service("shop", interval=120), down("shop", 1, 5), "udd"),
        (Service("shop"), in_maintenance(("shop",), 2, 4), "uummuu"),
        (Service("shop"), paused("shop", 2, 4), "uuuu"),
        (Service("shop"), kuma_off(2, 4), "uuuu"),
        (Service("shop"), kuma_stuck(2, 4), "uuuu"),
        (Service("shop"), kuma_cut_off(2, 4), "uudduu"),
        (Service("shop", kind="push"), down("shop", 2, 4), "uudduu"),
        (Service("shop", kind="push", retries=1, retry_interval=30), down("shop", 2, 5), "uupdddu"),
    ],
)
def test_what_it_finds_when_it_checks(service: Service, happens: Span, expected: str) -> None:
    assert signs(watched(service, happens=(happens,), minutes=6), "shop") == expected


def test_a_restart_begins_to_count_retries_anew() -> None:
    happens = (down("shop", 1), kuma_off(5.5, 5.75))
    assert signs(watched(Service("shop", retries=2), happens=happens, minutes=10), "shop") == "uppdddppddd"


def test_a_group_follows_its_children() -> None:
    services = (Service("shop"), Service("mail"), Service("sites", kind="group", children=("shop", "mail")))
    assert signs(watched(*services, happens=(down("mail", 2, 4),), minutes=6), "sites") == "uudduu"
    both = (down("mail", 2, 4), paused("mail", 1, 5))
    assert signs(watched(*services, happens=both, minutes=6), "sites") == "uuuuuu"


def test_a_failing_check_is_seen_when_it_has_failed() -> None:
    checks = Checks(watched(Service("shop", takes=48), happens=(down("shop", 2, 4),)))
    assert [check.status for check in checks.last_two("shop", 167)] == [1, 1]
    assert [check.status for check in checks.last_two("shop", 168)] == [1, 0]


def real_checks(version: str, monitor: int, directory: Path, timeline: Timeline) -> list[Check]:
    """Return the heartbeats that a real Uptime Kuma had stored for a monitor."""
    file = directory / "kuma.db"
    if not file.exists():
        file.write_bytes(lzma.decompress((RECORDINGS / version / "database" / "kuma.db.xz").read_bytes()))
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT time, status FROM heartbeat WHERE monitor_id = ? ORDER BY time", (monitor,))
        times = [(datetime.fromisoformat(f"{time}+00:00") - timeline.began, status) for time, status in rows]
    return [Check(time.total_seconds(), time.total_seconds(), status) for time, status in times]


@pytest.mark.parametrize(
    ("version", "window", "key"),
    [
        ("v2.5.3", LIST_24H, "minutely_1440 (page uptimeList _24, metrics window 1d)"),
        ("v2.5.3", BADGES[24], "badge /24 = 24h (hourly x24)"),
        ("v1.23.17", LIST_24H, "/24"),
        ("v1.23.17", Window(timedelta(hours=7), timedelta(hours=1)), "/7d -> 7 HOURS"),
        ("v1.23.17", Window(timedelta(hours=30), timedelta(hours=1)), "/30d -> 30 HOURS"),
    ],
)
def test_its_figures_are_those_of_the_real_ones(version: str, window: Window, key: str, tmp_path: Path) -> None:
    expected = json.loads((RECORDINGS / version / "all-up" / "expected-uptime.json").read_text("utf-8"))
    now = datetime.fromisoformat(expected["computed_at"])
    timeline = watched()
    for name in ("api", "uni", "sched", "store"):
        monitor = expected["monitors"][name]
        checks = real_checks(version, monitor["monitor_id"], tmp_path, timeline)
        stored = [check for check in checks if check.stored <= (now - timeline.began).total_seconds()]
        figure = kuma_figures.uptime(version, stored, timeline, now, window)
        assert float(figure) == pytest.approx(monitor[key]["uptime"], abs=2e-5), name


Ask = Callable[..., requests.Response]


def asker(kuma: SimulatedKuma) -> Ask:
    return lambda path, **options: requests.get(kuma.url + path, timeout=5, **options)


def shape_of_metrics(text: str) -> dict[str, set[str]]:
    """Return the labels of each family that is read."""
    found: dict[str, set[str]] = {}
    for family, labels in re.findall(
        r"^(monitor_status|monitor_uptime_ratio|app_version)\{(.*)\} ", text, re.MULTILINE
    ):
        if 'type="http"' in labels or family == "app_version":
            found.setdefault(family, set()).update(re.findall(r"(\w+)=\"", labels))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_its_answers_have_the_shape_of_the_real_ones(version: str) -> None:
    timeline = watched(Service("shop"), Service("mail"))
    with SimulatedKuma(timeline, Checks(timeline), version, lambda: 600.0) as kuma:
        ask = asker(kuma)
        metrics, page, heartbeats = ask(METRICS, auth=("", API_KEY)), ask(PAGE), ask(HEARTBEATS)
        badge, refused, outside = ask("/api/badge/1/uptime/168"), ask(METRICS), ask(OUTSIDE)
    real = recording(version, "all-up")
    real_shape = shape_of_metrics(real.answer("metrics").body.decode())
    assert shape_of_metrics(metrics.text) == {
        family: labels - {"env", "kritisch", "patch"} - ({"minor"} if family == "app_version" else set())
        for family, labels in real_shape.items()
    }
    real_page, real_heartbeats = (json.loads(real.answer(name).body) for name in ("page", "heartbeat"))
    (group,), real_group = page.json()["publicGroupList"], real_page["publicGroupList"][0]
    assert group["monitorList"][0].keys() == real_group["monitorList"][0].keys()
    assert heartbeats.json().keys() == real_heartbeats.keys()
    (heartbeat, *_), (real_heartbeat, *_) = (
        heartbeats.json()["heartbeatList"]["1"],
        real_heartbeats["heartbeatList"]["1"],
    )
    assert heartbeat.keys() == real_heartbeat.keys()
    assert len(heartbeat["time"]) == len(real_heartbeat["time"])
    assert len(heartbeats.json()["heartbeatList"]["1"]) == len(real_heartbeats["heartbeatList"]["1"])
    assert "<title>Uptime (168h): 100.0%</title>" in badge.text
    assert (refused.status_code, outside.status_code) == (401, 200)


def test_an_answer_is_kept_unless_a_header_asks_for_a_fresh_one() -> None:
    def newest(*happens: Span, **headers: str) -> int:
        timeline = watched(Service("shop"), Service("mail"), happens=(down("mail", 2, 4), *happens))
        with SimulatedKuma(timeline, Checks(timeline), "v2.5.3", lambda: 130.0) as kuma:
            answer = asker(kuma)(HEARTBEATS, headers=headers)
        return int(answer.json()["heartbeatList"]["2"][-1]["status"])

    assert newest() == 1
    assert newest(**{"x-apicache-bypass": "1"}) == 0
    assert newest(answers_cached(), **{"x-apicache-bypass": "1"}) == 1
