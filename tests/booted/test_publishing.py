# SPDX-License-Identifier: MIT
"""Configured as the operations guide says, and published to a bucket on a Ceph object gateway over TLS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from elytra_status import schema
from tests.booted import administrator as admin
from tests.booted.administrator import FRESHNESS, RUN, STATE
from tests.booted.conftest import Buckets
from tests.booted.machine import Machine
from tests.booted.outside import ORIGIN, Outside
from tests.ceph_gateway import Keys


@pytest.fixture
def published(configured: Machine, settings: dict[str, object], outside: Outside) -> Machine:
    """The machine after pages were allowed to read the bucket, and after one run."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    admin.start(configured)
    return configured


def test_the_settings_of_the_guide_are_found_right(configured: Machine) -> None:
    checked = configured.run("elytra-status config check")
    assert "settings: valid" in checked.stdout
    assert checked.stdout.endswith("sources and storage were queried, and nothing was refused\n")


def test_pages_may_read_the_status_once_cors_was_applied(
    configured: Machine, settings: dict[str, object], outside: Outside, buckets: Buckets
) -> None:
    limited = configured.run("elytra-status cors apply")
    assert "the key may not" in limited.stderr
    assert ". Do it once with a full key, or allow GET and HEAD from" in limited.stderr
    admin.start(configured)
    assert "Access-Control-Allow-Origin" not in outside.visit(f"{buckets.status}/status.json").headers
    assert not admin.start(configured, FRESHNESS, check=False)

    assert "are allowed now" in admin.allow_pages(configured, settings, outside.gateway.owner)
    assert outside.visit(f"{buckets.status}/status.json").headers["Access-Control-Allow-Origin"] == ORIGIN
    assert admin.start(configured, FRESHNESS)
    assert "are allowed already" in admin.allow_pages(configured, settings, outside.gateway.owner)


def test_one_start_publishes_what_a_page_can_read(published: Machine, outside: Outside, buckets: Buckets) -> None:
    seen = outside.visit(f"{buckets.status}/status.json")
    assert seen.status == 200
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["Cache-Control"] == "public, max-age=300"
    assert seen.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (
        "Access-Control-Allow-Origin"
        not in outside.visit(f"{buckets.status}/status.json", "https://else.example").headers
    )
    document, problems = schema.parse_status(seen.body)
    assert document, problems
    assert document["platform_status"] == "operational"
    assert document["backups"]["last_backup_status"] == "success"
    # Two of the six are private: only the job's own history will show how long they were up.
    assert document["uptime"] == {"last_24h": None, "last_7d": None, "last_30d": None}
    assert "uptime of the last 24 hours: not published, because only 4 of 6 monitors have a figure" in (
        published.run(f"journalctl --output=cat --unit={RUN}").stdout
    )
    updated_at = datetime.fromisoformat(document["updated_at"])
    assert timedelta(seconds=-2) <= datetime.now(UTC) - updated_at < timedelta(minutes=2)


def test_nothing_but_the_documents_is_public(published: Machine, outside: Outside, buckets: Buckets) -> None:
    assert outside.visit(buckets.status).status == 403
    assert outside.visit(f"{buckets.backups}/nightly/client/dump.sql.gz").status == 403


def test_the_freshness_check_finds_it_fresh(published: Machine) -> None:
    assert admin.start(published, FRESHNESS)
    shown = published.run(f"systemctl status {FRESHNESS}", check=False).stdout
    assert "fresh" in shown
    assert "operational" in shown


def test_systemctl_status_shows_what_was_published_and_where(published: Machine, buckets: Buckets) -> None:
    shown = published.run(f"systemctl status {RUN}", check=False).stdout
    (line,) = [line for line in shown.splitlines() if "Status:" in line]
    assert "operational: " in line
    assert f"published to bucket {buckets.status}" in line


