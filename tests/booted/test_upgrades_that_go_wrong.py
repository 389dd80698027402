# SPDX-License-Identifier: MIT
"""Upgraded from the first release without answers to questions, and with failing configuration: the timers continue."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elytra_status import __version__
from elytra_status.system.clock import from_text
from tests.booted import administrator as admin
from tests.booted.administrator import CONFIGURATION, FRESHNESS, RUN, RUN_TIMER, TIMERS
from tests.booted.conftest import LATER, Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Outside
from tests.packaging import workshop

# Seconds between two runs here.
PERIOD = 15


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


@pytest.fixture(scope="module")
def installed(installed_by_apt: Machine) -> Machine:
    """The machine on which apt has installed the package."""
    return installed_by_apt


@pytest.fixture
def machine(configured: Machine, settings: dict[str, object], outside: Outside) -> Iterator[Machine]:
    """The machine after a good run, with its timers: a run follows every few seconds."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    admin.start(configured)
    admin.put_activations_off(configured)
    admin.drop_in(configured, RUN_TIMER, f"[Timer]\nOnCalendar=\nOnCalendar=*:*:0/{PERIOD}\nRandomizedDelaySec=0\n")
    configured.run(["systemctl", "start", *TIMERS])
    yield configured
    configured.run(f"systemctl unmask {RUN} {RUN_TIMER}; systemctl enable --now {RUN_TIMER}")


def dpkg_install(machine: Machine, package: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    shutil.copy(package, machine.root / "root/package.deb")
    return machine.run("dpkg --install /root/package.deb </dev/null 2>&1", check=check)


def since(machine: Machine) -> list[str]:
    """Return since when each timer has been active, by the machine's clock; a timer that was stopped begins anew."""
    found = [machine.show(timer, "ActiveState", "ActiveEnterTimestampMonotonic") for timer in TIMERS]
    assert {one["ActiveState"] for one in found} == {"active"}
    return [one["ActiveEnterTimestampMonotonic"] for one in found]


def next_publication(machine: Machine, outside: Outside, buckets: Buckets) -> bytes:
    """Wait for the next publication by a run of the timer, and return it."""
    began = admin.uptime(machine)

    def published() -> bytes:
        starts = admin.starts(machine, after=began)
        seen = outside.visit(f"{buckets.status}/status.json")
        if seen.status != 200:
            return b""
        body, moment = seen.body, from_text(json.loads(seen.body)["updated_at"])
        return body if starts and moment >= starts[0].moment.replace(microsecond=0) else b""

    found = admin.wait_until(published, PERIOD + admin.SECONDS, "the timer's next run publishes")
    assert isinstance(found, bytes)
    return found


@pytest.mark.parametrize("terminal", ["", "script --quiet --return --command "], ids=["no terminal", "a terminal"])
def test_an_upgrade_from_the_first_release_with_edited_settings_does_not_prompt_or_stop(
    terminal: str, machine: Machine, outside: Outside, buckets: Buckets, first_release: Path
) -> None:
    edited = machine.run(["cat", CONFIGURATION]).stdout
    admin.apt(machine, "purge elytra-status")
    # The purge has removed the marks by which the machine recognizes what it published itself.
    owner = outside.gateway.client(outside.gateway.owner)
    for one in owner.list_objects_v2(Bucket=buckets.status)["Contents"]:
        owner.delete_object(Bucket=buckets.status, Key=one["Key"])
    dpkg_install(machine, first_release)
    machine.run(f"cat > {CONFIGURATION}", input=edited)
    assert machine.run("elytra-status --version").stdout  # What systemd starts below is this version's.
    machine.run(["systemctl", "start", *TIMERS])
    began = since(machine)
    upgrade = "apt-get -q -y upgrade"
    machine.run(f"{terminal}'{upgrade}' /dev/null </dev/null" if terminal else f"{upgrade} </dev/null")
    assert machine.run("dpkg-query --show --showformat='${Version}' elytra-status").stdout == f"{__version__}-1"
    assert since(machine) == began
    assert machine.run(["cat", CONFIGURATION]).stdout == edited
    assert machine.run(["ls", "/etc/elytra-status"]).stdout.split() == ["conf.d", "credentials", "elytra-status.conf"]
    assert next_publication(machine, outside, buckets)
    assert admin.failed_units(machine) == ""
    assert outside.mailbox.mails == []


def test_settings_in_drop_ins_reach_every_service(
    machine: Machine, settings: dict[str, object], outside: Outside, buckets: Buckets
) -> None:
    machine.run("mv /etc/elytra-status/elytra-status.conf /etc/elytra-status/conf.d/10-all.conf")
    machine.run("install -m 0640 /usr/share/elytra-status/settings /etc/elytra-status/elytra-status.conf")
    machine.run("echo 'BACKUP_POLICY=Weekly.' > /etc/elytra-status/conf.d/20-policy.conf")
    assert b"Weekly." in next_publication(machine, outside, buckets)
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
    assert next_publication(machine, outside, buckets)
    assert outside.mailbox.mails == []
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
    state: str, told: str, machine: Machine, outside: Outside, buckets: Buckets, later_package: Path
) -> None:
    machine.run(f"systemctl {state} {RUN_TIMER}")
    dpkg_install(machine, later_package)
    # "failed" after masking, in systemd's words, and "inactive" after disabling.
    assert machine.show(RUN_TIMER, "ActiveState")["ActiveState"] != "active"
    doctor = machine.run("elytra-status doctor", check=False)
    assert doctor.returncode == 2
    assert told in doctor.stdout

    admin.wait_for_rest(machine)
    # The remaining part reports that nothing is published any more.
    outside.let_status_be_older(buckets.status, datetime.now(UTC))
    machine.run(["systemctl", "start", FRESHNESS], check=False)
    (told,) = admin.wait_until(lambda: outside.mailbox.mails, admin.SECONDS, "a mail")
    assert "published status is stale or wrong" in told["Subject"]


