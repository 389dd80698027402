# SPDX-License-Identifier: MIT
"""The doctor's findings about the machine itself: settings and their files, systemd, disks."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.doctor import configuration, disk, package, timers
from elytra_status.doctor.finding import Finding, Level
from elytra_status.system import systemd as service
from tests.conftest import MovableClock
from tests.examined import bad, context, examine, levels, of

pytestmark = pytest.mark.slow

# Output of systemctl on Debian 12 (systemd 252); that of Debian 13 (257) differs only in times.
RECORDED = Path(__file__).parents[1] / "fixtures" / "systemctl"
RECORDED_AT = datetime(2026, 11, 21, 15, 39, 50, tzinfo=UTC)
RUN, FRESHNESS = "elytra-status.service", "elytra-status-freshness.service"
RUN_TIMER, FRESHNESS_TIMER = "elytra-status.timer", "elytra-status-freshness.timer"
NOBODY = 65534

# Settings


def of_settings(tmp_path: Path, mode: int = 0o600, **values: object) -> list[Finding]:
    at = context(tmp_path, **values)
    at.file.chmod(mode)
    return examine(configuration.AREA, at)


@pytest.mark.parametrize(
    ("mode", "level"), [(0o600, "ok"), (0o640, "ok"), (0o644, "ok"), (0o660, "fault"), (0o602, "fault")]
)
def test_who_may_change_the_settings_file(mode: int, level: str, tmp_path: Path) -> None:
    finding = of(of_settings(tmp_path, mode), "file")
    assert finding.level.value == level
    assert f"{mode:04o}" in finding.seen
    assert bool(finding.remedy) is (level != "ok")


def test_a_file_that_holds_secrets_and_is_for_all_to_read(tmp_path: Path) -> None:
    at = context(tmp_path, UPTIME_KUMA_URL="http://127.0.0.1", UPTIME_KUMA_API_KEY="Pl4nted")
    at.file.chmod(0o644)
    from elytra_status.settings import load

    warnings = load(at.file, {}).warnings
    (finding,) = bad(examine(configuration.AREA, type(at)(**{**vars(at), "warnings": tuple(warnings)})))
    assert finding.remedy == "Set its mode to 0640"


def test_a_file_of_another_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    at = context(tmp_path)
    os.chown(at.file, NOBODY, NOBODY)
    finding = of(examine(configuration.AREA, at), "file")
    assert (finding.level, finding.remedy) == (Level.WARNING, f"chown root {at.file}")


def test_every_fault_and_warning_is_a_finding(tmp_path: Path) -> None:
    values = {"LOG_LEVEL": "loud", "BACKUP_MIN_BYTES": "x", "SPACES_REGOIN": "nyc3", "SPACES_BUCKET": "status"}
    findings = bad(of_settings(tmp_path, **values))
    assert levels(findings) == {
        "LOG_LEVEL": "fault",
        "BACKUP_MIN_BYTES": "fault",
        "unknown setting": "warning",
        "STATUS_BUCKET": "warning",
    }
    missing = [finding.seen.rpartition(" ")[2] for finding in findings if finding.seen.startswith(f"{tmp_path}")]
    assert {"SPACES_ENDPOINT", "SPACES_ACCESS_KEY", "SPACES_SECRET_KEY"} <= set(missing)
    assert of(findings, "LOG_LEVEL").remedy == "Write one of debug, info, warning, error"
    assert of(findings, "unknown setting").remedy == "Correct or remove it"


def test_settings_that_are_right(tmp_path: Path) -> None:
    findings = of_settings(tmp_path, MONITOR_STALE_MINUTES=20, LOG_LEVEL="warning")
    assert bad(findings) == []
    assert of(findings, "values").seen == "2 set, all right"
    assert of(of_settings(tmp_path), "values").seen == "none is set: all have their defaults"


def test_a_journal_that_holds_names(tmp_path: Path) -> None:
    (finding,) = bad(of_settings(tmp_path, LOG_LEVEL="debug"))
    assert (finding.name, finding.level) == ("LOG_LEVEL", Level.WARNING)


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory in place of /etc/elytra-status."""
    directory = tmp_path / "etc"
    directory.mkdir()
    monkeypatch.setattr(configuration, "DEFAULT_FILE", directory / "elytra-status.conf")
    return directory


def of_etc(etc: Path) -> list[Finding]:
    at = context(etc.parent)
    return examine(configuration.AREA, type(at)(**{**vars(at), "file": etc / "elytra-status.conf"}))


