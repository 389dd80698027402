# SPDX-License-Identifier: MIT
"""restic: what `restic snapshots --json` prints.

A series is a host and its paths, or what BACKUP_RESTIC_GROUP_BY says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
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
    begins_with,
    job_of,
)
from elytra_status.sources.backup_evidence.text import parse_time, written_name

# The exit status of `restic backup` if it could not read everything. It makes a snapshot nevertheless.
_INCOMPLETE = 3
_HOST_AND_PATHS = "host,paths"


def _read(group_by: str, least_bytes: int, evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield the series of snapshots.

    restic makes no snapshot if a backup does not finish.
    """
    if not isinstance(evidence.value, list):
        raise ValueError
    job, why = job_of(evidence)
    parts = group_by.split(",")
    found: dict[tuple[Identity, str], list[tuple[datetime, Any]]] = {}
    for snapshot in evidence.value:
        paths = tuple(sorted(map(written_name, snapshot["paths"])))
        values: dict[str, str | tuple[str, ...]] = {
            "host": written_name(snapshot["hostname"]),
            "paths": paths,
            "tag": tuple(sorted(map(written_name, snapshot.get("tags") or ()))),
        }
        key = tuple(values[part] for part in parts), f"{snapshot['hostname']}:{','.join(paths)}"
        found.setdefault(key, []).append((_ended(snapshot), snapshot))
    last = max((ended for snapshots in found.values() for ended, _ in snapshots), default=None)
    for (identity, former), snapshots in found.items():
        runs = tuple(
            Run(ended, BackupOutcome.FAILED, why)
            if ended == last and evidence.exit_status == _INCOMPLETE
            else _run(ended, snapshot, least_bytes)
            for ended, snapshot in snapshots
        )
        yield BackupSeries(identity, runs, job=job, job_reason=why, former=former)
    if not found:
        yield BackupSeries((), reason="the repository holds no snapshot", job=job, job_reason=why)


def _ended(snapshot: Any) -> datetime:
    """Return when a backup ended.

    restic 0.17 and later say how long it took. `time` may have been set by --time.
    """
    summary = snapshot.get("summary") or {}
    began = parse_time(snapshot["time"])
    if "backup_start" not in summary or "backup_end" not in summary:
        return began
    return began + max(parse_time(summary["backup_end"]) - parse_time(summary["backup_start"]), began - began)


def _run(ended: datetime, snapshot: Any, least_bytes: int) -> Run:
    size = (snapshot.get("summary") or {}).get("total_bytes_processed")
    if size is not None and int(size) < least_bytes:
        return Run(ended, BackupOutcome.FAILED, "the last backup is smaller than BACKUP_MIN_BYTES")
    return Run(ended)


def _ways_out(group_by: str, newest: Mapping[Identity, datetime]) -> dict[Identity, str]:
    """Return how to end groups that have a successor.

    Their host was renamed, or their paths were edited.
    """
    if group_by not in (_HOST_AND_PATHS, "host,tag"):
        return {}
    # Saved state may hold groups by another setting of BACKUP_RESTIC_GROUP_BY.
    newest = {identity: ended for identity, ended in newest.items() if len(identity) == 2}
    latest: dict[tuple[int, str | tuple[str, ...]], datetime] = {}
    for identity, ended in newest.items():
        for position, part in enumerate(identity):
            latest[position, part] = max(latest.get((position, part), ended), ended)
    found = {}
    for identity, ended in newest.items():
        if latest[1, identity[1]] > ended:
            found[identity] = (
                "another host has a later snapshot of the same kind: if hosts have a new name each time, set"
                f" BACKUP_RESTIC_GROUP_BY={group_by.partition(',')[2]}; if the host no longer exists,"
                " elytra-status backups retire GROUP"
            )
        elif group_by == _HOST_AND_PATHS and latest[0, identity[0]] > ended:
            found[identity] = (
                "the host has a later snapshot of other paths: if its paths were edited, elytra-status backups retire"
                " GROUP; if they differ each time, set BACKUP_RESTIC_GROUP_BY=host"
            )
    return found


def _covers(group_by: str, new: Identity, old: Identity) -> bool:
    """Whether a snapshot of a host contains all the paths of another one.

    It also does so if both are one group by another setting.
    """
    if begins_with(new, old):
        return True
    shorter, longer = sorted((new, old), key=len)
    if (len(shorter), len(longer)) == (1, 2):
        return shorter[0] in longer
    # Tags are not paths: a snapshot with more tags does not contain more.
    if group_by != _HOST_AND_PATHS or not len(new) == len(old) == 2 or new[0] != old[0]:
        return False
    return isinstance(new[1], tuple) and isinstance(old[1], tuple) and set(new[1]) > set(old[1])


def _rules(settings: Settings) -> EvidenceRules:
    by = settings.backup_restic_group_by
    return EvidenceRules(partial(_read, by, settings.backup_min_bytes), partial(_covers, by), partial(_ways_out, by))


KIND = EvidenceKind("backup_restic", "BACKUP_RESTIC", _rules)
