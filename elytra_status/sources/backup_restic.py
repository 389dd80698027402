# SPDX-License-Identifier: MIT
"""Backups made by restic: what `restic snapshots --json` prints; a group for each host and what it backs up."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status.settings import Settings
from elytra_status.sources.backup_files import File, Run, moment, source
from elytra_status.sources.source import Source

NAME = "backup_restic"


def sources(settings: Settings) -> list[Source]:
    """Return restic's snapshots, where the settings name them."""
    return source(NAME, "BACKUP_RESTIC", settings, _runs)


def _runs(file: File) -> Iterator[Run]:
    """Yield the snapshots. restic makes none of a backup that did not come to its end."""
    if not isinstance(file.value, list):
        raise ValueError
    for snapshot in file.value:
        yield Run(f"{snapshot['hostname']}:{','.join(sorted(snapshot['paths']))}", moment(snapshot["time"]), True)
