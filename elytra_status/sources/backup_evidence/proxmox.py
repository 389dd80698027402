# SPDX-License-Identifier: MIT
"""Proxmox Backup Server: what `proxmox-backup-client snapshot list` prints.

It is called with `--output-format json`. A series is a backup group in Proxmox' sense: type and id. The list names
neither datastore nor namespace, so that each of them needs a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence.kind import (
    BackupOutcome,
    BackupSeries,
    Evidence,
    EvidenceKind,
    EvidenceRules,
    Identity,
    Run,
    series_of_list,
)
from elytra_status.sources.backup_evidence.text import written_name
from elytra_status.system.clock import moment_of

# The server writes this file when a backup is complete.
_INDEX = "index.json.blob"


def _read(least_bytes: int, evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield the snapshots of each backup group.

    A snapshot without an index is under way, or was broken off.
    """

    def read(snapshot: Any) -> tuple[Identity, Run | None]:
        identity = (written_name(snapshot["backup-type"]), written_name(snapshot["backup-id"]))
        is_whole = any(file["filename"] == _INDEX for file in snapshot["files"])
        return identity, _run(snapshot, least_bytes) if is_whole else None

    yield from series_of_list(
        evidence,
        read,
        "the backup group holds no finished snapshot",
        "the datastore or namespace holds no snapshot",
    )


def _run(snapshot: Any, least_bytes: int) -> Run:
    """Return a backup, dated by its beginning: the list does not say when it ended."""
    began = moment_of(snapshot["backup-time"])
    if (snapshot.get("verification") or {}).get("state") == "failed":
        return Run(began, BackupOutcome.FAILED, "the server found the last snapshot damaged when it verified it")
    size = snapshot.get("size")
    if size is not None and int(size) < least_bytes:
        return Run(began, BackupOutcome.FAILED, "the last backup is smaller than BACKUP_MIN_BYTES")
    return Run(began)


def _rules(settings: Settings) -> EvidenceRules:
    return EvidenceRules(partial(_read, settings.backup_min_bytes))


KIND = EvidenceKind("backup_proxmox", "BACKUP_PROXMOX", _rules)
