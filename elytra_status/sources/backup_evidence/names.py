# SPDX-License-Identifier: MIT
"""What a backup group is called, and which words of that must not leave the machine. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from elytra_status.net.hosts import host_of
from elytra_status.sources.backup_evidence.kind import Identity

# The group of backups that nothing tells apart.
ALL = "(all)"
_NOTHING = "(none)"
# Words of every text about backups: no client is called so, and a public text may hold them.
_COMMON = frozenset(
    {
        "ansible", "archive", "archives", "backup", "backups", "borg", "borgmatic", "ct", "daily", "data", "database",
        "dump", "dumps", "home", "host", "hourly", "info", "list", "localhost", "manifest", "manifests", "monthly",
        "nightly", "offsite", "onsite", "pgbackrest", "repo", "repo1", "repo2", "repository", "restic", "root", "run",
        "snapshot", "snapshots", "srv", "var", "vm", "weekly",
    }
)  # fmt: skip


def name_of(identity: Identity) -> str:
    """Return what to call a group, for the administrator."""
    parts = [part if isinstance(part, str) else ",".join(part) or _NOTHING for part in identity]
    return ":".join(part for part in parts if part) or ALL


def key_of(identity: Identity) -> str:
    """Return the text by which saved state tells a group apart; `identity_of` reads it."""
    return json.dumps(identity, ensure_ascii=False)


def identity_of(key: str) -> Identity:
    """Return the identity that `key_of` wrote; an empty one for anything else."""
    try:
        value = json.loads(key)
    except ValueError:
        return ()
    return tuple(map(_part, value)) if isinstance(value, list) else ()


def _part(value: Any) -> str | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


def private_words(identity: Identity) -> frozenset[str]:
    """Return the words of a group's identity that may tell whose it is.

    A part is often a host: both its whole name and its first label would tell. So would a tag. The path of one folder
    is no such word, nor is a number, as of a virtual machine: every document holds numbers.
    """
    words: set[str] = set()
    for part in identity:
        if isinstance(part, tuple):
            words.update(one for one in part if not one.startswith("/") or one.strip("/").count("/"))
        else:
            words |= {part, part.partition(".")[0], part.rstrip("/").rpartition("/")[2]}
    told = {word for word in words if word and not word.isdecimal() and word[0] != "("}
    return frozenset(word for word in told if word.casefold() not in _COMMON)


def private_hosts(identity: Identity) -> Iterator[str]:
    """Yield the hosts of the addresses in an identity, such as a repository's."""
    for part in identity:
        if isinstance(part, str) and "://" in part:
            yield host_of(part)
