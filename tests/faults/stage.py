# SPDX-License-Identifier: MIT
"""A state directory in which a run is ended, or kept from writing, at any moment, and the run that follows.

Each run is a child of this process, so that it takes a fraction of a second. Uptime Kuma reported that all is well in
the first run, whose state every case begins with, and reports an outage from then on.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from elytra_status import schema
from elytra_status.announcements import store
from elytra_status.errors import INTERNAL, ElytraStatusError
from elytra_status.model import Announcements, Incident, IncidentUpdate, Maintenance, StateHealth
from elytra_status.run import saved_state
from elytra_status.system import files
from elytra_status.system.clock import SYSTEM_CLOCK, from_text
from tests import made_kuma
from tests.child_processes import wait_for_child
from tests.conftest import API_KEY, recording
from tests.each_call import at_each_call
from tests.faults.hostile_http import HostileHTTP, whole
from tests.history.test_file import is_sound
from tests.in_process import run_words

BEFORE, AFTER, UNKNOWN = "operational", "outage", "unknown"
# Bytes: twice the largest garbage.
_DISK = 40 * 2**20
_FILLER = ".filler"
_REMOUNT, _BIND, _READ_ONLY = 32, 4096, 1
# The environment variable that says that this process has a mount namespace of its own.
OWN_MOUNTS = "ELYTRA_STATUS_OWN_MOUNTS"
# What is done at a moment of a run.
Act = Callable[[], object]
Where = Callable[[FrameType], bool]


class Ended(NamedTuple):
    """How a run ended: what os.waitpid returned, and what it printed."""

    status: int
    output: str

    @property
    def exit_status(self) -> int | None:
        """Its exit status, None if it was killed."""
        return os.waitstatus_to_exitcode(self.status) if os.WIFEXITED(self.status) else None


def label_of(frame: FrameType) -> str:
    """Return the name of the state file that a call is about to write, '' for other calls."""
    if frame.f_code.co_name == "write_atomically":
        return str(frame.f_locals["path"].name)
    return "history.sqlite" if frame.f_code.co_filename == at_each_call.__code__.co_filename else ""


class Stage:
    """The directory, its servers, and what every case begins with. `can_mount` says whether it is a disk of its own."""

    def __init__(self, directory: Path, url: str, website: str, *, can_mount: bool) -> None:
        self.state, self.can_mount = directory / "state", can_mount
        self._kept, self._output = directory / "kept", directory / "output"
        file = directory / "elytra-status.conf"
        values = {
            "UPTIME_KUMA_URL": url,
            "UPTIME_KUMA_API_KEY": API_KEY,
            "UPTIME_KUMA_STATUS_PAGE": "elytra",
            "PUBLISH": "status,feed,statuspage,calendar,history",
            "WEBHOOK_URL": f"{website}/hook",
            "REVALIDATE_URL": f"{website}/revalidate",
            "REVALIDATE_SECRET": "planted-secret-of-the-website",
            "CONFIRM_AFTER_SECONDS": "1",
        }
        file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), "utf-8")
        file.chmod(0o600)
        self._words = ("run", "--config", str(file), "--state-directory", str(self.state))

    def keep(self) -> None:
        """Keep the state as it is for `restore`."""
        shutil.copytree(self.state, self._kept, symlinks=True)

    def restore(self) -> None:
        """Make the state what it was before."""
        for path in self.state.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        shutil.copytree(self._kept, self.state, symlinks=True, dirs_exist_ok=True)

    def run(self, at: Callable[[FrameType], object] | None = None, prepare: Act = lambda: None) -> Ended:
        """Do a run in a child process. `at` is called at each of its calls, `prepare` in the child before it begins."""
        with self._output.open("w+b") as output:
            child = os.fork()
            if child == 0:
                self._in_child(output.fileno(), at, prepare)
            status = wait_for_child(child)
            output.seek(0)
            return Ended(status, output.read().decode(errors="replace"))

    def _in_child(self, output: int, at: Callable[[FrameType], object] | None, prepare: Act) -> None:
        status = INTERNAL
        try:
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
            prepare()
            if at:
                with at_each_call(at):
                    status = run_words(*self._words)
            else:
                status = run_words(*self._words)
        finally:
            os._exit(status)

    def run_until(self, moment: int, where: Where, act: Act) -> Ended:
        """Do a run, and `act` at this one of the calls that `where` chooses.

        If `act` returns False, it is tried again at each call that follows, of whatever kind.
        """
        calls = 0
        is_due = False

        def count(frame: FrameType) -> None:
            nonlocal calls, is_due
            if where(frame):
                is_due = is_due or calls == moment
                calls += 1
            if is_due:
                is_due = act() is False

        return self.run(count)

    def moments(self, where: Where) -> list[str]:
        """Return the labels of all calls of a run that `where` chooses."""
        read, write = os.pipe()

        def note(frame: FrameType) -> None:
            if where(frame):
                os.write(write, f"{label_of(frame)}\n".encode())

        os.set_blocking(write, False)
        # A run has some thousand calls, and a pipe holds a megabyte.
        with suppress(OSError):
            ctypes.CDLL(None).fcntl(write, 1031, 2**20)
        assert self.run(note).status == 0
        os.close(write)
        with os.fdopen(read, "rb") as labels:
            return labels.read().decode().split("\n")[:-1]

    # What goes wrong with a disk.

    def fill(self) -> None:
        """Leave no room on the disk."""
        descriptor = os.open(self.state / _FILLER, os.O_WRONLY | os.O_CREAT, 0o600)
        for block in (2**20, 4096, 1):
            with suppress(OSError):
                while True:
                    os.write(descriptor, bytes(block))
        os.close(descriptor)

    def make_read_only(self) -> bool:
        """Make the disk read-only. Return False while a file is open for writing."""
        return self._remount(_READ_ONLY)

    @property
    def is_read_only(self) -> bool:
        """Whether the disk is read-only."""
        return bool(os.statvfs(self.state).f_flag & os.ST_RDONLY)

    def mend(self) -> None:
        """Make the disk writable, with room."""
        if self.can_mount:
            assert self._remount(0)
        (self.state / _FILLER).unlink(missing_ok=True)

    def _remount(self, flag: int) -> bool:
        path = os.fsencode(self.state)
        return ctypes.CDLL(None).mount(None, path, None, ctypes.c_ulong(_REMOUNT | _BIND | flag), None) == 0

    # What must hold.

    def document(self) -> dict[str, Any]:
        """Return the published status, which is valid."""
        body = files.read_regular(self.state / "public" / "status.json")
        _, problems = schema.parse_status(body)
        assert not problems, problems
        document: dict[str, Any] = json.loads(body)
        return document

    def faults_of_run(self, ended: Ended, allowed: tuple[str, ...] = (BEFORE, AFTER)) -> list[str]:
        """Return what is wrong after a run that something happened to."""
        found = []
        if "internal error" in ended.output or "Traceback" in ended.output:
            found.append("said that it is at fault itself")
        if ended.exit_status in (INTERNAL, 1):
            found.append(f"ended with {ended.exit_status}")
        try:
            published = self.document()["platform_status"]
        except (AssertionError, OSError, ValueError) as error:
            return [*found, f"left no valid document: {error}"]
        if published not in allowed:
            found.append(f"published {published}")
        if ended.exit_status == 0 and published == BEFORE:
            found.append("ended well without publishing")
        return found

    def faults_of_next(self) -> list[str]:
        """Return what is wrong after the run that follows, with which everything is in order again."""
        ended = self.run()
        found = [f"the next run: {fault}" for fault in self.faults_of_run(ended, (AFTER,))]
        if ended.exit_status != 0:
            found.append(f"the next run ended with {ended.exit_status}")
        return [*found, *self.faults_of_state()]

    def faults_of_state(self) -> list[str]:
        """Return what is wrong with the state files."""
        found = []
        try:
            if not _has_all(store.read(self.state)):
                found.append("an announcement is lost")
        except ElytraStatusError as error:
            found.append(str(error))
        if saved_state.read(self.state).state is not StateHealth.SOUND:
            found.append("saved state is not sound")
        if not is_sound(self.state / "history.sqlite"):
            found.append("the history is damaged")
        if aside := [path.name for path in self.state.iterdir() if "damaged" in path.name]:
            found.append(f"set aside {', '.join(aside)}")
        if from_text(self.document()["updated_at"]) > SYSTEM_CLOCK.now() + timedelta(minutes=1):
            found.append("dated the document in the future")
        return found


def _announced() -> Announcements:
    now = SYSTEM_CLOCK.now().replace(microsecond=0)
    move = Maintenance("m1", "We move.", now + timedelta(days=2), now + timedelta(days=2, hours=1), "jane")
    incident = Incident("i1", now, (IncidentUpdate(now, "We see errors.", "jane"),))
    return Announcements(None, (move,), (incident,), last_identifier="m1")


def _has_all(there: Announcements) -> bool:
    wanted = {one.identifier for one in _announced().maintenance}, {one.identifier for one in _announced().incidents}
    return wanted[0] <= {one.identifier for one in there.maintenance} and wanted[1] <= {
        one.identifier for one in there.incidents
    }


@contextmanager
def stage() -> Iterator[Stage]:
    """Yield a stage after its first run. If this process may mount, its state directory is a disk of its own."""
    with (
        tempfile.TemporaryDirectory() as name,
        HostileHTTP(whole(b"{}")) as website,
        made_kuma.kuma() as server,
    ):
        directory = Path(name)
        # The fallback for state files that cannot be written must not outlive a case.
        os.environ["RUNTIME_DIRECTORY"] = str(directory / "runtime")
        state = directory / "state"
        state.mkdir(0o755)
        can_mount = _mount(state)
        try:
            made = Stage(directory, server.url, website.url, can_mount=can_mount)
            store.change(state, SYSTEM_CLOCK, lambda there: _announced())
            first = made.run()
            assert (first.exit_status, made.document()["platform_status"]) == (0, BEFORE), first.output
            made.keep()
            server.recording = recording("v2.5.3", "one-down", fallback="all-up")
            yield made
        finally:
            if can_mount:
                ctypes.CDLL(None).umount2(os.fsencode(state), 2)


def _mount(path: Path) -> bool:
    """Mount a small disk there, if this process is in a mount namespace of its own and may."""
    if os.environ.get(OWN_MOUNTS) != "yes":
        return False
    size = f"size={_DISK},mode=0755".encode()
    return ctypes.CDLL(None).mount(b"none", os.fsencode(path), b"tmpfs", ctypes.c_ulong(0), size) == 0
