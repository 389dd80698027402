# SPDX-License-Identifier: MIT
"""Publishes a set of documents, status.json last.

Only one publication runs at a time, and an older one never replaces a newer one. The clock of the target decides which
is newer. Each document is written only in place of the version that this run expects there, so that a run that is
overtaken in the middle of its uploads notices and yields. If the storage does not enforce this condition, the newest
document is read again right before status.json is written, and what an older run has overwritten is written again. One
case remains: an upload of an older run that is under way, and that arrives after the newer run has read everything
back. It lasts for as long as one request may take.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from elytra_status.documents import Document
from elytra_status.documents.document import PAGE
from elytra_status.documents.incident_addresses import ARCHIVE
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import PublishError, message
from elytra_status.model import CLOCK_SKEW, abbreviate
from elytra_status.net.concurrency import run_all
from elytra_status.net.s3_conditions import NO_TAG
from elytra_status.publish.stamp import NO_TIME, NO_TIME_REMEDY, NOBODY, Found, Publisher, Stamp, is_good, updated_at
from elytra_status.publish.target import ChangedError, Target, Unseen
from elytra_status.system import journal
from elytra_status.system.clock import Clock, to_text

# A target ends by itself long before that.
LONGEST_SECONDS = 300.0
# The seconds to wait after each try while another write of a document is under way. The 45 s of a bucket allow for it.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 0.0)
# How many times to write a document that another machine changes at the same time.
_TRIES = len(_PAUSES)

T = TypeVar("T")


@dataclass(frozen=True)
class PublishResult:
    """The outcome of publishing a set; true if published, false if this run yielded.

    `tags` are the tags of the documents that the target holds, by name. `other` is the stamp of another machine that
    published within the last hour; it has no mark, and the present time, if that machine left no stamp. `copy_expires`
    is when caches have given up all older copies, which visitors get of what this run has written; None if they get
    none. `unseen_page` says why it is not known that they get the page, None if they do. `kept_good`: this machine's
    clock is wrong, and another machine's status is good. `lost`: this machine may not publish any more, because it has
    lost the lease of a pair. `to_partner`: what this run yielded to is the status of the other machine of a pair.
    `left_mark`: status.json was read back with the mark of this run.
    """

    done: bool
    tags: Mapping[str, str] = field(default_factory=dict)
    other: Stamp | None = None
    copy_expires: datetime | None = None
    unseen_page: Unseen | None = None
    kept_good: bool = False
    lost: bool = False
    to_partner: bool = False
    left_mark: bool = True

    def __bool__(self) -> bool:
        return self.done


def always() -> bool:
    """Whether a machine may publish that is alone."""
    return True


class _YieldError(Exception):
    """The target has a newer document, or a good one that this run may not replace."""


def publish(
    target: Target,
    documents: list[Document],
    now: datetime,
    unchanged: Container[str] = frozenset(),
    *,
    publisher: Publisher = NOBODY,
    tags: Mapping[str, str] = MappingProxyType({}),
    leaves_good_for: timedelta = timedelta(0),
    may_publish: Callable[[], bool] = always,
    clock: Clock,
    decided: float | None = None,
) -> PublishResult:
    """Publish a set of documents, status.json last, and read back each of them.

    Local documents are left out. Never replace a newer document: the older run yields. All other documents agree with a
    new status.json that a reader finds. If this run breaks off before that, some of its documents may be there beside
    the older status.json until the next run that succeeds.

    `unchanged` names the documents that were last published with the same content. If the tag at the storage shows that
    visitors still get one, it is neither written nor read in full. status.json is always written. `tags` are those
    under which this machine wrote the documents. With `leaves_good_for`, keep a status of another machine that is good
    and not older. `may_publish` is called before the first document and right before status.json is written.

    `decided` is when the run polled what it decided on, by the monotonic time of `clock`, and by default now: the older
    of two runs is the one that polled first, however long it then waits for a source, for the lock of the target or for
    the network.
    """
    decided = clock.monotonic() if decided is None else decided
    documents = [document for document in documents if not document.local]
    assert documents[-1].name == STATUS, "status.json is written last"
    with target.alone():
        work = _Work(target, now, publisher, dict(tags), leaves_good_for, may_publish, clock, decided)
        done = work.publish(documents, unchanged)
    result = PublishResult(
        done, work.tags, work.other, kept_good=work.kept_good, lost=work.lost, left_mark=work.left_mark
    )
    if not done:
        return result
    expiries = filter(None, map(target.copy_expires, work.written))
    pages = (document.name for document in documents if _is_page(document.name))
    unseen = next(filter(None, map(target.unseen, pages)), None)
    return replace(result, copy_expires=max(expiries, default=None), unseen_page=unseen)


def _is_page(name: str) -> bool:
    """Whether a document is the page, in any of its languages."""
    return name == PAGE or (name.endswith(f"/{PAGE}") and not name.endswith(ARCHIVE))


class _Work:
    """One publication under way."""

    def __init__(
        self,
        target: Target,
        now: datetime,
        publisher: Publisher,
        tags: dict[str, str],
        leaves_good_for: timedelta,
        may_publish: Callable[[], bool],
        clock: Clock,
        decided: float,
    ) -> None:
        self.target, self.now, self.publisher, self.tags = target, now, publisher, tags
        self.leaves_good_for, self.may_publish = leaves_good_for, may_publish
        self.clock, self.decided_at, self.decided = clock, decided, now
        self.other: Stamp | None = None
        self.written: tuple[str, ...] = ()
        self.kept_good = self.met_another = self.lost = self.left_mark = False

    @property
    def stamp(self) -> Stamp | None:
        return Stamp(self.publisher.mark, self.decided) if self.publisher.mark else None

    def publish(self, documents: Sequence[Document], unchanged: Container[str]) -> bool:
        """Publish the documents. Return False where this run yields."""
        *others, status = documents
        try:
            there = self._read_first()
            candidates = [document for document in others if document.name in unchanged]
            held = self._held(candidates)
            written = [*(document for document in others if document.name not in held), status]
            if written[:-1]:
                self._check_lease()
            self._for_each(written[:-1], self._write)
            self._write_status(status, there)
            if self.met_another or self.other:
                # An older run may have written what this one had found in order.
                still_held = self._held([document for document in candidates if document.name in held])
                again = [
                    document for document in candidates if document.name in held and document.name not in still_held
                ]
                self._for_each(again, self._write)
                held, written = still_held, [*again, *written]
            seen = self._read_back(written)
            self.written = tuple(document.name for document in written)
        except _YieldError:
            return False
        odd: dict[str, list[str]] = {}
        for name, words in (*held.items(), *seen.items()):
            for each in words:
                odd.setdefault(each, []).append(name)
        for each, names in odd.items():
            journal.log_warning(f"visitors of {abbreviate(names, 3)}: {each}")
        return True

    def _read_first(self) -> Found:
        there = self.target.read(STATUS)
        self.decided = there.now - timedelta(seconds=self.clock.monotonic() - self.decided_at)
        if not there.sent_time:
            words = message(f"{self.target.description} {NO_TIME}", NO_TIME_REMEDY, "publisher")
            journal.log_warning(words, event="clock")
        moment = updated_at(there.document.body) if there.document else None
        if moment and moment > self.now + CLOCK_SKEW:
            journal.log_warning(f"the published {STATUS} is dated {to_text(moment)}, in the future: it is replaced")
        self._yield_to(there)
        return there

    def _yield_to(self, there: Found) -> None:
        """Raise _YieldError if the document `there` must stay.

        Note a publication of another machine.
        """
        if self.publisher.is_foreign(there):
            if there.stamp is None:
                # Its only date is the one that somebody has written into it.
                self.other = Stamp("", there.now)
                return
            if there.is_recent and not self.publisher.is_partner(there.stamp):
                self.other = there.stamp
            if self.leaves_good_for and is_good(there, self.leaves_good_for):
                self.kept_good = True
                raise _YieldError
        if there.stamp and self.publisher.owns(there.stamp):
            # Runs of one machine follow each other, whatever the clocks of the storage's servers say.
            return
        if there.is_newer_than(Stamp(self.publisher.mark, self.decided), self.now):
            raise _YieldError

    def _write(self, document: Document, expected: str | None = None) -> None:
        """Write a document in place of the expected version, or of an older run's."""
        instead_of = self.tags.get(document.name, "") if expected is None else expected
        for pause in _PAUSES:
            if document.name == STATUS:
                self._check_lease()
            try:
                self.tags[document.name] = self.target.write(document, self.stamp, instead_of)
                return
            except ChangedError as error:
                found, last = error.found, error
                if not error.proves:
                    self.clock.sleep(pause)
            if self._is_written(document, found):
                # The answer to it was lost, and it was sent again.
                self.tags[document.name] = found.tag
                return
            self._yield_to(found)
            self.met_another = self.met_another or bool(found.stamp)
            instead_of = found.tag
        if last.proves:
            raise last
        raise PublishError(
            f"the storage refused {document.name} {_TRIES} times, as another write of it was under way (409)",
            "no action is needed if this passes: the next run tries again; else find out who else writes there",
        )

    def _check_lease(self) -> None:
        """Raise _YieldError if this machine may not publish any more."""
        if not self.may_publish():
            self.lost = True
            raise _YieldError

    def _is_written(self, document: Document, found: Found) -> bool:
        is_own = found.stamp is not None and found.stamp.mark == self.publisher.mark
        return is_own and found.document is not None and found.document.body == document.body

    def _write_status(self, status: Document, there: Found) -> None:
        """Write status.json, and find out whether the target enforces conditions.

        The latter only if it is not known. A wrong tag does no harm: if the target does not refuse it, the document is
        written as it would be without a condition.
        """
        conditions = self.target.conditions
        if conditions.enforced is True:
            self._write(status, there.tag)
            return
        there = self.target.read(STATUS)
        self._yield_to(there)
        if conditions.enforced is None and there.tag and self.publisher.mark:
            try:
                self.tags[STATUS] = self.target.write(status, self.stamp, NO_TAG)
            except ChangedError as error:
                self._yield_to(error.found)
                self._write(status, error.found.tag)
                conditions.enforced = conditions.works if error.proves else None
            else:
                conditions.enforced = False
            return
        self._write(status, there.tag)

    def _held(self, documents: Sequence[Document]) -> dict[str, list[str]]:
        """Return the warnings about each document that visitors already get, by name."""
        found = self._for_each(documents, lambda document: self.target.held(document, self._own_tag(document.name)))
        return {document.name: odd for document, odd in zip(documents, found, strict=True) if odd is not None}

    def _own_tag(self, name: str) -> str:
        """Return the tag of a document that has not changed, '' if it is not known.

        If the storage gave one tag to two documents, its tags say nothing about a body.
        """
        tag = self.tags.get(name, "")
        return tag if list(self.tags.values()).count(tag) == 1 else ""

    def _read_back(self, written: Sequence[Document]) -> dict[str, list[str]]:
        """Check each document in the target and for visitors; return warnings by name.

        What an older run has overwritten is written again.
        """
        for _ in range(_TRIES):
            if again := self._write_again(written):
                continue
            try:
                # status.json first: if the address is slow, the time may not be enough for all.
                ordered = [written[-1], *written[:-1]]
                seen = self._for_each(ordered, self.target.check_as_visitor)
            except PublishError:
                # Somebody may have written since.
                self._yield_to(self.target.read(STATUS))
                if again := self._write_again(written):
                    continue
                raise
            return {document.name: odd for document, odd in zip(ordered, seen, strict=True)}
        raise PublishError(
            f"an older run has overwritten {again[0].name} {_TRIES} times",
            "find out which other machine publishes there, and stop it",
        )

    def _write_again(self, written: Sequence[Document]) -> list[Document]:
        """Write again what an older run has overwritten, and return it.

        Raise _YieldError if a newer run wrote.
        """
        try:
            overwritten = list(zip(written, self._for_each(written, self._overwriting), strict=True))
        except PublishError:
            self._yield_to(self.target.read(STATUS))
            raise
        for document, found in overwritten:
            if found:
                self._write(document, found.tag)
        return [document for document, found in overwritten if found]

    def _overwriting(self, document: Document) -> Found | None:
        """Return the version with which an older run has overwritten a document.

        Return None if the document reads back as it was written.
        """
        found = self.target.read(document.name)
        if document.name == STATUS and found.stamp and found.stamp.mark == self.publisher.mark:
            self.left_mark = True
        if found.stamp and self.stamp and found.stamp.mark != self.stamp.mark:
            self._yield_to(found)
            if found.document and found.document.body != document.body:
                return found
        _check(self.target, document, found.document)
        return None

    def _for_each(self, documents: Sequence[Document], work: Callable[[Document], T]) -> list[T]:
        """Do something with each document, several at once.

        If some fail, raise the first error, and begin no further document.
        """
        if self.target.at_once == 1:
            return [work(document) for document in documents]
        done: list[T] = []
        for start in range(0, len(documents), self.target.at_once):
            some = documents[start : start + self.target.at_once]
            tasks = {document.name: (LONGEST_SECONDS, partial(work, document)) for document in some}
            for result in run_all(tasks, self.clock).values():
                if isinstance(result, Exception):
                    raise result
                done.append(result)
        return done


def _check(target: Target, document: Document, found: Document | None) -> None:
    """Raise PublishError unless a document reads back as it was written."""
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
