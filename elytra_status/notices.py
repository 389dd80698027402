# SPDX-License-Identifier: MIT
"""What is said to the public beside the status, in sentences. Pure."""

from __future__ import annotations

from elytra_status.announcements.override import in_force
from elytra_status.model import Facts, Notice, State

MAINTENANCE_TEXT = "Maintenance is in progress."


def notices(facts: Facts) -> tuple[Notice, ...]:
    """Return what visitors should read, the most important first."""
    found = []
    if override := in_force(facts.announcements, facts.now):
        found.append(Notice("override", override.note, override.since, override.until))
    monitors = [monitor for report in facts.reports if not report.problem for monitor in report.monitors]
    in_maintenance = [monitor for monitor in monitors if monitor.state is State.MAINTENANCE]
    if in_maintenance:
        began = [monitor.since for monitor in in_maintenance if monitor.since]
        found.append(Notice("maintenance", MAINTENANCE_TEXT, since=min(began, default=None)))
    return tuple(found)
