# SPDX-License-Identifier: MIT
"""Which settings systemd hands to the service alone: a drop-in names them, and nobody else is given them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

UNIT = "elytra-status.service"
ORIGIN = f"credential of {UNIT}"
# Where systemd looks for units and drop-ins; see systemd.unit(5).
DIRECTORIES = tuple(Path(directory, "systemd/system") for directory in ("/etc", "/run", "/usr/local/lib", "/usr/lib"))
_FILES = (UNIT, *(f"{name}.d/*.conf" for name in (UNIT, "elytra-.service", "service")))
_LINE = re.compile(r"^\s*(?:Load|Set)Credential(?:Encrypted)?\s*=\s*([^:\s]+)", re.MULTILINE)


def credentials() -> Iterator[str]:
    """Yield the names of credentials that the service is given one by one."""
    for directory in DIRECTORIES:
        for pattern in _FILES:
            for file in sorted(directory.glob(pattern)):
                with suppress(OSError):
                    yield from _LINE.findall(file.read_text("utf-8", "replace"))
