# SPDX-License-Identifier: MIT
"""The values of the domain, without behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple

from elytra_status.problem import Problem

__all__ = [
    "BACKUPS",
    "BAD_STATES",
    "CLOCK_SKEW",
    "INCOMPLETE",
    "IN_MAINTENANCE",
    "MISSING",
    "MONITORS",
    "Announcements",
    "BackupGroup",
    "BackupStatus",
    "Backups",
    "Heartbeat",
    "Bounds",
    "Change",
    "ComponentDecision",
    "Coverage",
    "Decision",
    "Facts",
    "GroupDecision",
    "Impact",
    "Incident",
    "IncidentPhase",
    "IncidentUpdate",
    "Maintenance",
    "Monitor",
    "Notice",
    "Override",
    "PlatformStatus",
    "Report",
    "ReportProblem",
    "ServerTime",
    "StateHealth",
    "State",
    "Step",
    "UNNAMED",
    "Uptime",
    "abbreviate",
    "in_a_sentence",
    "number_of",
    "replace",
]


# By how much the clocks of two machines may differ. A time further in the future was written by a wrong clock and is no
# evidence.
CLOCK_SKEW = timedelta(minutes=5)


class PlatformStatus(str, Enum):
    """The status of the platform as it is published. There is no fifth one."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    OUTAGE = "outage"
    UNKNOWN = "unknown"


