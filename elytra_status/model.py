# SPDX-License-Identifier: MIT
"""The words of the domain: values only, no behaviour beyond what they are."""

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
# evidence ("The clock" in the contract).
CLOCK_SKEW = timedelta(minutes=5)


class PlatformStatus(str, Enum):
    """What the public is told. There is no fifth word."""

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

    # Enum's own is written in Python, and a run may look at the states of a hundred thousand heartbeats.
    __hash__ = str.__hash__


class StateHealth(str, Enum):
    """Whether saved state is missing because no run has saved it yet, sound, or damaged."""

    FIRST_RUN = "first run"
    SOUND = "sound"
    DAMAGED = "damaged"


# The states that must be confirmed before they are published.
BAD_STATES = frozenset({State.DOWN, State.PENDING})


class Heartbeat(NamedTuple):
    """One check that a monitoring system made, and what it saw.

    A run may make a hundred thousand of them, and a tuple takes a third of the time.
    """

    time: datetime
    state: State


class Bounds(NamedTuple):
    """The least and the most that a ratio, 0 to 1, can be: what is known where its source rounds it, or kept it."""

    least: Fraction
    most: Fraction


class Coverage(NamedTuple):
    """How many watched monitors have an uptime figure for a window, are old enough to have it, and there are."""

    known: int
    old_enough: int
    watched: int


@dataclass(frozen=True)
class Uptime:
    """Shares of a window in which something was up, 0 to 1; None where there is no evidence."""

    last_24h: Fraction | None = None
    last_7d: Fraction | None = None
    last_30d: Fraction | None = None


@dataclass(frozen=True)
class Monitor:
    """One watched monitor, as one poll saw it.

    `key` tells it apart for ever, and may stand in the journal; `name` may be a client's and may not.
    `confirmed` says that a bad state rests on two heartbeats or two polls. `heartbeats` are oldest first. A `critical`
    monitor makes an outage alone. `evidence` is what the state rests on, for the administrator: words
    without names. `check` tells the check that was seen last from all others, where there are no heartbeats and its
    source knows; it is empty else. `absent` says that no answer names it: its state is the last one known, or
    unknown. `repeats` says that it only repeats what others say, or is not watched: it counts in a component that
    names it, and nowhere else. `bounds` are of the figures in `uptime` that are not exact, by window: such a figure
    is the least of them. `kept` names those that an earlier run was given. `too_new` names the windows for which it
    was watched too briefly to have a figure.
    """

    key: str
    name: str = field(repr=False)
    state: State
    confirmed: bool = False
    since: datetime | None = None
    uptime: Uptime = Uptime()
    heartbeats: tuple[Heartbeat, ...] = field(default=(), repr=False)
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
    """The backups of one group; `newest` is None where it holds nothing that counts as a backup.

    `failed` says that the last run of the job that makes them has failed, however new the one before it is, and
    `warned` that it ended with a warning. `missing_since` is since when no evidence names the group; what is told of
    it is then the last that was known. `reason` says for the administrator, without names, why the group is not
    good where its age does not say so, and `way_out` how to end it where it is too old or missing and another seems to
    go on in its place. `key` tells the group apart in saved state; `private_words` are the words of its name that must
    not leave the machine.
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

# What can be wrong with an answer: a part of it did not come, or it does not name a monitor that was there before,
# or that the settings name.
INCOMPLETE, MISSING, UNNAMED = "incomplete", "missing", "unnamed"


@dataclass(frozen=True)
class ReportProblem(Problem):
    """Hold an error in a source's response.

    `kind` is INCOMPLETE, MISSING or UNNAMED. `keys` are the monitors concerned, or the parts of the response that are
    missing.
    """

    kind: str = INCOMPLETE
    keys: tuple[str, ...] = ()


def number_of(count: int, noun: str) -> str:
    """Return a count with its noun: 1 check, 2 checks."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def abbreviate(texts: Sequence[str], most: int = 5) -> str:
    """Return the first texts of a list, and how many more it has."""
    return in_a_sentence(texts, most) if len(texts) > most else ", ".join(texts)


def in_a_sentence(texts: Sequence[str], most: int = 3) -> str:
    """Return a list as a part of a sentence: Web and Mail; Web, Mail and DNS; Web, Mail, DNS and 2 more."""
    rest = [f"{len(texts) - most} more"] if len(texts) > most else []
    *first, last = [*texts[:most], *rest] or [""]
    return f"{', '.join(first)} and {last}" if first else last


