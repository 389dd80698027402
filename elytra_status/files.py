# SPDX-License-Identifier: MIT
"""Files that are whole or not there at all, and the lock that keeps two runs apart."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from elytra_status.errors import LockedError, UsageError


def write_atomically(path: Path, body: bytes, mode: int) -> None:
    """Write a file so that a reader sees the old or the new content and nothing between. Raise OSError."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:  # SIGTERM too must leave nothing half-written behind
        with suppress(OSError):
            os.unlink(temporary)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a state file; an empty one where it is missing or not to be read.

    State files hold what is handy to know, and nothing that a run cannot do without.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Hold the lock on a state directory. Raise LockedError where another run holds it.

    The directory itself is locked, which works even where nothing can be written to it.
    """
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UsageError(
            f"the state directory {directory} cannot be used: {error.strerror}",
            "run this as the user elytra-status or as root, or name another with --state-directory",
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"another run holds the lock on {directory}", "wait for it to end") from None
        yield
    finally:
        os.close(descriptor)
