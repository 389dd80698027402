# SPDX-License-Identifier: MIT
"""Groups of backups that were there before and that no evidence names any more. Pure.

A job that leaves no evidence any more may make no backups either. So such a group goes on to count, by what was
last known of it, until it has been failed for so long that its client may well have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from elytra_status.clock import from_text, to_text
from elytra_status.model import BackupGroup


def carry_on(
    before: Iterable[BackupGroup], seen: Iterable[BackupGroup], now: datetime, failed_from: timedelta, *, is_whole: bool
) -> tuple[list[BackupGroup], list[BackupGroup]]:
    """Return the groups of before that are not among those seen: those to keep in mind, and those to let go.

    Each says since when it has vanished, which is now unless it had before. Where the evidence is not whole they
    may stand in what is missing: none has vanished only now.
    """
    there = {group.name for group in seen}
    missing = [
        replace(group, vanished=group.vanished or (now if is_whole else None))
        for group in before
        if group.name not in there
    ]
    kept = [group for group in missing if not _is_let_go(group, now, failed_from)]
    return kept, [group for group in missing if _is_let_go(group, now, failed_from)]


def _is_let_go(group: BackupGroup, now: datetime, failed_from: timedelta) -> bool:
    """Tell whether a group that has vanished has been failed for BACKUP_FAILED_AGE_HOURS, or unknown for as long."""
    if group.vanished is None:
        return False
    since = group.vanished
    if group.newest and not group.failed:
        since = max(since, group.newest + failed_from)
    return now - since >= failed_from


def warnings(vanished: int, let_go: int) -> list[str]:
    """Return what is to be said of so many groups that have vanished, and of so many that count no more."""
    words = []
    if vanished:
        words.append(
            f"{_many(vanished)} in no evidence any more: what was last known counts, until that has been failed for"
            " BACKUP_FAILED_AGE_HOURS (elytra-status doctor names whose: see whether the job still runs)"
        )
    if let_go:
        words.append(
            f"{_many(let_go)} let go: in no evidence any more, and failed for BACKUP_FAILED_AGE_HOURS"
            " (see the job of each, unless its client has left)"
        )
    return words


def _many(count: int) -> str:
    return "1 group of backups is" if count == 1 else f"{count} groups of backups are"


def to_json(groups: Iterable[BackupGroup], place: str) -> dict[str, Any]:
    """Return what `from_json` reads. `place` is where the evidence lies."""
    return {
        "place": place,
        "groups": {group.name: [_text(group.newest), group.failed, _text(group.vanished)] for group in groups},
    }


def from_json(value: Mapping[str, Any], place: str, now: datetime) -> list[BackupGroup]:
    """Return the groups that `to_json` wrote; none of another place, and none that is damaged.

    What is dated in the future, by a clock that was wrong, is no evidence.
    """
    stored = value.get("groups")
    if value.get("place") != place or not isinstance(stored, dict):
        return []
    found = []
    for name, fields in stored.items():
        with suppress(TypeError, ValueError):
            newest, failed, vanished = fields
            group = BackupGroup(name, _moment(newest), failed is True, _moment(vanished))
            if group.newest and group.newest > now:
                group = replace(group, newest=None)
            if group.vanished and group.vanished > now:
                group = replace(group, vanished=now)
            found.append(group)
    return found


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
