# SPDX-License-Identifier: MIT
"""What is said to the public beside the status, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from elytra_status.model import Facts, Monitor, Notice, State

MAINTENANCE_TEXT = "Maintenance is in progress."


def notices(facts: Facts, monitors: Iterable[Monitor]) -> tuple[Notice, ...]:
    """Return what visitors should read, the most important first."""
    found = []
    override = facts.announcements.override
    if override and facts.now < override.until:
        found.append(Notice("override", override.note, override.since, override.until))
    in_maintenance = [monitor for monitor in monitors if monitor.state is State.MAINTENANCE]
    if in_maintenance:
        began = [monitor.since for monitor in in_maintenance if monitor.since]
        found.append(Notice("maintenance", MAINTENANCE_TEXT, since=min(began, default=None)))
    return tuple(found)
