# SPDX-License-Identifier: MIT
"""The doctor's findings with a real Ceph gateway, and that it changes nothing there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.doctor import rights, targets
from elytra_status.errors import PublishError
from elytra_status.net.s3 import Account, Names
from elytra_status.publish import cors
from elytra_status.publish.s3_bucket import status_bucket as status_bucket_of
from elytra_status.run import job
from elytra_status.settings import Secret, Settings
from elytra_status.system.clock import SystemClock
from tests.ceph_gateway import CephGateway, Keys
from tests.conftest import API_KEY
from tests.examined import bad, context, examine, levels, of
from tests.in_process import run_command

ORIGIN = "https://www.example.com"
NAMES = Names("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "SPACES_ENDPOINT", "SPACES_REGION")

Make = Callable[..., Settings]


@pytest.fixture
def values(gateway: CephGateway, status_bucket: str, backup_bucket: str) -> dict[str, object]:
    """Settings with two limited keys, and two backups."""
    for number in (1, 2):
        gateway.client(gateway.owner).put_object(Bucket=backup_bucket, Key=f"nightly/acme/{number}.gz", Body=b"x")
    return {
        "SPACES_ENDPOINT": gateway.https_endpoint,
        "SPACES_REGION": "nyc3",
        "SPACES_ACCESS_KEY": gateway.publisher.access_key,
        "SPACES_SECRET_KEY": gateway.publisher.secret_key,
        "STATUS_BUCKET": status_bucket,
        "BACKUP_BUCKET": backup_bucket,
        "BACKUP_PREFIX": "nightly/",
        "BACKUP_GROUPS": "prefix",
        "BACKUP_ACCESS_KEY": gateway.reader.access_key,
        "BACKUP_SECRET_KEY": gateway.reader.secret_key,
        "CORS_ORIGINS": ORIGIN,
        "CA_BUNDLE": gateway.ca_file,
    }


def everything(gateway: CephGateway, *buckets: str) -> list[Any]:
    """Everything in buckets, including uploads that were begun, and everything that Ceph keeps below them."""
    owner = gateway.client(gateway.owner)
    found: list[Any] = []
    for bucket in buckets:
        objects = owner.list_objects_v2(Bucket=bucket).get("Contents", [])
        found.append([(item["Key"], item["ETag"], item["Size"], item["LastModified"]) for item in objects])
        found.append(owner.list_multipart_uploads(Bucket=bucket).get("Uploads", []))
        found.append(owner.get_bucket_policy(Bucket=bucket)["Policy"])
    rados = ["rados", "--conf", str(gateway.directory / "ceph.conf")]
    for pool in subprocess.run([*rados, "lspools"], capture_output=True, text=True, check=True).stdout.split():
        if "buckets" in pool:
            listed = subprocess.run([*rados, "-p", pool, "ls"], capture_output=True, text=True, check=True)
            # Ceph makes a pool for uploads at the first request for one, and keeps nothing there.
            found += [(pool, name) for name in sorted(listed.stdout.split())]
    return found


def test_with_two_limited_keys_all_is_well_and_nothing_is_changed(
    gateway: CephGateway,
    values: dict[str, object],
    status_bucket: str,
    backup_bucket: str,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    values |= {"UPTIME_KUMA_URL": start_kuma("v2.5.3", "all-up").url, "UPTIME_KUMA_API_KEY": API_KEY}
    values |= {"UPTIME_KUMA_STATUS_PAGE": "elytra"}
    settings = make_settings(**values)
    job.run(settings, SystemClock(), tmp_path)
    owner = {"SPACES_ACCESS_KEY": gateway.owner.access_key, "SPACES_SECRET_KEY": gateway.owner.secret_key}
    as_owner = make_settings(**{**values, **owner})
    bucket = status_bucket_of(as_owner)
    assert bucket
    cors.apply(bucket, as_owner.cors_origins)
    make_settings(**values)
    before = everything(gateway, status_bucket, backup_bucket)
    capsys.readouterr()
    assert run_command(tmp_path, "doctor", "--json") == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    # Nobody is notified of failures: that is the only finding.
    assert [item["area"] for item in findings if item["level"] not in ("ok", "skipped")] == ["alerts"]
    assert {item["area"] for item in findings} >= {"sources", "targets", "public address", "servers", "clock"}
    assert everything(gateway, status_bucket, backup_bucket) == before


def test_a_full_key_may_do_more_than_is_needed(
    gateway: CephGateway, values: dict[str, object], status_bucket: str, backup_bucket: str, tmp_path: Path
) -> None:
    for name in ("SPACES", "BACKUP"):
        values |= {f"{name}_ACCESS_KEY": gateway.owner.access_key, f"{name}_SECRET_KEY": gateway.owner.secret_key}
    gateway.client(gateway.owner).put_object(Bucket=status_bucket, Key="status.json", Body=b"{}", ACL="public-read")
    before = everything(gateway, status_bucket, backup_bucket)
    findings = examine(targets.AREA, context(tmp_path, **values))
    assert levels(bad(findings)) == {"backup key": "warning"}
    assert everything(gateway, status_bucket, backup_bucket) == before


def test_keys_that_were_taken_for_one_another(
    gateway: CephGateway, values: dict[str, object], status_bucket: str, tmp_path: Path
) -> None:
    values |= {
        "SPACES_ACCESS_KEY": gateway.reader.access_key,
        "SPACES_SECRET_KEY": gateway.reader.secret_key,
        "BACKUP_ACCESS_KEY": gateway.publisher.access_key,
        "BACKUP_SECRET_KEY": gateway.publisher.secret_key,
    }
    findings = examine(targets.AREA, context(tmp_path, **values))
    assert of(findings, "write status").seen == "AccessDenied, the key may not write status.json"
    assert of(findings, "write status").remedy == f"give it that right on bucket {status_bucket}"
    assert of(findings, "status key limits").seen == "may list backups too"
    assert of(findings, "backup key limits").seen == "may write the status too"


def test_what_is_open_to_the_world(
    gateway: CephGateway, values: dict[str, object], status_bucket: str, backup_bucket: str, tmp_path: Path
) -> None:
    owner = gateway.client(gateway.owner)
    for bucket in (status_bucket, backup_bucket):
        owner.put_bucket_acl(Bucket=bucket, ACL="public-read")
    owner.put_object_acl(Bucket=backup_bucket, Key="nightly/acme/2.gz", ACL="public-read")
    findings = examine(targets.AREA, context(tmp_path, **values))
    assert of(findings, "status listing").level.value == "warning"
    assert of(findings, "backup listing").level.value == "fault"
    assert of(findings, "backup reading").level.value == "fault"


def may(gateway: CephGateway, keys: Keys, bucket: str, key: str) -> str:
    """Return a key's right to write: '' if it has it, else the code of the refusal."""
    where = Account(
        gateway.https_endpoint,
        "nyc3",
        Secret(keys.access_key),
        Secret(keys.secret_key),
        str(gateway.ca_file),
        NAMES,
    )
    try:
        rights.check_may_write(where, bucket, key)
    except PublishError as error:
        return error.code
    return ""


@pytest.mark.parametrize("key", ["status.json", "not/there"])
def test_the_right_to_write_is_checked_without_writing(
    key: str, gateway: CephGateway, status_bucket: str, backup_bucket: str
) -> None:
    gateway.client(gateway.owner).put_object(Bucket=status_bucket, Key="status.json", Body=b"{}", ACL="public-read")
    before = everything(gateway, status_bucket, backup_bucket)
    assert may(gateway, gateway.owner, status_bucket, key) == ""
    assert may(gateway, gateway.publisher, status_bucket, key) == ""
    assert may(gateway, gateway.reader, status_bucket, key) == "AccessDenied"
    assert may(gateway, gateway.other, status_bucket, key) == "AccessDenied"
    assert may(gateway, gateway.reader, backup_bucket, key) == "AccessDenied"
    assert may(gateway, gateway.owner, "missing-bucket", key) == "NoSuchBucket"
    assert may(gateway, Keys("DO00NOBODY", "y" * 43), status_bucket, key) == "InvalidAccessKeyId"
    assert may(gateway, Keys(gateway.publisher.access_key, "y" * 43), status_bucket, key) == "SignatureDoesNotMatch"
    assert everything(gateway, status_bucket, backup_bucket) == before
