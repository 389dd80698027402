# SPDX-License-Identifier: MIT
"""borg: what `borgmatic list --json` or `borg list --json` prints.

A series consists of the archives of one repository whose names differ only by their date.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from elytra_status.settings import Settings, kinds
from elytra_status.sources.backup_evidence.kind import BackupSeries, Evidence, EvidenceKind, EvidenceRules, Run, job_of
from elytra_status.sources.backup_evidence.text import without_date, written_moment, written_name

# The suffix of an incomplete archive, which borg keeps after an interruption.
_CHECKPOINT = ".checkpoint"
# The exit statuses of borg for warnings. Since 1.4 they say which warning it was.
_WARNINGS = frozenset({1, *range(100, 128)})
# No time zone is further ahead of UTC. A time that borg 1 wrote there is that much older than it seems.
_FURTHEST_AHEAD = timedelta(hours=14)
_NO_ZONE = (
    "borg 1 writes times without a zone, and these can be another machine's, so they count as 14 hours older"
    " (write the list with TZ=UTC borg list --json, and set BACKUP_BORG_TIMEZONE to UTC)"
)


def _read(zone: tzinfo | None, evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield each repository's series of archives.

    `zone` is that of times without one.
    """
    # borgmatic prints a list. Its exit status is 1 for any error, and 0 even if borg warned.
    job, why = job_of(evidence, frozenset() if isinstance(evidence.value, list) else _WARNINGS)
    repositories = evidence.value if isinstance(evidence.value, list) else [evidence.value]
    for repository in repositories:
        location = written_name(repository["repository"]["location"])
        runs: dict[str, list[Run]] = {}
        for archive in repository["archives"]:
            if _CHECKPOINT not in archive["name"]:
                runs.setdefault(without_date(archive["name"]), []).append(Run(_in_utc(_ended(archive), zone)))
        warning = _NO_ZONE if zone is None and any(_ended(one).tzinfo is None for one in repository["archives"]) else ""
        for series, its_runs in runs.items():
            identity = (location, series or "(date)")
            yield BackupSeries(identity, tuple(its_runs), job=job, job_reason=why, former=location, warning=warning)
        if not runs:
            reason = "the repository holds no archive"
            yield BackupSeries((location,), reason=reason, job=job, job_reason=why, former=location)
    if not repositories:
        yield BackupSeries((), reason="the list holds no repository", job=job, job_reason=why)


def _ended(archive: Any) -> datetime:
    return written_moment(archive.get("end") or archive.get("time") or archive["start"])


def _in_utc(written: datetime, zone: tzinfo | None) -> datetime:
    """Return a time in UTC.

    A time in an unknown zone becomes the earliest that it can be.
    """
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    if zone is None:
        return written.replace(tzinfo=UTC) - _FURTHEST_AHEAD
    return written.replace(tzinfo=zone).astimezone(UTC)


def _rules(settings: Settings) -> EvidenceRules:
    zone = kinds.timezone(settings.backup_borg_timezone) if settings.backup_borg_timezone else None
    return EvidenceRules(partial(_read, zone))


KIND = EvidenceKind("backup_borg", "BACKUP_BORG", _rules)
