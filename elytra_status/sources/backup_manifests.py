# SPDX-License-Identifier: MIT
"""Manifests: a JSON object for each backup, written by whatever makes it.

{"group": "client-7", "key": "client-7/2025-11-10.sql.gz", "finished_at": "2025-11-10T02:03:11Z",
 "exit_status": 0, "size": 73400320, "sha256": "9f86d081…"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from elytra_status.settings import Settings
from elytra_status.sources.backup_files import File, Run, moment, source
from elytra_status.sources.source import Source

NAME = "backup_manifests"
# The group of a backup that names none.
ALL = "(all)"
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def sources(settings: Settings) -> list[Source]:
    """Return the manifests, where the settings name them."""
    return source(NAME, "BACKUP_MANIFEST", settings.backup_manifest, lambda file: _runs(file, settings))


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
    if not isinstance(entry["key"], str) or not entry["key"]:
        raise ValueError
    return Run(str(entry.get("group") or ALL), moment(entry["finished_at"]), is_good)
