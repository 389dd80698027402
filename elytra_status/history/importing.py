# SPDX-License-Identifier: MIT
"""Takes the past of an Uptime Kuma into the history. Doing so again changes nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from elytra_status.history import kuma_file, store, sums
from elytra_status.history.kuma_file import KumaMonitor
from elytra_status.history.overview import date_of
from elytra_status.history.store import storable
from elytra_status.history.taking_in import FUTURE, SPANS_KEPT, Remembered, put_spans, recall, summed_until
from elytra_status.history.tidying import tidy
from elytra_status.history.uptime import DAY, HOUR, Span, Window, merge

# Which only repeat what their children say.
GROUP = "group"


class Imported(NamedTuple):
    """What an import came to: how many monitors, and the first day of which their file knows something."""

    monitors: int
    since: date | None


def read_kuma(path: Path, now: datetime, maintenance: Sequence[Window]) -> list[KumaMonitor]:
    """Return what an Uptime Kuma's file holds. Raise UsageError where it is none, or cannot be read."""
    moment = int(now.timestamp())
    # A day more than the history may want.
    first_day = sums.first_day_of_hours(moment - SPANS_KEPT) - 1
    return kuma_file.read(path, first_day, moment - SPANS_KEPT - HOUR, moment + FUTURE, maintenance)


def take_in_kuma(
    path: Path,
    source: str,
    monitors: Sequence[KumaMonitor],
    now: datetime,
    maintenance: Sequence[Window],
    days_kept: int,
) -> Imported:
    """Take what was read into the history, as of the source of that name. Raise HistoryError."""
    work = partial(_take_in, source, monitors, int(now.timestamp()), maintenance, days_kept)
    return store.write(path, work)


def _take_in(
    source: str,
    monitors: Sequence[KumaMonitor],
    now: int,
    maintenance: Sequence[Window],
    days_kept: int,
    connection: sqlite3.Connection,
) -> Imported:
    # First, so that the beats of the last days, and no others, count by themselves.
    tidy(connection, now, maintenance, days_kept)
    until = summed_until(connection, now)
    known = {key for (key,) in connection.execute("SELECT key FROM monitors")}
    keys = {_key(source, one, known): one for one in monitors}
    wanted = {key: one for key, one in keys.items() if one.kind != GROUP or key in known}
    connection.executemany(
        "INSERT INTO monitors (key, name) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
        ((key, storable(one.name)) for key, one in wanted.items()),
    )
    remembered = recall(connection, wanted)
    first_kept = now // DAY - days_kept
    spans: list[tuple[Remembered, list[Span]]] = []
    hours: list[sums.Sum] = []
    days: list[sums.Sum] = []
    for key, one in wanted.items():
        identifier, before = remembered[key]
        fresh = [span for span in one.spans if span.last + span.hold > until]
        spans.append((Remembered(identifier, before), merge(before, fresh)))
        hours += ((hour, identifier, tally) for hour, tally in one.hours.items())
        days += ((day, identifier, tally) for day, tally in one.days.items() if day >= first_kept)
    put_spans(connection, spans)
    sums.add_hours(connection, hours, sums.first_day_of_hours(until))
    sums.add_days(connection, days)
    return Imported(len(wanted), min((date_of(day) for day, _, _ in days), default=None))


def _key(source: str, monitor: KumaMonitor, known: Iterable[str]) -> str:
    """Return the key of a monitor: by its id, but where only /metrics of Uptime Kuma 1 has shown it, as that does."""
    key = f"{source}:{monitor.identifier}"
    text = "\0".join((monitor.name, monitor.kind, monitor.url, monitor.host, monitor.port))
    other = f"{source}:~{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    return other if other in known and key not in known else key
