# SPDX-License-Identifier: MIT
"""Saved state about publishing: marks of runs, the target, other publishers."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from elytra_status.model import CLOCK_SKEW
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish.stamp import Publisher
from elytra_status.publish.target import ConditionalWrites, Unseen
from elytra_status.publish.upload import PublishResult
from elytra_status.system import files, journal
from elytra_status.system.clock import from_text, to_text
from elytra_status.system.digest import digest

FILE = "publisher.json"
REMEDY = (
    "Let one machine publish: on the other, systemctl disable --now elytra-status.timer. If this machine was restored"
    " or has taken over within the last hour, no action is needed"
)
UNMARKED_REMEDY = (
    "Find out who writes there: another program, a person, or version 0.1.0 on another machine, which leaves no mark."
    " If nobody of yours does, revoke the key with which it was written. If it was restored from a backup, no action is"
    " needed"
)
# A run that failed may have published: its answer was lost. In the hour for which that matters, systemd does 24 runs.
_MARKS_KEPT = 64
# Runs that fail drop none of these marks, however long the storage is down.
_CONFIRMED_KEPT = 16
# A new release of the storage may treat conditional requests differently.
_TRIED_AGAIN_AFTER = timedelta(days=7)
_MARK = re.compile("[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class SavedPublisher:
    """Saved state about publishing.

    - `marks`: the marks of the last runs, newest last.
    - `confirmed`: the marks of the last runs whose documents are known to have reached the target.
    - `enforced`: whether the storage enforces conditional writes, None if the last test did not show it.
    - `tried`: the time of that test.
    - `form`: the form of condition that the storage accepts.
    - `other`: when another machine published, None if no other machine had by the last run.
    - `copy_expires`: when caches have dropped all older copies that visitors got at the last run.
    - `unseen_page`: why it was not known whether visitors got the page.
    """

    marks: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    target: str = ""
    form: TagForm = TagForm.BARE
    enforced: bool | None = None
    tried: datetime | None = None
    other: datetime | None = None
    copy_expires: datetime | None = None
    unseen_page: Unseen | None = None
    is_damaged: bool = False

    @property
    def own(self) -> frozenset[str]:
        """The marks that documents of this machine may have."""
        return frozenset((*self.marks, *self.confirmed))


def read(state_directory: Path) -> SavedPublisher:
    """Return the saved state about publishing. Malformed parts are skipped."""
    stored = files.read_state(state_directory / FILE)
    value = stored.value
    unseen_page = value.get("unseen_page")
    form, enforced, target = (value.get(name) for name in ("form", "enforced", "target"))
    # Early versions saved no confirmed marks.
    marks, confirmed = _marks(value.get("marks")), _marks(value.get("confirmed", []))
    return SavedPublisher(
        marks=marks or (),
        confirmed=confirmed or (),
        target=target if isinstance(target, str) else "",
        form=TagForm(form) if form in list(TagForm) else TagForm.BARE,
        enforced=enforced if isinstance(enforced, bool) else None,
        tried=_moment(value.get("tried")),
        other=_moment(value.get("other")),
        copy_expires=_moment(value.get("copy_expires")),
        unseen_page=Unseen(unseen_page) if unseen_page in list(Unseen) else None,
        is_damaged=(marks is None or confirmed is None) and not stored.is_missing,
    )


def _marks(value: Any) -> tuple[str, ...] | None:
    """Return the marks in a list, None if they cannot be read."""
    is_sound = isinstance(value, list) and all(isinstance(one, str) and _MARK.fullmatch(one) for one in value)
    return tuple(value) if is_sound else None


def _moment(text: Any) -> datetime | None:
    try:
        return from_text(text)
    except (TypeError, ValueError):
        return None


def begin_publishing(state_directory: Path, saved: SavedPublisher) -> Publisher:
    """Return the publisher of this run, after saving its mark.

    A run that dies after its upload is then not taken for another machine. If the mark cannot be saved, or earlier ones
    cannot be read, nothing is reported about other machines.
    """
    mark = secrets.token_hex(8)
    own = None if saved.is_damaged else saved.own
    if not _keep(state_directory, replace(saved, marks=(*saved.marks, mark)[-_MARKS_KEPT:])):
        return Publisher(saved.marks[-1] if saved.marks else mark, None)
    return Publisher(mark, own)


def confirm_mark(state_directory: Path, mark: str) -> None:
    """Save that a run has left its mark in the target or in the lease of the pair."""
    saved = read(state_directory)
    if mark not in saved.confirmed:
        _keep(state_directory, _with_confirmed(saved, mark))


def _with_confirmed(saved: SavedPublisher, mark: str) -> SavedPublisher:
    others = tuple(one for one in saved.confirmed if one != mark)
    return replace(saved, confirmed=(*others, mark)[-_CONFIRMED_KEPT:])


def conditions(target: str, saved: SavedPublisher, now: datetime) -> ConditionalWrites:
    """Return what is known of the conditional writes of a target.

    `target` is its `target_id`.
    """
    # A storage that enforces conditions accepts one.
    contradicts_itself = saved.enforced and saved.form is TagForm.NONE
    if saved.target != target or contradicts_itself or not trial_counts(saved.tried, now):
        return ConditionalWrites()
    return ConditionalWrites(saved.form, saved.enforced)


def trial_counts(tried: datetime | None, now: datetime) -> bool:
    """Whether a trial of the storage still counts, by the time when it was `tried`.

    A time in the future comes from a wrong clock.
    """
    return tried is not None and -CLOCK_SKEW <= now - tried < _TRIED_AGAIN_AFTER


def write(
    target: str, state_directory: Path, now: datetime, found: ConditionalWrites, result: PublishResult, mark: str
) -> None:
    """Save what this run found out about the target and about other machines.

    `mark` is that of the run.
    """
    saved = read(state_directory)
    if result.done and result.left_mark:
        saved = _with_confirmed(saved, mark)
    is_as_before = saved.target == target and saved.enforced is found.enforced
    if not is_as_before or not trial_counts(saved.tried, now):
        saved = replace(saved, tried=None if found.enforced is None else now)
    _keep(
        state_directory,
        replace(
            saved,
            target=target,
            form=found.form,
            enforced=found.enforced,
            other=result.other.decided if result.other else None,
            copy_expires=result.copy_expires,
            unseen_page=result.unseen_page,
        ),
    )


def target_id(endpoint: str | None, bucket: str | None) -> str:
    """Return what identifies a bucket in saved state; '' for a directory."""
    return digest(f"{endpoint} {bucket}") if bucket else ""


def _keep(state_directory: Path, saved: SavedPublisher) -> bool:
    """Save it, and return whether that was possible. A failure is a warning."""
    stored = {
        "marks": list(saved.marks),
        "confirmed": list(saved.confirmed),
        "target": saved.target,
        "form": saved.form.value,
        "enforced": saved.enforced,
        "unseen_page": saved.unseen_page,
        **{
            name: to_text(moment) if (moment := getattr(saved, name)) else None
            for name in ("tried", "other", "copy_expires")
        },
    }
    path = state_directory / FILE
    try:
        files.write_atomically(path, json.dumps(stored).encode(), 0o600)
    except OSError as error:
        journal.log_warning(f"{path} cannot be written ({error.strerror}). Another publisher would not be noticed.")
        return False
    return True
