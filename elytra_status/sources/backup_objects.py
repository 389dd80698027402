# SPDX-License-Identifier: MIT
"""Backup evidence in objects of JSON that backup jobs leave in a bucket: one, or all of a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from elytra_status import spaces
from elytra_status.errors import SourceError
from elytra_status.model import BACKUPS, Report
from elytra_status.settings import Settings
from elytra_status.side_by_side import TooLateError, side_by_side
from elytra_status.sources.backup_files import File, Read, Run, report_of, runs_of, value_of
from elytra_status.sources.source import Question, Source
from elytra_status.sources.spaces_backups import account

# In a folder with more objects none is read: the group that is left out could be the worst.
MOST_OBJECTS = 10_000
LARGEST_OBJECT = 8 * 1024 * 1024
# So many are read at once.
LANES = 8
_ENDING = ".json"
_CHUNK = 256 * 1024


class _StorageError(SourceError):
    """The storage refuses, or does not answer."""


class _Place(NamedTuple):
    """Where an object lies, and in words that name no client, as its key may."""

    key: str
    words: str


class _Bucket(NamedTuple):
    """A bucket, the key or folder of it that a setting names, and until when (monotonic) it may be asked."""

    where: spaces.Account
    name: str
    key: str
    setting: str
    ends: float


def source(name: str, setting: str, where: tuple[str, str], settings: Settings, read: Read) -> Source:
    """Return the source of one kind of evidence that lies in a bucket: bucket, and key or folder."""
    return Source(name, BACKUPS, partial(_look, name, setting, where, settings, read))


def _look(
    name: str, setting: str, where: tuple[str, str], settings: Settings, read: Read, question: Question
) -> Report:
    """Read what lies there now. Raise SourceError where it cannot be listed, or not all of it be fetched."""
    if question.earlier is not None and not question.earlier.problem:
        return question.earlier
    bucket = _Bucket(account(settings), *where, setting, time.monotonic() + question.seconds)
    places = _places(bucket)
    lanes = {
        f"{name} {number}": (question.seconds, partial(_read_all, bucket, places[number::LANES], read))
        for number in range(min(LANES, len(places)))
    }
    runs: list[Run] = []
    faults: list[SourceError] = []
    for result in side_by_side(lanes).values():
        if isinstance(result, TooLateError):
            raise _too_slow(setting)
        if isinstance(result, Exception):
            raise result
        runs += result[0]
        faults += result[1]
    return report_of(name, setting, settings, question, runs, faults, (place.key for place in places))


def _places(bucket: _Bucket) -> list[_Place]:
    """Return what there is to read. Raise SourceError where there is nothing, or too much."""
    if bucket.key and not bucket.key.endswith("/"):
        return [_Place(bucket.key, f"the object that {bucket.setting} names in bucket {bucket.name}")]
    keys = []
    for key in _keys(bucket):
        if key.endswith(_ENDING):
            keys.append(key)
        if len(keys) > MOST_OBJECTS:
            raise SourceError(
                f"more than {MOST_OBJECTS} objects end in {_ENDING} where {bucket.setting} points in bucket"
                f" {bucket.name}",
                "keep the last of each group, and have a lifecycle rule delete the rest",
            )
    if not keys:
        raise SourceError(
            f"no object ends in {_ENDING} where {bucket.setting} points in bucket {bucket.name}",
            "does the backup job write there?",
        )
    within = f"of {len(keys)} (by key) where {bucket.setting} points in bucket {bucket.name}"
    return [_Place(key, f"object {number} {within}") for number, key in enumerate(sorted(keys), 1)]


def _keys(bucket: _Bucket) -> Iterator[str]:
    """Yield the key of every object of the folder, page by page. Raise SourceError where the list is not whole."""
    arguments = {"Bucket": bucket.name, "Prefix": bucket.key}
    last = ""
    with spaces.errors_as(SourceError, bucket.where, bucket.name, "list the manifests"):
        client = spaces.open_client(bucket.where)
        while True:
            page = client.list_objects_v2(**arguments)
            # botocore takes any XML for a listing without objects; this stands in every real one.
            if "IsTruncated" not in page:
                raise SourceError(
                    "the answer is no listing", f"does {bucket.where.names.endpoint} lead to an S3 service?"
                )
            keys = [item["Key"] for item in page.get("Contents", []) if "Key" in item]
            if any(not key.startswith(bucket.key) for key in keys) or (last and keys and keys[0] <= last):
                raise SourceError("the listing holds what was not asked for", "is the storage S3 compatible?")
            yield from keys
            if not page["IsTruncated"]:
                return
            token = page.get("NextContinuationToken")
            if not token or not keys:
                raise SourceError("the listing breaks off", "is the storage S3 compatible?")
            if time.monotonic() > bucket.ends:
                raise _too_slow(bucket.setting)
            last, arguments["ContinuationToken"] = keys[-1], token


def _read_all(bucket: _Bucket, places: list[_Place], read: Read) -> tuple[list[Run], list[SourceError]]:
    """Return the runs that some objects tell of, and why of some there are none.

    Raise SourceError where it is the storage that fails: of what it does not give, nothing is known.
    """
    runs: list[Run] = []
    faults = []
    for place in places:
        if time.monotonic() > bucket.ends:
            raise _too_slow(bucket.setting)
        try:
            runs += runs_of(_fetch(bucket, place), bucket.setting, read, place.words)
        except _StorageError:
            raise
        except SourceError as error:
            faults.append(error)
    return runs, faults


def _fetch(bucket: _Bucket, place: _Place) -> File:
    """Return what an object stands for. Raise _StorageError, or SourceError where it is not there or no JSON."""
    remedy = f"is {bucket.setting} what the backup job writes?"
    try:
        with spaces.errors_as(_StorageError, bucket.where, bucket.name, "read the manifests"):
            answer = spaces.open_client(bucket.where).get_object(Bucket=bucket.name, Key=place.key)
            content = bytearray()
            # Up to the empty part at its end: there botocore notices that an answer has broken off.
            while len(content) <= LARGEST_OBJECT and (part := answer["Body"].read(_CHUNK)):
                content += part
    except _StorageError as error:
        if error.code == "NoSuchKey":
            raise SourceError(f"{place.words} is not there", remedy) from None
        raise
    if len(content) > LARGEST_OBJECT:
        raise SourceError(f"{place.words} has more than {LARGEST_OBJECT // 2**20} MB", remedy)
    modified = answer.get("LastModified") or datetime.fromtimestamp(0, UTC)
    return File(Path(place.key), modified, value_of(bytes(content), place.words, remedy))


def _too_slow(setting: str) -> SourceError:
    return SourceError(
        f"it takes too long to read everything where {setting} points",
        "keep the last of each group there alone, or raise SOURCE_DEADLINE_SECONDS",
    )
