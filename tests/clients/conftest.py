# SPDX-License-Identifier: MIT
"""Needs programs of others in .venv-clients: `make test-clients` installs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.needs import need

CLIENTS = Path(__file__).resolve().parents[2] / ".venv-clients"


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where the clients are not installed; fails them where they have to be."""
    if not (CLIENTS / ".done").exists():
        need("the clients are not installed: make test-clients")
