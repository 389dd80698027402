# SPDX-License-Identifier: MIT
"""Texts of the page that sections share or that are long, and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from elytra_status.model import BackupStatus, PlatformStatus, number_of

SKIP = "Skip to the status"
SUBSCRIBE = "Subscribe"
LINKS = "Links"
OTHER_FORMS = "Other forms of this page"
DAYS_HEADING = "Every day in figures"
NO_INCIDENTS = "No incidents"
ALL_PAST = "All incidents and maintenance"
NO_EVENTS = "No downtime, maintenance or incident."
PLATFORM = "The platform"
CONCERNS = "Concerns "
NOT_RECORDED = "There is no record of the past days yet."
DAYS_CAPTION = (
    "UTC days with downtime, maintenance or an incident. Of several monitors together, times are the mean. A day"
    " without evidence is one of which less than half was observed."
)
WINDOWS = {"last_24h": "24 hours", "last_7d": "7 days", "last_30d": "30 days", "last_90d": "90 days"}
# The appearance and the text of each status of the backups.
BACKUPS = {
    BackupStatus.SUCCESS: (PlatformStatus.OPERATIONAL, "Up to date"),
    BackupStatus.WARNING: (PlatformStatus.DEGRADED, "Late"),
    BackupStatus.FAILED: (PlatformStatus.OUTAGE, "Failed"),
    BackupStatus.UNKNOWN: (PlatformStatus.UNKNOWN, "Unknown"),
}
# The steps in which the chart draws the downtime of a day: each is the first number of seconds of the next step. Thirty
# seconds must not look like three hours.
STEPS = ((60, "under 1 min"), (600, "under 10 min"), (3600, "under 1 h"), (6 * 3600, "under 6 h"))
LAST_STEP = "6 h or more"


def percent_text(ratio: Fraction) -> str:
    """Return a ratio in percent with three decimals, cut off and not rounded.

    All figures have the same number of decimals, so that they line up.
    """
    return f"{int(ratio * 100_000) / 1000:.3f}%"


def duration(seconds: float) -> str:
    """Return a duration in its two largest units: 30 s, 12 min, 3 h 5 min, 2 d 4 h."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86400
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def chart_in_words(days: int, down: int, unknown: int) -> str:
    """Return a description of a chart for screen readers."""
    up = days - unknown - down
    return f"{number_of(days, 'day')}: {up} without downtime, {down} with, {unknown} without evidence"


def joints(count: int) -> Sequence[str]:
    """Return the separators of so many names: commas, and " and " before the last."""
    return [", "] * (count - 2) + [" and "] * (count > 1)


def and_more(count: int) -> str:
    """Return the end of a list of names that is not complete."""
    return f"{count} more"
