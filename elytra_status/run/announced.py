# SPDX-License-Identifier: MIT
"""The announcements of this machine or its pair, for commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from elytra_status.announcements import store
from elytra_status.decision.ended_groups import Accepted
from elytra_status.errors import PublishError
from elytra_status.model import Announcements
from elytra_status.net.s3_errors import PASSING
from elytra_status.run.accepted import Register
from elytra_status.settings import Settings
from elytra_status.system import journal
from elytra_status.system.clock import Clock

UNCHANGED = "the announcements of the pair cannot be changed; nothing is published"
_CHECK_SAVED = "if the storage timed out, see whether it was saved nevertheless: elytra-status override show"


def read_announcements(settings: Settings, clock: Clock, state_directory: Path) -> Announcements:
    """Return the announcements.

    If the storage of a pair is unreachable, log a warning and return this machine's copy. Raise AnnouncementsError if
    they cannot be read.
    """
    if settings.publishers != "pair":
        return store.read(state_directory)
    from elytra_status.run.pair import open_pair

    try:
        return open_pair(settings, clock, state_directory).read_state().announcements
    except PublishError as error:
        journal.log_warning(f"{error} This is what this machine knew at its last run.", event="pair")
        return store.read(state_directory)


def change_announcements(
    settings: Settings, clock: Clock, state_directory: Path, how: Callable[[Announcements], Announcements]
) -> tuple[Announcements, Announcements]:
    """Change the announcements; return them before and after.

    `how` may be called several times; if it raises, nothing changes. Raise PublishError if the storage of a pair is
    unreachable, and as `store.change` does.
    """
    if settings.publishers != "pair":
        return store.change(state_directory, clock, how)
    from elytra_status.run.pair import open_pair

    try:
        return open_pair(settings, clock, state_directory).change_announcements(how)
    except PublishError as error:
        # No run tries again what is not saved.
        remedy = "repeat the command when the storage works again" if error.code in PASSING else error.remedy
        raise PublishError(f"{UNCHANGED} ({error.problem})", f"{remedy}; {_CHECK_SAVED}") from None


def add_records(
    settings: Settings,
    clock: Clock,
    state_directory: Path,
    register: Register,
    records: Mapping[str, Accepted],
) -> None:
    """Add records to a register of this machine, or of its pair."""
    _change_records(settings, clock, state_directory, register, lambda there: {**there, **records})


def remove_record(settings: Settings, clock: Clock, state_directory: Path, register: Register, key: str) -> None:
    """Remove a record from a register of this machine, or of its pair."""
    _change_records(
        settings,
        clock,
        state_directory,
        register,
        lambda there: {name: one for name, one in there.items() if name != key},
    )


def _change_records(
    settings: Settings,
    clock: Clock,
    state_directory: Path,
    register: Register,
    how: Callable[[Mapping[str, Accepted]], Mapping[str, Accepted]],
) -> None:
    if settings.publishers != "pair":
        register.change(state_directory, clock, how)
        return
    from elytra_status.run.pair import open_pair

    mine = open_pair(settings, clock, state_directory)
    mine.change(lambda there: there.with_register(register, how(there.register(register))))
    mine.copy_here()
