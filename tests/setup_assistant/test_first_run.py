# SPDX-License-Identifier: MIT
"""How `elytra-status setup` starts the service, and what it shows of the run, with a stand-in for systemctl."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.setup_assistant import containers
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.finish import Setup, finish
from elytra_status.system import systemd as service
from elytra_status.system.clock import SystemClock
from tests.setup_root import Root

pytestmark = pytest.mark.slow

SYSTEMCTL = """\
#!/bin/sh
# Keeps what it was called with; how a run ends stands in `ends`, a line for each.
cd "$(dirname "$0")/.."
echo "$*" >> calls
case "$*" in
    *=Id,*) cat timers ;;
    *LoadState*) cat load ;;
    restart*) head -n 1 ends > ended; sed -i 1d ends; [ -s ended ]; grep -q Result=success ended ;;
    show*) tr ' ' '\\n' < ended | sed 's/_/ /g' ;;
esac
"""
GOOD = "Result=success ExecMainStatus=0 ExecMainExitTimestampMonotonic=5 StatusText=operational:_1_monitor,_none_down"


class Systemd:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "bin").mkdir(parents=True)
        program = directory / "bin" / "systemctl"
        program.write_text(SYSTEMCTL)
        program.chmod(0o755)
        (directory / "load").write_text("loaded\n")
        self.timers()
        self.runs(GOOD)
        (directory / "ended").write_text("Result=success ExecMainExitTimestampMonotonic=0\n")

    def timers(self, **values: str) -> None:
        """Make both timers as they are after the installation, except for these properties."""
        due = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled"} | values
        lines = "".join(f"{name}={value}\n" for name, value in due.items())
        both = (f"Id={name}.timer\n{lines}" for name in ("elytra-status", "elytra-status-freshness"))
        (self.directory / "timers").write_text("\n".join(both))

    def runs(self, *ends: str) -> None:
        (self.directory / "ends").write_text("".join(f"{end}\n" for end in ends))

    @property
    def calls(self) -> list[str]:
        return (self.directory / "calls").read_text().splitlines()

    @property
    def starts(self) -> int:
        return self.calls.count("restart elytra-status.service")


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    """A machine with a running systemd, for root."""
    made = Systemd(tmp_path / "systemd")
    monkeypatch.setenv("PATH", f"{made.directory}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(service, "BOOTED", made.directory)
    monkeypatch.setattr(containers, "SYSTEM", tmp_path / "units")
    monkeypatch.setattr(containers, "SHIPPED", tmp_path / "container.conf")
    return made


@pytest.fixture
def work(root: Root, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Finish a setup with an answer; return its exit status and its output."""

    def finished(answer: str = "tcp://127.0.0.1:9", **options: bool) -> tuple[int, list[str]]:
        draft = Draft(root.etc, of_this_machine=False, answers={"PROBE_URLS": answer})
        capsys.readouterr()
        status = finish(Setup(draft, SystemClock(), tmp_path / "state", **options))
        return status, capsys.readouterr().out.splitlines()

    return finished


Work = Callable[..., tuple[int, list[str]]]


def publish(tmp_path: Path) -> Path:
    file = tmp_path / "state" / "public" / "status.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"platform_status": "operational", "headline": {"text": "All systems operational"}}')
    return file


def test_the_publication_and_why_are_shown(systemd: Systemd, work: Work, root: Root, tmp_path: Path) -> None:
    file = publish(tmp_path)
    status, lines = work()
    assert status == 0
    assert lines[-5:] == [
        f"published: {file}",
        "status:    operational",
        "headline:  All systems operational",
        "why:       operational: 1 monitor, none down",
        f"changed: {root.own}",
    ]
    assert systemd.starts == 1


def test_what_is_published_writes_nothing_else_on_the_terminal(systemd: Systemd, work: Work, tmp_path: Path) -> None:
    publish(tmp_path).write_text(
        r'{"platform_status": "up\u001bc", "headline": {"text": "All well\u009b2J\nwhy: none"}}'
    )
    _, lines = work()
    assert all(line.isprintable() for line in lines), lines
    assert "headline:  All well 2J why: none" in lines


