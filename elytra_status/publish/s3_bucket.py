# SPDX-License-Identifier: MIT
"""Publishes to a bucket of DigitalOcean Spaces or any S3."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import md5
from http import HTTPStatus
from posixpath import dirname, join
from typing import TypeVar

from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.model import CLOCK_SKEW
from elytra_status.net import s3
from elytra_status.net.concurrency import run_all
from elytra_status.net.http import Response
from elytra_status.publish import visitor
from elytra_status.publish.target import Target, updated_at
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock, Deadline, for_people

# How long all that is asked of the storage in one run may take, retries included.
SECONDS = 45.0
# What is larger is none of ours, and is not read.
LARGEST_DOCUMENT = 16 * 2**20
_NOT_PASSED_ON = (
    "the public address returns another document, or none: let the proxy or CDN pass on all documents, or narrow"
    " PUBLISH"
)
# What storage without ACLs says to one: AWS; Cloudflare R2 (until 2022) and others; a private bucket of Backblaze B2.
ACL_REFUSED = ("AccessControlListNotSupported", "NotImplemented", "InvalidArgument")
WITHOUT_ACL = "set STATUS_ACL=none, and make the bucket public by a policy or a public address"
NO_ACL = f"give the key the right to make it public (PutObjectAcl); where the storage ignores ACLs, {WITHOUT_ACL}"
NO_POLICY = "let a bucket policy allow everybody to read it (s3:GetObject), or set STATUS_URL to the public address"

T = TypeVar("T")


def account(settings: Settings) -> s3.Account:
    """Return where the status bucket is, and the key to it."""
    endpoint, access_key, secret_key = settings.spaces_endpoint, settings.spaces_access_key, settings.spaces_secret_key
    assert endpoint is not None
    assert access_key is not None
    assert secret_key is not None
    return s3.Account(
        endpoint,
        settings.spaces_region,
        access_key,
        secret_key,
        settings.ca_bundle,
        s3.Names("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "SPACES_ENDPOINT", "SPACES_REGION", "SPACES_ADDRESSING"),
        addressing=s3.addressing(settings.spaces_addressing, endpoint),
    )


@dataclass(frozen=True)
class S3Bucket:
    """The status bucket. The storage must have answered everything by the deadline."""

    settings: Settings = field(repr=False)
    bucket: str
    account: s3.Account
    deadline: Deadline
    # When each document was last written, by the storage's clock: as far as it has been read.
    modified: dict[str, datetime] = field(default_factory=dict, repr=False)

    @property
    def description(self) -> str:
        return f"bucket {self.bucket}"

    @property
    def at_once(self) -> int:
        # A storage far away needs a second for each.
        return 6

    def _key(self, name: str) -> str:
        key = self.settings.status_bucket_key
        return key if name == STATUS else join(dirname(key), name)

    def _in_time(self, function: Callable[[], T]) -> T:
        """Return what `function` does, and do not wait longer: each byte that trickles in would begin a new wait."""
        (result,) = run_all({self.bucket: (max(0.0, self.deadline.left()), function)}).values()
        if isinstance(result, NoAnswerError):
            raise PublishError(
                f"the storage timed out: no complete answer within {SECONDS:.0f} s", "it is tried again at the next run"
            )
        if isinstance(result, Exception):
            raise result
        return result

    def read(self, name: str) -> Document | None:
        try:
            return self._in_time(lambda: self._read(name))
        except PublishError as error:
            # A key that may not list is not told that an object is missing, only that access is denied.
            if error.code in ("NoSuchKey", "AccessDenied"):
                return None
            raise

    def _read(self, name: str) -> Document:
        with s3.errors_as(PublishError, self.account, self.bucket, f"read {name}"):
            found = s3.read_object(self.account, self.bucket, self._key(name), LARGEST_DOCUMENT)
        body = found.body if len(found.body) <= LARGEST_DOCUMENT else b""
        if found.modified:
            self.modified[name] = found.modified
        return Document(name, body, found.content_type, found.cache_control, frozenset())

    def write(self, document: Document) -> None:
        self._in_time(lambda: self._write(document))

    def _write(self, document: Document) -> None:
        acl = self.settings.status_acl
        try:
            with s3.errors_as(PublishError, self.account, self.bucket, f"write {document.name}"):
                s3.write_object(
                    self.account,
                    self.bucket,
                    self._key(document.name),
                    document.body,
                    acl=acl,
                    content_type=document.content_type,
                    cache_control=document.cache_control,
                )
        except PublishError as error:
            if acl == "none":
                raise
            if error.code in ACL_REFUSED:
                words = f"{error.code}: the storage refused {document.name} with ACL {acl}"
                raise PublishError(words, WITHOUT_ACL) from None
            if error.code == "AccessDenied":
                remedy = f"{error.remedy} (PutObject and PutObjectAcl); or {WITHOUT_ACL}"
                raise PublishError(error.problem, remedy) from None
            raise

    def remove(self, name: str) -> None:
        self._in_time(lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        with s3.errors_as(PublishError, self.account, self.bucket, f"delete {name}"):
            s3.open_client(self.account).delete_object(Bucket=self.bucket, Key=self._key(name))

    def held(self, document: Document) -> list[str] | None:
        """Return what is odd about a document that visitors get already, None where they do not.

        Only a checksum that is the MD5 of the document proves that it lies there: of some storage it is another.
        """
        storage = visitor.origin_url(self.settings)
        try:
            if storage is None:
                found = self._in_time(lambda: self._head(document.name))
            else:
                found = self._visit(storage, document, "", headers_only=True)
            if not _is_this(document, found):
                return None
            if storage is None or self.settings.status_url not in (None, storage):
                return self.check_as_visitor(document)
        except PublishError:
            return None  # it is written, and what is wrong then shows
        return self._header_faults(document, found)

    def _head(self, name: str) -> Response:
        with s3.errors_as(PublishError, self.account, self.bucket, f"read {name}"):
            response = s3.open_client(self.account).head_object(Bucket=self.bucket, Key=self._key(name))
        self.modified[name] = response["LastModified"]
        return Response(HTTPStatus.OK, response["ResponseMetadata"]["HTTPHeaders"], b"")

    def check_as_visitor(self, document: Document) -> list[str]:
        """Read the document without a key, at the storage itself and at the public address.

        A valid copy that is merely older comes from a cache on the way: readers see its age, so that is
        told and is no failure. What is wrong for longer is check-freshness's to find. Of the other documents
        nothing at the public address is one: a proxy may let through status.json alone.
        """
        storage = visitor.origin_url(self.settings)
        seen, written, odd = None, self.modified.get(document.name), []
        if storage:
            remedy = NO_POLICY if self.settings.status_acl == "none" else NO_ACL
            seen = self._visit(storage, document, remedy)
            # Of a document that has not changed for long it is not its own time that shows how old a copy is.
            written = _date(seen) or _written_at(document, seen)
            if seen.body != document.body and not _is_newer(document, seen):
                raise _something_else(document)
        public = self.settings.status_url or storage
        assert public
        try:
            if seen is None or public != storage:
                seen = self._visit(
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
        return [*odd, *self._header_faults(document, seen)]

    def _header_faults(self, document: Document, seen: Response) -> list[str]:
        origin = visitor.origins(self.settings)[0]
        return [str(fault) for fault in visitor.header_faults(seen, self.settings, origin, document.content_type)]

    def _visit(self, address: str, document: Document, remedy: str, *, headers_only: bool = False) -> Response:
        url = address if document.name == STATUS else visitor.beside(address, document.name)
        try:
            response = visitor.read(self.settings, url, visitor.origins(self.settings)[0], headers_only=headers_only)
        except NoAnswerError as error:
            raise PublishError(f"visitors cannot read {document.name}: {error.problem}", error.remedy) from None
        if response.status != 200:
            raise PublishError(f"visitors get {response.status} for {document.name} at {url}", remedy)
        return response

    def _check_copy(self, document: Document, written: datetime | None, seen: Response) -> str:
        """Tell the age of what visitors got. Raise PublishError unless an earlier run published it, a cache kept it,
        and it is good."""
        written = updated_at(document.body) if document.name == STATUS else written
        before = _written_at(document, seen)
        age = written - before if written and before else None
        good_for = timedelta(minutes=self.settings.freshness_max_age_minutes)
        if age is None or not timedelta(0) <= age <= good_for or not visitor.is_behind_cache(self.settings):
            raise _something_else(document)
        return f"they get a copy of {for_people(age.total_seconds())} ago from a cache"


def _is_this(document: Document, response: Response) -> bool:
    """Whether an answer's headers are those of a document, and its checksum proves that its body is."""
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
    """Return when an answer was made: status.json says so itself, of the others the storage does."""
    if document.name == STATUS:
        return updated_at(response.body)
    try:
        return parsedate_to_datetime(response.headers.get("last-modified", "")).astimezone(UTC)
    except ValueError:
        return None


def open_target(settings: Settings, clock: Clock) -> Target:
    """Return the bucket that the settings name."""
    assert settings.status_bucket
    return S3Bucket(settings, settings.status_bucket, account(settings), Deadline.after(clock, SECONDS))
