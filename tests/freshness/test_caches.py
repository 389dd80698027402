# SPDX-License-Identifier: MIT
"""A cache in front of the storage: both are read, and what differs is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from elytra_status import freshness
from elytra_status.publish import visitor
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.visited import STALE, Make, behind_a_cache, check, good, only


def test_which_of_the_two_is_stale_is_said(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    server.answer = lambda request: good(clock.now() - timedelta(hours=2))
    front, back = check(behind_a_cache(make_settings, server, storage), clock)
    assert front.where.startswith("http://localhost:")
    assert front.faults
    assert back.where == f"{storage.url}/status/status.json"
    assert back.faults == ()
    assert freshness.exit_status([front, back]) == STALE


def test_what_a_cache_hides_is_found(
    server: HostileS3, storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    storage.answer = lambda request: Reply(403, b"", {})
    front, back = check(behind_a_cache(make_settings, server, storage), clock)
    assert front.faults == ()
    assert "not public" in str(back.faults[0])
    assert freshness.exit_status([front, back]) == STALE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://status.nyc3.digitaloceanspaces.com/status.json", False),
        ("https://nyc3.digitaloceanspaces.com/status/status.json", False),
        ("https://STATUS.NYC3.digitaloceanspaces.com:443/status.json", False),
        ("https://status.nyc3.cdn.digitaloceanspaces.com/status.json", True),
        ("https://status.example.com/status.json", True),
        ("https://nyc3.digitaloceanspaces.com:8443/status.json", True),
        (None, False),
    ],
)
def test_what_is_taken_for_a_cache(url: str | None, expected: bool, make_settings: Make) -> None:
    settings = make_settings(
        SPACES_ENDPOINT="nyc3.digitaloceanspaces.com",
        SPACES_ACCESS_KEY="k",
        SPACES_SECRET_KEY="s",
        STATUS_BUCKET="status",
        **({"STATUS_URL": url} if url else {}),
    )
    assert visitor.is_behind_cache(settings) is expected


def test_without_a_public_address_the_storage_is_read(
    storage: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    settings = make_settings(
        SPACES_ENDPOINT=storage.url,
        SPACES_ACCESS_KEY="k",
        SPACES_SECRET_KEY="s",
        STATUS_BUCKET="status",
        STATUS_BUCKET_KEY="site/öffentlich 1.json",
    )
    assert only(check(settings, clock)).where.startswith(storage.url)
    assert [request.path for request in storage.requests] == ["/status/site/öffentlich 1.json"]
