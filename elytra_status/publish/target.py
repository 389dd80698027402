# SPDX-License-Identifier: MIT
"""The shape of a target, where documents are published."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from elytra_status.documents import Document
from elytra_status.errors import PublishError
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish.stamp import Found, Stamp


class ChangedError(PublishError):
    """A document was not written: the target holds another version, `found`.

    `proves` says that the target refused an unmet condition, and not another write that was under way.
    """

    def __init__(self, name: str, found: Found, *, proves: bool = True) -> None:
        super().__init__(
            f"{name} was changed by somebody else while it was written",
            "find out who else writes there, and give each publisher its own key",
        )
        self.found, self.proves = found, proves


class Unseen(StrEnum):
    """Why it is not known that visitors get a document.

    The public address returns ANOTHER document or none, it was too LATE to read the document, or the PROXY of this
    machine gave no connection to the address.
    """

    ANOTHER = "another"
    PROXY = "proxy"
    LATE = "late"


@dataclass
class ConditionalWrites:
    """What is known of how a target takes conditional writes.

    `enforced` is None until that has been tried. `works`: it has written on condition in this run.
    """

    form: TagForm = TagForm.BARE
    enforced: bool | None = None
    works: bool = False


class Target(Protocol):
    """A bucket or directory to publish to.

    All methods raise PublishError with a remedy.
    """

    @property
    def description(self) -> str:
        """The target, in words for the administrator."""

    @property
    def at_once(self) -> int:
        """The number of documents that may be written or read in parallel."""

    @property
    def conditions(self) -> ConditionalWrites:
        """How the target takes conditional writes. What a run finds out is noted here."""

    def alone(self) -> AbstractContextManager[object]:
        """Keep other runs from publishing there for now, if the target can do that."""

    def read(self, name: str) -> Found:
        """Return what the target holds under a name."""

    def write(self, document: Document, stamp: Stamp | None = None, instead_of: str | None = None) -> str:
        """Write a document with its headers, whole or not at all, and return its tag.

        With `instead_of`, raise ChangedError unless it replaces the version with this tag, or nothing if that is "", as
        far as the target takes conditions.
        """

    def held(self, document: Document, tag: str) -> list[str] | None:
        """Return the warnings about a document that visitors already get.

        Return None if they do not get it. If possible, do not read the whole document. `tag` is what `write` returned
        for exactly this body, '' if that is not known.
        """

    def check_as_visitor(self, document: Document) -> list[str]:
        """Read a document as a visitor does, compare it, and return warnings."""

    def remove(self, name: str) -> None:
        """Remove a document if the target holds it."""

    def copy_expires(self, name: str) -> datetime | None:
        """Return when a cache's older copy, which visitors last got, expires.

        Return None if they got no older copy.
        """

    def unseen(self, name: str) -> Unseen | None:
        """Return why it is not known that visitors get a document.

        Return None if they get it, or an older copy.
        """
