# SPDX-License-Identifier: MIT
"""A status that a person sets by hand: what is accepted, what is then published, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors, refresh
from elytra_status.announcements import store
from elytra_status.clock import SystemClock, to_text
from elytra_status.commands.override import STATUSES
from elytra_status.demo.replay import Fault, ReplayServer
from elytra_status.model import PlatformStatus
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]
Set = Callable[..., int]


@pytest.fixture
def kuma(start_kuma: Start, make_settings: Make) -> ReplayServer:
    """A replayed Uptime Kuma in which all is up, that the settings name."""
    kuma = start_kuma("v2.5.3", "all-up")
    ask(make_settings, kuma)
    return kuma


def ask(make_settings: Make, kuma: ReplayServer, **more: str) -> Settings:
    return make_settings(
        UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra", **more
    )


@pytest.fixture
def set_override(tmp_path: Path) -> Set:
    def call(status: str = "outage", note: str = "A disk has failed.", *more: str) -> int:
        return run_command(tmp_path, "override", "set", "--status", status, "--note", note, *more)

    return call


def published(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


def test_what_can_be_set_is_what_can_be_published() -> None:
    assert list(STATUSES) == [status.value for status in PlatformStatus]


@pytest.mark.parametrize("status", ["outage", "degraded", "unknown"])
def test_it_is_published_at_once_and_ends_when_it_is_cleared(
    status: str, kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_override(status) == 0
    document = published(tmp_path)
    assert document["platform_status"] == status
    (notice,) = document["notices"]
    assert (notice["kind"], notice["text"]) == ("override", "A disk has failed.")
    assert f"set: {status}, until {notice['until']} (4 hours), by " in capsys.readouterr().out

    assert run_command(tmp_path, "override", "clear") == 0
    assert published(tmp_path)["platform_status"] == "operational"
    assert published(tmp_path)["notices"] == []
    assert "cleared: " in capsys.readouterr().out


def test_it_outlives_the_process_and_runs_out_by_itself(
    kuma: ReplayServer, set_override: Set, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    set_override("outage", "A disk has failed.", "--until", "90m")
    until = published(tmp_path)["notices"][0]["until"]
    settings = ask(make_settings, kuma)
    kuma.clock = lambda: clock.now()
    clock = MovableClock(SystemClock().now() + timedelta(minutes=89))
    refresh.run(settings, clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "outage"
    assert not any("override-ended" in line for line in log_lines)

    clock.moment += timedelta(minutes=1)
    refresh.run(settings, clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "operational"
    assert published(tmp_path)["notices"] == []
    (line,) = [line for line in log_lines if "override-ended" in line]
    assert f"to outage has run out at {until}; the status is operational" in line

    refresh.run(settings, clock, tmp_path)
    assert len([line for line in log_lines if "override-ended" in line]) == 1, "it is said once"
    (past,) = store.read(tmp_path).past_overrides
    assert (to_text(past.ended or past.since), past.ended_by) == (until, "")


@pytest.mark.parametrize("scenario", ["one-down", "all-up"])
def test_operational_is_not_taken_lightly_while_something_is_down(
    scenario: str, start_kuma: Start, make_settings: Make, set_override: Set, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ask(make_settings, start_kuma("v2.5.3", scenario))
    status = set_override("operational", "All is well.")
    if scenario == "all-up":
        assert status == 0
    else:
        assert status == errors.USAGE
        words = capsys.readouterr().err
        assert "1 of 6 monitors down, 0 of them confirmed: nothing was set" in words
        assert "--force" in words
        assert store.read(tmp_path).override is None
        assert not (tmp_path / "public").exists()
        assert set_override("operational", "All is well.", "--force") == 0
        assert "WARNING: operational only because a person said so" in capsys.readouterr().err
    assert published(tmp_path)["platform_status"] == "operational"


def test_operational_is_not_taken_lightly_while_nobody_answers(
    kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra"):
        kuma.faults[path] = Fault(status=503)
    assert set_override("operational", "All is well.") == errors.USAGE
    words = capsys.readouterr().err
    assert "cannot be known, as uptime_kuma gave no answer: nothing was set" in words
    assert "--force" in words
    assert set_override("outage", "Nothing works.") == 0, "an outage can be told all the same"
    assert set_override("operational", "All is well.", "--force") == 0
    assert published(tmp_path)["platform_status"] == "operational"


@pytest.mark.parametrize(
    "name",
    ["Café Zoë", "CAFÉ ZOË", "café  zoë's", "Cafe\u0301 Zoe\u0308", "Ca\u200bfé Zo\u00adë", "Caf%C3%A9%20Zo%C3%AB"],
)
def test_a_name_of_a_client_is_refused_at_the_prompt(
    name: str, kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {
        path: replace(answer, body=answer.body.replace(b"Scheduler", "Café Zoë".encode()))
        for path, answer in kuma.recording.answers.items()
    }
    kuma.recording = replace(kuma.recording, answers=answers)
    assert set_override("outage", f"We repair {name} now.") == errors.REFUSED
    words = capsys.readouterr()
    assert "ERROR: nothing was changed: status.json: notices[0].text holds what rule" in words.err
    assert name not in words.err + words.out
    assert store.read(tmp_path).override is None
    assert not (tmp_path / "public").exists()