def test_it_is_not_started_again_where_nothing_changed_and_the_last_run_was_good(
    systemd: Systemd, work: Work, tmp_path: Path
) -> None:
    publish(tmp_path)
    work()
    assert work() == (0, ["nothing changed"])
    assert systemd.starts == 1
    (systemd.directory / "ended").write_text("Result=exit-code ExecMainStatus=69 ExecMainExitTimestampMonotonic=5\n")
    systemd.runs(GOOD)
    status, lines = work()
    assert (status, lines[-1]) == (0, "nothing changed")
    assert systemd.starts == 2


def test_a_failed_run_is_shown_with_its_status_and_cause(systemd: Systemd, work: Work) -> None:
    systemd.runs("Result=exit-code ExecMainStatus=69 StatusText=failed:_the_storage_is_not_available")
    status, lines = work()
    assert status == 69
    assert any("failed with status 69: the storage is not available. See journalctl" in line for line in lines)


def test_without_systemd_or_the_unit_it_says_what_it_does_not_do(
    systemd: Systemd, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    (systemd.directory / "load").write_text("not-found\n")
    status, lines = work()
    assert status == 0
    assert any("is not installed here, so nothing was started" in line for line in lines)
    monkeypatch.setattr(service, "BOOTED", systemd.directory / "missing")
    status, lines = work("tcp://127.0.0.1:8")
    assert status == 0
    assert any("systemd does not run here, so nothing was started" in line for line in lines)
    assert lines[-1].startswith("changed: ")
    assert systemd.starts == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ActiveState": "inactive"}, "is stopped: nothing runs by itself. systemctl enable --now"),
        ({"UnitFileState": "disabled"}, "is not enabled: after a boot nothing runs by itself."),
        ({"LoadState": "masked"}, "is masked: systemd does not start it. systemctl unmask"),
    ],
)
def test_a_timer_that_would_not_publish_again_is_a_warning(
    values: dict[str, str], words: str, systemd: Systemd, work: Work
) -> None:
    systemd.timers(**values)
    status, lines = work()
    assert status == 0
    assert any(line.startswith(f"warning: elytra-status.timer: {words}") for line in lines), lines
    assert len([line for line in lines if line.startswith("warning: ")]) == 2
    assert any(words in line for line in work()[1]), "it is told as long as it is so"
    assert systemd.starts == 1


def test_no_start_starts_nothing(systemd: Systemd, work: Work) -> None:
    status, lines = work(starts=False)
    assert (status, lines[-2]) == (0, "the service was not started")
    assert not (systemd.directory / "calls").exists()


@pytest.mark.parametrize("refusal", [217, 226, 243])
def test_a_container_that_refuses_the_sandbox_gets_the_drop_in_on_request(
    refusal: int, systemd: Systemd, work: Work, tmp_path: Path
) -> None:
    publish(tmp_path)
    refused = f"Result=exit-code ExecMainStatus={refusal}"
    systemd.runs(refused)
    status, lines = work()
    assert status == 69
    assert not any("--container" in line for line in lines), "the package does not have the drop-in"
    containers.SHIPPED.write_text("[Service]\nPrivateUsers=no\n")
    systemd.runs(refused, GOOD)
    (systemd.directory / "ended").write_text("Result=exit-code ExecMainExitTimestampMonotonic=5\n")
    status, lines = work()
    assert status == 69
    assert any("elytra-status setup --container turns it off" in line for line in lines)
    assert not containers.is_written()
    systemd.runs(refused, GOOD)
    status, lines = work(container=True)
    assert status == 0
    assert "status:    operational" in lines
    for unit in containers.UNITS:
        file = containers.SYSTEM / f"{unit}.d" / "container.conf"
        assert file.read_text() == "[Service]\nPrivateUsers=no\n"
        assert str(file) in lines[-1]
    assert "daemon-reload" in systemd.calls
    # A remedy that does not help is not offered again.
    systemd.runs(refused)
    (systemd.directory / "ended").write_text("Result=exit-code ExecMainExitTimestampMonotonic=5\n")
    status, lines = work()
    assert status == 69
    assert not any("--container" in line for line in lines)
