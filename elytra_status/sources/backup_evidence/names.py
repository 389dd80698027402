# SPDX-License-Identifier: MIT
"""The names of backup groups, and which of their words are private. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from elytra_status.net.hosts import host_of
from elytra_status.sources.backup_evidence.kind import Identity

# The group of all backups that nothing distinguishes.
ALL = "(all)"
_NOTHING = "(none)"
# Words that any text about backups may contain. No client is called like that.
_COMMON = frozenset(
    {
        "ansible", "archive", "archives", "backup", "backups", "borg", "borgmatic", "ct", "daily", "data", "database",
        "dump", "dumps", "home", "host", "hourly", "info", "list", "localhost", "manifest", "manifests", "monthly",
        "nightly", "offsite", "onsite", "pgbackrest", "repo", "repo1", "repo2", "repository", "restic", "root", "run",
        "snapshot", "snapshots", "srv", "var", "vm", "weekly",
    }
)  # fmt: skip


def name_of(identity: Identity) -> str:
    """Return the name of a group for the administrator."""
    parts = [part if isinstance(part, str) else ",".join(part) or _NOTHING for part in identity]
    return ":".join(part for part in parts if part) or ALL


def saved_key(identity: Identity) -> str:
    """Return the key of a group in saved state, which `identity_of` reads."""
    return json.dumps(identity, ensure_ascii=False)


def identity_of(key: str) -> Identity:
    """Return the identity that `saved_key` wrote, an empty one if it is malformed."""
    try:
        value = json.loads(key)
    except ValueError:
        return ()
    return tuple(map(_part, value)) if isinstance(value, list) else ()


def _part(value: Any) -> str | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


def private_words(identity: Identity) -> frozenset[str]:
    """Return the words of a group's identity that may reveal whose group it is.

    A part is often a host, whose whole name and first label are both revealing. So is a tag. The path of a single
    folder is not, and neither is a number such as that of a virtual machine: every document contains numbers.
    """
    words: set[str] = set()
    for part in identity:
        if isinstance(part, tuple):
            words.update(one for one in part if not one.startswith("/") or one.strip("/").count("/"))
        else:
            words |= {part, part.partition(".")[0], part.rstrip("/").rpartition("/")[2]}
    usable = {word for word in words if word and not word.isdecimal() and word[0] != "("}
    return frozenset(word for word in usable if word.casefold() not in _COMMON)


def private_hosts(identity: Identity) -> Iterator[str]:
    """Yield the hosts of addresses in an identity, such as a repository's."""
    for part in identity:
        if isinstance(part, str) and "://" in part:
            yield host_of(part)
