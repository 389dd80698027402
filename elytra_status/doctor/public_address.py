# SPDX-License-Identifier: MIT
"""Check what a visitor's browser gets at the public address.

If there is a cache before the storage, check the storage itself too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from elytra_status import freshness
from elytra_status.doctor.finding import Area, Context, Finding, Level, ok, skipped, warning
from elytra_status.documents.preview_picture import NAME
from elytra_status.freshness import FreshnessResult as Visited
from elytra_status.publish import visitor
from elytra_status.run import drawing
from elytra_status.run.saved_state import has_run
from elytra_status.settings import Settings
from elytra_status.system.clock import for_people

# For each of two addresses.
SECONDS = 4.0


def checks(context: Context) -> Iterator[Finding]:
    """Yield whether visitors get a valid, fresh status that browsers can read."""
    yield from check_address(context, old_is_wrong=True)
    settings = context.settings
    if settings.status_url is None and settings.status_bucket:
        yield skipped("STATUS_URL", "is not set: the bucket's own address was read")
    yield from _picture(settings)


def _picture(settings: Settings) -> Iterator[Finding]:
    """Yield why there is no picture for previews, or what it leaves out."""
    if settings.status_url is None or "preview" not in settings.publish:
        return
    if not drawing.can_draw():
        yield skipped(NAME, "no picture for previews: this needs the packages python3-pil and fonts-dejavu-core")
    elif drawing.missing_letters([settings.page_title]):
        seen = "no font of this machine has all letters of PAGE_TITLE, so the picture does not show it"
        yield warning(NAME, seen, "apt-get install fonts-noto-cjk, or leave preview out of PUBLISH")


def check_address(context: Context, *, old_is_wrong: bool, may_be_missing: bool = False) -> Iterator[Finding]:
    """Yield for each address what visitors get there.

    With `old_is_wrong`, an old status is a fault. `may_be_missing` says that no run has published yet.
    """
    found = freshness.check(context.settings, context.clock, context.state_directory, SECONDS)
    for name, visited in zip(("status.json", "status.json in the bucket"), found, strict=False):
        if not old_is_wrong:
            visited = replace(visited, faults=tuple(fault for fault in visited.faults if fault.kind != visitor.OLD))
        is_first = may_be_missing or not has_run(context.state_directory)
        yield from _visited(name, visited, context, is_first=is_first)


def _visited(name: str, visited: Visited, context: Context, *, is_first: bool) -> Iterator[Finding]:
    if is_first and not visited.reached and visitor.is_local(context.settings):
        yield warning(name, "nothing is published yet", "systemctl start elytra-status.service")
        return
    for fault in visited.faults:
        if fault.kind == visitor.MISSING and is_first:
            seen = f"{visited.where}: {fault.problem}; no run has published there yet"
            yield warning(name, seen, "systemctl start elytra-status.service")
            continue
        yield Finding(name, Level.FAULT, f"{visited.where}: {fault.problem}", fault.remedy)
    if not visited.faults:
        assert visited.updated_at
        age = for_people((context.clock.now() - visited.updated_at).total_seconds())
        yield ok(name, f"{visited.where}: {visited.platform_status}, {age} old, with the right headers")


AREA = Area("public address", checks)
