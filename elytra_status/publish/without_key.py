# SPDX-License-Identifier: MIT
"""Find out what anyone may read in a bucket, without a key."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from elytra_status.net import http
from elytra_status.net.s3 import Account


def anyone_may_read(account: Account, bucket: str, key: str, seconds: float) -> bool:
    """Return whether everybody may read an object. Raise FetchError on failure."""
    return status_for_anyone(account, bucket, key, seconds) == HTTPStatus.OK


def status_for_anyone(account: Account, bucket: str, key: str, seconds: float) -> int:
    """Return the HTTP status of an object for a visitor without a key.

    Raise FetchError on failure.
    """
    with http.open_session(account.ca_bundle) as session:
        url = f"{account.bucket_url(bucket)}/{quote(key)}"
        return http.get(session, url, seconds=seconds, headers_only=True).status
