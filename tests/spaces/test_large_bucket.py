# SPDX-License-Identifier: MIT
"""A large bucket of backups in a Ceph object gateway: it folds and begins behind a key as the search expects."""

from __future__ import annotations

from elytra_status.net import s3
from elytra_status.settings import Secret
from tests import searched_bucket
from tests.ceph_gateway import CephGateway


def test_a_large_bucket_is_searched_bit_by_bit(gateway: CephGateway, backup_bucket: str) -> None:
    names = s3.Names("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "SPACES_ENDPOINT", "SPACES_REGION")
    keys = gateway.owner
    account = s3.Account(gateway.http_endpoint, "nyc3", Secret(keys.access_key), Secret(keys.secret_key), None, names)
    searched_bucket.check(account, backup_bucket, lambda keys: gateway.fill(backup_bucket, keys))
