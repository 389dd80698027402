# SPDX-License-Identifier: MIT
"""What windows of maintenance and incidents are called: the day, and which one of that day. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from elytra_status.model import Announcements


def take(announcements: Announcements, now: datetime) -> tuple[Announcements, str]:
    """Return a new identifier, and the announcements in which it is taken for ever.

    People type it, and it is unlike all before even where one of those was removed: readers may know it.
    """
    day = now.astimezone(UTC).strftime("%Y-%m-%d")
    last_day, _, number = announcements.last_identifier.rpartition("-")
    # Where the clock was set back, the later day goes on.
    goes_on = last_day >= day and number.isdecimal()
    identifier = f"{last_day}-{int(number) + 1}" if goes_on else f"{day}-1"
    return replace(announcements, last_identifier=identifier), identifier
