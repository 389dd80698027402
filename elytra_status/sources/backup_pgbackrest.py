# SPDX-License-Identifier: MIT
"""Backups made by pgBackRest: what `pgbackrest info --output=json` prints; a group for each stanza."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from elytra_status.settings import Settings
from elytra_status.sources.backup_files import File, Run, source
from elytra_status.sources.source import Source

NAME = "backup_pgbackrest"


def sources(settings: Settings) -> list[Source]:
    """Return the stanzas of pgBackRest, where the settings name them."""
    return source(NAME, "BACKUP_PGBACKREST", settings, _runs)


def _runs(file: File) -> Iterator[Run]:
    """Yield the backups, and for a stanza that is not in order a failed run at the time of the file."""
    for stanza in file.value:
        for backup in stanza["backup"]:
            ended = datetime.fromtimestamp(backup["timestamp"]["stop"], UTC)
            # Pages whose checksums are wrong: the backup is there, and cannot be relied on.
            yield Run(stanza["name"], ended, not backup.get("error"))
        if stanza["status"]["code"] != 0:
            yield Run(stanza["name"], file.modified, False)
