# SPDX-License-Identifier: MIT
"""Stores announcements in one file of the state directory, under its own lock.

A run has another lock: a person can announce something during a run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from elytra_status.announcements import written
from elytra_status.errors import AnnouncementsError
from elytra_status.model import Announcements
from elytra_status.system import bounded_json, files
from elytra_status.system.clock import Clock

FILE = "announcements.json"
LOCK_FILE = "announcements.lock"
# A process that holds the lock only reads and writes one small file.
LONGEST_WAIT_SECONDS = 10.0


def read(state_directory: Path) -> Announcements:
    """Return the announcements; empty if there is no file.

    Raise AnnouncementsError if any part of the file cannot be read: with one announcement missing, a run could publish
    "operational" while a person has announced an outage.
    """
    path = state_directory / FILE
    try:
        value = bounded_json.loads(files.read_regular(path))
    except FileNotFoundError:
        return Announcements()
    except OSError as error:
        raise AnnouncementsError(
            f"announcements cannot be read from {path} ({error.strerror})",
            "nothing is published meanwhile; let the user elytra-status read that file",
        ) from None
    except ValueError:
        raise _broken(path, "not JSON") from None
    try:
        return written.from_json(value)
    except written.ShapeError as error:
        raise _broken(path, str(error)) from None


def _broken(path: Path, fault: str) -> AnnouncementsError:
    return AnnouncementsError(
        f"announcements cannot be read from {path} ({fault})",
        "nothing is published meanwhile; repair the file, or set it aside and announce again what still applies:"
        f" mv {path} {path}.broken",
    )


def change(
    state_directory: Path, clock: Clock, how: Callable[[Announcements], Announcements]
) -> tuple[Announcements, Announcements]:
    """Change the stored announcements; return them before and after.

    `how` gets the present announcements and returns the new ones; if it raises, nothing changes. Raise
    AnnouncementsError if the file cannot be read or written, LockedError if another process holds the lock for more
    than LONGEST_WAIT_SECONDS.
    """
    path = state_directory / FILE
    try:
        state_directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        with files.lock_file(state_directory / LOCK_FILE, clock, LONGEST_WAIT_SECONDS):
            before = read(state_directory)
            after = how(before)
            if after != before:
                text = json.dumps(written.to_json(after), indent=1, ensure_ascii=False)
                # JSON can hold half of a surrogate pair, and what was read must be written again.
                files.write_atomically(path, text.encode("utf-8", "surrogatepass") + b"\n", 0o600)
            return before, after
    except OSError as error:
        raise AnnouncementsError(
            f"{path} cannot be written ({error.strerror}); the announcements are unchanged",
            "run this as root or as the user elytra-status, and check that the disk has room (df)",
        ) from None
