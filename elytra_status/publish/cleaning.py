# SPDX-License-Identifier: MIT
"""Removes documents that are no longer published, such as pages of old incidents."""

from __future__ import annotations

from collections.abc import Mapping

from elytra_status.documents import EarlierDocument, body_digest
from elytra_status.errors import PublishError
from elytra_status.publish.target import Target
from elytra_status.system import journal

# So many are removed in one run, the rest in later runs.
MOST_AT_ONCE = 20


def remove_outdated(target: Target, outdated: Mapping[str, EarlierDocument]) -> frozenset[str]:
    """Remove `outdated` documents; return the names that later runs must remove.

    A document is removed only if the target holds it exactly as it was published: another one is somebody else's. A
    failure is a warning, as the publication itself is complete.
    """
    later = set(outdated)
    for name in sorted(outdated)[:MOST_AT_ONCE]:
        try:
            there = target.look(name).document
            if there is not None and body_digest(there) == outdated[name].of_body:
                target.remove(name)
                journal.info(f"removed {name} from {target.description}: it is no longer published", event="removed")
        except PublishError as error:
            journal.warning(f"{name} is no longer published, but still there: {error}", event="removed")
            break
        later.discard(name)
    return frozenset(later)
