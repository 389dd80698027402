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
from elytra_status.sources.backups_s3.spaces_backups import backup_account
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
        where = kinds.in_bucket(place)
        if where is None:
            found.append(files.source(kind, settings))
        elif account := backup_account(settings):
            found.append(objects.source(kind, account, where, settings))
    return found
