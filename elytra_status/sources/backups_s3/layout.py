# SPDX-License-Identifier: MIT
"""Which objects count as backups, and to which group they belong. Pure."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass

from elytra_status.sources.backups_s3.listing import ListedObject

# The only group if backups are not grouped.
ALL = "(all)"


@dataclass(frozen=True)
class Layout:
    """What counts as a backup, and to which group a key belongs.

    `pattern` applies to the part of the key after the prefix.
    """

    prefix: str
    grouped: bool
    pattern: re.Pattern[str]
    min_bytes: int

    def group_of(self, key: str) -> str | None:
        """Return the name of the group that a key belongs to, or None."""
        if not self.grouped:
            return ALL
        name, slash, _ = key[len(self.prefix) :].partition("/")
        return name if slash and name else None

    def home(self, name: str) -> str:
        """Return the prefix of all keys of a group."""
        return f"{self.prefix}{name}/" if self.grouped else self.prefix

    def is_backup(self, each: ListedObject) -> bool:
        """Whether an object is a backup, whatever its time."""
        if each.key.endswith("/") or each.size < self.min_bytes:
            return False
        return self.pattern.match(each.key[len(self.prefix) :]) is not None


def layout(prefix: str, pattern: str, min_bytes: int, *, grouped: bool) -> Layout:
    """Return the layout in the settings.

    `pattern` is a shell pattern in which * matches / too.
    """
    return Layout(prefix, grouped, re.compile(fnmatch.translate(pattern), re.DOTALL), min_bytes)
