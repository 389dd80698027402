# SPDX-License-Identifier: MIT
"""Where the commands are that the tests run: beside Python, or where the builder of a package puts them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BESIDE = Path(os.environ.get("ELYTRA_STATUS_COMMANDS") or Path(sys.executable).parent)
COMMAND = str(BESIDE / "elytra-status")
