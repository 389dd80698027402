# SPDX-License-Identifier: MIT
"""The extended copy of the package, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.extension.extended import Extended, extend


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a copy of the package with the toys."""
    made = tmp_path_factory.mktemp("extended")
    extend(made)
    return made


@pytest.fixture
def extended(tree: Path, tmp_path: Path) -> Extended:
    """Return the copy of the package, with settings and state for each test."""
    return Extended(tree, tmp_path)