def test_a_masked_service_is_not_left_out(machine: Machine) -> None:
    machine.run(f"systemctl mask {RUN}")
    doctor = machine.run("elytra-status doctor", check=False)
    assert doctor.returncode == 2
    assert f"systemctl unmask {RUN}" in doctor.stdout


def test_while_dpkg_waits_for_an_answer_about_another_package_it_publishes(
    machine: Machine, outside: Outside, buckets: Buckets, later_package: Path, tmp_path: Path
) -> None:
    for version in ("1", "2"):
        shutil.copy(asks(tmp_path, version), machine.root / f"root/asks-{version}.deb")
    shutil.copy(later_package, machine.root / "root/later.deb")
    admin.apt(machine, f"install elytra-status={__version__}-1", "--allow-downgrades")
    machine.run("dpkg --install /root/asks-1.deb; echo edited > /etc/asks.conf")
    began = since(machine)
    # Nobody types anything; a line that comes later is the answer.
    dpkg = "dpkg --install /root/asks-2.deb /root/later.deb"
    machine.run(
        "rm -f /root/answer; mkfifo /root/answer; sleep 1000 > /root/answer 2> /dev/null & echo $! > /root/holder;"
        " rm -f /root/done; : > /root/said;"
        f" (setsid --wait script --quiet --flush --return --command '{dpkg}' /root/said < /root/answer; : > /root/done)"
        " > /dev/null 2>&1 &"
    )
    state = "dpkg-query --show --showformat='${db:Status-Status} ${Version}' elytra-status"
    try:
        admin.wait_until(lambda: "[default=N]" in machine.run("cat /root/said").stdout, admin.SECONDS, "dpkg asks")
        assert machine.run(state).stdout == f"unpacked {LATER}-1"
        assert next_publication(machine, outside, buckets)
        assert since(machine) == began
    finally:
        # The next test uses the machine too, so dpkg finishes, whatever was found.
        machine.run("echo n > /root/answer; kill $(cat /root/holder)")
        admin.wait_until(lambda: (machine.root / "root/done").exists(), admin.SECONDS, "dpkg is done")
    assert machine.run(state).stdout == f"installed {LATER}-1"
    assert since(machine) == began
    assert next_publication(machine, outside, buckets)
    assert outside.mailbox.mails == []
    machine.run("dpkg --purge asks")


def asks(directory: Path, version: str) -> Path:
    """Make another package, for whose edited settings dpkg asks a question."""
    tree = directory / version
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "etc").mkdir()
    (tree / "etc/asks.conf").write_text(f"of version {version}\n", "utf-8")
    (tree / "DEBIAN/conffiles").write_text("/etc/asks.conf\n", "utf-8")
    control = (
        f"Package: asks\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: asks\n"
    )
    (tree / "DEBIAN/control").write_text(control, "utf-8")
    made = directory / f"asks-{version}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, made], check=True, capture_output=True)
    return made


def test_a_run_waits_while_dpkg_replaces_the_files_of_the_program(
    machine: Machine, outside: Outside, buckets: Buckets
) -> None:
    """This is dpkg's state at that time, with an activation in the middle."""
    status = "/var/lib/dpkg/status"
    machine.run(["systemctl", "stop", RUN_TIMER])
    admin.wait_for_rest(machine)
    replacing = r"/^Package: elytra-status$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/"
    machine.run(f"cp {status} /root/status; sed -i '{replacing}' {status}")
    outside.kuma.requests.clear()
    admin.begin(machine)
    time.sleep(5)
    assert outside.kuma.requests == []
    assert machine.show(RUN, "ActiveState") == {"ActiveState": "activating"}
    machine.run(f"cp /root/status {status}")
    admin.wait_until(lambda: outside.kuma.requests, admin.SECONDS, "the run goes on")
    admin.wait_for_rest(machine)
    assert machine.show(RUN, "Result") == {"Result": "success"}
