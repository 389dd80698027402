# SPDX-License-Identifier: MIT
"""Needs programs of others in .venv-clients: `make test-clients` installs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parent.parent / ".venv-clients"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder, and only these: the hook is given those of the others too."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("clients")


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where the clients are not installed; fails them where they have to be."""
    if (CLIENTS / ".done").exists():
        return
    if os.environ.get("CI") or os.environ.get("ELYTRA_STATUS_REQUIRE_CLIENTS"):
        pytest.fail("the clients are not installed: make test-clients", pytrace=False)
    pytest.skip("the clients are not installed: make test-clients")
