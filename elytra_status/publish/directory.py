# SPDX-License-Identifier: MIT
"""Publishes to a local directory, for a web server on this machine; the default."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from elytra_status.documents import Document
from elytra_status.errors import PublishError
from elytra_status.publish.stamp import Found, Stamp
from elytra_status.publish.target import ConditionalWrites, Unseen
from elytra_status.system.clock import Clock
from elytra_status.system.files import read_regular, write_atomically


@dataclass(frozen=True)
class Directory:
    """A directory as a target. The web server sets the headers of documents."""

    path: Path
    clock: Clock
    headers: dict[str, Document] = field(default_factory=dict)
    conditions: ConditionalWrites = field(default_factory=lambda: ConditionalWrites(enforced=True))

    @property
    def description(self) -> str:
        """The directory, in words for the administrator."""
        return str(self.path)

    @property
    def at_once(self) -> int:
        """The number of documents to write or read in parallel: one."""
        # If the process is stopped, a thread would leave a file half-written.
        return 1

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock the directory: runs with other state directories may publish there too."""
        try:
            _make(self.path)
            handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self._failure("written", error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self, name: str) -> Found:
        """Return the file of this name, as the target holds it."""
        return Found(self._document(name), self.clock.now())

    def _document(self, name: str) -> Document | None:
        try:
            body = read_regular(self.path / name)
        except FileNotFoundError:
            return None
        except OSError as error:
            problem = f"{self.path / name} cannot be read ({error.strerror})"
            raise PublishError(problem, "remove what is in its place, or correct its owner and mode") from None
        written = self.headers.get(name, Document(name, b"", "", "", frozenset()))
        return replace(written, body=body)

    def write(self, document: Document, stamp: Stamp | None = None, instead_of: str | None = None) -> str:
        """Write a file atomically. It has no tag."""
        # Under the lock nobody else has written since it was read.
        target = self.path / document.name
        try:
            _make(target.parent)
            write_atomically(target, document.body, 0o644)
        except OSError as error:
            raise self._failure("written", error) from None
        self.headers[document.name] = document
        return ""

    def held(self, document: Document) -> list[str] | None:
        """Return the warnings about a file that is there already, None if it differs."""
        try:
            is_same = read_regular(self.path / document.name) == document.body
            return self.check_as_visitor(document) if is_same else None
        except (OSError, PublishError):
            return None

    def check_as_visitor(self, document: Document) -> list[str]:
        """Check that other users may read the file."""
        try:
            mode = os.stat(self.path / document.name).st_mode
        except OSError as error:
            raise self._failure(f"asked for {document.name}", error) from None
        if not mode & 0o004:
            raise PublishError(f"{document.name} in {self.path} is not readable by a web server", "see its mode")
        return []

    def remove(self, name: str) -> None:
        """Remove the file, if there is one."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            problem = f"{self.path / name} cannot be removed ({error.strerror})"
            raise PublishError(problem, "remove it, or correct the owner and mode of its directory") from None

    def copy_expires(self, name: str) -> datetime | None:
        """Return None: a run does not read at the public address."""
        return None

    def unseen(self, name: str) -> Unseen | None:
        """Return None: a run does not read at the public address."""
        return None

    def _failure(self, done: str, error: OSError) -> PublishError:
        return PublishError(
            f"{self.path} cannot be {done} ({error.strerror})",
            "free space on the disk, or correct owner and mode of PUBLIC_DIRECTORY",
        )


def _make(path: Path) -> None:
    """Make a directory and its parents, open to a web server whatever the umask is."""
    for directory in reversed((path, *path.parents)):
        if not directory.exists():
            directory.mkdir(exist_ok=True)
            directory.chmod(0o755)


def path_of(public_directory: str | None, state_directory: Path) -> Path:
    """Return PUBLIC_DIRECTORY, or public/ in the state directory if it is not set."""
    return Path(public_directory or state_directory / "public")
