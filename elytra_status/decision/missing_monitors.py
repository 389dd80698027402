# SPDX-License-Identifier: MIT
"""Monitors that no answer names any more. Pure.

A monitor that a complete answer no longer names keeps its last state for MONITOR_STALE_MINUTES. After that it is an
error for the administrator, until it is back or accepted. If a source answered in part, the monitors that it does not
name are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from elytra_status.model import (
    CLOCK_SKEW,
    INCOMPLETE,
    MISSING,
    MONITORS,
    UNNAMED,
    Monitor,
    Report,
    ReportProblem,
    State,
    abbreviate,
    number_of,
)
from elytra_status.system.clock import to_text
from elytra_status.system.digest import digest

NOT_NAMED = "no answer names it"
NOT_LISTED = "answered in part, and saved state does not say which other monitors it has"
# After a restart, /metrics of Uptime Kuma does not name a private monitor until its first check.
STARTED = "was started lately and names a monitor only after its first check; saved state does not list the others"


@dataclass(frozen=True)
class Expected:
    """What the settings say about the monitors of one source.

    `named` maps the keys of monitors to the settings that name them. `critical` are those that alone make an outage.
    `only` are the keys of the only monitors that count, None if all count. `scope` changes whenever the settings query
    other monitors. `absent` says what a missing monitor may be, and `remedy` what to do about it.
    """

    named: Mapping[str, str] = field(default_factory=dict)
    critical: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    scope: str = ""
    absent: str = "no longer in its answers"
    remedy: str = "See whether it was removed there"

    def counts(self, key: str) -> bool:
        """Whether a monitor counts according to the settings."""
        return self.only is None or key in self.only


@dataclass(frozen=True)
class LastSeen:
    """The last known state of a monitor: `seen` is when an answer last named it.

    `mark` is a hash of its name, which may be a client's. It recognises the monitor under another key: Uptime Kuma 1
    names monitors by id on its page and only by name in /metrics.
    """

    mark: str
    state: State
    seen: datetime
    confirmed: bool
    critical: bool

    def is_fresh(self, now: datetime, stale_after: timedelta) -> bool:
        """Whether the state is recent enough to be current.

        A time in the future was written by a wrong clock.
        """
        return -CLOCK_SKEW <= now - self.seen <= stale_after


@dataclass(frozen=True)
class KnownMonitors:
    """The monitors of one source, by key.

    `complete` is when the source last answered completely to queries of `scope`.
    """

    monitors: Mapping[str, LastSeen]
    complete: datetime | None = None
    scope: str = ""

    def missing(self, now: datetime, stale_after: timedelta) -> dict[str, LastSeen]:
        """Return the missing monitors that do not keep their last state any more."""
        at = self.complete
        return {
            key: one
            for key, one in self.monitors.items()
            if at and one.seen < at and not one.is_fresh(now, stale_after)
        }


@dataclass(frozen=True)
class Saved:
    """Saved state about the monitors of one source.

    `accepted` maps each missing monitor that the administrator accepted to the time at which it was last seen. If it is
    seen again later, it is no longer accepted.
    """

    known: KnownMonitors | None = None
    accepted: Mapping[str, datetime] = field(default_factory=dict)

    def is_accepted(self, key: str) -> bool:
        """Whether the administrator has accepted that a monitor is missing."""
        seen = self.known.monitors.get(key) if self.known else None
        return seen is not None and self.accepted.get(key) == seen.seen


def scope_of(*texts: object) -> str:
    """Return a scope that is different for different texts but does not reveal them."""
    return digest(repr(texts))


def with_missing_monitors(
    report: Report, expected: Expected, saved: Saved, now: datetime, stale_after: timedelta
) -> Report:
    """Return a report with its missing monitors that still count, and the problems."""
    if report.about != MONITORS:
        return report
    known = saved.known or KnownMonitors({})
    before = {key: one for key, one in known.monitors.items() if expected.counts(key) and not saved.is_accepted(key)}
    answered = [one for one in report.monitors if one.key not in report.missing or not saved.is_accepted(one.key)]
    if report.problem:
        answered = []
    was_missing = known.missing(now, stale_after)
    added, missing = [], []
    for key, one in _match(before, answered, report.left_out).absent.items():
        is_fresh = one.is_fresh(now, stale_after)
        is_missing = key in was_missing or (report.complete and not is_fresh)
        if is_missing:
            missing.append(key)
        if not is_missing or one.critical or one.seen > now:
            keeps = report.complete and is_fresh
            added.append(_kept(key, one, expected) if keeps else _unknown(key, critical=one.critical))
    missing += (key for key in report.missing if key in before and not before[key].is_fresh(now, stale_after))
    named = _keys((*answered, *added)) | report.left_out
    unnamed = [key for key in expected.named if key not in named]
    added += (_unknown(key, critical=key in expected.critical) for key in unnamed)
    problems = [*report.problems]
    if not report.problem:
        problems += _missing(sorted(set(missing) - set(expected.named)), before, expected)
        problems += _unnamed([key for key in expected.named if key in unnamed or key in missing], expected, report)
    is_part = any(one.kind == INCOMPLETE for one in report.problems)
    is_listed = report.complete or report.problem or expected.only is not None
    is_known = known.complete is not None and known.scope == expected.scope
    unlisted = "" if is_listed or is_known else NOT_LISTED if is_part else STARTED
    return replace(report, monitors=(*answered, *added), problems=tuple(problems), unlisted=unlisted)


def monitors_to_save(report: Report, expected: Expected, saved: Saved, now: datetime) -> KnownMonitors:
    """Return the monitors to save for a source, from a report with missing ones."""
    known = saved.known or KnownMonitors({})
    if report.problem:
        return known
    answered = [one for one in report.monitors if not one.absent]
    before = {key: one for key, one in known.monitors.items() if expected.counts(key)}
    match = _match(before, answered, report.left_out)
    kept = {key: one for key, one in match.absent.items() if not saved.is_accepted(key)}
    kept |= {key: before[key] for key in report.missing if key in before}
    # Only a complete answer proves a new key. In a partial one, it may just be another name of the same monitor.
    renamed = {} if report.complete else match.renamed
    for one in answered:
        if one.key not in kept:
            key = renamed.get(one.key, one.key)
            kept[key] = LastSeen(_mark(one), one.state, now, one.confirmed, one.critical)
    return KnownMonitors(kept, now, expected.scope) if report.complete else replace(known, monitors=kept)


class _Match(NamedTuple):
    """The monitors that an answer does not name, and those with a new key.

    `renamed` maps new keys to old ones.
    """

    absent: dict[str, LastSeen]
    renamed: dict[str, str]


def _match(before: Mapping[str, LastSeen], answered: Sequence[Monitor], left_out: frozenset[str]) -> _Match:
    keys = _keys(answered)
    # Monitors with equal names are not the same. Only a monitor under a new key can be a renamed one.
    new: dict[str, list[str]] = {}
    for monitor in answered:
        if monitor.key not in before and monitor.name:
            new.setdefault(_mark(monitor), []).append(monitor.key)
    found = _Match({}, {})
    for key, one in before.items():
        if key in keys or key in left_out:
            continue
        if same := new.get(one.mark):
            found.renamed[same.pop(0)] = key
        else:
            found.absent[key] = one
    return found


def _keys(monitors: Iterable[Monitor]) -> set[str]:
    return {monitor.key for monitor in monitors}


def _mark(monitor: Monitor) -> str:
    return digest(monitor.name)


def _kept(key: str, one: LastSeen, expected: Expected) -> Monitor:
    evidence = (expected.absent, f"last seen {one.state.value} at {to_text(one.seen)}")
    return Monitor(key, "", one.state, confirmed=one.confirmed, critical=one.critical, evidence=evidence, absent=True)


def _unknown(key: str, *, critical: bool) -> Monitor:
    return Monitor(key, "", State.UNKNOWN, critical=critical, evidence=(NOT_NAMED,), absent=True)


def _missing(keys: list[str], before: Mapping[str, LastSeen], expected: Expected) -> Iterator[ReportProblem]:
    if keys:
        count = number_of(len(keys), "monitor", "is", "are")
        last = to_text(max(before[key].seen for key in keys))
        yield ReportProblem(
            f"{count} missing ({abbreviate(keys)}), last seen at {last} and no longer counted",
            f"{expected.remedy}. If it was removed on purpose: elytra-status monitors accept {keys[0]}",
            kind=MISSING,
            keys=tuple(keys),
        )


def _unnamed(keys: list[str], expected: Expected, report: Report) -> Iterator[ReportProblem]:
    for setting in dict.fromkeys(expected.named.values()):
        of_setting = [key for key in keys if expected.named[key] == setting]
        if of_setting and report.complete:
            them = "it" if len(of_setting) == 1 else "them"
            problem = f"{setting} lists {abbreviate(of_setting)}, but {report.source} does not report {them}"
            remedy = f"{expected.remedy}, or correct {setting}"
            yield ReportProblem(problem, remedy, kind=UNNAMED, keys=tuple(of_setting))
