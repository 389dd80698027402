# SPDX-License-Identifier: MIT
"""Rename files to their places, all or none."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from elytra_status.problem import Problem, SettingsError


@dataclass(frozen=True)
class FileChange:
    """A changed file: its name below the directory, and whether it is removed."""

    name: str
    is_removed: bool = False


def put_files(directory: Path, copy: Path, changes: Sequence[FileChange], directories: Mapping[str, int]) -> None:
    """Rename the changed files of a copy to the directory, all or none.

    `directories` are created if they are missing. The copy is on the same file system. Signals wait until the end.
    Raise SettingsError on failure.
    """
    undo: list[tuple[Path, Path | None]] = []
    with _signals_wait():
        try:
            for name, mode in directories.items():
                if not (directory / name).is_dir():
                    (directory / name).mkdir()
                    (directory / name).chmod(mode)
            for number, change in enumerate(changes):
                undo.append(_keep(directory / change.name, copy / f"kept-{number}"))
                if change.is_removed:
                    (directory / change.name).unlink()
                else:
                    os.replace(copy / change.name, directory / change.name)
            _sync(directory, *directories)
        except BaseException as error:
            for target, before in reversed(undo):
                with suppress(OSError):
                    os.replace(before, target) if before else target.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise cannot_be_written(error, directory) from None
            raise


def cannot_be_written(error: OSError, directory: Path) -> SettingsError:
    """Return an error with a remedy for a file that cannot be written."""
    remedies = {
        **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Run this as root, or correct owner and mode"),
        **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Free space on the disk"),
        errno.EXDEV: f"Keep it on the same file system as {directory}",
    }
    remedy = remedies.get(error.errno or 0, "Remove what is in its place")
    named = error.filename2 or error.filename or directory
    return SettingsError([Problem(f"cannot be written ({error.strerror})", remedy, str(named))])


def _keep(target: Path, kept: Path) -> tuple[Path, Path | None]:
    """Keep a file under another name and return both, None if it does not exist."""
    if not target.exists():
        return target, None
    os.link(target, kept)
    return target, kept


def _sync(directory: Path, *names: str) -> None:
    for path in (directory, *(directory / name for name in names)):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Delay signals that end the process until after the `with` block."""
    came: list[int] = []
    # A signal mask would not do: another thread would receive them.
    before = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            os.kill(os.getpid(), late)
