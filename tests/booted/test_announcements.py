# SPDX-License-Identifier: MIT
"""Announcements by root: published at once by the service, saved for it, and kept through a reboot."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import ALERT_OF_RUN, RUN, STATE
from tests.booted.conftest import Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Outside
from tests.booted.releases import SUITES
from tests.conftest import recording

# One release is enough: what announcements use of the system, the tests of publishing and timers try on all.
pytestmark = pytest.mark.parametrize("suite", SUITES[-1:], indirect=True, scope="session")

SET = ["override", "set", "--status", "outage", "--note", "A disk has failed."]
ANNOUNCED = f"{STATE}/announcements.json"


@pytest.fixture
def machine(configured: Machine, settings: dict[str, object], outside: Outside) -> Iterator[Machine]:
    """The machine without announcements, after one run."""
    configured.run(["rm", "-f", ANNOUNCED])
    admin.allow_pages(configured, settings, outside.gateway.owner)
    admin.start(configured)
    yield configured
    configured.run(["rm", "-f", ANNOUNCED])


def call(machine: Machine, *words: str, **environment: str) -> str:
    """Call a command as root; return its output."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    return machine.run(["env", *variables, "elytra-status", *words]).stdout


def visible(outside: Outside, buckets: Buckets) -> dict[str, Any]:
    """Return what visitors read."""
    document: dict[str, Any] = json.loads(outside.visit(f"{buckets.status}/status.json").body)
    return document


def test_the_service_publishes_at_once_what_root_announces(
    machine: Machine, outside: Outside, buckets: Buckets
) -> None:
    printed = call(machine, *SET, SUDO_USER="alice").splitlines()
    assert "by alice: A disk has failed." in printed[0]
    assert printed[1].startswith(f"{RUN}: outage: set by hand until ")
    assert printed[1].endswith(f"published to bucket {buckets.status}")
    document = visible(outside, buckets)
    assert document["platform_status"] == "outage"
    assert [notice["text"] for notice in document["notices"]] == ["A disk has failed."]
    assert "alice" not in json.dumps(document)

    listed = machine.run(f"stat -c '%U %a' {ANNOUNCED} {STATE}/announcements.lock").stdout.splitlines()
    assert listed == ["elytra-status 600"] * 2
    (decision,) = admin.entries(machine, f"_SYSTEMD_UNIT={RUN}", "ELYTRA_STATUS_RULE=override")
    assert decision.fields["ELYTRA_STATUS_STATUS"] == "outage"

    printed = call(machine, "override", "clear").splitlines()
    assert printed[1].startswith(f"{RUN}: operational: ")
    assert visible(outside, buckets)["platform_status"] == "operational"
    assert admin.failed_units(machine) == ""


def test_it_does_not_wait_for_a_run_that_is_under_way(
    machine: Machine, settings: dict[str, object], outside: Outside, buckets: Buckets
) -> None:
    admin.write_settings(machine, {**settings, "CONFIRM_AFTER_SECONDS": 170})
    all_up, outside.kuma.recording = outside.kuma.recording, recording("v2.5.3", "one-down")
    try:
        admin.begin(machine)
        waiting = ("ELYTRA_STATUS_EVENT=confirmation-poll", f"_SYSTEMD_UNIT={RUN}")
        admin.wait_until(lambda: admin.entries(machine, *waiting), admin.SECONDS, "it waits for the second look")
        began = time.monotonic()
        call(machine, *SET)
        assert time.monotonic() - began < admin.SECONDS
    finally:
        outside.kuma.recording = all_up
    assert visible(outside, buckets)["platform_status"] == "outage"
    assert admin.is_at_rest(machine, RUN)
    assert admin.failed_units(machine) == ""
    assert not admin.starts(machine, ALERT_OF_RUN), "a run that is stopped has not failed"


def test_a_run_that_could_publish_nothing_is_known_at_the_prompt(machine: Machine, settings: dict[str, object]) -> None:
    admin.write_settings(machine, {**settings, "STATUS_URL": "https://status.example.com/10.20.30.40.json"})
    result = machine.run(["elytra-status", "override", "clear"], check=False)
    assert (result.returncode, result.stdout.strip()) == (0, "no override is set: the status is what the monitors say")
    result = machine.run(["elytra-status", *SET], check=False)
    assert result.returncode == 65
    assert "nothing was changed: index.html: " in result.stderr
    assert machine.run(["test", "-e", ANNOUNCED], check=False).returncode == 1


def test_a_failed_run_is_reported_at_the_prompt_and_the_announcement_is_kept(
    machine: Machine, outside: Outside, buckets: Buckets
) -> None:
    admin.drop_in(machine, RUN, "[Service]\nEnvironment=STATUS_URL=https://status.example.com/10.20.30.40.json\n")
    result = machine.run(["elytra-status", *SET], check=False)
    assert result.returncode == 65
    assert f"{RUN} has failed (index.html: " in result.stderr
    assert "the announcement is saved" in result.stderr
    assert visible(outside, buckets)["platform_status"] == "operational"
    admin.remove_drop_ins(machine)
    assert admin.start(machine)
    assert visible(outside, buckets)["platform_status"] == "outage"


def test_it_survives_a_reboot_and_runs_out_by_itself(machine: Machine, outside: Outside, buckets: Buckets) -> None:
    call(machine, *SET, "--until", "1h")
    machine.reboot()
    admin.rest(machine)
    admin.start(machine)
    assert visible(outside, buckets)["platform_status"] == "outage"
    assert "set: outage, until " in call(machine, "override", "show")
    admin.let_time_pass(machine, ANNOUNCED, timedelta(hours=1))
    admin.start(machine)
    assert visible(outside, buckets)["platform_status"] == "operational"
    (entry,) = admin.entries(machine, f"_SYSTEMD_UNIT={RUN}", "ELYTRA_STATUS_EVENT=override-ended")
    assert "the override set by root to outage has run out" in entry.message
    assert "ran out: A disk has failed." in call(machine, "override", "show")


def test_a_file_that_cannot_be_read_is_an_alert_and_nothing_is_published(
    machine: Machine, outside: Outside, buckets: Buckets
) -> None:
    call(machine, *SET)
    before = visible(outside, buckets)
    machine.run(f"truncate -s 100 {ANNOUNCED}")
    assert not admin.start(machine, check=False)
    assert visible(outside, buckets) == before
    shown = machine.run(f"systemctl status {RUN}", check=False).stdout
    assert f"announcements cannot be read from {ANNOUNCED} (not JSON)" in shown
    mail = admin.wait_until(lambda: outside.mailbox.mails, admin.SECONDS, "the alert arrives")[0]
    assert "the announcements cannot be read or saved" in str(mail)
    machine.run(f"mv {ANNOUNCED} {ANNOUNCED}.broken")
    assert admin.start(machine)
    assert visible(outside, buckets)["platform_status"] == "operational"
