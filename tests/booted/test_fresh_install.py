# SPDX-License-Identifier: MIT
"""Installed without settings: quiet and useful."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status import schema
from tests.booted import administrator as admin
from tests.booted.administrator import FRESHNESS, PUBLIC, RUN, RUN_TIMER, SERVICES, STAMP, STATE, TIMERS
from tests.booted.conftest import machine_of_image
from tests.booted.machine import Machine
from tests.booted.outside import Archive, Outside
from tests.packaging import workshop

TWO_MINUTES = 120
# What differs between two machines: addresses, random names and seeds, and a run that may have begun.
OWN = re.compile(
    r"^var/(lib/systemd/random-seed$|lib/elytra-status(/|$)|tmp/)|^etc/(hosts|systemd/network/10-outside\.network)$"
)


@pytest.fixture(scope="module")
def installed(installed_by_apt: Machine) -> Machine:
    """The machine on which apt has installed the package."""
    return installed_by_apt


def test_apt_installs_it_by_name_from_the_signed_archive(fresh: Machine, archive: Archive) -> None:
    assert fresh.run("command -v elytra-status", check=False).returncode != 0
    admin.add_archive(fresh, archive)
    policy = fresh.run("apt-cache policy elytra-status").stdout
    assert f"{archive.url} stable/main" in policy
    admin.apt(fresh, "install elytra-status")
    assert fresh.run("dpkg-query -W -f '${Status}' elytra-status").stdout == "install ok installed"
    assert any("/by-hash/" in path for path in archive.requests)


def found_on(machine: Machine) -> dict[str, str]:
    """Return the files of a machine, and what dpkg, systemd and the lists of users know of the package."""
    files = {name: text for name, text in workshop.state_of(machine.root).items() if not OWN.match(name)}
    units = {
        unit: str(machine.show(unit, "LoadState", "UnitFileState", "FragmentPath", "DropInPaths"))
        for unit in (*TIMERS, *SERVICES)
    }
    asked = (
        f"systemctl is-active {' '.join(TIMERS)}",
        "dpkg --list; dpkg --verify elytra-status; update-alternatives --query elytra",
        "getent passwd; getent group; getent shadow | cut -d: -f1,2",
        "find /var/lib/systemd/deb-systemd-helper* -printf '%p %M %u:%g\\n' | sort",
        "ls /etc/apt/sources.list* /var/lib/apt/lists",
    )
    return files | units | {command: machine.run(command, check=False).stdout for command in asked}


def test_the_image_that_other_tests_begin_with_is_the_same(
    installed: Machine, image: Path, outside: Outside, tmp_path: Path
) -> None:
    assert not (image / STATE.lstrip("/")).exists()
    with machine_of_image(image, tmp_path / "copy", outside) as machine:
        by_apt, of_image = found_on(installed), found_on(machine)
    assert STAMP.lstrip("/") in by_apt
    assert {name for name in by_apt | of_image if by_apt.get(name) != of_image.get(name)} == set()


def test_both_timers_are_listed_with_a_next_run(installed: Machine) -> None:
    listed = installed.run("systemctl list-timers 'elytra-status*'").stdout
    for timer, period in zip(TIMERS, (timedelta(minutes=12), timedelta(minutes=6)), strict=True):
        assert timer in listed
        assert installed.show(timer, "ActiveState", "UnitFileState") == {
            "ActiveState": "active",
            "UnitFileState": "enabled",
        }
        asked = datetime.now(UTC)
        at = admin.next_run(installed, timer)
        assert asked - timedelta(seconds=1) < at <= datetime.now(UTC) + period


def test_a_freshness_check_that_comes_before_the_first_run_is_no_failure(
    installed: Machine, without_activations: Machine
) -> None:
    installed.run(f"rm -rf {admin.STATE}/public {admin.STATE}/last-run.json")
    assert admin.start(installed, FRESHNESS, check=False), "it fails, and an alert follows, on each new machine"


def test_one_run_is_done_within_two_minutes_of_boot(installed: Machine) -> None:
    began = admin.uptime(installed)
    installed.stop()
    # As if it was installed into the image of a machine: the timer has never elapsed, so no run was missed.
    for left in (STAMP, PUBLIC):
        (installed.root / left.lstrip("/")).unlink(missing_ok=True)
    installed.boot()
    installed.wait_for(f"test -e {PUBLIC}", TWO_MINUTES)
    assert admin.starts(installed, after=began)
    admin.wait_for_rest(installed)
    assert installed.show(RUN, "Result") == {"Result": "success"}


def test_neither_a_reload_nor_a_restart_of_the_timer_repeats_the_run_of_boot(
    installed: Machine, without_activations: Machine
) -> None:
    admin.put_activations_off(installed, "OnBootSec=1\n")
    began = admin.uptime(installed)
    # A reload happens whenever a package with units is installed or upgraded.
    for again in ("systemctl daemon-reload", f"systemctl restart {RUN_TIMER}"):
        installed.run(again)
        assert installed.show(RUN_TIMER, "NextElapseUSecMonotonic") == {"NextElapseUSecMonotonic": "0"}
        assert admin.next_run(installed, RUN_TIMER)
    assert not admin.starts(installed, after=began)


def test_a_run_that_was_missed_is_made_up_for(installed: Machine) -> None:
    installed.run(["systemctl", "stop", RUN_TIMER])
    admin.wait_for_rest(installed)
    # As if it had been off for an hour: the time of this file is when the timer last elapsed.
    installed.run(["touch", "--date=1 hour ago", STAMP])
    began = admin.uptime(installed)
    installed.run(["systemctl", "start", RUN_TIMER])
    admin.wait_until(lambda: admin.starts(installed, after=began), admin.SECONDS, "a run")
    admin.wait_for_rest(installed)


def test_what_is_not_known_is_published_as_unknown_for_a_web_server_to_read(installed: Machine) -> None:
    text = installed.run(f"setpriv --reuid=www-data --regid=www-data --clear-groups cat {PUBLIC}").stdout
    document, problems = schema.parse_status(text.encode())
    assert document, problems
    assert document["platform_status"] == "unknown"
    assert document["backups"]["last_backup_status"] == "unknown"
    assert set(json.loads(text)["uptime"].values()) == {None}
    listing = installed.run(f"setpriv --reuid=www-data --regid=www-data --clear-groups ls {admin.STATE}", check=False)
    assert listing.returncode != 0


def test_systemctl_status_says_what_to_set_next(installed: Machine, without_activations: Machine) -> None:
    admin.start(installed)
    shown = installed.run(f"systemctl status {RUN}", check=False).stdout
    (line,) = [line for line in shown.splitlines() if "Status:" in line]
    assert "unknown" in line
    assert "set UPTIME_KUMA_URL in /etc/elytra-status/elytra-status.conf next" in line


def test_once_something_is_published_it_is_found_fresh(installed: Machine) -> None:
    assert admin.start(installed, FRESHNESS)


def test_nothing_has_failed(installed: Machine) -> None:
    assert admin.failed_units(installed) == ""
    assert installed.run("systemctl is-system-running").stdout == "running\n"


def test_nothing_was_sent_anywhere(installed: Machine) -> None:
    installed.reboot()
    admin.start(installed)
    admin.start(installed, FRESHNESS)
    counted = installed.run("grep -h -E '^(Tcp|Udp):' /proc/net/snmp").stdout.splitlines()
    counts = {}
    for names, values in zip(counted[::2], counted[1::2], strict=True):
        kind, *fields = names.split()
        counts |= {kind + name: int(value) for name, value in zip(fields, values.split()[1:], strict=True)}
    assert counts["Tcp:ActiveOpens"] == 0
    assert counts["Udp:OutDatagrams"] == 0
