# SPDX-License-Identifier: MIT
"""Needs the Debian packages nginx and caddy: `make test-serving` installs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.serving.servers import PATH

HERE = Path(__file__).resolve().parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder, and only these: the hook is given those of the others too."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("serving")


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where a web server is not installed; fails them where it has to be."""
    missing = [name for name in ("nginx", "caddy") if not shutil.which(name, path=PATH)]
    if not missing:
        return
    told = f"Debian packages are not installed: {', '.join(missing)}"
    if os.environ.get("CI") or os.environ.get("ELYTRA_STATUS_REQUIRE_SERVERS"):
        pytest.fail(told, pytrace=False)
    pytest.skip(told)
