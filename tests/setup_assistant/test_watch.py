# SPDX-License-Identifier: MIT
"""`elytra-status setup --watch`: a machine that publishes nothing, and checks what another one publishes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status import freshness
from elytra_status.alerts.failure import FRESHNESS
from elytra_status.doctor import sources as doctor_sources
from elytra_status.doctor import targets, timers
from elytra_status.doctor.finding import Level
from elytra_status.system.clock import SystemClock
from tests.examined import bad, context, examine, of
from tests.hostile_s3 import HostileS3, Reply
from tests.in_process import run_command
from tests.publishing import documents_of
from tests.setup_assistant.test_first_run import GOOD, Systemd
from tests.setup_root import Root

pytestmark = pytest.mark.slow


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    made = Systemd(tmp_path / "systemd")
    monkeypatch.setenv("PATH", f"{made.directory}/bin:{os.environ['PATH']}")
    return made


@pytest.fixture
def public() -> Iterator[HostileS3]:
    """What visitors read, and a channel that takes every notification."""
    with HostileS3() as server:
        server.put("/status.json", documents_of(datetime.now(UTC))[-1].body, Content_Type="application/json",
                   Cache_Control="public, max-age=300")  # fmt: skip
        server.answer = lambda request: Reply(200, b"ok") if request.method == "POST" else None
        yield server


def answers(public: HostileS3, **more: str) -> dict[str, str]:
    return {"STATUS_URL": f"{public.url}/status.json", "WEBHOOK_URL": f"{public.url}/hook", **more}


def test_the_public_address_and_a_channel_are_all_that_it_needs(
    root: Root, systemd: Systemd, public: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.setup("--watch", **answers(public)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{public.url}/status.json: answers" in lines
    assert any("webhook: a test notification was sent" in line for line in lines)
    assert lines[-1].startswith("changed: ")
    settings = root.load().settings
    assert settings.status_url == f"{public.url}/status.json"
    assert systemd.calls == [
        f"--root={root.directory} disable elytra-status.timer",
        f"--root={root.directory} enable elytra-status-freshness.timer",
    ]


@pytest.mark.parametrize(
    ("left_out", "more", "words"),
    [
        ("STATUS_URL", {}, "the address of the status to watch is not set"),
        ("WEBHOOK_URL", {}, "nobody would be notified"),
        ("", {"PROBE_URLS": "tcp://127.0.0.1:9"}, "--watch is for a machine that publishes nothing"),
    ],
)
def test_what_cannot_watch_is_refused_and_nothing_is_written(
    left_out: str,
    more: dict[str, str],
    words: str,
    root: Root,
    systemd: Systemd,
    public: HostileS3,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = root.files()
    given = {name: value for name, value in answers(public, **more).items() if name != left_out}
    assert root.setup("--watch", **given) == 78
    assert words in capsys.readouterr().err
    assert root.files() == before
    assert not (systemd.directory / "calls").exists()


def watcher(directory: Path, public: HostileS3) -> dict[str, object]:
    values: dict[str, object] = dict(answers(public))
    context(directory, **values)
    return values


def test_a_publisher_that_stops_or_is_unreachable_is_a_failure_that_names_the_machine(
    public: HostileS3, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher(tmp_path, public)
    assert run_command(tmp_path, "check-freshness") == 0
    stored = public.objects["/status.json"]
    public.put("/status.json", documents_of(datetime.now(UTC) - timedelta(minutes=31))[-1].body, **{
        name.title().replace("-", "_"): value for name, value in stored.headers.items()
    })  # fmt: skip
    capsys.readouterr()
    assert run_command(tmp_path, "check-freshness") == 1
    said = capsys.readouterr().err
    assert "is 31 minutes old" in said
    assert "on the machine that publishes: elytra-status doctor" in said
    # Its network is cut.
    public.__exit__(None, None, None)
    assert run_command(tmp_path, "check-freshness") == 69


def test_the_notification_names_the_machine_that_publishes(public: HostileS3, tmp_path: Path) -> None:
    from elytra_status.alerts import failure_messages
    from elytra_status.alerts.failure import Failure

    at = context(tmp_path, **answers(public))
    steps = failure_messages._steps(Failure(FRESHNESS, "exit-code", "1"), at.settings)
    assert any("on the machine that publishes" in purpose for purpose, _ in steps)
    assert not any("elytra-status.service" in command for _, command in steps)


def test_doctor_expects_no_source_and_no_timer_of_the_job(
    public: HostileS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = context(tmp_path, SystemClock(), **answers(public))
    assert bad(examine(doctor_sources.AREA, at)) == []
    assert bad(examine(targets.AREA, at)) == []
    assert freshness.check(at.settings, at.clock, at.state_directory)[0].faults == ()
    now = datetime.now(UTC).strftime("%a %Y-%m-%d %H:%M:%S UTC")
    loaded = {"LoadState": "loaded", "Result": "success"}
    ran = {**loaded, "ExecMainStartTimestamp": now, "ExecMainExitTimestamp": now, "ActiveState": "inactive"}
    units = {
        "elytra-status.timer": {**loaded, "ActiveState": "inactive", "UnitFileState": "disabled"},
        "elytra-status.service": {**loaded, "ActiveState": "inactive"},
        "elytra-status-freshness.timer": {**loaded, "ActiveState": "active", "UnitFileState": "enabled"},
        "elytra-status-freshness.service": ran,
    }
    monkeypatch.setattr(timers.systemd, "BOOTED", tmp_path)
    monkeypatch.setattr(timers, "unit_properties", lambda names: units)
    monkeypatch.setattr(timers, "failed_alerts", list)
    findings = examine(timers.AREA, at)
    assert bad(findings) == []
    assert "only watches STATUS_URL" in of(findings, "elytra-status.timer").seen
    # A machine that is to publish has that timer.
    publishes = context(tmp_path, SystemClock(), **answers(public), PROBE_URLS="tcp://127.0.0.1:9")
    assert of(examine(timers.AREA, publishes), "elytra-status.timer").level is Level.FAULT


def test_at_the_end_the_check_runs_and_not_the_job(
    root: Root, systemd: Systemd, public: HostileS3, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from elytra_status.setup_assistant import unattended
    from elytra_status.setup_assistant.draft import Draft
    from elytra_status.setup_assistant.finish import Setup
    from elytra_status.system import systemd as service

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(service, "BOOTED", systemd.directory)
    systemd.runs(GOOD.replace("operational:_1_monitor,_none_down", "fresh,_5_seconds_old,_operational"))
    draft = Draft(root.etc, of_this_machine=False, answers=dict(answers(public)))
    setup = Setup(draft, SystemClock(), root.directory / "state", offline=True, watches=True)
    assert unattended.set_up(setup) == 0
    assert "watched:   fresh, 5 seconds old, operational" in capsys.readouterr().out.splitlines()
    calls = [call for call in systemd.calls if not call.startswith("show")]
    assert calls == [
        "--now disable elytra-status.timer",
        "--now enable elytra-status-freshness.timer",
        f"restart {FRESHNESS}",
    ]
    systemd.runs("Result=exit-code ExecMainStatus=1 StatusText=is_31_minutes_old")
    assert unattended.set_up(setup) == 1
    assert "is 31 minutes old" in capsys.readouterr().out
