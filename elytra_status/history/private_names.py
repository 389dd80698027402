# SPDX-License-Identifier: MIT
"""The private names and hosts of the last weeks.

With them, the leak guard knows the names of a source even while it is silent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from elytra_status.history import store
from elytra_status.history.salvage import words_in
from elytra_status.history.spans import DAY
from elytra_status.history.store import HistoryError, storable
from elytra_status.model import BACKUPS, Report, number_of
from elytra_status.system import journal

# A name that was seen within this time, in seconds, is still private.
KEPT = 30 * DAY
# How often it is noted that a name still exists.
SEEN_EVERY = DAY

NAME, HOST = "name", "host"


@dataclass(frozen=True)
class PrivateNames:
    """Names and hosts that must not be published."""

    names: frozenset[str] = field(default=frozenset(), repr=False)
    hosts: frozenset[str] = field(default=frozenset(), repr=False)


def save_names(connection: sqlite3.Connection, reports: Iterable[Report], now: int) -> None:
    """Save the names in reports, and delete those that were not seen for long."""
    saved = {(word, kind): seen for word, kind, seen in connection.execute("SELECT word, kind, seen FROM words")}
    current = {word for report in reports for word in _words(report)}
    rows = [(*word, now) for word in current if not 0 <= now - saved.get(word, now + 1) < SEEN_EVERY]
    connection.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?)", rows)
    # Delete nothing while no source answers: otherwise a wrong clock could make a name public.
    if current:
        connection.execute("DELETE FROM words WHERE seen < ?", (now - KEPT,))


def _words(report: Report) -> Iterable[tuple[str, str]]:
    if report.about == BACKUPS:
        # The keys of backups change every night. The names of groups stay.
        names = {
            word for group in report.all_groups for word in (group.name, *group.private_words)
        } & report.private_names
    else:
        names = set(report.private_names)
    yield from ((storable(name), NAME) for name in names)
    yield from ((storable(host), HOST) for host in report.private_hosts)


def saved_private_names(state_directory: Path) -> PrivateNames:
    """Return the private words in the history of a state directory.

    From a damaged history, return those that can be read, and log a warning if there may have been more.
    """
    path = state_directory / store.FILE
    try:
        rows = store.read(path, _all)
    except HistoryError as error:
        rows = [(word, kind) for word, kind, _ in words_in(path)]
        journal.log_warning(
            f"history: {number_of(len(rows), 'earlier name', 'was', 'were')} read, others may be missing. {error}",
            event="history",
        )
    return PrivateNames(*(frozenset(word for word, its_kind in rows if its_kind == kind) for kind in (NAME, HOST)))


def _all(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT word, kind FROM words").fetchall()
