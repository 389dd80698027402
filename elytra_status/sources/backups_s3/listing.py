# SPDX-License-Identifier: MIT
"""List a bucket page by page, check that pages are complete, and count requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from elytra_status.errors import SourceError
from elytra_status.net import s3
from elytra_status.system.clock import Deadline


class ListedObject(NamedTuple):
    """An object of the bucket; `size` in bytes."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class ListingPage:
    """The keys with `prefix`, behind the key `after` and up to `until` or the end.

    Keys that contain `delimiter` after the prefix are not listed: `folded` has their beginnings up to it.
    """

    prefix: str
    after: str
    delimiter: str
    until: str | None
    objects: tuple[ListedObject, ...] = field(repr=False)
    folded: tuple[str, ...] = field(default=(), repr=False)

    def covers(self, key: str) -> bool:
        """Whether the page shows, or folds, all keys at this position."""
        return key.startswith(self.prefix) and self.after < key and (self.until is None or key <= self.until)


class BucketListing:
    """The listing of one bucket.

    No request begins after the deadline. `setting` names the part of the bucket that is listed, and `action` completes
    the sentence "the key may not …".
    """

    def __init__(self, account: s3.Account, name: str, deadline: Deadline, setting: str, action: str) -> None:
        self.account = account
        self.name = name
        self.deadline = deadline
        self.setting = setting
        self.action = action
        self.requests = 0
        self._goes_on: tuple[str, str, str, str] | None = None

    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline.left() < 0

    def page(self, prefix: str, after: str = "", delimiter: str = "") -> ListingPage:
        """Return the page of keys behind the key `after`.

        Raise SourceError if the storage refuses, or if the page may be incomplete: missing backups would be taken for
        deleted.
        """
        arguments = {"Bucket": self.name, "Prefix": prefix}
        if delimiter:
            arguments["Delimiter"] = delimiter
        if self._goes_on and self._goes_on[:3] == (prefix, after, delimiter):
            arguments["ContinuationToken"] = self._goes_on[3]
        elif after:
            arguments["StartAfter"] = after
        with s3.errors_as(SourceError, self.account, self.name, self.action):
            while True:
                self.requests += 1
                response = s3.open_client(self.account).list_objects_v2(**arguments)
                objects, folded = self._entries(response, prefix)
                if not response["IsTruncated"]:
                    return ListingPage(prefix, after, delimiter, None, objects, folded)
                token = response.get("NextContinuationToken")
                if not token or token == arguments.get("ContinuationToken"):
                    raise SourceError("the listing breaks off", "check that the storage is S3 compatible")
                if objects or folded:
                    break
                # A page may be empty without being the last.
                if self.is_late():
                    raise SourceError("the listing takes too long", f"narrow {self.setting}")
                arguments["ContinuationToken"] = token
        until = max(*(each.key for each in objects[-1:]), *folded[-1:], after)
        keys = [each.key for each in objects]
        if any(key <= before for before, key in zip([after, *keys], keys, strict=False)):
            # What follows the last of them is not known.
            raise SourceError("the listing repeats itself, or is not sorted", "check that the storage is S3 compatible")
        self._goes_on = (prefix, until, delimiter, token)
        return ListingPage(prefix, after, delimiter, until, objects, folded)

    def _entries(self, response: dict[str, Any], prefix: str) -> tuple[tuple[ListedObject, ...], tuple[str, ...]]:
        """Return the objects and folded prefixes of a page.

        Raise SourceError if the response is no listing. botocore parses any XML, and an empty body, as a listing
        without objects; a real one always has IsTruncated.
        """
        try:
            response["IsTruncated"]
            objects = tuple(
                ListedObject(each["Key"], each["Size"], each["LastModified"]) for each in response.get("Contents", [])
            )
            folded = tuple(each["Prefix"] for each in response.get("CommonPrefixes", []))
        except KeyError:
            remedy = f"check that {self.account.names.endpoint} is the address of an S3 service"
            raise SourceError("the answer is not a listing", remedy) from None
        if not all(each.key.startswith(prefix) for each in objects):
            raise SourceError(
                "the listing contains keys that were not requested", "check that the storage is S3 compatible"
            )
        return objects, folded
