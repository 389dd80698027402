# SPDX-License-Identifier: MIT
"""Backup groups that were there before and that no evidence names any more: one rule for buckets and files. Pure.

A job that leaves no evidence may make no backups either. So a missing group goes on to count: unknown while its
last backup is fresh, then by the age of that backup ("How backups are judged" in the contract). It is forgotten once
it was seen to be missing and failed, or unknown for want of any backup, for BACKUP_FAILED_AGE_HOURS. Only time that
runs have really observed counts, and only with a clock that is believed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from elytra_status.model import BackupGroup, Report
from elytra_status.problem import Problem
from elytra_status.system.clock import from_text, to_text

# Version 1 was of groups that their name alone identified.
FORM = 2
_OF_FORM_1 = "form 1: "
# So much of the time between two runs was observed, at most: the machine may have been off, or its clock set.
LONGEST_BETWEEN_RUNS = timedelta(hours=1)
# Stands for the groups that damaged saved state may have known of.
LOST = "(groups of damaged saved state)"
_RETIRE_LOST = f"see which jobs ran, then: elytra-status backups retire '{LOST}'"
_ACCEPT_LOST = "see which jobs ran, then: elytra-status state accept"
_WHY_LOST = "saved state was damaged: groups that only it knew may be missing"


@dataclass(frozen=True)
class SavedGroup:
    """A group as saved state knows it. `bad_for` is how long it was observed to be missing and failed or unknown."""

    group: BackupGroup
    bad_for: timedelta = timedelta(0)

    @property
    def former_name(self) -> str:
        """Return the name of a group that saved state of form 1 knew by its name alone, else an empty text."""
        return self.group.key.removeprefix(_OF_FORM_1) if self.group.key.startswith(_OF_FORM_1) else ""


_LOST = SavedGroup(BackupGroup(LOST, None, reason=_WHY_LOST, way_out=_RETIRE_LOST, key=LOST))


@dataclass(frozen=True)
class Before:
    """What saved state knows: the groups, and when the run was that saved them."""

    kept: tuple[SavedGroup, ...] = ()
    looked: datetime | None = None

    def newest(self, key: str, formers: Collection[str]) -> datetime | None:
        """Return the newest backup of a group that saved state knows by its key or a former name."""
        known = [one.group.newest for one in self.kept if one.group.key == key or one.former_name in formers]
        return max((moment for moment in known if moment), default=None)


def carry_on(
    before: Before,
    seen: Collection[str],
    formers: Collection[str],
    now: datetime,
    failed_from: timedelta,
    *,
    is_whole: bool,
) -> tuple[list[SavedGroup], list[SavedGroup]]:
    """Return the groups that are not among those seen: those to keep, and those to forget.

    `seen` holds keys, `formers` the names by which saved state of form 1 knows what was seen. Where the evidence is
    not whole (`is_whole`), a group may stand in the part that is missing: none becomes missing by it. `failed_from` is
    BACKUP_FAILED_AGE_HOURS.
    """
    kept: list[SavedGroup] = []
    forgotten: list[SavedGroup] = []
    for one in before.kept:
        if one.group.key in seen or (one.former_name and one.former_name in formers):
            continue
        since = one.group.missing_since or (now if is_whole else None)
        later = SavedGroup(
            replace(one.group, missing_since=since), one.bad_for + _observed(one.group, before, now, failed_from)
        )
        (forgotten if later.bad_for >= failed_from else kept).append(later)
    return kept, forgotten


def _observed(group: BackupGroup, before: Before, now: datetime, failed_from: timedelta) -> timedelta:
    """Return how long a group was observed to be missing and failed, or unknown for want of a backup, since a run."""
    nothing = timedelta(0)
    if group.key == LOST or before.looked is None or group.missing_since is None:
        return nothing
    bad_since = group.missing_since
    if group.newest and not group.failed:
        bad_since = max(bad_since, group.newest + failed_from)
    return min(max(now - max(before.looked, bad_since), nothing), LONGEST_BETWEEN_RUNS)


def with_lost(report: Report) -> Report:
    """Return a report of backups with the groups that only damaged saved state knew, as one that is unknown.

    They may be missing, and nothing tells: what rested on saved state is unknown until a person accepts its loss.
    """
    if report.problem or any(group.name == LOST for group in report.backup_groups):
        return report
    warning = Problem(_WHY_LOST, _ACCEPT_LOST)
    lost = BackupGroup(LOST, None, reason=_WHY_LOST, way_out=_ACCEPT_LOST)
    return replace(report, backup_groups=(*report.backup_groups, lost), warnings=(*report.warnings, warning))


def warnings(missing: int, forgotten: int) -> list[Problem]:
    """Return what to say about so many groups that are missing, and so many that are forgotten."""
    words = []
    if missing:
        words.append(
            Problem(
                f"{_many(missing)} missing from the evidence: unknown,"
                " then warning and failed by the last backup's age",
                "See whether the jobs still run: elytra-status backups list. If a group is meant to end:"
                " elytra-status backups retire GROUP",
            )
        )
    if forgotten:
        words.append(
            Problem(
                f"{_many(forgotten)} forgotten: missing from the evidence, and failed for BACKUP_FAILED_AGE_HOURS",
                "See the job of each, unless its client has left",
            )
        )
    return words


def _many(count: int) -> str:
    return "1 backup group is" if count == 1 else f"{count} backup groups are"


def to_json(kept: Iterable[SavedGroup], place: str, now: datetime) -> dict[str, Any]:
    """Return what `from_json` reads. `place` is where the evidence lies, `now` when it was read."""
    return {
        "form": FORM,
        "place": place,
        "looked": to_text(now),
        "groups": {
            one.group.key: [
                one.group.name,
                _text(one.group.newest),
                one.group.failed,
                _text(one.group.missing_since),
                int(one.bad_for.total_seconds()),
            ]
            for one in kept
        },
    }


def from_json(value: Mapping[str, Any], place: str) -> Before:
    """Return what `to_json` wrote; nothing of another place.

    For groups that are damaged a group stands in that is unknown until a person retires it: nothing tells whether they
    are missing.
    """
    saved_place, stored, form = value.get("place"), value.get("groups"), value.get("form")
    if not value or (isinstance(saved_place, str) and saved_place != place):
        return Before()
    if not isinstance(saved_place, str) or not isinstance(stored, dict) or form not in (None, FORM):
        return Before((_LOST,))
    read = _of_form_1 if form is None else _of_form_2
    kept: list[SavedGroup] = []
    is_damaged = False
    for key, fields in stored.items():
        try:
            kept.append(read(key, fields))
        except (TypeError, ValueError, OverflowError):
            is_damaged = True
    if is_damaged:
        # A person may have retired what stood in for the groups of an earlier damage, and not for these.
        kept = [_LOST, *(one for one in kept if one.group.key != LOST)]
    looked = None
    with suppress(TypeError, ValueError):
        looked = _moment(value.get("looked"))
    return Before(tuple(kept), looked)


def _of_form_2(key: str, fields: Any) -> SavedGroup:
    name, newest, failed, missing_since, bad_for = fields
    if not isinstance(name, str):
        raise TypeError
    group = BackupGroup(name, _moment(newest), failed is True, _moment(missing_since), key=key)
    if key == LOST:
        group = replace(group, reason=_WHY_LOST, way_out=_RETIRE_LOST)
    return SavedGroup(group, timedelta(seconds=max(0, int(bad_for))))


def _of_form_1(name: str, fields: Any) -> SavedGroup:
    newest, failed, missing_since = fields
    return SavedGroup(BackupGroup(name, _moment(newest), failed is True, _moment(missing_since), key=_OF_FORM_1 + name))


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
