# SPDX-License-Identifier: MIT
"""Evidence that backup jobs leave in files and objects: one module for each kind.

To add a kind, write a module with a `KIND` and name it here.
"""

from __future__ import annotations

from elytra_status.settings import Settings, kinds
from elytra_status.sources.backup_evidence import (
    ansible,
    borg,
    files,
    kopia,
    manifest,
    objects,
    pgbackrest,
    proxmox,
    restic,
)
from elytra_status.sources.source import Source

KINDS = (
    *(manifest.KIND, ansible.KIND, restic.KIND, borg.KIND, pgbackrest.KIND),
    *(kopia.KIND, proxmox.KIND),
)


def sources(settings: Settings) -> list[Source]:
    """Return a source for each kind of evidence that has a location in the settings."""
    found = []
    for kind in KINDS:
        place = getattr(settings, kind.setting.lower())
        if place is None:
            continue
        bucket = kinds.in_bucket(place)
        found.append(objects.source(kind, bucket, settings) if bucket else files.source(kind, settings))
    return found
