# SPDX-License-Identifier: MIT
"""Publishes to a bucket of DigitalOcean Spaces or any S3."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from posixpath import dirname, join

from elytra_status import journal, spaces, visitor
from elytra_status.clock import for_people
from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import PublishError, SourceError
from elytra_status.publish.place import Place, updated_at
from elytra_status.settings import Settings

ACL = "public-read"


def account(settings: Settings) -> spaces.Account:
    """Return where the status bucket is, and the key to it."""
    endpoint, access_key, secret_key = settings.spaces_endpoint, settings.spaces_access_key, settings.spaces_secret_key
    assert endpoint is not None
    assert access_key is not None
    assert secret_key is not None
    return spaces.Account(endpoint, settings.spaces_region, access_key, secret_key, settings.ca_bundle, "SPACES")


@dataclass(frozen=True)
class Bucket:
    """The status bucket."""

    settings: Settings = field(repr=False)
    bucket: str
    account: spaces.Account

    @property
    def description(self) -> str:
        return f"bucket {self.bucket}"

    def _key(self, name: str) -> str:
        key = self.settings.status_bucket_key
        return key if name == STATUS else join(dirname(key), name)

    def read(self, name: str) -> Document | None:
        try:
            with spaces.errors_as(PublishError, self.account, self.bucket, f"read {name}"):
                answer = spaces.open_client(self.account).get_object(Bucket=self.bucket, Key=self._key(name))
                body = answer["Body"].read()
        except PublishError as error:
            # A key that may not list is not told that an object is missing, only that access is denied.
            if error.code in ("NoSuchKey", "AccessDenied"):
                return None
            raise
        return Document(name, body, answer.get("ContentType", ""), answer.get("CacheControl", ""), frozenset())

    def write(self, document: Document) -> None:
        with spaces.errors_as(PublishError, self.account, self.bucket, f"write {document.name}"):
            # An overwrite without an ACL would make the object private.
            spaces.open_client(self.account).put_object(
                Bucket=self.bucket,
                Key=self._key(document.name),
                Body=document.body,
                ACL=ACL,
                ContentType=document.content_type,
                CacheControl=document.cache_control,
            )

    def check_as_visitor(self, document: Document) -> None:
        """Read the document at the public address, or at the storage's own where none is set.

        A valid copy that is merely older comes from a cache on the way: readers see its age, so that is
        said and is no failure. What is wrong for longer is check-freshness's to find.
        """
        base = self.settings.status_url or visitor.origin_url(self.settings)
        assert base
        url = base if document.name == STATUS else join(dirname(base), document.name)
        origin = visitor.origins(self.settings)[0]
        try:
            answer = visitor.read(self.settings, url, origin)
        except SourceError as error:
            raise PublishError(f"visitors cannot read {document.name}: {error.problem}", error.remedy) from None
        if answer.status != 200:
            raise PublishError(
                f"visitors get {answer.status} for {document.name}",
                "is STATUS_URL the address of this very object? 403 means that it is not there or not public",
            )
        if answer.body != document.body and not self._is_older_copy(document, answer.body):
            raise PublishError(
                f"visitors get something else than what was published as {document.name}",
                "does STATUS_URL lead to this bucket and key? if a CDN stands before it: purge it, or lower its TTL",
            )
        for fault in visitor.header_faults(answer, self.settings, origin, document.content_type):
            journal.warning(f"visitors of {document.name}: {fault}")

    def _is_older_copy(self, document: Document, body: bytes) -> bool:
        """Whether what visitors got is what an earlier run published, kept by a cache, and still good."""
        moment, own = updated_at(body), updated_at(document.body)
        if moment is None or own is None or not visitor.is_behind_cache(self.settings):
            return False
        if moment < own:
            age = own - moment
            if age > timedelta(minutes=self.settings.freshness_max_age_minutes):
                return False
            journal.warning(f"visitors still get the status of {for_people(age.total_seconds())} ago, from a cache")
        return True


def open_place(settings: Settings) -> Place:
    """Return the bucket that the settings name."""
    assert settings.status_bucket
    return Bucket(settings, settings.status_bucket, account(settings))
