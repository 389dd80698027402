# SPDX-License-Identifier: MIT
"""Check whether each CONNECTIVITY_URL answers now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from elytra_status.doctor.finding import Area, Context, Finding, ok, warning
from elytra_status.net.concurrency import run_all
from elytra_status.run import connectivity
from elytra_status.sources import configured

SECONDS = 8.0


def checks(context: Context) -> Iterator[Finding]:
    """Yield for each source with a CONNECTIVITY_URL whether it answers."""
    bundle = context.settings.ca_bundle
    addresses = {
        source.name: source.connectivity_url for source in configured(context.settings) if source.connectivity_url
    }
    tasks = {
        name: (SECONDS + 1, partial(connectivity.failure, url, bundle, SECONDS)) for name, url in addresses.items()
    }
    for name, why_not in run_all(tasks, context.clock).items():
        if not why_not:
            yield ok(name, "CONNECTIVITY_URL answers")
            continue
        seen = f"CONNECTIVITY_URL failed ({why_not}): a complete outage would be published as unknown"
        yield warning(
            name, seen, "check the network of that machine, or set an address that responds while the network is up"
        )


AREA = Area("connections", checks)
