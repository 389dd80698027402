# SPDX-License-Identifier: MIT
"""Summarize a decision for the administrator.

The text may hold names that must never be published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from elytra_status.decision.backup_policy import worst_backup
from elytra_status.decision.ended_groups import ended_in_words, way_out
from elytra_status.decision.headline import headline
from elytra_status.decision.uptimes import WINDOWS, percentage
from elytra_status.model import (
    MONITORS,
    BackupGroup,
    BackupStatus,
    Decision,
    GroupDecision,
    Report,
    first_entries,
    number_of,
)
from elytra_status.run.assess import Assessment
from elytra_status.system.clock import for_people, to_text

# How many reasons for a backup status are named.
_MOST_REASONS = 3
_WINDOW_WORDS = {"last_24h": "24 h", "last_7d": "7 d", "last_30d": "30 d"}


def describe(assessment: Assessment, target: str, now: datetime, again_after_seconds: int) -> str:
    """Return a summary: what would be published, and the evidence for it.

    `again_after_seconds` is CONFIRM_AFTER_SECONDS.
    """
    lines = head(assessment, now)
    lines += [f"Source    {_source(report, assessment.decision, now)}" for report in assessment.reports]
    lines += [f"Error     {line}" for report in assessment.reports for line in errors(report)]
    lines.append(f"Target    {target}: nothing was published")
    return "\n".join([*lines, *unconfirmed(assessment, again_after_seconds)])


def head(assessment: Assessment, now: datetime) -> list[str]:
    """Return what would be published, with labels in a column of ten characters."""
    decision = assessment.decision
    lines = [
        f"Headline  {headline(decision.headline, decision.components).text}",
        f"Platform  {decision.status.value}: {decision.reason}; rule {decision.rule}",
        f"Uptime    {_uptime(assessment)}",
        f"Backups   {decision.backups.status.value}{_age('newest', decision.backups.last_backup, now)}"
        f"{_age('every group covered until', decision.backups.last_successful_backup, now)}",
    ]
    return lines + [f"Notice    {notice.kind}: {notice.text}" for notice in decision.notices]


def errors(report: Report) -> list[str]:
    """Return the problems of a source that did answer."""
    lines = [f"{report.source}: {problem}" for problem in report.problems]
    return [*lines, f"{report.source} {report.unlisted}."] if report.unlisted else lines


def unconfirmed(assessment: Assessment, again_after_seconds: int) -> list[str]:
    """Return a line that announces a confirmation poll, or no line."""
    if not assessment.decision.awaits_confirmation:
        return []
    return [f"Not confirmed: a run would poll again after {again_after_seconds} s before it publishes."]


def _uptime(assessment: Assessment) -> str:
    parts = []
    for window in WINDOWS:
        ratio = getattr(assessment.decision.uptime, window)
        parts.append(f"{_WINDOW_WORDS[window]}: {'unknown' if ratio is None else f'{percentage(ratio):g}%'}")
    return ", ".join(parts)


def _age(words: str, moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    return f", {words} {for_people((now - moment).total_seconds())} ago ({to_text(moment)})"


def _source(report: Report, decision: Decision, now: datetime) -> str:
    if report.problem:
        return report.why_unavailable
    if report.about == MONITORS:
        odd = [
            f"{monitor.key} {monitor.name!r} {monitor.state.value}"
            for monitor in report.monitors
            if monitor.state != "up"
        ]
        count = number_of(len(report.monitors), "monitor")
        return f"{report.source}: {count}" + (f"; {'; '.join(odd)}" if odd else ", all up")
    groups = decision.groups_of(report.source)
    status = worst_backup(one.status for one in groups)
    newest = _age("newest", max((one.newest for one in groups if one.newest), default=None), now)
    many = number_of(len(groups), "backup group")
    many += "".join(f" ({words})" for words in [ended_in_words(report)] if words)
    return f"{report.source}: {many}, {status.value}{newest}{_reasons(groups, status)}"


def _reasons(groups: Iterable[GroupDecision], status: BackupStatus) -> str:
    """Return why the worst groups of a source have their status, and how to end them."""
    reasons = Counter(
        _reason(one.group) for one in groups if status is not BackupStatus.SUCCESS and one.status is status
    )
    words = [reason if count == 1 else f"{reason} ({count} groups)" for reason, count in reasons.most_common()]
    return "".join(f"; {reason}" for reason in first_entries(words, _MOST_REASONS))


def _reason(group: BackupGroup) -> str:
    if group.missing_since:
        why = "missing from the evidence"
    else:
        why = group.reason or ("too old" if group.newest else "no backup")
    return f"{why} ({end})" if (end := way_out(group)) and not group.failed else why
