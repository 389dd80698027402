# SPDX-License-Identifier: MIT
"""What a source is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from elytra_status.model import Report


@dataclass(frozen=True)
class Source:
    """Something that can be asked for facts.

    `look(now, seconds, earlier)` asks it once and returns a report within about `seconds`, or raises
    SourceError. `earlier` is this run's first report where this is the second look, else None.
    """

    name: str
    about: str
    look: Callable[[datetime, float, Report | None], Report]
