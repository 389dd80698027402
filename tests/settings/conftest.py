# SPDX-License-Identifier: MIT
"""Fixtures that load settings from a file and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status.problem import SettingsError
from elytra_status.settings import Loaded, load
from tests.settings.reading import Read, Refuse


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return what loads settings from a file of that content, and from the environment given by names."""

    def do(content: str | bytes = "", **environment: str) -> Loaded:
        file = tmp_path / "settings.conf"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(0o600)
        return load(file, environment)

    return do


@pytest.fixture
def refuse(read: Read, tmp_path: Path) -> Refuse:
    """Return what loads settings that must be refused; it gives the faults, the directory left out."""

    def do(content: str | bytes = "", **environment: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            read(content, **environment)
        return [str(fault).replace(f"{tmp_path}/", "") for fault in caught.value.faults]

    return do
