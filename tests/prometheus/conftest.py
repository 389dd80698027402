# SPDX-License-Identifier: MIT
"""Needs the Debian package prometheus: `make test-prometheus` installs it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder, and only these: the hook is given those of the others too."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("prometheus")


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where Prometheus is not installed; fails them where it has to be."""
    if shutil.which("prometheus") and shutil.which("promtool"):
        return
    if os.environ.get("CI") or os.environ.get("ELYTRA_STATUS_REQUIRE_PROMETHEUS"):
        pytest.fail("the Debian package prometheus is not installed", pytrace=False)
    pytest.skip("the Debian package prometheus is not installed")
