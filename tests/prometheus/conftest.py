# SPDX-License-Identifier: MIT
"""Needs the Debian package prometheus: `make test-prometheus` installs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.needs import need

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where Prometheus is not installed; fails them where it has to be."""
    if not (shutil.which("prometheus") and shutil.which("promtool")):
        need("the Debian package prometheus is not installed")
