# SPDX-License-Identifier: MIT
"""Publish to a bucket of DigitalOcean Spaces or of any other S3 storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from posixpath import dirname, join
from typing import TypeVar

from elytra_status.documents import Document
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.net import s3, s3_conditions, s3_errors, server_dates
from elytra_status.net.concurrency import run_all
from elytra_status.net.http import Response
from elytra_status.net.s3_conditions import NEXT_FORM, TagForm
from elytra_status.publish import visitor
from elytra_status.publish.stamp import Found, Stamp
from elytra_status.publish.target import ChangedError, ConditionalWrites, Target, Unseen
from elytra_status.publish.visitor_check import VisitorCheck, is_this
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock, Deadline

# The time for all requests of a run to the storage, with retries.
SECONDS = 45.0
# The part of SECONDS that reading at the public address leaves for writing.
FOR_WRITING = 25.0
# How many seconds after SECONDS all reading as visitors do must end.
GRACE = 5.0
# No document is larger, so that the rest of a larger object is not read.
LARGEST_DOCUMENT = 16 * 2**20
WITHOUT_ACL = "set STATUS_ACL=none, and make the bucket public by a policy or a public address"
NO_ACL = f"give the key the right to make it public (PutObjectAcl); where the storage ignores ACLs, {WITHOUT_ACL}"

T = TypeVar("T")


class _AclRefusedError(PublishError):
    """The storage says that it refused the ACL of a document."""


def status_bucket(settings: Settings) -> s3.Bucket | None:
    """Return the status bucket, or None if a value of it is missing."""
    name, endpoint = settings.status_bucket, settings.spaces_endpoint
    access_key, secret_key = settings.spaces_access_key, settings.spaces_secret_key
    if not name or not endpoint or not access_key or not secret_key:
        return None
    account = s3.Account(
        endpoint,
        settings.spaces_region,
        access_key,
        secret_key,
        settings.ca_bundle,
        s3.Names("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "SPACES_ENDPOINT", "SPACES_REGION", "SPACES_ADDRESSING"),
        addressing=s3.addressing(settings.spaces_addressing, endpoint),
    )
    return s3.Bucket(name, account)


@dataclass(frozen=True)
class S3Bucket:
    """The status bucket. All responses of the storage must arrive by the deadline."""

    settings: Settings = field(repr=False)
    bucket: str
    account: s3.Account
    deadline: Deadline
    conditions: ConditionalWrites = field(default_factory=ConditionalWrites, repr=False)
    visitors: VisitorCheck = field(init=False, repr=False)
    # The time until the deadline, at first.
    seconds: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", self.deadline.left())
        object.__setattr__(self, "visitors", VisitorCheck(self.settings, self.deadline.earlier(-GRACE), NO_ACL))

    @property
    def description(self) -> str:
        """The bucket, in words for the administrator."""
        return f"bucket {self.bucket}"

    @property
    def at_once(self) -> int:
        """The number of documents to write or read in parallel: six."""
        # Each request to a distant storage takes a second.
        return 6

    def _key(self, name: str) -> str:
        key = self.settings.status_bucket_key
        return key if name == STATUS else join(dirname(key), name)

    def _in_time(self, function: Callable[[], T]) -> T:
        """Return the result of `function`; stop waiting at the deadline.

        The deadline holds even if bytes trickle in.
        """
        (result,) = run_all({self.bucket: (max(0.0, self.deadline.left()), function)}, self.deadline.clock).values()
        if isinstance(result, NoAnswerError):
            raise PublishError(
                f"the storage timed out, no complete response within {self.seconds:.3g} s",
                "it is tried again at the next run",
            )
        if isinstance(result, Exception):
            raise result
        return result

    def alone(self) -> AbstractContextManager[object]:
        """Keep no other run out: conditional writes protect the bucket."""
        return nullcontext()

    def read(self, name: str) -> Found:
        """Return the object of this name, as the bucket holds it."""
        clock = self.deadline.clock
        with server_dates.collect_dates(clock) as dates:
            try:
                found = self._in_time(lambda: self._stored_object(name))
            except PublishError as error:
                # A key without the right to list gets AccessDenied for a missing object.
                if error.code not in ("NoSuchKey", "AccessDenied"):
                    raise
                found = None
        now = clock.now()
        times = dates.times(now)
        if times:
            now -= times[-1].ahead
        if found is None:
            return Found(None, now, sent_time=bool(times))
        body = found.body if len(found.body) <= LARGEST_DOCUMENT else b""
        document = Document(name, body, found.content_type, found.cache_control, frozenset())
        return Found(document, now, found.tag, Stamp.from_metadata(found.metadata), bool(times))

    def _stored_object(self, name: str) -> s3.StoredObject:
        with s3.errors_as(PublishError, self.account, self.bucket, f"read {name}"):
            found = s3.read_object(self.account, self.bucket, self._key(name), LARGEST_DOCUMENT, self.deadline.clock)
        # Storage tags every object. The login page of a network, which answers every request, has no tag.
        if name == STATUS and not found.tag and found.content_type.startswith("text/html"):
            raise PublishError(s3_errors.WEB_PAGE, s3_errors.another_server(self.account.names.endpoint))
        if found.modified:
            self.visitors.modified[name] = found.modified
        return found

    def write(self, document: Document, stamp: Stamp | None = None, instead_of: str | None = None) -> str:
        """Write an object, on condition if the storage supports that; return its tag."""
        while True:
            form = TagForm.NONE if instead_of is None else self.conditions.form
            try:
                tag = self._in_time(partial(self._put, document, stamp, instead_of or "", form))
            except PublishError as error:
                if form is TagForm.NONE or error.code not in s3_conditions.UNMET | s3_conditions.UNKNOWN_CONDITION:
                    raise self._explained(document, error) from None
                self._judge_refusal(document.name, error, instead_of or "", form)
            else:
                self.conditions.works = self.conditions.works or form is not TagForm.NONE
                return tag

    def _judge_refusal(self, name: str, error: PublishError, expected: str, form: TagForm) -> None:
        """Raise ChangedError if the storage holds another version.

        Else choose another form of the condition. If the storage enforced conditions before and accepts none now, this
        raises ChangedError once, so that the caller sees what the storage holds before it replaces that.
        """
        conditions, is_unmet = self.conditions, error.code in s3_conditions.UNMET
        found = self.read(name) if is_unmet or conditions.enforced else None
        is_conflict = error.code in s3_conditions.CONFLICT
        if found and is_unmet and (is_conflict or conditions.works or found.tag != expected):
            raise ChangedError(name, found, proves=not is_conflict)
        conditions.form = NEXT_FORM[form] if is_unmet else TagForm.NONE
        if found and conditions.enforced and conditions.form is TagForm.NONE:
            conditions.enforced = None
            raise ChangedError(name, found)

    def _put(self, document: Document, stamp: Stamp | None, instead_of: str, form: TagForm) -> str:
        with (
            s3.errors_as(PublishError, self.account, self.bucket, f"write {document.name}"),
            s3_conditions.only_in_place_of(instead_of, form),
            self._refused_acls_named(document.name),
        ):
            return s3.write_object(
                self.account,
                self.bucket,
                self._key(document.name),
                document.body,
                acl=self.settings.status_acl,
                content_type=document.content_type,
                cache_control=document.cache_control,
                metadata=stamp.to_metadata() if stamp else None,
            )

    @contextmanager
    def _refused_acls_named(self, name: str) -> Iterator[None]:
        """Raise _AclRefusedError if the storage refused the ACL of an object."""
        try:
            yield
        except Exception as error:
            acl = self.settings.status_acl
            if acl == "none" or not s3_errors.names_acl(error):
                raise
            words = f"{s3_errors.code_of(error)}, the storage refused {name} with ACL {acl}"
            raise _AclRefusedError(words, WITHOUT_ACL) from None

    def _explained(self, document: Document, error: PublishError) -> PublishError:
        """Return the error, with the remedy for a refused ACL if that may be the cause."""
        if self.settings.status_acl == "none" or isinstance(error, _AclRefusedError):
            return error
        if error.code in s3_errors.MAY_REFUSE_ACL:
            words = f"{error.code}, the storage refused to write {document.name}"
            return PublishError(
                words, f"find {error.code} in the documentation of the storage; if it has no ACLs: {WITHOUT_ACL}"
            )
        if error.code == "AccessDenied":
            remedy = f"{error.remedy} (PutObject and PutObjectAcl); or {WITHOUT_ACL}"
            return PublishError(error.problem, remedy)
        return error

    def remove(self, name: str) -> None:
        """Delete the object, if there is one."""
        self._in_time(lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        with s3.errors_as(PublishError, self.account, self.bucket, f"delete {name}"):
            s3.open_client(self.account).delete_object(Bucket=self.bucket, Key=self._key(name))

    def held(self, document: Document, tag: str) -> list[str] | None:
        """Return the warnings about a document that visitors already get.

        Return None if they do not get it. What the storage holds is proven by its tag: the MD5 of the document, or the
        `tag` that the storage gave this body when it was written. With SSE-KMS, tags are no MD5.
        """
        storage = visitor.origin_url(self.settings)
        try:
            if storage is None:
                found = self._in_time(lambda: self._head(document.name))
            else:
                found = self.visitors.visit(storage, document, "", headers_only=True)
            if not is_this(document, found, tag):
                return None
            if storage is None or self.settings.status_url not in (None, storage):
                return self.visitors.check(document, self.deadline.earlier(FOR_WRITING), found)
        except PublishError:
            return None  # writing it shows what is wrong
        return self.visitors.header_faults(document, found)

    def _head(self, name: str) -> Response:
        with s3.errors_as(PublishError, self.account, self.bucket, f"read {name}"):
            response = s3.open_client(self.account).head_object(Bucket=self.bucket, Key=self._key(name))
        self.visitors.modified[name] = response["LastModified"]
        return Response(HTTPStatus.OK, response["ResponseMetadata"]["HTTPHeaders"], b"")

    def check_as_visitor(self, document: Document) -> list[str]:
        """Read the object as visitors do, without a key, and compare it."""
        return self.visitors.check(document)

    def copy_expires(self, name: str) -> datetime | None:
        """Return when the older copy that visitors got expires; None if they got none."""
        return self.visitors.expiries.get(name)

    def unseen(self, name: str) -> Unseen | None:
        """Return why it is not known that visitors get a document, None if they do."""
        return self.visitors.unseen.get(name)


def open_target(
    settings: Settings, bucket: s3.Bucket, clock: Clock, conditions: ConditionalWrites | None = None
) -> Target:
    """Return the status bucket as a target.

    `conditions` says how far it is known to support conditional writes.
    """
    deadline = Deadline.after(clock, SECONDS)
    enforcement = conditions or ConditionalWrites()
    return S3Bucket(settings, *bucket, deadline, conditions=enforcement)
