# SPDX-License-Identifier: MIT
"""The report of a source: its monitors, its backup groups, and its problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from elytra_status.model.statuses import State
from elytra_status.problem import Problem

# By how much the clocks of two machines may differ. A time further in the future was written by a wrong clock and is no
# evidence.
CLOCK_SKEW = timedelta(minutes=5)


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


class Contact(NamedTuple):
    """The last sign of life that a source has received.

    For sources that wait for messages, such as pings, instead of checking. `last` is when the last message arrived, and
    `patience` is how long after it the source reports down.
    """

    last: datetime
    patience: timedelta


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
    `contact` is the last message from what is monitored, None if the source checks by itself.
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
    contact: Contact | None = None
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
