# SPDX-License-Identifier: MIT
"""How a command starts the service although it drops its rights. tests/booted uses systemd itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from elytra_status import errors
from elytra_status.commands import announcing
from elytra_status.commands.common import Prepared
from elytra_status.run import saved_state
from elytra_status.settings import Settings
from elytra_status.system import systemd
from elytra_status.system.clock import SystemClock

SYSTEMCTL = """#!/bin/sh
echo "$@" >> {log}
case $1 in
    restart) echo "{{}}" > {state}; exit {restarted} ;;
    show) printf '{shown}\\n' ;;
esac
"""


class Systemctl:
    """A stand-in for systemctl that records its arguments, and answers what a test wants.

    As a run does, it saves state in its directory.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / "systemctl"
        self.log = directory / "log"

    def answers(self, shown: str, restarted: int = 0) -> None:
        self.log.write_text("")
        state = self.log.with_name(saved_state.FILE)
        shown = shown.replace("\n", "\\n")
        self.path.write_text(SYSTEMCTL.format(log=self.log, state=state, shown=shown, restarted=restarted))
        self.path.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemctl:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Systemctl(tmp_path)


def publish(directory: Path) -> int:
    """Publish as the commands do, through the service."""
    with systemd.Starter() as starter:
        given = Prepared(Settings(), SystemClock(), directory)
        return announcing.publish_announcement(announcing.Announcing(given, "alice", given.clock.now(), starter))


def test_a_good_run_is_shown_in_its_own_words(
    systemctl: Systemctl, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systemctl.answers("Result=success\nExecMainStatus=0\nStatusText=outage: set by hand; published to bucket x=y")
    assert publish(tmp_path) == errors.DONE
    assert capsys.readouterr().out == "elytra-status.service: outage: set by hand; published to bucket x=y\n"
    assert [words.split()[0] for words in systemctl.asked] == ["restart", "show"]
    assert all(words.endswith(" elytra-status.service") for words in systemctl.asked)


@pytest.mark.parametrize(
    ("shown", "restarted", "status", "words"),
    [
        (
            "Result=exit-code\nExecMainStatus=65\nStatusText=failed: status.json: notices[0].text holds what",
            1,
            errors.REFUSED,
            "elytra-status.service has failed (status.json: notices[0].text holds what). See",
        ),
        (
            "Result=exit-code\nExecMainStatus=243\nStatusText=",
            1,
            errors.UNAVAILABLE,
            "has failed (exit-code, status 243)",
        ),
        ("Result=timeout\nExecMainStatus=15\nStatusText=", 1, errors.UNAVAILABLE, "has failed (timeout, status 15)"),
        # It was not started at all: the status shown is that of the run before.
        ("Result=success\nExecMainStatus=0\nStatusText=operational", 1, errors.UNAVAILABLE, "was not started"),
        ("", 1, errors.UNAVAILABLE, "was not started"),
    ],
)
def test_a_failed_run_is_shown_with_its_journal_command(
    shown: str, restarted: int, status: int, words: str,
    systemctl: Systemctl, tmp_path: Path, log_lines: list[str], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    systemctl.answers(shown, restarted)
    assert publish(tmp_path) == status
    (line,) = log_lines
    assert line.startswith("ERROR elytra-status.service ")
    assert words in line
    assert "journalctl -u elytra-status.service -n 30" in line
    assert "the announcement is saved: the next run tries again to publish it" in line
    assert capsys.readouterr().out == ""


def test_what_is_refused_at_the_prompt_starts_nothing(systemctl: Systemctl) -> None:
    systemctl.answers("")
    with pytest.raises(ValueError, match="refused"), systemd.Starter():
        raise ValueError("refused")
    assert systemctl.asked == []


def test_where_systemd_is_not_or_not_roots_the_job_is_done_here(
    systemctl: Systemctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl.answers("loaded")
    monkeypatch.setattr(systemd, "BOOTED", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert systemd.can_be_started()
    for shown in ("not-found", "masked", ""):
        systemctl.answers(shown)
        assert not systemd.can_be_started()
    systemctl.answers("loaded")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not systemd.can_be_started()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(systemd, "BOOTED", tmp_path / "nowhere")
    assert not systemd.can_be_started()
    monkeypatch.setattr(systemd, "BOOTED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert not systemd.can_be_started()
