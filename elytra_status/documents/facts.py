# SPDX-License-Identifier: MIT
"""The one value that all documents are rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from elytra_status.announcements import incidents, maintenance
from elytra_status.decision.headline import Headline, headline
from elytra_status.documents.document import PreviewPicture, Texts
from elytra_status.documents.withheld import Withheld
from elytra_status.locale import Language
from elytra_status.model import Announcements, Change, Decision, Incident, Maintenance, Notice, PlatformStatus, Uptime

# Past announcements are listed for as many days as the chart shows. The archive has all that are kept.
SHOWN = timedelta(days=90)


@dataclass(frozen=True)
class Day:
    """A UTC day. The last day of a list is today, until now.

    `uptime` is a ratio, 0 to 1, None if less than half of the day was observed; `observed` is the observed ratio of the
    day. `up`, `down` and `maintenance` are seconds; for several monitors they are the mean. `degraded` are the seconds
    in which the published status was degraded without maintenance, as far as it was recorded.
    """

    date: date
    uptime: Fraction | None
    observed: Fraction
    up: int
    down: int
    maintenance: int = 0
    degraded: int = 0

    @property
    def is_quiet(self) -> bool:
        """Whether the day has no downtime, degraded time or maintenance."""
        return not (self.down or self.degraded or self.maintenance)


@dataclass(frozen=True)
class PublicComponent:
    """A component under its public name, in the order of COMPONENTS.

    `in_maintenance` means that announced maintenance is the only reason why it is degraded. `last_90d` and `days` are
    empty without a history. `description` and `group` are the administrator's texts, '' if there are none.
    `changed` is when its status last changed, as far as it was recorded.
    """

    name: str
    status: PlatformStatus
    in_maintenance: bool = False
    uptime: Uptime = field(default_factory=Uptime)
    last_90d: Fraction | None = None
    days: tuple[Day, ...] = ()
    description: str = ""
    group: str = ""
    changed: datetime | None = None


@dataclass(frozen=True)
class WrittenTexts:
    """Everything that holds texts of persons, with the texts for one language."""

    announcements: Announcements
    notices: tuple[Notice, ...]
    components: tuple[PublicComponent, ...]


class ArchivePlan(NamedTuple):
    """The pages of the archive that a run leaves as they are, by name.

    A run renders only some of a large archive. Nothing links to the `missing` ones, which no run has published yet.
    """

    left_out: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Publication:
    """The facts that all documents of a run are rendered from.

    `now` has whole seconds. `decided` is when the decision was made, and `updated` the time of the last change that a
    document shows; None means `now`. `page_texts` are the texts of the page in each of its languages, the first for
    index.html; without them, its texts are `texts`. `status_language` is the language of status.json
    while a page is rendered.

    `last_90d` and `days` are those of the whole platform, the oldest day first; they are empty without a history.
    `announcements` hold only what the public may know: no persons, and no record of overrides. `changes` are those of
    the status in the last 90 days, the oldest first. No text holds anything private: such texts are in `withheld`
    instead. `sentences` are the program's own, which are no leak, whatever the name of a monitor.
    `preview` is None if no picture was drawn. `written` holds, by the code of a language of the page, what persons have
    written for it, if that differs from the other documents. `archive` says which pages a run leaves out.
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
    page_texts: tuple[Texts, ...] = ()
    status_language: Language | None = None
    preview: PreviewPicture | None = None
    written: Mapping[str, WrittenTexts] = field(default_factory=dict)
    archive: ArchivePlan = field(default_factory=ArchivePlan)

    @property
    def headline(self) -> Headline:
        """The headline, the same in all documents of a language."""
        return headline(self.decision.headline, self.components, self.language)

    @property
    def language(self) -> Language:
        """The language of the documents."""
        return self.texts.language

    @property
    def in_each_language(self) -> tuple[Publication, ...]:
        """The publication with the texts of each page, that of index.html first."""
        return tuple(map(self._on_page, self.page_texts or (self.texts,)))

    def _on_page(self, texts: Texts) -> Publication:
        page = replace(self, texts=texts, status_language=self.language)
        written = self.written.get(texts.language.code)
        if written is None:
            return page
        return replace(
            page,
            announcements=written.announcements,
            components=written.components,
            decision=replace(self.decision, notices=written.notices),
        )

    @property
    def is_in_other_language(self) -> bool:
        """Whether this is a page whose language is not that of status.json."""
        return self.status_language not in (None, self.language)

    @property
    def as_of(self) -> datetime:
        """The time of the decision, for which headline and lists of maintenance hold."""
        return self.decided or self.now

    @property
    def last_change(self) -> datetime:
        """When the rendered document last changed, apart from this time itself."""
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
