# SPDX-License-Identifier: MIT
"""Kinds of locations: paths on this machine and objects in storage."""

from __future__ import annotations

import os
import re

from elytra_status.settings.kinds.kind import InvalidValueError, Kind
from elytra_status.settings.kinds.texts import read_text

# The prefix of a location in a bucket, as in all tools for S3.
S3 = "s3://"


def _read_region(text: str) -> str:
    # botocore refuses other names, whatever the storage.
    if not re.fullmatch(r"(?![0-9]+$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)", text):
        raise InvalidValueError("is not a region", "Write its short name alone, such as nyc3 or eu-central-1")
    return text


def _read_path(text: str) -> str:
    if not os.path.isabs(read_text(text)):
        raise InvalidValueError("is not an absolute path", "Write a path that begins with /")
    return os.path.normpath(text)


def in_bucket(location: str) -> tuple[str, str] | None:
    """Return bucket and key of a location s3://bucket/key; None for a path."""
    if not location.startswith(S3):
        return None
    bucket, _, key = location.removeprefix(S3).partition("/")
    return bucket, key


def _read_location(text: str) -> str:
    where = in_bucket(read_text(text))
    if where is None:
        if not os.path.isabs(text):
            raise InvalidValueError(
                "is neither an absolute path nor in a bucket", "Write a path that begins with / or with s3://"
            )
        return _read_path(text)
    bucket, key = where
    try:
        _read_bucket(bucket)
        if key:
            _read_key(key.removesuffix("/"))
    except ValueError:
        raise InvalidValueError(
            "names no bucket and key", "Write s3://bucket/key.json, or s3://bucket/folder/ for all objects in it"
        ) from None
    return text


def _read_bucket(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
        raise InvalidValueError(
            "is not a bucket name", "Write 3 to 63 of a-z, 0-9 and -, without s3:// and without a path"
        )
    return text


def _read_key(text: str) -> str:
    if not text or text.startswith("/") or text.endswith("/") or "//" in read_text(text):
        raise InvalidValueError("is not an object key", "Write a key such as status.json or site/status.json")
    return text


def _read_object_prefix(text: str) -> str:
    try:
        _read_key(text[:-1] if text.endswith("/") else "")
    except ValueError:
        raise InvalidValueError("is not a prefix of keys that ends with /", "Write a prefix such as pair/") from None
    return text


REGION = Kind("name of a region", _read_region)
PATH = Kind("absolute path", _read_path)
LOCATION = Kind("absolute path, s3://bucket/key, or s3://bucket/folder/", _read_location)
BUCKET = Kind("bucket name", _read_bucket)
OBJECT_KEY = Kind("object key", _read_key)
OBJECT_PREFIX = Kind("prefix of keys that ends with /", _read_object_prefix)
