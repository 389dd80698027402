# SPDX-License-Identifier: MIT
"""Reads a document at the storage and at the public address, as a visitor does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import md5

from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.model import CLOCK_SKEW
from elytra_status.net.http import Response
from elytra_status.publish import visitor
from elytra_status.publish.stamp import updated_at
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock, for_people

NO_POLICY = "let a bucket policy allow everybody to read it (s3:GetObject), or set STATUS_URL to the public address"
_NOT_PASSED_ON = (
    "the public address returns another document, or none: let the proxy or CDN pass on all documents, or narrow"
    " PUBLISH"
)


@dataclass(frozen=True)
class VisitorCheck:
    """Checks what visitors get of the documents in a bucket.

    `modified` says when each document was last written, by the storage's clock, as far as it has been read; `expiries`
    when a cache gives up the older copy of a document that visitors got. `no_acl` is the remedy where the storage's
    own address lets nobody in.
    """

    settings: Settings = field(repr=False)
    clock: Clock
    no_acl: str
    modified: dict[str, datetime] = field(default_factory=dict, repr=False)
    expiries: dict[str, datetime] = field(default_factory=dict, repr=False)

    def check(self, document: Document) -> list[str]:
        """Read the document without a key, at the storage and at the public address.

        A valid copy that is only older comes from a cache. Readers see its age, so that this is a warning;
        check-freshness finds out if it lasts. Any failure of another document than status.json at the public address is
        a warning too, because a proxy may let through status.json alone.
        """
        storage = visitor.origin_url(self.settings)
        seen, written, odd = None, self.modified.get(document.name), []
        if storage:
            remedy = NO_POLICY if self.settings.status_acl == "none" else self.no_acl
            seen = self.visit(storage, document, remedy)
            # Of a document that has not changed for long it is not its own time that shows how old a copy is.
            written = _date(seen) or _written_at(document, seen)
            if seen.body != document.body and not _is_newer(document, seen):
                raise _something_else(document)
        public = self.settings.status_url or storage
        assert public
        try:
            if seen is None or public != storage:
                seen = self.visit(
                    public,
                    document,
                    "check that STATUS_URL is the address of this object, and that the object is public",
                )
                if seen.body != document.body and not _is_newer(document, seen):
                    odd.append(self._check_copy(document, written, seen))
        except PublishError:
            if document.name == STATUS:
                raise
            return [_NOT_PASSED_ON]
        return [*odd, *self.header_faults(document, seen)]

    def header_faults(self, document: Document, seen: Response) -> list[str]:
        """Return what is wrong with the headers of a response."""
        faults = visitor.visitor_of(self.settings).header_faults(seen, document.content_type)
        return [str(fault) for fault in faults]

    def visit(self, address: str, document: Document, remedy: str, *, headers_only: bool = False) -> Response:
        """Return the response that visitors get for a document. Raise PublishError.

        `address` is that of status.json.
        """
        url = address if document.name == STATUS else visitor.sibling_url(address, document.name)
        try:
            response = visitor.visitor_of(self.settings).fetch(url, headers_only=headers_only)
        except NoAnswerError as error:
            raise PublishError(f"visitors cannot read {document.name}: {error.problem}", error.remedy) from None
        if response.status != 200:
            raise PublishError(f"visitors get {response.status} for {document.name} at {url}", remedy)
        return response

    def _check_copy(self, document: Document, written: datetime | None, seen: Response) -> str:
        """Return the age of the copy that visitors got, in words.

        Raise PublishError unless an earlier run published it, a cache kept it, and it is good.
        """
        written = updated_at(document.body) if document.name == STATUS else written
        before = _written_at(document, seen)
        age = written - before if written and before else None
        good_for = timedelta(minutes=self.settings.freshness_max_age_minutes)
        # The clocks of two machines differ by a little.
        if age is None or not -CLOCK_SKEW <= age <= good_for or not visitor.is_behind_cache(self.settings):
            raise _something_else(document)
        # A copy that is kept for longer is an error by then.
        kept_for = visitor.kept_for(seen.headers)
        self.expiries[document.name] = self.clock.now() + (good_for - age if kept_for is None else kept_for)
        return f"they get a copy of {for_people(max(0.0, age.total_seconds()))} ago from a cache"


def is_this(document: Document, response: Response) -> bool:
    """Whether headers are those of a document, and their checksum proves its body."""
    headers = response.headers
    return (
        headers.get("etag", "") == f'"{md5(document.body, usedforsecurity=False).hexdigest()}"'
        and headers.get("content-type") == document.content_type
        and headers.get("cache-control") == document.cache_control
    )


def _something_else(document: Document) -> PublishError:
    return PublishError(
        f"visitors get another document than the published {document.name}",
        "check that STATUS_URL leads to this bucket and key; if a CDN keeps a copy, lower its TTL or purge it",
    )


def _is_newer(document: Document, response: Response) -> bool:
    """Whether visitors get what a newer run has published meanwhile."""
    own, moment = updated_at(document.body), updated_at(response.body)
    return own is not None and moment is not None and own < moment <= own + CLOCK_SKEW


def _date(response: Response) -> datetime | None:
    """Return the time at which the storage answered, by its own clock."""
    with suppress(ValueError):
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    return None


def _written_at(document: Document, response: Response) -> datetime | None:
    """Return when a response was made: status.json says so, else the storage does."""
    if document.name == STATUS:
        return updated_at(response.body)
    try:
        return parsedate_to_datetime(response.headers.get("last-modified", "")).astimezone(UTC)
    except ValueError:
        return None
