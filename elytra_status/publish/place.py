# SPDX-License-Identifier: MIT
"""What a place for documents is, and how a set of documents is published there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from elytra_status import journal, schema
from elytra_status.clock import from_text, to_text
from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import PublishError

# A published document dated further ahead than this came from a wrong clock, and must not stop later runs.
FUTURE = timedelta(minutes=5)


class Place(Protocol):
    """Somewhere to publish to. All methods raise PublishError with a remedy."""

    @property
    def description(self) -> str:
        """Where it is, in words for the administrator."""

    def read(self, name: str) -> Document | None:
        """Return a document as it lies there, or None where there is none."""

    def write(self, document: Document) -> None:
        """Put a document there, whole or not at all, with its headers."""

    def check_as_visitor(self, document: Document) -> None:
        """Read a document as a visitor does, and compare."""


def updated_at(body: bytes) -> datetime | None:
    """Return when a status.json was decided, or None where it is not a valid one."""
    document, _ = schema.parse(body)
    try:
        return from_text(document["updated_at"]) if document else None
    except ValueError:
        return None


def publish(place: Place, documents: list[Document], now: datetime) -> bool:
    """Publish a set of documents in its order, and read back each. Return False where a newer one lies there.

    Never over a newer document: the run that is older yields.
    """
    own = documents[-1]
    assert own.name == STATUS, "status.json is written last"
    there = place.read(STATUS)
    moment = updated_at(there.body) if there else None
    if moment and moment > now + FUTURE:
        journal.warning(f"what is published is dated {to_text(moment)}, in the future: it is replaced")
    elif moment and moment > now:
        return False
    for document in documents:
        place.write(document)
    for document in documents:
        if not _is_there(place, document, now):
            return False
        place.check_as_visitor(document)
    return True


def _is_there(place: Place, document: Document, now: datetime) -> bool:
    """Whether a document reads back as it was written; False where a newer run has replaced it since."""
    found = place.read(document.name)
    if found is None:
        raise PublishError(
            f"{document.name} is not there, or may not be read, after it was written to {place.description}",
            "give the key the right to read as well",
        )
    if found.body != document.body:
        status = found if document.name == STATUS else place.read(STATUS)
        moment = updated_at(status.body) if status else None
        if moment and now < moment <= now + FUTURE:
            return False
        raise PublishError(
            f"{document.name} reads back from {place.description} otherwise than it was written",
            "who else writes there? give each publisher a key of its own",
        )
    for header in ("content_type", "cache_control"):
        if getattr(found, header) != getattr(document, header):
            raise PublishError(
                f"{document.name} reads back from {place.description} with another {header.replace('_', '-')}",
                "is the storage S3 compatible, and is there a rule that rewrites headers?",
            )
    return True
