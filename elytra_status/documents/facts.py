# SPDX-License-Identifier: MIT
"""The one value that all documents are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from elytra_status.announcements import incidents, maintenance
from elytra_status.decision.headline import Headline, headline
from elytra_status.documents.document import Texts
from elytra_status.documents.withheld import Withheld
from elytra_status.model import Announcements, Change, Decision, Incident, Maintenance, PlatformStatus, Uptime

# What is over is listed for as long as days are. The archive holds all that is kept.
SHOWN = timedelta(days=90)


@dataclass(frozen=True)
class Day:
    """A UTC day. The last day of several is today, up to now.

    `uptime` is the ratio that was up, 0 to 1, None where less than half of the day was observed; `observed` is
    the ratio that was. `up`, `down` and `maintenance` are seconds of it, of several monitors together their mean.
    `degraded` are the seconds in which the published status was degraded without maintenance; a component has none,
    because its status is not recorded.
    """

    date: date
    uptime: Fraction | None
    observed: Fraction
    up: int
    down: int
    maintenance: int = 0
    degraded: int = 0


@dataclass(frozen=True)
class PublicComponent:
    """A component under its public name, in the order of COMPONENTS.

    `in_maintenance` says that it is degraded by announced maintenance and nothing else. `last_90d` and `days`
    are empty without a history. `description` and `group` are the administrator's texts, empty if there are none.
    """

    name: str
    status: PlatformStatus
    in_maintenance: bool = False
    uptime: Uptime = field(default_factory=Uptime)
    last_90d: Fraction | None = None
    days: tuple[Day, ...] = ()
    description: str = ""
    group: str = ""


@dataclass(frozen=True)
class Publication:
    """What all documents of a run are made of. `now` has whole seconds.

    `updated` is what documents that change with the news alone say of themselves, `decided` when the decision was made;
    None stands for `now`.

    `last_90d` and `days` are of the whole platform, the oldest day first; without a history there are none. Of
    the `announcements` there is what the public may know: no persons, and no record of overrides. `changes` are
    those of the status within the last 90 days, the oldest first. Texts hold nothing private: what does has been
    `withheld`. `sentences` are the job's own, which are no leak, whatever a monitor is called.
    """

    decision: Decision
    now: datetime
    texts: Texts = field(default_factory=Texts)
    last_90d: Fraction | None = None
    days: tuple[Day, ...] = ()
    components: tuple[PublicComponent, ...] = ()
    announcements: Announcements = field(default_factory=Announcements)
    changes: tuple[Change, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    sentences: frozenset[str] = frozenset()
    updated: datetime | None = None
    decided: datetime | None = None

    @property
    def headline(self) -> Headline:
        """The sentence for people, the same in all documents."""
        return headline(self.decision.headline, self.components)

    @property
    def as_of(self) -> datetime:
        """The moment of the decision: headline and lists of maintenance are of the same one."""
        return self.decided or self.now

    @property
    def last_change(self) -> datetime:
        """When the document that is rendered changed last, apart from this time itself."""
        return self.updated or self.now

    @property
    def stale_after(self) -> datetime:
        """The moment from which readers must treat the publication as unknown."""
        return self.now + self.texts.fresh_for

    @property
    def open_incidents(self) -> tuple[Incident, ...]:
        """Open incidents, the newest first."""
        return incidents.ongoing(self.announcements)

    @property
    def past_incidents(self) -> tuple[Incident, ...]:
        """Resolved incidents of the last 90 days, the newest first."""
        since = self.as_of - SHOWN
        return tuple(one for one in reversed(self.announcements.incidents) if one.resolved and one.resolved >= since)

    @property
    def current_maintenance(self) -> tuple[Maintenance, ...]:
        """Maintenance in progress, the earliest first."""
        return maintenance.current(self.announcements, self.as_of)

    @property
    def maintenance_to_come(self) -> tuple[Maintenance, ...]:
        """Maintenance that has not begun, the next first."""
        return maintenance.to_come(self.announcements, self.as_of)

    @property
    def past_maintenance(self) -> tuple[Maintenance, ...]:
        """Maintenance that was completed in the last 90 days, the latest first."""
        since = self.as_of - SHOWN
        over = (window for window in self.announcements.maintenance if since <= window.until <= self.as_of)
        return tuple(sorted(over, key=lambda window: (window.until, window.identifier), reverse=True))
