# SPDX-License-Identifier: MIT
"""Who is told when something is wrong, and when it is over: one module for each way, all of one shape.

A module has `NAME`, `is_configured(settings)` and `send(settings, message)`, which returns nothing or raises
AlertError. To add a way, write such a module and name it in `channels`.

Nothing is imported here before it is needed: a good run asks only whether a file is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elytra_status.alerts.channel import Channel
    from elytra_status.clock import Clock
    from elytra_status.settings import Settings

STATE_FILE = "alerts.json"


def channels() -> tuple[Channel, ...]:
    """Return every way to tell somebody, set up or not."""
    from elytra_status.alerts import sendgrid, smtp

    return (smtp, sendgrid)


def report_failure(
    settings: Settings, clock: Clock, state_directory: Path, unit: str, environment: Mapping[str, str]
) -> bool:
    """Tell that a unit has failed, where that is due; return whether all have been told.

    `environment` holds what systemd says of the failure. Raise UsageError where `unit` is no service, and
    LockedError where another alert takes too long.
    """
    from elytra_status.alerts import tell

    return tell.report_failure(settings, clock, state_directory, unit, environment)


def incident_is_over(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    """Tell that a unit works again, where it has failed before. Call this at the end of each good run.

    Raises nothing, as the run was good: what could not be told is logged, and tried again at the next good run.
    """
    if (state_directory / STATE_FILE).exists():
        from elytra_status.alerts import tell

        tell.incident_is_over(settings, clock, state_directory, unit)
