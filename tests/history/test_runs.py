# SPDX-License-Identifier: MIT
"""The history within the whole job, from a replayed Uptime Kuma to the documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status.announcements import maintenance, store
from elytra_status.demo.replay import ReplayServer
from elytra_status.history import complete
from elytra_status.history.importing import importable, take_in_earlier
from elytra_status.history.overview import overview
from elytra_status.history.spans import NOTHING_ANNOUNCED
from elytra_status.history.store import FILE
from elytra_status.model import Maintenance, State
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.sources.kuma import database
from tests.conftest import API_KEY, VERSIONS, MovableClock
from tests.history.test_import import WHEN as IMPORTED_AT
from tests.history.test_import import unpacked
from tests.in_process import run_command
from tests.remembering import SOURCE, history, report, steady

pytestmark = pytest.mark.slow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PUBLIC = ("1", "3", "4", "5")

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]


def published(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


def history_document(outcome: job.Outcome) -> dict[str, Any]:
    (body,) = (document.body for document in outcome.documents if document.name == "history.json")
    document: dict[str, Any] = json.loads(body)
    return document


def seen_before(directory: Path, clock: MovableClock, days: int, state: State = State.UP) -> None:
    """Add the monitors of the public page for some days."""
    until = clock.now() - HOUR
    listed = steady(until - days * DAY, until, state, gap=300)
    complete(history(directory), (report(dict.fromkeys(PUBLIC, listed)),), until)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_known_of_a_day_is_known_while_uptime_kuma_is_down(
    version: str, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    seen_before(tmp_path, clock, 10)
    kuma = start_kuma(version, "all-up", clock=clock.now)
    settings = make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra")
    job.run(settings, clock, tmp_path)
    kuma.__exit__(None, None, None)
    clock.moment += timedelta(minutes=10)
    job.run(settings, clock, tmp_path)
    document = published(tmp_path)
    assert document["platform_status"] == "unknown"
    assert document["uptime"]["last_24h"] == pytest.approx(100, abs=1)
    assert document["uptime"]["last_7d"] == pytest.approx(100, abs=0.2)
    assert document["uptime"]["last_30d"] is None
    # After more than half a day it is not shown any more.
    clock.moment += 13 * HOUR
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["uptime"]["last_24h"] is None
    assert published(tmp_path)["uptime"]["last_7d"] is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_one_run_after_an_import_publishes_all_imported_days(
    version: str, start_kuma: Start, make_settings: Make, tmp_path: Path
) -> None:
    clock = MovableClock(IMPORTED_AT)
    file = unpacked(version, tmp_path)
    earlier = database.read_database(file, SOURCE, importable(clock.now()), NOTHING_ANNOUNCED)
    take_in_earlier(tmp_path / FILE, earlier, clock.now(), NOTHING_ANNOUNCED, 400)
    kuma = start_kuma(version, "all-up", clock=clock.now)
    settings = make_settings(
        UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra", COMPONENTS="Web: 1,3", MONITOR_IDS="1,3"
    )
    first = history_document(job.run(settings, clock, tmp_path))
    known = [day["date"] for day in first["platform"]["days"] if day["uptime_percent"] is not None]
    together = overview(tmp_path / FILE, clock.now()).together
    assert known == [day.isoformat() for day, seen in together.days.items() if seen.ratio is not None]
    assert len(known) >= (28 if version == "v2.5.3" else 4)
    assert [day["date"] for day in first["components"][0]["days"] if day["uptime_percent"] is not None] == known
    # The next run does not know more of them.
    clock.moment += timedelta(minutes=10)
    second = history_document(job.run(settings, clock, tmp_path))
    for one, other in zip(first["platform"]["days"][:-3], second["platform"]["days"][:-3], strict=True):
        assert one == other


def test_metrics_of_version_1_alone_give_figures_by_polls(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v1.23.17", "all-up", clock=clock.now)
    settings = make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY)
    for number in range(0, 13 * 3):
        job.run(settings, clock, tmp_path)
        assert (published(tmp_path)["uptime"]["last_24h"] is None) == (number < 36)
        clock.moment += timedelta(minutes=20)
    assert published(tmp_path)["uptime"]["last_24h"] == 100.0


def test_maintenance_that_was_announced_takes_downtime_out_of_what_uptime_kuma_says(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v1.23.17", "all-up", clock=clock.now)
    settings = make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra", MONITOR_IDS="3")
    clock.moment = kuma.recording.answers["/api/status-page/heartbeat/elytra"].recorded_at or clock.moment
    # Monitor 3 was down for 36 minutes five hours ago: 97.5 % by Uptime Kuma.
    now = clock.now()
    down = now - 5 * HOUR
    listed = [
        *steady(now - DAY, down), *steady(down, down + timedelta(minutes=36), State.DOWN),
        *steady(down + timedelta(minutes=36), now - HOUR),
    ]  # fmt: skip
    complete(history(tmp_path), (report({"3": listed}),), now - HOUR)
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["uptime"]["last_24h"] == pytest.approx(97.5, abs=0.01)
    window = Maintenance("", "New disks.", down - HOUR, down + HOUR)
    store.change(tmp_path, clock, lambda there: maintenance.add(there, window, down - DAY))
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["uptime"]["last_24h"] == 100.0
    (past,) = overview(tmp_path / FILE, now).monitors
    assert past.windows["last_24h"].ratio == Fraction(*_up_of(past.windows["last_24h"].seconds))
    assert past.windows["last_24h"].ratio < 1


def _up_of(seconds: Any) -> tuple[int, int]:
    return seconds.up, seconds.up + seconds.down


def test_summary_and_config_check_change_nothing(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    settings = make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra")
    assert run_command(tmp_path, "summary") == 0
    assert run_command(tmp_path, "config", "check") == 0
    assert run_command(tmp_path, "history") == 0
    assert not (tmp_path / FILE).exists()
    job.run(settings, clock, tmp_path)
    before = (tmp_path / FILE).read_bytes()
    for command in (["summary"], ["config", "check"], ["history"], ["history", "--json"], ["history", "--bars"]):
        assert run_command(tmp_path, *command) == 0
    assert (tmp_path / FILE).read_bytes() == before


def test_a_history_that_cannot_be_written_stops_no_run(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    (tmp_path / FILE).mkdir()
    job.run(make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_STATUS_PAGE="elytra"), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "operational"
    assert any(line.startswith("WARNING the history cannot be used") for line in log_lines)
