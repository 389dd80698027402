# SPDX-License-Identifier: MIT
"""Requires the Debian package prometheus, which `make test-prometheus` installs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.needs import need

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skip the tests if Prometheus is not installed; fail them if it must be."""
    if not (shutil.which("prometheus") and shutil.which("promtool")):
        need("the Debian package prometheus is not installed")
