# SPDX-License-Identifier: MIT
"""Merge series from several files into backup groups. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from elytra_status.decision.missing_groups import Before, SavedGroup
from elytra_status.model import CLOCK_SKEW, BackupGroup
from elytra_status.sources.backup_evidence.kind import (
    SEVERITY,
    BackupOutcome,
    BackupSeries,
    EvidenceRules,
    Identity,
    Run,
)
from elytra_status.sources.backup_evidence.names import identity_of, name_of, private_words, saved_key


@dataclass(frozen=True)
class Placed:
    """A series, the label of its file, and when that file was written."""

    label: str
    modified: datetime
    series: BackupSeries

    @property
    def identity(self) -> Identity:
        """Return what identifies the series within the source."""
        return (self.label if self.series.is_of_file else "", *self.series.identity)


@dataclass(frozen=True)
class FoundGroup:
    """A group as the evidence shows it. `last` is its last run."""

    identity: Identity
    group: BackupGroup
    last: Run | None
    formers: frozenset[str] = frozenset()


def groups_of(placed: Iterable[Placed], before: Before, now: datetime) -> list[FoundGroup]:
    """Return the groups of the evidence.

    A run that is dated in the future is no evidence. A run that made no backup is a failure if the group had one
    `before`, in evidence or saved state.
    """
    together: dict[Identity, list[Placed]] = {}
    for one in placed:
        together.setdefault(one.identity, []).append(one)
    return [_group(identity, parts, before, now) for identity, parts in together.items()]


def _group(identity: Identity, parts: list[Placed], before: Before, now: datetime) -> FoundGroup:
    runs = [run for part in parts for run in part.series.runs if run.ended <= now + CLOCK_SKEW]
    newest = max(
        (run.ended for run in runs if run.outcome in (BackupOutcome.GOOD, BackupOutcome.WARNING)), default=None
    )
    last = max(runs, key=_order, default=None)
    job = max(parts, key=lambda part: max((run.ended for run in part.series.runs), default=part.modified)).series
    outcomes = {job.job, last.outcome if last else BackupOutcome.GOOD}
    formers = frozenset(part.series.former for part in parts) - {""}
    key = saved_key(identity)
    failed = BackupOutcome.FAILED in outcomes
    reason = job.job_reason or (last.reason if last else "")
    if newest is None and (failed or BackupOutcome.NOTHING in outcomes):
        newest = before.newest(key, formers)
    if BackupOutcome.NOTHING in outcomes and newest:
        failed = True
    if not runs and not reason:
        is_ahead = any(part.series.runs for part in parts)
        reason = "every backup is dated in the future" if is_ahead else parts[-1].series.reason
    group = BackupGroup(
        name_of(identity),
        newest,
        failed,
        warned=BackupOutcome.WARNING in outcomes,
        reason=reason or job.warning,
        key=key,
        private_words=private_words(identity),
    )
    return FoundGroup(identity, group, last, formers)


def _order(run: Run) -> tuple[datetime, int]:
    return run.ended, SEVERITY.index(run.outcome)


def supersedes(rules: EvidenceRules, new: FoundGroup, old: Identity, old_last: datetime | None) -> bool:
    """Whether a group's good backup supersedes another group's older backup."""
    if new.identity[:1] != old[:1] or not rules.covers(new.identity[1:], old[1:]):
        return False
    return old_last is None or (new.group.newest is not None and new.group.newest >= old_last)


def counting(rules: EvidenceRules, found: list[FoundGroup]) -> list[FoundGroup]:
    """Return the groups that no later backup of another group supersedes."""
    # A group is covered only by one with the same first part of the identity, unless its file named no group. To
    # compare each of 10,000 groups with every other would take minutes.
    near: dict[Identity, list[FoundGroup]] = {}
    for one in found:
        for length in {1, min(2, len(one.identity))}:
            near.setdefault(one.identity[:length], []).append(one)
    return [
        one
        for one in found
        if not any(
            supersedes(rules, other, one.identity, one.last.ended if one.last else None)
            for other in near[one.identity[:2]]
        )
    ]


def still_missing(
    rules: EvidenceRules, kept: Iterable[SavedGroup], found: list[FoundGroup], labels: Collection[str]
) -> list[SavedGroup]:
    """Return the saved groups that nothing in the evidence supersedes.

    They have their private words. `labels` are the labels of files with groups: such a file is no longer a group of its
    own.
    """
    left = []
    for one in kept:
        identity = identity_of(one.group.key)
        if identity and any(supersedes(rules, other, identity, one.group.newest) for other in found):
            continue
        if len(identity) == 1 and identity[0] in labels and one.group.newest is None and not one.group.failed:
            continue
        words = private_words(identity or (one.group.name,))
        left.append(replace(one, group=replace(one.group, private_words=words)))
    return left


def with_ways_out(rules: EvidenceRules, groups: Sequence[BackupGroup], late_from: datetime) -> list[BackupGroup]:
    """Return groups with ways to end those that are too old or missing, if known.

    A group is too old if it has no backup after `late_from`.
    """
    newest: dict[str | tuple[str, ...], dict[Identity, datetime]] = {}
    for group in groups:
        if group.newest and (identity := identity_of(group.key)):
            newest.setdefault(identity[0], {})[identity[1:]] = group.newest
    ways_out = {label: rules.ways_out(of_file) for label, of_file in newest.items()}

    def way_out(group: BackupGroup) -> str:
        identity = identity_of(group.key)
        if not identity or group.newest is None or (group.newest > late_from and not group.missing_since):
            return group.way_out
        return ways_out[identity[0]].get(identity[1:], "")

    return [replace(group, way_out=way_out(group)) for group in groups]
