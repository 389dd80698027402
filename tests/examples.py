# SPDX-License-Identifier: MIT
"""How many examples hypothesis tries: few in CI, the same ones each time, and many in `make search`."""

from __future__ import annotations

import os

IS_SEARCH = bool(os.environ.get("ELYTRA_STATUS_SEARCH"))
# In `make search`, for each test.
MANY = 1000


def most(few: int) -> int:
    """Return the number of examples for a test that tries a few in CI."""
    return MANY if IS_SEARCH else few
