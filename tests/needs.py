# SPDX-License-Identifier: MIT
"""What tests need beside Python's packages: where it is missing they are skipped, or fail if it has to be there."""

from __future__ import annotations

import os

import pytest


def need(*missing: str) -> None:
    """Skip a test where something is missing, as it is told; fail it in CI and where ELYTRA_STATUS_REQUIRE is set."""
    if missing and (os.environ.get("CI") or os.environ.get("ELYTRA_STATUS_REQUIRE")):
        pytest.fail("; ".join(missing), pytrace=False)
    if missing:
        pytest.skip("; ".join(missing))
