# SPDX-License-Identifier: MIT
"""What a target for documents is, and how a set of documents is published there."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from elytra_status import schema
from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import PublishError
from elytra_status.model import CLOCK_SKEW, abbreviate
from elytra_status.net.concurrency import run_all
from elytra_status.system import journal
from elytra_status.system.clock import from_text, to_text

# A target ends by itself long before that.
LONGEST_SECONDS = 300.0

T = TypeVar("T")


class Target(Protocol):
    """Somewhere to publish to. All methods raise PublishError with a remedy."""

    @property
    def description(self) -> str:
        """Where it is, in words for the administrator."""

    @property
    def at_once(self) -> int:
        """How many documents may be written or read at the same time."""

    def read(self, name: str) -> Document | None:
        """Return a document as it lies there, or None where there is none."""

    def write(self, document: Document) -> None:
        """Put a document there, whole or not at all, with its headers."""

    def held(self, document: Document) -> list[str] | None:
        """Return what is odd about a document that visitors get already, as `check_as_visitor` does; else None.

        It is asked without reading the document in full where that is possible.
        """

    def check_as_visitor(self, document: Document) -> list[str]:
        """Read a document as a visitor does, and compare. Return what is odd about it and no failure."""

    def remove(self, name: str) -> None:
        """Remove a document; nothing happens where there is none."""


def updated_at(body: bytes) -> datetime | None:
    """Return when a status.json was decided, or None where it is not a valid one."""
    document, _ = schema.parse(body)
    try:
        return from_text(document["updated_at"]) if document else None
    except ValueError:
        return None


def publish(target: Target, documents: list[Document], now: datetime, unchanged: Container[str] = frozenset()) -> bool:
    """Publish a set of documents, status.json last, and read back each. Return False where a newer one lies there.

    Never over a newer document: the run that is older yields. Whoever reads a status.json finds all the others
    in agreement with it. What is local is left out.

    `unchanged` names those that were published before as they are now. If visitors get one still, as its checksum
    at the storage tells, it is neither written nor read in full. status.json is always written.
    """
    documents = [document for document in documents if not document.local]
    *others, own = documents
    assert own.name == STATUS, "status.json is written last"
    there = target.read(STATUS)
    moment = updated_at(there.body) if there else None
    if moment and moment > now + CLOCK_SKEW:
        journal.warning(f"the published {STATUS} is dated {to_text(moment)}, in the future: it is replaced")
    elif moment and moment > now:
        return False
    candidates = [document for document in others if document.name in unchanged]
    held = {one.name: odd for one, odd in zip(candidates, _for_each(target, candidates, target.held), strict=True)}
    written = [*(document for document in others if held.get(document.name) is None), own]
    _for_each(target, written[:-1], target.write)
    target.write(own)
    try:
        _for_each(target, written, partial(_check, target))
        seen = _for_each(target, written, target.check_as_visitor)
    except PublishError:
        if _is_overtaken(target, now):
            return False
        raise
    odd: dict[str, list[str]] = {}
    for name, words in (*held.items(), *zip((one.name for one in written), seen, strict=True)):
        for each in words or ():
            odd.setdefault(each, []).append(name)
    for each, names in odd.items():
        journal.warning(f"visitors of {abbreviate(names, 3)}: {each}")
    return True


def _for_each(target: Target, documents: Sequence[Document], work: Callable[[Document], T]) -> list[T]:
    """Do something with each document, several at once. Raise what the first of them raised, and begin no more."""
    if target.at_once == 1:
        return [work(document) for document in documents]
    done: list[T] = []
    for start in range(0, len(documents), target.at_once):
        some = documents[start : start + target.at_once]
        tasks = {document.name: (LONGEST_SECONDS, partial(work, document)) for document in some}
        for result in run_all(tasks).values():
            if isinstance(result, Exception):
                raise result
            done.append(result)
    return done


def _is_overtaken(target: Target, now: datetime) -> bool:
    """Whether a newer run has published since."""
    status = target.read(STATUS)
    moment = updated_at(status.body) if status else None
    return moment is not None and now < moment <= now + CLOCK_SKEW


def _check(target: Target, document: Document) -> None:
    """Raise PublishError unless a document reads back as it was written."""
    found = target.read(document.name)
    if found is None:
        raise PublishError(
            f"{document.name} is not there, or may not be read, after it was written to {target.description}",
            "give the key the right to read as well",
        )
    if found.body != document.body:
        raise PublishError(
            f"{document.name} reads back from {target.description} and differs from what was written",
            "find out who else writes there, and give each publisher its own key",
        )
    for header in ("content_type", "cache_control"):
        if getattr(found, header) != getattr(document, header):
            raise PublishError(
                f"{document.name} reads back from {target.description} with another {header.replace('_', '-')}",
                "remove any rule of the storage that rewrites headers, or use storage that is compatible with S3",
            )
