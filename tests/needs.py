# SPDX-License-Identifier: MIT
"""Requirements of tests beyond Python's packages: without them, tests are skipped, or fail if they must run."""

from __future__ import annotations

import os

import pytest


def need(*missing: str) -> None:
    """Skip a test because something is missing; fail it in CI and if ELYTRA_STATUS_REQUIRE is set."""
    if missing and (os.environ.get("CI") or os.environ.get("ELYTRA_STATUS_REQUIRE")):
        pytest.fail("; ".join(missing), pytrace=False)
    if missing:
        pytest.skip("; ".join(missing))
