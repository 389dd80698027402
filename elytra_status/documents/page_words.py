# SPDX-License-Identifier: MIT
"""Texts of the page that sections share or that are long."""

from __future__ import annotations

from elytra_status.locale import to_translate
from elytra_status.model import BackupStatus, PlatformStatus

SKIP = to_translate("Skip to the status")
SUBSCRIBE = to_translate("Subscribe")
LINKS = to_translate("Links")
OTHER_FORMS = to_translate("Other forms of this page")
DAYS_HEADING = to_translate("Every day in figures")
NO_INCIDENTS = to_translate("No incidents")
ALL_PAST = to_translate("All incidents and maintenance")
NO_EVENTS = to_translate("No downtime, maintenance or incident.")
NO_EVIDENCE = to_translate("No evidence")
OBSERVED = to_translate("Observed")
DOWN = to_translate("Down")
# From one day or moment to another.
SPAN = to_translate("{first} to {last}")
PLATFORM = to_translate("The platform")
CONCERNS = to_translate("Concerns {components}")
DETAILS_CHANGED = to_translate("Details changed: {moment}")
NOT_RECORDED = to_translate("There is no record of the past days yet.")
DAYS_CAPTION = to_translate(
    "UTC days with downtime, maintenance or an incident. For several monitors, times are the mean. A day"
    " without evidence is a day of which less than half was observed."
)
# A figure for each window.
WINDOWS = {
    "last_24h": to_translate("{percent} in 24 hours"),
    "last_7d": to_translate("{percent} in 7 days"),
    "last_30d": to_translate("{percent} in 30 days"),
    "last_90d": to_translate("{percent} in 90 days"),
}
# The appearance and the text of each status of the backups.
BACKUPS = {
    BackupStatus.SUCCESS: (PlatformStatus.OPERATIONAL, to_translate("Up to date")),
    BackupStatus.WARNING: (PlatformStatus.DEGRADED, to_translate("Late")),
    BackupStatus.FAILED: (PlatformStatus.OUTAGE, to_translate("Failed")),
    BackupStatus.UNKNOWN: (PlatformStatus.UNKNOWN, to_translate("Unknown")),
}
# The steps in which the chart draws the downtime of a day: each is the first number of seconds of the next step. Thirty
# seconds must not look like three hours.
STEPS = (
    (60, to_translate("Down under 1 min")),
    (600, to_translate("Down under 10 min")),
    (3600, to_translate("Down under 1 h")),
    (6 * 3600, to_translate("Down under 6 h")),
)
LAST_STEP = to_translate("Down 6 h or more")
