# SPDX-License-Identifier: MIT
"""Queries the sources once, as the first poll of a run does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from elytra_status.errors import ElytraStatusError
from elytra_status.model import Report
from elytra_status.settings import Settings
from elytra_status.setup_assistant.found import Fault, Found, fault_of
from elytra_status.side_by_side import side_by_side
from elytra_status.sources import configured
from elytra_status.sources.source import Question

# Uptime Kuma 2 with 1,000 monitors needs that long after its start.
SECONDS = 110.0
_GRACE = 5.0
# So many names are shown of a source.
MOST_NAMES = 30


def poll(settings: Settings, now: datetime, about: str) -> Iterator[Report | Found]:
    """Query the sources of monitors, or of backups, side by side.

    Yield of each its report, followed by the problems in it, or a fault in place of it.
    """
    sources = [source for source in configured(settings) if source.about == about]
    tasks = {one.name: (SECONDS + _GRACE, partial(one.look, Question(now, SECONDS))) for one in sources}
    for name, answer in side_by_side(tasks).items():
        if isinstance(answer, ElytraStatusError):
            yield Found(faults=(fault_of(name, answer),))
        elif isinstance(answer, Exception):
            raise answer
        else:
            yield answer
            yield Found(
                warnings=tuple(f"{name}: {words}" for words in answer.warnings),
                faults=tuple(Fault(name, one.problem, one.remedy) for one in answer.problems),
            )


def shortened(names: list[str]) -> tuple[str, ...]:
    """Return the first of some lines, and how many more there are."""
    more = len(names) - MOST_NAMES
    return (*names[:MOST_NAMES], f"and {more} more") if more > 0 else tuple(names)
