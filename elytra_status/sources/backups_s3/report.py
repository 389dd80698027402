# SPDX-License-Identifier: MIT
"""Report on a bucket: the newest proven backup of each group, and faults."""

from __future__ import annotations

from datetime import datetime, timedelta

from elytra_status.model import BACKUPS, BackupGroup, Report, number_of
from elytra_status.problem import Problem
from elytra_status.sources.backups_s3.groups import BucketState, Group
from elytra_status.sources.backups_s3.layout import ALL, Layout
from elytra_status.sources.backups_s3.schedule import is_recent, proven

# Stands for groups of which too little is known to judge them, and for groups that may exist besides.
NOT_KNOWN_YET = "(not known yet)"
NOTHING_COUNTS = "nothing in it counts as a backup"
NOTHING_THERE = "no folder below BACKUP_PREFIX holds anything"


def report(source: str, state: BucketState, layout: Layout, now: datetime, max_age: timedelta) -> Report:
    """Return the report on a bucket.

    `max_age` is the age at which a backup is too old.
    """
    present = {name: group for name, group in state.groups.items() if not group.missing_since}
    proof = {name: proven(group, now, max_age) for name, group in present.items()}
    unproven = {name for name, group in present.items() if proof[name] is None and not _is_empty(group, now)}
    is_listed = not layout.grouped or is_recent(state.listed, now)
    groups = [
        BackupGroup(name, newest, reason="" if newest else NOTHING_COUNTS, key=name)
        for name, newest in sorted(proof.items())
        if name not in unproven
    ]
    if unproven or not is_listed:
        groups.append(BackupGroup(NOT_KNOWN_YET, None))
    elif not groups:
        groups.append(BackupGroup(ALL, None, reason=NOTHING_THERE))
    newest_keys = (group.key for group in state.groups.values() if group.key)
    return Report(
        source,
        BACKUPS,
        backup_groups=tuple(groups),
        warnings=(*_what_is_missing(state, unproven, is_listed=is_listed), *_what_is_odd(state, layout)),
        private_names=frozenset(state.keys.union(newest_keys, state.groups if layout.grouped else ())),
    )


def _is_empty(group: Group, now: datetime) -> bool:
    return group.time is None and is_recent(group.whole, now)


def _what_is_missing(state: BucketState, unproven: set[str], *, is_listed: bool) -> list[Problem]:
    warnings = []
    if unproven or not is_listed:
        many = f"{len(unproven)} of {len(state.groups)}" if is_listed else "some"
        warnings.append(Problem(f"{many} backup groups are not fully listed yet; the next runs continue"))
    elif not any(group.time for group in state.groups.values()):
        seen = number_of(len(state.keys), "object")
        warnings.append(Problem(f"no backup among {seen}", "See BACKUP_PREFIX, BACKUP_PATTERN and BACKUP_MIN_BYTES"))
    return warnings


def _what_is_odd(state: BucketState, layout: Layout) -> list[Problem]:
    """Return what is wrong with the objects that this run saw."""
    prefix, warnings = layout.prefix, []
    if state.in_future:
        words = number_of(len(state.in_future), "backup", "is", "are")
        warnings.append(Problem(f"{words} dated in the future", "Check the clock of this machine"))
    if state.outside:
        words = number_of(len(state.outside), "object", "lies", "lie")
        words += " in no folder below BACKUP_PREFIX, and so in no backup group"
        warnings.append(Problem(words, "Move them into the folder of their group"))
    others = {key.startswith(f"{prefix}/") for key in state.keys if prefix and key != prefix}
    if not prefix.endswith("/") and len(others) > 1:
        words = "BACKUP_PREFIX matches more than the folder of that name"
        warnings.append(Problem(words, "End it with / to mean that folder alone"))
    return warnings
