# SPDX-License-Identifier: MIT
"""Make the report of a source from the series in its files. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from elytra_status.decision import missing_groups
from elytra_status.decision.missing_groups import SavedGroup
from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.model import BACKUPS, CLOCK_SKEW, BackupGroup, Report, number_of
from elytra_status.problem import Problem
from elytra_status.sources.backup_evidence.groups import Placed, counting, groups_of, still_missing, with_ways_out
from elytra_status.sources.backup_evidence.kind import ConfiguredEvidence, Evidence, EvidenceRules
from elytra_status.sources.backup_evidence.names import private_hosts
from elytra_status.sources.source import PollRequest
from elytra_status.system import memory

# Stands for the groups of files that cannot be used, since their newest backups may be in these files.
UNUSABLE = "(files that cannot be used)"
# In a list that cannot be used, this many entries are read one by one to find the malformed one.
MOST_ENTRIES = 1000

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError)


def placed(error: NoAnswerError, what: str) -> NoAnswerError:
    """Return an error that says which file or object it is about.

    It does so if `what` describes one.
    """
    return SourceError(f"{error.problem}, in {what}", error.remedy) if what else error


def _odd_entry(rules: EvidenceRules, evidence: Evidence) -> str:
    """Return which entry of a list is malformed, the first of several.

    Only the first MOST_ENTRIES are read. Return '' if all or none of them are malformed, or if there is no list.
    """
    entries = evidence.value
    if not isinstance(entries, list):
        return ""
    are_read = (_is_read(rules, replace(evidence, text=json.dumps([entry]))) for entry in islice(entries, MOST_ENTRIES))
    first = next((number for number, is_read in enumerate(are_read, 1) if not is_read), 0)
    return f"entry {first} of {len(entries)} is malformed" if first > 1 or any(are_read) else ""


def _is_read(rules: EvidenceRules, evidence: Evidence) -> bool:
    try:
        list(rules.read(evidence))
    except (*_MALFORMED, NoAnswerError):
        return False
    return True


@dataclass
class Collected:
    """The series of all files, and why some files have none."""

    series: list[Placed] = field(default_factory=list)
    faults: list[NoAnswerError] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def add(self, configured: ConfiguredEvidence, evidence: Evidence, what: str) -> None:
        """Add what one file says, or why it cannot be used.

        `what` describes the file without naming a client, '' if there is no other.
        """
        try:
            with memory.ONE_ANSWER:
                series = configured.rules.read(evidence)
            self.series += [Placed(evidence.label, evidence.modified, one) for one in series]
        except NoAnswerError as error:
            self.faults.append(placed(error, what))
        except _MALFORMED:
            problem = _odd_entry(configured.rules, evidence) or "the content is of another kind"
            remedy = f"check that {configured.setting} names what this kind of backup writes"
            self.faults.append(placed(SourceError(problem, remedy), what))

    def extend(self, other: Collected) -> None:
        """Add what another part of the work has collected."""
        self.series += other.series
        self.faults += other.faults
        self.warnings += other.warnings


def evidence_report(
    configured: ConfiguredEvidence, request: PollRequest, collected: Collected, keys: Iterable[str] = ()
) -> Report:
    """Return the report of a source, including its missing groups.

    `keys` are where the evidence was read. Raise the first fault if there is nothing else.
    """
    series, faults = collected.series, collected.faults
    if faults and not series:
        raise faults[0]
    now, rules = request.now, configured.rules
    before = missing_groups.from_json(request.saved, configured.location)
    found = groups_of(series, before, now)
    current = counting(rules, found)
    kept, forgotten = missing_groups.carry_on(
        before,
        {one.group.key for one in found},
        {former for one in found for former in one.formers},
        now,
        configured.failed_after,
        is_whole=not faults,
    )
    kept = still_missing(rules, kept, found, {one.label for one in series})
    missing = [one.group for one in kept if one.group.missing_since]
    groups = with_ways_out(rules, [*(one.group for one in current), *missing], now - configured.late_after)
    groups.sort(key=lambda group: group.name)
    if faults:
        groups.append(BackupGroup(UNUSABLE, None, reason=faults[0].problem))
    every = [*(one.group for one in found), *(one.group for one in (*kept, *forgotten))]
    return Report(
        configured.name,
        BACKUPS,
        backup_groups=tuple(groups),
        forgotten_groups=tuple(one.group for one in forgotten),
        warnings=(
            *_warnings(series, faults, now),
            *collected.warnings,
        ),
        private_names=frozenset(
            {word for group in every for word in group.private_words}.union(
                keys, (run.key for one in series for run in one.series.runs)
            )
        )
        - {""},
        private_hosts=frozenset(host for one in found for host in private_hosts(one.identity)) - {""},
        saved=missing_groups.to_json([*(SavedGroup(one.group) for one in current), *kept], configured.location, now),
    )


def _warnings(series: Sequence[Placed], faults: Sequence[NoAnswerError], now: datetime) -> Iterator[Problem]:
    if faults:
        count = number_of(len(faults), "file")
        yield Problem(f"{count} cannot be used, as {faults[0].problem}", faults[0].remedy)
    ahead = sum(run.ended > now + CLOCK_SKEW for one in series for run in one.series.runs)
    if ahead:
        yield Problem(
            f"{number_of(ahead, 'backup', 'is', 'are')} dated in the future",
            "Check the clocks of this machine and of the backup job",
        )
    yield from map(Problem, sorted({one.series.warning for one in series} - {""}))
