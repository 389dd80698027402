# SPDX-License-Identifier: MIT
"""The reasons for the administrator of what Uptime Kuma reports, or does not report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.decision.notices import MAINTENANCE_TEXT, notices
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.model import Facts
from elytra_status.run import job
from elytra_status.run.saved_state import FILE
from elytra_status.settings import Settings
from elytra_status.sources.kuma import queries
from elytra_status.system.clock import to_text
from tests.conftest import API_KEY, VERSIONS, MovableClock
from tests.in_process import run_command
from tests.made_kuma import (
    HEARTBEATS,
    JSON,
    METRICS,
    MODES,
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
)

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


# After a restart of Uptime Kuma.


@pytest.mark.parametrize("mode", ["metrics", "both"])
def test_a_restart_is_reported_with_when_it_is_over(mode: str) -> None:
    now = datetime(2026, 11, 28, 14, 11, tzinfo=UTC)
    text = metrics_text(series(1, 1), started=now - 6 * MINUTE)
    with made(text, page_json(listed(1)), heartbeats_json({1: steady(now, [1, 1])})) as server:
        remarks = poll(settings(server, mode), now).remarks
        assert [one for one in remarks if "restarted" in one] == [
            "restarted 6 minutes ago; /metrics names each monitor after its first check, and all by 14:20 UTC"
        ]
        later = poll(settings(server, mode), now + 10 * MINUTE)
    assert not [one for one in later.remarks if "restarted" in one]


@pytest.mark.parametrize("mode", ["metrics", "both"])
@pytest.mark.parametrize("kept", ["saved state", "nothing", "damaged saved state"])
def test_which_monitors_there_are_is_unknown_after_a_restart_unless_saved_state_says_it(
    kept: str, mode: str, tmp_path: Path, make_settings: Callable[..., Settings], clock: MovableClock
) -> None:
    named = {"UPTIME_KUMA_STATUS_PAGE": "elytra"} if mode == "both" else {}
    with kuma(clock=clock.now) as server:
        given = make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY, **named)

        def run(*private: str, started: datetime | None = None) -> str:
            text = metrics_text(series(1, 1, "Site 1"), *private, started=started)
            heartbeats = heartbeats_json({1: steady(clock.now(), [1] * 9)})
            server.faults = {
                METRICS: ReplayFault(status=200, body=text, content_type=TEXT),
                PAGE: ReplayFault(status=200, body=page_json(listed(1)), content_type=JSON),
                HEARTBEATS: ReplayFault(status=200, body=heartbeats, content_type=JSON),
            }
            return job.run(given, clock, tmp_path).decision.status.value

        private = series(1, 2, "Private")
        assert run(private) == "operational"
        if kept == "nothing":
            (tmp_path / FILE).unlink()
        elif kept == "damaged saved state":
            (tmp_path / FILE).write_bytes(b"{")
        started = clock.now()
        for minutes in (2, 7, 13):
            clock.moment = started + minutes * MINUTE
            assert run(started=started) == "unknown"
            assert run(series(0, 2, "Private"), started=started) in ("unknown", "outage")
            clock.moment += MINUTE
        clock.moment = started + 16 * MINUTE
        assert run(private, started=started) == "operational"


def test_explain_names_the_private_monitors_that_are_missing_after_a_restart(
    make_settings: Callable[..., Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with made(metrics_text(series(1, 1), series(1, 2, "Acme \x1b[31m private"))) as server:
        make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY)
        assert run_command(tmp_path, "run") == 0
        started = datetime.now(UTC) - 6 * MINUTE
        server.faults[METRICS] = ReplayFault(body=metrics_text(series(1, 1), started=started))
        assert run_command(tmp_path, "summary", "--explain") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "restarted 6 minutes ago" in told
    assert f"all by {to_text(started + 15 * MINUTE)[11:16]} UTC" in told
    assert r"uptime_kuma:2 'Acme \x1b[31m private'" in told


# A Kuma that hangs.


@pytest.mark.parametrize("version", VERSIONS)
def test_a_page_that_hangs_is_taken_for_a_wrong_slug_in_uptime_kuma_1_alone(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_SECONDS", 1)
    with kuma(version) as server:
        server.faults[PAGE] = ReplayFault(hang=True)
        server.faults[HEARTBEATS] = ReplayFault(body=heartbeats_json({}))
        problems = [str(one) for one in poll(settings(server), seconds=3).problems]
    assert " (page). " in problems[0]
    assert any("status page of this name" in one for one in problems) is (version == "v1.23.17")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kuma_that_hangs_as_a_whole_has_no_wrong_slug(version: str) -> None:
    with kuma(version) as server:
        server.faults[PAGE] = server.faults[HEARTBEATS] = server.faults[METRICS] = ReplayFault(hang=True)
        for mode in ("page", "both"):
            with pytest.raises(NoAnswerError) as caught:
                poll(settings(server, mode), seconds=1)
            assert "status page of this name" not in str(caught.value)
            assert "Check whether it is overloaded or stuck" in str(caught.value)


def test_a_page_that_hangs_while_its_heartbeats_come_has_the_right_slug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE_SECONDS", 1)
    with kuma("v1.23.17") as server:
        server.faults[PAGE] = ReplayFault(hang=True)
        report = poll(settings(server, "page"), seconds=3)
    assert report.problems
    assert not any("status page of this name" in str(one) for one in report.problems)


# Maintenance that is under way.


@pytest.mark.parametrize(("scenario", "words"), [("maintenance", "1 maintenance window is"), ("timezone-tokyo", "2 m")])
@pytest.mark.parametrize("version", VERSIONS)
def test_maintenance_of_the_page_is_reported(version: str, scenario: str, words: str) -> None:
    with kuma(version, scenario) as server:
        report = poll(settings(server, "page"))
        assert any(one.startswith(words) and "under way" in one for one in report.remarks)
        assert not poll(settings(server, "metrics")).in_maintenance
        assert not poll(settings(server, "page", monitor_ids=(1,))).in_maintenance


def test_the_public_reads_of_maintenance_before_a_push_monitor_shows_it() -> None:
    now = datetime.now(UTC)
    page = json.loads(page_json(listed(1, kind="push")))
    page["maintenanceList"] = [{"status": "under-maintenance"}, {"status": "scheduled"}, None, {}]
    with made(page=json.dumps(page).encode(), heartbeats=heartbeats_json({1: steady(now, [1, 1])})) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": "up"}
    assert [one.text for one in notices(Facts(now, (report,)))] == [MAINTENANCE_TEXT]


@pytest.mark.parametrize("windows", [None, {}, "x", [1], [{"status": "scheduled"}]])
def test_malformed_maintenance_does_not_count(windows: object) -> None:
    now = datetime.now(UTC)
    page = json.dumps(json.loads(page_json(listed(1))) | {"maintenanceList": windows}).encode()
    with made(page=page, heartbeats=heartbeats_json({1: steady(now, [1, 1])})) as server:
        report = poll(settings(server, "page"), now)
    assert (states(report), report.in_maintenance) == ({"1": "up"}, False)


# What would be polled again.


def test_summary_as_json_says_on_stderr_that_a_run_would_poll_again(
    make_settings: Callable[..., Settings],
    start_kuma: Callable[..., ReplayServer],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = start_kuma("v2.5.3", "one-down")
    make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY)
    assert run_command(tmp_path, "summary", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["platform_status"] == "degraded"
    assert re.search(r"^Not confirmed: a run would .* again after 70 s before it publishes\.$", told.err, re.MULTILINE)
    server.recording = start_kuma("v2.5.3", "all-up").recording
    assert run_command(tmp_path, "summary", "--json") == 0
    assert "Not confirmed" not in capsys.readouterr().err


# Paused, or edited.


@pytest.mark.parametrize("gap", [20, 60, 300])
def test_a_plain_pause_counts_within_two_intervals(gap: int) -> None:
    now = datetime.now(UTC)
    text, page = metrics_text(series(1, 1)), page_json(listed(1), listed(2))
    for age, expected in ((1.9 * gap, "down"), (2 * gap + 12, None)):
        heartbeats = heartbeats_json({1: steady(now, [1] * 9), 2: steady(now, [1, 1, 1, 0, 0, 0], age, gap)})
        with made(text, page, heartbeats) as server:
            report = poll(settings(server), now)
        assert states(report).get("2") == expected
        evidence = [one for monitor in report.monitors for one in monitor.evidence]
        assert ("no longer in /metrics (paused, or edited?)" in evidence) is (expected == "down")


def test_retries_that_come_faster_do_not_make_a_monitor_seem_paused() -> None:
    now = datetime.now(UTC)
    # Checked each five minutes, and each 20 s while it is pending.
    heartbeats, age = [], 250.0
    for _ in range(6):
        heartbeats += [heartbeat(now, age + seconds, 2) for seconds in (20, 40, 60)] + [heartbeat(now, age, 0)]
        age += 360
    heartbeats.sort(key=lambda one: str(one["time"]))
    with made(
        metrics_text(series(1, 1)),
        page_json(listed(1), listed(2)),
        heartbeats_json({1: steady(now, [1, 1]), 2: heartbeats}),
    ) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "down"}


def test_nothing_is_paused_while_uptime_kuma_stands_still() -> None:
    now = datetime.now(UTC)
    cases = {1: steady(now, [1] * 9, 600), 2: steady(now, [0] * 9, 620)}
    with made(metrics_text(series(1, 1)), page_json(listed(1), listed(2)), heartbeats_json(cases)) as server:
        assert states(poll(settings(server), now)).get("2") != "up"
        assert "1" in states(poll(settings(server), now))


# A new monitor with a long interval.


@pytest.mark.parametrize("kind", ["http", "push"])
@pytest.mark.parametrize("hours", [0.1, 1, 12, 24])
def test_the_first_heartbeat_of_a_day_is_enough_while_metrics_hold_it(kind: str, hours: float) -> None:
    now = datetime.now(UTC)
    text = metrics_text(series(1, 1), series(1, 2, kind=kind))
    heartbeats = heartbeats_json({1: steady(now, [1, 1]), 2: [heartbeat(now, hours * 3600, 1)]})
    with made(text, page_json(listed(1), listed(2, kind=kind)), heartbeats) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "up"}


def test_it_is_enough_where_every_monitor_is_new() -> None:
    now = datetime.now(UTC)
    heartbeats = heartbeats_json({1: [heartbeat(now, 7200, 1)], 2: [heartbeat(now, 9000, 1)]})
    with made(metrics_text(series(1, 1), series(1, 2)), page_json(listed(1), listed(2)), heartbeats) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "up"}


@pytest.mark.parametrize(
    ("status", "first", "hours", "with_others", "expected"),
    [
        (1, 1, 30, True, "unknown"),  # Its second heartbeat is overdue.
        (0, 0, 1, True, "unknown"),  # One failed check an hour ago.
        (1, 0, 1, True, "unknown"),
        (1, 1, 1, False, "unknown"),  # All others have stopped.
    ],
)
def test_the_first_heartbeat_is_not_enough(
    status: int, first: int, hours: float, with_others: bool, expected: str
) -> None:
    now = datetime.now(UTC)
    text = metrics_text(series(1, 1), series(status, 2))
    heartbeats = heartbeats_json(
        {1: steady(now, [1] * 9, 5 if with_others else 7200), 2: [heartbeat(now, hours * 3600, first)]}
    )
    with made(text, page_json(listed(1), listed(2)), heartbeats) as server:
        assert states(poll(settings(server), now))["2"] == expected


@pytest.mark.parametrize("mode", MODES)
def test_uptime_kuma_1_with_the_key_alone_cannot_show_a_pause_and_says_so(mode: str) -> None:
    with kuma("v1.23.17", "one-down") as server:
        report = poll(settings(server, mode))
    (down,) = (one for one in report.monitors if one.state.value == "down")
    hint = "if it was paused or renamed, restart Uptime Kuma: nothing else removes this state"
    assert (hint in down.evidence) is (mode == "metrics")


def test_a_command_in_a_remedy_is_named_as_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_remedy(body: bytes) -> None:
        raise SourceError("the page is odd")

    monkeypatch.setattr(queries, "read_page", without_remedy)
    with kuma() as server:
        (problem,) = poll(settings(server, "both")).problems
    assert str(problem) == "the page is odd (page). Run elytra-status doctor."
