# SPDX-License-Identifier: MIT
"""The expected results of a search of a large bucket, with any storage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from elytra_status.net import s3
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import saved_listing
from elytra_status.sources.backups_s3.groups import BucketState
from elytra_status.sources.backups_s3.layout import layout
from elytra_status.sources.backups_s3.listing import BucketListing
from elytra_status.sources.backups_s3.schedule import proven
from elytra_status.sources.backups_s3.search import Limits, Search
from elytra_status.system.clock import Deadline
from tests.conftest import MovableClock

ODD = "Ärzte & Söhne +%41'\"<b>#?\N{NO-BREAK SPACE}\U0001f600"
GROUPS = ["acme", "acme-shop", "acme0", ODD, "zeta"]
DAYS = 460
MAX_AGE, MARK = timedelta(hours=25), saved_listing.mark(Settings())
# Here, a bucket of more than two pages is large.
LIMITS = Limits(few=2, usual=2, most=40)


def keys() -> list[str]:
    """Return the 2,300 keys of five groups, from three years by their names."""
    days = [datetime(2025, 11, 20, tzinfo=UTC) - timedelta(days=day) for day in range(DAYS)]
    return [f"b/{group}/{day:%Y-%m-%d} é+&.gz" for group in GROUPS for day in reversed(days)]


def check(account: s3.Account, name: str, put: Callable[[Iterable[str]], None]) -> None:
    """Fill a bucket and search it repeatedly while it changes; `put` puts objects into it."""
    put(keys())
    client = s3.open_client(account)
    saved: dict[str, Any] = {}
    now = datetime.now(UTC)

    def poll(minutes: int) -> tuple[dict[str, datetime | None], int]:
        nonlocal saved, now
        now += timedelta(minutes=minutes)
        bucket = BucketListing(account, name, Deadline.after(MovableClock(), 60), "BACKUP_PREFIX", "list the backups")
        known = saved_listing.from_json(json.loads(json.dumps(saved)), MARK, now)
        if known is None:
            known = BucketState()
            assert not search(known, bucket).whole(LIMITS.few)
        search(known, bucket).due()
        saved = saved_listing.to_json(known, MARK)
        return {group: proven(each, now, MAX_AGE) for group, each in known.groups.items()}, bucket.requests

    def search(known: BucketState, bucket: BucketListing) -> Search:
        return Search(known, layout("b/", "*.gz", 1, grouped=True), bucket, now, MAX_AGE, LIMITS)

    told, _ = poll(0)
    assert told.keys() == set(GROUPS)
    assert None not in told.values()
    assert all(group[4] for group in saved["groups"].values()), "all names sort by date"
    for _ in range(3):
        told, requests = poll(10)
        assert requests <= LIMITS.usual
        assert None not in told.values()
    # Six requests have shown five groups, two of them in one page: their old backups were folded.
    assert all(group[2] > group[3] for group in saved["groups"].values()), "each was seen since it was listed"
    newest = saved["groups"][ODD][0]
    client.delete_object(Bucket=name, Key=newest)
    put(["b/new/1.gz"])
    for _ in range(3):
        told, _ = poll(115)
    assert saved["groups"][ODD][0] not in (None, newest)
    assert told["new"] is not None
