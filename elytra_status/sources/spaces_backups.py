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
from elytra_status.sources.source import Source

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
    return spaces.Account(
        endpoint,
        settings.backup_region or settings.spaces_region,
        access_key,
        secret_key,
        settings.ca_bundle,
        "BACKUP" if own_key else "SPACES",
    )


def look(settings: Settings, now: datetime, seconds: float, earlier: Report | None) -> Report:
    """List every backup and return the newest of each group.

    Raise SourceError where the list is not whole: a group whose newest backup is on a page that did
    not come would be taken for old.
    """
    if earlier is not None:
        return earlier
    newest: dict[str, datetime | None] = {} if settings.backup_groups == "prefix" else {ALL: None}
    pattern = re.compile(fnmatch.translate(settings.backup_pattern), re.DOTALL)
    in_future = outside = 0
    keys: set[str] = set()
    for item in _every_object(settings, time.monotonic() + seconds):
        key, size, modified = item["Key"], item["Size"], item["LastModified"]
        keys.add(key)
        rest = key[len(settings.backup_prefix) :]
        group, slash, _ = rest.partition("/")
        if settings.backup_groups == "none":
            group = ALL
        elif not slash or not group:
            outside += 1
            continue
        else:
            newest.setdefault(group, None)
        if key.endswith("/") or size < settings.backup_min_bytes or not pattern.match(rest):
            continue
        if modified > now + FUTURE:
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
        warnings.append(f"{outside} objects lie in no folder below BACKUP_PREFIX and belong to no group")
    return Report(
        NAME,
        BACKUPS,
        backup_groups=tuple(BackupGroup(group, moment) for group, moment in sorted(newest.items())),
        warnings=tuple(warnings),
        private_names=frozenset(keys | (newest.keys() - {ALL})),
        private_hosts=frozenset({urlsplit(account(settings).endpoint).hostname or ""}) - {""},
    )


def _every_object(settings: Settings, ends: float) -> Iterator[dict[str, Any]]:
    """Yield every object below the prefix, page by page. S3 lists by key, so the newest may be on any page.

    This does not use botocore's paginator: it takes a page that says it is cut short, without saying
    where to go on, for the last.
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
            contents = page.get("Contents", [])
            if last and contents and contents[0]["Key"] <= last:
                raise SourceError("the listing repeats itself", "is the storage S3 compatible?")
            yield from contents
            last = contents[-1]["Key"] if contents else last
            if not page.get("IsTruncated"):
                return
            token = page.get("NextContinuationToken")
            if not token or token == arguments.get("ContinuationToken"):
                raise SourceError("the listing breaks off", "is the storage S3 compatible?")
            if time.monotonic() > ends:
                raise SourceError(
                    "the listing takes too long", "narrow BACKUP_PREFIX, or raise SOURCE_DEADLINE_SECONDS"
                )
            arguments["ContinuationToken"] = token
