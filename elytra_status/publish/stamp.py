# SPDX-License-Identifier: MIT
"""Who published a document, and which of two runs is newer.

The clock of the storage decides, not that of a machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from elytra_status import schema
from elytra_status.documents import Document, body_digest
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.model import CLOCK_SKEW
from elytra_status.system.clock import from_text, to_text

# A publisher whose last document is older has stopped: its timer would have started it six times.
RECENT = timedelta(hours=1)
_MARK = re.compile("[0-9a-f]{8,64}", re.ASCII)


@dataclass(frozen=True)
class Stamp:
    """The stamp that a run leaves on each document that it writes.

    It holds the run's random mark, and when it decided, by the storage's clock. Visitors may see it: it says nothing
    about the machine.
    """

    mark: str
    decided: datetime

    def to_metadata(self) -> dict[str, str]:
        """Return the stamp as metadata of an object."""
        return {"publisher": self.mark, "decided": to_text(self.decided)}

    @staticmethod
    def from_metadata(metadata: Mapping[str, str]) -> Stamp | None:
        """Return the stamp of an object, None where it has none."""
        mark = metadata.get("publisher", "")
        try:
            decided = from_text(metadata.get("decided", ""))
        except ValueError:
            return None
        return Stamp(mark, decided) if _MARK.fullmatch(mark) else None


@dataclass(frozen=True)
class Publisher:
    """The marks of this run and of this machine's earlier runs; `own` may be None.

    `own` is None if the marks are not known. `partner` are those of the other machine of a pair. Each run has a mark of
    its own: a machine that was restored from a copy of another has the earlier marks of both. `last` is the
    `body_digest` of the status.json that this machine published last, and marked; it is "" if that is not known.
    """

    mark: str = ""
    own: frozenset[str] | None = None
    partner: frozenset[str] = frozenset()
    last: str = ""

    def owns(self, stamp: Stamp) -> bool:
        """Whether an earlier run of this machine left a stamp."""
        return self.own is not None and stamp.mark in self.own

    def is_foreign(self, found: Found) -> bool:
        """Whether a document was published by another machine."""
        if self.own is None:
            return False
        if found.stamp is None:
            return replaces_unmarked(found, self.last)
        return found.stamp.mark != self.mark and not self.owns(found.stamp)

    def is_partner(self, stamp: Stamp | None) -> bool:
        """Whether a document was published by the other machine of a pair."""
        return stamp is not None and stamp.mark in self.partner


# The problem with a target that sends no time, and the remedy.
NO_TIME = "sends no time (Date), so this machine's clock decides which of two publications is newer"
NO_TIME_REMEDY = "use storage that sends Date, without a proxy that removes it"
# Leaves no stamp.
NOBODY = Publisher()


@dataclass(frozen=True)
class Found:
    """What a target holds under a name.

    `document` is None if it holds nothing, or nothing that may be read. `tag` identifies the version, and is "" if the
    target has no tags. `now` is the time by the target's clock; `sent_time` is False if the target sends none, so that
    it is by this machine's clock.
    """

    document: Document | None
    now: datetime
    tag: str = ""
    stamp: Stamp | None = field(default=None)
    sent_time: bool = True

    @property
    def is_recent(self) -> bool:
        """Whether it was published within RECENT, or its stamp lies in the future."""
        return self.stamp is not None and self.now - self.stamp.decided < RECENT

    def is_newer_than(self, own: Stamp, updated: datetime) -> bool:
        """Whether a document is of a newer run than the one that leaves the stamp `own`.

        `updated` is the moment of `own` by this machine's clock. A time in the future is that of a wrong clock, and is
        not believed. A status.json without a stamp is compared by its own time.
        """
        if self.stamp:
            # Of two runs in the same second, the mark decides: one of them must yield.
            both = [(one.decided.replace(microsecond=0), one.mark) for one in (own, self.stamp)]
            return both[0] < both[1] and self.stamp.decided <= self.now + CLOCK_SKEW
        moment = updated_at(self.document.body) if self.document else None
        return moment is not None and updated < moment <= updated + CLOCK_SKEW


def replaces_unmarked(found: Found, last: str) -> bool:
    """Whether somebody who leaves no mark has replaced a marked status.json.

    `last` is as in Publisher. Without it, an early version on this machine may have published what is found.
    """
    document = found.document
    if not last or found.stamp or document is None or document.name != STATUS:
        return False
    return body_digest(document) != last


def updated_at(body: bytes) -> datetime | None:
    """Return when a status.json was decided, or None where it is not a valid one."""
    document, _ = schema.parse_status(body)
    try:
        return from_text(document["updated_at"]) if document else None
    except ValueError:
        return None


def is_good(found: Found, fresh_for: timedelta) -> bool:
    """Whether a status.json is valid, fresh by the target's clock, and not `unknown`."""
    document, _ = schema.parse_status(found.document.body) if found.document else (None, [])
    if document is None or found.stamp is None:
        return False
    return document["platform_status"] != "unknown" and found.now - found.stamp.decided <= fresh_for
