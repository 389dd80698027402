# SPDX-License-Identifier: MIT
"""A fallback for state files if the state directory is read-only.

They are about notifications: without them each run of an outage would notify again. They are in $RUNTIME_DIRECTORY,
which systemd creates for the units (RuntimeDirectory=), else in a directory of this user below the one for temporary
files.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from elytra_status.system import files, journal


def read(path: Path) -> dict[str, Any]:
    """Return the object in a state file, from the fallback directory if it is there."""
    directory = _directory(make=False)
    if directory and (value := files.read_json(directory / _name(path))):
        return value
    return files.read_json(path)


def exists(path: Path) -> bool:
    """Whether a state file exists, in its own directory or in the fallback directory."""
    directory = _directory(make=False)
    return path.exists() or (directory is not None and (directory / _name(path)).exists())


def delete(path: Path) -> None:
    """Remove a state file from both directories. Raise OSError on failure."""
    if directory := _directory(make=False):
        (directory / _name(path)).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def write(path: Path, body: bytes) -> None:
    """Write a state file, to the fallback directory if necessary.

    Raise OSError if that fails too.
    """
    try:
        files.write_atomically(path, body, 0o600)
    except OSError as error:
        directory = _directory(make=True)
        if directory is None:
            raise
        files.write_atomically(directory / _name(path), body, 0o600)
        journal.log_error(
            f"{path} cannot be written ({error.strerror}); it is kept in {directory} until then", event="state"
        )
        return
    files.give_to_owner(path)
    if directory := _directory(make=False):
        with suppress(OSError):
            (directory / _name(path)).unlink(missing_ok=True)


def _name(path: Path) -> str:
    return f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]}-{path.name}"


def _directory(*, make: bool) -> Path | None:
    """Return the directory for such files if nobody else can write to it."""
    given = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    path = Path(given) if given else Path(tempfile.gettempdir()) / f"elytra-status-{os.geteuid()}"
    try:
        if make and not given:
            path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
    except OSError:
        return None
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
    return path if is_own else None
