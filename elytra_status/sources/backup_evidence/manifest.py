# SPDX-License-Identifier: MIT
"""Manifests: a JSON object for each backup, written by any program.

{"group": "client-7", "key": "client-7/2025-11-10.sql.gz", "finished_at": "2025-11-10T02:03:11Z",
 "exit_status": 0, "size": 73400320, "sha256": "9f86d081…"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from functools import partial
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence.kind import (
    BackupOutcome,
    BackupSeries,
    Evidence,
    EvidenceKind,
    EvidenceRules,
    Run,
)
from elytra_status.sources.backup_evidence.text import written_moment

# The longest key in a bucket.
_LONGEST = 1024
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_FORMER_ALL = "(all)"


def _read(least_bytes: int, evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield a series for each named group, and one for backups without a group."""
    entries = evidence.value if isinstance(evidence.value, list) else [evidence.value]
    runs: dict[str, list[Run]] = {}
    for entry in entries:
        runs.setdefault(_group(entry), []).append(_run(entry, least_bytes))
    for group, its_runs in runs.items():
        identity = (group,) if group else ()
        yield BackupSeries(identity, tuple(its_runs), is_of_file=not group, former=group or _FORMER_ALL)
    if not entries:
        yield BackupSeries((), reason="the list of manifests is empty")


def _group(entry: Any) -> str:
    group = str(entry.get("group") or "")
    if len(group) > _LONGEST:
        raise ValueError
    return group


def _run(entry: Any, least_bytes: int) -> Run:
    """Return the run that a manifest describes.

    Raise KeyError, TypeError or ValueError if it is malformed. Of size and digest only the form is checked.
    """
    status, size = entry["exit_status"], entry["size"]
    if isinstance(status, bool) or not isinstance(status, int) or isinstance(size, bool) or not isinstance(size, int):
        raise ValueError
    key, digest, ended = entry["key"], entry.get("sha256"), written_moment(entry["finished_at"])
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST:
        raise ValueError
    if ended.tzinfo is None:
        raise SourceError(
            "finished_at has no time zone", "write it as date -u +%Y-%m-%dT%H:%M:%SZ does: 2025-11-10T02:03:11Z"
        )
    ended = ended.astimezone(UTC)
    if status != 0:
        return Run(ended, BackupOutcome.FAILED, f"the last run ended with exit status {status}", key)
    if size < least_bytes:
        return Run(ended, BackupOutcome.FAILED, "the last backup is smaller than BACKUP_MIN_BYTES", key)
    if digest is not None and not _SHA256.fullmatch(digest):
        return Run(ended, BackupOutcome.FAILED, "the sha256 of the last backup is not a SHA-256 digest", key)
    return Run(ended, key=key)


def _rules(settings: Settings) -> EvidenceRules:
    return EvidenceRules(partial(_read, settings.backup_min_bytes))


KIND = EvidenceKind("backup_manifests", "BACKUP_MANIFEST", _rules)
