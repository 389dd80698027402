# SPDX-License-Identifier: MIT
"""What a person has announced, and the incidents that the job has opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from elytra_status.model.statuses import PlatformStatus

# A text in further languages: the code of each language, and the text.
Translations = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Override:
    """The status that a person has set, and until when it counts.

    `notes` is the note in further languages. `by` and `ended_by` are for the administrator and are not published.
    `ended` is when the override was cleared, was replaced, or expired. `ended_by` is empty if it expired.
    """

    status: PlatformStatus
    note: str
    since: datetime
    until: datetime
    by: str = ""
    ended: datetime | None = None
    ended_by: str = ""
    notes: Translations = ()


@dataclass(frozen=True)
class Maintenance:
    """Announced work on the platform, from `since` on and before `until`.

    `components` are the names of the affected components; if empty, the work affects the whole platform.
    `announced` is when a person announced it, None if an earlier version did not record that. `changed` is when
    a person last changed it, None if nobody has; `changes` counts these changes. `title` is what a person has called
    it, '' if nobody has: `announcements.titles` then makes one. `texts` and `titles` are the same in further languages.
    """

    identifier: str
    text: str
    since: datetime
    until: datetime
    by: str = ""
    components: tuple[str, ...] = ()
    announced: datetime | None = None
    changed: datetime | None = None
    changes: int = 0
    title: str = ""
    texts: Translations = ()
    titles: Translations = ()


class IncidentPhase(str, Enum):
    """The progress of an incident, in the words of Statuspage."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Impact(str, Enum):
    """The effect of an incident on users, in the words of Statuspage."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True)
class ComponentChange:
    """The names of components that the job's update is about.

    `failed` are in outage from now on, `remaining` are still in outage, and `restored` work again.
    """

    failed: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


@dataclass(frozen=True)
class IncidentUpdate:
    """One published text about an incident, its time, and the phase that it begins.

    `texts` is the text in further languages. `change` is set if the job wrote about components: documents then make the
    text anew in their language.
    """

    time: datetime
    text: str
    by: str = ""
    phase: IncidentPhase = IncidentPhase.INVESTIGATING
    texts: Translations = ()
    change: ComponentChange | None = None


@dataclass(frozen=True)
class Incident:
    """A failure in words for the public; the first of `updates` opened it.

    `automatic` means that the job opened it after a confirmed outage. `title` is what a person has called it, '' if
    nobody has: `announcements.titles` then makes one. `components` are the names of the components that it concerns;
    if empty, that is not known. `postmortem` is what a person wrote about it after it was resolved, in paragraphs.
    `titles` is the title in further languages. `restored` are those of the components that work again while it is open.
    `changed` is when its details last changed, None if that was with an update.
    """

    identifier: str
    opened: datetime
    updates: tuple[IncidentUpdate, ...]
    resolved: datetime | None = None
    automatic: bool = False
    title: str = ""
    components: tuple[str, ...] = ()
    impact: Impact = Impact.MINOR
    postmortem: IncidentUpdate | None = None
    titles: Translations = ()
    restored: tuple[str, ...] = ()
    changed: datetime | None = None

    @property
    def out(self) -> tuple[str, ...]:
        """The components that do not work; all that it concerns once it is resolved."""
        return self.components if self.resolved else tuple(one for one in self.components if one not in self.restored)

    @property
    def last_change(self) -> datetime:
        """When its texts or details last changed."""
        moments = (self.updates[-1].time, self.changed, self.postmortem and self.postmortem.time)
        return max(one for one in moments if one)

    @property
    def phase(self) -> IncidentPhase:
        """Its present phase."""
        return IncidentPhase.RESOLVED if self.resolved else self.updates[-1].phase

    @property
    def duration(self) -> timedelta | None:
        """The time from its beginning to its end; None while it is open."""
        return self.resolved - self.opened if self.resolved else None


@dataclass(frozen=True)
class Announcements:
    """What a person has announced, and the incidents that the job has opened.

    Past entries stay for a time: `past_overrides` as a record of who said what, `maintenance` for the uptime figures,
    `incidents` for the public. `cancelled` is maintenance that was cancelled before it began, which calendars must
    remove. `last_identifier` is the last identifier given to any of them.
    """

    override: Override | None = None
    maintenance: tuple[Maintenance, ...] = ()
    incidents: tuple[Incident, ...] = ()
    past_overrides: tuple[Override, ...] = ()
    last_identifier: str = ""
    cancelled: tuple[Maintenance, ...] = ()
