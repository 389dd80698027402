# SPDX-License-Identifier: MIT
"""A machine that only watches: installed, set up and booted, while the publisher goes off or is out of reach."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import FRESHNESS, FRESHNESS_TIMER, RUN, RUN_TIMER
from tests.booted.conftest import Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Outside
from tests.booted.releases import SUITES
from tests.booted.test_failures_and_alerts import storage_out_of_reach, text_of, wait_for_mail
from tests.booted.test_setup import ANSWERS, write_answers
from tests.publishing import documents_of

# One release is enough: setup, timers and notifications are tried on all by their own tests.
pytestmark = pytest.mark.parametrize("suite", SUITES[-1:], indirect=True, scope="session")

# The only settings of such a machine: an address and a channel.
NAMES = (*("STATUS_URL", "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM", "ALERT_EMAIL_TO"),)


def publish(outside: Outside, buckets: Buckets, age: timedelta = timedelta(0)) -> None:
    """Put a status there that another machine published some time ago."""
    owner = outside.gateway.client(outside.gateway.owner)
    status = documents_of(datetime.now(UTC) - age)[-1]
    rule = {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["*"]}
    owner.put_bucket_cors(Bucket=buckets.status, CORSConfiguration={"CORSRules": [rule]})
    owner.put_object(
        Bucket=buckets.status,
        Key="status.json",
        Body=status.body,
        ACL="public-read",
        ContentType=status.content_type,
        CacheControl=status.cache_control,
    )


def state_of_timers(machine: Machine) -> dict[str, tuple[str, str]]:
    found = {}
    for timer in (RUN_TIMER, FRESHNESS_TIMER):
        shown = machine.show(timer, "ActiveState", "UnitFileState")
        found[timer] = (shown["ActiveState"], shown["UnitFileState"])
    return found


WATCHING = {RUN_TIMER: ("inactive", "disabled"), FRESHNESS_TIMER: ("active", "enabled")}


@pytest.fixture(scope="module")
def watcher(installed: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]) -> Machine:
    """The machine after `elytra-status setup --watch`."""
    publish(outside, buckets)
    write_answers(installed, {name: settings[name] for name in NAMES})
    done = installed.run(f"elytra-status setup --watch --answers {ANSWERS}", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("watched: ") and "fresh" in line for line in lines), lines
    assert lines[-1].startswith("changed: /etc/elytra-status/")
    return installed


def test_the_check_alone_runs_by_itself_after_a_boot_too(watcher: Machine) -> None:
    assert state_of_timers(watcher) == WATCHING
    watcher.reboot()
    assert state_of_timers(watcher) == WATCHING
    assert watcher.show(RUN, "ExecMainStartTimestamp")["ExecMainStartTimestamp"] == ""


def test_doctor_expects_neither_source_nor_run(watcher: Machine, outside: Outside, buckets: Buckets) -> None:
    publish(outside, buckets)
    assert admin.start(watcher, FRESHNESS)
    found = json.loads(watcher.run("elytra-status doctor --json", check=False).stdout)["findings"]
    assert [one for one in found if one["level"] == "fault"] == []
    names = {one["name"] for one in found if one["level"] == "warning"}
    assert not names & {RUN, RUN_TIMER, "monitors", "directory"}, names


@pytest.mark.parametrize("case", ["off", "cut off"])
def test_a_publisher_that_is_off_or_unreachable_is_notified_and_its_return(
    case: str, watcher: Machine, outside: Outside, buckets: Buckets
) -> None:
    admin.rest(watcher)
    publish(outside, buckets)
    assert admin.start(watcher, FRESHNESS)
    outside.mailbox.mails.clear()
    if case == "off":
        publish(outside, buckets, timedelta(minutes=31))
        assert not admin.start(watcher, FRESHNESS, check=False)
    else:
        with storage_out_of_reach(watcher, outside):
            assert not admin.start(watcher, FRESHNESS, check=False)
    told = wait_for_mail(outside, 1, admin.SECONDS)
    assert "on the machine that publishes" in text_of(told)
    assert f"systemctl status {RUN}" not in text_of(told)
    publish(outside, buckets)
    assert admin.start(watcher, FRESHNESS)
    over = wait_for_mail(outside, 2, admin.SECONDS)
    assert "No action is needed." in text_of(over)
