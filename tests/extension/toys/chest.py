# SPDX-License-Identifier: MIT
"""A toy kind of backup evidence: chests, and when each was locked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from elytra_status.sources.backup_evidence.kind import (
    BackupSeries,
    Evidence,
    EvidenceKind,
    EvidenceRules,
    Identity,
    Run,
    series_of_list,
)
from elytra_status.sources.backup_evidence.text import parse_time


def _read(evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield a series for each chest."""

    def read(entry: Any) -> tuple[Identity, Run | None]:
        return (str(entry["chest"]),), Run(parse_time(entry["locked"]))

    yield from series_of_list(evidence, read, "the chest was never locked", "there is no chest")


KIND = EvidenceKind("backup_chest", "BACKUP_CHEST", lambda settings: EvidenceRules(_read))
