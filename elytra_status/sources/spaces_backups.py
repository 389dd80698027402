# SPDX-License-Identifier: MIT
"""Backups as objects in a bucket of DigitalOcean Spaces or any S3."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from elytra_status import spaces
from elytra_status.errors import SourceError
from elytra_status.model import BACKUPS, BackupGroup, Report
from elytra_status.settings import Settings
from elytra_status.sources.source import Question, Source

NAME = "spaces_backups"
# A modification time further in the future than this is no evidence.
FUTURE = timedelta(minutes=5)
ALL = "(all)"


def sources(settings: Settings) -> list[Source]:
    """Return the bucket of backups that the settings name, or nothing."""
    return [Source(NAME, BACKUPS, partial(look, settings))] if settings.backup_bucket else []


def account(settings: Settings) -> spaces.Account:
    """Return where the backups lie: an endpoint and a key of their own if set, else those of the status bucket."""
    access, secret = settings.backup_access_key, settings.backup_secret_key
    own_key = access is not None and secret is not None
    endpoint = settings.backup_endpoint or settings.spaces_endpoint
    access_key, secret_key = (access, secret) if own_key else (settings.spaces_access_key, settings.spaces_secret_key)
    assert endpoint is not None
    assert access_key is not None
    assert secret_key is not None
    key = "BACKUP" if own_key else "SPACES"
    return spaces.Account(
        endpoint,
        settings.backup_region or settings.spaces_region,
        access_key,
        secret_key,
        settings.ca_bundle,
        spaces.Names(
            f"{key}_ACCESS_KEY",
            f"{key}_SECRET_KEY",
            "BACKUP_ENDPOINT" if settings.backup_endpoint else "SPACES_ENDPOINT",
            "BACKUP_REGION",
        ),
    )


def look(settings: Settings, question: Question) -> Report:
    """List every backup and return the newest of each group.

    Raise SourceError where the list is not whole: a group whose newest backup is on a page that did
    not come would be taken for old.
    """
    if question.earlier is not None and not question.earlier.problem:
        return question.earlier
    prefix, grouped = settings.backup_prefix, settings.backup_groups == "prefix"
    newest: dict[str, datetime | None] = {} if grouped else {ALL: None}
    pattern = re.compile(fnmatch.translate(settings.backup_pattern), re.DOTALL)
    in_future = outside = 0
    keys: set[str] = set()
    for key, size, modified in _every_object(settings, time.monotonic() + question.seconds):
        keys.add(key)
        rest = key[len(prefix) :]
        group, slash, _ = rest.partition("/")
        if not grouped:
            group = ALL
        elif not slash or not group:
            # The folder itself, as the control panel makes it, is no stray.
            outside += bool(rest)
            continue
        else:
            newest.setdefault(group, None)
        if key.endswith("/") or size < settings.backup_min_bytes or not pattern.match(rest):
            continue
        if modified > question.now + FUTURE:
            in_future += 1
            continue
        before = newest[group]
        if before is None or modified > before:
            newest[group] = modified
    warnings = []
    if not any(newest.values()):
        warnings.append(f"no backup among {len(keys)} objects: see BACKUP_PREFIX, BACKUP_PATTERN and BACKUP_MIN_BYTES")
    if in_future:
        warnings.append(f"{in_future} backups are dated in the future: is a clock wrong?")
    if outside:
        warnings.append(
            f"{outside} objects lie in no folder below BACKUP_PREFIX and belong to no group (move them into one)"
        )
    if not prefix.endswith("/") and len({key.startswith(f"{prefix}/") for key in keys if prefix and key != prefix}) > 1:
        warnings.append("BACKUP_PREFIX takes in more than the folder of that name: end it with / to mean that alone")
    return Report(
        NAME,
        BACKUPS,
        backup_groups=tuple(BackupGroup(group, moment) for group, moment in sorted(newest.items())),
        warnings=tuple(warnings),
        private_names=frozenset(keys.union(newest if grouped else ())),
        private_hosts=frozenset({urlsplit(account(settings).endpoint).hostname or ""}) - {""},
    )


def _every_object(settings: Settings, ends: float) -> Iterator[tuple[str, int, datetime]]:
    """Yield key, size and time of every object below the prefix, page by page.

    S3 lists by key, so the newest may be on any page. This does not use botocore's paginator: it takes a
    page that says it is cut short, without saying where to go on, for the last.
    """
    where = account(settings)
    bucket = settings.backup_bucket
    assert bucket
    arguments: dict[str, str] = {"Bucket": bucket, "Prefix": settings.backup_prefix}
    last = ""
    with spaces.errors_as(SourceError, where, bucket, "list the backups"):
        client = spaces.open_client(where)
        while True:
            page = client.list_objects_v2(**arguments)
            objects = _objects(page, where, settings.backup_prefix)
            if last and objects and objects[0][0] <= last:
                raise SourceError("the listing repeats itself", "is the storage S3 compatible?")
            yield from objects
            last = objects[-1][0] if objects else last
            if not page["IsTruncated"]:
                return
            token = page.get("NextContinuationToken")
            if not token or token == arguments.get("ContinuationToken"):
                raise SourceError("the listing breaks off", "is the storage S3 compatible?")
            if time.monotonic() > ends:
                raise SourceError(
                    "the listing takes too long", "narrow BACKUP_PREFIX, or raise SOURCE_DEADLINE_SECONDS"
                )
            arguments["ContinuationToken"] = token


def _objects(page: dict[str, Any], where: spaces.Account, prefix: str) -> list[tuple[str, int, datetime]]:
    """Return the objects of a page. Raise SourceError where the answer was something else: an empty list is news."""
    try:
        # botocore takes any XML, and nothing at all, for a listing without objects; this stands in every real one.
        page["IsTruncated"]
        objects = [(item["Key"], item["Size"], item["LastModified"]) for item in page.get("Contents", [])]
    except KeyError:
        raise SourceError("the answer is no listing", f"does {where.names.endpoint} lead to an S3 service?") from None
    if not all(key.startswith(prefix) for key, _, _ in objects):
        raise SourceError("the listing holds what was not asked for", "is the storage S3 compatible?")
    return objects
