# SPDX-License-Identifier: MIT
"""Evidence that backup jobs leave in files and objects: one module for each kind.

To add a kind, write a module with a `KIND`, and name it here with the setting of its location.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from elytra_status.settings import Settings, kinds

if TYPE_CHECKING:
    from elytra_status.sources.backup_evidence.kind import EvidenceKind
    from elytra_status.sources.source import Source

KINDS = {
    "manifest": "backup_manifest",
    "ansible": "backup_ansible",
    "restic": "backup_restic",
    "borg": "backup_borg",
    "pgbackrest": "backup_pgbackrest",
    "kopia": "backup_kopia",
    "proxmox": "backup_proxmox",
}


def sources(settings: Settings) -> list[Source]:
    """Return a source for each kind of evidence that has a location in the settings."""
    locations = {name: getattr(settings, setting) for name, setting in KINDS.items()}
    found = (_source(kind_of(name), location, settings) for name, location in locations.items() if location is not None)
    return [source for source in found if source]


def kind_of(name: str) -> EvidenceKind:
    """Return the kind of evidence whose module has this name."""
    kind: EvidenceKind = import_module(f"{__name__}.{name}").KIND
    return kind


def _source(kind: EvidenceKind, location: str, settings: Settings) -> Source | None:
    """Return a source of this kind, None without the account for its bucket."""
    from elytra_status.sources.backup_evidence import files, objects
    from elytra_status.sources.backup_evidence.kind import ConfiguredEvidence
    from elytra_status.sources.backups_s3.spaces_backups import backup_account

    evidence = ConfiguredEvidence(
        kind.name,
        kind.setting,
        location,
        kind.rules(settings),
        late_after=timedelta(hours=settings.backup_max_age_hours),
        failed_after=timedelta(hours=settings.backup_failed_age_hours),
    )
    where = kinds.in_bucket(location)
    if where is None:
        return files.source(evidence)
    account = backup_account(settings)
    return objects.source(evidence, account, where) if account else None
