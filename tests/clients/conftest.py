# SPDX-License-Identifier: MIT
"""Needs programs of others in .venv-clients: `make test-clients` installs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.serving import CLIENTS, serving
from tests.needs import need


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips the tests where the clients are not installed; fails them where they have to be."""
    if not (CLIENTS / ".done").exists():
        need("the clients are not installed: make test-clients")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A web server for what is published to tmp_path."""
    with serving(tmp_path) as address:
        yield address
