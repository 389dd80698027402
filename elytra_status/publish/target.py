# SPDX-License-Identifier: MIT
"""What a target for documents is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from elytra_status.documents import Document
from elytra_status.errors import PublishError
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish.stamp import Found, Stamp


class ChangedError(PublishError):
    """A document was not written, as another version than the expected one lies there: `found`."""

    def __init__(self, name: str, found: Found) -> None:
        super().__init__(
            f"{name} was changed by somebody else while it was written",
            "find out who else writes there, and give each publisher its own key",
        )
        self.found = found


@dataclass
class ConditionalWrites:
    """What is known of how a target takes conditional writes.

    `enforced` is None until that has been tried. `works`: it has written on condition in this run.
    """

    form: TagForm = TagForm.BARE
    enforced: bool | None = None
    works: bool = False


class Target(Protocol):
    """Somewhere to publish to. All methods raise PublishError with a remedy."""

    @property
    def description(self) -> str:
        """Where it is, in words for the administrator."""

    @property
    def at_once(self) -> int:
        """How many documents may be written or read at the same time."""

    @property
    def conditions(self) -> ConditionalWrites:
        """How it takes conditional writes. What is found out on the way is noted here."""

    def alone(self) -> AbstractContextManager[object]:
        """Keep other runs from publishing there while this lasts, where the target can do that."""

    def look(self, name: str) -> Found:
        """Return what lies there under a name."""

    def write(self, document: Document, stamp: Stamp | None = None, instead_of: str | None = None) -> str:
        """Put a document there, whole or not at all, with its headers, and return its tag.

        With `instead_of` only in place of the version that has this tag, or of nothing if it is "", as far as the
        target takes conditions; else raise ChangedError.
        """

    def held(self, document: Document) -> list[str] | None:
        """Return what is odd about a document that visitors get already, as `check_as_visitor` does; else None.

        It is asked without reading the document in full where that is possible.
        """

    def check_as_visitor(self, document: Document) -> list[str]:
        """Read a document as a visitor does, and compare. Return what is odd about it and no failure."""

    def remove(self, name: str) -> None:
        """Remove a document; nothing happens where there is none."""

    def copy_expires(self, name: str) -> datetime | None:
        """Return when a cache gives up the older copy that visitors got at the last check, None if they got none."""
