# SPDX-License-Identifier: MIT
"""Saved state about a pair: where it meets, and who published at the last run."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from elytra_status.net.s3_conditions import TagForm
from elytra_status.system import files, journal
from elytra_status.system.clock import from_text, to_text

FILE = "pair.json"


@dataclass(frozen=True)
class SavedPair:
    """What a machine saves about its pair.

    `joined` is the digest of the place where both meet, '' before this machine has read what both know. `form` is how
    the storage accepts conditions, None if that has not been `tried`. `standing_by` says who publishes, and is '' if
    this machine did at its last run.
    """

    joined: str = ""
    form: TagForm | None = None
    tried: datetime | None = None
    standing_by: str = ""

    @property
    def in_words(self) -> str:
        """What this machine did at its last run."""
        if not self.joined:
            return "this machine has not run as one of a pair yet"
        return f"standing by: {self.standing_by}" if self.standing_by else "this machine publishes"


def read_pair(state_directory: Path) -> SavedPair:
    """Return what the last run saved about the pair. Malformed parts are skipped."""
    value = files.read_state(state_directory / FILE).value
    joined, form, standing_by = value.get("joined"), value.get("form"), value.get("standing_by")
    # A pair publishes only with conditions, so that "none" is damage.
    forms = [TagForm.BARE, TagForm.QUOTED]
    tried = None
    with suppress(TypeError, ValueError):
        tried = from_text(value["tried"]) if value.get("tried") else None
    return SavedPair(
        joined if isinstance(joined, str) else "",
        TagForm(form) if form in forms else None,
        tried,
        standing_by if isinstance(standing_by, str) else "",
    )


def write_pair(state_directory: Path, saved: SavedPair) -> None:
    """Save what a machine knows about its pair. A failure is a warning."""
    stored = {
        "joined": saved.joined,
        "form": saved.form.value if saved.form else None,
        "tried": to_text(saved.tried) if saved.tried else None,
        "standing_by": saved.standing_by,
    }
    path = state_directory / FILE
    try:
        files.write_atomically(path, json.dumps(stored).encode(), 0o600)
        files.give_to_owner(path)
    except OSError as error:
        journal.log_warning(f"{path} cannot be written ({error.strerror}). The next run finds out anew what it holds.")


def leave_pair(state_directory: Path) -> None:
    """Forget the pair, so that this machine joins it anew if it is set again."""
    with suppress(OSError):
        (state_directory / FILE).unlink(missing_ok=True)