class BackupStatus(str, Enum):
    """The status of the backups."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


class State(str, Enum):
    """The state of one monitor."""

    UP = "up"
    DOWN = "down"
    PENDING = "pending"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"

    # Enum.__hash__ is written in Python, and a run may hash the states of a hundred thousand heartbeats.
    __hash__ = str.__hash__


class StateHealth(str, Enum):
    """Whether saved state is missing before the first run, sound or damaged."""

    FIRST_RUN = "first run"
    SOUND = "sound"
    DAMAGED = "damaged"


# The states that must be confirmed before they are published.
BAD_STATES = frozenset({State.DOWN, State.PENDING})


class Heartbeat(NamedTuple):
    """One check by a monitoring system: its time and the state that it found.

    A run may create a hundred thousand of them. A tuple takes a third of the time of a dataclass.
    """

    time: datetime
    state: State


class Bounds(NamedTuple):
    """The lowest and highest possible value of a ratio from 0 to 1.

    A ratio has bounds if its source has rounded it, or if it is from an earlier run.
    """

    least: Fraction
    most: Fraction


class Coverage(NamedTuple):
    """How many monitors are `watched`, have a figure, or are old enough for one."""

    known: int
    old_enough: int
    watched: int


@dataclass(frozen=True)
class Uptime:
    """Uptime by window, as ratios from 0 to 1; None if there is no evidence."""

    last_24h: Fraction | None = None
    last_7d: Fraction | None = None
    last_30d: Fraction | None = None


@dataclass(frozen=True)
class Monitor:
    """One watched monitor, as one poll saw it.

    `key` identifies the monitor for ever and may be logged. `name` may be a client's name and may not.
    `confirmed` says that a bad state rests on two heartbeats or two polls, and `confirmed_by` on which. It is empty if
    the source itself confirms failures. `heartbeats` are oldest first. `rests_on_heartbeats` says that they are the
    source's own, and not what earlier polls saw.
    `critical` says that this monitor alone makes an outage.
    `evidence` describes for the administrator what the state rests on, without names.
    `check` identifies the last check if the source has no heartbeats but identifies its checks, else it is ''.
    `absent` says that no answer names the monitor: its state is the last known one, or unknown.
    `repeats` says that the monitor repeats others or is not watched: it counts only in a component that names it.
    `bounds` holds, by window, the bounds of figures in `uptime` that are not exact. Such a figure is the lower bound.
    `kept` names the windows whose figures are from an earlier run.
    `too_new` names the windows for which the monitor has not been watched long enough.
    """

    key: str
    name: str = field(repr=False)
    state: State
    confirmed: bool = False
    confirmed_by: str = ""
    since: datetime | None = None
    uptime: Uptime = Uptime()
    heartbeats: tuple[Heartbeat, ...] = field(default=(), repr=False)
    rests_on_heartbeats: bool = False
    critical: bool = False
    evidence: tuple[str, ...] = ()
    check: str = ""
    absent: bool = False
    repeats: bool = False
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    too_new: frozenset[str] = frozenset()


@dataclass(frozen=True)
class BackupGroup:
    """One backup group.

    `newest` is the time of its newest backup, None if it has no backup.

    `failed` says that the last backup job failed, and `warned` that it ended with a warning, however new the backup
    before it is. `missing_since` is the time since which no evidence names the group; the other values are then the
    last known ones. `reason` says for the administrator, without names, why the group is not good if its age does not.
    `way_out` says how to end a group that is too old or missing and seems to have a successor. `key` identifies the
    group in saved state. `private_words` are the words of its name that must not leave the machine.
    """

    name: str = field(repr=False)
    newest: datetime | None
    failed: bool = False
    missing_since: datetime | None = None
    warned: bool = False
    reason: str = field(default="", compare=False)
    way_out: str = field(default="", compare=False)
    key: str = field(default="", compare=False, repr=False)
    private_words: frozenset[str] = field(default=frozenset(), compare=False, repr=False)


MONITORS = "monitors"
BACKUPS = "backups"

# What can be wrong with an answer: it lacks a part, a monitor that was there before, or one that the settings name.
INCOMPLETE, MISSING, UNNAMED = "incomplete", "missing", "unnamed"


@dataclass(frozen=True)
class ReportProblem(Problem):
    """An error in a source's response.

    `kind` is INCOMPLETE, MISSING or UNNAMED. `keys` are the monitors concerned, or the parts of the response that are
    missing.
    """

    kind: str = INCOMPLETE
    keys: tuple[str, ...] = ()


def number_of(count: int, noun: str, singular: str = "", plural: str = "") -> str:
    """Return a count with its noun, and a verb that agrees: 1 check is, 2 checks are."""
    words = (f"{count} {noun}", singular) if count == 1 else (f"{count} {noun}s", plural)
    return " ".join(filter(None, words))


def abbreviate(texts: Sequence[str], most: int = 5) -> str:
    """Return the first `most` texts of a list, and how many more there are."""
    return in_a_sentence(texts, most) if len(texts) > most else ", ".join(texts)


def in_a_sentence(texts: Sequence[str], most: int = 3) -> str:
    """Return a list as a part of a sentence: Web, Mail, DNS and 2 more."""
    rest = [f"{len(texts) - most} more"] if len(texts) > most else []
    *first, last = [*texts[:most], *rest] or [""]
    return f"{', '.join(first)} and {last}" if first else last


@dataclass(frozen=True)
class Report:
    """The report of one source in one poll.

    A source is about MONITORS or BACKUPS and fills in only that part.
    `problem` says why the source failed. Its monitors are then those of earlier runs, for their past alone.
    `at_once` says that the source failed immediately and may be queried again in this run.
    `backup_groups` count. `retired_groups` and `ignored_groups` do not, because the administrator ended them.
    `forgotten_groups` were missing until this run.
    `complete` is False if a request failed, so that monitors may be missing from the report.
    `unanswered` names the requests that must not be repeated in this run.
    `left_out` holds the keys of monitors that the answer names but that do not count, such as paused ones.
    `missing` holds the keys of `monitors` that the source itself reports as missing.
    `unlisted` says why there may be more monitors than `monitors`, '' if the list is complete.
    `problems` are errors. `warnings` are odd and `remarks` are not; both are for the administrator, without names.
    `in_maintenance` says that the source reports maintenance under way.
    `seconds` is how long the poll took, and `parts` how long each of its requests took.
    `isolation` says since when the source was isolated, if that affects the report, else it is ''.
    `saved` is what the source gets back at the next run, in JSON's types.
    `private_names` and `private_hosts` hold every name, URL and host in the answer, of watched and unwatched monitors
    alike: the leak guard searches for them.
    """

    source: str
    about: str
    monitors: tuple[Monitor, ...] = ()
    backup_groups: tuple[BackupGroup, ...] = ()
    retired_groups: tuple[BackupGroup, ...] = ()
    ignored_groups: tuple[BackupGroup, ...] = ()
    forgotten_groups: tuple[BackupGroup, ...] = ()
    problem: Problem | None = None
    at_once: bool = False
    complete: bool = True
    unanswered: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    unlisted: str = ""
    problems: tuple[ReportProblem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    isolation: str = ""
    private_names: frozenset[str] = field(default=frozenset(), repr=False)
    private_hosts: frozenset[str] = field(default=frozenset(), repr=False)
    saved: Mapping[str, Any] = field(default_factory=dict, repr=False)
    seconds: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()
    in_maintenance: bool = False

    @property
    def why_unavailable(self) -> str:
        """That the source is unavailable, and why. Call it only if there is a `problem`."""
        return f"{self.source} is unavailable: {self.problem}"

    @property
    def all_groups(self) -> tuple[BackupGroup, ...]:
        """All backup groups of the source, including those that were ended."""
        return (*self.backup_groups, *self.retired_groups, *self.ignored_groups)

    @property
    def checked(self) -> tuple[Monitor, ...]:
        """The monitors that the answer names and that do not just repeat others."""
        return tuple(one for one in self.monitors if not one.absent and not one.repeats)


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
class IncidentUpdate:
    """One published text about an incident, its time, and the phase that it begins.

    `texts` is the text in further languages.
    """

    time: datetime
    text: str
    by: str = ""
    phase: IncidentPhase = IncidentPhase.INVESTIGATING
    texts: Translations = ()


@dataclass(frozen=True)
class Incident:
    """A failure in words for the public; the first of `updates` opened it.

    `automatic` means that the job opened it after a confirmed outage. `title` is what a person has called it, '' if
    nobody has: `announcements.titles` then makes one. `components` are the names of the components that it concerns;
    if empty, that is not known. `postmortem` is what a person wrote about it after it was resolved, in paragraphs.
    `titles` is the title in further languages.
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

    `in_maintenance` says that announced maintenance is the only reason why a component is degraded.
    """

    time: datetime
    status: PlatformStatus
    in_maintenance: bool = False


@dataclass(frozen=True)
class Facts:
    """The facts that a decision rests on."""

    now: datetime
    reports: tuple[Report, ...]
    announcements: Announcements = Announcements()


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
class Decision:
    """What is published about the platform, and the rule that decided it.

    `reason` is for the administrator: counts and keys, no names.
    `awaits_confirmation` says that a confirmation poll could change the status.
    `measured` is what the status would be without an override.
    `steps` are the rules in the order in which they were tried. The first that matched decided. After an override come
    the rules that would have decided without it.
    `coverage` says, by window, how many monitors have a figure that counts in `uptime`.
    `components` are in the order of COMPONENTS, and `groups` in the order of the sources. `headline` is a code of
    `headline.SENTENCES`. These three are empty until `conclude` fills them in.
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
    headline: str = ""

    def groups_of(self, source: str) -> tuple[GroupDecision, ...]:
        """Return the decisions about the backup groups of one source."""
        return tuple(one for one in self.groups if one.source == source)


@dataclass(frozen=True)
class ServerTime:
    """The `time` of a server, and when it arrived by this machine's clock.

    `server` identifies the server and may be private. `here` says that it runs on this machine and has the same clock.
    `waited` is the time between request and response, if known.
    """

    server: str = field(repr=False)
    time: datetime
    arrived: datetime
    here: bool = False
    waited: timedelta = timedelta(0)

    @property
    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the server's; negative if behind."""
        return self.arrived - self.time
