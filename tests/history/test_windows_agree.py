# SPDX-License-Identifier: MIT
"""Whole runs with an Uptime Kuma: a published window never contradicts a window that contains it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.history import complete
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import API_KEY, MovableClock
from tests.made_kuma import (
    HEARTBEATS,
    JSON,
    METRICS,
    TEXT,
    heartbeats_json,
    kuma,
    listed,
    made,
    metrics_text,
    page_json,
    series,
    settings,
    steady,
)
from tests.remembering import history, report
from tests.remembering import steady as heartbeats_between

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HOURS = {"last_7d": 168, "last_30d": 720}


def ratio(number: int, window: str, value: float) -> str:
    line = series(repr(value), number, f"Site {number}", url="https://", window=window)
    return line.replace("monitor_status", "monitor_uptime_ratio")


class Kuma:
    """An Uptime Kuma 2 whose monitors all have the same past, and whose badges are rounded like its own."""

    def __init__(self, server: ReplayServer, clock: MovableClock, monitors: int) -> None:
        self.server, self.clock, self.numbers = server, clock, range(1, monitors + 1)

    def shows(self, statuses: list[int], day: float, week: float, month: float) -> None:
        """Show the newest heartbeats, one a minute, and the ratios of the three windows."""
        now, numbers = self.clock.now(), self.numbers
        lines = [series(statuses[-1], number, f"Site {number}", url="https://") for number in numbers]
        lines += [ratio(number, "1d", day) for number in numbers] + [ratio(number, "30d", month) for number in numbers]
        heartbeats = {number: steady(now, statuses[-100:]) for number in numbers}
        bodies = {
            METRICS: (metrics_text(*lines), TEXT),
            HEARTBEATS: (heartbeats_json(heartbeats, dict.fromkeys(numbers, day)), JSON),
        }
        for number in numbers:
            for value, hours in ((week, 168), (month, 720)):
                title = f"{float(f'{100 * value:.4g}'):.{1 if value >= 0.99995 else 2}f}"
                body = f"<svg><title>Uptime ({hours}h): {title}%</title></svg>".encode()
                bodies[f"/api/badge/{number}/uptime/{hours}"] = (body, "image/svg+xml")
        for path, (body, content_type) in bodies.items():
            self.server.faults[path] = ReplayFault(status=200, body=body, content_type=content_type)


@pytest.fixture
def server(clock: MovableClock) -> Iterator[ReplayServer]:
    with made(page=page_json(*map(listed, range(1, 201))), clock=clock.now) as server:
        yield server


def uptime(settings_of: Settings, clock: MovableClock, directory: Path) -> dict[str, float | None]:
    job.run(settings_of, clock, directory)
    found: dict[str, float | None] = json.loads((directory / "public" / "status.json").read_bytes())["uptime"]
    return found


def both(make_settings: Make, server: ReplayServer, **more: Any) -> Settings:
    return make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_STATUS_PAGE="elytra", **more)


def test_monitors_that_were_never_down_have_no_downtime_in_any_window(
    server: ReplayServer, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    Kuma(server, clock, 200).shows([1] * 100, 1, 1, 1)
    asked = both(make_settings, server, UPTIME_KUMA_API_KEY=API_KEY)
    assert uptime(asked, clock, tmp_path) == {"last_24h": 100.0, "last_7d": 100.0, "last_30d": 100.0}


def test_with_the_page_alone_the_history_distinguishes_a_rounded_badge_from_a_full_one(
    server: ReplayServer, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    Kuma(server, clock, 200).shows([1] * 100, 1, 1, 1)
    asked = both(make_settings, server)
    # A badge of 100.0 stands for 99.995 and above: no more is known at first.
    assert uptime(asked, clock, tmp_path) == {"last_24h": 100.0, "last_7d": 99.995, "last_30d": 99.995}
    until = clock.now() - 5 * MINUTE
    seen = heartbeats_between(until - 4 * DAY, until, gap=600)
    complete(history(tmp_path), (report({str(number): seen for number in range(1, 201)}),), until)
    assert uptime(asked, clock, tmp_path) == {"last_24h": 100.0, "last_7d": 100.0, "last_30d": 99.995}


@pytest.mark.parametrize("api_key", [API_KEY, None])
def test_the_windows_of_a_young_uptime_kuma_are_one_while_badges_are_kept(
    api_key: str | None, server: ReplayServer, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    """It was started 20 minutes ago, was down for two minutes since, and up after that."""
    young = Kuma(server, clock, 20)
    server.faults["/api/status-page/elytra"] = ReplayFault(
        status=200, body=page_json(*map(listed, young.numbers)), content_type=JSON
    )
    asked = both(make_settings, server, **({"UPTIME_KUMA_API_KEY": api_key} if api_key else {}))
    statuses = [1] * 5 + [0] * 2 + [1] * 13
    for _ in range(9):
        ratio = statuses.count(1) / len(statuses)
        young.shows(statuses, ratio, ratio, ratio)
        found = uptime(asked, clock, tmp_path)
        # The windows may differ by the rounding of a badge; with exact figures they do not differ.
        least = 0 if api_key else 0.011
        assert found["last_24h"] == pytest.approx(100 * ratio, abs=0.0011)
        for window in HOURS:
            assert found["last_24h"] - least <= found[window] <= found["last_24h"]  # type: ignore[operator]
        statuses += [1] * 10
        clock.moment += 10 * MINUTE


def test_a_second_poll_keeps_what_is_known_of_the_figures_and_their_bounds(clock: MovableClock) -> None:
    from elytra_status.sources.kuma import uptime_kuma
    from elytra_status.sources.source import PollRequest

    with kuma(clock=clock.now) as recorded:
        first = uptime_kuma.poll(settings(recorded, "page"), PollRequest(clock.now(), 5, clock=SYSTEM_CLOCK))
        second = uptime_kuma.poll(settings(recorded, "page"), PollRequest(clock.now(), 5, first, clock=SYSTEM_CLOCK))
    assert any(one.bounds for one in first.monitors)
    assert [(one.uptime, one.bounds) for one in second.monitors] == [(one.uptime, one.bounds) for one in first.monitors]


def test_downtime_that_a_badge_of_before_cannot_know_is_in_all_windows(
    server: ReplayServer, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    """Badges do not come any more: the last known ones are not used if a day contradicts them."""
    kuma = Kuma(server, clock, 200)
    kuma.shows([1] * 100, 1, 1, 1)
    asked = both(make_settings, server)
    uptime(asked, clock, tmp_path)
    clock.moment += 10 * MINUTE
    kuma.shows([1] * 90 + [0] * 8 + [1] * 2, 1 - 8 / 1440, 1, 1)
    for number in kuma.numbers:
        for hours in HOURS.values():
            server.faults[f"/api/badge/{number}/uptime/{hours}"] = ReplayFault(status=500)
    found = uptime(asked, clock, tmp_path)
    assert found == {"last_24h": 99.444, "last_7d": None, "last_30d": None}
