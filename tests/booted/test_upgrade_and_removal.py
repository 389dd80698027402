# SPDX-License-Identifier: MIT
"""Upgraded while it runs, downgraded, removed, installed again, purged, and booted in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from elytra_status import __version__
from elytra_status.demo.replay import ReplayFault
from tests.booted import administrator as admin
from tests.booted.administrator import CONFIGURATION, CREDENTIALS, RUN, RUN_TIMER, STATE, TIMERS
from tests.booted.conftest import LATER, Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Archive, Outside

# Files that change with every installation of any package, or that belong to the package manager or the machine.
VOLATILE = re.compile(
    r"/(proc|sys|dev|run|tmp|root|var/(log|cache|tmp|backups|lib/(apt|dpkg)))(/|$)"
    r"|/etc/((passwd|group|shadow|gshadow)-?|\.pwd\.lock)$|/var/lib/systemd/(random-seed|timers/stamp-[^/]*)$"
)
LONG = ReplayFault(delay=60)


def files(machine: Machine) -> set[str]:
    """Return the files of the machine: names, with type, mode, owner and target."""
    listed = machine.run(r"find / -xdev -printf '%p\t%y %m %U:%G %l\n'").stdout.splitlines()
    return {line for line in listed if not VOLATILE.match(line.split("\t")[0])}


@pytest.fixture(scope="module")
def before(fresh: Machine, archive: Archive) -> set[str]:
    """The files of the machine before the package is installed."""
    admin.add_archive(fresh, archive)
    return files(fresh)


@pytest.fixture(scope="module")
def installed(fresh: Machine, before: set[str]) -> Machine:
    """The machine with the package installed, and nothing configured."""
    admin.apt(fresh, "install elytra-status")
    return fresh


@pytest.fixture(autouse=True)
def present(installed: Machine) -> None:
    """Install the package again if a test has removed it."""
    admin.apt(installed, "install elytra-status")


@pytest.fixture
def machine(configured: Machine, settings: dict[str, object], outside: Outside) -> Machine:
    """The machine after a good run, with its timers' activations put off."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    admin.start(configured)
    admin.put_activations_off(configured)
    configured.run(["systemctl", "start", *TIMERS])
    return configured


@pytest.fixture
def later_versions(archive: Archive, later_archive: Path) -> Iterator[None]:
    """Let the archive have a later version."""
    kept, archive.directory = archive.directory, later_archive
    yield
    archive.directory = kept


def version(machine: Machine) -> str:
    return machine.run("elytra-status --version").stdout.split()[-1]


def run_that_waits(machine: Machine, outside: Outside) -> float:
    """Start a run, and return when it waits for Uptime Kuma, by the machine's clock."""
    outside.kuma.requests.clear()
    admin.begin(machine)
    admin.wait_until(lambda: outside.kuma.requests, admin.SECONDS, "the job asks Uptime Kuma")
    assert machine.show(RUN, "ActiveState") == {"ActiveState": "activating"}
    return admin.uptime(machine)


def timers_wait(machine: Machine) -> bool:
    wanted = {"ActiveState": "active", "UnitFileState": "enabled"}
    return all(
        machine.show(timer, "ActiveState", "UnitFileState") == wanted and admin.next_run(machine, timer)
        for timer in TIMERS
    )


def state_files(machine: Machine) -> str:
    return machine.run(f"cd {STATE} && find . -type f -exec sha256sum {{}} + | sort").stdout


def test_an_upgrade_stops_the_run_that_is_under_way_and_starts_none(
    machine: Machine, outside: Outside, later_versions: None, buckets: Buckets
) -> None:
    assert version(machine) == __version__
    published = outside.visit(f"{buckets.status}/status.json").body
    kept = state_files(machine)
    machine.run("apt-get -q -o APT::Update::Error-Mode=any update")
    with outside.kuma_has(LONG):
        began = run_that_waits(machine, outside)
        admin.apt(machine, "upgrade")
    assert version(machine) == LATER
    assert len(admin.endings(machine, after=began)) == 1
    assert machine.show(RUN, "ActiveState") == {"ActiveState": "inactive"}
    assert not admin.starts(machine, after=began)
    assert timers_wait(machine)
    assert admin.failed_units(machine) == ""
    assert outside.mailbox.mails == []
    assert state_files(machine) == kept
    assert outside.visit(f"{buckets.status}/status.json").body == published
    assert admin.start(machine)
    assert outside.visit(f"{buckets.status}/status.json").body != published


