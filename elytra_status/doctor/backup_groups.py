# SPDX-License-Identifier: MIT
"""Check the age of the newest backup of each group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from elytra_status.decision.ended_groups import ended_in_words, way_out
from elytra_status.decision.missing_groups import LOST
from elytra_status.decision.rules import Rules
from elytra_status.doctor.finding import Finding, fault, ok, skipped, warning
from elytra_status.model import BackupGroup, BackupStatus, Decision, Report, number_of
from elytra_status.sources.backup_evidence.report import UNUSABLE
from elytra_status.sources.backups_s3.layout import ALL
from elytra_status.sources.backups_s3.report import NOT_KNOWN_YET
from elytra_status.system.clock import for_people

# Further groups are counted. The worst have been named.
MOST_NAMED = 10


def groups(report: Report, decision: Decision, now: datetime, rules: Rules) -> Iterator[Finding]:
    """Yield the groups of a source that are not fresh, worst first, and a total."""
    decided = decision.groups_of(report.source)
    judged = [(number, one.group, one.status) for number, one in enumerate(decided, 1)]
    # A warning reports files that cannot be used, and groups of which too little is known yet.
    reported = (UNUSABLE, NOT_KNOWN_YET)
    bad = [one for one in judged if not _is_fresh(one[1], one[2]) and one[1].name not in reported]
    bad.sort(key=lambda one: (one[1].newest is not None, one[1].newest, one[0]))
    for number, group, status in bad[:MOST_NAMED]:
        finding = _not_fresh(f"group {number} of {len(judged)}", group, status, now, rules)
        # A single group of all backups has no name of its own.
        yield replace(finding, name=report.source, label="") if group.name == ALL else finding
    if len(bad) > MOST_NAMED:
        more = number_of(len(bad) - MOST_NAMED, "more group", "is", "are")
        yield fault(report.source, f"{more} not fresh", "see the first of them")
    fresh = [group.newest for _, group, status in judged if _is_fresh(group, status) and group.newest]
    if fresh:
        oldest, newest = (for_people((now - moment).total_seconds()) for moment in (min(fresh), max(fresh)))
        many = f"{len(fresh)} of {len(judged)} groups are fresh, with backups" if len(judged) > 1 else "the newest is"
        ages = f"{oldest} old" if oldest == newest else f"{newest} to {oldest} old"
        yield ok(report.source, f"{many} {ages}, listed in {report.seconds:.1f} s")
    if words := ended_in_words(report):
        yield skipped(report.source, f"groups that do not count: {words} (elytra-status backups list)")


def _is_fresh(group: BackupGroup, status: BackupStatus) -> bool:
    return status is BackupStatus.SUCCESS and group.missing_since is None


def _not_fresh(name: str, group: BackupGroup, status: BackupStatus, now: datetime, rules: Rules) -> Finding:
    label = f"group {group.name}"
    age = for_people((now - group.newest).total_seconds()) if group.newest else ""
    if group.missing_since:
        missing = f"is missing from the evidence for {for_people((now - group.missing_since).total_seconds())}"
        last = "its last run failed" if group.failed else f"its last backup is {age} old" if age else "it had no backup"
        make = fault if status is BackupStatus.FAILED else warning
        finding = make(name, f"{missing}; {last}", _with_end("see whether its job still runs", group))
        return replace(finding, label=label)
    if group.failed:
        before = f"the newest good backup is {age} old" if age else "there is no good backup"
        why = group.reason or "the last run of its job failed"
        finding = fault(name, f"{why}; {before}", "see the log of its backup job")
        return replace(finding, label=label)
    if group.newest is None and group.reason:
        finding = fault(name, group.reason, _with_end("see the log of its backup job", group))
        return replace(finding, label=label)
    if group.newest is None:
        finding = fault(name, "holds no backup", _with_end("see BACKUP_PATTERN and BACKUP_MIN_BYTES", group))
        return replace(finding, label=label)
    if group.warned and status is BackupStatus.WARNING and now - group.newest < rules.backup_success_within:
        finding = warning(name, f"{group.reason}; the newest backup is {age} old", "see the log of its backup job")
        return replace(finding, label=label)
    limit = for_people(rules.backup_success_within.total_seconds())
    make = fault if status is BackupStatus.FAILED else warning
    finding = make(
        name, f"the newest backup is {age} old (at most {limit})", _with_end("see the log of its backup job", group)
    )
    return replace(finding, label=label)


def _with_end(remedy: str, group: BackupGroup) -> str:
    """Return the remedy for a group, and how to end it."""
    return way_out(group) if group.name == LOST else "; ".join(filter(None, (remedy, way_out(group))))