@dataclass(frozen=True)
class Report:
    """The report of one source in one poll.

    A source is about MONITORS or about BACKUPS, and fills in that part alone. A source that failed has
    a `problem`; its monitors are those that were there before, for what is known of their past. One that failed
    `at_once` may be asked all again in this run.
    `backup_groups` count. `retired_groups` and `ignored_groups` do not, by a person's word; `forgotten_groups` were
    missing until this run.
    `complete` is False where part of what it was asked was not answered, so that monitors may be missing
    from it; `unanswered` names the questions that must not be asked again in this run.
    `left_out` are the keys of monitors that the answer names and that do not count, because they are paused, say.
    `missing` are the keys of `monitors` of which the source itself says that they were there before and are not now.
    `unlisted` says why it is not known which monitors there are beside `monitors`, '' where it is known. `problems`
    are errors.
    `warnings` are odd, `remarks` are not; both are for the administrator and name no names.
    `in_maintenance` says that the source itself names maintenance that is under way.
    `seconds` is how long the poll took, `parts` how long each of its requests took.
    `isolation` says when the source was isolated, if some of the report was seen then; '' if not.
    `saved` is what the source wants to be told again at the next run, of types that JSON has.
    `private_names` and `private_hosts` hold every name, URL and host that the answer
    contained, of watched and unwatched things alike: the leak guard searches for them.
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
    def all_groups(self) -> tuple[BackupGroup, ...]:
        """The backup groups that the source knows of, those that a person ended included."""
        return (*self.backup_groups, *self.retired_groups, *self.ignored_groups)

    @property
    def checked(self) -> tuple[Monitor, ...]:
        """The monitors that the source checks by themselves, and that its answer names."""
        return tuple(one for one in self.monitors if not one.absent and not one.repeats)


@dataclass(frozen=True)
class Override:
    """The status that a person has set, and until when it counts.

    `by` and `ended_by` are for the administrator, and are not published. `ended` is when it was cleared,
    replaced or had run out; `ended_by` is empty where nobody did that.
    """

    status: PlatformStatus
    note: str
    since: datetime
    until: datetime
    by: str = ""
    ended: datetime | None = None
    ended_by: str = ""


@dataclass(frozen=True)
class Maintenance:
    """Announced work on the platform, from `since` on and before `until`.

    `components` are the names of the components that it concerns; if empty, it concerns the whole platform.
    `announced` is when a person announced it, None where an earlier version did not record that. `changed` is when
    a person last changed it, None if nobody has; `changes` counts these changes.
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


class IncidentPhase(str, Enum):
    """The progress of an incident, in the words of Statuspage."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Impact(str, Enum):
    """The effect of an incident on the users of the platform, in the words of Statuspage."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True)
class IncidentUpdate:
    """One published text about an incident, its time, and the phase of the incident from then on."""

    time: datetime
    text: str
    by: str = ""
    phase: IncidentPhase = IncidentPhase.INVESTIGATING


@dataclass(frozen=True)
class Incident:
    """A failure in words for the public; the first of `updates` opened it.

    `automatic` means that the job opened it after a confirmed outage. `title` is what a person has called it, '' if
    nobody has: `announcements.titles` then makes one. `components` are the names of the components that it concerns;
    if empty, that is not known. `postmortem` is what a person wrote about it after it was resolved, in paragraphs.
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
    """What the public is told beside what was measured: by a person, or of an outage by the job.

    What is over stays for a time: `past_overrides` as a record of who said what, `maintenance` for the
    figures, `incidents` for the public. `cancelled` is maintenance that was cancelled before it began: calendars are
    to take it out. `last_identifier` is the last one given to any of them.
    """

    override: Override | None = None
    maintenance: tuple[Maintenance, ...] = ()
    incidents: tuple[Incident, ...] = ()
    past_overrides: tuple[Override, ...] = ()
    last_identifier: str = ""
    cancelled: tuple[Maintenance, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A sentence for the public: `kind` is override, maintenance or incident."""

    kind: str
    text: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Change:
    """A change of the platform status."""

    time: datetime
    status: PlatformStatus


@dataclass(frozen=True)
class Facts:
    """All that a decision rests on."""

    now: datetime
    reports: tuple[Report, ...]
    announcements: Announcements = Announcements()


@dataclass(frozen=True)
class Backups:
    """The status of the backups as it is published. If no backups are `watched`, it is unknown."""

    status: BackupStatus
    last_backup: datetime | None = None
    last_successful_backup: datetime | None = None
    watched: bool = True


@dataclass(frozen=True)
class Step:
    """One rule that was tried: whether it matched, and why or why not, in counts and keys."""

    rule: str
    matched: bool
    reason: str


# The rules by which maintenance alone decides the status.
IN_MAINTENANCE = ("maintenance", "some-maintenance", "all-maintenance")


@dataclass(frozen=True)
class ComponentDecision:
    """The decision about one component, under its name in COMPONENTS.

    `in_maintenance` says that it is degraded by announced maintenance and nothing else.
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

    `reason` is for the administrator: counts and keys, no names. `awaits_confirmation` says that the
    status would be another one if what is not confirmed were confirmed. `measured` is what the status would
    be without an override. `steps` are the rules that were tried, in order: the first that matched decided,
    and behind an override is what would have decided without it. `coverage` says by window how many monitors
    the figures in `uptime` stand for. `components` are in the order of COMPONENTS, `groups` in that of the sources.
    `headline` is a code of `headline.SENTENCES`. These three are empty until `conclude` fills them in.
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

    `server` identifies the server and may be private. A server `here`, on this machine, has the same clock. `waited` is
    the time between request and response, if known.
    """

    server: str = field(repr=False)
    time: datetime
    arrived: datetime
    here: bool = False
    waited: timedelta = timedelta(0)

    @property
    def ahead(self) -> timedelta:
        """By how much this machine's clock is ahead of the server's, negative where it is behind."""
        return self.arrived - self.time
