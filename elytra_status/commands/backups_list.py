# SPDX-License-Identifier: MIT
"""The backup groups as the evidence shows them now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from elytra_status.commands.common import Prepared
from elytra_status.decision.backup_policy import WORST_FIRST, status_of_group
from elytra_status.decision.clock_check import check_clock
from elytra_status.decision.ended_groups import Accepted, Ended, can_be_retired, short_key
from elytra_status.model import BACKUPS, BackupGroup, BackupStatus, Report
from elytra_status.net import server_dates
from elytra_status.run import poll, saved_state
from elytra_status.run.assess import policy_rules
from elytra_status.sources import configured
from elytra_status.system.clock import for_people, to_text

# How long the evidence is read at the prompt.
SECONDS = 10.0


@dataclass(frozen=True)
class ListedGroup:
    """A group with its key, source and status.

    The key is '' if the entry stands for groups that are not known. `next_due` is the time by which the next backup
    must exist for the group to stay a success. `retired` is the record of who retired it, None if it counts; `back` is
    that record if it counts again. `ignored` is the pattern that ignores it, else ''.
    """

    key: str
    source: str
    group: BackupGroup = field(repr=False)
    status: BackupStatus
    next_due: datetime | None
    retired: Accepted | None = None
    ignored: str = field(default="", repr=False)
    back: Accepted | None = None


@dataclass(frozen=True)
class Everything:
    """All groups, the worst first, and the retired groups by key.

    `silent` are the sources that could not be read; the journal says why. `clock_problem` says what is wrong with this
    machine's clock, else it is ''.
    """

    now: datetime
    groups: list[ListedGroup]
    retired: list[tuple[str, Accepted]]
    silent: list[str]
    clock_problem: str

    def matching(self, word: str) -> list[ListedGroup]:
        """Return the groups with this key or name."""
        return [one for one in self.groups if word in (one.key, one.group.name)]

    def retired_keys(self, word: str) -> list[str]:
        """Return the keys of retired groups with this key or name."""
        return [key for key, record in self.retired if word in (key, record.name)]


def read_evidence(given: Prepared) -> Everything:
    """Read the evidence, as a run does.

    While the clock is wrong, every status is unknown.
    """
    settings, clock = given.settings, given.clock
    before = saved_state.read(given.state_directory)
    sources = [source for source in configured(settings) if source.about == BACKUPS]
    with server_dates.collect_dates(clock) as dates:
        reports = poll.poll_all(
            sources,
            clock,
            SECONDS,
            {},
            before,
            timedelta(minutes=settings.monitor_stale_minutes),
            settings.backup_ignore_groups,
        )
        now = clock.now()
    check = check_clock(now, before.highest, dates.times(now))
    ended = Ended(before.retired, settings.backup_ignore_groups)

    def listed(report: Report, group: BackupGroup) -> ListedGroup:
        status = status_of_group(group, now, policy_rules(settings)) if check.believed else BackupStatus.UNKNOWN
        record, is_retired = ended.record_of(report.source, group), group in report.retired_groups
        counts = group in report.backup_groups and not group.missing_since
        return ListedGroup(
            short_key(report.source, group) if can_be_retired(group) else "",
            report.source,
            group,
            status,
            group.newest + policy_rules(settings).backup_success_within if group.newest and counts else None,
            record if is_retired else None,
            ended.pattern_of(group) if group in report.ignored_groups else "",
            None if is_retired else record,
        )

    groups = [listed(report, group) for report in reports if not report.problem for group in report.all_groups]
    groups.sort(
        key=lambda one: (one.retired is not None, bool(one.ignored), WORST_FIRST.index(one.status), one.source, one.key)
    )
    silent = [report.source for report in reports if report.problem]
    return Everything(now, groups, sorted(before.retired.items()), silent, "" if check.believed else check.problem)


def line(one: ListedGroup, now: datetime, *, names: bool) -> str:
    """Return a group as a line.

    It has `names` if only the administrator reads it.
    """
    name = f" {one.group.name!r}" if names or not one.key else ""
    return f"{one.key or one.source}{name}: {'; '.join(_facts(one, now, names=names))}"


def _facts(one: ListedGroup, now: datetime, *, names: bool) -> Iterator[str]:
    group = one.group
    if one.retired:
        yield f"retired by {one.retired.by} at {to_text(one.retired.at)}"
    if one.ignored:
        yield f"ignored by BACKUP_IGNORE_GROUPS{f' ({one.ignored})' if names else ''}"
    yield f"{one.status.value}{f', {group.reason}' if group.reason else ''}"
    if group.newest:
        yield f"newest {for_people((now - group.newest).total_seconds())} ago ({to_text(group.newest)})"
    else:
        yield "no backup"
    if group.missing_since:
        yield f"missing since {to_text(group.missing_since)}"
    if one.back:
        yield f"retired by {one.back.by} at {to_text(one.back.at)}, and counts again"
    if one.next_due:
        yield f"next {'was due' if one.next_due <= now else 'due'} by {to_text(one.next_due)}"


def group_as_json(one: ListedGroup) -> dict[str, Any]:
    """Return a group in JSON's types, without its name."""
    group = one.group
    return {
        "key": one.key or None,
        "source": one.source,
        "status": one.status.value,
        "reason": group.reason or None,
        "newest": _text(group.newest),
        "next_due": _text(one.next_due),
        "missing_since": _text(group.missing_since),
        "retired": {"by": one.retired.by, "at": to_text(one.retired.at)} if one.retired else None,
        "ignored": bool(one.ignored),
    }


def retired_line(one: tuple[str, Accepted], *, names: bool) -> str:
    """Return a retired group as a line, with author and time."""
    key, record = one
    name = f" {record.name!r}" if names and record.name else ""
    return f"retired: {key}{name}, by {record.by} at {to_text(record.at)}"


def retired_json(one: tuple[str, Accepted]) -> dict[str, Any]:
    """Return a retired group in JSON's types, without its name."""
    key, record = one
    return {"key": key, "by": record.by, "at": to_text(record.at), "newest": _text(record.seen)}


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None
