# SPDX-License-Identifier: MIT
"""Requires the Debian packages nginx and caddy, which `make test-serving` installs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.needs import need
from tests.serving.servers import PATH

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skip the tests if a web server is not installed; fail them if it must be."""
    need(*(f"{name} is not installed" for name in ("nginx", "caddy") if not shutil.which(name, path=PATH)))
