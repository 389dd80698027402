# SPDX-License-Identifier: MIT
"""The private objects of a pair of machines, changed by compare-and-swap.

An object is written only in place of the version that was read, so that no change of the other machine is lost. No ACL
is sent: without one, most storage keeps an object private. The time is that of the storage.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.net import s3, s3_conditions, server_dates
from elytra_status.net.concurrency import run_all
from elytra_status.net.s3_conditions import NO_TAG, TagForm
from elytra_status.net.s3_errors import TIMED_OUT
from elytra_status.publish.without_key import anyone_may_read
from elytra_status.system.clock import Clock

# For each request, with retries. A run has six or seven of them, and about once an hour up to four more.
SECONDS = 10.0
# For a request without a key.
SECONDS_WITHOUT_KEY = 5.0
# The seconds to wait after each try while another write is under way.
PAUSES = (0.5, 1.0, 2.0, 4.0, 4.0, 0.0)
# A version that another machine has written since is read again, this many times in all.
TRIES = len(PAUSES)
PROBE = "probe.json"
# Error codes for an object that does not exist. A key without the right to list gets AccessDenied. A response without
# a body has only its number.
_MISSING = ("NoSuchKey", "404", "AccessDenied", "403")
_CONTENT_TYPES = {"gz": "application/gzip"}
_NOT_ENFORCED = (
    "the storage does not enforce If-Match and If-None-Match, which a pair requires",
    "use storage that does (docs/storage.md), or set PUBLISHERS=one on both machines, and let one of them publish",
)

T = TypeVar("T")


@dataclass(frozen=True)
class SharedVersion:
    """A version of an object: `body` is None if there is none.

    `tag` identifies it, and is "" if there is none. `now` is the time by the storage's clock.
    """

    body: bytes | None = field(repr=False)
    tag: str
    now: datetime


@dataclass(frozen=True)
class SharedObjects:
    """The private objects of a pair, below a prefix of a bucket.

    `form` is how the storage accepts a tag. All methods raise PublishError with a remedy.
    """

    account: s3.Account
    bucket: str
    prefix: str
    clock: Clock
    form: TagForm = TagForm.BARE

    def describe(self, name: str) -> str:
        """Return where an object is, in words for the administrator."""
        return f"{self.prefix}{name} in bucket {self.bucket}"

    def read(self, name: str, limit: int) -> SharedVersion:
        """Return an object; of a larger one a little more than `limit` bytes."""
        return self._version(name, partial(self._get, name, limit))

    def find(self, name: str) -> SharedVersion:
        """Return the present version of an object, without its body."""
        return self._version(name, partial(self._find, name))

    def _version(self, name: str, request: Callable[[], tuple[bytes | None, str]]) -> SharedVersion:
        body, tag = None, ""
        with server_dates.collect_dates(self.clock) as dates:
            try:
                body, tag = self._in_time(request)
            except PublishError as error:
                if error.code not in _MISSING:
                    raise
        now = self.clock.now()
        times = dates.times(now)
        if not times:
            raise PublishError(
                f"the storage reported no time with {self.describe(name)}",
                "use storage that sends Date, without a proxy that removes it; or set PUBLISHERS=one",
            )
        return SharedVersion(body, tag, now - times[-1].ahead)

    def update(self, name: str, limit: int, how: Callable[[SharedVersion], bytes | None]) -> SharedVersion:
        """Change an object, and return the version that is then there.

        `how` gets the present version, and returns the new content, or None to leave it. It is called again if another
        machine writes meanwhile. If it raises, nothing changes.
        """
        for pause in PAUSES:
            found = self.read(name, limit)
            body = how(found)
            if body is None or body == found.body:
                return found
            if (tag := self._replace(name, limit, body, found.tag, pause)) is not None:
                return replace(found, body=body, tag=tag)
        raise PublishError(
            f"{self.describe(name)} was changed by another machine {TRIES} times while it was written",
            "try again; find out who else writes there",
        )

    def _replace(self, name: str, limit: int, body: bytes, tag: str, pause: float) -> str | None:
        """Write an object in place of the version with this tag.

        Return the new tag, None if it was not written. If another write of it is under way, wait for `pause` seconds.
        """
        try:
            return self._put(name, body, tag, self.form)
        except PublishError as error:
            if error.code in s3_conditions.UNKNOWN_CONDITION:
                raise PublishError(*_NOT_ENFORCED) from None
            if error.code not in s3_conditions.UNMET:
                raise
            if error.code in s3_conditions.CONFLICT:
                self.clock.sleep(pause)
            found = self.read(name, limit)
            if found.body == body:
                # The answer to it was lost, and it was sent again.
                return found.tag
            if found.tag == tag and error.code not in s3_conditions.CONFLICT:
                raise PublishError(
                    f"{self.describe(name)} cannot be written: the storage refused the tag that it reported",
                    "give the key the right to read it; else remove pair.json from the state directory, and the next"
                    " run finds out anew how the storage accepts conditions",
                ) from None
            return None

    def is_public(self, name: str) -> bool:
        """Whether everybody may read an object, without a key. Raise FetchError."""
        return anyone_may_read(self.account, self.bucket, f"{self.prefix}{name}", SECONDS_WITHOUT_KEY)

    def find_form(self, mark: str) -> TagForm:
        """Find out how the storage accepts conditions, by writing an object of its own.

        `mark` distinguishes this run from others. Raise PublishError if the storage does not enforce conditions.
        """
        number, present = 0, ""

        def put(tag: str, form: TagForm) -> bool:
            nonlocal number, present
            number += 1
            try:
                present = self._put(PROBE, f'{{"mark": "{mark}", "number": {number}}}\n'.encode(), tag, form)
            except PublishError as error:
                if error.code in s3_conditions.UNMET | s3_conditions.UNKNOWN_CONDITION:
                    return False
                raise
            return True

        for _ in range(TRIES):
            present = ""
            put("", TagForm.NONE)
            if put("", TagForm.BARE):
                break
            for form in (TagForm.BARE, TagForm.QUOTED):
                # Another machine that tries the same at this moment makes the right tag a wrong one.
                if not put(NO_TAG, form) and put(present, form):
                    return form
        raise PublishError(*_NOT_ENFORCED)

    def _get(self, name: str, limit: int) -> tuple[bytes, str]:
        with s3.errors_as(PublishError, self.account, self.bucket, f"read {self.prefix}{name}"):
            found = s3.read_object(self.account, self.bucket, f"{self.prefix}{name}", limit, self.clock)
        return found.body, found.tag

    def _find(self, name: str) -> tuple[None, str]:
        with s3.errors_as(PublishError, self.account, self.bucket, f"read {self.prefix}{name}"):
            return None, s3.read_tag(self.account, self.bucket, f"{self.prefix}{name}")

    def _put(self, name: str, body: bytes, tag: str, form: TagForm) -> str:
        return self._in_time(partial(self._write, name, body, tag, form))

    def _write(self, name: str, body: bytes, tag: str, form: TagForm) -> str:
        condition: AbstractContextManager[None] = nullcontext()
        if form is not TagForm.NONE:
            condition = s3_conditions.only_in_place_of(tag, form)
        with s3.errors_as(PublishError, self.account, self.bucket, f"write {self.prefix}{name}"), condition:
            return s3.write_object(
                self.account,
                self.bucket,
                f"{self.prefix}{name}",
                body,
                acl="none",
                content_type=_CONTENT_TYPES.get(name.rpartition(".")[2], "application/json"),
                cache_control="no-store",
            )

    def _in_time(self, function: Callable[[], T]) -> T:
        """Return the result of `function`; stop waiting after SECONDS."""
        (result,) = run_all({self.bucket: (SECONDS, function)}, self.clock).values()
        if isinstance(result, NoAnswerError):
            late = PublishError(
                f"the storage timed out, no complete response within {SECONDS:.0f} s",
                "it is tried again at the next run",
            )
            late.code = TIMED_OUT
            raise late
        if isinstance(result, Exception):
            raise result
        return result