def test_a_downgrade_goes_back_and_state_survives_it_and_a_reboot(machine: Machine, later_versions: None) -> None:
    kept = state_files(machine)
    admin.apt(machine, f"install elytra-status={__version__}-1", "--allow-downgrades")
    assert version(machine) == __version__
    assert timers_wait(machine)
    machine.reboot()
    assert timers_wait(machine)
    assert admin.failed_units(machine) == ""
    assert state_files(machine) == kept
    assert admin.start(machine)


def test_removal_stops_everything_and_keeps_settings_and_state(
    machine: Machine, outside: Outside, settings: dict[str, object]
) -> None:
    secret = f"{CREDENTIALS}/spaces_secret_key"
    machine.run(f"umask 077; cat > {secret}", input=str(settings["SPACES_SECRET_KEY"]))
    text, kept = machine.run(["cat", CONFIGURATION]).stdout, state_files(machine)
    with outside.kuma_has(LONG):
        began = run_that_waits(machine, outside)
        admin.apt(machine, "remove elytra-status")
    assert len(admin.endings(machine, after=began)) == 1
    for reboot in (False, True):
        if reboot:
            machine.reboot()
        # What was enabled stays so for the next installation.
        listed = machine.run("systemctl list-units --all --plain --no-legend 'elytra-status*'").stdout.splitlines()
        assert [line for line in listed if line.split()[1] != "not-found"] == []
        assert admin.failed_units(machine) == ""
    assert machine.run(["cat", CONFIGURATION]).stdout == text
    assert machine.run(["cat", secret]).stdout == settings["SPACES_SECRET_KEY"]
    assert state_files(machine) == kept
    assert machine.run("command -v elytra-status", check=False).returncode != 0
    machine.run(["rm", secret])


def test_installed_again_it_goes_on_where_it_was(
    machine: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    published = outside.visit(f"{buckets.status}/status.json").body
    kept = state_files(machine)
    admin.apt(machine, "remove elytra-status")
    admin.apt(machine, "install elytra-status")
    assert timers_wait(machine)
    assert state_files(machine) == kept
    assert str(settings["SPACES_SECRET_KEY"]) in machine.run(["cat", CONFIGURATION]).stdout
    assert admin.start(machine)
    assert outside.visit(f"{buckets.status}/status.json").body != published
    machine.reboot()
    assert timers_wait(machine)
    assert admin.failed_units(machine) == ""


def test_purging_leaves_nothing_behind(machine: Machine, before: set[str]) -> None:
    machine.run(f"umask 077; echo secret > {CREDENTIALS}/spaces_secret_key")
    admin.remove_drop_ins(machine)
    admin.apt(machine, "purge elytra-status")
    found = files(machine)
    ours = {line for line in found if "elytra" in line.split("\t")[0]}
    assert ours - before == set()
    # Python keeps compiled files of other packages.
    assert {line for line in found - before if "/__pycache__" not in line} == set()
    assert before - found == set()
    machine.reboot()
    assert machine.run("systemctl list-unit-files --no-legend 'elytra-status*'", check=False).stdout == ""
    assert admin.failed_units(machine) == ""
    # The user stays, as is usual in Debian, and may not log in.
    assert machine.run("getent passwd elytra-status").stdout.strip().endswith("/nologin")


def test_installed_after_a_purge_it_is_as_new(installed: Machine) -> None:
    admin.apt(installed, "purge elytra-status")
    # The run after boot would be due, and is not caught up on while the package is being installed.
    admin.put_activations_off(installed, "OnBootSec=1\n")
    began = admin.uptime(installed)
    admin.apt(installed, "install elytra-status")
    assert timers_wait(installed)
    assert installed.show(RUN_TIMER, "NextElapseUSecMonotonic") == {"NextElapseUSecMonotonic": "0"}
    assert not admin.starts(installed, after=began)
    assert installed.run(f"grep -c '^[^#]' {CONFIGURATION}", check=False).stdout == "0\n"
    assert admin.start(installed)
    assert "set UPTIME_KUMA_URL" in installed.show(RUN, "StatusText")["StatusText"]
    admin.remove_drop_ins(installed)
