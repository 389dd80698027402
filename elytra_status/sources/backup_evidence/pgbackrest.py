# SPDX-License-Identifier: MIT
"""pgBackRest: what `pgbackrest info --output=json` prints.

A series is a stanza in one repository (repo-key).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from elytra_status.sources.backup_evidence.kind import (
    BackupOutcome,
    BackupSeries,
    Evidence,
    EvidenceKind,
    EvidenceRules,
    Run,
    job_of,
)
from elytra_status.sources.backup_evidence.text import written_name
from elytra_status.system.clock import moment_of

# No stanza path, no valid backup, no stanza data: there is no backup.
_NOTHING = (1, 2, 3)
# A stanza has this code if its repositories differ: each then has a code of its own.
_MIXED = 4
# The only repository that versions before 2.32 have.
_FIRST = 1


def _read(evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield the backups of each stanza, by repository."""
    if not isinstance(evidence.value, list):
        raise ValueError
    job, why = job_of(evidence)
    for stanza in evidence.value:
        name, statuses = written_name(stanza["name"]), _statuses(stanza)
        backups = [(backup.get("database", {}).get("repo-key", _FIRST), backup) for backup in stanza["backup"]]
        for key in sorted({*statuses, *(key for key, _ in backups)}):
            runs = tuple(_run(backup) for its_key, backup in backups if its_key == key)
            code = statuses.get(key, 0)
            reason = "" if runs else _why_nothing(code)
            bad, bad_why = job, why
            if runs and code and job is not BackupOutcome.FAILED:
                bad, bad_why = BackupOutcome.FAILED, f"pgBackRest reports status {code} for this repository"
            yield BackupSeries((name, f"repo{key}"), runs, reason, bad, bad_why, former=name)
    if not evidence.value:
        yield BackupSeries((), reason="the list holds no stanza", job=job, job_reason=why)


def _statuses(stanza: Any) -> dict[int, int]:
    """Return the status code of each repository.

    A repository without a code has that of its stanza.
    """
    overall = int(stanza["status"]["code"])
    found = {}
    for repository in stanza.get("repo") or [{"key": _FIRST}]:
        status = repository.get("status") or stanza["status"]
        found[int(repository["key"])] = int(status["code"])
    if overall not in (0, _MIXED) and not any(found.values()):
        return dict.fromkeys(found, overall)
    return found


def _why_nothing(code: int) -> str:
    if code in (0, *_NOTHING):
        return "the stanza holds no backup in this repository"
    return f"pgBackRest reports status {code} for this repository"


def _run(backup: Any) -> Run:
    ended = moment_of(backup["timestamp"]["stop"])
    if backup.get("error"):
        # The backup exists but is not reliable.
        return Run(ended, BackupOutcome.FAILED, "pgBackRest found pages with wrong checksums in the last backup")
    return Run(ended)


KIND = EvidenceKind("backup_pgbackrest", "BACKUP_PGBACKREST", lambda settings: EvidenceRules(_read))
