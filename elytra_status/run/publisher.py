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

from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish.stamp import Publisher
from elytra_status.publish.target import ConditionalWrites
from elytra_status.publish.upload import PublishResult
from elytra_status.system import files, journal
from elytra_status.system.clock import from_text, to_text
from elytra_status.system.digest import digest

FILE = "publisher.json"
REMEDY = (
    "Let one machine publish: on the other, systemctl disable --now elytra-status.timer. If this machine was restored"
    " or has taken over within the last hour, no action is needed"
)
# A run that fails after its upload has left a mark too.
_MARKS_KEPT = 16
# A new release of the storage may treat conditional requests differently.
_TRIED_AGAIN_AFTER = timedelta(days=7)
_MARK = re.compile("[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class SavedPublisher:
    """Saved state about publishing.

    `marks` are those of the last runs, newest last. `enforced` says whether the storage enforces conditional writes,
    None if that was not known when it was `tried`; `form` is how it accepts them. `other` is when another machine
    published, None if none did before the last run. `copy_expires` is when a cache drops the older copy that visitors
    got at the last run.
    """

    marks: tuple[str, ...] = ()
    target: str = ""
    form: TagForm = TagForm.BARE
    enforced: bool | None = None
    tried: datetime | None = None
    other: datetime | None = None
    copy_expires: datetime | None = None
    is_damaged: bool = False


def read(state_directory: Path) -> SavedPublisher:
    """Return the saved state about publishing. Malformed parts are skipped."""
    stored = files.read_state(state_directory / FILE)
    value = stored.value
    marks, form, enforced, target = (value.get(name) for name in ("marks", "form", "enforced", "target"))
    is_list = isinstance(marks, list) and all(isinstance(one, str) and _MARK.fullmatch(one) for one in marks)
    return SavedPublisher(
        marks=tuple(marks) if isinstance(marks, list) and is_list else (),
        target=target if isinstance(target, str) else "",
        form=TagForm(form) if form in list(TagForm) else TagForm.BARE,
        enforced=enforced if isinstance(enforced, bool) else None,
        tried=_moment(value.get("tried")),
        other=_moment(value.get("other")),
        copy_expires=_moment(value.get("copy_expires")),
        is_damaged=not is_list and not stored.is_missing,
    )


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
    own = None if saved.is_damaged else frozenset(saved.marks)
    if not _keep(state_directory, replace(saved, marks=(*saved.marks, mark)[-_MARKS_KEPT:])):
        return Publisher(saved.marks[-1] if saved.marks else mark, None)
    return Publisher(mark, own)


def conditions(target: str, saved: SavedPublisher, now: datetime) -> ConditionalWrites:
    """Return what is known of the conditional writes of a target.

    `target` is its `target_id`.
    """
    if saved.target != target:
        return ConditionalWrites()
    is_known = saved.tried is not None and abs(now - saved.tried) < _TRIED_AGAIN_AFTER
    return ConditionalWrites(saved.form if is_known else TagForm.BARE, saved.enforced if is_known else None)


def write(target: str, state_directory: Path, now: datetime, found: ConditionalWrites, result: PublishResult) -> None:
    """Save what this run found out about the target and about other machines."""
    saved = read(state_directory)
    is_as_before = saved.target == target and saved.tried and saved.enforced is found.enforced
    if not is_as_before or now - (saved.tried or now) >= _TRIED_AGAIN_AFTER:
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
        ),
    )


def target_id(endpoint: str | None, bucket: str | None) -> str:
    """Return what identifies a bucket in saved state; '' for a directory."""
    return digest(f"{endpoint} {bucket}") if bucket else ""


def _keep(state_directory: Path, saved: SavedPublisher) -> bool:
    """Save it, and return whether that was possible. A failure is a warning."""
    stored = {
        "marks": list(saved.marks),
        "target": saved.target,
        "form": saved.form.value,
        "enforced": saved.enforced,
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
