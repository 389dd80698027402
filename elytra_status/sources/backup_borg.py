# SPDX-License-Identifier: MIT
"""Backups made by borg: what `borgmatic list --json` or `borg list --json` prints; a group for each repository."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status.settings import Settings
from elytra_status.sources.backup_files import File, Run, moment, source
from elytra_status.sources.source import Source

NAME = "backup_borg"
# borg names so what it has made of a backup up to an interruption.
_CHECKPOINT = ".checkpoint"


def sources(settings: Settings) -> list[Source]:
    """Return borg's archives, where the settings name them."""
    return source(NAME, "BACKUP_BORG", settings, _runs)


def _runs(file: File) -> Iterator[Run]:
    """Yield the archives. borg writes times of this machine's zone, without naming it."""
    for repository in file.value if isinstance(file.value, list) else [file.value]:
        for archive in repository["archives"]:
            if _CHECKPOINT not in archive["name"]:
                yield Run(repository["repository"]["location"], moment(archive.get("time") or archive["start"]), True)
