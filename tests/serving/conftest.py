# SPDX-License-Identifier: MIT
"""Needs the Debian packages nginx and caddy: `make test-serving` installs them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.needs import need
from tests.serving.servers import PATH

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where a web server is not installed; fails them where it has to be."""
    need(*(f"{name} is not installed" for name in ("nginx", "caddy") if not shutil.which(name, path=PATH)))
