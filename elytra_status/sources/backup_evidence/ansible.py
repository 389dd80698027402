# SPDX-License-Identifier: MIT
"""Ansible: the JSON that its `json` callback prints about a playbook's run.

A series is a host. The file is written like this:

    ANSIBLE_STDOUT_CALLBACK=json ansible-playbook backup.yml > run.json.new
    echo $? > run.json.exit; mv run.json.new run.json
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, NamedTuple

from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence.kind import (
    BackupOutcome,
    BackupSeries,
    Evidence,
    EvidenceKind,
    EvidenceRules,
    Run,
)
from elytra_status.sources.backup_evidence.text import parse_time

# These modules never make a backup, on whatever host they succeed.
_PASSIVE = frozenset(
    {
        "add_host", "assert", "debug", "fail", "gather_facts", "group_by", "import_playbook", "import_role",
        "import_tasks", "include_role", "include_tasks", "include_vars", "meta", "pause", "set_fact",
        "set_stats", "setup", "wait_for", "wait_for_connection",
    }
)  # fmt: skip
# The message of `command`, `shell` and similar modules under --check. For modules that support check mode, the callback
# says nothing unless the playbook prints this variable with `debug`.
_CHECK = "would have run if not in check mode"
_CHECK_VARIABLE = "ansible_check_mode"


class _Result(NamedTuple):
    """The result of one task on one host."""

    task: str
    values: Mapping[str, Any]

    @property
    def is_bad(self) -> bool:
        """Whether the task failed or was not reached, even if ignored or rescued."""
        return bool(self.values.get("failed") or self.values.get("unreachable"))

    @property
    def is_deed(self) -> bool:
        """Whether the task did something that may be a backup."""
        action = str(self.values.get("action", self.task)).rpartition(".")[2]
        return not self.is_bad and not self.values.get("skipped") and action not in _PASSIVE


def _read(tasks: tuple[str, ...], accepts_rescued: bool, evidence: Evidence) -> Iterator[BackupSeries]:
    """Yield a series with one run for each host."""
    results, ended = _results(evidence.value), _ended(evidence)
    stats = evidence.value["stats"]
    is_check = any(_is_check(one.values) for of_host in results.values() for one in of_host)
    unexplained = bool(evidence.exit_status) and not any(_breaks(counts) for counts in stats.values())
    for host, counts in stats.items():
        if unexplained:
            # The playbook may have failed before a host's own tasks.
            outcome, reason = BackupOutcome.FAILED, f"the playbook ended with exit status {evidence.exit_status}"
        elif is_check:
            outcome, reason = BackupOutcome.NOTHING, "the playbook ran with --check"
        else:
            outcome, reason = _outcome(
                counts,
                results.get(host, []),
                tasks,
                accepts_rescued=accepts_rescued,
            )
        yield BackupSeries((str(host),), (Run(ended, outcome, reason),), former=str(host))
    if not stats:
        job = BackupOutcome.FAILED if evidence.exit_status else BackupOutcome.GOOD
        why = f"the playbook ended with exit status {evidence.exit_status}" if evidence.exit_status else ""
        yield BackupSeries((), reason="the playbook matched no host", job=job, job_reason=why)


def _outcome(
    counts: Mapping[str, Any], results: list[_Result], tasks: tuple[str, ...], *, accepts_rescued: bool
) -> tuple[BackupOutcome, str]:
    """Return the outcome on one host, and why it is not good.

    It depends on `tasks`, which are those of BACKUP_ANSIBLE_TASKS, or on all tasks if there are none.
    """
    may_rescue = accepts_rescued and int(counts.get("rescued", 0)) > 0
    if tasks:
        deciding = [one for one in results if _is_named(one.task, tasks)]
        bad = [one for one in deciding if one.is_bad]
        if bad and not (may_rescue and not int(counts.get("ignored", 0))):
            return BackupOutcome.FAILED, "a task of BACKUP_ANSIBLE_TASKS failed"
        if any(one.is_deed for one in deciding) or bad:
            return BackupOutcome.GOOD, ""
        if _breaks(counts):
            return BackupOutcome.FAILED, "the host failed before a task of BACKUP_ANSIBLE_TASKS ran"
        return BackupOutcome.NOTHING, "no task of BACKUP_ANSIBLE_TASKS ran"
    if _breaks(counts):
        return BackupOutcome.FAILED, "a task failed, or the host was unreachable"
    if int(counts.get("ignored", 0)):
        return BackupOutcome.FAILED, "a task failed and was ignored"
    if any(one.is_bad for one in results) and not may_rescue:
        return BackupOutcome.FAILED, "a task failed and was rescued"
    if any(one.is_deed for one in results):
        return BackupOutcome.GOOD, ""
    return BackupOutcome.NOTHING, "the playbook skipped every task that could make a backup"


def _breaks(counts: Mapping[str, Any]) -> bool:
    """Whether a host makes the playbook end with an exit status other than 0."""
    return int(counts["failures"]) + int(counts["unreachable"]) > 0


def _is_named(task: str, patterns: tuple[str, ...]) -> bool:
    """Whether a setting names a task.

    The setting may omit the role that Ansible writes before the task.
    """
    names = (task, task.partition(" : ")[2] or task)
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _results(value: Any) -> dict[str, list[_Result]]:
    found: dict[str, list[_Result]] = {}
    for play in value["plays"]:
        for task in play["tasks"]:
            for host, values in task["hosts"].items():
                found.setdefault(host, []).append(_Result(str(task["task"].get("name", "")), values))
    return found


def _is_check(values: Mapping[str, Any]) -> bool:
    items = values.get("results")
    return (
        values.get(_CHECK_VARIABLE) is True
        or _CHECK in str(values.get("msg", ""))
        or (isinstance(items, list) and any(_is_check(item) for item in items if isinstance(item, dict)))
    )


def _ended(evidence: Evidence) -> datetime:
    """Return when the last play ended.

    Use the time of the file if the callback of an older Ansible does not say.
    """
    ends = [play["play"].get("duration", {}).get("end") for play in evidence.value["plays"]]
    return max((parse_time(end) for end in ends if end), default=evidence.modified)


def _rules(settings: Settings) -> EvidenceRules:
    accepts_rescued = settings.backup_ansible_rescued == "accepted"
    return EvidenceRules(partial(_read, settings.backup_ansible_tasks, accepts_rescued))


KIND = EvidenceKind("backup_ansible", "BACKUP_ANSIBLE", _rules)
