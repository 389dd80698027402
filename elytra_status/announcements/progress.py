# SPDX-License-Identifier: MIT
"""What becomes of announcements by themselves, as time goes on. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from elytra_status.announcements import override
from elytra_status.clock import to_text
from elytra_status.model import Announcements, Decision

# What is over is kept for so long.
KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Said:
    """Something that happened to an announcement, for the journal, with the fields of its entry."""

    words: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """The announcements as they are from `now` on, and what happened to them."""

    now: datetime
    announcements: Announcements
    said: tuple[Said, ...]


def progress(announcements: Announcements, decision: Decision, now: datetime) -> Progress:
    """Return what becomes of announcements after a decision: what has run out ends, what is old is forgotten."""
    said = []
    after = override.run_out(announcements, now)
    if after is not announcements:
        ended = after.past_overrides[-1]
        said.append(
            Said(
                f"the override set by {ended.by or 'somebody'} to {ended.status.value} has run out at"
                f" {to_text(ended.until)}; the status is {decision.status.value}",
                {"event": "override-ended", "status": ended.status.value, "by": ended.by},
            )
        )
    return Progress(now, _forget(after, now - KEPT), tuple(said))


def _forget(announcements: Announcements, before: datetime) -> Announcements:
    """Return the announcements without what was over before a moment."""
    return replace(
        announcements,
        past_overrides=tuple(one for one in announcements.past_overrides if (one.ended or one.until) >= before),
    )
