# SPDX-License-Identifier: MIT
"""Missing monitors: which count, for how long, who is notified, and how a person accepts one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.model import Monitor, PlatformStatus, State
from elytra_status.run.assess import Assessment, assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock, recording
from tests.in_process import run_command
from tests.made_kuma import (
    METRICS,
    PAGE,
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

pytestmark = [pytest.mark.pure, pytest.mark.slow]

UNKNOWN, UP = State.UNKNOWN, State.UP
Make = Callable[..., Settings]


def test_what_is_kept_confirms_nothing() -> None:
    """A failure that one check saw, of a monitor that is missing at the confirmation poll, is no outage."""
    with made(METRIC_DOWN, page_json(listed(1)), heartbeats_json({1: steady(datetime.now(UTC), [1] * 9)})) as server:
        clock = MovableClock(datetime.now(UTC))

        def vanish() -> None:
            answers(server, METRICS, metrics_text(series(1, 1, "Site 1")))

        clock.before_waking = vanish
        seen = assess(settings(server), clock, SavedState(), confirming=True)
    assert clock.sleeps
    assert seen.decision.status is PlatformStatus.DEGRADED


METRIC_DOWN = metrics_text(series(1, 1, "Site 1"), series(0, 8, "Private"))


# A source is complete or it is not.


def four_and_a_private_one_down(now: datetime) -> dict[str, bytes]:
    public = [series(1, number, f"Site {number}") for number in range(1, 5)]
    return {
        "metrics": metrics_text(*public, series(0, 8, "Private")),
        "page": page_json(*(listed(number) for number in range(1, 5))),
        "heartbeats": heartbeats_json({number: steady(now, [1] * 9) for number in range(1, 5)}),
    }


REFUSED = ReplayFault(status=401)


def answers(server: ReplayServer, path: str, body: bytes) -> None:
    server.faults[path] = replace(server.faults[path], body=body)


@pytest.mark.parametrize("ids", [{}, {"critical_monitor_ids": (8,)}, {"monitor_ids": (1, 8)}])
@pytest.mark.parametrize("fault", ["refused", "cut", "damaged line", "slow page"])
def test_a_part_that_does_not_come_makes_the_status_unknown_without_saved_state(
    fault: str, ids: dict[str, Any]
) -> None:
    clock = MovableClock(datetime.now(UTC))
    bodies = four_and_a_private_one_down(clock.moment)
    bodies["metrics"] = bodies["metrics"].replace(b"} 0", b"} 1")
    with made(**bodies) as server:
        if fault == "refused":
            server.faults[METRICS] = REFUSED
        elif fault == "slow page":
            server.faults[PAGE] = ReplayFault(status=503)
        else:
            cut = bodies["metrics"][:-60] if fault == "cut" else bodies["metrics"].replace(b'"Site 3"', b'"Site 3')
            answers(server, METRICS, cut)
        seen = assess(settings(server, **ids), clock, SavedState(), confirming=True)
        # Nor what that run saved.
        again = assess(settings(server, **ids), clock, seen.saved_state, confirming=True)
    expected = PlatformStatus.UNKNOWN
    if fault == "slow page" and "monitor_ids" in ids:
        expected = PlatformStatus.OPERATIONAL  # The answers name every monitor that the settings let count.
    assert (seen.decision.status, again.decision.status) == (expected, expected)
    assert seen.reports[0].problems


def test_what_was_seen_makes_it_worse_than_unknown() -> None:
    now = datetime.now(UTC)
    bodies = four_and_a_private_one_down(now)
    heartbeats = {number: steady(now, [1] * 7 + [0] * 2 if number == 1 else [1] * 9) for number in range(1, 5)}
    with made(**{**bodies, "heartbeats": heartbeats_json(heartbeats)}) as server:
        server.faults[METRICS] = REFUSED
        assert (
            assess(settings(server), MovableClock(now), SavedState(), confirming=True).decision.status.value == "outage"
        )


def test_the_run_succeeds_and_the_error_is_said_everywhere(
    tmp_path: Path, make_settings: Make, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with made(**four_and_a_private_one_down(datetime.now(UTC))) as server:
        server.faults[METRICS] = REFUSED
        make_settings(
            UPTIME_KUMA_URL=server.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra",
        )
        assert run_command(tmp_path, "run") == 0
        printed = capsys.readouterr()
        assert "401, the API key is refused (metrics)" in printed.err
        assert json.loads((tmp_path / "public" / "status.json").read_text())["platform_status"] == "unknown"
        assert run_command(tmp_path, "summary") == 0
        assert "Error     uptime_kuma: 401" in capsys.readouterr().out
        assert run_command(tmp_path, "doctor", "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert [one for one in found["findings"] if one["level"] == "fault" and "401" in one["seen"]]


# Damaged saved state.


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"sources": {}}', "\x00" * 64])
@pytest.mark.parametrize("kind", ["refused key", "critical monitor missing"])
def test_with_damaged_saved_state_what_is_not_known_is_never_operational(
    kind: str, damage: str, tmp_path: Path, make_settings: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = four_and_a_private_one_down(datetime.now(UTC))
    whole = bodies["metrics"].replace(b"} 0", b"} 1")
    private = series(1, 8, "Private").encode() + b"\n"
    with made(**bodies) as server:
        answers(server, METRICS, whole)
        values = {"UPTIME_KUMA_URL": server.url, "UPTIME_KUMA_API_KEY": API_KEY, "UPTIME_KUMA_STATUS_PAGE": "elytra"}
        make_settings(**values, **({} if kind == "refused key" else {"CRITICAL_MONITOR_IDS": "8"}))
        assert run_command(tmp_path, "run") == 0
        assert published(tmp_path) == "operational"
        if kind == "refused key":
            server.faults[METRICS] = REFUSED
        else:
            answers(server, METRICS, whole.replace(private, b""))
        # The second run has the state that the first one saved after the damage.
        (tmp_path / "last-run.json").write_text(damage)
        for _ in range(2):
            assert run_command(tmp_path, "run") == 0
            assert published(tmp_path) == "unknown"
        capsys.readouterr()
        assert run_command(tmp_path, "summary", "--explain") == 0
        shown = capsys.readouterr().out
    assert ("401" if kind == "refused key" else "uptime_kuma:8") in shown


def published(directory: Path) -> str:
    return str(json.loads((directory / "public" / "status.json").read_text())["platform_status"])


# A monitor that a new tag takes out of /metrics (recorded).


def tagged(server: ReplayServer, mode: str, **more: Any) -> Settings:
    # Uptime Kuma had been started five and a half minutes before.
    return settings(server, mode, slug="main", **{"monitor_stale_minutes": 5, **more})


def polls(mode: str, minutes: tuple[float, ...], **more: Any) -> list[Assessment]:
    """Return the decisions before the tag, and this many minutes after it."""
    clock, found, memory = MovableClock(), [], SavedState()
    began = clock.moment
    with kuma("v2.5.3", "new-tag-before", fallback=None, clock=clock.now) as server:
        for minute in (0, *minutes):
            if minute:
                server.recording = recording("v2.5.3", "new-tag-vanished-and-down", fallback=None)
            clock.moment = began + timedelta(minutes=minute)
            found.append(assess(tagged(server, mode, **more), clock, memory, confirming=False))
            memory = found[-1].saved_state
    return found


@pytest.mark.parametrize("mode", ["both", "metrics"])
def test_a_monitor_that_a_tag_takes_out_of_metrics_is_reported(mode: str) -> None:
    before, soon, later, much_later = polls(mode, (2, 6, 300))
    assert not hidden(before).absent
    assert (hidden(soon).state, hidden(soon).absent, soon.reports[0].problems) == (UP, True, ())
    assert "paused, or edited?" in hidden(soon).evidence[0]
    for assessment in (later, much_later):
        # It already had the tag `critical` when Uptime Kuma was started.
        assert hidden(assessment).state is UNKNOWN
        (problem,) = assessment.reports[0].problems
        assert problem.keys == ("uptime_kuma:8",)
        assert "new tag" in problem.remedy
        assert "restart Uptime Kuma" in problem.remedy


def hidden(assessment: Assessment) -> Monitor:
    return next(one for one in assessment.reports[0].monitors if one.key == "uptime_kuma:8")


def test_by_the_page_alone_a_private_monitor_is_never_seen() -> None:
    for assessment in polls("page", (2, 6)):
        assert len(assessment.reports[0].monitors) == 7
        assert not assessment.reports[0].problems


@pytest.mark.parametrize("mode", ["both", "metrics"])
@pytest.mark.parametrize("critical", [(), (8,)])
def test_one_that_the_settings_name_is_unknown_when_a_tag_took_it_out(mode: str, critical: tuple[int, ...]) -> None:
    found = polls(mode, (2, 6, 300), monitor_ids=(1, 8), critical_monitor_ids=critical)
    assert [one.decision.status.value for one in found] == ["operational", "operational", "unknown", "unknown"]
    assert "MONITOR_IDS lists uptime_kuma:8" in str(found[-1].reports[0].problems)


# Components.


def test_a_group_in_a_component_works_as_the_group_and_counts_nowhere_else() -> None:
    clock = MovableClock()
    with kuma("v2.5.3", "group-child-down", clock=clock.now) as server:
        seen = assess(settings(server, components=(("Web", ("2",)),)), clock, SavedState(), confirming=False)
    alone = [one for one in seen.reports[0].monitors if one.repeats]
    assert [one.key for one in alone] == ["uptime_kuma:2"]
    assert (
        seen.decision.components[0].status is PlatformStatus.DEGRADED
    )  # By one heartbeat, which confirms nothing yet.
    assert "1 of 6 monitors confirmed down" in seen.decision.reason


@pytest.mark.parametrize("key", ["99", "better_stack:5"])
def test_a_component_with_an_id_that_no_answer_names_is_unknown(key: str) -> None:
    clock = MovableClock()
    bodies = four_and_a_private_one_down(clock.moment)
    with made(**bodies) as server:
        answers(server, METRICS, bodies["metrics"].replace(b"} 0", b"} 1"))
        seen = assess(settings(server, components=(("Web", ("1", key)),)), clock, SavedState(), confirming=False)
    assert seen.decision.components[0].status is PlatformStatus.UNKNOWN
    assert seen.decision.status is PlatformStatus.UNKNOWN
    assert any("COMPONENTS lists" in str(one) for one in seen.reports[0].problems)


# At the prompt.


def test_a_missing_monitor_is_listed_and_accepted(
    tmp_path: Path, make_settings: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    bodies = four_and_a_private_one_down(now)
    bodies["metrics"] = bodies["metrics"].replace(b"} 0", b"} 1")
    monkeypatch.setenv("SUDO_USER", "anna")
    with made(**bodies) as server:
        make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY)
        assert run_command(tmp_path, "run") == 0
        state = tmp_path / "last-run.json"
        # An hour passes.
        state.write_text(
            state.read_text().replace(now.date().isoformat(), (now - timedelta(days=1)).date().isoformat())
        )
        answers(server, METRICS, bodies["metrics"].replace(series(1, 8, "Private").encode() + b"\n", b""))
        assert run_command(tmp_path, "run") == 0
        assert "1 monitor is missing" in capsys.readouterr().err
        assert run_command(tmp_path, "monitors", "list") == 0
        listed_ = capsys.readouterr().out
        assert "missing: uptime_kuma:8 'Private', last seen up" in listed_
        assert run_command(tmp_path, "monitors", "accept", "uptime_kuma:1") == 64
        assert run_command(tmp_path, "monitors", "accept", "uptime_kuma:8") == 0
        capsys.readouterr()
        assert run_command(tmp_path, "run") == 0
        assert "is missing" not in capsys.readouterr().err
        assert run_command(tmp_path, "monitors", "list") == 0
        assert "accepted: uptime_kuma:8 'Private', by anna at " in capsys.readouterr().out


@pytest.mark.parametrize("days", [1, 31])
def test_a_clock_that_is_behind_makes_no_monitor_missing(
    days: int, tmp_path: Path, make_settings: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that was seen is in this clock's future: `monitors accept` must not take it for missing."""
    now = datetime.now(UTC)
    bodies = four_and_a_private_one_down(now)
    bodies["metrics"] = bodies["metrics"].replace(b"} 0", b"} 1")
    with made(**bodies) as server:
        make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY)
        assert run_command(tmp_path, "run") == 0
    state = tmp_path / "last-run.json"
    state.write_text(state.read_text().replace(now.date().isoformat(), (now + timedelta(days)).date().isoformat()))
    assert "uptime_kuma:8" in state.read_text()
    capsys.readouterr()
    assert run_command(tmp_path, "monitors", "list") == 0
    assert "no monitor is missing" in capsys.readouterr().out
    assert run_command(tmp_path, "monitors", "accept", "--all") == 0
    assert json.loads((tmp_path / "accepted-monitors.json").read_text()) == {}
