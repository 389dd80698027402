# SPDX-License-Identifier: MIT
"""Files that are written completely or not at all, and locks."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from elytra_status.errors import LockedError, UsageError
from elytra_status.system import bounded_json
from elytra_status.system.clock import Clock, moment_of

# No write takes this long, so an older temporary file was abandoned.
ABANDONED_AFTER_SECONDS = 3600
# Saved state of 10,000 monitors with their badges has 3 MB.
LARGEST_STATE_FILE = 64 * 2**20
MOST_STATE_VALUES = 2_000_000
# How many damaged files are kept.
SET_ASIDE_KEPT = 3
# How long to wait before trying again for a lock that another process holds.
_PAUSE_SECONDS = 0.2


def write_atomically(path: Path, body: bytes, mode: int) -> None:
    """Write a file so that readers see either the old or the new content.

    Raise OSError on failure.
    """
    # The name is chosen before the file exists, so that after a signal the file can be removed at any time.
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _clear_away(path, os.fstat(descriptor).st_mtime - ABANDONED_AFTER_SECONDS)
            file.write(body)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:  # SIGTERM too must leave no partial file.
        with suppress(OSError):
            os.unlink(temporary)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def touch(descriptor: int) -> datetime:
    """Mark a file or directory as changed; return the time by its file system."""
    os.utime(descriptor)
    return moment_of(os.fstat(descriptor).st_mtime)


def _clear_away(path: Path, before: float) -> None:
    """Remove temporary files of this file that killed runs have left."""
    with suppress(OSError):
        for entry in os.scandir(path.parent):
            if entry.name.startswith(f".{path.name}.") and entry.stat(follow_symlinks=False).st_mtime < before:
                os.unlink(entry)


class NotRegularError(OSError):
    """A path names a symbolic link, FIFO, device or directory instead of a file."""


def read_regular(path: Path, largest: int = LARGEST_STATE_FILE, *, follows_links: bool = False) -> bytes:
    """Return the content of a regular file of up to `largest` bytes.

    With `follows_links` the path may be a symbolic link, as for an administrator's own file. Raise FileNotFoundError if
    the file is missing. Raise OSError, with a reason in `strerror`, if it is larger, cannot be read, or is a symbolic
    link, FIFO, device or directory.
    """
    with open_regular(path, follows_links=follows_links) as file:
        body = file.read(largest + 1)
    if len(body) > largest:
        raise OSError(errno.EFBIG, f"larger than {largest / 2**20:.3g} MB", str(path))
    return body


def open_regular(path: Path, *, follows_links: bool = False) -> BinaryIO:
    """Open a regular file for reading.

    Nothing else is opened, because opening a device may have an effect. With `follows_links` the path may be a symbolic
    link. Raise FileNotFoundError if the file is missing, and NotRegularError if it is no regular file.
    """
    return os.fdopen(_open_regular(_followed(path) if follows_links else path, os.O_RDONLY), "rb")


def check_regular(path: Path, *, follows_links: bool = False) -> None:
    """Raise NotRegularError if a path is not a regular file.

    The reason is in `strerror`. With `follows_links` the path may be a symbolic link.
    """
    try:
        mode = os.lstat(_followed(path) if follows_links else path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise _not_regular(path)


def _followed(path: Path) -> Path:
    # Path.resolve() raises RuntimeError for a link to itself in Python 3.11.
    return Path(os.path.realpath(path))


def _open_regular(path: Path, flags: int, mode: int = 0) -> int:
    check_regular(path)
    # A FIFO may have taken its place since. Without O_NONBLOCK, opening it would wait for its other end.
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags, mode)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise _not_regular(path) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_regular(path)
    return descriptor


def _not_regular(path: Path) -> NotRegularError:
    return NotRegularError(errno.EINVAL, "not a regular file", str(path))


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a state file, an empty one if missing or damaged.

    See `read_state`.
    """
    return read_state(path).value


class Stored(NamedTuple):
    """The object in a state file, empty if it is missing or damaged.

    `problem` says why it is damaged, else it is ''.
    """

    value: dict[str, Any]
    is_missing: bool = False
    problem: str = ""


