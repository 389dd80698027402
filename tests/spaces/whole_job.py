# SPDX-License-Identifier: MIT
"""The whole job on a Ceph object gateway, with two buckets and limited keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from elytra_status.demo.replay import ReplayServer
from elytra_status.run import job as refresh
from elytra_status.run.job import Outcome
from elytra_status.settings import Settings
from tests.ceph_gateway import CephGateway
from tests.conftest import API_KEY, MovableClock

ORIGIN = "https://www.example.com"
CLIENT = "Acme-Shop"

Make = Callable[..., Settings]
Job = Callable[..., Outcome]


@pytest.fixture
def values(
    gateway: CephGateway, start_kuma: Callable[..., ReplayServer], status_bucket: str, backup_bucket: str
) -> dict[str, object]:
    """Settings for the job with two limited keys, and one backup that it will find."""
    kuma = start_kuma("v2.5.3", "all-up")
    gateway.client(gateway.owner).put_object(Bucket=backup_bucket, Key=f"{CLIENT}/1.sql.gz", Body=b"x")
    return {
        "UPTIME_KUMA_URL": kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "SPACES_ENDPOINT": gateway.https_endpoint,
        "SPACES_REGION": "nyc3",
        "SPACES_ACCESS_KEY": gateway.publisher.access_key,
        "SPACES_SECRET_KEY": gateway.publisher.secret_key,
        "STATUS_BUCKET": status_bucket,
        "STATUS_URL": f"{gateway.https_endpoint}/{status_bucket}/status.json",
        "BACKUP_BUCKET": backup_bucket,
        "BACKUP_GROUPS": "prefix",
        "BACKUP_ACCESS_KEY": gateway.reader.access_key,
        "BACKUP_SECRET_KEY": gateway.reader.secret_key,
        "CORS_ORIGINS": ORIGIN,
        "CA_BUNDLE": gateway.ca_file,
    }


@pytest.fixture
def job(values: dict[str, object], make_settings: Make, tmp_path: Path) -> Job:
    """Do the job with changed settings."""

    def run(clock: Any = None, **changes: object) -> Outcome:
        return refresh.run(make_settings(**{**values, **changes}), clock or MovableClock(), tmp_path)

    return run


def visit(gateway: CephGateway, path: str, method: str = "GET", **headers: str) -> requests.Response:
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(
        method, f"{gateway.https_endpoint}/{path}", headers=dashed, verify=str(gateway.ca_file), timeout=10
    )


def let(gateway: CephGateway, user: str, bucket: str, actions: Sequence[str], what: str = "/*") -> None:
    """Give a user these rights on a bucket, or on the objects in it, and no others."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam:::user/{user}"]},
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{bucket}{what}"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    gateway.client(gateway.owner).put_bucket_policy(Bucket=bucket, Policy=policy)
