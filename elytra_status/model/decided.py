# SPDX-License-Identifier: MIT
"""The facts that a decision rests on, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from elytra_status.model.announced import Announcements, Translations
from elytra_status.model.reports import BackupGroup, Report, Uptime
from elytra_status.model.statuses import BackupStatus, PlatformStatus

_RECORDED_MAINTENANCE = "maintenance"


class Coverage(NamedTuple):
    """How many monitors are `watched`, have a figure, or are old enough for one."""

    known: int
    old_enough: int
    watched: int


@dataclass(frozen=True)
class Notice:
    """A sentence for the public: `kind` is override, maintenance or incident.

    `texts` is what a person has written in further languages, without a mark for planned maintenance.
    """

    kind: str
    text: str
    since: datetime | None = None
    until: datetime | None = None
    texts: Translations = ()


@dataclass(frozen=True)
class Change:
    """A change of the status of the platform, or of a component.

    `in_maintenance` says that maintenance is the only reason why it is degraded.
    """

    time: datetime
    status: PlatformStatus
    in_maintenance: bool = False

    @property
    def recorded(self) -> str:
        """The status for the record of the platform, which has one for maintenance."""
        return _RECORDED_MAINTENANCE if self.in_maintenance else self.status.value

    @staticmethod
    def from_record(time: datetime, recorded: str) -> Change:
        """Return the change of a record. Raise ValueError if it is invalid."""
        in_maintenance = recorded == _RECORDED_MAINTENANCE
        return Change(time, PlatformStatus.DEGRADED if in_maintenance else PlatformStatus(recorded), in_maintenance)


@dataclass(frozen=True)
class Facts:
    """The facts that a decision rests on."""

    now: datetime
    reports: tuple[Report, ...]
    announcements: Announcements = field(default_factory=Announcements)


@dataclass(frozen=True)
class Backups:
    """The published status of the backups: unknown if none are `watched`."""

    status: BackupStatus
    last_backup: datetime | None = None
    last_successful_backup: datetime | None = None
    watched: bool = True


@dataclass(frozen=True)
class Step:
    """One rule that was tried, whether it matched, and the reason in counts and keys."""

    rule: str
    matched: bool
    reason: str


# The rules by which maintenance alone decides the status.
IN_MAINTENANCE = ("maintenance", "some-maintenance", "all-maintenance")


@dataclass(frozen=True)
class ComponentDecision:
    """The decision about one component, by its name in COMPONENTS.

    `in_maintenance` says that announced maintenance is the only reason why it is degraded.
    """

    name: str
    status: PlatformStatus
    in_maintenance: bool = False
    uptime: Uptime = field(default_factory=Uptime)


@dataclass(frozen=True)
class GroupDecision:
    """The decision about one backup group of a source.

    `newest` is the time of its newest backup; None if there is none, or if its time is in the future.
    """

    source: str
    group: BackupGroup
    status: BackupStatus
    newest: datetime | None


@dataclass(frozen=True)
class MonitorDecision:
    """The decision about one monitor.

    `changes` is how often it has changed within FLAP_MINUTES, and `is_flapping` that this is too often for its
    state to be believed. `bad_since` is since when the polls see it down or pending, None if it is not.
    """

    changes: int = 0
    is_flapping: bool = False
    bad_since: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What is published about the platform, and the rule that decided it.

    `reason` is for the administrator: counts and keys, no names.
    `awaits_confirmation` says that a confirmation poll could change the status.
    `measured` is what the status would be without an override.
    `steps` are the rules in the order in which they were tried. The first that matched decided. After an override come
    the rules that would have decided without it.
    `coverage` says, by window, how many monitors have a figure that counts in `uptime`.
    `components` are in the order of COMPONENTS, and `groups` in the order of the sources. `monitors` are by key,
    without those that are up and have not changed lately. `headline` is a code of `headline.SENTENCES`. These four are
    empty until `conclude` fills them in.
    """

    status: PlatformStatus
    rule: str
    reason: str
    uptime: Uptime
    backups: Backups
    notices: tuple[Notice, ...] = ()
    awaits_confirmation: bool = False
    measured: PlatformStatus | None = None
    steps: tuple[Step, ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    components: tuple[ComponentDecision, ...] = ()
    groups: tuple[GroupDecision, ...] = ()
    monitors: Mapping[str, MonitorDecision] = field(default_factory=dict)
    headline: str = ""

    @property
    def in_maintenance(self) -> bool:
        """Whether maintenance is the only reason why the platform is degraded."""
        return self.status is PlatformStatus.DEGRADED and self.rule in IN_MAINTENANCE

    @property
    def is_announced_work(self) -> bool:
        """Whether announced maintenance decides the status, or would without an override."""
        return any(step.rule in IN_MAINTENANCE and step.matched for step in self.steps)

    def of_monitor(self, key: str) -> MonitorDecision:
        """Return the decision about one monitor."""
        return self.monitors.get(key, MonitorDecision())

    def groups_of(self, source: str) -> tuple[GroupDecision, ...]:
        """Return the decisions about the backup groups of one source."""
        return tuple(one for one in self.groups if one.source == source)
