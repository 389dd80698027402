# SPDX-License-Identifier: MIT
"""The bucket of the tests of publishing, a cache in front of it, and machines that publish to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.publish.target import Target
from elytra_status.system.clock import SystemClock
from tests.hostile_s3 import HostileS3
from tests.publish.machines import Machine, Machines
from tests.publishing import Make, bucket_settings


class Hurried(SystemClock):
    """The system's clock, without waiting before a request is repeated."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@pytest.fixture
def cache() -> Iterator[HostileS3]:
    """A second server, for what a CDN or proxy in front of the bucket gives to visitors."""
    with HostileS3() as server:
        yield server


@pytest.fixture
def bucket(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> Target:
    return publish.configured(bucket_settings(make_settings, hostile), tmp_path, Hurried())


@pytest.fixture
def behind(hostile: HostileS3, cache: HostileS3, make_settings: Make, tmp_path: Path) -> Target:
    """The bucket, where visitors read what the cache gives them."""
    url = f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json"
    return publish.configured(bucket_settings(make_settings, hostile, STATUS_URL=url), tmp_path, Hurried())


@pytest.fixture
def machines(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> Machines:
    """Make a machine that publishes to the bucket of all."""
    settings = bucket_settings(make_settings, hostile)
    return lambda name: Machine(name, hostile, settings, tmp_path)
