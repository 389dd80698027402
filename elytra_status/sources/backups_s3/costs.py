# SPDX-License-Identifier: MIT
"""Choose the cheaper listing of a bucket, by the requests of earlier runs. Pure.

A run lists the bucket in full, or queries only what is due. A day of the latter runs shows what they cost. Nothing that
is reported depends on these figures.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from elytra_status.sources.backups_s3.groups import Costs
from elytra_status.sources.backups_s3.schedule import is_recent

# How long runs query only what is due until the bucket is listed in full again.
TRY_AGAIN = timedelta(days=1)
# How long the figures of that day justify full listings. A day in eight is then spent on new figures.
VALID_FOR = timedelta(days=8)
# Full listings begin if they cost at most two thirds of the other runs, and end as soon as they cost more. A bucket
# near the limit therefore does not alternate.
MARGIN = (2, 3)


def most_for_full(costs: Costs, tried: datetime | None, now: datetime, few: int) -> int | None:
    """Return the most requests that a full listing may take.

    Return None if it is not tried in this run. It is tried in each run while it is cheaper, and `tried` is None then.
    Otherwise, it is tried a day after the run of `tried`. A few requests are always allowed: a run makes as many if
    nothing is due, and a full listing notices each change at once.
    """
    if is_recent(tried, now, TRY_AGAIN):
        return None
    if not costs.runs or (tried is None and not is_recent(costs.since, now, VALID_FOR)):
        return few
    if tried is None:
        return max(costs.requests // costs.runs, few)
    part, whole = MARGIN
    return max(costs.requests * part // (costs.runs * whole), few)
