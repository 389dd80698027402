# SPDX-License-Identifier: MIT
"""`elytra-status doctor` on a booted system: its findings as root and as another user, and that it leaves no trace."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import FRESHNESS, FRESHNESS_TIMER, RUN, RUN_TIMER, STATE, TIMERS
from tests.booted.machine import Machine
from tests.booted.outside import Outside

DOCTOR = "elytra-status doctor"


def examine(machine: Machine, before: str = "") -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit status and the findings, the worst of each name."""
    done = machine.run(f"{before} {DOCTOR} --json", check=False)
    assert done.stderr == ""
    worst = ("ok", "skipped", "warning", "fault")
    findings = sorted(json.loads(done.stdout)["findings"], key=lambda finding: worst.index(finding["level"]))
    return done.returncode, {finding["name"]: finding for finding in findings}


def everything_kept(machine: Machine) -> str:
    return machine.run(f"find {STATE} /etc/elytra-status -printf '%p %T@ %m %u %g %s\\n' | sort").stdout


def test_an_installed_package_without_settings_is_in_order_and_says_what_to_set(
    installed: Machine, without_activations: Machine
) -> None:
    admin.start(installed)
    done = installed.run(DOCTOR, check=False)
    assert done.returncode == 1
    assert "→ set UPTIME_KUMA_URL in /etc/elytra-status/elytra-status.conf" in done.stdout
    assert "✗" not in done.stdout, done.stdout
    for timer in TIMERS:
        assert f"✓ {timer}" in done.stdout


@pytest.fixture
def working(configured: Machine, settings: dict[str, object], outside: Outside) -> Machine:
    """A machine on which everything has run well, and the next activation is far."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    for unit in (RUN, FRESHNESS):
        admin.start(configured, unit)
    admin.put_activations_off(configured)
    configured.run(["systemctl", "start", *TIMERS])
    return configured


def test_where_all_has_run_well_all_is_well_and_nothing_is_changed(working: Machine, outside: Outside) -> None:
    before = everything_kept(working)
    exit_status, found = examine(working)
    # The Uptime Kuma of the tests has no TLS, which is reported.
    assert [name for name in found if found[name]["level"] in ("warning", "fault")] == ["UPTIME_KUMA_URL"]
    assert exit_status == 1
    assert everything_kept(working) == before
    assert outside.mailbox.mails == []
    assert found[RUN]["seen"].startswith("succeeded ")
    assert found["credentials"]["seen"].startswith("/etc/elytra-status/credentials, 0700")
    assert found["state"]["seen"] == f"{STATE}, elytra-status, 0711"
    assert found["smtp"]["level"] == found["history"]["level"] == "ok"


def test_what_systemd_knows_to_be_wrong(working: Machine, outside: Outside) -> None:
    working.run(f"systemctl stop {RUN_TIMER}; systemctl disable {FRESHNESS_TIMER}")
    admin.drop_in(working, RUN, "[Service]\nRestart=no\nExecStart=\nExecStart=/bin/false\n")
    admin.start(working, check=False)
    exit_status, found = examine(working)
    working.run(f"systemctl enable {FRESHNESS_TIMER}; systemctl start {RUN_TIMER}")
    assert exit_status == 2
    assert found[RUN_TIMER]["seen"] == "is stopped: nothing runs by itself"
    assert found[FRESHNESS_TIMER]["level"] == "warning"
    assert found[RUN]["level"] == "fault"
    assert f"journalctl -u {RUN}" in found[RUN]["remedy"]


def test_another_user_sees_what_was_not_checked(working: Machine) -> None:
    exit_status, found = examine(working, "setpriv --reuid nobody --regid nogroup --clear-groups")
    assert exit_status == 2
    assert "Permission denied" in found["file"]["seen"]
    assert "sudo elytra-status doctor" in found["not checked"]["remedy"]
    assert found[RUN]["seen"].startswith(("succeeded ", "runs"))
    assert found["credentials"]["level"] == "skipped"