def test_what_the_services_cannot_start_without(etc: Path) -> None:
    findings = of_etc(etc)
    assert levels(bad(findings)) == {"file": "fault", "conf.d": "fault", "credentials": "fault"}
    for name in ("file", "conf.d", "credentials"):
        subprocess.run(of(findings, name).remedy, shell=True, check=True)
    assert bad(of_etc(etc)) == []


@pytest.mark.parametrize(
    ("directory", "file", "level"),
    [(0o700, 0o600, "ok"), (0o700, 0o644, "ok"), (0o755, 0o600, "ok"), (0o755, 0o644, "warning")],
)
def test_credentials_that_others_may_read(directory: int, file: int, level: str, etc: Path) -> None:
    (etc / "credentials").mkdir()
    (etc / "credentials" / "spaces_secret_key").write_text("Pl4nted")
    (etc / "credentials" / "spaces_secret_key").chmod(file)
    (etc / "credentials").chmod(directory)
    finding = of(of_etc(etc), "credentials")
    assert finding.level.value == level
    assert "1 file" in finding.seen


# systemd


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Finding]]:
    """Check timers with recorded output of systemctl, a few seconds after it."""
    monkeypatch.setattr(service, "BOOTED", tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def answers(situation: str) -> list[Finding]:
        program = tmp_path / "systemctl"
        body = f'case $1 in show) cat "{RECORDED}/$S.show" ;; *) cat "{RECORDED}/$S.failed" 2>&- ;; esac; true'
        program.write_text(f"#!/bin/sh\nS={situation}\n{body}\n")
        program.chmod(0o755)
        return examine(timers.AREA, context(tmp_path, MovableClock(RECORDED_AT)))

    return answers


def test_where_systemd_does_not_run_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BOOTED", tmp_path / "nothing")
    (finding,) = examine(timers.AREA, context(tmp_path))
    assert finding.level is Level.SKIPPED


def test_timers_and_runs_in_order(systemd: Callable[[str], list[Finding]]) -> None:
    findings = systemd("well")
    assert bad(findings) == []
    assert of(findings, RUN_TIMER).seen == "active, due in 10 seconds"
    assert of(findings, RUN).seen == "succeeded 6 seconds ago, in 0 seconds"


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (
            "never-run",
            {
                RUN_TIMER: ("fault", "is stopped: nothing runs by itself"),
                FRESHNESS_TIMER: ("fault", "is stopped: nothing runs by itself"),
                RUN: ("warning", "has not run since the machine was started"),
                FRESHNESS: ("warning", "has not run since the machine was started"),
            },
        ),
        (
            "failed",
            {
                RUN: ("fault", "failed 6 seconds ago: exit 69, publishing failed"),
                "elytra-status-alert@elytra-status.service.service": (
                    "fault",
                    "has failed: a notification was not sent by every channel",
                ),
            },
        ),
        (
            "stopped",
            {
                RUN_TIMER: ("warning", "is not enabled: after a boot nothing runs by itself"),
                FRESHNESS_TIMER: ("fault", "is stopped: nothing runs by itself"),
                RUN: ("fault", "failed 6 seconds ago: exit 69, publishing failed"),
                "elytra-status-alert@elytra-status.service.service": (
                    "fault",
                    "has failed: a notification was not sent by every channel",
                ),
            },
        ),
        (
            "killed",
            {
                RUN_TIMER: ("warning", "is not enabled: after a boot nothing runs by itself"),
                FRESHNESS_TIMER: ("fault", "is stopped: nothing runs by itself"),
                RUN: ("fault", "failed 3 seconds ago: signal KILL, it was killed by a signal from outside"),
            },
        ),
        (
            "tried-again",
            {
                RUN_TIMER: ("warning", "is not enabled: after a boot nothing runs by itself"),
                FRESHNESS_TIMER: ("fault", "is stopped: nothing runs by itself"),
                RUN: ("fault", "failed 2 seconds ago, is tried again: exit 69, publishing failed"),
            },
        ),
        (
            "gone",
            {
                RUN_TIMER: ("warning", "is not enabled: after a boot nothing runs by itself"),
                FRESHNESS_TIMER: ("warning", "is not installed: nothing runs by itself"),
            },
        ),
    ],
)
def test_what_is_wrong_with_timers_and_runs(
    situation: str, expected: dict[str, tuple[str, str]], systemd: Callable[[str], list[Finding]]
) -> None:
    found = {
        finding.name: (finding.level.value, finding.seen)
        for finding in bad(systemd(situation))
        if situation != "gone" or finding.name != RUN
    }
    assert found == expected


