# SPDX-License-Identifier: MIT
"""A system to set up in a directory, and an Uptime Kuma for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayServer
from tests.setup_root import Root


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root")


@pytest.fixture
def kuma(start_kuma: Callable[..., ReplayServer]) -> ReplayServer:
    return start_kuma("v2.5.3", "all-up")
