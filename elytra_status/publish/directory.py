# SPDX-License-Identifier: MIT
"""Publishes to a local directory, for a web server on this machine; the default.

A run only writes the files: the web server may not be set up yet, and check-freshness reports if visitors do not get
them. Commands that announce something ask what visitors get.

A file beside the documents says which run published status.json, as the metadata of an object does: the lock on the
directory keeps no other machine out that has the same file system.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from elytra_status.documents import Document, body_digest
from elytra_status.documents.document import PAGE
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import PublishError
from elytra_status.publish.stamp import Found, Stamp
from elytra_status.publish.target import ConditionalWrites, Unseen
from elytra_status.publish.visitor_check import Remedies, VisitorCheck
from elytra_status.settings import Settings
from elytra_status.system import files
from elytra_status.system.clock import Clock, Deadline
from elytra_status.system.files import read_regular, write_atomically

# For reading status.json and the page in each language at the public address.
SECONDS = 30.0
# A publication to a directory takes less than a second.
LOCK_SECONDS = 45.0
# No web server shows it if it hides what begins with a dot. It holds no secret.
STAMP = ".publisher.json"
# Its entry for the status.json that the new one is to replace.
BEFORE = "before"


@dataclass
class Directory:
    """A directory as a target. The web server sets the headers of documents.

    `ahead` is by how much the clock of the file system is ahead of this machine's, as soon as the directory is locked.
    """

    path: Path
    clock: Clock
    headers: dict[str, Document] = field(default_factory=dict)
    conditions: ConditionalWrites = field(default_factory=lambda: ConditionalWrites(enforced=False))
    ahead: timedelta = timedelta(0)

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
            self._lock(handle)
            with suppress(OSError, ValueError):  # What prevents it is named when a document is written.
                self.ahead = files.touch(handle) - self.clock.now()
            yield
        finally:
            os.close(handle)

    def _lock(self, handle: int) -> None:
        """Lock the open directory, on a file system that has locks."""
        is_free = True
        with suppress(OSError):  # Without locks, the window of docs/storage.md is longer.
            is_free = files.wait_for_lock(handle, self.clock, LOCK_SECONDS)
        if not is_free:
            raise PublishError(
                f"another process has held the lock on {self.path} for {LOCK_SECONDS:.0f} s",
                "see which process it is, and end it if it hangs: lslocks -o COMMAND,PID,PATH",
            )

    def read(self, name: str) -> Found:
        """Return the file of this name, as the target holds it."""
        document = self._document(name)
        stamp = self._stamp(document) if document and name == STATUS else None
        return Found(document, self.clock.now() + self.ahead, stamp=stamp)

    def _stamp(self, status: Document) -> Stamp | None:
        """Return the stamp of the run that published a status.json, None if it left none."""
        return Stamp.from_metadata(self._stored_stamp(body_digest(status)))

    def _stored_stamp(self, digest: str) -> dict[str, str]:
        """Return what is stored about the status.json with this digest.

        It is empty if this status.json was not published here.
        """
        stored = files.read_json(self.path / STAMP)
        for one in (stored, stored.get(BEFORE)):
            if isinstance(one, dict) and one.get("sha256") == digest:
                return {name: text for name, text in one.items() if isinstance(text, str)}
        return {}

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
        target = self.path / document.name
        try:
            _make(target.parent)
            if stamp and document.name == STATUS:
                # It counts as soon as the document that it names is there, and until then the one before.
                there = self._document(STATUS)
                before = self._stored_stamp(body_digest(there)) if there else {}
                stored = {**stamp.to_metadata(), "sha256": body_digest(document), BEFORE: before}
                write_atomically(self.path / STAMP, json.dumps(stored).encode(), 0o644)
            write_atomically(target, document.body, 0o644)
        except OSError as error:
            raise self._failure("written", error) from None
        self.headers[document.name] = document
        return ""

    def held(self, document: Document, tag: str) -> list[str] | None:
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


def read_as_visitor(settings: Settings, state_directory: Path, clock: Clock) -> VisitorCheck:
    """Read status.json and each language's page at STATUS_URL.

    Return what was found. STATUS_URL must be set. Raise PublishError if visitors do not get status.json there.
    """
    path = path_of(settings.public_directory, state_directory)
    check = VisitorCheck(settings, Deadline.after(clock, SECONDS), remedies=_remedies(path))
    pages = (PAGE, *(f"{code}/{PAGE}" for code in settings.page_languages[1:]))
    for name in (STATUS, *pages):
        with suppress(FileNotFoundError):
            content_type = "application/json" if name == STATUS else "text/html"
            document = Document(name, read_regular(path / name), content_type, "", frozenset())
            check.modified[name] = clock.now()
            check.check(document)
    return check


def _remedies(path: Path) -> Remedies:
    closed = "".join(f", and let it enter {one}: chmod o+x {one}" for one in closed_directories(path)[:1])
    return Remedies(
        f"let the web server serve {path} at STATUS_URL{closed}",
        f"check that the web server serves {path} at STATUS_URL; if a CDN keeps a copy, lower its TTL or purge it",
        f"the documents are in {path}, for a web server to serve at STATUS_URL; until one does, remove STATUS_URL",
    )


def closed_directories(path: Path) -> list[Path]:
    """Return those of a directory and its parents that other users may not enter."""
    closed = []
    for one in reversed((path, *path.parents)):
        with suppress(OSError):
            if not one.stat().st_mode & 0o001:
                closed.append(one)
    return closed
