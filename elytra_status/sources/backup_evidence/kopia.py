# SPDX-License-Identifier: MIT
"""kopia: what `kopia snapshot list --json` prints for all hosts and users.

A series is a source in kopia's sense: host, user and path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from elytra_status.sources.backup_evidence.text import parse_time, written_name

# kopia saves such a snapshot every 45 minutes while it makes a backup, so it does not mark an end.
_CHECKPOINT = "checkpoint"
# The other reasons that kopia gives for an incomplete snapshot.
_REASONS = ("canceled", "limit reached")
# kopia counts sockets and other special files among the ignored errors, and lists the first ten errors.
_NO_FILE = "unknown or unsupported entry type"


def _read(least_bytes: int, evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield the snapshots of each source."""

    def read(snapshot: Any) -> tuple[Identity, Run | None]:
        source = snapshot["source"]
        identity = tuple(written_name(source[part]) for part in ("host", "userName", "path"))
        is_checkpoint = snapshot.get("incomplete") == _CHECKPOINT
        return identity, None if is_checkpoint else _run(snapshot, least_bytes)

    yield from series_of_list(
        evidence, read, "the source holds no complete snapshot", "the repository holds no snapshot"
    )


def _run(snapshot: Any, least_bytes: int) -> Run:
    ended = parse_time(snapshot.get("endTime") or snapshot["startTime"])
    if incomplete := snapshot.get("incomplete"):
        because = f": {incomplete}" if incomplete in _REASONS else ""
        return Run(ended, BackupOutcome.FAILED, f"the last snapshot is incomplete{because}")
    root, stats = snapshot.get("rootEntry") or {}, snapshot.get("stats") or {}
    summary = root.get("summ") or {}
    if max(int(summary.get("numFailed", 0)), int(stats.get("errorCount", 0))):
        return Run(ended, BackupOutcome.FAILED, "kopia could not read all files for the last snapshot")
    # --json omits `stats`, and the source of a single file has no `summ`.
    sizes = (summary.get("size"), stats.get("totalSize"), root.get("size"))
    size = next((int(each) for each in sizes if each is not None), None)
    if size is not None and size < least_bytes:
        return Run(ended, BackupOutcome.FAILED, "the last backup is smaller than BACKUP_MIN_BYTES")
    if _ignored(summary, stats):
        return Run(ended, BackupOutcome.WARNING, "kopia ignored errors in the last snapshot")
    return Run(ended)


def _ignored(summary: Mapping[str, Any], stats: Mapping[str, Any]) -> bool:
    """Whether kopia ignored errors, except for special files, which nobody backs up."""
    count = max(int(summary.get("numIgnoredErrors", 0)), int(stats.get("ignoredErrorCount", 0)))
    harmless = sum(_NO_FILE in str(one.get("error")) for one in summary.get("errors") or ())
    return count > harmless


def _rules(settings: Settings) -> EvidenceRules:
    return EvidenceRules(partial(_read, settings.backup_min_bytes))


KIND = EvidenceKind("backup_kopia", "BACKUP_KOPIA", _rules)
