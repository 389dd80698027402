# SPDX-License-Identifier: MIT
"""Units of systemd, by the output of `systemctl show`; the tests on booted systems query a real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.errors import NoAnswerError
from elytra_status.model import Report
from elytra_status.settings import Settings
from elytra_status.sources import systemd_units
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
Make = Callable[..., Settings]
Systemctl = Callable[..., None]


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemctl:
    """Return a function that installs a systemctl with fixed output, since this machine may not run systemd."""

    def put(output: str, exit_status: int = 0, before: str = "") -> None:
        directory = tmp_path / "bin"
        directory.mkdir(exist_ok=True)
        (directory / "output").write_text(output)
        program = directory / "systemctl"
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > {directory}/arguments\nenv > {directory}/environment\n{before}\n'
            f"cat {directory}/output\nexit {exit_status}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")

    return put


def unit(name: str, active: str, since: datetime | None = NOW - timedelta(days=1), load: str = "loaded") -> str:
    """The output of systemd 252 and 257 about a unit."""
    stamp = f"@{int(since.timestamp())}" if since else ""
    return f"Id={name}\nNames={name}\nLoadState={load}\nActiveState={active}\nStateChangeTimestamp={stamp}\n"


def poll(settings: Settings, seconds: float = 5) -> Report:
    return systemd_units.poll(settings, PollRequest(NOW, seconds, clock=SYSTEM_CLOCK))


@pytest.mark.parametrize(
    ("active", "state"),
    [
        ("active", "up"),
        ("reloading", "up"),
        ("activating", "pending"),
        ("deactivating", "pending"),
        ("inactive", "down"),
        ("failed", "down"),
        ("a-new-word", "unknown"),
    ],
)
def test_each_state_of_a_unit(systemctl: Systemctl, make_settings: Make, active: str, state: str) -> None:
    systemctl(unit("nginx.service", active))
    (monitor,) = poll(make_settings(SYSTEMD_UNITS="nginx")).monitors
    assert monitor.state.value == state
    assert monitor.confirmed == (state in ("down", "pending"))
    assert monitor.since == NOW - timedelta(days=1)
    assert monitor.name == "nginx.service"
    assert "nginx" not in monitor.key


def test_each_state_says_what_it_rests_on(systemctl: Systemctl, make_settings: Make) -> None:
    failed = unit("a.service", "failed") + "SubState=failed\nResult=exit-code\n"
    active = unit("b.service", "active") + "SubState=running\nResult=success\n"
    masked = unit("c.service", "inactive", load="masked") + "SubState=dead\nResult=success\n"
    systemctl("\n".join([failed, active, masked, unit("d.service", "inactive", None, "not-found")]))
    assert [one.evidence for one in poll(make_settings(SYSTEMD_UNITS="a,b,c,d,never-shown")).monitors] == [
        ("systemd says failed (exit-code)",),
        ("systemd says active (running) since 2026-02-28T12:00:00Z",),
        ("systemd says inactive (dead, masked)",),
        ("systemd does not know it (not-found)",),
        ("systemd does not know it (it reports nothing)",),
    ]


def test_a_unit_that_failed_just_now_awaits_confirmation(systemctl: Systemctl, make_settings: Make) -> None:
    systemctl(unit("nginx.service", "failed", NOW - timedelta(seconds=30)))
    (monitor,) = poll(make_settings(SYSTEMD_UNITS="nginx.service")).monitors
    assert (monitor.state.value, monitor.confirmed) == ("down", False)


def test_several_units_and_an_alias_and_one_that_there_is_not(systemctl: Systemctl, make_settings: Make) -> None:
    alias = unit("postgresql@15-main.service", "active").replace("Names=", "Names=database.service ")
    blocks = [unit("nginx.service", "active"), alias, unit("gone.service", "inactive", None, "not-found")]
    systemctl("\n".join(blocks))
    report = poll(make_settings(SYSTEMD_UNITS="nginx,database.service,gone,never-shown.timer"))
    assert [one.state.value for one in report.monitors] == ["up", "up", "unknown", "unknown"]
    assert tuple(map(str, report.warnings)) == (
        "2 units of SYSTEMD_UNITS are not known to systemd. See systemctl status.",
    )
    assert "database.service" in report.private_names


def test_names_reach_systemctl_as_names_and_nothing_secret_does(
    systemctl: Systemctl, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl(unit("--version.service", "active"))
    monkeypatch.setenv("SPACES_SECRET_KEY", "planted")
    poll(make_settings(SYSTEMD_UNITS="--version"))
    arguments = (tmp_path / "bin/arguments").read_text().splitlines()
    assert arguments[arguments.index("--") + 1 :] == ["--version.service"]
    assert "planted" not in (tmp_path / "bin/environment").read_text()


def test_a_systemd_that_does_not_answer_is_an_error(
    systemctl: Systemctl, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(SYSTEMD_UNITS="nginx")
    systemctl("", 1)
    with pytest.raises(NoAnswerError, match="systemctl ended with 1"):
        poll(settings)
    systemctl("", before="exec sleep 20")
    with pytest.raises(NoAnswerError, match="timed out after"):
        poll(settings, seconds=0.3)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NoAnswerError, match="cannot be started"):
        poll(settings)
