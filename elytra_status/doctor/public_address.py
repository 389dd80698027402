# SPDX-License-Identifier: MIT
"""The public address: what a visitor's browser gets there, and at the storage where a cache stands between."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status import freshness, visitor
from elytra_status.clock import for_people
from elytra_status.doctor.finding import Area, Context, Finding, Level, ok, skipped, warning
from elytra_status.freshness import Finding as Visited
from elytra_status.memory import has_run

# For each of two addresses.
SECONDS = 4.0


def checks(context: Context) -> Iterator[Finding]:
    """Yield what visitors get: is it there, valid, fresh, with the right headers, readable from a browser."""
    settings = context.settings
    found = freshness.check(settings, context.clock, context.state_directory, SECONDS)
    for name, visited in zip(("status.json", "status.json in the bucket"), found, strict=False):
        yield from _visited(name, visited, context)
    if settings.status_url is None and settings.status_bucket:
        yield skipped("STATUS_URL", "is not set: the bucket's own address was read")


def _visited(name: str, visited: Visited, context: Context) -> Iterator[Finding]:
    if not visited.reached and visitor.is_local(context.settings) and not has_run(context.state_directory):
        yield warning(name, "nothing is published yet", "systemctl start elytra-status.service")
        return
    for fault in visited.faults:
        yield Finding(name, Level.FAULT, f"{visited.where}: {fault.problem}", fault.remedy)
    if not visited.faults:
        assert visited.updated_at
        age = for_people((context.clock.now() - visited.updated_at).total_seconds())
        yield ok(name, f"{visited.where}: {visited.platform_status}, {age} old, with the right headers")


AREA = Area("public address", checks)
