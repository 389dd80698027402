# SPDX-License-Identifier: MIT
"""Backup evidence in JSON objects of a bucket: one object, or all of a folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from elytra_status.errors import ElytraStatusError, NoAnswerError, SourceError
from elytra_status.model import BACKUPS, Report
from elytra_status.net import s3
from elytra_status.net.body_memory import BodyMemory
from elytra_status.net.concurrency import DeadlineExceededError, run_all
from elytra_status.problem import Problem
from elytra_status.sources.backup_evidence.files import ENDING, decoded_text, label_of
from elytra_status.sources.backup_evidence.kind import ConfiguredEvidence, Evidence
from elytra_status.sources.backup_evidence.report import Collected, evidence_report
from elytra_status.sources.backups_s3.listing import BucketListing, ListedObject
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import Deadline

# If a folder has more objects, none is read: the group that is left out could be the worst.
MOST_OBJECTS = 10_000
LARGEST_OBJECT = 8 * 1024 * 1024
# How many objects are read in parallel.
LANES = 8
# One object is parsed at a time: it takes many times the memory of its text, and threads make it no faster.
_PARSING = threading.Lock()


class _StorageError(ElytraStatusError):
    """The storage refused a request or did not answer, so its groups are unknown."""


class _ArchivedError(SourceError):
    """An object is archived (storage class GLACIER, for example) and cannot be read."""


class _EvidenceObject(NamedTuple):
    """The location of an object, and a description of it without a client's name.

    `written` is when it was written, if it was listed.
    """

    key: str
    words: str
    modified: datetime | None = None


class _Fetched(NamedTuple):
    """The content of an object, its label in the folder, and when it was written.

    `memory` is that of the content.
    """

    label: str
    body: bytes
    modified: datetime
    memory: BodyMemory


class _Bucket(NamedTuple):
    """A bucket, a key or folder in it, and the deadline for requests."""

    where: s3.Account
    name: str
    key: str
    setting: str
    deadline: Deadline


def source(configured: ConfiguredEvidence, account: s3.Account, where: tuple[str, str]) -> Source:
    """Return the source for one kind of evidence in a bucket.

    `where` is the bucket, and a key or folder in it.
    """
    return Source(configured.name, BACKUPS, partial(_poll, configured, account, where))


def _poll(configured: ConfiguredEvidence, account: s3.Account, where: tuple[str, str], request: PollRequest) -> Report:
    """Read all objects. Raise NoAnswerError if listing or fetching fails."""
    if request.earlier is not None and not request.earlier.problem:
        return request.earlier
    bucket = _Bucket(account, *where, configured.setting, request.deadline())
    objects = _objects(bucket)
    archived = request.now - configured.failed_after
    lanes = {
        f"{configured.name} {number}": (
            request.seconds,
            partial(_read_all, bucket, objects[number::LANES], configured, archived),
        )
        for number in range(min(LANES, len(objects)))
    }
    collected = Collected()
    for result in run_all(lanes, request.clock).values():
        if isinstance(result, DeadlineExceededError):
            raise _too_slow(configured.setting)
        if isinstance(result, _StorageError):
            raise SourceError(result.problem, result.remedy)
        if isinstance(result, Exception):
            raise result
        collected.extend(result)
    return evidence_report(configured, request, collected, (one.key for one in objects))


def _objects(bucket: _Bucket) -> list[_EvidenceObject]:
    """Return the objects to read. Raise NoAnswerError if there are none or too many."""
    if bucket.key and not bucket.key.endswith("/"):
        return [_EvidenceObject(bucket.key, f"the object that {bucket.setting} names in bucket {bucket.name}")]
    found: dict[str, datetime | None] = {}
    for each in _listed(bucket):
        if each.key.endswith(ENDING):
            found[each.key] = each.modified
        if len(found) > MOST_OBJECTS:
            raise SourceError(
                f"more than {MOST_OBJECTS} objects end in {ENDING} where {bucket.setting} points in bucket"
                f" {bucket.name}",
                "keep the last of each group, and have a lifecycle rule delete the rest",
            )
    if not found:
        raise SourceError(
            f"no object ends in {ENDING} where {bucket.setting} points in bucket {bucket.name}",
            "check that the backup job writes there",
        )
    within = f"of {len(found)} (by key) where {bucket.setting} points in bucket {bucket.name}"
    return [
        _EvidenceObject(key, f"object {number} {within}", found[key]) for number, key in enumerate(sorted(found), 1)
    ]


def _listed(bucket: _Bucket) -> Iterator[ListedObject]:
    """Yield every object of the folder.

    Raise SourceError if the listing is incomplete.
    """
    listing = BucketListing(bucket.where, bucket.name, bucket.deadline, bucket.setting, "list the manifests")
    page = listing.page(bucket.key)
    yield from page.objects
    while page.until is not None:
        if listing.is_late():
            raise _too_slow(bucket.setting)
        page = listing.page(bucket.key, page.until)
        yield from page.objects


def _read_all(
    bucket: _Bucket, objects: list[_EvidenceObject], configured: ConfiguredEvidence, archived: datetime
) -> Collected:
    """Return what some objects contain, and why some cannot be read.

    Raise _StorageError if the storage fails. An archived object that was written before `archived` cannot contain a
    backup that still counts.
    """
    collected = Collected()
    for one in objects:
        if bucket.deadline.left() < 0:
            raise _too_slow(bucket.setting)
        try:
            fetched = _fetch(bucket, one)
        except _ArchivedError as error:
            if one.modified is not None and one.modified < archived:
                collected.warnings.append(Problem(f"{error.problem}; it is too old to count", error.remedy))
            else:
                collected.faults.append(error)
        except NoAnswerError as error:
            collected.faults.append(error)
        else:
            with _PARSING:
                evidence = Evidence(fetched.label, decoded_text(fetched.body), fetched.modified)
                collected.add(configured, evidence, one.words)
    return collected


def _fetch(bucket: _Bucket, one: _EvidenceObject) -> _Fetched:
    """Return the content of an object.

    Raise _StorageError, or SourceError if it is missing or archived.
    """
    remedy = f"check that {bucket.setting} names what the backup job writes"
    try:
        with s3.errors_as(_StorageError, bucket.where, bucket.name, "read the manifests"):
            found = s3.read_object(bucket.where, bucket.name, one.key, LARGEST_OBJECT, bucket.deadline.clock)
    except _StorageError as error:
        if error.code == "NoSuchKey":
            raise SourceError(f"{one.words} is not there", remedy) from None
        if error.code == "InvalidObjectState":
            raise _ArchivedError(
                f"{one.words} is archived and cannot be read", "have the lifecycle rule delete old manifests instead"
            ) from None
        raise
    if len(found.body) > LARGEST_OBJECT:
        raise SourceError(f"{one.words} has more than {LARGEST_OBJECT // 2**20} MB", remedy)
    modified = found.modified or datetime.fromtimestamp(0, UTC)
    label = label_of(one.key.removeprefix(bucket.key)) if one.key != bucket.key else ""
    return _Fetched(label, found.body, modified, found.memory)


def _too_slow(setting: str) -> SourceError:
    return SourceError(
        f"it takes too long to read everything where {setting} points",
        "keep the last of each group there alone, or raise SOURCE_DEADLINE_SECONDS",
    )
