# SPDX-License-Identifier: MIT
"""Missing backup groups: one rule for buckets and files. Pure.

If a job leaves no evidence, it may not make backups either. So a missing group still counts: it is unknown while its
last backup is fresh, then warning and failed by the age of that backup. It is forgotten once it has been missing and
failed (or unknown because it had no backup) for BACKUP_FAILED_AGE_HOURS. Only time that runs have observed counts, and
only with a clock that is believed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from elytra_status.model import BackupGroup, Report, number_of
from elytra_status.problem import Problem
from elytra_status.system.clock import from_text, to_text

# Version 1 identified groups by their names alone.
FORM = 2
_OF_FORM_1 = "form 1: "
# At most this much of the time between two runs counts as observed: the machine may have been off, or its clock set.
LONGEST_BETWEEN_RUNS = timedelta(hours=1)
# Stands for the groups that only damaged saved state may have known.
LOST = "(groups of damaged saved state)"
_RETIRE_LOST = f"see which jobs ran, then: elytra-status backups retire '{LOST}'"
_ACCEPT_LOST = "see which jobs ran, then: elytra-status state accept"
_WHY_LOST = "saved state was damaged, so groups that only it recorded may be missing"


@dataclass(frozen=True)
class SavedGroup:
    """A group in saved state.

    `bad_for` is how long it was observed to be missing and failed or unknown.
    """

    group: BackupGroup
    bad_for: timedelta = timedelta(0)

    @property
    def former_name(self) -> str:
        """Return the name of a group saved in form 1, which had only names, else ''."""
        return self.group.key.removeprefix(_OF_FORM_1) if self.group.key.startswith(_OF_FORM_1) else ""


_LOST = SavedGroup(BackupGroup(LOST, None, reason=_WHY_LOST, way_out=_RETIRE_LOST, key=LOST))


@dataclass(frozen=True)
class Before:
    """The groups in saved state, and the time of the run that saved them."""

    kept: tuple[SavedGroup, ...] = ()
    polled: datetime | None = None

    def newest(self, key: str, formers: Collection[str]) -> datetime | None:
        """Return the newest backup of a group in saved state, by key or former name."""
        moments = [one.group.newest for one in self.kept if one.group.key == key or one.former_name in formers]
        return max((moment for moment in moments if moment), default=None)


def carry_on(
    before: Before,
    seen: Collection[str],
    formers: Collection[str],
    now: datetime,
    failed_from: timedelta,
    *,
    is_whole: bool,
) -> tuple[list[SavedGroup], list[SavedGroup]]:
    """Return the groups that were not seen: those to keep, and those to forget.

    `seen` holds the keys of the groups that were seen, and `formers` their names in saved state of form 1. If the
    evidence is incomplete (not `is_whole`), a group may be in the part that is missing, so no group becomes missing.
    `failed_from` is BACKUP_FAILED_AGE_HOURS.
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
    """Return how long a group was observed to be missing and bad since a run.

    Bad means failed, or unknown because the group has no backup.
    """
    nothing = timedelta(0)
    if group.key == LOST or before.polled is None or group.missing_since is None:
        return nothing
    bad_since = group.missing_since
    if group.newest and not group.failed:
        bad_since = max(bad_since, group.newest + failed_from)
    return min(max(now - max(before.polled, bad_since), nothing), LONGEST_BETWEEN_RUNS)


def with_lost(report: Report) -> Report:
    """Return a report of backups with an unknown group for lost saved state.

    It stands for groups that only the damaged file knew and that may be missing. It stays until the administrator
    accepts the loss.
    """
    if report.problem or any(group.name == LOST for group in report.backup_groups):
        return report
    warning = Problem(_WHY_LOST, _ACCEPT_LOST)
    lost = BackupGroup(LOST, None, reason=_WHY_LOST, way_out=_ACCEPT_LOST)
    return replace(report, backup_groups=(*report.backup_groups, lost), warnings=(*report.warnings, warning))


def warnings(missing: int, forgotten: int) -> list[Problem]:
    """Return the warnings about missing and forgotten groups, from their counts."""
    words = []
    if missing:
        words.append(
            Problem(
                f"{_many(missing)} missing from the evidence (unknown,"
                " then warning and failed by the age of the last backup)",
                "See whether the jobs still run: elytra-status backups list. If a group is meant to end:"
                " elytra-status backups retire GROUP",
            )
        )
    if forgotten:
        words.append(
            Problem(
                f"{_many(forgotten)} forgotten (missing from the evidence, and failed for BACKUP_FAILED_AGE_HOURS)",
                "See the job of each, unless its client has left",
            )
        )
    return words


def _many(count: int) -> str:
    return number_of(count, "backup group", "is", "are")


def to_json(kept: Iterable[SavedGroup], location: str, now: datetime) -> dict[str, Any]:
    """Return groups in the form that `from_json` reads.

    `location` is where the evidence is, and `now` when it was read.
    """
    return {
        "form": FORM,
        "place": location,
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


def from_json(value: Mapping[str, Any], location: str) -> Before:
    """Return the groups that `to_json` wrote.

    Return none if they are of another bucket or file.

    Damaged groups are replaced by one that is unknown until the administrator retires it, since it is not known whether
    they are missing.
    """
    saved_location, stored, form = value.get("place"), value.get("groups"), value.get("form")
    if not value or (isinstance(saved_location, str) and saved_location != location):
        return Before()
    if not isinstance(saved_location, str) or not isinstance(stored, dict) or form not in (None, FORM):
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
        # The administrator may have retired the stand-in for an earlier damage, but not for this one.
        kept = [_LOST, *(one for one in kept if one.group.key != LOST)]
    polled = None
    with suppress(TypeError, ValueError):
        polled = _moment(value.get("looked"))
    return Before(tuple(kept), polled)


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
