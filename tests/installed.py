# SPDX-License-Identifier: MIT
"""The directory of the commands that the tests run: next to Python, or where a package build puts them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BESIDE = Path(os.environ.get("ELYTRA_STATUS_COMMANDS") or Path(sys.executable).parent)
COMMAND = str(BESIDE / "elytra-status")
