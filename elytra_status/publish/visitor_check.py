# SPDX-License-Identifier: MIT
"""Reads a document at the storage and at the public address, as a visitor does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from http import HTTPStatus
from typing import NamedTuple

from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import NoAnswerError, ProxyError, PublishError
from elytra_status.model import CLOCK_SKEW
from elytra_status.net.http import Response
from elytra_status.net.http_failures import BrokenOffError
from elytra_status.net.s3_conditions import plain_tag
from elytra_status.net.server_dates import header_time
from elytra_status.publish import visitor
from elytra_status.publish.stamp import updated_at
from elytra_status.publish.target import Unseen
from elytra_status.settings import Settings
from elytra_status.system.clock import Deadline, for_people

NO_POLICY = "let a bucket policy allow everybody to read it (s3:GetObject), or set STATUS_URL to the public address"
_NOT_PASSED_ON = (
    "the public address returns another document, or none. Let the web server, proxy or CDN pass on all documents, or"
    " narrow PUBLISH."
)
_NOT_IN_TIME = "this was not read back in time, as their address is slow. Find out why. A later run reads it again."


# Storage and CDN answer with these while they are too busy. Signed requests are repeated after them too.
_BUSY = (429, 500, 502, 503, 504)
# Seconds to wait before a request is repeated.
_PAUSES = (1, 3)
# Bytes that another document may have, such as an older copy. Six are read at once.
_OTHER = 2**20


class Remedies(NamedTuple):
    """What to do about the public address.

    `missing` if visitors do not get a document, `another` if they get a different one. `unreachable` is added to the
    remedy if they reach no server.
    """

    missing: str
    another: str
    unreachable: str = ""


OF_BUCKET = Remedies(
    "check that STATUS_URL is the address of this object, and that the object is public",
    "check that STATUS_URL leads to this bucket and key; if a CDN keeps a copy, lower its TTL or purge it",
)


class _NotReadError(PublishError):
    """It is not known what visitors get, for a reason on this machine."""

    why = Unseen.PROXY


class _LateError(_NotReadError):
    """The document did not arrive in time."""

    why = Unseen.LATE


class _BrokenOffError(PublishError):
    """The body that visitors get is incomplete."""


@dataclass(frozen=True)
class VisitorCheck:
    """Checks what visitors get of the documents in a bucket or directory.

    `deadline` is for all documents together: if an address hangs, a run does not wait for it a hundred times. These
    results are by the name of the document:

    - `modified`: when the document was last written, by the storage's clock. It is missing for unread documents.
    - `expiries`: when the cache that sent visitors an older copy will drop it.
    - `unseen`: why it is not known whether visitors get the document.

    `no_acl` is the remedy if the storage's own address refuses visitors. `remedies` are for the public address.
    """

    settings: Settings = field(repr=False)
    deadline: Deadline
    no_acl: str = ""
    remedies: Remedies = OF_BUCKET
    modified: dict[str, datetime] = field(default_factory=dict, repr=False)
    expiries: dict[str, datetime] = field(default_factory=dict, repr=False)
    unseen: dict[str, Unseen] = field(default_factory=dict, repr=False)

    def check(
        self, document: Document, public_deadline: Deadline | None = None, held: Response | None = None
    ) -> list[str]:
        """Read the document without a key, at the storage and at the public address.

        `public_deadline` is an earlier deadline for the latter. `held` are headers that prove that the storage has the
        document: then it is not read there, and at the public address only if headers prove nothing.

        A valid copy that is only older comes from a cache. Readers see its age, so that this is a warning;
        check-freshness finds out if it lasts. Any failure of another document than status.json at the public address is
        a warning too, because a proxy may let through status.json alone, and so is the end of the time.
        """
        # A document may be read again after it was written again.
        self.expiries.pop(document.name, None)
        self.unseen.pop(document.name, None)
        try:
            return self._check(document, public_deadline, held)
        except _NotReadError as error:
            if document.name == STATUS:
                raise
            self.unseen[document.name] = error.why
            return [_NOT_IN_TIME if error.why is Unseen.LATE else str(error)]

    def _check(self, document: Document, public_deadline: Deadline | None, held: Response | None) -> list[str]:
        storage = visitor.origin_url(self.settings)
        seen, written, odd = None, self.modified.get(document.name), []
        if storage and held:
            written = header_time(held.headers, "date") or _written_at(document, held)
        elif storage:
            remedy = NO_POLICY if self.settings.status_acl == "none" else self.no_acl
            seen = self.visit(storage, document, remedy)
            # If a document has not changed for long, its own time does not show how old a copy is.
            written = header_time(seen.headers, "date") or _written_at(document, seen)
            if seen.body != document.body and not _is_newer(document, seen):
                raise self._something_else(document)
        public = self.settings.status_url or storage
        assert public
        try:
            if held:
                seen = self._proof(public, document, public_deadline, plain_tag(held.headers["etag"]))
                if seen:
                    return self.header_faults(document, seen)
            if seen is None or public != storage:
                seen = self.visit(public, document, self.remedies.missing, public_deadline)
                if seen.body != document.body and not _is_newer(document, seen):
                    odd.append(self._check_copy(document, written, seen))
        except _NotReadError:
            raise
        except PublishError:
            if document.name == STATUS:
                raise
            self.unseen[document.name] = Unseen.ANOTHER
            return [_NOT_PASSED_ON]
        return [*odd, *self.header_faults(document, seen)]

    def header_faults(self, document: Document, seen: Response) -> list[str]:
        """Return what is wrong with the headers of a response."""
        faults = visitor.visitor_of(self.settings).header_faults(seen, document.content_type)
        return [str(fault) for fault in faults]

    def visit(
        self,
        address: str,
        document: Document,
        remedy: str,
        earlier: Deadline | None = None,
        *,
        headers_only: bool = False,
    ) -> Response:
        """Return the response that visitors get for a document. Raise PublishError.

        `address` is that of status.json. `earlier` is an earlier deadline than usual. A request is repeated a few times
        while the server is busy, and if the body breaks off.
        """
        url = _url(address, document)
        pauses = list(_PAUSES)
        while True:
            try:
                response = self._response(url, document, earlier, headers_only=headers_only)
            except _BrokenOffError:
                if not self._may_wait(pauses, earlier):
                    raise
            else:
                if response.status not in _BUSY or not self._may_wait(pauses, earlier):
                    break
            self.deadline.clock.sleep(pauses.pop(0))
        if response.status != 200:
            raise PublishError(f"visitors get {response.status} for {document.name} at {url}", remedy)
        return response

    def _may_wait(self, pauses: list[int], earlier: Deadline | None) -> bool:
        """Whether there is a pause left, and time for it."""
        return bool(pauses) and pauses[0] < self._left(earlier)

    def _proof(self, address: str, document: Document, earlier: Deadline | None, tag: str) -> Response | None:
        """Return headers that prove that visitors get a document, None if there are none.

        `tag` is that of the document at the storage. A cache answers HEAD from the copy that it gives visitors (RFC
        9110, 9.3.2). One that compresses documents, or replaces their tag or their headers, proves nothing.
        """
        try:
            response = self._response(_url(address, document), document, earlier, headers_only=True)
        except PublishError:
            return None  # some servers answer GET alone; beyond the deadline, a GET fails at once
        is_whole = response.headers.get("content-length") == str(len(document.body))
        return response if response.status == HTTPStatus.OK and is_whole and is_this(document, response, tag) else None

    def _left(self, earlier: Deadline | None) -> float:
        return (earlier or self.deadline).left()

    def _response(self, url: str, document: Document, earlier: Deadline | None, *, headers_only: bool) -> Response:
        seconds = min(visitor.SECONDS, self._left(earlier))
        if seconds <= 0:
            raise _LateError(f"visitors wait too long at {url}", "see why the address is slow")
        try:
            return visitor.visitor_of(self.settings).fetch(
                url, seconds, headers_only=headers_only, largest=2 * len(document.body) + _OTHER
            )
        except ProxyError as error:
            words = f"it is not known whether visitors can read {document.name} ({error.problem})"
            raise _NotReadError(words, error.remedy) from None
        except NoAnswerError as error:
            kind = _LateError if seconds < visitor.SECONDS else PublishError
            if isinstance(error, BrokenOffError):
                kind = _BrokenOffError
            remedy = "; ".join(filter(None, (error.remedy, self.remedies.unreachable)))
            raise kind(f"visitors cannot read {document.name} ({error.problem})", remedy) from None

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
            raise self._something_else(document)
        # A copy that is kept for longer is an error by then.
        kept_for = visitor.kept_for(seen.headers)
        self.expiries[document.name] = self.deadline.clock.now() + (good_for - age if kept_for is None else kept_for)
        return f"they get a copy of {for_people(max(0.0, age.total_seconds()))} ago from a cache"

    def _something_else(self, document: Document) -> PublishError:
        words = f"visitors get another document than the published {document.name}"
        return PublishError(words, self.remedies.another)


def _url(address: str, document: Document) -> str:
    """Return the address of a document, from that of status.json."""
    return address if document.name == STATUS else visitor.sibling_url(address, document.name)


def is_this(document: Document, response: Response, tag: str) -> bool:
    """Whether headers are those of a document, and their tag proves its body.

    It must be the MD5 of the body, or the `tag` that the storage is known to have given it. A weak tag proves nothing.
    """
    headers = response.headers
    of_body = {md5(document.body, usedforsecurity=False).hexdigest(), tag} - {""}
    return (
        headers.get("etag", "") in {f'"{one}"' for one in of_body}
        and headers.get("content-type") == document.content_type
        and headers.get("cache-control") == document.cache_control
    )


def _is_newer(document: Document, response: Response) -> bool:
    """Whether visitors get what a newer run has published meanwhile."""
    if document.name != STATUS:
        return False
    own, moment = updated_at(document.body), updated_at(response.body)
    return own is not None and moment is not None and own < moment <= own + CLOCK_SKEW


def _written_at(document: Document, response: Response) -> datetime | None:
    """Return when a response was made: status.json says so, else the storage does."""
    if document.name == STATUS:
        return updated_at(response.body)
    return header_time(response.headers, "last-modified")
