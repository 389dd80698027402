# SPDX-License-Identifier: MIT
"""What is told of a bucket of backups: the newest of each group as far as it is proven, and what is odd."""

from __future__ import annotations

from datetime import datetime, timedelta

from elytra_status.model import BACKUPS, BackupGroup, Report
from elytra_status.problem import Problem
from elytra_status.sources.backups_s3.groups import BucketState, Group
from elytra_status.sources.backups_s3.layout import ALL, Layout
from elytra_status.sources.backups_s3.schedule import is_recent, proven

# Stands for the groups of which too little is known to judge them, and for those that there may be beside the known.
NOT_KNOWN_YET = "(not known yet)"
NOTHING_COUNTS = "nothing in it counts as a backup"
NOTHING_THERE = "no folder below BACKUP_PREFIX holds anything"


def report(source: str, known: BucketState, layout: Layout, now: datetime, max_age: timedelta) -> Report:
    """Return what is known of a bucket as the report of a source; `max_age` is when a backup is too old."""
    present = {name: group for name, group in known.groups.items() if not group.gone}
    proof = {name: proven(group, now, max_age) for name, group in present.items()}
    unproven = {name for name, group in present.items() if proof[name] is None and not _is_empty(group, now)}
    is_listed = not layout.grouped or is_recent(known.listed, now)
    groups = [
        BackupGroup(name, newest, reason="" if newest else NOTHING_COUNTS, key=name)
        for name, newest in sorted(proof.items())
        if name not in unproven
    ]
    if unproven or not is_listed:
        groups.append(BackupGroup(NOT_KNOWN_YET, None))
    elif not groups:
        groups.append(BackupGroup(ALL, None, reason=NOTHING_THERE))
    newest_keys = (group.key for group in known.groups.values() if group.key)
    return Report(
        source,
        BACKUPS,
        backup_groups=tuple(groups),
        warnings=(*_what_is_missing(known, unproven, is_listed=is_listed), *_what_is_odd(known, layout)),
        private_names=frozenset(known.keys.union(newest_keys, known.groups if layout.grouped else ())),
    )


def _is_empty(group: Group, now: datetime) -> bool:
    return group.time is None and is_recent(group.whole, now)


def _what_is_missing(known: BucketState, unproven: set[str], *, is_listed: bool) -> list[Problem]:
    warnings = []
    if unproven or not is_listed:
        many = f"{len(unproven)} of {len(known.groups)}" if is_listed else "some"
        warnings.append(
            Problem(f"{many} backup groups are not known well enough yet: the next runs go on listing them")
        )
    elif not any(group.time for group in known.groups.values()):
        seen = f"{len(known.keys)} objects"
        warnings.append(Problem(f"no backup among {seen}", "See BACKUP_PREFIX, BACKUP_PATTERN and BACKUP_MIN_BYTES"))
    return warnings


def _what_is_odd(known: BucketState, layout: Layout) -> list[Problem]:
    """Return what this run saw that should not be."""
    prefix, warnings = layout.prefix, []
    if known.in_future:
        words = "1 backup is" if len(known.in_future) == 1 else f"{len(known.in_future)} backups are"
        warnings.append(Problem(f"{words} dated in the future", "Check the clock of this machine"))
    if known.outside:
        warnings.append(
            Problem(
                f"{len(known.outside)} objects lie in no folder below BACKUP_PREFIX and belong to no group",
                "Move them into one",
            )
        )
    others = {key.startswith(f"{prefix}/") for key in known.keys if prefix and key != prefix}
    if not prefix.endswith("/") and len(others) > 1:
        words = "BACKUP_PREFIX takes in more than the folder of that name"
        warnings.append(Problem(words, "End it with / to mean that folder alone"))
    return warnings
