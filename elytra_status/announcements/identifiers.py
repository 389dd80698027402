# SPDX-License-Identifier: MIT
"""The identifiers of maintenance and incidents: a day and a number. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from elytra_status.model import Announcements


def take(announcements: Announcements, now: datetime) -> tuple[Announcements, str]:
    """Return a new identifier, and the announcements that record it as used.

    People type identifiers. A removed announcement's identifier is not used again, because readers may know it.
    """
    day = now.astimezone(UTC).strftime("%Y-%m-%d")
    last_day, _, number = announcements.last_identifier.rpartition("-")
    # If the clock was set back, continue to number within the later day.
    goes_on = last_day >= day and number.isdecimal()
    identifier = f"{last_day}-{int(number) + 1}" if goes_on else f"{day}-1"
    return replace(announcements, last_identifier=identifier), identifier
