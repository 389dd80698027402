# SPDX-License-Identifier: MIT
"""Manifests: a JSON object for each backup, written by whatever makes it.

{"group": "client-7", "key": "client-7/2025-11-10.sql.gz", "finished_at": "2025-11-10T02:03:11Z",
 "exit_status": 0, "size": 73400320, "sha256": "9f86d081…"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from elytra_status.settings import Settings, kinds
from elytra_status.sources import backup_files, backup_objects
from elytra_status.sources.backup_files import ALL, File, Run, moment
from elytra_status.sources.source import Source

NAME = "backup_manifests"
# No key in a bucket has more characters.
_LONGEST = 1024
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def sources(settings: Settings) -> list[Source]:
    """Return the manifests, where the settings name them."""
    where = kinds.in_bucket(settings.backup_manifest or "")
    if where:
        return [backup_objects.source(NAME, "BACKUP_MANIFEST", where, settings, lambda file: _runs(file, settings))]
    return backup_files.source(NAME, "BACKUP_MANIFEST", settings, lambda file: _runs(file, settings))


def _runs(file: File, settings: Settings) -> Iterator[Run]:
    for entry in file.value if isinstance(file.value, list) else [file.value]:
        yield run_of(entry, settings.backup_min_bytes)


def run_of(entry: Any, least_bytes: int) -> Run:
    """Return the run that a manifest tells of. Raise KeyError, TypeError or ValueError where it is none.

    What a manifest says of size and digest is checked for being such; one that is too small is no good backup.
    """
    status, size = entry["exit_status"], entry["size"]
    if isinstance(status, bool) or not isinstance(status, int) or isinstance(size, bool) or not isinstance(size, int):
        raise ValueError
    digest = entry.get("sha256")
    is_good = status == 0 and size >= least_bytes and (digest is None or bool(_SHA256.fullmatch(digest)))
    key, group = entry["key"], str(entry.get("group") or ALL)
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST or len(group) > _LONGEST:
        raise ValueError
    return Run(group, moment(entry["finished_at"]), is_good, key)
