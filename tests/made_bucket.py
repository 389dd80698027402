# SPDX-License-Identifier: MIT
"""A bucket in memory that lists like S3: in the order of keys, in pages, folded at a delimiter."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from datetime import datetime

from elytra_status.errors import SourceError
from elytra_status.sources.backups_s3.listing import ListedObject, ListingPage

HIGHEST = "\U0010ffff"


class MadeBucket:
    """The bucket: `objects` by key, changed with `put` and `delete`. `requests` is a counter."""

    def __init__(self, page: int) -> None:
        self.page_size = page
        # The entries of a page of a list of groups, in which keys are folded at the first /.
        self.page_of_groups = page
        self.objects: dict[str, ListedObject] = {}
        self.requests = 0
        # After this many requests it is late, and if it `fails`, the next request does.
        self.late_after: int | None = None
        self.fails = False
        # Old Ceph folds at the first character of a delimiter, which folds a whole group into one entry.
        self.folds_too_much = False
        self._keys: list[str] = []

    def put(self, key: str, modified: datetime, size: int = 1) -> None:
        if key not in self.objects:
            insort(self._keys, key)
        self.objects[key] = ListedObject(key, size, modified)

    def delete(self, key: str) -> None:
        del self.objects[key]
        del self._keys[bisect_left(self._keys, key)]

    def is_late(self) -> bool:
        return not self.fails and self.late_after is not None and self.requests >= self.late_after

    def page(self, prefix: str, after: str = "", delimiter: str = "") -> ListingPage:
        self.requests += 1
        if self.fails and self.late_after is not None and self.requests > self.late_after:
            raise SourceError("the storage does not answer")
        cut_at = delimiter[:1] if self.folds_too_much else delimiter
        place = max(bisect_right(self._keys, after), bisect_left(self._keys, prefix))
        objects: list[ListedObject] = []
        folded: list[str] = []
        until = ""
        while place < len(self._keys) and self._keys[place].startswith(prefix):
            if len(objects) + len(folded) == (self.page_of_groups if delimiter == "/" else self.page_size):
                return ListingPage(prefix, after, delimiter, until, tuple(objects), tuple(folded))
            key = self._keys[place]
            found = key.find(cut_at, len(prefix)) if cut_at else -1
            if found < 0:
                until = key
                objects.append(self.objects[key])
                place += 1
            else:
                until = key[: found + len(cut_at)]
                folded.append(until)
                place = bisect_left(self._keys, until + HIGHEST)
        return ListingPage(prefix, after, delimiter, None, tuple(objects), tuple(folded))
