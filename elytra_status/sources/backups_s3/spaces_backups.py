# SPDX-License-Identifier: MIT
"""Backups as objects in a bucket of DigitalOcean Spaces or other S3 storage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from elytra_status.decision import missing_groups
from elytra_status.decision.missing_groups import Before, SavedGroup
from elytra_status.model import BACKUPS, BackupGroup, Report, replace
from elytra_status.net import s3
from elytra_status.net.hosts import host_of
from elytra_status.problem import Problem
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import saved_listing
from elytra_status.sources.backups_s3.costs import most_for_full
from elytra_status.sources.backups_s3.groups import BucketState, Costs, keep_missing
from elytra_status.sources.backups_s3.layout import layout
from elytra_status.sources.backups_s3.listing import BucketListing
from elytra_status.sources.backups_s3.report import NOT_KNOWN_YET, report
from elytra_status.sources.backups_s3.search import USUAL_LIMITS, Search
from elytra_status.sources.source import PollRequest, Source

NAME = "spaces_backups"
# The ratio of a poll's time for listing a bucket in full, and for querying what is due: the last request may be
# repeated several times.
TO_LIST, TO_SEARCH = 0.3, 0.5
NOT_IN_FULL = Problem(
    "there was no time to list the bucket in full, only what is due",
    "Set BACKUP_LISTING=auto or a longer BACKUP_PREFIX",
)


def sources(settings: Settings) -> list[Source]:
    """Return the bucket of backups in the settings, or nothing."""
    name, account = settings.backup_bucket, backup_account(settings)
    return [Source(NAME, BACKUPS, partial(poll, settings, s3.Bucket(name, account)))] if name and account else []


def backup_account(settings: Settings) -> s3.Account | None:
    """Return the account with the backups, or None if a value of it is missing.

    It has its own endpoint and key if set, else those of the status bucket.
    """
    access, secret = settings.backup_access_key, settings.backup_secret_key
    own_key = access is not None and secret is not None
    endpoint = settings.backup_endpoint or settings.spaces_endpoint
    access_key, secret_key = (access, secret) if own_key else (settings.spaces_access_key, settings.spaces_secret_key)
    if not endpoint or not access_key or not secret_key:
        return None
    key = "BACKUP" if own_key else "SPACES"
    return s3.Account(
        endpoint,
        settings.backup_region or settings.spaces_region,
        access_key,
        secret_key,
        settings.ca_bundle,
        s3.Names(
            f"{key}_ACCESS_KEY",
            f"{key}_SECRET_KEY",
            "BACKUP_ENDPOINT" if settings.backup_endpoint else "SPACES_ENDPOINT",
            "BACKUP_REGION",
            "BACKUP_ADDRESSING",
        ),
        addressing=s3.addressing(settings.backup_addressing or settings.spaces_addressing, endpoint),
    )


def poll(settings: Settings, bucket: s3.Bucket, request: PollRequest) -> Report:
    """Return the newest backup of each group in a bucket.

    A bucket is listed in full, or only what is due, as BACKUP_LISTING says or what costs fewer requests. A group whose
    newest backup is not proven is unknown. A group that no longer exists is missing, since nobody knows who
    deleted its backups. Raise NoAnswerError if the storage refuses or is not trustworthy: the next run then starts from
    the earlier saved state.
    """
    if request.earlier is not None and not request.earlier.problem:
        return request.earlier
    now, its_deadline = request.now, request.deadline()
    its_layout = layout(
        settings.backup_prefix,
        settings.backup_pattern,
        settings.backup_min_bytes,
        grouped=settings.backup_groups == "prefix",
    )
    max_age = timedelta(hours=settings.backup_max_age_hours)
    mark = saved_listing.mark(settings)

    def search(state: BucketState, ratio: float) -> Search:
        deadline = its_deadline.earlier(request.seconds * (1 - ratio))
        listing = BucketListing(bucket.account, bucket.name, deadline, "BACKUP_PREFIX", "list the backups")
        return Search(state, its_layout, listing, now, max_age)

    before = saved_listing.from_json(request.saved, mark, now)
    state = _searched(settings.backup_listing, before, now, search)
    found = report(NAME, state, its_layout, now, max_age)
    if settings.backup_listing == "full" and state.tried:
        found = replace(found, warnings=(*found.warnings, NOT_IN_FULL))
    failed_from = timedelta(hours=settings.backup_failed_age_hours)
    return replace(
        with_missing_groups(found, state, request.saved, mark, now, failed_from),
        private_hosts=frozenset({host_of(bucket.account.endpoint)}) - {""},
    )


def _searched(
    listing: str, before: BucketState | None, now: datetime, search: Callable[[BucketState, float], Search]
) -> BucketState:
    """Return what is known after a search, which begins from `before`.

    `listing` is the value of BACKUP_LISTING. `search` makes a search for a ratio of a poll's time.
    """
    known = before or BucketState()
    most = most_for_full(known.costs, known.tried, now, USUAL_LIMITS.few)
    state, tries = known, 0
    if listing == "full" or before is None or (listing == "auto" and most is not None):
        full = search(BucketState(tried=now), TO_LIST)
        is_whole = full.whole(math.inf if listing == "full" else most or USUAL_LIMITS.few)
        state, tries = full.state, full.bucket.requests
        if is_whole:
            keep_missing(state, known, now)
            # The next run lists the bucket in full again.
            state.costs, state.tried = known.costs, None
            return state
        if before is not None:
            state = replace(before, tried=now)
        state.costs = Costs(since=now)
    due = search(state, TO_SEARCH)
    due.due()
    state.costs = state.costs.with_run(tries + due.bucket.requests, now)
    return state


def with_missing_groups(
    found: Report, state: BucketState, saved: Mapping[str, Any], mark: str, now: datetime, failed_from: timedelta
) -> Report:
    """Return a report with missing groups, and what to save.

    A missing group is in saved state and no longer in the bucket.
    """
    before = missing_groups.from_json(_mapping(saved.get("missing")), mark)
    if not before.kept:
        # In the form of the previous version, which did not save the times of missing groups.
        former = ((name, group.missing_since) for name, group in state.groups.items() if group.missing_since)
        before = Before(
            tuple(SavedGroup(BackupGroup(name, None, missing_since=since, key=name)) for name, since in former)
        )
    present = {name: group for name, group in state.groups.items() if not group.missing_since}
    is_whole = not any(group.name == NOT_KNOWN_YET for group in found.backup_groups)
    kept, forgotten = missing_groups.carry_on(before, present, (), now, failed_from, is_whole=is_whole)
    for one in forgotten:
        state.groups.pop(one.group.key, None)
    missing = [one.group for one in kept if one.group.missing_since]
    saved_groups = [*(SavedGroup(BackupGroup(name, group.time, key=name)) for name, group in present.items()), *kept]
    return replace(
        found,
        backup_groups=tuple(sorted((*found.backup_groups, *missing), key=lambda group: group.name)),
        forgotten_groups=tuple(one.group for one in forgotten),
        private_names=found.private_names.union(one.group.name for one in (*kept, *forgotten)),
        saved={**saved_listing.to_json(state, mark), "missing": missing_groups.to_json(saved_groups, mark, now)},
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
