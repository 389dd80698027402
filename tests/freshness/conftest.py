# SPDX-License-Identifier: MIT
"""A clock, and servers with a fresh status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3
from tests.visited import Make, good


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime(2026, 3, 1, 4, 0, tzinfo=UTC))


@pytest.fixture
def server(clock: MovableClock) -> Iterator[HostileS3]:
    """The server that visitors reach at STATUS_URL. It is fresh unless a test says otherwise."""
    with HostileS3() as running:
        running.web_headers = {}
        running.answer = lambda request: good(clock.now())
        yield running


@pytest.fixture
def storage(clock: MovableClock) -> Iterator[HostileS3]:
    """The storage that the status is published to if STATUS_URL is a cache before it."""
    with HostileS3() as running:
        running.web_headers = {}
        running.answer = lambda request: good(clock.now())
        yield running


@pytest.fixture
def settings(server: HostileS3, make_settings: Make) -> Settings:
    return make_settings(STATUS_URL=f"{server.url}/status.json")