def read_state(path: Path) -> Stored:
    """Return the object in a state file, and whether it is missing, sound or damaged."""
    try:
        value = bounded_json.loads(read_regular(path), most_values=MOST_STATE_VALUES)
    except FileNotFoundError:
        return Stored({}, is_missing=True)
    except OSError as error:
        return Stored({}, problem=error.strerror or "cannot be read")
    except ValueError:
        return Stored({}, problem="not JSON")
    return Stored(value) if isinstance(value, dict) else Stored({}, problem="not a JSON object")


def set_aside(path: Path, now: datetime) -> Path | None:
    """Rename a damaged file to a name with the time.

    Return None if that is not possible. Only a few are kept, so that a failing disk does not fill up.
    """
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    try:
        os.rename(path, aside)
    except OSError:
        return None
    with suppress(OSError):
        for old in sorted(path.parent.glob(f"{path.name}.damaged-*Z"))[:-SET_ASIDE_KEPT]:
            old.unlink()
    return aside


def check_writable(directory: Path) -> str:
    """Return why no file can be written to a directory, '' if one can."""
    path = directory / ".writable"
    try:
        write_atomically(path, b"\n", 0o600)
        path.unlink()
    except OSError as error:
        return error.strerror or "cannot be written"
    return ""


@contextmanager
def lock_directory(directory: Path) -> Iterator[None]:
    """Hold the lock on a state directory. Raise LockedError if another run holds it.

    The directory itself is locked, which works even if it is read-only.
    """
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UsageError(
            f"the state directory {directory} cannot be used ({error.strerror})",
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


@contextmanager
def lock_file(path: Path, clock: Clock, seconds: float) -> Iterator[None]:
    """Hold the lock on a lock file, which is not removed. Wait for up to `seconds`.

    Raise LockedError if another process holds it for longer, and OSError if locking is impossible.
    """
    descriptor = _open_regular(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        give_to_owner(path)
        if not wait_for_lock(descriptor, clock, seconds):
            raise LockedError(f"another process holds the lock on {path}", "try again")
        yield
    finally:
        os.close(descriptor)


def wait_for_lock(descriptor: int, clock: Clock, seconds: float) -> bool:
    """Lock an open file or directory, and wait for up to `seconds`.

    Return False if another process holds the lock for longer. Raise OSError if locking is impossible.
    """
    deadline = clock.monotonic() + seconds
    while not _take(descriptor):
        if clock.monotonic() >= deadline:
            return False
        clock.sleep(_PAUSE_SECONDS)
    return True


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give_to_owner(path: Path) -> None:
    """Give a file to the owner of its directory.

    Otherwise it would belong to root, who ran a command by hand.
    """
    with suppress(OSError):
        owner = path.parent.stat()
        if os.geteuid() == 0 and path.lstat().st_uid != owner.st_uid:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def user_name(number: int) -> str:
    """Return the name of a user, or a description without one."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


class Owner(NamedTuple):
    """The numbers of a user and of its group."""

    user: int
    group: int


def act_as_owner(directory: Path) -> None:
    """If this is root, continue as the owner of a directory.

    The owner, who is the user of the service, can then read and replace the files written there. Raise UsageError if
    this process may not become another user: as root it must not touch what that user can replace.
    """
    if owner := owner_to_become(directory):
        become(owner, directory)


def owner_to_become(directory: Path, user_if_missing: str = "") -> Owner | None:
    """Return as whom root must use a directory.

    Return None if this is not root, or the directory is root's. If the directory is missing, return the user of a name,
    None if there is no such user.
    """
    if 0 not in os.getresuid():
        return None
    try:
        status = directory.stat()
        owner = Owner(status.st_uid, status.st_gid)
    except OSError:
        try:
            entry = pwd.getpwnam(user_if_missing)
        except KeyError:
            return None
        owner = Owner(entry.pw_uid, entry.pw_gid)
    return owner if owner.user != 0 else None


def become(owner: Owner, directory: Path) -> None:
    """Continue as the owner of a directory. Raise UsageError if root may not do that."""
    try:
        try:
            os.initgroups(pwd.getpwuid(owner.user).pw_name, owner.group)
        except KeyError:
            os.setgroups([])
        os.setgid(owner.group)
        os.setuid(owner.user)
    except OSError as error:
        name = user_name(owner.user)
        raise UsageError(
            f"root may not become {name}, the owner of {directory}, here ({error.strerror})",
            f"run this as {name}, or allow the container or sandbox to change users (CAP_SETUID, CAP_SETGID)",
        ) from None
