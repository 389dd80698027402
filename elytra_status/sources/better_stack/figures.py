# SPDX-License-Identifier: MIT
"""Better Stack's own uptime figures.

The API counts whole days including today, and has no figure for the last 24 hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.settings import Settings
from elytra_status.sources import queried_figures
from elytra_status.sources.better_stack.api import get_page, monitors_url
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import Deadline

DAYS = {"last_7d": 7, "last_30d": 30}


def figures(
    settings: Settings, monitors: Sequence[str], request: PollRequest, deadline: Deadline
) -> queried_figures.Figures:
    """Return the figures of some monitors, by their ids.

    Use saved figures, and query as many new ones as are due.
    """

    def query_one(monitor: str, window: str, until: Deadline) -> Fraction:
        first, last = (request.now - timedelta(days=DAYS[window] - 1)).date(), request.now.date()
        base = monitors_url(settings.better_stack_url)
        url = f"{base}/{monitor}/sla?from={first.isoformat()}&to={last.isoformat()}"
        return get_page(url, _ratio, settings.better_stack_token, settings.ca_bundle, until)

    return queried_figures.query_figures(monitors, DAYS, query_one, request, deadline)


def _ratio(page: Mapping[str, Any]) -> Fraction:
    """Return the ratio in a figure. Raise SourceError if it is malformed."""
    try:
        percent = page["data"]["attributes"]["availability"]
    except (KeyError, TypeError):
        percent = None
    if isinstance(percent, bool) or not isinstance(percent, int | Decimal) or not 0 <= percent <= 100:
        raise SourceError(
            "an uptime figure cannot be read", "check that BETTER_STACK_URL is the address of Better Stack"
        )
    # Cut off: a number with a million decimals would become a fraction of that size.
    return Fraction(Decimal(percent).quantize(Decimal("0.000001"), ROUND_DOWN)) / 100
