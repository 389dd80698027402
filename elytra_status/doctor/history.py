# SPDX-License-Identifier: MIT
"""Check whether the history is readable, up to date, and small enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from elytra_status.doctor.finding import Area, Context, Finding, Level, fault, of_error, ok, skipped, warning
from elytra_status.history import history_of
from elytra_status.history.extent import extent
from elytra_status.history.store import DamagedError, HistoryError
from elytra_status.model import MONITORS, number_of
from elytra_status.sources import configured
from elytra_status.system.clock import for_people

NAME = "history"


def checks(context: Context) -> Iterator[Finding]:
    """Yield the size of the history, and the time of its newest entry."""
    path = history_of(context.settings, context.state_directory, learns=False).path
    if not path.exists():
        yield skipped(NAME, "empty: it begins with the first run")
        return
    try:
        there = extent(path)
    except HistoryError as error:
        # A damaged history is replaced by the next run, but its content is lost.
        level = Level.WARNING if isinstance(error, DamagedError) else Level.FAULT
        yield of_error(level, NAME, error, "journalctl -u elytra-status.service -n 50")
        return
    aside = sum(1 for _ in path.parent.glob(f"{path.name}.damaged-*"))
    if aside:
        yield warning(
            NAME,
            f"{number_of(aside, 'damaged file', 'is', 'are')} set aside in {path.parent}: days and private names that"
            " could not be read from there are lost",
            "check the disk (dmesg); then restore a backup of the history, or remove the files that were set aside",
        )
    seen = f"{number_of(there.monitors, 'monitor')}, {there.size / 10**6:.1f} MB"
    if there.newest is None:
        yield ok(NAME, f"{seen}, none seen yet")
        return
    age = context.clock.now() - there.newest
    seen += f", the newest seen {for_people(age.total_seconds())} ago"
    is_fed = any(source.about == MONITORS for source in configured(context.settings))
    if is_fed and age > timedelta(minutes=context.settings.freshness_max_age_minutes):
        yield fault(NAME, seen, "see whether the job runs: journalctl -u elytra-status.service -n 50")
    else:
        yield ok(NAME, seen)


AREA = Area("history", checks)
