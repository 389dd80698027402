# SPDX-License-Identifier: MIT
"""Collect the cells of Uptime Kuma's database that cannot be used.

Its columns take a value of any type.
"""

from __future__ import annotations

from pathlib import Path

from elytra_status.model import number_of
from elytra_status.problem import Problem

_REMEDY = "Correct them in a copy of the file and import that, or do without them"


class OddCells:
    """Collects by table and column how many rows are odd, and one rowid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[tuple[str, str], tuple[int, int]] = {}

    def note(self, table: str, column: str, row: int, count: int = 1) -> None:
        """Note that a column of a table is odd in a row, or in `count` rows."""
        first, before = self._found.get((table, column), (row, 0))
        self._found[table, column] = min(first, row), before + count

    def problems(self) -> tuple[Problem, ...]:
        """Return a problem for each column with odd cells.

        It quotes none: they could hold anything.
        """
        return tuple(
            Problem(
                f"{number_of(count, 'row')} of table {table} cannot be used,"
                f" column {column} is malformed, first in rowid {first}",
                _REMEDY,
                str(self._path),
            )
            for (table, column), (first, count) in self._found.items()
        )
