# SPDX-License-Identifier: MIT
"""The sandbox forbids what it should, and allows what is needed: tested by a probe in place of each job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import ALERT_OF_RUN, FRESHNESS, RUN
from tests.booted.machine import Machine
from tests.booted.outside import DOMAIN, Outside

PROBE = Path(__file__).with_name("probe.py")
# systemd-analyze counts in tenths: 11 is shown as 1.1.
LARGEST_EXPOSURE = 11
UNITS = {RUN: RUN, FRESHNESS: FRESHNESS, ALERT_OF_RUN: "elytra-status-alert@.service"}
# The alert quotes the journal.
ALLOWED: dict[str, set[str]] = {RUN: set(), FRESHNESS: set(), ALERT_OF_RUN: {"read /var/log/journal"}}


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest) -> str:
    """Each of the services."""
    return str(request.param)


@pytest.fixture
def found(configured: Machine, unit: str, outside: Outside) -> dict[str, dict[str, str]]:
    """What the probe could do in the sandbox of a unit."""
    configured.copy_in(PROBE, "/usr/local/lib/probe.py")
    for command in (
        "mkdir -p -m 0755 /home/alice /var/log/journal && echo x > /home/alice/file && chmod 0777 /home/alice",
        "echo x > /root/file",
        "echo x > /tmp/of-another && echo x > /var/tmp/of-another",
        f"umask 077 && echo 'a secret' > {admin.CREDENTIALS}/probe",
        "systemctl is-active --quiet of-another || systemd-run --quiet --unit=of-another --uid=games sleep infinity",
    ):
        configured.run(command)
    started = f"/usr/bin/python3 /usr/local/lib/probe.py {DOMAIN} {outside.gateway.https_port}"
    hand_over = "+/usr/libexec/elytra-status/hand-over --present %n"
    commands = f"ExecStart=\nExecStart={hand_over}\nExecStart={started}\n"
    admin.drop_in(configured, UNITS[unit], f"[Service]\n{commands}Restart=no\n")
    assert admin.start(configured, unit)
    printed = admin.wait_until(
        lambda: admin.entries(configured, f"_SYSTEMD_UNIT={unit}", "_TRANSPORT=stdout"),
        admin.SECONDS,
        "the journal has what the probe printed",
    )
    answer: dict[str, Any] = json.loads(printed[-1].message)
    configured.run(["rm", f"{admin.CREDENTIALS}/probe"])
    return answer


def test_the_probe_would_do_it_without_a_sandbox(configured: Machine, outside: Outside) -> None:
    configured.copy_in(PROBE, "/usr/local/lib/probe.py")
    configured.run("mkdir -p /home/alice; echo x > /home/alice/file; echo x > /root/file")
    admin.start(configured)
    deeds = ["write /etc", "write /home/alice", "write /run", "write /dev/shm", "read /root/file", "read /etc/shadow"]
    deeds += ["read of others in /proc", "kill 1", "attach to another", "write and execute memory"]
    deeds += ["open a netlink socket", "make a program that runs as its owner", "make a user namespace"]
    place = [DOMAIN, str(outside.gateway.https_port)]
    done = json.loads(configured.run(["python3", "/usr/local/lib/probe.py", *place, *deeds]).stdout)["forbidden"]
    assert done == dict.fromkeys(deeds, "ok")


def test_what_is_forbidden_is_forbidden_and_what_is_needed_is_not(found: dict[str, dict[str, str]], unit: str) -> None:
    assert {deed for deed, outcome in found["forbidden"].items() if outcome == "ok"} <= ALLOWED[unit]
    assert {deed: outcome for deed, outcome in found["needed"].items() if outcome != "ok"} == {}


def test_the_exposure_is_at_most_1_1(installed: Machine, unit: str) -> None:
    judged = installed.run(
        ["systemd-analyze", "security", "--no-pager", f"--threshold={LARGEST_EXPOSURE}", unit], check=False
    )
    assert judged.returncode == 0, judged.stdout


def test_systemd_finds_nothing_to_complain_about_in_the_units(installed: Machine) -> None:
    # The manual pages cannot be found if man is not installed.
    verified = installed.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *UNITS, *admin.TIMERS])
    assert verified.stdout + verified.stderr == ""
