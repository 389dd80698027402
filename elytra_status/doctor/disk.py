# SPDX-License-Identifier: MIT
"""Check the disk of the state directory: free space, and write permission."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from elytra_status.doctor.finding import Area, Context, Finding, fault, ok, skipped, warning
from elytra_status.model import number_of
from elytra_status.system.files import user_name

# The history takes up to 200 MB.
LITTLE_BYTES, NO_BYTES = 300 * 10**6, 20 * 10**6
LITTLE_FILES, NO_FILES = 1000, 50
_ROOM = "free some: apt clean; journalctl --vacuum-size=100M; df -h; df -i"


def checks(context: Context) -> Iterator[Finding]:
    """Yield the condition of the state directory and its disk."""
    path = context.state_directory
    try:
        status = path.stat()
    except FileNotFoundError:
        yield skipped("state", f"{path}: does not exist yet; the first run creates it")
        return
    except OSError as error:
        yield warning(
            "state", f"{path} cannot be read ({error.strerror})", "run this as root: sudo elytra-status doctor"
        )
        return
    yield _directory(path, status)
    yield from _room(path)


def _directory(path: Path, status: os.stat_result) -> Finding:
    shown = f"{path}, {user_name(status.st_uid)}, {stat.S_IMODE(status.st_mode):04o}"
    if not stat.S_ISDIR(status.st_mode):
        return fault("state", f"{path}: is not a directory", "move it away; a run creates the directory")
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return fault("state", f"{shown}: the disk is read-only", "see why with dmesg, then mount -o remount,rw")
    if status.st_mode & stat.S_IWOTH:
        return fault("state", f"{shown}: everybody may write there", f"chmod 0711 {path}")
    if os.geteuid() != status.st_uid:
        return skipped("state", f"{shown}: only root can see whether that user may write there")
    if not os.access(path, os.W_OK | os.X_OK):
        return fault("state", f"{shown}: its owner may not write there", f"chmod 0711 {path}")
    foreign = [entry.name for entry in os.scandir(path) if entry.stat(follow_symlinks=False).st_uid != status.st_uid]
    if foreign:
        remedy = f"chown -R {user_name(status.st_uid)} {path}"
        count = number_of(len(foreign), "file", "belongs", "belong")
        return warning("state", f"{path}: {count} to another user", remedy)
    return ok("state", shown)


def _room(path: Path) -> Iterator[Finding]:
    room = os.statvfs(path)
    free = room.f_bavail * room.f_frsize
    shown = f"{free / 10**9:.1f} GB free" if free >= 10**9 else f"{free // 10**6} MB free"
    yield _by_limits("space", shown, free, LITTLE_BYTES, NO_BYTES)
    if room.f_files:  # Some file systems have no such limit.
        yield _by_limits("inodes", f"{room.f_favail} free", room.f_favail, LITTLE_FILES, NO_FILES)


def _by_limits(name: str, shown: str, free: int, little: int, none: int) -> Finding:
    if free < none:
        return fault(name, shown, _ROOM)
    return warning(name, shown, _ROOM) if free < little else ok(name, shown)


AREA = Area("disk", checks, needs_settings=False)