@pytest.mark.parametrize(
    ("unit", "change", "expected", "remedy"),
    [
        (RUN_TIMER, "LoadState=masked", "is masked: systemd does not start it", "systemctl unmask elytra-status.timer"),
        (RUN, "LoadState=masked", "is masked: systemd does not start it", "systemctl unmask elytra-status.service"),
        (RUN, "LoadState=bad-setting", "cannot be loaded (bad-setting): nothing runs by itself", "systemd-analyze"),
        (FRESHNESS_TIMER, "LoadState=error", "cannot be loaded (error): nothing runs by itself", "systemd-analyze"),
    ],
)
def test_a_unit_that_systemd_does_not_load(
    unit: str, change: str, expected: str, remedy: str, systemd: Callable[[str], list[Finding]], tmp_path: Path
) -> None:
    systemd("well")
    blocks = (RECORDED / "well.show").read_text("utf-8").split("\n\n")
    changed = [block.replace("LoadState=loaded", change) if f"Id={unit}" in block else block for block in blocks]
    (tmp_path / "changed.show").write_text("\n\n".join(changed))
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\n[ $1 != show ] || cat "{tmp_path}/changed.show"\n')
    (finding,) = bad(examine(timers.AREA, context(tmp_path, MovableClock(RECORDED_AT))))
    assert (finding.name, finding.level, finding.seen) == (unit, Level.FAULT, expected)
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize("status", ["217", "226", "243"])
@pytest.mark.parametrize("is_container", [True, False])
def test_a_container_that_refuses_the_sandbox(
    status: str,
    is_container: bool,
    systemd: Callable[[str], list[Finding]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    systemd("failed")
    monkeypatch.setattr(timers, "CONTAINER", tmp_path if is_container else tmp_path / "nothing")
    text = (RECORDED / "failed.show").read_text("utf-8").replace("ExecMainStatus=69", f"ExecMainStatus={status}")
    (tmp_path / "changed.show").write_text(text)
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\n[ $1 != show ] || cat "{tmp_path}/changed.show"\n')
    found = of(examine(timers.AREA, context(tmp_path, MovableClock(RECORDED_AT))), RUN)
    assert ("/usr/share/elytra-status/container.conf" in found.remedy) is is_container
    assert found.remedy.endswith(f"then systemctl start {RUN}")


@pytest.mark.parametrize(("minutes", "level"), [(5, "ok"), (50, "fault")])
def test_a_timer_that_has_never_fired(
    minutes: int, level: str, systemd: Callable[[str], list[Finding]], tmp_path: Path
) -> None:
    systemd("well")
    since = (RECORDED_AT - timedelta(minutes=minutes)).strftime("%a %Y-%m-%d %H:%M:%S UTC")
    text = (RECORDED / "well.show").read_text("utf-8")
    text = re.sub(r"(?m)^LastTriggerUSec=.*$", f"LastTriggerUSec=\nActiveEnterTimestamp={since}", text)
    (tmp_path / "changed.show").write_text(text)
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\n[ $1 != show ] || cat "{tmp_path}/changed.show"\n')
    found = of(examine(timers.AREA, context(tmp_path, MovableClock(RECORDED_AT))), RUN_TIMER)
    assert found.level.value == level, found


# The package


@pytest.mark.parametrize(
    ("status", "level", "seen"),
    [
        ("install ok installed", "ok", "installed, 0.2.0-1"),
        ("install ok half-configured", "fault", "is half-configured: an installation or upgrade did not finish"),
        ("install ok unpacked", "fault", "is unpacked: an installation or upgrade did not finish"),
        ("install reinstreq half-installed", "fault", "was only partly unpacked"),
        ("deinstall ok config-files", "skipped", "not installed by dpkg"),
        ("", "skipped", "not installed by dpkg"),
    ],
)
def test_what_dpkg_says_of_the_package(
    status: str, level: str, seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = f"Package: elytra-status\nStatus: {status}\nArchitecture: all\nVersion: 0.2.0-1\n" if status else ""
    (tmp_path / "status").write_text(f"{entry}Maintainer: x <x@example.com>\nDescription: x\n" if entry else "")
    (tmp_path / "info").mkdir()
    (tmp_path / "updates").mkdir()
    monkeypatch.setenv("DPKG_ADMINDIR", str(tmp_path))
    (finding,) = examine(package.AREA, context(tmp_path))
    assert (finding.level.value, finding.seen) == (level, seen)


def test_where_there_is_no_dpkg_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (finding,) = examine(package.AREA, context(tmp_path))
    assert finding.level is Level.SKIPPED


def test_a_run_that_is_under_way_is_no_fault(systemd: Callable[[str], list[Finding]]) -> None:
    assert of(systemd("running"), RUN).seen == "runs, since 5 seconds ago"


def test_a_run_that_was_long_ago(systemd: Callable[[str], list[Finding]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "RECORDED_AT", RECORDED_AT + timedelta(hours=3))
    finding = of(systemd("well"), RUN)
    assert (finding.level, finding.seen) == (Level.FAULT, "last ran 3 hours ago")


@pytest.mark.parametrize("program", ["exit 1", "sleep 30", "echo nonsense; echo = =", "printf 'Id=\\377'"])
def test_a_systemd_that_does_not_say(
    program: str, systemd: Callable[[str], list[Finding]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "SECONDS", 0.5)
    systemd("well")
    (tmp_path / "systemctl").write_text(f"#!/bin/sh\n{program}\n")
    findings = examine(timers.AREA, context(tmp_path))
    assert findings == bad(findings)


def test_without_systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BOOTED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    (finding,) = examine(timers.AREA, context(tmp_path))
    assert (finding.level, finding.seen) == (Level.WARNING, "systemctl failed")


# Disks


def of_disk(tmp_path: Path) -> list[Finding]:
    return examine(disk.AREA, context(tmp_path))


def test_a_state_directory_in_order(tmp_path: Path) -> None:
    assert levels(of_disk(tmp_path)) == {"state": "ok", "space": "ok", "inodes": "ok"}


def test_a_state_directory_that_is_not_there_yet(tmp_path: Path) -> None:
    at = context(tmp_path)
    at.state_directory.rmdir()
    (finding,) = examine(disk.AREA, at)
    assert finding.level is Level.SKIPPED


def test_a_state_directory_that_is_a_file_is_a_fault(tmp_path: Path) -> None:
    at = context(tmp_path)
    at.state_directory.rmdir()
    at.state_directory.touch()
    assert of(examine(disk.AREA, at), "state").level is Level.FAULT


def test_a_state_directory_that_all_may_write_to(tmp_path: Path) -> None:
    at = context(tmp_path)
    at.state_directory.chmod(0o777)
    finding = of(examine(disk.AREA, at), "state")
    assert (finding.level, finding.remedy) == (Level.FAULT, f"chmod 0711 {at.state_directory}")


def test_files_that_root_has_left_behind(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    at = context(tmp_path)
    file = at.state_directory / "last-run.json"
    file.touch()
    os.chown(file, NOBODY, NOBODY)
    finding = of(examine(disk.AREA, at), "state")
    assert finding.level is Level.WARNING
    assert finding.seen.endswith("1 file belongs to another user")


def test_a_state_directory_of_another_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    at = context(tmp_path)
    os.chown(at.state_directory, NOBODY, NOBODY)
    assert of(examine(disk.AREA, at), "state").level is Level.SKIPPED


PROGRAM = """
import sys
from pathlib import Path
from elytra_status.doctor import disk
from tests.examined import context, examine
for finding in examine(disk.AREA, context(Path(sys.argv[1]))):
    print(finding.name, finding.level.value)
"""


def on_a_disk(tmp_path: Path, options: str, then: str = "true") -> dict[str, str]:
    """Check a state directory that is a disk of its own, with these mount options."""
    (tmp_path / "state").mkdir()
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mount = f"mount -t tmpfs -o {options},mode=0711 none {shlex.quote(str(tmp_path / 'state'))}"
    if subprocess.run([*words, "sh", "-c", mount], capture_output=True, check=False).returncode:
        if os.environ.get("CI"):
            pytest.fail("this machine lets no one mount")
        pytest.skip("this machine lets no one mount")
    look_there = shlex.join([sys.executable, "-c", PROGRAM, str(tmp_path)])
    result = subprocess.run(
        [*words, "sh", "-c", f"set -e; {mount}; cd {shlex.quote(str(tmp_path / 'state'))}; {then}; cd /; {look_there}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return dict(line.split() for line in result.stdout.splitlines())


@pytest.mark.parametrize(
    ("options", "then", "expected"),
    [
        ("size=1g", "true", {"state": "ok", "space": "ok", "inodes": "ok"}),
        ("size=200m", "true", {"state": "ok", "space": "warning", "inodes": "ok"}),
        ("size=10m", "true", {"state": "ok", "space": "fault", "inodes": "ok"}),
        ("size=1g,nr_inodes=500", "true", {"state": "ok", "space": "ok", "inodes": "warning"}),
        ("size=1g,nr_inodes=20", "true", {"state": "ok", "space": "ok", "inodes": "fault"}),
        ("size=1g", "mount -o remount,bind,ro .", {"state": "fault", "space": "ok", "inodes": "ok"}),
    ],
)
def test_a_disk(options: str, then: str, expected: dict[str, str], tmp_path: Path) -> None:
    assert on_a_disk(tmp_path, options, then) == expected
