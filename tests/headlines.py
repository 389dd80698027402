# SPDX-License-Identifier: MIT
"""A publication for each code of the headline, and the appearance that all documents must give it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from elytra_status.documents import Publication, PublicComponent
from elytra_status.model import (
    Announcements,
    Backups,
    BackupStatus,
    Impact,
    Incident,
    IncidentUpdate,
    Maintenance,
    PlatformStatus,
)
from tests.published import HOUR, NOW, concluded, published

# By code: platform_status, appearance, and indicator of Statuspage. The tests of the parts for Next.js read it too.
APPEARANCES: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "fixtures" / "appearances.json").read_text("utf-8")
)
_BACKUPS = {
    "backups_failed": BackupStatus.FAILED,
    "backups_delayed": BackupStatus.WARNING,
    "backups_unknown": BackupStatus.UNKNOWN,
}


def headlined(code: str, now: datetime = NOW) -> Publication:
    """Return a publication in which nothing is wrong but what the headline of this code is about."""
    status = PlatformStatus(APPEARANCES[code]["platform_status"])
    given = published(status, rule="maintenance" if code == "maintenance" else "some-down")
    mail = PlatformStatus.OUTAGE if code == "component_not_operational" else PlatformStatus.OPERATIONAL
    backups = Backups(_BACKUPS.get(code, BackupStatus.SUCCESS), watched=code != "backups_not_watched")
    incident = Incident("2025-11-10-1", now - HOUR, (IncidentUpdate(now - HOUR, "Slow."),), impact=Impact.CRITICAL)
    window = Maintenance("2025-11-10-2", "A new switch.", now - HOUR, now + HOUR)
    announcements = Announcements(
        maintenance=(window,) if code == "maintenance" else (),
        incidents=(incident,) if code == "open_incident" else (),
    )
    return concluded(
        replace(
            given,
            now=now,
            decision=replace(given.decision, backups=backups),
            components=(PublicComponent("Mail", mail), PublicComponent("Websites", PlatformStatus.OPERATIONAL)),
            announcements=announcements,
            changes=(),
        )
    )
