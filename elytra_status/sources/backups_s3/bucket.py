# SPDX-License-Identifier: MIT
"""A bucket of backups: which of its objects count, to which group they belong, and how it is listed."""

from __future__ import annotations

import fnmatch
import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from elytra_status.errors import SourceError
from elytra_status.net import s3

# The one group that there is where backups are not grouped.
ALL = "(all)"


class Object(NamedTuple):
    """An object of the bucket; `size` in bytes."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class Layout:
    """What counts as a backup, and to which group a key belongs; `pattern` is for what follows the prefix."""

    prefix: str
    grouped: bool
    pattern: re.Pattern[str]
    min_bytes: int

    def group_of(self, key: str) -> str | None:
        """Return the name of the group that a key belongs to, or None."""
        if not self.grouped:
            return ALL
        name, slash, _ = key[len(self.prefix) :].partition("/")
        return name if slash and name else None

    def home(self, name: str) -> str:
        """Return what all keys of a group begin with."""
        return f"{self.prefix}{name}/" if self.grouped else self.prefix

    def is_backup(self, each: Object) -> bool:
        """Tell whether an object is a backup, whatever its time."""
        if each.key.endswith("/") or each.size < self.min_bytes:
            return False
        return self.pattern.match(each.key[len(self.prefix) :]) is not None


def layout(prefix: str, pattern: str, min_bytes: int, *, grouped: bool) -> Layout:
    """Return the layout that the settings describe; `pattern` as of a shell, where * takes in / too."""
    return Layout(prefix, grouped, re.compile(fnmatch.translate(pattern), re.DOTALL), min_bytes)


@dataclass(frozen=True)
class Page:
    """The keys that begin with `prefix`, all of them behind the key `after` and up to `until`, or to the end (None).

    Keys that hold `delimiter` behind the prefix are not shown: `folded` has their beginnings up to it.
    """

    prefix: str
    after: str
    delimiter: str
    until: str | None
    objects: tuple[Object, ...] = field(repr=False)
    folded: tuple[str, ...] = field(default=(), repr=False)

    def covers(self, key: str) -> bool:
        """Tell whether a key lies where this page shows, or folds, all that there is."""
        return key.startswith(self.prefix) and self.after < key and (self.until is None or key <= self.until)


class BackupBucket:
    """Asks for pages of one bucket's listing, and counts the requests."""

    def __init__(self, account: s3.Account, name: str, ends: float) -> None:
        """`ends` is when no further request may be made, on the clock time.monotonic()."""
        self.account = account
        self.name = name
        self.ends = ends
        self.requests = 0
        self._goes_on: tuple[str, str, str, str] | None = None

    def is_late(self) -> bool:
        """Tell whether no further request may be made."""
        return time.monotonic() > self.ends

    def ask(self, prefix: str, after: str = "", delimiter: str = "") -> Page:
        """Return the page behind a key.

        Raise NoAnswerError where the storage refuses, or where its answer cannot be trusted to be whole: a backup
        on a page that did not come would be taken for deleted.
        """
        arguments = {"Bucket": self.name, "Prefix": prefix}
        if delimiter:
            arguments["Delimiter"] = delimiter
        if self._goes_on and self._goes_on[:3] == (prefix, after, delimiter):
            arguments["ContinuationToken"] = self._goes_on[3]
        elif after:
            arguments["StartAfter"] = after
        with s3.errors_as(SourceError, self.account, self.name, "list the backups"):
            while True:
                self.requests += 1
                answer = s3.open_client(self.account).list_objects_v2(**arguments)
                objects, folded = self._entries(answer, prefix)
                if not answer["IsTruncated"]:
                    return Page(prefix, after, delimiter, None, objects, folded)
                token = answer.get("NextContinuationToken")
                if not token or token == arguments.get("ContinuationToken"):
                    raise SourceError("the listing breaks off", "is the storage S3 compatible?")
                if objects or folded:
                    break
                # A page may be empty and not be the last.
                if self.is_late():
                    raise SourceError("the listing takes too long", "narrow BACKUP_PREFIX")
                arguments["ContinuationToken"] = token
        until = max(*(each.key for each in objects[-1:]), *folded[-1:], after)
        keys = [each.key for each in objects]
        if any(key <= before for before, key in zip([after, *keys], keys, strict=False)):
            # What lies behind the last of them could be anything.
            raise SourceError("the listing repeats itself, or is in no order", "is the storage S3 compatible?")
        self._goes_on = (prefix, until, delimiter, token)
        return Page(prefix, after, delimiter, until, objects, folded)

    def _entries(self, answer: dict[str, Any], prefix: str) -> tuple[tuple[Object, ...], tuple[str, ...]]:
        """Return what a page holds. Raise NoAnswerError where the answer was something else: an empty list is news."""
        try:
            # botocore takes any XML, and nothing at all, for a listing without objects; this stands in every real one.
            answer["IsTruncated"]
            objects = tuple(
                Object(each["Key"], each["Size"], each["LastModified"]) for each in answer.get("Contents", [])
            )
            folded = tuple(each["Prefix"] for each in answer.get("CommonPrefixes", []))
        except KeyError:
            remedy = f"does {self.account.names.endpoint} lead to an S3 service?"
            raise SourceError("the answer is no listing", remedy) from None
        if not all(each.key.startswith(prefix) for each in objects):
            raise SourceError("the listing holds what was not asked for", "is the storage S3 compatible?")
        return objects, folded
