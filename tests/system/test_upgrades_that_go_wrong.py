# SPDX-License-Identifier: MIT
"""Upgraded from the first release, without anybody to answer, and where configuring fails: the timers go on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from elytra_status import __version__
from tests.packaging import workshop
from tests.system import administrator as admin
from tests.system.administrator import CONFIGURATION, FRESHNESS, RUN, RUN_TIMER, TIMERS
from tests.system.conftest import LATER, Buckets
from tests.system.machine import Machine
from tests.system.outside import Outside


@pytest.fixture(scope="session")
def first_release(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of 0.1.0."""
    return workshop.first_release(package, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def failing_package(later_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later version that cannot be configured."""
    with workshop.opened(later_package, tmp_path_factory.mktemp("failing"), LATER) as (tree, made):
        script = tree / "DEBIAN/postinst"
        script.write_text(script.read_text("utf-8").replace("set -e\n", "set -e\n[ -e /root/may-be-configured ]\n", 1))
    return made


@pytest.fixture
def machine(configured: Machine, settings: dict[str, object], outside: Outside) -> Iterator[Machine]:
    """The machine after a good run, with its timers, whose beats are far."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    admin.start(configured)
    admin.put_beats_off(configured)
    configured.run(["systemctl", "start", *TIMERS])
    yield configured
    configured.run(f"systemctl unmask {RUN} {RUN_TIMER}; systemctl enable --now {RUN_TIMER}")


def dpkg_install(machine: Machine, package: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    shutil.copy(package, machine.root / "root/package.deb")
    return machine.run("dpkg --install /root/package.deb </dev/null 2>&1", check=check)


def since(machine: Machine) -> list[str]:
    """Return since when each timer goes on, by the machine's clock; a timer that was stopped begins anew."""
    found = [machine.show(timer, "ActiveState", "ActiveEnterTimestampMonotonic") for timer in TIMERS]
    assert {one["ActiveState"] for one in found} == {"active"}
    return [one["ActiveEnterTimestampMonotonic"] for one in found]


def publishes(machine: Machine, outside: Outside, buckets: Buckets) -> bool:
    before = outside.visit(f"{buckets.status}/status.json").body
    return admin.start(machine) and outside.visit(f"{buckets.status}/status.json").body != before


@pytest.mark.parametrize("terminal", ["", "script --quiet --return --command "], ids=["no terminal", "a terminal"])
def test_from_the_first_release_with_edited_settings_nothing_is_asked_and_nothing_stops(
    terminal: str, machine: Machine, outside: Outside, buckets: Buckets, first_release: Path
) -> None:
    edited = machine.run(["cat", CONFIGURATION]).stdout
    admin.apt(machine, "purge elytra-status")
    dpkg_install(machine, first_release)
    machine.run(f"cat > {CONFIGURATION}", input=edited)
    assert machine.run("elytra-status --version").stdout  # what systemd starts below is this version's
    machine.run(["systemctl", "start", *TIMERS])
    began = since(machine)
    upgrade = "apt-get -q -y upgrade"
    machine.run(f"{terminal}'{upgrade}' /dev/null </dev/null" if terminal else f"{upgrade} </dev/null")
    assert machine.run("dpkg-query --show --showformat='${Version}' elytra-status").stdout == f"{__version__}-1"
    assert since(machine) == began
    assert machine.run(["cat", CONFIGURATION]).stdout == edited
    assert machine.run(["ls", "/etc/elytra-status"]).stdout.split() == ["conf.d", "credentials", "elytra-status.conf"]
    assert publishes(machine, outside, buckets)
    assert admin.failed_units(machine) == ""


def test_settings_in_drop_ins_reach_every_service(
    machine: Machine, settings: dict[str, object], outside: Outside, buckets: Buckets
) -> None:
    machine.run("mv /etc/elytra-status/elytra-status.conf /etc/elytra-status/conf.d/10-all.conf")
    machine.run("install -m 0640 /usr/share/elytra-status/settings /etc/elytra-status/elytra-status.conf")
    machine.run("echo 'BACKUP_POLICY=Weekly.' > /etc/elytra-status/conf.d/20-policy.conf")
    assert publishes(machine, outside, buckets)
    assert b"Weekly." in outside.visit(f"{buckets.status}/status.json").body
    assert admin.start(machine, FRESHNESS)
    shown = machine.run("elytra-status config show").stdout
    assert "/etc/elytra-status/conf.d/20-policy.conf:1" in shown
    machine.run("rm /etc/elytra-status/conf.d/*.conf")


def test_where_configuring_fails_the_timers_go_on_runs_publish_and_doctor_says_so(
    machine: Machine, outside: Outside, buckets: Buckets, failing_package: Path
) -> None:
    began = since(machine)
    assert dpkg_install(machine, failing_package, check=False).returncode != 0
    assert since(machine) == began
    assert machine.run("elytra-status --version").stdout.split()[-1] == LATER
    assert publishes(machine, outside, buckets)
    told = machine.run("elytra-status doctor", check=False)
    assert told.returncode == 2
    assert "is half-configured: an installation or upgrade did not finish" in told.stdout
    machine.run("touch /root/may-be-configured; dpkg --configure --pending </dev/null")
    assert since(machine) == began
    assert "half-configured" not in machine.run("elytra-status doctor", check=False).stdout


@pytest.mark.parametrize(
    ("state", "told"),
    [("mask --now", "is masked: systemd does not start it"), ("disable --now", "is stopped: nothing runs by itself")],
)
def test_a_timer_that_was_masked_or_disabled_stays_so_and_doctor_says_so(
    state: str, told: str, machine: Machine, later_package: Path
) -> None:
    machine.run(f"systemctl {state} {RUN_TIMER}")
    dpkg_install(machine, later_package)
    # "failed" after masking, by systemd's own word, and "inactive" after disabling.
    assert machine.show(RUN_TIMER, "ActiveState")["ActiveState"] != "active"
    doctor = machine.run("elytra-status doctor", check=False)
    assert doctor.returncode == 2
    assert told in doctor.stdout


def test_a_masked_service_is_not_left_out(machine: Machine) -> None:
    machine.run(f"systemctl mask {RUN}")
    doctor = machine.run("elytra-status doctor", check=False)
    assert doctor.returncode == 2
    assert f"systemctl unmask {RUN}" in doctor.stdout