def test_the_journal_holds_fields_that_can_be_searched(published: Machine) -> None:
    invocation = published.show(RUN, "InvocationID")["InvocationID"]
    of_this_run = f"_SYSTEMD_INVOCATION_ID={invocation}"
    (decision,) = admin.entries(published, of_this_run, "ELYTRA_STATUS_EVENT=decision")
    assert decision.fields["ELYTRA_STATUS_STATUS"] == "operational"
    assert decision.fields["ELYTRA_STATUS_RULE"]
    assert decision.fields["ELYTRA_STATUS_BACKUPS"] == "success"
    assert decision.fields["SYSLOG_IDENTIFIER"] == "elytra-status"
    assert decision.fields["_SYSTEMD_UNIT"] == RUN
    looks = admin.entries(published, of_this_run, "ELYTRA_STATUS_EVENT=poll")
    assert len({entry.fields["ELYTRA_STATUS_SOURCE"] for entry in looks}) == 2
    (done,) = admin.entries(published, of_this_run, "ELYTRA_STATUS_EVENT=published")
    assert 0 < float(done.fields["ELYTRA_STATUS_SECONDS"]) < admin.SECONDS


def test_state_is_kept_to_its_owner(published: Machine) -> None:
    listed = published.run(f"stat -c '%U %a %n' {STATE} {STATE}/*").stdout.splitlines()
    assert f"elytra-status 711 {STATE}" in listed
    assert f"elytra-status 600 {STATE}/last-run.json" in listed


def test_it_works_with_a_file_of_certificates_in_the_settings(
    configured: Machine, settings: dict[str, object], outside: Outside
) -> None:
    admin.drop_in(configured, RUN, "[Service]\nRestart=no\n")
    configured.run("rm /usr/local/share/ca-certificates/outside.crt && update-ca-certificates --fresh")
    try:
        assert not admin.start(configured, check=False)
        configured.copy_in(outside.gateway.ca_file, "/etc/ssl/outside.pem")
        admin.write_settings(configured, {**settings, "CA_BUNDLE": "/etc/ssl/outside.pem"})
        assert admin.start(configured)
    finally:
        admin.trust(configured, outside.gateway.ca_file)


def test_a_poll_by_hand_agrees(published: Machine) -> None:
    summary = json.loads(published.run("elytra-status summary --json").stdout)
    assert summary["platform_status"] == "operational"


def test_units_of_the_machine_are_seen_from_within_the_sandbox(
    configured: Machine, settings: dict[str, object], outside: Outside, buckets: Buckets
) -> None:
    without_kuma = {name: value for name, value in settings.items() if not name.startswith("UPTIME_KUMA")}
    admin.write_settings(configured, {**without_kuma, "SYSTEMD_UNITS": "watched"})
    configured.run("systemd-run --quiet --unit=watched sleep infinity")
    broken = "systemctl kill --signal=KILL watched; while systemctl is-active --quiet watched; do sleep 0.1; done"
    for status, change in (("operational", ""), ("outage", f"{broken}; sleep 1.5")):
        configured.run(change or "true")
        assert admin.start(configured)
        assert json.loads(outside.visit(f"{buckets.status}/status.json").body)["platform_status"] == status
    configured.run("systemctl reset-failed watched")


def test_another_account_on_the_storage_cannot_publish(
    configured: Machine, settings: dict[str, object], outside: Outside
) -> None:
    other: Keys = outside.gateway.other
    keys = {"SPACES_ACCESS_KEY": other.access_key, "SPACES_SECRET_KEY": other.secret_key}
    admin.write_settings(configured, {**settings, **keys})
    assert not admin.start(configured, check=False)
    wrong = admin.entries(configured, f"_SYSTEMD_UNIT={RUN}", "ELYTRA_STATUS_EVENT=failed")[-1]
    assert wrong.fields["ELYTRA_STATUS_EXIT_STATUS"] == "69"
    assert "AccessDenied" in wrong.message
