# SPDX-License-Identifier: MIT
"""Uptime figures from Uptime Kuma's metrics, heartbeats and badges."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, html_page
from elytra_status.model import State, Uptime
from tests.conftest import RECORDINGS, VERSIONS, recording
from tests.made_kuma import METRICS, heartbeats_json, kuma, listed, made, page_json, poll, settings, states, steady
from tests.recorded_kuma import PUBLIC

pytestmark = pytest.mark.slow

# Figures.


def percent(share: Fraction | None) -> float | None:
    return None if share is None else float(share * 100)


# The table in the fixtures' README: v2 list 24 h, /168, /720, v2 window 30 d; v1 /24, /168, /720.
TABLE = {
    "1": ((100, 98.807, 99.722, 99.715), (100, 98.810, 99.722)),
    "3": ((97.497, 99.642, 99.917, None), (97.500, 99.643, 99.917)),
    "4": ((100, 100, 98.610, None), (100, 100, 98.611)),
    "5": ((98.957, 99.851, 99.965, None), (98.958, 99.851, 99.965)),
}
UNIT = 0.01


def figures(version: str, mode: str) -> dict[str, Uptime]:
    with kuma(version) as server:
        return {monitor.key.partition(":")[2]: monitor.uptime for monitor in poll(settings(server, mode)).monitors}


@pytest.mark.parametrize("mode", ["page", "both"])
@pytest.mark.parametrize("version", VERSIONS)
def test_figures_are_those_of_the_table(version: str, mode: str) -> None:
    """Exact ones are equal; for a badge the lowest possible value of its four digits is published."""
    found = figures(version, mode)
    for key, row in TABLE.items():
        last_24h, last_7d, last_30d = row[0][:3] if version == "v2.5.3" else row[1]
        assert percent(found[key].last_24h) == pytest.approx(last_24h, abs=0.0006)
        figure = percent(found[key].last_7d)
        assert figure is not None
        assert figure <= last_7d <= figure + (UNIT if last_7d < 100 else 10 * UNIT)
        figure = percent(found[key].last_30d)
        assert figure is not None
        if version == "v2.5.3" and mode == "both" and key == "1":
            assert figure == pytest.approx(row[0][3], abs=0.0006)
        else:
            assert figure <= last_30d <= figure + UNIT


def test_exact_figures_are_those_worked_out_from_the_database() -> None:
    expected = json.loads((RECORDINGS / "v2.5.3/all-up/expected-uptime.json").read_text())["monitors"]
    found = figures("v2.5.3", "both")
    for name, key in (("api", "1"), ("uni", "3"), ("sched", "4"), ("store", "5")):
        counted = expected[name]["minutely_1440 (page uptimeList _24, metrics window 1d)"]
        served = found[key].last_24h
        assert served is not None
        assert float(served) == counted["uptime"]
    thirty_days = found["1"].last_30d
    assert thirty_days is not None
    # This one was computed two seconds later than it was served.
    assert float(thirty_days) == pytest.approx(
        expected["api"]["badge /30d (daily x30, metrics window 30d)"]["uptime"], abs=1e-7
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_badge_never_claims_more_than_is_known(version: str) -> None:
    expected = json.loads((RECORDINGS / version / "all-up" / "expected-uptime.json").read_text())["monitors"]
    found = figures(version, "page")
    for name, key in (("api", "1"), ("uni", "3"), ("sched", "4"), ("store", "5")):
        for window, hours in (("last_7d", 168), ("last_30d", 720)):
            (counted,) = (value["uptime"] for label, value in expected[name].items() if f"/{hours}" in label)
            name_of_badge = f"badge-{ {'1': 'api', '3': 'uni', '4': 'sched', '5': 'store'}[key] }-uptime-{hours}"
            title = recording(version, "all-up").answer(name_of_badge).body.decode()
            digits = re.search(r": ([0-9.]+)%</title>", title)
            assert digits
            # Of four significant digits, 99.99 has one decimal more than 100.0.
            decimals = 2 if digits[1] == "100.0" else len(digits[1].partition(".")[2])
            half = Fraction(1, 2 * 10**decimals)
            figure = getattr(found[key], window)
            assert figure * 100 == Fraction(digits[1]) - half
            assert float(figure) <= counted


@pytest.mark.parametrize("version", VERSIONS)
def test_private_monitors_have_no_badge(version: str) -> None:
    found = figures(version, "both")
    private = [uptime for key, uptime in found.items() if key not in PUBLIC]
    assert private == [Uptime(), Uptime()]


def test_metrics_alone_give_figures_of_checked_monitors_alone() -> None:
    found = figures("v2.5.3", "metrics")
    assert percent(found["1"].last_30d) == pytest.approx(99.715, abs=0.0006)
    assert found["1"].last_24h == 1
    assert found["1"].last_7d is None
    assert all(uptime == Uptime() for key, uptime in found.items() if key != "1")
    assert set(figures("v1.23.17", "metrics").values()) == {Uptime()}


@pytest.mark.parametrize("name", ["metrics-after-timeout", "metrics-after-six-ups"])
def test_a_frozen_ratio_is_no_figure(name: str) -> None:
    with kuma("v2.5.3", "edge-push-ratio-frozen", names={METRICS: name}) as server:
        report = poll(settings(server, "metrics"))
    (frozen,) = (monitor for monitor in report.monitors if monitor.key == "uptime_kuma:14")
    assert frozen.state is (State.DOWN if name == "metrics-after-timeout" else State.UP)
    assert frozen.uptime == Uptime()


@pytest.mark.parametrize("version", VERSIONS)
def test_maintenance_alone_is_no_figure(version: str) -> None:
    """For a window with nothing but maintenance Uptime Kuma 2 returns 0, and version 1 returns 1."""
    with kuma(version, "edge-all-maintenance", fallback="edge-duplicate-names") as server:
        badge = "/api/badge/11/uptime/"
        server.faults[f"{badge}720"] = ReplayFault(body=server.recording.find(f"{badge}168").body)
        report = poll(settings(server, "page", slug="extra"))
        assert json.loads(server.recording.find("/api/status-page/heartbeat/extra").body)["uptimeList"]["11_24"] in (
            0,
            1,
        )
    (monitor,) = (monitor for monitor in report.monitors if monitor.key == "uptime_kuma:11")
    assert (monitor.state, monitor.uptime) == (State.MAINTENANCE, Uptime())


@pytest.mark.parametrize(
    ("statuses", "figure", "expected"),
    [
        ([0, 0, 0], 0, Fraction(0)),
        ([2, 0, 0], 0, Fraction(0)),
        ([1, 0, 0], 0, None),
        ([1, 1, 1], 0, None),
        ([3, 3, 3], 0, None),
        ([3, 3, 3], 1, None),
        ([0, 0, 0], 1, None),
        ([1, 1, 1], 1, Fraction(1)),
        ([3, 3, 1], 1, Fraction(1)),
        ([3, 3, 3], 0.5, Fraction(1, 2)),
    ],
)
def test_nothing_and_all_are_figures_only_where_heartbeats_bear_them_out(
    statuses: list[int], figure: float, expected: Fraction | None
) -> None:
    now = datetime.now(UTC)
    with made(
        page=page_json(listed(99)), heartbeats=heartbeats_json({99: steady(now, statuses)}, {99: figure})
    ) as server:
        (monitor,) = poll(settings(server, "page"), now).monitors
    assert monitor.uptime == Uptime(last_24h=expected)


@pytest.mark.parametrize(
    "figure", [-1, 1.0001, 99.5, "1", None, True, [1], 10**400, float("nan"), float("inf"), -0.0001]
)
def test_an_invalid_ratio_is_no_figure(figure: Any) -> None:
    now = datetime.now(UTC)
    with made(
        page=page_json(listed(99)), heartbeats=heartbeats_json({99: steady(now, [1, 1])}, {99: figure})
    ) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"99": "up"}
    assert report.monitors[0].uptime == Uptime()


def test_badges_are_not_queried_again_in_the_confirmation_poll() -> None:
    with kuma() as server:
        first = poll(settings(server))
        server.requests.clear()
        second = poll(settings(server), earlier=first)
        assert not [request for request in server.requests if "/badge/" in request.path]
    assert [monitor.uptime for monitor in second.monitors] == [monitor.uptime for monitor in first.monitors]


def test_badges_that_do_not_come_cost_no_more_than_their_time() -> None:
    with kuma() as server:
        for key in PUBLIC:
            server.faults[f"/api/badge/{key}/uptime/168"] = ReplayFault(hang=True)
        report = poll(settings(server, "page"), seconds=1)
    assert states(report) == PUBLIC
    assert all(monitor.uptime.last_24h is not None for monitor in report.monitors)
    assert all(monitor.uptime.last_7d is None for monitor in report.monitors)
    assert any("badges" in warning for warning in map(str, report.warnings))


@pytest.mark.parametrize(
    "fault",
    [
        html_page(),
        ReplayFault(status=500),
        ReplayFault(reset=True),
        ReplayFault(body=b"<svg>"),
        ReplayFault(status=403),
    ],
)
def test_an_invalid_badge_is_no_figure(fault: ReplayFault) -> None:
    with kuma() as server:
        server.faults["/api/badge/1/uptime/168"] = fault
        report = poll(settings(server, "page"))
    (first, *others) = report.monitors
    assert first.uptime.last_7d is None
    assert first.uptime.last_24h == 1
    assert all(monitor.uptime.last_7d is not None for monitor in others)
